"""`sgdcc verify SOURCE|NET`."""

from __future__ import annotations

import sys
from fractions import Fraction

import click

from runtime.commands.options import (
    EXPONENT,
    FORMAT,
    JSON,
    LABELS,
    PRESET,
    SEED,
    SOURCE_OR_NET,
    labels_for,
    net_of,
    progress,
)


@click.command("verify", short_help="Run SGD on a net beside its source; compare every step.")
@SOURCE_OR_NET
@click.option(
    "--steps",
    type=click.IntRange(min=0),
    help="SGD steps; by default 200, or all inputs of a combinational circuit with up to 16.",
)
@SEED
@LABELS
@click.option(
    "--dtype",
    default="float64",
    show_default=True,
    type=click.Choice(["float64", "float32"]),
    help="Of weights and values.",
)
@click.option(
    "--arithmetic",
    type=click.Choice(["exact", "float64", "float32"]),
    help="exact: no float anywhere; the default for --preset printed, which floats lose.",
)
@click.option(
    "--control",
    type=click.Choice(["flip-weight", "learning-rate", "batch-size", "wrong-circuit"]),
    help="Break one hypothesis on purpose; the verification must then fail.",
)
@click.option(
    "--engine",
    default="levels",
    show_default=True,
    type=click.Choice(["levels", "reference"]),
    help="What runs the net; all give the same bits.",
)
@PRESET
@EXPONENT
@FORMAT
@JSON
def verify_command(
    source: str,
    steps: int | None,
    seed: int,
    labels: str,
    dtype: str,
    arithmetic: str | None,
    control: str | None,
    engine: str,
    preset: str | None,
    exponent: Fraction | None,
    format_: str | None,
    as_json: bool,
) -> None:
    """Train the net by SGD beside the reference interpreter and compare after every step.

    Exit code 1 if anything differs; the report then names the first divergence.
    """
    from runtime.settings import Settings
    from runtime.verify import verify

    net = net_of(source, format_, preset, exponent)
    sample_bits = len(net.inputs) - len(net.random_inputs)
    with progress("SGD step") as show:
        settings = Settings(
            steps=steps,
            seed=seed,
            labels=labels_for(labels, seed, sample_bits),
            labels_name=labels,
            dtype=dtype if arithmetic in (None, "exact") else arithmetic,
            arithmetic=arithmetic if arithmetic in (None, "exact") else "float",
            control=control,
            engine=engine,
            progress=show,
        )
        report = verify(net, settings)
    click.echo(report.to_json() if as_json else str(report))
    if not report.emulates:
        sys.exit(1)
