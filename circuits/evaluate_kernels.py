"""The loops of `circuits.compiled_evaluator`; importing it loads numba, calling one compiles it.

All indices are unsigned, as compiled code then does not look for negative ones.
"""

from __future__ import annotations

from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from circuits.jit import compiled
from circuits.nodes import Op

Value: TypeAlias = Any
"""0 or 1 of a sample, or a word of 64 of them."""

_AND, _XOR, _THRESHOLD = (int(op) for op in (Op.AND, Op.XOR, Op.THRESHOLD))
_ONE = np.uint64(1)
_ALL = np.uint64(2**64 - 1)


@partial(compiled, forceinline=True)
def _read(values: NDArray[Any], operand: Value, every: Value) -> Value:
    """The value of a node, or its complement; ``every`` has all ones."""
    return values[operand >> _ONE] ^ (operand & _ONE) * every


@partial(compiled, forceinline=True)
def _gate(
    op: int, operands: NDArray[np.uint32], begin: int, end: int, values: NDArray[Any], every: Value
) -> Value:
    """What a gate without weights says; ``every`` has all ones."""
    result = every
    if op == _AND:
        for k in range(begin, end):
            result &= _read(values, operands[k], every)
    elif op == _XOR:
        result ^= every
        for k in range(begin, end):
            result ^= _read(values, operands[k], every)
    else:
        select = _read(values, operands[begin], every)
        then = _read(values, operands[begin + _ONE], every)
        result = _read(values, operands[begin + _ONE + _ONE], every)
        result ^= select & (then ^ result)
    return result


@compiled
def one_sample(
    ops: NDArray[np.uint8],
    starts: NDArray[np.uint64],
    operands: NDArray[np.uint32],
    weights: NDArray[np.int64],
    bounds: NDArray[np.int64],
    first: int,
    values: NDArray[np.uint8],
) -> None:
    """Fill in the gates' values, 0 or 1; the first ``first`` nodes have theirs.

    Arrays are those of a `circuits.circuit.Circuit`; no sum of weights overflows.
    Some 10^9 operands a second where the values stay in the cache.
    """
    for node in range(first, len(ops)):
        begin, end, op = starts[node], starts[node + 1], ops[node]
        if op != _THRESHOLD:
            values[node] = _gate(op, operands, begin, end, values, _ONE)
            continue
        total = 0
        for k in range(begin, end):
            if _read(values, operands[k], _ONE):
                total += weights[k]
        values[node] = total >= bounds[node]


@compiled
def one_word(
    ops: NDArray[np.uint8],
    starts: NDArray[np.uint64],
    operands: NDArray[np.uint32],
    weights: NDArray[np.int64],
    bounds: NDArray[np.int64],
    first: int,
    values: NDArray[np.uint64],
) -> None:
    """As `one_sample`, with 64 samples in the bits of a word.

    A THRESHOLD gate adds its operands in 64 counters whose bits of one place are a word, a plane;
    a bit to be added at a place moves up as long as it is carried. Then the counters are compared
    with the bound from the highest place down.
    """
    planes = np.zeros(64, np.uint64)
    for node in range(first, len(ops)):
        begin, end, op = starts[node], starts[node + 1], ops[node]
        if op != _THRESHOLD:
            values[node] = _gate(op, operands, begin, end, values, _ALL)
            continue
        top = 0
        while bounds[node] >> top:
            top += 1
        for k in range(begin, end):
            x = _read(values, operands[k], _ALL)
            for shift in range(63):
                if weights[k] >> shift == 0:
                    break
                if not weights[k] >> shift & 1:
                    continue
                carry, place = x, shift
                while carry:
                    carried = planes[place] & carry
                    planes[place] ^= carry
                    carry = carried
                    place += 1
                    top = max(top, place)
        result, equal = np.uint64(0), _ALL
        for place in range(top - 1, -1, -1):
            if bounds[node] >> place & 1:
                equal &= planes[place]
            else:
                result |= equal & planes[place]
                equal &= ~planes[place]
            planes[place] = np.uint64(0)
        values[node] = result | equal


# For numba's cache, a digest of what is imported: 000407e54c5271ec
