"""What a learner is shown and asked: samples, labels and fresh queries, all drawn by a seed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from circuits.errors import SourceError
from circuits.machines.classical_learners import Answer, Classical, Signs
from circuits.machines.configuration import Outcome
from circuits.machines.machine import Machine
from circuits.machines.run import Run, run
from compiler.rcnn.coding import Coding
from compiler.rcnn.initial import input_configuration, memory

MOST_STEPS = 50_000_000
"""After which a machine is taken not to halt."""


class Task(NamedTuple):
    """Signs, 1 and -1."""

    samples: Signs
    """Shape (m, d)."""
    labels: Signs
    """Shape (m,)."""
    queries: Signs
    """Shape (N, d); inside the span of the samples, if the labels are a parity."""
    answer: Answer | None
    """What is to be answered; None if only the machine knows."""


class Asked(NamedTuple):
    """What a machine answers to each query."""

    answers: NDArray[np.int64]
    """1 and -1; 0 where the top left cell has neither."""
    steps: int
    """The most that it made."""


def draw_task(known: Classical | None, samples: int, bits: int, queries: int, seed: int) -> Task:
    """Draw all that a learner needs.

    Args:
        known: which learner; None for one that nobody knows, which gets random labels.
        samples: m.
        bits: d.
        queries: N.
        seed: of all.
    """
    rng = np.random.default_rng([seed, samples, bits])
    x, fresh = _signs(rng, samples, bits), _signs(rng, queries, bits)
    if known is None or known.labels == "random":
        return Task(x, _signs(rng, samples), fresh, None if known is None else known.answer)
    hidden = rng.integers(2, size=bits)
    hidden[rng.integers(bits)] = 1
    chosen = rng.integers(2, size=(queries, samples))  # a sum of samples is in their span
    fresh = 1 - 2 * (chosen @ ((1 - x) // 2) % 2)
    return Task(x, np.where(hidden, x, 1).prod(axis=1), fresh, known.answer)


def ask_machine(machine: Machine, coding: Coding, task: Task, workspace: int = 1) -> Asked:
    """Run the machine itself on all queries.

    Raises:
        SourceError: it does not halt on one of them, or writes on the margin.
    """
    rows = memory(task.samples, task.labels, len(task.samples) + 1)
    sign = dict(zip(coding.samples, (1, -1), strict=False))  # one symbol is refused below
    answers, most = np.zeros(len(task.queries), np.int64), 0
    for number, query in enumerate(task.queries):
        start, field = input_configuration(machine, coding, rows, query, workspace)
        ran = run(machine, start, MOST_STEPS, field)
        if ran.outcome is not Outcome.HALTED:
            raise SourceError(
                f"{machine.name or 'the machine'} does not halt on such samples: {_how(ran)}",
                hint="a learner halts on all samples and queries; leave --bits and --samples away "
                "to run a machine on a tape",
            )
        answers[number] = sign.get(int(ran.configuration.cells[0, 0]), 0)
        most = max(most, ran.steps)
    return Asked(answers, most)


def _how(ran: Run) -> str:
    if ran.outcome is Outcome.RUNNING:
        return f"it still runs after {ran.steps} steps"
    does = "leave" if ran.outcome is Outcome.LEFT else "write on"
    return f"in step {ran.steps + 1} it would {does} the margin"


def _signs(rng: np.random.Generator, *shape: int) -> Signs:
    return 1 - 2 * rng.integers(2, size=shape)
