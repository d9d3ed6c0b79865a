"""Bits of 64 runs, or 64 samples, at once, as words: one bit of a word for each.

The operations are those of `runtime.engines.bit_program`. Nothing here depends on the net's dtype.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.engines.scalar_kernels import compiled

Words = NDArray[Any]

_ZERO, _ONE, _TWO, _THREE, _FOUR = (np.uint64(n) for n in range(5))


@compiled
def word_run(
    run: Words, operands: Words, coefficients: Words, numbers: Words, words: Words, planes: Words
) -> None:
    """Fill in the words of a run of slots. ``planes``, shape (32,), is scratch memory."""
    operation, begin, end = run[0], run[1], run[2]
    size, at = np.uint64(run[3]), np.uint64(run[4])
    if operation == 0:
        for slot in range(begin, end):
            a, b = np.uint64(operands[at]), np.uint64(operands[at + _ONE])
            one = words[a >> _ONE] ^ (_ZERO - (a & _ONE))
            words[slot] = one & (words[b >> _ONE] ^ (_ZERO - (b & _ONE)))
            at += _TWO
    elif operation == 1:
        for slot in range(begin, end):
            a, b, c = operands[at], operands[at + _ONE], operands[at + _TWO]
            one = words[np.uint64(a) >> _ONE] ^ (_ZERO - (np.uint64(a) & _ONE))
            two = words[np.uint64(b) >> _ONE] ^ (_ZERO - (np.uint64(b) & _ONE))
            three = words[np.uint64(c) >> _ONE] ^ (_ZERO - (np.uint64(c) & _ONE))
            table = np.uint64(numbers[slot])
            without = _choose(table, one, two)
            words[slot] = without ^ (three & (without ^ _choose(table >> _FOUR, one, two)))
            at += _THREE
    elif operation == 2:
        for slot in range(begin, end):
            every = ~_ZERO
            for i in range(at, at + size):
                operand = np.uint64(operands[i])
                every &= words[operand >> _ONE] ^ (_ZERO - (operand & _ONE))
            words[slot] = every
            at += size
    else:
        for slot in range(begin, end):
            words[slot] = _threshold(
                at, at + size, np.int64(numbers[slot]), operands, coefficients, words, planes
            )
            at += size


@partial(compiled, inline=True)
def _choose(table: Any, one: Any, two: Any) -> Any:
    """The bit of a table of four that stands at ``one + 2 two``."""
    first, second = _ZERO - (table & _ONE), _ZERO - ((table >> _ONE) & _ONE)
    third, fourth = _ZERO - ((table >> _TWO) & _ONE), _ZERO - ((table >> _THREE) & _ONE)
    without, with_two = first ^ (one & (first ^ second)), third ^ (one & (third ^ fourth))
    return without ^ (two & (without ^ with_two))


@compiled
def _threshold(
    at: Any, end: Any, bound: Any, operands: Words, coefficients: Words, words: Words, planes: Words
) -> Any:
    """Where coefficients add up to a bound: binary counters, one plane of words a digit.

    They start at 2^n minus the bound, so that the bound is reached where digit n is carried to.
    """
    total = np.int64(0)
    for i in range(at, end):
        total += abs(np.int64(coefficients[i]))
        if coefficients[i] < 0:
            bound -= np.int64(coefficients[i])
    digits = 1
    while (np.int64(1) << digits) <= max(total, bound):
        digits += 1
    start = (np.int64(1) << digits) - bound
    for digit in range(digits):
        planes[digit] = _ZERO - np.uint64((start >> digit) & 1)
    reached = _ZERO
    for i in range(at, end):
        operand, coefficient = np.uint64(operands[i]), np.int64(coefficients[i])
        bit = words[operand >> _ONE] ^ (_ZERO - (operand & _ONE))
        if coefficient < 0:
            bit, coefficient = ~bit, -coefficient
        for low in range(digits):
            if (coefficient >> low) & 1:
                carry = bit
                for digit in range(low, digits):
                    both = planes[digit] & carry
                    planes[digit] ^= carry
                    carry = both
                reached |= carry
    return reached
