"""The backward pass of `runtime.engines.native_kernels`, only through what is live.

Live is a vertex that gets a gradient and is not on a flat piece of f. Compiled nets have few.
"""

from __future__ import annotations

import numpy as np

from runtime.engines.gradient_kernels import store_gradients, update_all, update_weights
from runtime.engines.layout import LONGEST, Layout
from runtime.engines.scalar_kernels import Floats, Indices, Real, compiled, slope, trailing_zeros

_SHORT = np.uint64(16)
"""Vertices that are looked at faster than a set is."""

_ZERO, _ONE, _THREE, _SIX, _WORD, _ALL = (np.uint64(n) for n in (0, 1, 3, 6, 64, 2**64 - 1))
"""An unsigned index and a signed number would add up to a float."""


@compiled
def backward_live(
    net: Layout, numbers: tuple[Floats, ...], touched: Indices, rate: Real, fused: bool
) -> Real:
    """As `runtime.engines.native_kernels.backward`, through live vertices only; how many they are.

    Edges into others add zeros, and their own gradient is 0: if asked for, it must be there.

    All gradients by values are searched for such as are not 0. Who expects few gives ``touched``, a
    set with the vertices that have them, to which others are added; then only these are looked at.
    Else it is empty.
    """
    weights, sums, values, by_value, by_weight = numbers
    runs, f, total = net.runs_backward, net.constants, _ZERO
    zero, linear = weights.dtype.type(0), f[0] == 1
    found = np.empty(LONGEST + 1, np.uint64)
    simple = fused and len(net.leaving) == 0 and len(by_weight) == 0 and len(touched) == 0
    given = net.sources, net.leaving, weights, values, by_value, touched
    for r in range(len(runs)):
        begin, end, many = runs[r, 0], runs[r, 1], _ZERO
        if len(touched) and end - begin > _SHORT:
            for place in range(begin >> _SIX, ((end - _ONE) >> _SIX) + _ONE):
                first = place << _SIX
                word = touched[place]
                if first < begin:
                    word &= _ALL << (begin - first)
                if first + _WORD > end:
                    word &= _ALL >> (first + _WORD - end)
                while word:
                    found[many] = first + trailing_zeros(word)
                    many += _ONE
                    word &= word - _ONE  # without its lowest bit
        else:
            for v in range(begin, end):  # what is live cannot be predicted: there is no branch
                found[many] = v
                many += np.uint64(by_value[v] != zero)
        if not many:
            continue
        live = _ZERO
        for i in range(many):
            v = found[i]
            size = abs(sums[v])
            if size <= f[1] or size >= f[4]:
                by_value[v] = zero
            elif not (linear and size >= f[2] and size <= f[3]):
                by_value[v] *= slope(f, size)
            found[live] = v
            live += np.uint64(by_value[v] != zero)
        if not live:
            continue
        total += live
        run = begin, end, runs[r, 2], runs[r, 3], runs[r, 4]
        if simple and live == end - begin and _ONE <= runs[r, 2] <= _THREE:
            update_all(run, given, rate)
        elif len(by_weight) == 0:
            update_weights(run, found, live, given, rate, fused)
        else:
            store_gradients(run, found, live, given, by_weight)
    return total


# For numba's cache, a digest of what is imported: 9dddaaa8865794af
