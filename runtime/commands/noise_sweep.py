"""`sgdcc noise-sweep`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from circuits.errors import SourceError
from runtime.commands.noise import NOISE_MODELS
from runtime.commands.options import (
    JSON,
    RUNS,
    SEED,
    file_option,
    progress,
    require_matplotlib,
    samples_option,
)

DOCUMENTED = (
    ("builtin:parity:bits=4", 12, "wide"),
    ("builtin:parity:bits=4", 48, "wide"),
    ("builtin:parity:bits=8", 16, "wide"),
    ("builtin:parity:bits=16", 24, "wide"),
    ("builtin:conjunction:bits=8,samples=16", 16, "wide"),
    ("builtin:nearest:bits=8,samples=16", 16, "wide"),
    ("builtin:parity:bits=3", 8, "printed"),
    ("builtin:parity:bits=4", 12, "dyadic"),
)
"""What docs/noise.md shows."""


class Amounts(click.ParamType[list[float]]):
    """Amounts of noise: 1e-3,2e-3."""

    name = "amounts"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[float]:
        """Parse; a usage error otherwise."""
        try:
            amounts = [float(word) for word in str(value).split(",")]
        except ValueError:
            self.fail(f"{value!r} is not a list of numbers such as 1e-3,2e-3", param, ctx)
        if not all(0 < amount < float("inf") for amount in amounts):
            self.fail("an amount of noise is above 0", param, ctx)
        return amounts


@click.command("noise-sweep", short_help="Find how much noise nets bear; table and picture.")
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@samples_option("To memorise, or SGD steps of a run.")
@click.option(
    "--preset",
    default="wide",
    show_default=True,
    type=click.Choice(["wide", "printed", "dyadic"]),
    help="Of the constants; dyadic: the emulation net instead.",
)
@click.option(
    "--noise",
    type=Amounts(),
    metavar="A,B,...",
    help="Amounts to try, from the largest down; by default ever smaller ones, until all runs are "
    "right.",
)
@click.option(
    "--noise-model",
    "models",
    default=("gaussian",),
    show_default=True,
    multiple=True,
    type=click.Choice(NOISE_MODELS),
    help="As for `sgdcc verify`; may be given several times.",
)
@RUNS
@click.option("--workers", type=click.IntRange(min=1), help="Processes; by default one a core.")
@file_option("--figure", help="Draw the share of right runs against noise.")
@SEED
@JSON
def noise_sweep_command(
    sources: tuple[str, ...],
    samples: int | None,
    preset: str,
    noise: list[float] | None,
    models: tuple[str, ...],
    runs: int,
    workers: int | None,
    figure: Path | None,
    seed: int,
    as_json: bool,
) -> None:
    """Train nets again and again under more and less noise on every weight.

    Prints the largest amount under which all runs were right in everything that `sgdcc verify`
    compares, beside the guaranteed bound on summed noise. Without a SOURCE the nets of
    docs/noise.md are tried, which takes a quarter of an hour.
    """
    from runtime.noise.figure import draw, table
    from runtime.noise.sweep import Case, Curve, processes, sweep

    if figure is not None:
        require_matplotlib()
    if sources and samples is None:
        raise SourceError("how many samples shall a net memorise?", hint="give --samples T")
    chosen = [(source, samples or 0, preset) for source in sources] or DOCUMENTED
    cases = [Case(*what, model) for what in chosen for model in models]
    curves = list[Curve]()
    with progress("net") as show, processes(workers) as each:
        for number, case in enumerate(cases):
            curves.append(sweep(case, noise, runs, seed, each))
            show(number + 1, len(cases))
    if figure is not None:
        draw(curves, figure)
    click.echo(json.dumps([asdict(c) for c in curves], indent=2) if as_json else table(curves))
    if figure is not None and not as_json:
        click.echo(f"picture: {figure}")
