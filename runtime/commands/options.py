"""Options and habits that several commands share."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from functools import wraps
from importlib.util import find_spec
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from circuits.errors import SourceError
from circuits.machines.options import MachineOptions

if TYPE_CHECKING:
    from runtime.labels import Labels

SOURCE = click.argument("source")
SOURCE_OR_NET = click.argument("source", metavar="SOURCE|NET")

FORMAT = click.option(
    "--format", "format_", metavar="NAME", help="Format of the source's file, if not by its ending."
)
PRESET = click.option(
    "--preset",
    type=click.Choice(["dyadic", "wide", "printed"]),
    help="dyadic (the default): exponent 1, exact in floats. printed: the paper's constants, which "
    "floats round. Of a noise-tolerant net wide (the default there): exponent 1, chosen to bear "
    "the most noise.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
RUNS = click.option("--runs", default=1000, show_default=True, type=click.IntRange(min=1))
SEED = click.option("--seed", default=0, show_default=True, help="Of everything random.")
LABELS = click.option(
    "--labels",
    metavar="KIND|FILE",
    help="random (the default): fair coins; always-wrong (the default for a machine): the "
    "complement of each prediction; parity, conjunction, disjunction or majority: such a function "
    "of the sample, drawn by the seed; or a file with one 0 or 1 a line.",
)


class Exponent(click.ParamType[Fraction]):
    """A rational number of at least 1, written 3 or 11/9."""

    name = "rational"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Fraction:
        """Parse; a usage error otherwise."""
        try:
            exponent = Fraction(value)
        except (ValueError, ZeroDivisionError):
            self.fail(f"{value!r} is not a rational number such as 3 or 11/9", param, ctx)
        if exponent < 1:
            self.fail(f"{value} is below 1", param, ctx)
        return exponent


EXPONENT = click.option(
    "--exponent",
    type=Exponent(),
    help="p of the activation x^p; above 1 it means --preset printed.",
)


class Size(click.ParamType[tuple[int, int]]):
    """Cells: ``14`` on a tape, ``8x6`` on a plane."""

    name = "size"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Parse; a usage error otherwise."""
        found = re.fullmatch(r"([1-9]\d{0,8})(?:x([1-9]\d{0,8}))?", value)
        if found is None:
            self.fail(f"{value!r} is not a number of cells such as 14 or 8x6", param, ctx)
        return int(found[1]), int(found[2] or 1)


class Place(click.ParamType[tuple[int, int]]):
    """Where a cell is: ``3`` on a tape, ``3,-1`` on a plane."""

    name = "place"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Parse; a usage error otherwise."""
        found = re.fullmatch(r"(-?\d{1,9})(?:,(-?\d{1,9}))?", value)
        if found is None:
            self.fail(f"{value!r} is not a place such as 3 or 3,-1", param, ctx)
        return int(found[1]), int(found[2] or 0)


_MACHINE_OPTIONS = (
    click.option(
        "--input",
        metavar="TAPE",
        help="Of a machine: symbols to start on, as in 01*1; * is the head.",
    ),
    click.option(
        "--cells",
        type=Size(),
        metavar="N|WxH",
        help="Of a machine: cells; by default all it needs.",
    ),
    click.option(
        "--head", type=Place(), metavar="X[,Y]", help="Of a machine: where, from the first symbol."
    ),
    click.option(
        "--margin", is_flag=True, help="Of a machine: let it step onto blanks around its cells."
    ),
    click.option("--start", metavar="STATE", help="Of a machine: the state to start in."),
)


def options_as_one(
    name: str, kind: Callable[..., Any], options: Sequence[Callable[[Any], Any]]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Options that a command gets as one argument.

    Args:
        name: of that argument.
        kind: what makes it, from arguments that have the options' names.
        options: in the order of the help text.
    """
    names = list(signature(kind).parameters)

    def with_options(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def collected(**given: Any) -> None:
            command(**{name: kind(**{part: given.pop(part) for part in names})}, **given)

        for option in reversed(options):
            collected = option(collected)
        return collected

    return with_options


machine_options = options_as_one("machine", MachineOptions, _MACHINE_OPTIONS)
"""The options for machines; the command gets them as one, ``machine``."""


def dtype_option(of: str) -> Callable[[Any], Any]:
    """The option --dtype; the help text says of what."""
    return click.option(
        "--dtype",
        default="float64",
        show_default=True,
        type=click.Choice(["float64", "float32"]),
        help=of,
    )


def engine_option(*engines: str, default: str) -> Callable[[Any], Any]:
    """The option --engine of a command that knows these."""
    return click.option(
        "--engine",
        default=default,
        show_default=True,
        type=click.Choice(engines),
        help="What runs the net; all give the same bits.",
    )


def samples_option(what: str) -> Callable[[Any], Any]:
    """The option --samples of nets that memorise T of them, with this help text."""
    return click.option("--samples", type=click.IntRange(min=1), metavar="T", help=what)


def file_option(*names: str, metavar: str = "FILE", **settings: Any) -> Callable[[Any], Any]:
    """An option for a file to write, which is refused before the work if it cannot be written."""
    kind = click.Path(path_type=Path)
    return click.option(*names, type=kind, metavar=metavar, callback=writable, **settings)


def output_option(metavar: str, **settings: Any) -> Callable[[Any], Any]:
    """The option -o for a file, as `file_option`."""
    return file_option("-o", "--output", metavar=metavar, **settings)


def writable(_context: click.Context, _option: click.Parameter, path: Path | None) -> Path | None:
    """Refuse a file that cannot be written; None is an option that was not given."""
    if path is None:
        return None
    if not path.parent.is_dir():
        raise SourceError(
            f"cannot write {path}: there is no folder {path.parent}", hint="make the folder first"
        )
    if path.is_dir():
        raise SourceError(f"cannot write {path}: it is a folder", hint="name a file")
    return path


def refuse_to_overwrite(source: str, output: Path) -> None:
    """Keep a user from losing the source to a slip of the keyboard."""
    if output.exists() and Path(source).exists() and output.samefile(source):
        raise SourceError(f"{output} is the source itself", hint="name another file to write")


def require_matplotlib() -> None:
    """Say that pictures need matplotlib before anything is computed for them."""
    if find_spec("matplotlib") is None:
        raise SourceError("the picture needs matplotlib", hint="pip install matplotlib")


def labels_for(text: str | None, seed: int, sample_bits: int) -> Labels:
    """What ``--labels`` asks for."""
    from circuits.targets import TARGETS, target
    from runtime.labels import always_wrong, random_labels, read_labels

    if text in (None, "random"):
        return random_labels(seed)
    if text == "always-wrong":
        return always_wrong
    if text in TARGETS:
        rule = target(text, sample_bits, seed)
        return lambda _step, sample, _prediction: rule(sample)
    if not Path(text).exists():
        known = ", ".join(("random", "always-wrong", *TARGETS))
        raise SourceError(f"no labels are called {text!r}", hint=f"one of {known}, or a file")
    return read_labels(Path(text))


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A progress line on a terminal, nothing in a pipe; yields what to call with (done, total)."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    shown = -1

    def show(done: int, total: int) -> None:
        nonlocal shown
        percent = 100 * done // max(total, 1)
        if percent != shown:
            shown = percent
            click.echo(f"\r{label} {done}/{total} ({percent}%)", nl=False, err=True)

    try:
        yield show
    finally:
        if shown >= 0:
            click.echo("\r" + " " * (len(label) + 40) + "\r", nl=False, err=True)
