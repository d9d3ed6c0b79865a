"""The loop of `runtime.engines.bit_forward`, compiled by numba; importing this imports numba.

A slot is a row of `WIDTH` words, which an operation reads and writes as vectors, so that where its
operands are is looked up once for all of them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba.extending import intrinsic

from runtime.engines.bit_functions import FORMS, Operation
from runtime.engines.scalar_kernels import compiled
from runtime.engines.word_kernels import Words, bit_runs, literal

WIDTH = 16
"""Words of a row."""

_LANES = 8
"""Words of a vector: 512 bits, which a processor that has shorter ones does in parts."""

PLANES = 34
"""Rows after those of the slots, for sums."""

_ZERO, _ONE, _TWO, _THREE = (np.uint64(n) for n in range(4))


class Program(NamedTuple):
    """Of `runtime.engines.bit_program.BitProgram`."""

    runs: Words
    targets: Words
    operands: Words
    coefficients: Words
    numbers: Words


class _Vector:
    """A vector that is computed by the code that is being made."""

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder, self.value = builder, value

    def __and__(self, other: _Vector) -> _Vector:
        return _Vector(self.builder, self.builder.and_(self.value, other.value))

    def __or__(self, other: _Vector) -> _Vector:
        return _Vector(self.builder, self.builder.or_(self.value, other.value))

    def __xor__(self, other: _Vector) -> _Vector:
        return _Vector(self.builder, self.builder.xor(self.value, other.value))


def _rows(operation: Operation) -> Any:
    """Code that fills in the row ``target`` by the rows of three literals; a word is the table."""
    operands, form = FORMS.get(operation, (3, None))

    @intrinsic
    def fill(typing: Any, rows: Any, target: Any, a: Any, b: Any, c: Any, table: Any) -> Any:
        from llvmlite import ir  # type: ignore[import-untyped]
        from numba.core import types

        vector, word, number = ir.VectorType(ir.IntType(64), _LANES), ir.IntType(64), ir.IntType(32)

        def splat(builder: Any, scalar: Any) -> Any:
            one = builder.insert_element(ir.Constant(vector, ir.Undefined), scalar, number(0))
            places = ir.Constant(ir.VectorType(number, _LANES), [0] * _LANES)
            return builder.shuffle_vector(one, one, places)

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            data = context.make_array(signature.args[0])(context, builder, arguments[0]).data

            def at(slot: Any, part: int) -> Any:
                place = builder.add(builder.mul(slot, word(WIDTH)), word(part * _LANES))
                return builder.bitcast(builder.gep(data, [place]), vector.as_pointer())

            literals = arguments[2 : 2 + operands]
            slots = [builder.lshr(literal, word(1)) for literal in literals]
            masks = [
                splat(builder, builder.neg(builder.and_(literal, word(1)))) for literal in literals
            ]
            bits = [
                splat(
                    builder, builder.neg(builder.and_(builder.lshr(arguments[5], word(i)), word(1)))
                )
                for i in range(8 if form is None else 0)
            ]
            for part in range(WIDTH // _LANES):
                given = []
                for slot, mask in zip(slots, masks, strict=True):
                    row = builder.load(at(slot, part), align=8)
                    given.append(_Vector(builder, builder.xor(row, mask)))
                if form is not None:
                    found: Any = form(*given, *given[:1] * (3 - operands))  # type: ignore[arg-type]
                else:
                    left = [_Vector(builder, bit) for bit in bits]
                    for x in given:
                        left = [
                            no ^ (x & (no ^ yes))
                            for no, yes in zip(left[::2], left[1::2], strict=True)
                        ]
                    (found,) = left
                builder.store(found.value, at(arguments[1], part), align=8)
            return context.get_dummy_value()

        return types.none(rows, *(types.uint64,) * 5), generate

    return fill


_and, _xor, _and3, _xor3, _majority, _mux, _and_or, _and_xor, _xor_and, _table = (
    _rows(operation) for operation in Operation if operation <= Operation.TABLE
)


@compiled
def evaluate(program: Program, samples: Words, outputs: Words, rows: Words, found: Words) -> None:
    """Fill in ``found``, shape (batch, outputs), from ``samples``, shape (batch, inputs).

    Both are bytes, 0 or 1. ``rows``, of slots + PLANES rows, is flat; slot 0 is 0.
    """
    runs, targets, operands, coefficients, numbers = program
    zero, planes = np.uint64(0), np.uint64(len(rows) // WIDTH - PLANES)
    for start in range(0, len(samples), 64 * WIDTH):
        for j in range(WIDTH):
            begin = start + 64 * j
            _given(samples[begin : begin + 64], rows[WIDTH + j :: WIDTH])
        for r in range(len(runs)):
            run = runs[r]
            operation, size, at = run[0], np.uint64(run[3]), np.uint64(run[4])
            for i in range(run[1], run[2]):
                target = np.uint64(targets[i])
                if operation < 2:
                    a, b = np.uint64(operands[at]), np.uint64(operands[at + _ONE])
                    if operation == 0:
                        _and(rows, target, a, b, zero, zero)
                    else:
                        _xor(rows, target, a, b, zero, zero)
                elif operation < 10:
                    a, b = np.uint64(operands[at]), np.uint64(operands[at + _ONE])
                    c = np.uint64(operands[at + _TWO])
                    if operation == 2:
                        _and3(rows, target, a, b, c, zero)
                    elif operation == 3:
                        _xor3(rows, target, a, b, c, zero)
                    elif operation == 4:
                        _majority(rows, target, a, b, c, zero)
                    elif operation == 5:
                        _mux(rows, target, a, b, c, zero)
                    elif operation == 6:
                        _and_or(rows, target, a, b, c, zero)
                    elif operation == 7:
                        _and_xor(rows, target, a, b, c, zero)
                    elif operation == 8:
                        _xor_and(rows, target, a, b, c, zero)
                    else:
                        _table(rows, target, a, b, c, np.uint64(numbers[i]))
                elif operation == 10:
                    a, b = np.uint64(operands[at]), np.uint64(operands[at + _ONE])
                    _and(rows, target, a, b, zero, zero)
                    for place in range(at + _TWO, at + size):
                        _and(rows, target, _TWO * target, np.uint64(operands[place]), zero, zero)
                else:
                    _threshold(
                        at, size, np.int64(numbers[i]), operands, coefficients, rows, target, planes
                    )
                at += size
        for j in range(WIDTH):
            begin = start + 64 * j
            _asked(outputs, rows[j::WIDTH], found[begin : begin + 64])


@compiled
def evaluate_words(
    program: Program, samples: Words, outputs: Words, words: Words, found: Words
) -> None:
    """Likewise, 64 samples after the other; ``words`` has the slots."""
    runs, targets, operands, coefficients, numbers = program
    planes = np.empty(32, np.uint64)
    for start in range(0, len(samples), 64):
        _given(samples[start : start + 64], words[1:])
        bit_runs(0, len(runs), runs, targets, operands, coefficients, numbers, words, planes)
        _asked(outputs, words, found[start : start + 64])


@compiled
def _given(samples: Words, words: Words) -> None:
    """Sample i is bit i of the words, one for each input."""
    inputs = samples.shape[1]
    line = np.zeros(inputs, np.uint64)
    for lane in range(len(samples)):
        for i in range(inputs):
            line[i] |= np.uint64(samples[lane, i]) << np.uint64(lane)
    for i in range(inputs):
        words[i] = line[i]


@compiled
def _asked(outputs: Words, words: Words, found: Words) -> None:
    """And back, from the words of literals."""
    line = np.empty(len(outputs), np.uint64)
    for i in range(len(outputs)):
        line[i] = literal(words, outputs[i])
    for lane in range(len(found)):
        for i in range(len(outputs)):
            found[lane, i] = (line[i] >> np.uint64(lane)) & _ONE


@compiled
def _threshold(
    at: Any,
    size: Any,
    bound: Any,
    operands: Words,
    coefficients: Words,
    rows: Words,
    target: Any,
    planes: Any,
) -> None:
    """As in `runtime.engines.word_kernels`; the last two planes are the carry and what is next."""
    zero, carry = np.uint64(0), planes + np.uint64(PLANES - 2)
    both = carry + _ONE
    total = np.int64(0)
    for i in range(at, at + size):
        total += abs(np.int64(coefficients[i]))
        if coefficients[i] < 0:
            bound -= np.int64(coefficients[i])
    digits = 1
    while (np.int64(1) << digits) <= max(total, bound):
        digits += 1
    start = (np.int64(1) << digits) - bound
    for digit in range(digits):
        bit = np.uint64((start >> digit) & 1)
        _and(rows, planes + np.uint64(digit), bit, bit, zero, zero)
    _and(rows, target, zero, zero, zero, zero)
    for i in range(at, at + size):
        operand, coefficient = np.uint64(operands[i]), np.int64(coefficients[i])
        if coefficient < 0:
            operand, coefficient = operand ^ _ONE, -coefficient
        for low in range(digits):
            if (coefficient >> low) & 1:
                _and(rows, carry, operand, _ONE, zero, zero)
                for digit in range(low, digits):
                    plane = planes + np.uint64(digit)
                    _and(rows, both, _TWO * plane, _TWO * carry, zero, zero)
                    _xor(rows, plane, _TWO * plane, _TWO * carry, zero, zero)
                    carry, both = both, carry
                _xor(rows, target, _TWO * target, _TWO * carry, zero, zero)


# For numba's cache, a digest of what is imported: 57b37b57570c4870
