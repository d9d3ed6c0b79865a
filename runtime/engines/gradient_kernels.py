"""The innermost loops of `runtime.engines.native_kernels.backward`, over the edges into a run.

See `runtime.engines.scalar_kernels` for what must be changed together.
"""

from __future__ import annotations

import numpy as np

from runtime.engines.scalar_kernels import Floats, Indices, Real, compiled, fma, prefetch

_ZERO, _ONE, _TWO, _THREE = (np.uint64(n) for n in range(4))
"""An unsigned index and a signed number would add up to a float."""


@compiled
def store_gradients(
    begin: Real,
    first: Real,
    fan_in: Real,
    found: Indices,
    every: bool,
    numbers: tuple[Floats, ...],
    by_weight: Floats,
) -> None:
    """Gradients by weights and sources of edges, from those by the sums of their targets.

    The targets are those from ``begin`` on, if ``every``, or those found.
    """
    sources, leaving, weights, values, by_value = numbers
    zero, copies = weights.dtype.type(0), len(leaving) > 0
    for i in range(len(found)):
        v = begin + np.uint64(i) if every else found[i]
        here = by_value[v]
        by_value[v] = zero
        e = first + (v - begin) * fan_in
        for j in range(e, e + fan_in):
            source = sources[j]
            by_weight[j] = zero + here * values[source]
            if source:  # else it is the constant, the commonest source
                back = here * weights[j]
                by_value[source] += back * leaving[j] if copies else back


@compiled
def update_weights(
    begin: Real,
    first: Real,
    fan_in: Real,
    found: Indices,
    every: bool,
    numbers: tuple[Floats, ...],
    rate: Real,
    fused: bool,
) -> None:
    """Likewise, and the update of the weights; see `runtime.engines.native_kernels.train`."""
    sources, leaving, weights, values, by_value = numbers
    zero, copies = weights.dtype.type(0), len(leaving) > 0
    if every and fused and not copies and fan_in <= _THREE:
        e, far = first, np.uint64(max(len(sources) - 40, 0))
        for v in range(begin, begin + np.uint64(len(found))):
            here = by_value[v]
            by_value[v] = zero
            if e < far:  # in a large net, what is added to comes from far
                prefetch(by_value, np.uint64(sources[e + np.uint64(32)]))  # type: ignore[call-arg]
                prefetch(by_value, np.uint64(sources[e + np.uint64(33)]))
                prefetch(by_value, np.uint64(sources[e + np.uint64(34)]))
            # Were this a function, numba would count references once per edge.
            if fan_in > _ZERO:
                source, weight = sources[e], weights[e]
                if source:
                    by_value[source] += here * weight
                weights[e] = fma(-rate, zero + here * values[source], weight)  # type: ignore[call-arg]
            if fan_in > _ONE:
                source, weight = sources[e + _ONE], weights[e + _ONE]
                if source:
                    by_value[source] += here * weight
                gradient = zero + here * values[source]
                weights[e + _ONE] = fma(-rate, gradient, weight)  # type: ignore[call-arg]
            if fan_in > _TWO:
                source, weight = sources[e + _TWO], weights[e + _TWO]
                if source:
                    by_value[source] += here * weight
                gradient = zero + here * values[source]
                weights[e + _TWO] = fma(-rate, gradient, weight)  # type: ignore[call-arg]
            e += fan_in
        return
    for i in range(len(found)):
        v = begin + np.uint64(i) if every else found[i]
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
                weights[j] = fma(-rate, gradient, weight)  # type: ignore[call-arg]
            else:
                weights[j] = weight - rate * gradient
