"""Options and habits that several commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from circuits.errors import SourceError

if TYPE_CHECKING:
    from compiler.net import Net
    from runtime.labels import Labels

SOURCE = click.argument("source")
SOURCE_OR_NET = click.argument("source", metavar="SOURCE|NET")

FORMAT = click.option(
    "--format", "format_", metavar="NAME", help="Format of a circuit file, if not by its ending."
)
PRESET = click.option(
    "--preset",
    type=click.Choice(["dyadic", "printed"]),
    help="dyadic (the default): exponent 1, exact in floats. printed: the paper's constants, which "
    "floats round.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
SEED = click.option("--seed", default=0, show_default=True, help="Of everything random.")
LABELS = click.option(
    "--labels",
    default="random",
    show_default=True,
    metavar="KIND|FILE",
    help="random: fair coins; always-wrong: the complement of each prediction; parity, "
    "conjunction, disjunction or majority: such a function of the sample, drawn by the seed; "
    "or a file with one 0 or 1 a line.",
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


def output_option(metavar: str, **settings: Any) -> Callable[[Any], Any]:
    """The option -o for a file, which is refused before the work if it cannot be written."""
    return click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path),
        metavar=metavar,
        callback=writable,
        **settings,
    )


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


def net_of(
    source: str, format_: str | None, preset: str | None = None, exponent: Fraction | None = None
) -> Net:
    """The net that a command is about, compiled unless it is one; as `runtime.sources.read_net`.

    Raises:
        SourceError: also where the user gives constants for a net, which has its own.
    """
    from compiler.net import Net
    from compiler.pipeline import compile_net
    from runtime.sources import read_source

    found = read_source(source, format_)
    if not isinstance(found, Net):
        return compile_net(found, preset=preset, exponent=exponent, source_name=source)
    context = click.get_current_context()
    for name in ("preset", "exponent"):
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise SourceError(
                f"{source} is a net, built with the {found.preset} preset",
                hint=f"leave --{name} away, or compile the source again",
            )
    return found


def labels_for(text: str, seed: int, sample_bits: int) -> Labels:
    """What ``--labels`` asks for."""
    from circuits.targets import TARGETS, target
    from runtime.labels import always_wrong, random_labels, read_labels

    if text == "random":
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
