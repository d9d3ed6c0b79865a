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
    machine_options,
    progress,
)
from runtime.commands.reading import compiled_of
from runtime.machine_options import MachineOptions


@click.command("verify", short_help="Run SGD on a net beside its source; compare every step.")
@SOURCE_OR_NET
@click.option(
    "--steps",
    type=click.IntRange(min=0),
    help="SGD steps; by default 200, or all inputs of a combinational circuit with up to 16, or "
    "those of a machine to its halt, and one more.",
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
    type=click.Choice(["live", "native", "levels", "reference"]),
    help="What runs the net; all give the same bits.",
)
@machine_options
@PRESET
@EXPONENT
@FORMAT
@JSON
def verify_command(
    source: str,
    steps: int | None,
    seed: int,
    labels: str | None,
    dtype: str,
    arithmetic: str | None,
    control: str | None,
    engine: str,
    machine: MachineOptions,
    preset: str | None,
    exponent: Fraction | None,
    format_: str | None,
    as_json: bool,
) -> None:
    """Train the net by SGD beside the reference interpreter and compare after every step.

    A machine is clocked to its halt by labels that are always wrong; the configuration that the
    weights hold is compared with its table.

    Exit code 1 if anything differs, and the report names the first divergence; or if the head of a
    machine leaves its cells.
    """
    compiled = compiled_of(source, format_, preset, exponent, machine, steps)
    sample_bits = len(compiled.net.inputs) - len(compiled.net.random_inputs)
    with progress("SGD step") as show:
        report = compiled.verify(
            steps=steps,
            seed=seed,
            labels=None if labels is None else labels_for(labels, seed, sample_bits),
            labels_name=labels or "random",
            dtype=dtype if arithmetic in (None, "exact") else arithmetic,
            arithmetic=arithmetic if arithmetic in (None, "exact") else "float",
            control=control,
            engine=engine,
            progress=show,
        )
    click.echo(report.to_json() if as_json else str(report))
    if not report.emulates or (report.machine is not None and report.machine.head_left):
        sys.exit(1)
