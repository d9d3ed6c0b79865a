"""The backward pass of the engine `boolean`, compiled by numba; importing this imports numba.

See `runtime.engines.boolean_kernels`, and `runtime.engines.scalar_kernels` for what must be changed
together.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np

from runtime.engines.boolean_layout import BooleanLayout
from runtime.engines.scalar_kernels import Floats, Indices, Real, compiled, fma, slope

_ONE, _TWO = np.uint64(1), np.uint64(2)


class State(NamedTuple):
    """What a step works on; all but ``bits`` and ``live`` in the net's dtype.

    Attributes:
        weights: of hot edges.
        bits: uint8 by slot, 0 or 255; slot 0 is 0.
        values: of floats, then of taps; those of stage 0 are filled in.
        sums: of floats.
        by_value: gradients by values, all 0 between steps.
        by_weight: gradients by hot edges; empty if weights are to be updated instead.
        live: uint32, one more than there are floats; anything.
    """

    weights: Floats
    bits: Indices
    values: Floats
    sums: Floats
    by_value: Floats
    by_weight: Floats
    live: Indices


@compiled
def backward(net: BooleanLayout, state: State, rate: Real, fused: bool) -> None:
    """Update hot edges, or find their gradients and those by taps.

    ``state.by_value`` holds gradients by the outputs. It ends with zeros, but with gradients by
    taps where those by weights were to be found; these must be 0 before.
    """
    weights, values, sums, by_value = state.weights, state.values, state.sums, state.by_value
    live = state.live
    f, copies, update = net.constants, len(net.leaving) > 0, len(state.by_weight) == 0
    dead, plateau_from, linear = f[1], f[4], f[0] == 1
    zero, one, floats = weights.dtype.type(0), weights.dtype.type(1), np.uint64(len(sums))
    for r in range(len(net.runs_backward)):
        run = net.runs_backward[r]
        begin, end, fan_in, e = run[0], run[1], run[2], run[3]
        any_live, curved = False, False
        for v in range(begin, end):
            size = abs(sums[v])
            flat = (size <= dead) | (size >= plateau_from)
            by_value[v] *= zero if flat else one
            any_live |= by_value[v] != zero
            curved |= not (flat | (linear & (size >= f[2]) & (size <= f[3])))
        if not any_live:
            continue
        if curved:
            for v in range(begin, end):
                size = abs(sums[v])
                if not (size <= dead or size >= plateau_from):
                    by_value[v] *= slope(f, size)
        many = np.uint64(0)  # they are listed first: which of them are live cannot be predicted
        for v in range(begin, end):
            live[many] = v
            many += np.uint64(by_value[v] != zero)
        if update and fused and not copies:
            _update(net, state, run, many, rate)
            continue
        for n in range(many):
            v = live[n]
            here = by_value[v]
            by_value[v] = zero
            first = e + (v - begin) * fan_in
            for i in range(first, first + fan_in):
                source, weight = np.uint64(net.source[i]), weights[i]
                gradient = zero + here * values[source]
                if source < floats or not update:
                    back = here * weight
                    by_value[source] += back * net.leaving[i] if copies else back
                if not update:
                    state.by_weight[i] = gradient
                elif fused:
                    weights[i] = fma(-rate, gradient, weight)
                else:
                    weights[i] = weight - rate * gradient


@partial(compiled, inline=True)
def _update(net: BooleanLayout, state: State, run: Indices, many: Real, rate: Real) -> None:
    """What `backward` does at the live floats of a run where it is asked for the least."""
    weights, values, by_value, live = state.weights, state.values, state.by_value, state.live
    sources, zero, floats = net.source, weights.dtype.type(0), np.uint64(len(state.sums))
    fan_in, first = run[2], run[3] - run[0] * run[2]
    if fan_in == _ONE:
        for n in range(many):
            v = live[n]
            here = by_value[v]
            by_value[v] = zero
            e = first + v
            source, weight = np.uint64(sources[e]), weights[e]
            if source < floats:
                by_value[source] += here * weight
            weights[e] = fma(-rate, zero + here * values[source], weight)
    elif fan_in == _TWO:
        for n in range(many):
            v = live[n]
            here = by_value[v]
            by_value[v] = zero
            e = first + _TWO * v
            one, two = np.uint64(sources[e]), np.uint64(sources[e + _ONE])
            if one < floats:
                by_value[one] += here * weights[e]
            if two < floats:
                by_value[two] += here * weights[e + _ONE]
            weights[e] = fma(-rate, zero + here * values[one], weights[e])
            weights[e + _ONE] = fma(-rate, zero + here * values[two], weights[e + _ONE])
    else:
        for n in range(many):
            v = live[n]
            here = by_value[v]
            by_value[v] = zero
            e = first + fan_in * v
            for i in range(e, e + fan_in):
                source, weight = np.uint64(sources[i]), weights[i]
                if source < floats:
                    by_value[source] += here * weight
                weights[i] = fma(-rate, zero + here * values[source], weight)


# For numba's cache, a digest of what is imported: 8745e881328ff2db
