"""Options of commands that look at a run of SGD."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import click

from circuits.errors import SourceError
from runtime.commands.options import (
    LABELS,
    SEED,
    dtype_option,
    labels_for,
    options_as_one,
    progress,
)

if TYPE_CHECKING:
    from runtime.compiled import Compiled
    from runtime.recording import Recording
    from runtime.settings import Progress, Settings


class RunOptions(NamedTuple):
    """What a user may say of a run; see `runtime.settings.Settings`."""

    steps: int | None = None
    seed: int = 0
    labels: str | None = None
    dtype: str = "float64"


_OPTIONS = (
    click.option(
        "--steps",
        type=click.IntRange(min=0),
        help="SGD steps of a run; by default 200, those of a machine to its halt and one more, or "
        "the T of a noise-tolerant net.",
    ),
    SEED,
    LABELS,
    dtype_option("Of weights and values in a run."),
)

run_options = options_as_one("run", RunOptions, _OPTIONS)
"""The options for runs; the command gets them as one, ``run``."""


def settings_of(compiled: Compiled, run: RunOptions, show: Progress) -> Settings:
    """The settings of a run of a net."""
    from runtime.settings import Settings

    net = compiled.net
    sample_bits = len(net.inputs) - len(net.random_inputs)
    return Settings(
        steps=run.steps,
        seed=run.seed,
        labels=None if run.labels is None else labels_for(run.labels, run.seed, sample_bits),
        labels_name=run.labels or "random",
        dtype=run.dtype,
        progress=show,
    )


def recorded_to(compiled: Compiled, run: RunOptions, *steps: int) -> Recording:
    """A run that has these steps; as long as they need, where the user does not say how long.

    Raises:
        SourceError: the run ends before one of them.
    """
    from compiler.net import Target
    from runtime.recording import record

    if compiled.machine is None and run.steps is None and compiled.net.target is Target.EMULATION:
        run = run._replace(steps=max(steps))
    if run.steps is not None:
        _refuse_beyond(run.steps, steps)
    with progress("SGD step") as show:
        recording = record(compiled.net, settings_of(compiled, run, show), compiled.machine)
    _refuse_beyond(recording.steps, steps)
    return recording


def _refuse_beyond(last: int, steps: tuple[int, ...]) -> None:
    for step in steps:
        if step > last:
            raise SourceError(f"no step {step}: the run has {last}", hint="give more --steps")
