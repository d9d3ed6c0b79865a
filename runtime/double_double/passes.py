"""Forward and backward through a net on double-double numbers, edge by edge.

The loops are plain Python over arrays, which says what they compute. Compiled by numba they give
the same bits, some 1000 times faster.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from runtime.double_double.activation import Activate, Pieces, activation
from runtime.double_double.check import check_transforms
from runtime.double_double.numbers import (
    ARRAYS,
    LARGEST,
    Arithmetic,
    Compiler,
    DoubleDouble,
    arithmetic,
    uncompiled,
)


class Wiring(NamedTuple):
    """A net as arrays.

    Attributes:
        first: the first vertex that computes.
        starts: shape (vertices + 1,), the first edge into each vertex.
        sources: shape (edges,).
        entering, leaving: shape (edges,), copies of an edge that enter each copy of its target
            and leave each copy of its source (1 in a net that is no quotient).
    """

    first: int
    starts: NDArray[np.int64]
    sources: NDArray[np.int64]
    entering: DoubleDouble
    leaving: DoubleDouble


class Trace(NamedTuple):
    """What a pass forward fills in, shape (vertices,) each."""

    values: DoubleDouble
    slopes: DoubleDouble
    sums: DoubleDouble
    blends: NDArray[np.bool_]


@dataclass(frozen=True)
class Passes:
    """The passes, and the operations they are made of.

    Attributes:
        forward: fills a trace whose ``values`` hold the constant and the inputs.
        backward: given the gradient of every vertex's value by what lies outside the net (it is
            used up), fills that of every edge; what lies behind a vertex of slope 0 stays 0.

    Both return -1, or the first vertex at which a number is not below `LARGEST`.
    """

    arithmetic: Arithmetic
    activate: Activate
    forward: Callable[[Wiring, Pieces, DoubleDouble, Trace], int]
    backward: Callable[[Wiring, DoubleDouble, Trace, DoubleDouble, DoubleDouble], int]


@cache
def compiled_passes() -> Passes:
    """Compiled by numba, in seconds, and checked on this machine.

    Raises:
        InvariantError: the transforms are not error-free here.
    """
    compile_ = numba_compiler()
    found = passes(arithmetic(compile_, math.frexp), compile_)
    for used in (ARRAYS, found.arithmetic):
        check_transforms(used)
    return found


def numba_compiler(**options: Any) -> Compiler:
    """``numba.njit`` with IEEE division, for `arithmetic` and `passes`; imports numba."""
    import numba

    return cast("Compiler", numba.njit(error_model="numpy", **options))


def passes(arithmetic: Arithmetic, compile_: Compiler = uncompiled) -> Passes:
    """The passes in an arithmetic, passed through the same compiler."""
    add, mul = arithmetic.add, arithmetic.mul
    activate = activation(arithmetic, compile_)

    @compile_
    def at(x: DoubleDouble, i: int) -> DoubleDouble:
        return DoubleDouble(x.hi[i], x.lo[i])

    @compile_
    def put(x: DoubleDouble, i: int, value: DoubleDouble) -> None:
        x.hi[i], x.lo[i] = value.hi, value.lo

    @compile_
    def forward(wiring: Wiring, f: Pieces, weights: DoubleDouble, trace: Trace) -> int:
        for vertex in range(wiring.first, len(trace.blends)):
            total = DoubleDouble(0.0, 0.0)
            for edge in range(wiring.starts[vertex], wiring.starts[vertex + 1]):
                arriving = mul(at(weights, edge), at(trace.values, wiring.sources[edge]))
                total = add(total, mul(arriving, at(wiring.entering, edge)))
            if not abs(total.hi) < LARGEST:  # or not a number
                return vertex
            value, slope, blend = activate(total, f)
            put(trace.values, vertex, value)
            put(trace.slopes, vertex, slope)
            put(trace.sums, vertex, total)
            trace.blends[vertex] = blend
        return -1

    @compile_
    def backward(
        wiring: Wiring,
        weights: DoubleDouble,
        trace: Trace,
        by_value: DoubleDouble,
        gradients: DoubleDouble,
    ) -> int:
        gradients.hi[:] = 0.0
        gradients.lo[:] = 0.0
        for vertex in range(len(trace.blends) - 1, wiring.first - 1, -1):
            by_sum = mul(at(by_value, vertex), at(trace.slopes, vertex))
            if not abs(by_sum.hi) < LARGEST:
                return vertex
            if by_sum.hi == 0.0:
                continue
            for edge in range(wiring.starts[vertex], wiring.starts[vertex + 1]):
                source = wiring.sources[edge]
                put(gradients, edge, mul(by_sum, at(trace.values, source)))
                if trace.slopes.hi[source] != 0.0:
                    back = mul(mul(by_sum, at(weights, edge)), at(wiring.leaving, edge))
                    put(by_value, source, add(at(by_value, source), back))
        return -1

    return Passes(arithmetic, activate, forward, backward)
