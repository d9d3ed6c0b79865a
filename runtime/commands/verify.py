"""`sgdcc verify SOURCE|NET`."""

from __future__ import annotations

import sys
from fractions import Fraction

import click

from circuits.machines.options import MachineOptions
from runtime.commands.noise import LEMMA4_CONTROLS, NoiseOptions, noise_options
from runtime.commands.options import (
    EXPONENT,
    FORMAT,
    JSON,
    LABELS,
    PRESET,
    SEED,
    SOURCE_OR_NET,
    dtype_option,
    engine_option,
    labels_for,
    machine_options,
    progress,
)
from runtime.commands.rcnn import (
    RcnnOptions,
    filter_in,
    rcnn_options,
    refuse_rcnn_options,
    verify_filter,
)
from runtime.commands.reading import compiled_of, refuse_given

_CONTROLS = ("flip-weight", "learning-rate", "batch-size", "wrong-circuit")
_RCNN_CONTROLS = ("halting-place", "layers")


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
@dtype_option("Of weights and values.")
@click.option(
    "--arithmetic",
    type=click.Choice(["exact", "double-double", "float64", "float32"]),
    help="exact: no float anywhere; the default for --preset printed, which floats lose. "
    "double-double: 106 bits; that of noise-tolerant nets.",
)
@click.option(
    "--control",
    metavar="NAME",
    type=click.Choice([*_CONTROLS, *_RCNN_CONTROLS, *LEMMA4_CONTROLS]),
    help="Break one hypothesis on purpose; the verification must then fail: "
    f"{', '.join(_CONTROLS)}; with --target rcnn also {', '.join(_RCNN_CONTROLS)}; with --target "
    f"noise-tolerant also {', '.join(LEMMA4_CONTROLS)}.",
)
@engine_option("boolean", "live", "native", "levels", "reference", "gpu", default="native")
@click.option(
    "--target",
    type=click.Choice(["emulation", "noise-tolerant", "rcnn"]),
    help="noise-tolerant: of a learner, the net that learns while its weights are perturbed. rcnn: "
    "of a machine, the recurrent convolutional net; the default for a filter file.",
)
@noise_options
@rcnn_options
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
    target: str | None,
    noise: NoiseOptions,
    rcnn: RcnnOptions,
    machine: MachineOptions,
    preset: str | None,
    exponent: Fraction | None,
    format_: str | None,
    as_json: bool,
) -> None:
    """Train the net by SGD beside the reference interpreter and compare after every step.

    A machine is clocked to its halt by labels that are always wrong; the configuration that the
    weights hold is compared with its table.

    With --target rcnn SGD writes samples into the memory layer of a recurrent convolutional net,
    and its layers then are steps of the machine; docs/rcnn.md has all of it.

    With --target noise-tolerant a net memorises T samples, each in one step of SGD, and answers
    then, under noise if so asked; docs/noise.md has all of it.

    Exit code 1 if anything differs, and the report names the first divergence; or if the head of a
    machine leaves its cells.
    """
    if target == "rcnn" or (target is None and filter_in(source) is not None):
        verify_filter(
            source,
            format_,
            machine,
            rcnn,
            steps=steps,
            seed=seed,
            dtype=dtype,
            control=control,
            as_json=as_json,
        )
        return
    refuse_rcnn_options()
    compiled = compiled_of(
        source, format_, preset, exponent, machine, steps, target=target, samples=rcnn.samples
    )
    if compiled.net.samples:
        refuse_given("a noise-tolerant net makes a step for each of its samples", "steps")
    sample_bits = len(compiled.net.inputs) - len(compiled.net.random_inputs)
    with progress("SGD step") as show:
        report = compiled.verify(
            steps=steps,
            seed=seed,
            labels=None if labels is None else labels_for(labels, seed, sample_bits),
            labels_name=labels or "random",
            dtype=arithmetic if arithmetic in ("float64", "float32") else dtype,
            arithmetic="float" if arithmetic in ("float64", "float32") else arithmetic,
            control=control,
            engine=engine,
            progress=show,
            noise=noise.noise,
            noise_model=noise.noise_model,
            runs=noise.runs or 1,
        )
    click.echo(report.to_json() if as_json else str(report))
    if not report.emulates or (report.machine is not None and report.machine.head_left):
        sys.exit(1)
