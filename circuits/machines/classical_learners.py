"""What the machines that learn must answer, in plain Python on signs: +1 for the bit 0.

>>> samples, labels = np.array([[1, -1], [-1, -1]]), np.array([-1, 1])
>>> [known.answer(samples, labels, np.array([1, 1])) for known in CLASSICAL.values()]
[1, -1, 1]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from circuits.machines.machine import Machine
from circuits.machines.majority_machine import majority_machine
from circuits.machines.nearest_machine import nearest_machine
from circuits.machines.parity_machine import parity_machine

Signs: TypeAlias = NDArray[np.integer[Any]]

Answer: TypeAlias = Callable[[Signs, Signs, Signs], int]
"""Samples of shape (m, d), their labels, a query -> a label; 0 where any will do."""


def majority_label(samples: Signs, labels: Signs, query: Signs) -> int:
    """The label that most samples have; +1 in a tie."""
    del samples, query
    return 1 if labels.sum() >= 0 else -1


def nearest_label(samples: Signs, labels: Signs, query: Signs) -> int:
    """The label of the first of the samples that differ from the query in the fewest bits."""
    return int(labels[np.argmin((samples != query).sum(axis=1))])


def parity_label(samples: Signs, labels: Signs, query: Signs) -> int:
    """The parity that fits all samples, if it fits one and the query is in their span.

    Rows are integers: the bits of a sample, and its label as the lowest bit.
    """
    width = samples.shape[1]
    powers = 2 ** np.arange(width, 0, -1, dtype=object)
    rows = [
        int(((1 - x) // 2 * powers).sum()) + int((1 - y) // 2)
        for x, y in zip(samples.astype(object), labels.tolist(), strict=True)
    ]
    pivots: dict[int, int] = {}
    for row in rows:
        row = _reduced(row, pivots)
        if row > 1:
            pivots[row.bit_length()] = row
        elif row:
            return 0
    left = _reduced(int(((1 - query.astype(object)) // 2 * powers).sum()), pivots)
    return 0 if left > 1 else 1 - 2 * left


def _reduced(row: int, pivots: dict[int, int]) -> int:
    """A row minus those with which its leading bits vanish."""
    for lead in sorted(pivots, reverse=True):
        if row.bit_length() >= lead and row >> (lead - 1) & 1:
            row ^= pivots[lead]
    return row


@dataclass(frozen=True)
class Classical:
    """A machine that learns, and what it computes.

    Attributes:
        machine: makes it.
        answer: what it must answer.
        labels: what labels of samples are to be: "parity", of a hidden subset of the bits, or
            "random".
    """

    machine: Callable[[], Machine]
    answer: Answer
    labels: str = "random"


CLASSICAL = {
    "majority-machine": Classical(majority_machine, majority_label),
    "nearest-machine": Classical(nearest_machine, nearest_label),
    "parity-machine": Classical(parity_machine, parity_label, "parity"),
}
"""By the names of `circuits.catalog`."""


def classical(machine: Machine) -> Classical | None:
    """What a machine computes, if it is one of these, table for table."""
    for known in CLASSICAL.values():
        other = known.machine()
        tables = ("write", "move", "following")
        same = machine.symbols == other.symbols and machine.start == other.start
        if same and all(np.array_equal(getattr(machine, t), getattr(other, t)) for t in tables):
            return known
    return None
