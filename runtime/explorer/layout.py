"""Where the boxes of a net stand: columns by rank, and in a column by the mean of the neighbours.

General layout programs take minutes for a thousand boxes. Here the columns are known, since a net
has levels, and only the order inside them is looked for: some sweeps that move each box to the mean
place of its neighbours (the barycentre heuristic of Sugiyama, Tagawa and Toda, 1981).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compiler.gadgets import Kind
from compiler.hierarchy import Hierarchy
from compiler.net import Net

_COLUMNS_OF_GATES = 6
"""Gates stand in at most so many columns, by their mean level."""

_SWEEPS = 6

_ROWS = 14
"""A column with more boxes is broken into several, unless the picture is large anyway."""


@dataclass(frozen=True, eq=False, slots=True)
class Placed:
    """A place for every box.

    Attributes:
        column: shape (boxes,), from the left.
        row: likewise, from the top; halves where a column is centred.
        columns, rows: how many there are.
    """

    column: NDArray[np.int32]
    row: NDArray[np.float64]
    columns: int
    rows: int


def place_components(net: Net, boxes: Hierarchy) -> Placed:
    """Inputs on the left, then memory, the gates by level, and the outputs."""
    count = boxes.components
    total = np.bincount(boxes.component_of_vertex, net.level, count)
    level = total / np.maximum(np.bincount(boxes.component_of_vertex, minlength=count), 1)
    kind = boxes.component_kind
    rank = np.full(count, 1, np.int64)
    rank[np.isin(kind, (Kind.CONSTANT, Kind.INPUT))] = 0
    gate = kind == Kind.GATE
    rank[gate] = 2 + _bands(level[gate])
    rank[kind == Kind.OUTPUT] = 2 + _COLUMNS_OF_GATES
    apart = boxes.edge_source != boxes.edge_target
    return place(rank, boxes.edge_source[apart], boxes.edge_target[apart], boxes.edge_count[apart])


def place(
    rank: NDArray[np.integer],
    source: NDArray[np.integer],
    target: NDArray[np.integer],
    weight: NDArray[np.integer] | None = None,
) -> Placed:
    """Columns by rank, rows by barycentre.

    Args:
        rank: shape (boxes,), any numbers; those of no box leave no empty column.
        source: shape (edges,), a box each.
        target: likewise.
        weight: likewise, how much an edge pulls; its logarithm counts.

    >>> placed = place(np.array([0, 0, 1, 1]), np.array([0, 1]), np.array([3, 2]))
    >>> placed.column.tolist(), placed.row.tolist()
    ([0, 0, 1, 1], [0.0, 1.0, 1.0, 0.0])
    """
    boxes = len(rank)
    _, column = np.unique(rank, return_inverse=True)
    pull = np.ones(len(source)) if weight is None else np.log2(1.0 + weight)
    row = _rows(column, np.arange(boxes, dtype=np.float64))
    for sweep in range(_SWEEPS):
        # Alternately by those on the left and by those on the right; edges may lead either way.
        left = column[source] < column[target]
        by = left if sweep % 2 == 0 else ~left
        near = np.concatenate([target[by], source[~by]])
        far = np.concatenate([source[by], target[~by]])
        pulls = np.concatenate([pull[by], pull[~by]])
        total = np.bincount(near, row[far] * pulls, boxes)
        weights = np.bincount(near, pulls, boxes)
        mean = np.divide(total, weights, out=row.copy(), where=weights > 0)
        row = _rows(column, mean)
    return _broken(column, row)


def _bands(level: NDArray[np.float64]) -> NDArray[np.int64]:
    """Levels as columns: about equally many boxes in each, boxes of one level in one."""
    ordered = np.sort(level)
    place_of = np.searchsorted(ordered, level)
    columns = min(_COLUMNS_OF_GATES, round((0.9 * len(level)) ** 0.5))
    band: NDArray[np.int64] = place_of * columns // max(len(level), 1)
    return band


def _rows(column: NDArray[np.int64], wish: NDArray[np.float64]) -> NDArray[np.float64]:
    """Whole rows in the order of the wishes, each column centred on 0 against the longest."""
    order = np.lexsort((wish, column))
    size = np.bincount(column)
    begin = np.cumsum(size) - size
    row = np.empty(len(column))
    row[order] = np.arange(len(column)) - begin[column[order]]
    centred: NDArray[np.float64] = row + (size.max(initial=0) - size[column]) / 2
    return centred


def _broken(column: NDArray[np.int64], row: NDArray[np.float64]) -> Placed:
    """Columns that are too long side by side, each about as long as the others."""
    boxes = len(column)
    if not boxes:
        return Placed(column.astype(np.int32), row, 0, 0)
    most = max(_ROWS, int(1.7 * boxes**0.5))
    size = np.bincount(column)
    parts = -(-size // most)
    begin = np.cumsum(parts) - parts
    order = np.lexsort((row, column))
    first = np.cumsum(size) - size
    number = np.empty(boxes, np.int64)
    number[order] = np.arange(boxes) - first[column[order]]
    per = -(-size // parts)
    wide = begin[column] + number // per[column]
    placed = _rows(wide, row)
    return Placed(wide.astype(np.int32), placed, int(wide.max()) + 1, int(np.bincount(wide).max()))
