"""The loops of `runtime.engines.boolean_replicas`, compiled by numba; importing this imports numba.

Bits are words, one run to a bit. Floats are in blocks of `WIDTH` runs, the runs of a block side by
side, so that the processor does them at once; each run's own sums are added up in the order of
`runtime.engines.native_kernels`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from runtime.engines.boolean_layout import BooleanLayout
from runtime.engines.scalar_kernels import Floats, Indices, Real, compiled, fma, slope, value
from runtime.engines.word_kernels import bit_runs

LANES = 64
WIDTH = 64
"""Runs in a block: with fewer, the loops over them are too short to pay."""

_ZERO, _ONE = np.uint64(0), np.uint64(1)


class Lanes(NamedTuple):
    """What the steps of 64 runs work on.

    Attributes:
        words: uint64 by slot; slot 0 is 0.
        planes: uint64, shape (32,), scratch.
        weights: of hot edges, shape (blocks, hot edges, WIDTH).
        values, sums, by_value: of floats, shape (blocks, floats, WIDTH); by_value is 0.
        total: shape (WIDTH,), scratch.
    """

    words: Indices
    planes: Indices
    weights: Floats
    values: Floats
    sums: Floats
    by_value: Floats
    total: Floats


@compiled
def train_lanes(
    net: BooleanLayout,
    lanes: Lanes,
    samples: Indices,
    labels: Floats,
    rate: Real,
    fused: bool,
    active: Any,
    watch: Indices,
    outputs: Floats,
    watched: Floats,
) -> tuple[int, Any]:
    """Steps of SGD of all active runs, up to and with the first in which a guard of one fails.

    Returns how many steps that are, and which runs failed in the last; these it has not changed.

    ``samples`` are words, shape (steps, inputs): a 1 is an input of 1, a 0 one of -1. ``labels``
    and ``outputs`` have shape (steps, outputs, LANES). ``active`` is a word; the other runs do not
    matter, and their weights stay. ``watch`` has hot edges, -1 for others, and ``watched`` shape
    (steps, edges watched, LANES); of others it is as it was.
    """
    number, blocks = lanes.weights.dtype.type, len(lanes.weights)
    moved = np.ones(blocks, np.bool_)
    for step in range(len(samples)):
        failed = forward_lanes(net, lanes, samples[step], moved) & active
        moved[:] = False
        for i in range(len(net.outputs)):
            place = np.uint64(net.outputs[i])
            for lane in range(LANES):
                block, column = lane // WIDTH, lane % WIDTH
                if place < lanes.sums.shape[1]:
                    output = lanes.values[block, place, column]
                else:
                    literal = net.tap_literal[place - np.uint64(lanes.sums.shape[1])]
                    word = lanes.words[literal >> 1] ^ (_ZERO - np.uint64(literal & 1))
                    tap = place - np.uint64(lanes.sums.shape[1])
                    bit = (word >> np.uint64(lane)) & _ONE
                    output = net.tap_values[tap, bit]
                outputs[step, i, lane] = output
                error = output - labels[step, i, lane]
                counts = ((active & ~failed) >> np.uint64(lane)) & _ONE
                if counts and error != number(0):
                    moved[block] = True
                    if place < lanes.sums.shape[1]:
                        lanes.by_value[block, place, column] += number(2) * error
        for block in range(blocks):
            if moved[block]:
                backward_lanes(net, lanes, block, rate, fused)
        for i in range(len(watch)):
            if watch[i] >= 0:
                for lane in range(LANES):
                    weight = lanes.weights[lane // WIDTH, watch[i], lane % WIDTH]
                    watched[step, i, lane] = weight
        if failed:
            return step + 1, failed
    return len(samples), _ZERO


@compiled
def forward_lanes(net: BooleanLayout, lanes: Lanes, sample: Indices, moved: Indices) -> Any:
    """Fill in words, sums and values; in which runs a read is not on a plateau.

    Stage 0 is left as it is in blocks whose weights have not ``moved``.
    """
    words, failed = lanes.words, _ZERO
    for i in range(len(sample)):
        words[i + 1] = sample[i]
    for stage in range(len(net.stages)):
        ends = net.stages[stage]
        bit_runs(
            ends[0],
            ends[1],
            net.bit_runs,
            net.targets,
            net.operands,
            net.coefficients,
            net.numbers,
            words,
            lanes.planes,
        )
        for block in range(len(moved)):
            if stage > 0 or moved[block]:
                for r in range(ends[4], ends[5]):
                    _float_run(net, lanes, block, r)
        for r in range(ends[6], ends[7]):
            word = _ZERO
            for lane in range(LANES):
                total = lanes.sums[lane // WIDTH, net.reads[r, 0], lane % WIDTH]
                word |= np.uint64(total > 0) << np.uint64(lane)
                failed |= np.uint64(not abs(total) >= net.guard) << np.uint64(lane)
            words[net.reads[r, 1]] = word
    return failed


@compiled
def _float_run(net: BooleanLayout, lanes: Lanes, block: int, r: int) -> None:
    """Fill in sums and values of a run of floats in a block."""
    weights, values, sums = lanes.weights[block], lanes.values[block], lanes.sums[block]
    words, total, sources, entering = lanes.words, lanes.total, net.source, net.entering
    literals, lows, highs, shift = (
        net.tap_literal,
        net.tap_values[:, 0],
        net.tap_values[:, 1],
        block * WIDTH,
    )
    f, copies, zero, run = net.constants, len(entering) > 0, total.dtype.type(0), net.runs[r]
    dead, plateau_from, plateau, floats = f[1], f[4], f[5], np.uint64(len(sums))
    begin, end, fan_in, e, linear = run[0], run[1], run[2], run[3], f[0] == 1
    for v in range(begin, end):
        for lane in range(WIDTH):
            total[lane] = zero
        for i in range(e, e + fan_in):
            source = np.uint64(sources[i])
            if source < floats:
                for lane in range(WIDTH):
                    arriving = values[source, lane] * weights[i, lane]
                    total[lane] += arriving * entering[i] if copies else arriving
            else:
                literal, low, high = (
                    literals[source - floats],
                    lows[source - floats],
                    highs[source - floats],
                )
                word = words[literal >> 1] ^ (_ZERO - np.uint64(literal & 1))
                word >>= np.uint64(shift)
                for lane in range(WIDTH):
                    x = high if (word >> np.uint64(lane)) & _ONE else low
                    arriving = x * weights[i, lane]
                    total[lane] += arriving * entering[i] if copies else arriving
        e += fan_in
        curved = False
        for lane in range(WIDTH):
            sums[v, lane] = total[lane]
            size = abs(total[lane])
            y = size if size < plateau_from else plateau
            values[v, lane] = np.copysign(y if size > dead else zero, total[lane])
            straight = linear & (size >= f[2]) & (size <= f[3])
            curved |= not (straight | (size <= dead) | (size >= plateau_from))
        if curved:
            for lane in range(WIDTH):
                size = abs(total[lane])
                if not (size <= dead or size >= plateau_from):
                    values[v, lane] = np.copysign(value(f, size), total[lane])


@compiled
def backward_lanes(net: BooleanLayout, lanes: Lanes, block: int, rate: Real, fused: bool) -> None:
    """Update a block's weights from gradients by the outputs in its ``by_value``."""
    weights, values, sums = lanes.weights[block], lanes.values[block], lanes.sums[block]
    by_value, here, sources, leaving = lanes.by_value[block], lanes.total, net.source, net.leaving
    literals, lows, highs, shift = (
        net.tap_literal,
        net.tap_values[:, 0],
        net.tap_values[:, 1],
        block * WIDTH,
    )
    f, copies, zero, words = net.constants, len(leaving) > 0, here.dtype.type(0), lanes.words
    dead, plateau_from, floats, linear = f[1], f[4], np.uint64(len(sums)), f[0] == 1
    one = here.dtype.type(1)
    for r in range(len(net.runs_backward)):
        run = net.runs_backward[r]
        begin, end, fan_in, e = run[0], run[1], run[2], run[3]
        for v in range(begin, end):
            first = e + (v - begin) * fan_in
            some = False
            for lane in range(WIDTH):
                some |= by_value[v, lane] != zero
            if not some:
                continue
            some, curved = False, False
            for lane in range(WIDTH):
                size = abs(sums[v, lane])
                flat = (size <= dead) | (size >= plateau_from)
                here[lane] = by_value[v, lane] * (zero if flat else one)
                by_value[v, lane] = zero
                some |= here[lane] != zero
                curved |= not (flat | (linear & (size >= f[2]) & (size <= f[3])))
            if not some:
                continue
            if curved:
                for lane in range(WIDTH):
                    size = abs(sums[v, lane])
                    if not (size <= dead or size >= plateau_from):
                        here[lane] *= slope(f, size)
            for i in range(first, first + fan_in):
                source = np.uint64(sources[i])
                if source < floats:
                    for lane in range(WIDTH):
                        weight, back = weights[i, lane], here[lane] * weights[i, lane]
                        by_value[source, lane] += back * leaving[i] if copies else back
                        gradient = zero + here[lane] * values[source, lane]
                        if fused:
                            weights[i, lane] = fma(-rate, gradient, weight)
                        else:
                            weights[i, lane] = weight - rate * gradient
                else:
                    tap = source - floats
                    literal, low, high = literals[tap], lows[tap], highs[tap]
                    word = words[literal >> 1] ^ (_ZERO - np.uint64(literal & 1))
                    word >>= np.uint64(shift)
                    for lane in range(WIDTH):
                        x = high if (word >> np.uint64(lane)) & _ONE else low
                        gradient = zero + here[lane] * x
                        if fused:
                            weights[i, lane] = fma(-rate, gradient, weights[i, lane])
                        else:
                            weights[i, lane] = weights[i, lane] - rate * gradient


# For numba's cache, a digest of what is imported: 4e727d7acca03604
