"""The loops of the engine `boolean`, compiled by numba; importing this imports numba.

Floats are added up and differentiated as in `runtime.engines.native_kernels`, in the same order.
"""

from __future__ import annotations

import numpy as np

from runtime.engines.boolean_gradients import State, backward
from runtime.engines.boolean_layout import BooleanLayout
from runtime.engines.scalar_kernels import Floats, Indices, Real, compiled, value
from runtime.engines.word_kernels import bit_runs, literal

_ONE, _TWO = np.uint64(1), np.uint64(2)
_FALSE, _TRUE = np.uint8(0), np.uint8(255)


@compiled
def train(
    net: BooleanLayout,
    state: State,
    samples: Floats,
    labels: Floats,
    rate: Real,
    fused: bool,
    watch: Indices,
    outputs: Floats,
    watched: Floats,
) -> int:
    """Steps of SGD until one fails, which has then changed nothing; the number of those done.

    ``watch`` has hot edges, -1 for others, whose weights are in ``watched`` already.
    """
    number, moved = state.weights.dtype.type, True
    for step in range(len(samples)):
        if not forward(net, state, samples[step], moved):
            return step
        moved = False
        for i in range(len(net.outputs)):
            outputs[step, i] = state.values[net.outputs[i]]
            error = outputs[step, i] - labels[step, i]
            moved |= error != number(0)
            if net.outputs[i] < len(state.sums):
                state.by_value[net.outputs[i]] += number(2) * error
        if moved:
            backward(net, state, rate, fused)
        for i in range(len(watch)):
            if watch[i] >= 0:
                watched[step, i] = state.weights[watch[i]]
    return len(samples)


@compiled
def forward(net: BooleanLayout, state: State, sample: Floats, moved: bool) -> bool:
    """Fill in bits, sums and values; whether inputs are -1 or 1 and reads are on a plateau.

    Stage 0 is left as it is unless weights ``moved``.
    """
    number, bits, no_planes = state.weights.dtype.type, state.bits, np.empty(0, np.uint64)
    for i in range(len(sample)):
        if abs(sample[i]) != number(1):
            return False
        bits[i + 1] = _TRUE if sample[i] > number(0) else _FALSE
    for stage in range(0 if moved else 1, len(net.stages)):
        ends = net.stages[stage]
        bit_runs(
            ends[0],
            ends[1],
            net.bit_runs,
            net.targets,
            net.operands,
            net.coefficients,
            net.numbers,
            bits,
            no_planes,
        )
        for t in range(ends[2], ends[3]):
            bit = literal(bits, net.tap_literal[t]) & _ONE
            state.values[len(state.sums) + t] = net.tap_values[t, bit]
        _float_runs(net, state, ends[4], ends[5])
        for r in range(ends[6], ends[7]):
            total = state.sums[net.reads[r, 0]]
            if not abs(total) >= net.guard:
                return False
            bits[net.reads[r, 1]] = _TRUE if total > number(0) else _FALSE
    return True


@compiled
def _float_runs(net: BooleanLayout, state: State, first: int, last: int) -> None:
    """Fill in sums and values of these runs; see `runtime.engines.native_kernels.forward`."""
    weights, values, sums, sources = state.weights, state.values, state.sums, net.source
    f, entering, copies = net.constants, net.entering, len(net.entering) > 0
    dead, plateau_from, plateau, zero = f[1], f[4], f[5], weights.dtype.type(0)
    for r in range(first, last):
        begin, end, fan_in, e = net.runs[r, 0], net.runs[r, 1], net.runs[r, 2], net.runs[r, 3]
        for v in range(begin, end):
            total = zero
            if _ONE <= fan_in <= _TWO and not copies:
                total += values[sources[e]] * weights[e]
                if fan_in > _ONE:
                    total += values[sources[e + _ONE]] * weights[e + _ONE]
            else:
                for i in range(e, e + fan_in):
                    arriving = values[sources[i]] * weights[i]
                    total += arriving * entering[i] if copies else arriving
            sums[v] = total
            e += fan_in
        curved, linear = False, f[0] == 1
        for v in range(begin, end):
            size = abs(sums[v])
            y = size if size < plateau_from else plateau
            values[v] = np.copysign(y if size > dead else zero, sums[v])
            straight = linear & (size >= f[2]) & (size <= f[3])
            curved |= not (straight | (size <= dead) | (size >= plateau_from))
        if curved:
            for v in range(begin, end):
                size = abs(sums[v])
                if not (size <= dead or size >= plateau_from):
                    values[v] = np.copysign(value(f, size), sums[v])


@compiled
def same(weights: Floats, kept: Floats, ranges: Indices) -> bool:
    """Whether weights are as kept, in ranges of edges, shape (ranges, 2); -0 is like 0."""
    for r in range(len(ranges)):
        differ = False
        for e in range(ranges[r, 0], ranges[r, 1]):
            differ |= weights[e] != kept[e]
        if differ:
            return False
    return True


# For numba's cache, a digest of what is imported: 4e820c318ccf7b5a
