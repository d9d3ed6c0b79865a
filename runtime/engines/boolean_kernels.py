"""The loops of the engine `boolean`, compiled by numba; importing this imports numba.

Floats are added up and differentiated as in `runtime.engines.native_kernels`, in the same order.
Who changes what is imported from there must change this file too: numba keeps compiled code until
the file of the outermost function changes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from runtime.engines.boolean_layout import BooleanLayout
from runtime.engines.scalar_kernels import Floats, Indices, Real, compiled, fma, slope, value

_ONE, _TWO, _THREE = (np.uint64(n) for n in range(1, 4))


class State(NamedTuple):
    """What a step works on; all but ``bits`` and ``live`` in the net's dtype.

    Attributes:
        weights: of hot edges.
        bits: uint8 by slot; slot 0 is 0.
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
    number, bits = state.weights.dtype.type, state.bits
    for i in range(len(sample)):
        if abs(sample[i]) != number(1):
            return False
        bits[i + 1] = sample[i] > number(0)
    for stage in range(0 if moved else 1, len(net.stages)):
        ends = net.stages[stage]
        for r in range(ends[0], ends[1]):
            _bit_run(net.bit_runs[r], net.operands, net.coefficients, net.numbers, bits)
        for t in range(ends[2], ends[3]):
            literal = net.tap_literal[t]
            bit = bits[literal >> 1] ^ (literal & 1)
            state.values[len(state.sums) + t] = net.tap_high[t] if bit else net.tap_low[t]
        for r in range(ends[4], ends[5]):
            _float_run(net, state, r)
        for r in range(ends[6], ends[7]):
            total = state.sums[net.reads[r, 0]]
            if not abs(total) >= net.guard:
                return False
            bits[net.reads[r, 1]] = total > number(0)
    return True


@compiled
def _bit_run(
    run: Indices, operands: Indices, coefficients: Indices, numbers: Indices, bits: Indices
) -> None:
    """Fill in the slots of a run."""
    operation, begin, end, size, at = run[0], run[1], run[2], np.uint64(run[3]), np.uint64(run[4])
    if operation == 0:
        for slot in range(begin, end):
            a, b = operands[at], operands[at + _ONE]
            bits[slot] = (bits[a >> 1] ^ (a & 1)) & (bits[b >> 1] ^ (b & 1))
            at += _TWO
    elif operation == 1:
        for slot in range(begin, end):
            a, b, c = operands[at], operands[at + _ONE], operands[at + _TWO]
            i = (bits[a >> 1] ^ (a & 1)) | ((bits[b >> 1] ^ (b & 1)) << 1)
            bits[slot] = (numbers[slot] >> (i | ((bits[c >> 1] ^ (c & 1)) << 2))) & 1
            at += _THREE
    elif operation == 2:
        for slot in range(begin, end):
            every = np.uint8(1)
            for i in range(at, at + size):
                every &= bits[operands[i] >> 1] ^ (operands[i] & 1)
            bits[slot] = every
            at += size
    else:
        for slot in range(begin, end):
            total = np.int32(0)
            for i in range(at, at + size):
                bit = bits[operands[i] >> 1] ^ (operands[i] & 1)
                total += coefficients[i] * np.int32(bit)
            bits[slot] = total >= numbers[slot]
            at += size


@compiled
def _float_run(net: BooleanLayout, state: State, r: int) -> None:
    """Fill in sums and values of a run; see `runtime.engines.native_kernels.forward`."""
    weights, values, sums, sources = state.weights, state.values, state.sums, net.source
    f, entering, copies = net.constants, net.entering, len(net.entering) > 0
    dead, plateau_from, plateau, zero = f[1], f[4], f[5], weights.dtype.type(0)
    run = net.runs[r]
    begin, end, fan_in, e = run[0], run[1], run[2], run[3]
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
                    weights[i] = fma(-rate, gradient, weight)  # type: ignore[call-arg]
                else:
                    weights[i] = weight - rate * gradient


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
