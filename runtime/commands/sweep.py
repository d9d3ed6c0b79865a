"""`sgdcc sweep SOURCE|NET`."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runtime.commands.noise import NOISE_MODELS
from runtime.commands.options import (
    FORMAT,
    JSON,
    LABELS,
    RUNS,
    SEED,
    SOURCE_OR_NET,
    dtype_option,
    engine_option,
    labels_for,
    output_option,
    progress,
    refuse_to_overwrite,
    samples_option,
)
from runtime.commands.reading import compiled_of, refuse_given

if TYPE_CHECKING:
    from runtime.compiled import Compiled
    from runtime.replicas.settings import SweepSettings

_CONTROLS = ("flip-weight", "learning-rate", "wrong-circuit")


@click.command("sweep", short_help="Train a net in thousands of independent runs; one table.")
@SOURCE_OR_NET
@RUNS
@click.option(
    "--steps",
    default=200,
    show_default=True,
    type=click.IntRange(min=0),
    help="SGD steps a run; a noise-tolerant net makes one for each of its samples.",
)
@SEED
@LABELS
@click.option(
    "--fresh",
    "questions",
    default=64,
    show_default=True,
    type=click.IntRange(min=0),
    help="Samples to ask each run about after its last step, where a function labels them.",
)
@dtype_option("Of weights and values.")
@click.option(
    "--control",
    type=click.Choice(_CONTROLS),
    help="Break one hypothesis on purpose; runs must then differ from their references.",
)
@engine_option("boolean", "live", "native", "gpu", default="boolean")
@click.option("--target", type=click.Choice(["emulation", "noise-tolerant"]))
@samples_option("Of a noise-tolerant net.")
@click.option(
    "--noise", type=float, metavar="AMOUNT", help="Of a noise-tolerant net, as for `sgdcc verify`."
)
@click.option("--noise-model", type=click.Choice(NOISE_MODELS), help="Likewise.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Processes; by default one a core, or none for a small sweep.",
)
@output_option(
    "TABLE.csv", help="A row for each run. If the file is there, the sweep goes on from its end."
)
@FORMAT
@JSON
def sweep_command(
    source: str,
    runs: int,
    steps: int,
    seed: int,
    labels: str | None,
    questions: int,
    dtype: str,
    control: str | None,
    engine: str,
    target: str | None,
    samples: int | None,
    noise: float | None,
    noise_model: str | None,
    workers: int | None,
    output: Path | None,
    format_: str | None,
    as_json: bool,
) -> None:
    """Train a net again and again: other samples, labels and hidden functions in each run.

    Run r is what `sgdcc verify` does with the seed + r. Each output and each memory bit is compared
    with the reference after each step, and all weights at the end. An interrupted sweep goes on
    where its table ends; docs/sweeps.md has all of it.

    Exit code 1 if any run differs from its reference.
    """
    from runtime.replicas.summary import Summary
    from runtime.replicas.sweep import sweep

    if output is not None:
        refuse_to_overwrite(source, output)
    compiled = compiled_of(source, format_, target=target, samples=samples)
    if compiled.net.samples:
        refuse_given("a noise-tolerant net makes a step for each of its samples", "steps")
        steps = compiled.net.samples
    settings = _settings(
        compiled, labels, steps, seed=seed, dtype=dtype, questions=questions, control=control,
        engine=engine, noise=noise, noise_model=noise_model,
    )  # fmt: skip
    begun, started = list[int](), time.perf_counter()
    with progress("run") as show:

        def told(done: int, total: int) -> None:
            begun.append(done)
            show(done, total)

        table = sweep(compiled.net, settings, runs, workers=workers, table=output, progress=told)
    summary = Summary.of(table, runs - begun[0], time.perf_counter() - started)
    click.echo(summary.to_json() if as_json else str(summary))
    if output is not None and not as_json:
        click.echo(f"table: {output}")
    if summary.first_mismatch is not None:
        sys.exit(1)


def _settings(compiled: Compiled, labels: str | None, steps: int, **others: Any) -> SweepSettings:
    """Of the sweep; labels of a file are read here."""
    from circuits.targets import TARGETS
    from runtime.replicas.settings import ALWAYS_WRONG, LISTED, RANDOM, SweepSettings

    labels = labels or (RANDOM if compiled.machine is None else ALWAYS_WRONG)
    listed: tuple[int, ...] = ()
    if labels not in (RANDOM, ALWAYS_WRONG, *TARGETS):
        label = labels_for(labels, 0, 0)
        labels, listed = LISTED, tuple(label(step, (), 0) for step in range(steps))
    return SweepSettings(steps=steps, labels=labels, listed=listed, **others)
