"""A recurrent convolutional net at work, recorded: every value of every cell after every layer.

Of a learner: each step of SGD that memorises a sample, W before it, and the answers to queries. Of
a machine on a tape or a plane: its configurations, a layer each. `runtime.rcnn.record` makes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from circuits.machines.classical_learners import Signs
from compiler.rcnn.filter import Filter
from runtime.rcnn.fast import Changes


@dataclass(frozen=True, eq=False, slots=True)
class Pass:
    """One grid on its way through all layers.

    Attributes:
        begin: shape (height, width), the values before the first layer.
        changes: what the layers change, by layer and then by cell; only where a value differs.
        sample: d signs: the sample of a step of SGD, or the query; None for a machine's own grid.
        label: what SGD is shown; None where nothing is trained.
        output: of the module; None for a machine's own grid.
        machine_answer: to a query, of the machine by itself: 1, -1, or 0 for neither.
        learner_answer: of the learner in plain Python; None where there is none.
    """

    begin: NDArray[np.floating[Any]]
    changes: Changes
    sample: Signs | None = None
    label: int | None = None
    output: float | None = None
    machine_answer: int | None = None
    learner_answer: int | None = None

    @property
    def last(self) -> int:
        """The last layer that changes anything."""
        return int(self.changes.layer[-1]) if len(self.changes.layer) else 0

    def grid(self, layer: int) -> NDArray[np.floating[Any]]:
        """The values after so many layers."""
        upto = int(np.searchsorted(self.changes.layer, layer, side="right"))
        grid = self.begin.copy()
        grid.ravel()[self.changes.cell[:upto]] = self.changes.value[:upto]  # the last one wins
        return grid


@dataclass(frozen=True, eq=False, slots=True)
class LayerRecording:
    """All that was recorded.

    Attributes:
        net: the filter.
        passes: one for each step of SGD, then one for each query; or the only one of a machine.
        memory: shape (steps + 1, m + 1, d + 1): W before each step, and at the end; None for a
            machine's own grid.
        layers: L.
        seed, dtype, path: of the run.
    """

    net: Filter
    passes: tuple[Pass, ...]
    memory: NDArray[np.floating[Any]] | None
    layers: int
    seed: int
    dtype: str
    path: str

    @property
    def steps(self) -> int:
        """Of SGD."""
        return 0 if self.memory is None else len(self.memory) - 1


def in_order(begin: NDArray[np.floating[Any]], found: Changes) -> Changes:
    """By layer and cell, without what changes nothing."""
    order = np.lexsort((found.layer, found.cell))
    layer, cell, value = (np.asarray(part)[order] for part in found)
    before = np.roll(value, 1)
    first = np.ones(len(cell), bool)
    first[1:] = cell[1:] != cell[:-1]
    before[first] = begin.ravel()[cell[first]]
    kept = np.flatnonzero(value != before)
    kept = kept[np.lexsort((cell[kept], layer[kept]))]
    return Changes(layer[kept], cell[kept], value[kept])
