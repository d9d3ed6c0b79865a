"""The loops of the engines `native` and `live`, compiled by numba; importing this imports numba.

Each follows `runtime.engines.plan`'s order of operations to the letter. Nothing here may be
compiled with ``fastmath``, which would reorder sums and fuse products into them, and every constant
has the net's dtype: a Python float would lift float32 to float64. Sums and activations of a run are
loops of their own, since the second is then computed in vectors.

All kernels are in one file because numba, which keeps compiled code on disk, compiles anew when the
file of a function changes, but not when that of a function which it calls does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, TypeAlias, TypeVar, cast

import numpy as np
from numba import njit
from numba.extending import intrinsic
from numpy.typing import NDArray

from runtime.engines.layout import Layout

Floats: TypeAlias = NDArray[Any]
Indices: TypeAlias = NDArray[Any]
Real: TypeAlias = Any
"""A float of the net's dtype."""

Function = TypeVar("Function", bound=Callable[..., Any])

_ZERO, _ONE, _TWO, _THREE = (np.uint64(n) for n in range(4))
"""An unsigned index and a signed number would add up to a float."""


class Scratch(NamedTuple):
    """Memory for a step; see `forward` and `backward`."""

    sums: Floats
    values: Floats
    by_value: Floats
    by_weight: Floats
    done: Indices


def compiled(function: Function, inline: bool = False) -> Function:
    """Compile at the first call, once per dtype and machine: numba keeps the result on disk."""
    compile_ = partial(njit, nogil=True, error_model="numpy", forceinline=inline)
    try:
        return cast("Function", compile_(cache=True)(function))
    except RuntimeError:  # no folder to keep it in
        return cast("Function", compile_()(function))


@compiled
def train(
    net: Layout,
    weights: Floats,
    samples: Floats,
    labels: Floats,
    rate: Real,
    fused: bool,
    live_only: bool,
    watch: Indices,
    outputs: Floats,
    watched: Floats,
    scratch: Scratch,
) -> None:
    """Change ``weights``, and fill in ``outputs`` and ``watched``; see `native_run`.

    Where ``fused``, a weight's update is rounded once, else its product and its sum are.
    """
    number = weights.dtype.type
    sums, values, by_value, by_weight, done = scratch
    by_value[:] = number(0)
    for step in range(len(samples)):
        forward(net, weights, samples[step], sums, values)
        ranges, wrong = 0, False
        for i in range(len(net.outputs)):
            outputs[step, i] = values[net.outputs[i]]
            error = outputs[step, i] - labels[step, i]
            by_value[net.outputs[i]] += number(2) * error
            wrong |= error != number(0)
        if wrong or not live_only:
            ranges = backward(net, weights, sums, values, by_value, by_weight, live_only, done)
        for i in range(ranges):
            for e in range(done[i, 0], done[i, 1]):
                if fused:
                    weights[e] = _fma(-rate, by_weight[e], weights[e])  # type: ignore[call-arg]
                else:
                    weights[e] -= rate * by_weight[e]
        for i in range(len(watch)):
            watched[step, i] = weights[watch[i]]


@compiled
def forward(net: Layout, weights: Floats, sample: Floats, sums: Floats, values: Floats) -> None:
    """Fill in ``sums`` and ``values``, shape (vertices,)."""
    runs, sources, entering, f = net.runs, net.sources, net.entering, net.constants
    dead, power_from, power_to, plateau_from, plateau = f[1], f[2], f[3], f[4], f[5]
    linear, copies, zero = f[0] == 1, len(entering) > 0, weights.dtype.type(0)
    sums[: runs[0, 0]] = zero
    values[: runs[0, 0]] = zero
    values[0] = weights.dtype.type(1)
    for i in range(len(sample)):
        values[net.inputs[i]] = sample[i]
    for r in range(len(runs)):
        begin, end, fan_in, e = runs[r, 0], runs[r, 1], runs[r, 2], runs[r, 3]
        for v in range(begin, end):
            total = zero
            if _ONE <= fan_in <= _THREE and not copies:
                total += values[sources[e]] * weights[e]
                if fan_in > _ONE:
                    total += values[sources[e + _ONE]] * weights[e + _ONE]
                if fan_in > _TWO:
                    total += values[sources[e + _TWO]] * weights[e + _TWO]
            else:
                for i in range(e, e + fan_in):
                    arriving = values[sources[i]] * weights[i]
                    total += arriving * entering[i] if copies else arriving
            sums[v] = total
            e += fan_in
        curved = False
        for v in range(begin, end):
            size = abs(sums[v])
            y = size if size < plateau_from else plateau
            values[v] = np.copysign(y if size > dead else zero, sums[v])
            straight = linear & (size >= power_from) & (size <= power_to)
            curved |= not (straight | (size <= dead) | (size >= plateau_from))
        if curved:
            for v in range(begin, end):
                size = abs(sums[v])
                if not (size <= dead or size >= plateau_from):
                    values[v] = np.copysign(_value(f, size), sums[v])


@compiled
def backward(
    net: Layout,
    weights: Floats,
    sums: Floats,
    values: Floats,
    by_value: Floats,
    by_weight: Floats,
    live_only: bool,
    done: Indices,
) -> int:
    """Fill in ``by_weight``, shape (edges,), from gradients by the outputs in ``by_value``.

    Where ``live_only``, edges are left out, and their place in ``by_weight`` as it is, if the
    gradient by their target's sum is 0: they would add zeros to sums, and their gradient is 0.

    Returns the number of ranges of edges done; ``done``, shape (vertices, 2), receives the first
    and one past the last of each. ``by_value``, shape (vertices,), ends with the gradients by the
    given vertices (but not by the constant, which nobody asks for) and zeros elsewhere.
    """
    runs, f, ranges = net.runs_backward, net.constants, 0
    dead, power_from, power_to, plateau_from = f[1], f[2], f[3], f[4]
    linear, copies = f[0] == 1, len(net.leaving) > 0
    edges = net.sources, net.leaving, weights, values, by_value, by_weight
    zero, one = weights.dtype.type(0), weights.dtype.type(1)
    for r in range(len(runs)):
        begin, end, fan_in, e = runs[r, 0], runs[r, 1], runs[r, 2], runs[r, 3]
        live, curved = _ZERO, False
        for v in range(begin, end):
            size = abs(sums[v])
            flat = (size <= dead) | (size >= plateau_from)
            by_value[v] *= zero if flat else one
            live += _ONE if by_value[v] != zero else _ZERO
            curved |= not (flat | (linear & (size >= power_from) & (size <= power_to)))
        if live_only and live == _ZERO:
            continue
        if curved:
            for v in range(begin, end):
                size = abs(sums[v])
                if not (size <= dead or size >= plateau_from):
                    by_value[v] *= _slope(f, size)
        if live_only and live < (end - begin) // _THREE:
            for v in range(begin, end):
                here = by_value[v]
                if here != zero:
                    by_value[v] = zero
                    first = e + (v - begin) * fan_in
                    done[ranges, 0], done[ranges, 1] = first, first + fan_in
                    ranges += 1
                    for i in range(first, first + fan_in):
                        _back(i, here, copies, edges)
            continue
        done[ranges, 0], done[ranges, 1] = e, e + (end - begin) * fan_in
        ranges += 1
        for v in range(begin, end):
            here = by_value[v]
            by_value[v] = zero
            if _ONE <= fan_in <= _THREE and not copies:
                _back(e, here, False, edges)
                if fan_in > _ONE:
                    _back(e + _ONE, here, False, edges)
                if fan_in > _TWO:
                    _back(e + _TWO, here, False, edges)
            else:
                for i in range(e, e + fan_in):
                    _back(i, here, copies, edges)
            e += fan_in
    return ranges


@partial(compiled, inline=True)
def _back(e: Real, here: Real, copies: bool, edges: tuple[Any, ...]) -> None:
    """Gradients by an edge's weight and source, from that by its target's sum.

    Were one of several stores to be chosen here, numba would count references once per edge.
    """
    sources, leaving, weights, values, by_value, by_weight = edges
    source = sources[e]
    by_weight[e] = weights.dtype.type(0) + here * values[source]
    if source:  # else it is the constant, the commonest source
        back = here * weights[e]
        by_value[source] += back * leaving[e] if copies else back


@compiled
def _value(f: Floats, size: Real) -> Real:
    """The value where f is not flat, as by `runtime.activation.FloatActivation.value`."""
    if f[2] <= size <= f[3]:
        return _power(size, f[0])
    c = f[6:14] if size < f[2] else f[14:22]
    t = (size - c[0]) / c[1]
    return c[2] + t * (c[3] + t * (c[4] + t * c[5]))


@compiled
def _slope(f: Floats, size: Real) -> Real:
    """The slope where f is not flat, as by `runtime.activation.FloatActivation.derivative`."""
    if f[2] <= size <= f[3]:
        return f.dtype.type(1) if f[0] == 1 else f[0] * _power(size, f[0] - f.dtype.type(1))
    c = f[6:14] if size < f[2] else f[14:22]
    t = (size - c[0]) / c[1]
    return (c[3] + t * (c[6] + c[7] * t)) / c[1]


@compiled
def _power(size: Real, exponent: Real) -> Real:
    if exponent == 1:
        return size
    if exponent == 2:
        return size * size
    if exponent == 3:
        return size * size * size
    return type(size)(math.pow(np.float64(size), np.float64(exponent)))


@intrinsic
def _fma(typing_context: Any, a: Any, b: Any, c: Any) -> Any:
    """The product of a and b, plus c, rounded once."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fma(*arguments)

    return a(a, a, a), generate
