"""The loops of `circuits.compiled_evaluator`; importing it loads numba, calling one compiles it.

All indices are unsigned, as compiled code then does not look for negative ones.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from circuits.nodes import Op

_AND, _XOR, _MUX = (int(op) for op in (Op.AND, Op.XOR, Op.MUX))
_ONE = np.uint64(1)
_ALL = np.uint64(2**64 - 1)


def _one_sample(
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
    """
    for node in range(first, len(ops)):
        begin, end, op = starts[node], starts[node + 1], ops[node]
        if op == _AND:
            every = 1
            for k in range(begin, end):
                every &= values[operands[k] >> 1] ^ (operands[k] & 1)
            values[node] = every
        elif op == _XOR:
            odd = 0
            for k in range(begin, end):
                odd ^= values[operands[k] >> 1] ^ (operands[k] & 1)
            values[node] = odd
        elif op == _MUX:
            select = values[operands[begin] >> 1] ^ (operands[begin] & 1)
            x = operands[begin + _ONE] if select else operands[begin + _ONE + _ONE]
            values[node] = values[x >> 1] ^ (x & 1)
        else:
            total = 0
            for k in range(begin, end):
                if values[operands[k] >> 1] ^ (operands[k] & 1):
                    total += weights[k]
            values[node] = total >= bounds[node]


def _one_word(
    ops: NDArray[np.uint8],
    starts: NDArray[np.uint64],
    operands: NDArray[np.uint32],
    weights: NDArray[np.int64],
    bounds: NDArray[np.int64],
    first: int,
    values: NDArray[np.uint64],
) -> None:
    """As `_one_sample`, with 64 samples in the bits of a word.

    A THRESHOLD gate adds its operands in 64 counters whose bits of one place are a word, a plane;
    a bit to be added at a place moves up as long as it is carried. Then the counters are compared
    with the bound from the highest place down.
    """
    planes = np.zeros(64, np.uint64)
    for node in range(first, len(ops)):
        begin, end, op = starts[node], starts[node + 1], ops[node]
        result = _ALL if op == _AND else np.uint64(0)
        if op in (_AND, _XOR):
            for k in range(begin, end):
                x = values[operands[k] >> 1]
                if operands[k] & 1:
                    x = ~x
                result = result & x if op == _AND else result ^ x
        elif op == _MUX:
            one, two, three = operands[begin], operands[begin + _ONE], operands[begin + _ONE + _ONE]
            select = ~values[one >> 1] if one & 1 else values[one >> 1]
            then = ~values[two >> 1] if two & 1 else values[two >> 1]
            otherwise = ~values[three >> 1] if three & 1 else values[three >> 1]
            result = otherwise ^ (select & (then ^ otherwise))
        else:
            top = 0
            while bounds[node] >> top:
                top += 1
            for k in range(begin, end):
                x = ~values[operands[k] >> 1] if operands[k] & 1 else values[operands[k] >> 1]
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
            equal = _ALL
            for place in range(top - 1, -1, -1):
                if bounds[node] >> place & 1:
                    equal &= planes[place]
                else:
                    result |= equal & planes[place]
                    equal &= ~planes[place]
                planes[place] = np.uint64(0)
            result |= equal
        values[node] = result


try:
    one_sample = numba.njit(cache=True, nogil=True)(_one_sample)
    """`_one_sample`, compiled; some 10^9 operands a second where the values stay in the cache."""
    one_word = numba.njit(cache=True, nogil=True)(_one_word)
    """`_one_word`, compiled."""
except RuntimeError:  # no folder to keep the compiled code in
    one_sample = numba.njit(nogil=True)(_one_sample)
    one_word = numba.njit(nogil=True)(_one_word)
