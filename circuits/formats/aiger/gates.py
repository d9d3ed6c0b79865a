"""The AND gates of an AIGER file, as lines of text or as differences of literals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from circuits.errors import Position, SourceError
from circuits.formats.aiger.cursor import Cursor
from circuits.formats.aiger.header import Header
from circuits.formats.aiger.literals import Literals

_DAMAGED = "is the file damaged, or an ASCII file under the header 'aig'?"


class AndLine(NamedTuple):
    """The operands of an AND gate; ``line`` is 0 in a binary file."""

    rhs0: int
    rhs1: int
    line: int


def read_ascii_gates(cursor: Cursor, header: Header, literals: Literals) -> dict[int, AndLine]:
    """The gates by variable, in file order, which may be any; operands may be undefined yet."""
    gates = {}
    for _ in range(header.ands):
        lhs, rhs0, rhs1 = cursor.take_numbers("an AND gate", "lhs rhs0 rhs1", 3, 3)
        variable = literals.define(lhs)
        gates[variable] = AndLine(
            literals.in_range(rhs0, 1), literals.in_range(rhs1, 2), cursor.line
        )
    return gates


def read_binary_gates(cursor: Cursor, header: Header) -> dict[int, AndLine]:
    """The gates by variable: ``rhs0 = lhs - delta0``, ``rhs1 = rhs0 - delta1``, lhs counts up."""
    gates = {}
    first = header.inputs + header.latches + 1
    deltas = _deltas(cursor, header.ands)
    for variable in range(first, first + header.ands):
        lhs, start = 2 * variable, cursor.offset
        delta0, delta1 = next(deltas), next(deltas)
        rhs0, rhs1 = lhs - delta0, lhs - delta0 - delta1
        if delta0 == 0 or rhs1 < 0:
            raise SourceError(
                f"AND gate {lhs} at byte {start}: differences {delta0} and {delta1} "
                f"lead to operands {rhs0} and {rhs1}",
                Position(cursor.file),
                hint=f"operands are smaller than the gate and not negative; {_DAMAGED}",
            )
        gates[variable] = AndLine(rhs0, rhs1, 0)
    return gates


def _deltas(cursor: Cursor, ands: int) -> Iterator[int]:
    """Two numbers a gate: seven bits a byte, low bits first, the top bit set if more follow."""
    data, offset = cursor.data, cursor.offset
    for index in range(2 * ands):
        start, value, shift = offset, 0, 0
        while True:
            if offset >= len(data):
                raise SourceError(
                    f"the file ends at byte {offset}, in AND gate {index // 2 + 1} of {ands}",
                    Position(cursor.file),
                    hint="is the file cut off?",
                )
            byte = data[offset]
            offset += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
            shift += 7
            if shift == 35:  # 5 bytes hold every 32-bit literal
                raise SourceError(
                    f"the number at byte {start} is longer than 5 bytes",
                    Position(cursor.file),
                    hint=_DAMAGED,
                )
        cursor.offset = offset
        yield value
