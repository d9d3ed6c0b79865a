"""The loops of the engines `native` and `live`, compiled by numba; importing this imports numba.

Each follows `runtime.engines.plan`'s order of operations to the letter. Nothing here may be
compiled with ``fastmath``, which would reorder sums and fuse products into them, and every constant
has the net's dtype: a Python float would lift float32 to float64. Sums and activations of a run are
loops of their own, since the second is then computed in vectors.

Numba, which keeps compiled code on disk, compiles anew when the file of a function changes, but not
when that of a function which it calls does: see `runtime.engines.scalar_kernels`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from runtime.engines.gradient_kernels import store_gradients, update_weights
from runtime.engines.layout import Layout
from runtime.engines.scalar_kernels import (
    Floats,
    Indices,
    Real,
    slope,
    slopes,
    value,
)
from runtime.engines.scalar_kernels import compiled as compiled

_CHUNK = np.uint64(4096)
"""Vertices that are looked at together."""

_ZERO, _ONE, _TWO, _THREE = (np.uint64(n) for n in range(4))
"""An unsigned index and a signed number would add up to a float."""


class Scratch(NamedTuple):
    """Memory for a step; see `forward` and `backward`."""

    sums: Floats
    values: Floats
    by_value: Floats


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
    sums, values, by_value = scratch
    by_value[:] = number(0)
    none = np.empty(0, weights.dtype)
    for step in range(len(samples)):
        forward(net, weights, samples[step], sums, values)
        wrong = False
        for i in range(len(net.outputs)):
            outputs[step, i] = values[net.outputs[i]]
            error = outputs[step, i] - labels[step, i]
            by_value[net.outputs[i]] += number(2) * error
            wrong |= error != number(0)
        if wrong or not live_only:
            backward(net, weights, sums, values, by_value, none, live_only, rate, fused)
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
                    values[v] = np.copysign(value(f, size), sums[v])


@compiled
def backward(
    net: Layout,
    weights: Floats,
    sums: Floats,
    values: Floats,
    by_value: Floats,
    by_weight: Floats,
    live_only: bool,
    rate: Real,
    fused: bool,
) -> None:
    """Fill in ``by_weight``, shape (edges,), from gradients by the outputs in ``by_value``.

    Where it is empty, ``weights`` are updated instead, each as soon as its gradient is known, as
    nothing else needs it then. Where ``live_only``, edges are left out, and their place in
    ``by_weight`` as it is, if the gradient by their target's sum is 0: they would add zeros to
    sums, and their gradient is 0.

    ``by_value``, shape (vertices,), ends with the gradients by the given vertices (but not by the
    constant, which nobody asks for) and zeros elsewhere.
    """
    runs, f = net.runs_backward, net.constants
    zero, linear = weights.dtype.type(0), f[0] == 1
    found = np.empty(_CHUNK + _ONE, np.uint64)
    numbers = net.sources, net.leaving, weights, values, by_value
    for r in range(len(runs)):
        begin, end, fan_in, e = runs[r, 0], runs[r, 1], runs[r, 2], runs[r, 3]
        while begin < end:
            stop = min(begin + _CHUNK, end)
            many = _ZERO
            if live_only:  # what is live cannot be predicted, so it is listed without a branch
                for v in range(begin, stop):
                    found[many] = v
                    many += np.uint64(by_value[v] != zero)
                left = _ZERO
                for i in range(many):
                    v = found[i]
                    size = abs(sums[v])
                    flat = size <= f[1] or size >= f[4]
                    if flat:
                        by_value[v] = zero
                    elif not (linear and size >= f[2] and size <= f[3]):
                        by_value[v] *= slope(f, size)
                    found[left] = v
                    left += np.uint64(by_value[v] != zero)
                many = left
            else:
                slopes(f, sums, by_value, begin, stop)
                many = stop - begin
            every = many == stop - begin
            if many and len(by_weight) == 0:
                update_weights(begin, e, fan_in, found[:many], every, numbers, rate, fused)
            elif many:
                store_gradients(begin, e, fan_in, found[:many], every, numbers, by_weight)
            e += (stop - begin) * fan_in
            begin = stop
