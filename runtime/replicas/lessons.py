"""What runs are shown: samples, labels, and fresh samples at the end. Each seed has its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from circuits.targets import TARGETS, target
from runtime.replicas.settings import LISTED, RANDOM, SweepSettings

Bits = NDArray[np.int8]
"""Of 0 and 1."""


class Lesson(NamedTuple):
    """What one run is shown; bits are 0 and 1.

    Attributes:
        seed: what it is drawn by, as `sgdcc verify` draws it.
        target: the hidden function, see `circuits.targets.Rule`; empty where there is none.
        samples: shape (steps, inputs), random inputs included.
        labels: shape (steps,); None where they depend on predictions.
        questions: shape (questions, inputs); empty where labels are no function of the sample.
        answers: shape (questions,), their labels.
    """

    seed: int
    target: str
    samples: Bits
    labels: Bits | None
    questions: Bits
    answers: Bits


def lesson(settings: SweepSettings, run: int, inputs: int, sample_inputs: Sequence[int]) -> Lesson:
    """What a run is shown.

    Args:
        settings: of the sweep.
        run: its number.
        inputs: of the net.
        sample_inputs: those that are not random; labels are functions of these.
    """
    seed, steps = settings.seed + run, settings.steps
    samples = _coins([seed, 0], steps, inputs)
    if settings.labels not in TARGETS:
        none = np.empty(0, np.int8)
        return Lesson(seed, "", samples, _labels(settings, seed), samples[:0], none)
    rule, questions = (
        target(settings.labels, len(sample_inputs), seed),
        _coins([seed, 5], settings.questions, inputs),
    )
    labels, answers = (rule.labels(shown[:, sample_inputs]) for shown in (samples, questions))
    return Lesson(seed, str(rule), samples, labels, questions, answers)


def _labels(settings: SweepSettings, seed: int) -> Bits | None:
    if settings.labels == RANDOM:
        return _coins([seed, 1, 0], settings.steps, 1)[:, 0]
    if settings.labels == LISTED:
        return np.array(settings.listed[: settings.steps], np.int8)
    return None


def _coins(stream: Sequence[int], rows: int, columns: int) -> Bits:
    """Fair coins, the same as if they were drawn row by row."""
    return np.random.default_rng(stream).integers(0, 2, (rows, columns)).astype(np.int8)
