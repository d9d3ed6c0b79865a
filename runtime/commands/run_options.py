"""Options of commands that look at a run of SGD."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from runtime.commands.options import LABELS, SEED, labels_for

if TYPE_CHECKING:
    from runtime.compiled import Compiled
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
    click.option(
        "--dtype",
        default="float64",
        show_default=True,
        type=click.Choice(["float64", "float32"]),
        help="Of weights and values in a run.",
    ),
)


def run_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options for runs; the command gets them as one, ``run``."""

    @wraps(command)
    def collected(**given: Any) -> None:
        command(run=RunOptions(*(given.pop(name) for name in RunOptions._fields)), **given)

    for option in reversed(_OPTIONS):
        collected = option(collected)
    return collected


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
