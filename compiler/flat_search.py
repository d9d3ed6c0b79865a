"""The search for flat vertices; see `compiler.flat_vertices`."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from compiler.threshold_sums import Function, function_of

_KNOWN_PAIRS = 64
"""Of values that a vertex may take; compiled nets have five."""

_FUNCTIONS = 4096
"""Different ones that are looked at, the commonest: those of weights that noise made all different
are left to floats."""

_WIDE = 16
"""Vertices of more sources are left to the end of a round."""

_ROUNDS = 100
"""Of passing on values that are not those of a gate; compiled nets need four."""


class Wires(NamedTuple):
    """A net as far as flatness is concerned.

    Attributes:
        source: shape (edges,), sorted by target.
        first_edge: shape (vertices + 1,).
        level: shape (vertices,), not decreasing.
        weight: shape (edges,), float64 numbers of the float format; times the copies that enter.
        inputs: vertices.
        read: shape (vertices,), bool: assumed to lie on a plateau.
        dead_zone, plateau_from, plateau: of f, in the float format.
        precision: bits of the float format's significand, 53 or 24.
    """

    source: NDArray[np.integer]
    first_edge: NDArray[np.integer]
    level: NDArray[np.integer]
    weight: NDArray[np.float64]
    inputs: NDArray[np.integer]
    read: NDArray[np.bool_]
    dead_zone: float
    plateau_from: float
    plateau: float
    precision: int


class FlatSearch:
    """What can be said of each vertex.

    Values are first assumed to be those of a gate, and what that gives is passed on. When nothing
    changes any more, every vertex's values follow from those of its sources, which are of lower
    levels: so they are right, by induction over levels.

    Attributes:
        pairs: of values, false and true.
        pair: shape (vertices,), index into ``pairs``.
        loose: shape (vertices,), bool: floats, reads aside.
        functions: of flat vertices.
        function: shape (vertices,), index into ``functions``, -1 where there is none.
    """

    def __init__(self, wires: Wires) -> None:
        vertices = len(wires.level)
        self._wires, self._fan_in = wires, np.diff(wires.first_edge)
        self.pairs: list[tuple[float, float]] = [(-wires.plateau, wires.plateau)]
        self.pair = np.zeros(vertices, np.int64)
        self._computed = (wires.level > 0) & ~wires.read
        self.pair[wires.level == 0] = self._pair_id((0.0, 0.0))
        self.pair[0] = self._pair_id((1.0, 1.0))
        self.pair[wires.inputs] = self._pair_id((-1.0, 1.0))
        self.loose = np.zeros(vertices, bool)
        self.functions: list[Function] = []
        self.function = np.full(vertices, -1)
        self._known: dict[tuple[int, ...], int] = {}
        self._blocked, self._failed = np.zeros(vertices, bool), np.zeros(vertices, bool)
        self._weight_id = np.unique(wires.weight.view(np.int64), return_inverse=True)[1]
        self._search()

    def _pair_id(self, pair: tuple[float, float]) -> int:
        for i, known in enumerate(self.pairs):
            if np.array(known).tobytes() == np.array(pair).tobytes():
                return i
        self.pairs.append(pair)
        return len(self.pairs) - 1

    def _search(self) -> None:
        wide, unseen = self._fan_in > _WIDE, self._computed.copy()
        changed = np.zeros(len(unseen), bool)
        for _ in range(_ROUNDS):
            unseen |= self._reading(changed) & self._computed
            pending = unseen & ~self._blocked
            if not pending.any() or len(self.pairs) > _KNOWN_PAIRS:
                break
            unseen &= ~pending
            changed = self._evaluate(np.flatnonzero(pending & ~wide))
            self._spread()
            # Most wide vertices read floats, and then what they may sum up to takes long to say.
            late = pending & wide & ~self._blocked
            unseen |= pending & wide & self._blocked
            changed |= self._evaluate(np.flatnonzero(late))
            self._spread()
        unseen |= self._reading(changed) & self._computed
        self._failed |= unseen & ~self._blocked
        self._spread()

    def _reading(self, changed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which vertices have one of these among their sources."""
        reading = np.zeros(len(changed), bool)
        edges = np.flatnonzero(changed[self._wires.source])
        reading[np.searchsorted(self._wires.first_edge, edges, side="right") - 1] = True
        return reading

    def _spread(self) -> None:
        """What reads a float is one too, unless it is a read; from the lowest level up."""
        wires = self._wires
        self.loose, self._blocked = self._failed.copy(), np.zeros(len(self.loose), bool)
        wired = np.flatnonzero(self._fan_in)
        if not len(wired) or not self.loose.any():
            return
        ends = np.searchsorted(wires.level[wired], np.arange(1, int(wires.level[-1]) + 2)).tolist()
        first = wires.first_edge[wired]
        for begin, end in pairwise(ends):
            if begin == end:
                continue
            last = wires.first_edge[wired[end - 1] + 1]
            told = self.loose[wires.source[first[begin] : last]]
            if told.any():
                here = wired[begin:end]
                found = np.logical_or.reduceat(told, first[begin:end] - first[begin])
                self._blocked[here] = found & ~wires.read[here]
                self.loose[here] |= self._blocked[here]

    def _evaluate(self, vertices: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Find the functions of these, and say whose values are others than before."""
        before = self.pair.copy()
        for fan_in in np.unique(self._fan_in[vertices]).tolist():
            alike = vertices[self._fan_in[vertices] == fan_in]
            edges = self._wires.first_edge[alike][:, None] + np.arange(fan_in)
            codes = self._weight_id[edges] * _KNOWN_PAIRS + before[self._wires.source[edges]]
            sample, group, size = _distinct(codes)
            number = np.full(len(sample), -1)
            for i in np.argsort(-size, kind="stable").tolist():
                number[i] = self._number(tuple(codes[sample[i]].tolist()), edges[sample[i]])
            self.function[alike] = number[group]
        self._failed[vertices] = self.function[vertices] < 0
        flat = vertices[self.function[vertices] >= 0]
        pairs = np.array([self._pair_id(f.values) for f in self.functions], np.int64)
        self.pair[flat] = pairs[self.function[flat]]
        changed: NDArray[np.bool_] = before != self.pair
        return changed

    def _number(self, code: tuple[int, ...], edges: NDArray[np.integer]) -> int:
        """The function of these weights and values of sources, -1 where it is none."""
        if code not in self._known:
            if len(self._known) >= _FUNCTIONS:
                return -1
            wires = self._wires
            values = [self.pairs[p % _KNOWN_PAIRS] for p in code]
            found = function_of(
                wires.weight[edges].tolist(),
                values,
                (wires.dead_zone, wires.plateau_from, wires.plateau),
                wires.precision,
            )
            self._known[code] = len(self.functions) if found else -1
            if found:
                self.functions.append(found)
        return self._known[code]


def _distinct(
    rows: NDArray[np.int64],
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Where each distinct row first stands, which one every row is, and how many of each."""
    number = np.zeros(len(rows), np.int64)
    for column in rows.T if len(rows) > 1 else ():
        below = int(column.max()) + 1
        if below * (int(number.max()) + 1) >= 1 << 62:
            column = np.unique(column, return_inverse=True)[1]
            number = np.unique(number, return_inverse=True)[1]
            below = int(column.max()) + 1
        number = number * below + column
    _, first, number, size = np.unique(
        number, return_index=True, return_inverse=True, return_counts=True
    )
    return first, number, size
