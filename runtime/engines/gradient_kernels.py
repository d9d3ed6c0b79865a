"""The innermost loops of `runtime.engines.native_kernels.backward`, over the edges into a run."""

from __future__ import annotations

from functools import partial

import numpy as np

from runtime.engines.scalar_kernels import Floats, Indices, Real, compiled, fma, prefetch

_LARGE = 1 << 16
"""Edges of a net whose numbers are not in the nearer caches."""

_ONE, _TWO, _THREE, _SIX, _IN_WORD = (np.uint64(n) for n in (1, 2, 3, 6, 63))
"""An unsigned index and a signed number would add up to a float."""


@partial(compiled, inline=True)
def store_gradients(
    run: tuple[Real, ...],
    found: Indices,
    many: Real,
    numbers: tuple[Floats, ...],
    by_weight: Floats,
) -> None:
    """Gradients by weights and sources of edges, from those by the sums of their targets.

    Args:
        run: a row of `runtime.engines.layout.Layout.runs_backward`.
        found: targets in that run.
        many: how many they are.
        numbers: sources, copies that leave, weights, values, gradients by values, and a set of
            vertices, one bit each by words, to which `update_weights` adds sources unless it is
            empty.
        by_weight: filled in.
    """
    sources, leaving, weights, values, by_value, _touched = numbers
    begin, _end, fan_in, first, _biased = run
    zero, copies = weights.dtype.type(0), len(leaving) > 0
    for i in range(many):
        v = found[i]
        here = by_value[v]
        by_value[v] = zero
        e = first + (v - begin) * fan_in
        for j in range(e, e + fan_in):
            source = sources[j]
            by_weight[j] = zero + here * values[source]
            if source:  # else it is the constant, the commonest source
                back = here * weights[j]
                by_value[source] += back * leaving[j] if copies else back


@partial(compiled, inline=True)
def update_weights(
    run: tuple[Real, ...],
    found: Indices,
    many: Real,
    numbers: tuple[Floats, ...],
    rate: Real,
    fused: bool,
) -> None:
    """Likewise, and the update of the weights; see `runtime.engines.native_kernels.train`."""
    sources, leaving, weights, values, by_value, touched = numbers
    begin, _end, fan_in, first, _biased = run
    zero, copies, marked = weights.dtype.type(0), len(leaving) > 0, len(touched) > 0
    if fused and not copies and _ONE <= fan_in <= _TWO:  # memory units, mostly
        for i in range(many):
            v = found[i]
            here = by_value[v]
            by_value[v] = zero
            e = first + (v - begin) * fan_in
            source, weight = np.uint64(sources[e]), weights[e]
            gradient = zero + here * values[source]
            if source:
                by_value[source] += here * weight
            if marked:
                touched[source >> _SIX] |= _ONE << (source & _IN_WORD)
            weights[e] = fma(-rate, gradient, weight)
            if fan_in == _TWO:
                source, weight = np.uint64(sources[e + _ONE]), weights[e + _ONE]
                gradient = zero + here * values[source]
                by_value[source] += here * weight
                if marked:
                    touched[source >> _SIX] |= _ONE << (source & _IN_WORD)
                weights[e + _ONE] = fma(-rate, gradient, weight)
        return
    for i in range(many):
        v = found[i]
        here = by_value[v]
        by_value[v] = zero
        e = first + (v - begin) * fan_in
        for j in range(e, e + fan_in):
            source, weight = sources[j], weights[j]
            gradient = zero + here * values[source]
            if source:
                back = here * weight
                by_value[source] += back * leaving[j] if copies else back
            if fused:
                weights[j] = fma(-rate, gradient, weight)
            else:
                weights[j] = weight - rate * gradient
        if marked:
            for j in range(e, e + fan_in):
                touched[sources[j] >> _SIX] |= _ONE << (np.uint64(sources[j]) & _IN_WORD)


@partial(compiled, inline=True)
def update_all(run: tuple[Real, ...], numbers: tuple[Floats, ...], rate: Real) -> None:
    """Likewise for all targets of a run, fused, without copies.

    There are one to three edges into each of them. Each loop is written out, as a condition costs
    as much as an edge.
    """
    sources, _leaving, weights, values, by_value, _touched = numbers
    zero = weights.dtype.type(0)
    begin, end, fan_in, e, biased = run
    far = np.uint64(len(sources) - 40 if len(sources) > _LARGE else 0)
    if fan_in == _ONE:
        for v in range(begin, end):
            here = by_value[v]
            by_value[v] = zero
            source, weight = sources[e], weights[e]
            if source:
                by_value[source] += here * weight
            weights[e] = fma(-rate, zero + here * values[source], weight)
            e += _ONE
    elif biased:  # the constant's value is 1, and nobody asks for the gradient by it
        for v in range(begin, end):
            here = by_value[v]
            by_value[v] = zero
            if e < far:  # in a large net, what is added to comes from far
                prefetch(by_value, np.uint64(sources[e + np.uint64(33)]))
                prefetch(by_value, np.uint64(sources[e + np.uint64(34)]))
            weights[e] = fma(-rate, zero + here, weights[e])
            source, weight = sources[e + _ONE], weights[e + _ONE]
            by_value[source] += here * weight
            gradient = zero + here * values[source]
            weights[e + _ONE] = fma(-rate, gradient, weight)
            if fan_in == _THREE:
                source, weight = sources[e + _TWO], weights[e + _TWO]
                by_value[source] += here * weight
                gradient = zero + here * values[source]
                weights[e + _TWO] = fma(-rate, gradient, weight)
            e += fan_in
    else:
        for v in range(begin, end):
            here = by_value[v]
            by_value[v] = zero
            for j in range(e, e + fan_in):
                source, weight = sources[j], weights[j]
                if source:
                    by_value[source] += here * weight
                weights[j] = fma(-rate, zero + here * values[source], weight)
            e += fan_in


# For numba's cache, a digest of what is imported: 74c614b9a201d54f
