"""Bits of 64 runs, or 64 samples, at once: one bit of a word for each. Or of one, as bytes.

The operations are those of `runtime.engines.bit_functions`; a byte is 0 or 255. Nothing here
depends on the net's dtype.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.engines.scalar_kernels import compiled

Words = NDArray[Any]

_ZERO, _ONE, _TWO, _THREE, _FOUR = (np.uint64(n) for n in range(5))


@partial(compiled, inline=True)
def literal(words: Words, operand: Any) -> Any:
    """The word of a literal."""
    return words[operand >> 1] ^ (_ZERO - np.uint64(operand & 1))


@compiled
def bit_runs(
    first: Any,
    last: Any,
    runs: Words,
    targets: Words,
    operands: Words,
    coefficients: Words,
    numbers: Words,
    words: Words,
    planes: Words,
) -> None:
    """Fill in the words, or bytes, of these runs. ``planes``, shape (32,), is scratch memory."""
    for r in range(first, last):
        operation, begin, end = runs[r, 0], runs[r, 1], runs[r, 2]
        size, at = np.uint64(runs[r, 3]), np.uint64(runs[r, 4])
        if operation == 0:
            for i in range(begin, end):
                one, two = literal(words, operands[at]), literal(words, operands[at + _ONE])
                words[targets[i]] = one & two
                at += _TWO
        elif operation == 1:
            for i in range(begin, end):
                one, two = literal(words, operands[at]), literal(words, operands[at + _ONE])
                words[targets[i]] = one ^ two
                at += _TWO
        elif operation < 10:
            for i in range(begin, end):
                one, two = literal(words, operands[at]), literal(words, operands[at + _ONE])
                three = literal(words, operands[at + _TWO])
                if operation == 2:
                    found = one & two & three
                elif operation == 3:
                    found = one ^ two ^ three
                elif operation == 4:
                    found = ((one ^ three) & (two ^ three)) ^ three
                elif operation == 5:
                    found = three ^ (one & (two ^ three))
                elif operation == 6:
                    found = one & (two | three)
                elif operation == 7:
                    found = one & (two ^ three)
                elif operation == 8:
                    found = one ^ (two & three)
                else:
                    found = of_table(np.uint64(numbers[i]), one, two, three)
                words[targets[i]] = found
                at += _THREE
        elif operation == 10:
            for i in range(begin, end):
                every = ~_ZERO
                for place in range(at, at + size):
                    every &= literal(words, operands[place])
                words[targets[i]] = every
                at += size
        elif words.itemsize == 1:
            for i in range(begin, end):
                total = np.int32(0)
                for place in range(at, at + size):
                    bit = np.int32(literal(words, operands[place]) & _ONE)
                    total += coefficients[place] * bit
                words[targets[i]] = np.uint64(255) if total >= numbers[i] else _ZERO
                at += size
        else:
            for i in range(begin, end):
                bound = np.int64(numbers[i])
                words[targets[i]] = _threshold(
                    at, at + size, bound, operands, coefficients, words, planes
                )
                at += size


@partial(compiled, inline=True)
def of_table(table: Any, one: Any, two: Any, three: Any) -> Any:
    """The bit of a table of eight that stands at ``one + 2 two + 4 three``."""
    without = _choose(table, one, two)
    return without ^ (three & (without ^ _choose(table >> _FOUR, one, two)))


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


# For numba's cache, a digest of what is imported: 74c614b9a201d54f
