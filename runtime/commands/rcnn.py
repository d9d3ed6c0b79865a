"""What the commands do with ``--target rcnn`` and with filter files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from circuits.errors import SourceError
from circuits.machines.options import MachineOptions
from runtime.commands.options import options_as_one
from runtime.commands.reading import refuse_given

if TYPE_CHECKING:
    from circuits.machines.machine import Machine
    from compiler.rcnn.admissible import Certificate
    from compiler.rcnn.filter import Filter


class RcnnOptions(NamedTuple):
    """What a user may say of a recurrent convolutional net; None for the default."""

    bits: int | None = None
    samples: int | None = None
    fresh: int | None = None
    layers: int | None = None
    scale: str | None = None
    path: str | None = None


_POSITIVE = click.IntRange(min=1)

SCALE = click.option(
    "--scale",
    type=click.Choice(["integer", "base3"]),
    help="With --target rcnn: cells are integers (the default) or the paper's fractions in base 3.",
)

_OPTIONS = (
    click.option("--bits", type=_POSITIVE, metavar="D", help="With --target rcnn: of a sample."),
    click.option(
        "--samples",
        type=_POSITIVE,
        metavar="M",
        help="With --target rcnn or noise-tolerant: to learn from.",
    ),
    click.option(
        "--fresh", type=_POSITIVE, metavar="N", help="With --target rcnn: samples to ask about."
    ),
    click.option("--layers", type=_POSITIVE, metavar="L", help="With --target rcnn; or --steps."),
    SCALE,
    click.option(
        "--path",
        type=click.Choice(["fast", "plain"]),
        help="With --target rcnn: compute what changes in a layer (the default), or all of it.",
    ),
)

rcnn_options = options_as_one("rcnn", RcnnOptions, _OPTIONS)
"""The options for these nets; the command gets them as one, ``rcnn``."""


def refuse_rcnn_options() -> None:
    """Refuse what means nothing without ``--target rcnn``; other nets have samples too."""
    names = (name for name in RcnnOptions._fields if name != "samples")
    refuse_given("this is for --target rcnn only", *names)


def filter_in(source: str) -> Filter | None:
    """The filter in a file; None if this is something else.

    Raises:
        SourceError: it is a filter file, and damaged.
    """
    from compiler.rcnn.filterfile import ENDING, is_filter_file, load_filter

    path = Path(source)
    if not path.is_file():
        return None
    data = path.read_bytes()
    return load_filter(data, source) if path.suffix == ENDING or is_filter_file(data) else None


def machine_in(source: str, format_: str | None, options: MachineOptions) -> Machine:
    """The machine that a filter is to be made of.

    Raises:
        SourceError: the source is something else.
    """
    from circuits.machines.machine import Machine
    from runtime.sources import read_source

    found = read_source(source, format_, options.start)
    if not isinstance(found, Machine):
        raise SourceError(
            f"{source} is not a machine", hint="the filter of --target rcnn is that of a machine"
        )
    return found


def compile_filter(machine: Machine, scale: str | None) -> Filter:
    """The filter; in base 3 its digits are rounded for float32, or float64 if that is too short."""
    from circuits.errors import LimitError
    from compiler.rcnn.floats import to_arrays
    from compiler.rcnn.machine_to_rcnn import machine_to_rcnn

    for dtype in ("float32", "float64"):
        try:
            net = machine_to_rcnn(machine, scale or "integer", dtype)
            to_arrays(net, dtype)
        except LimitError:
            if dtype == "float64":
                raise
        else:
            break
    return net


def write_filter(source: str, output: Path, machine: Machine, scale: str | None) -> None:
    """Make a filter, prove it right on all admissible patches, and write it.

    Raises:
        InvariantError: it is not right.
    """
    from circuits.errors import InvariantError
    from compiler.rcnn.admissible import certify
    from compiler.rcnn.filterfile import save_filter

    net = compile_filter(machine, scale)
    certificate = certify(net)
    if not certificate.holds:
        raise InvariantError(f"the filter of {source} is wrong: {certificate.failure}")
    save_filter(net, output)
    sizes = net.sizes
    click.echo(
        f"{output}: {sizes.states} states, width {sizes.width}, {sizes.parameters} parameters with "
        f"{sizes.distinct_weights} values, learning rate {net.learning_rate}"
    )
    click.echo(certificate_line(certificate))


def certificate_line(certificate: Certificate) -> str:
    """What a certificate says, for a person."""
    if not certificate.holds:
        return f"refused: {certificate.failure}"
    return (
        f"valid: value and Jacobian on all {certificate.patches} admissible patches "
        f"({certificate.classes} classes), closed under a layer"
    )


def check_filter(net: Filter) -> None:
    """Print what is proved of a filter; exit code 1 if it is not right."""
    from compiler.rcnn.admissible import certify

    certificate = certify(net)
    click.echo(certificate_line(certificate))
    sys.exit(0 if certificate.holds else 1)


def filter_facts(source: str, net: Filter) -> dict[str, Any]:
    """What a filter consists of, for JSON."""
    coding = net.coding
    return {
        "source": source,
        "kind": "filter",
        "target": "rcnn",
        "machine": net.machine.name,
        **net.sizes._asdict(),
        "scale": str(coding.scale),
        "lattice": str(coding.lattice),
        "padding": str(coding.padding),
        "learning_rate": str(net.learning_rate),
        "channels": [layer.outputs for layer in net.patch.maps],
        "head_channels": [layer.outputs for layer in net.head.maps],
    }


def verify_filter(
    source: str,
    format_: str | None,
    machine: MachineOptions,
    options: RcnnOptions,
    *,
    steps: int | None,
    seed: int,
    dtype: str,
    control: str | None,
    as_json: bool,
) -> None:
    """`sgdcc verify --target rcnn`; exit code 1 if anything differs."""
    from runtime.commands.options import progress
    from runtime.commands.reading import refuse_given
    from runtime.rcnn.settings import RcnnSettings
    from runtime.rcnn.verify import verify_rcnn

    net = filter_in(source)
    if net is not None:
        refuse_given(f"{source} is a filter, with a scale of its own", "scale")
    with progress("done") as show:
        report = verify_rcnn(
            net or machine_in(source, format_, machine),
            machine,
            RcnnSettings(
                bits=options.bits,
                samples=options.samples,
                scale=options.scale or "integer",
                path=options.path or "fast",
                layers=options.layers or steps,
                dtype=dtype,
                seed=seed,
                fresh=options.fresh,
                control=control,
                progress=show,
            ),
            source,
        )
    click.echo(report.to_json() if as_json else str(report))
    if not report.emulates:
        sys.exit(1)
