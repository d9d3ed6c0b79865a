"""A net as flat arrays, for compiled loops.

Nothing is renumbered. A *run* is a range of vertices of one level that have equally many incoming
edges; compiled nets consist of long runs, as equal gadgets are made one after the other (parity of
64 bits: 458 runs of 67,391 vertices), so a loop over a run hardly ever mispredicts.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from compiler.net import Net

LONGEST = 4096
"""Vertices that a backward pass looks at together."""


class Layout(NamedTuple):
    """Indices are unsigned: compiled code then does not look for negative ones.

    Attributes:
        runs: shape (runs, 5): first vertex, one past the last, edges into each vertex, the first
            edge into the first vertex, and whether the first edge into every vertex is from the
            constant. In the order of the net.
        runs_backward: the same from the last level down, in the order of the net inside a level, in
            parts of `LONGEST` vertices at most.
        sources: shape (edges,).
        entering, leaving: as in `plan.Level`, of all edges; empty where all are one.
        inputs, outputs: vertices.
        constants: `runtime.activation.FloatActivation.constants`, in the net's dtype.
    """

    runs: NDArray[np.uint64]
    runs_backward: NDArray[np.uint64]
    sources: NDArray[np.uint32]
    entering: NDArray[np.floating]
    leaving: NDArray[np.floating]
    inputs: NDArray[np.uint64]
    outputs: NDArray[np.uint64]
    constants: NDArray[np.floating]


def runs_of(net: Net) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """`Layout.runs` and `Layout.runs_backward`."""
    first_edge = np.searchsorted(net.edge_target, np.arange(net.vertices + 1))
    fan_in = np.diff(first_edge)
    new = np.ones(net.vertices, bool)
    new[1:] = (np.diff(fan_in) != 0) | (np.diff(net.level) != 0)
    begin = np.flatnonzero(new & (net.level > 0))
    end = np.append(begin[1:], net.vertices)
    biased = np.append(net.edge_source, 1)[first_edge[:-1]] == 0
    biased = np.logical_and.reduceat(biased & (fan_in > 0), begin) if len(begin) else begin
    columns = begin, end, fan_in[begin], first_edge[begin], biased
    runs = np.stack(columns, axis=1).astype(np.uint64)
    backward = np.argsort(-net.level[begin], kind="stable")
    return runs, _in_parts(runs[backward])


def _in_parts(runs: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The same runs in parts of `LONGEST` vertices at most."""
    size = (runs[:, 1] - runs[:, 0]).astype(np.int64)
    parts = -(-size // LONGEST)
    first = np.repeat(np.cumsum(parts) - parts, parts)
    skipped = ((np.arange(parts.sum()) - first) * LONGEST).astype(np.uint64)
    found = np.repeat(runs, parts, axis=0)
    found[:, 0] += skipped
    found[:, 1] = np.minimum(found[:, 0] + np.uint64(LONGEST), found[:, 1])
    found[:, 3] += skipped * found[:, 2]
    return found
