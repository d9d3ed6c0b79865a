"""Functions of up to three bits, each as an operation of a few instructions.

A *table* is eight bits: bit ``a + 2 b + 4 c`` is the function's value. Up to the order of operands
and complements of operands and of the result, there are ten functions of three bits that need all
of them (those of two are and, and xor); `PATTERNS` says for every table which one it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum
from itertools import permutations, product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Operation(IntEnum):
    """How a bit follows from the bits of its operands, which are literals."""

    AND = 0
    """a and b."""
    XOR = 1
    """a xor b."""
    AND3 = 2
    """a and b and c."""
    XOR3 = 3
    """a xor b xor c."""
    MAJORITY = 4
    """Two of a, b and c at least."""
    MUX = 5
    """b where a, else c."""
    AND_OR = 6
    """a and (b or c)."""
    AND_XOR = 7
    """a and (b xor c)."""
    XOR_AND = 8
    """a xor (b and c)."""
    TABLE = 9
    """Of three: the bit of a table."""
    ALL = 10
    """Of any number: all of them."""
    THRESHOLD = 11
    """Of any number: whether coefficients add up to a bound."""


A, B, C = 0xAA, 0xCC, 0xF0
"""The tables of the operands themselves."""

FORMS: Mapping[Operation, tuple[int, Callable[[int, int, int], int]]] = {
    Operation.AND: (2, lambda a, b, c: a & b),
    Operation.XOR: (2, lambda a, b, c: a ^ b),
    Operation.AND3: (3, lambda a, b, c: a & b & c),
    Operation.XOR3: (3, lambda a, b, c: a ^ b ^ c),
    Operation.MAJORITY: (3, lambda a, b, c: a & b | a & c | b & c),
    Operation.MUX: (3, lambda a, b, c: c ^ (a & (b ^ c))),
    Operation.AND_OR: (3, lambda a, b, c: a & (b | c)),
    Operation.AND_XOR: (3, lambda a, b, c: a & (b ^ c)),
    Operation.XOR_AND: (3, lambda a, b, c: a ^ (b & c)),
}
"""Number of operands, and the function."""

COST = (8, 8, 10, 10, 11, 11, 11, 11, 11, 16, 12, 16)
"""About how long each takes, by operation; the last two as much again for an operand."""


class Patterns(NamedTuple):
    """What each of the 256 tables is.

    Attributes:
        operation: -1 of those that need less than two operands.
        operands: how many.
        place: shape (256, 3): which of a, b and c is the operation's first operand, and so on.
        flipped: shape (256, 3): whether that one is complemented.
        inverted: whether the result is.
    """

    operation: NDArray[np.int64]
    operands: NDArray[np.int64]
    place: NDArray[np.int64]
    flipped: NDArray[np.int64]
    inverted: NDArray[np.int64]


def patterns() -> Patterns:
    """Found by writing down every form of every operation."""
    found = Patterns(
        operation=np.full(256, -1),
        operands=np.zeros(256, np.int64),
        place=np.tile(np.arange(3), (256, 1)),
        flipped=np.zeros((256, 3), np.int64),
        inverted=np.zeros(256, np.int64),
    )
    for table in range(256):
        if all((table ^ table >> shift) & rows for shift, rows in ((1, 0x55), (2, 0x33), (4, 15))):
            found.operation[table], found.operands[table] = Operation.TABLE, 3
    for operation, (operands, form) in reversed(list(FORMS.items())):
        for place in permutations(range(3), operands):
            for flips in product((1, 0), repeat=operands + 1):
                columns = [(A, B, C)[p] ^ (0xFF * f) for p, f in zip(place, flips[1:], strict=True)]
                table = (form(*columns, *(0,) * (3 - operands)) & 0xFF) ^ (0xFF * flips[0])
                found.operation[table], found.operands[table] = operation, operands
                found.place[table, :operands], found.flipped[table, :operands] = place, flips[1:]
                found.inverted[table] = flips[0]
    return found


PATTERNS = patterns()
