"""Options and habits that several commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

from circuits.errors import SourceError

if TYPE_CHECKING:
    from runtime.labels import Labels

SOURCE = click.argument("source")

FORMAT = click.option(
    "--format", "format_", metavar="NAME", help="Format of a circuit file, if not by its ending."
)
PRESET = click.option(
    "--preset",
    default="dyadic",
    show_default=True,
    type=click.Choice(["dyadic", "printed"]),
    help="dyadic: exponent 1, exact in floats. printed: the paper's constants.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
SEED = click.option("--seed", default=0, show_default=True, help="Of everything random.")
LABELS = click.option(
    "--labels",
    default="random",
    show_default=True,
    metavar="random|always-wrong|TARGET|FILE",
    help="Fair coins; the complement of each prediction; a random parity, conjunction, "
    "disjunction or majority of the sample's bits; or a file with one 0 or 1 a line.",
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
    "--exponent", type=Exponent(), help="p of the activation x^p, for --preset printed."
)


def labels_for(text: str, seed: int, sample_bits: int) -> Labels:
    """What ``--labels`` asks for."""
    from pathlib import Path

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
