"""What a step cannot be faster than: its memory traffic, done by loops that do nothing else."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from compiler.net import Net
from runtime.bench.measure import Work

_BY_VERTEX = 24 + 40
"""Bytes of a vertex in float64. Forward, its sum and value are written, and the value is read;
backward, both are read, and its gradient is read, written and cleared."""

_BY_EDGE = 8 + 16
"""Of an edge: its weight is read, and backward read and written."""

_BY_INDEX = 4 + 4
"""Of an edge that does not come from the constant: where from, each way."""


def bytes_of_step(net: Net) -> int:
    """What forward, backward and update of all edges have to move, were each moved once."""
    indexed = int((net.edge_source > 0).sum())
    return _BY_VERTEX * net.vertices + _BY_EDGE * net.edges + _BY_INDEX * indexed


def stream(net: Net) -> Work:
    """As many bytes as a step moves, one after the other: ``a = b + s c``."""
    from runtime.bench.bound_kernels import triad

    numbers = max(1, bytes_of_step(net) // 24)
    a, b, c = (np.full(numbers, float(number)) for number in range(3))
    return lambda: triad(a, b, c, 0.5)


def gather_scatter(net: Net) -> Work:
    """For every edge, its source's value fetched twice, and its source's gradient added to.

    The indices are the net's. Edges from the constant, which need none, are left out.
    """
    from runtime.bench.bound_kernels import gather_and_scatter

    sources = indices(net)
    values, gradients = np.ones(net.vertices), np.zeros(net.vertices)
    return lambda: gather_and_scatter(sources, values, gradients)


def gather(net: Net) -> Work:
    """Likewise, fetched once: what a forward pass cannot do without."""
    from runtime.bench.bound_kernels import gathered

    sources, values = indices(net), np.ones(net.vertices)
    return lambda: gathered(sources, values)


def indices(net: Net) -> NDArray[np.uint32]:
    """The sources of edges, but for the constant, in the order of the net."""
    found: NDArray[np.uint32] = net.edge_source[net.edge_source > 0].astype(np.uint32)
    return found


BOUNDS = {"stream": stream, "gather_scatter": gather_scatter, "gather": gather}
"""By name, what makes the loop for a net."""
