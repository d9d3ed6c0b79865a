"""The loops of `runtime.bench.bounds`, compiled by numba; importing this imports numba."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.engines.native_kernels import compiled

Floats = NDArray[np.float64]
Indices = NDArray[np.uint32]

_FOUR = np.uint64(4)
"""Sums at once: one alone would wait for each addition, not for memory."""

_ONE, _TWO, _THREE = (np.uint64(n) for n in (1, 2, 3))


@compiled
def triad(a: Floats, b: Floats, c: Floats, s: float) -> None:
    """``a = b + s c``."""
    for i in range(len(a)):
        a[i] = b[i] + s * c[i]


@compiled
def gathered(sources: Indices, values: Floats) -> Any:
    """The sum of the values of all sources."""
    first = second = third = fourth = 0.0
    whole = np.uint64(len(sources)) // _FOUR * _FOUR
    for i in range(np.uint64(0), whole, _FOUR):
        first += values[sources[i]]
        second += values[sources[i + _ONE]]
        third += values[sources[i + _TWO]]
        fourth += values[sources[i + _THREE]]
    for i in range(whole, len(sources)):
        first += values[sources[i]]
    return first + second + third + fourth


@compiled
def gather_and_scatter(sources: Indices, values: Floats, gradients: Floats) -> Any:
    """The same, and once more from the last edge down, each value added to a gradient."""
    total = gathered(sources, values)
    edges = np.uint64(len(sources))
    for i in range(edges):
        source = sources[edges - _ONE - i]
        gradients[source] += values[source]
    return total


# For numba's cache, a digest of what is imported: d3b4f1196e6ce5eb
