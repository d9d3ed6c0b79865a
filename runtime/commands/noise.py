"""Options of `sgdcc verify` for noise-tolerant nets."""

from __future__ import annotations

from typing import NamedTuple

import click

from runtime.commands.options import options_as_one

NOISE_MODELS = ("gaussian", "uniform", "bias", "adversarial", "bfloat16", "float16")
"""Those of `runtime.noise.models`, which loads too much for a list of names."""


LEMMA4_CONTROLS = [
    "label", "output", "control-before", "control-at-write", "control-after", "noise-sum",
    "leaving-gradient",
]  # fmt: skip
"""Those of `runtime.settings`, likewise."""


class NoiseOptions(NamedTuple):
    """What a user may say of noise; None for the default."""

    noise: float | None = None
    noise_model: str | None = None
    runs: int | None = None


_OPTIONS = (
    click.option(
        "--noise",
        type=float,
        metavar="AMOUNT",
        help="With --target noise-tolerant: of the noise on every weight after every step: its "
        "standard deviation, or its size; of adversarial noise, what it sums to on an edge.",
    ),
    click.option(
        "--noise-model",
        type=click.Choice(NOISE_MODELS),
        help="gaussian (the default), uniform, bias (always the same), adversarial (the worst "
        "found); or the format that weights are stored in, without --noise.",
    ),
    click.option(
        "--runs",
        type=click.IntRange(min=1),
        metavar="R",
        help="With --target noise-tolerant: train from the start so often, on other samples.",
    ),
)

noise_options = options_as_one("noise", NoiseOptions, _OPTIONS)
"""The options for noise; the command gets them as one, ``noise``."""
