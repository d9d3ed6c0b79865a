"""``x XOR gate`` where the gate reads x.

A next-state function usually mentions its own latch, and whether a memory bit flips is the XOR of
the two, so these five rules pay for themselves in every net.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from circuits.nodes import Op

if TYPE_CHECKING:
    from circuits.builder import Builder


MOST_NESTED = 50
"""Nested gates that one XOR looks into for its own operand; beyond that it stays an XOR, since
circuits may be deeper than the call stack."""


class Absorber:
    """Applies the rules for one builder, to a limited depth.

    It does not keep the builder, which would then not be freed before the garbage is collected.
    """

    def __init__(self) -> None:
        self._nested = 0

    def xor(self, builder: Builder, x: int, op: Op, operands: tuple[int, ...]) -> int | None:
        """The XOR of a literal and a gate, simplified; None where no rule applies."""
        if self._nested == MOST_NESTED:
            return None
        self._nested += 1
        try:
            return _absorb_xor(builder, x, op, operands)
        finally:
            self._nested -= 1


def _absorb_xor(builder: Builder, x: int, op: Op, operands: tuple[int, ...]) -> int | None:
    if op is Op.XOR and x in operands:  # x ^ (x ^ r) = r
        return builder.xor(*(z for z in operands if z != x))
    if op is Op.AND:
        rest = [z for z in operands if z >> 1 != x >> 1]
        if x in operands:  # x ^ (x & r) = x & !r
            return builder.and_(x, builder.and_(*rest) ^ 1)
        if x ^ 1 in operands:  # x ^ (!x & r) = x | r
            return builder.or_(x, builder.and_(*rest))
    if op is Op.MUX:
        select, then, otherwise = operands
        if x == then:  # x ^ (s ? x : e) = !s & (x ^ e)
            return builder.and_(select ^ 1, builder.xor(x, otherwise))
        if x >> 1 == otherwise >> 1:  # x ^ (s ? t : x) = s & (x ^ t); of !x: !s | (x ^ t)
            differs = builder.xor(x, then)
            if x == otherwise:
                return builder.and_(select, differs)
            return builder.or_(select ^ 1, differs)
    return None
