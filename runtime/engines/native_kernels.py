"""The loops of the engines `native` and `live`, compiled by numba; importing this imports numba.

Each follows `runtime.engines.plan`'s order of operations to the letter. Nothing here may be
compiled with ``fastmath``, which would reorder sums and fuse products into them, and every constant
has the net's dtype: a Python float would lift float32 to float64. Sums and activations of a run are
loops of their own, since the second is then computed in vectors.

A function that takes arrays costs numba some 15 ns a call, also where it is compiled into another:
so what is done for every run, of which a deep net has many, is written out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from runtime.engines.gradient_kernels import store_gradients, update_all, update_weights
from runtime.engines.layout import LONGEST, Layout
from runtime.engines.live_kernels import backward_live
from runtime.engines.scalar_kernels import (
    Floats,
    Indices,
    Real,
    slopes,
    value,
)
from runtime.engines.scalar_kernels import compiled as compiled

_ONE, _TWO, _THREE, _SIX, _IN_WORD = (np.uint64(n) for n in (1, 2, 3, 6, 63))
"""An unsigned index and a signed number would add up to a float."""


class Scratch(NamedTuple):
    """Memory for a step; see `forward` and `backward`."""

    sums: Floats
    values: Floats
    by_value: Floats
    touched: Indices


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
    few: Real,
) -> None:
    """Change ``weights``, and fill in ``outputs`` and ``watched``; see `native_run`.

    Where ``fused``, a weight's update is rounded once, else its product and its sum are. Where the
    last step had at most ``few`` live vertices, those of the next are searched for in a set.
    """
    number = weights.dtype.type
    sums, values, by_value, touched = scratch
    by_value[:] = number(0)
    none, live = np.empty(0, weights.dtype), np.uint64(len(values))
    for step in range(len(samples)):
        forward(net, weights, samples[step], sums, values)
        wrong = False
        for i in range(len(net.outputs)):
            outputs[step, i] = values[net.outputs[i]]
            error = outputs[step, i] - labels[step, i]
            by_value[net.outputs[i]] += number(2) * error
            wrong |= error != number(0)
        if wrong or not live_only:
            numbers = weights, sums, values, by_value, none
            if live_only:
                given = touched if live <= few else touched[:0]
                given[:] = 0
                for i in range(len(net.outputs) if live <= few else 0):
                    given[net.outputs[i] >> _SIX] |= _ONE << (net.outputs[i] & _IN_WORD)
                live = backward_live(net, numbers, given, rate, fused)
            else:
                backward(net, numbers, rate, fused)
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
        if fan_in == _ONE and not copies:
            for v in range(begin, end):
                sums[v] = zero + values[sources[e]] * weights[e]
                e += _ONE
        elif fan_in == _TWO and runs[r, 4] and not copies:
            for v in range(begin, end):
                total = zero + weights[e]
                sums[v] = total + values[sources[e + _ONE]] * weights[e + _ONE]
                e += _TWO
        elif fan_in == _THREE and runs[r, 4] and not copies:
            for v in range(begin, end):
                total = zero + weights[e]
                total += values[sources[e + _ONE]] * weights[e + _ONE]
                sums[v] = total + values[sources[e + _TWO]] * weights[e + _TWO]
                e += _THREE
        else:
            for v in range(begin, end):
                total = zero
                if _TWO <= fan_in <= _THREE and not copies:
                    total += values[sources[e]] * weights[e]
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
def backward(net: Layout, numbers: tuple[Floats, ...], rate: Real, fused: bool) -> None:
    """From gradients by the outputs, find those by all weights; or update these, as by `train`.

    ``numbers`` are weights, sums, values, and gradients by values and by weights. Where these last
    are empty, each weight is updated as soon as its gradient is known, as nothing else needs it
    then. The gradients by values are 0 at first but for the outputs. They end as those by the given
    vertices (but not by the constant, which nobody asks for) and zeros elsewhere.
    """
    weights, sums, values, by_value, by_weight = numbers
    runs, f = net.runs_backward, net.constants
    found = np.empty(LONGEST, np.uint64)
    simple = fused and len(net.leaving) == 0 and len(by_weight) == 0
    given = net.sources, net.leaving, weights, values, by_value, np.empty(0, np.uint64)
    for r in range(len(runs)):
        begin, end = runs[r, 0], runs[r, 1]
        run = begin, end, runs[r, 2], runs[r, 3], runs[r, 4]
        slopes(f, sums, by_value, begin, end)
        if simple and _ONE <= runs[r, 2] <= _THREE:
            update_all(run, given, rate)
            continue
        for i in range(end - begin):
            found[i] = begin + i
        if len(by_weight) == 0:
            update_weights(run, found, end - begin, given, rate, fused)
        else:
            store_gradients(run, found, end - begin, given, by_weight)


# For numba's cache, a digest of what is imported: 55738d927820c050
