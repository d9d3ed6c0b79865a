"""Interval arithmetic with rational ends: proofs about sums and products of weights.

The ends are Fractions, and every result contains whatever its operands contain. Sums and products
are exact; powers are rounded outwards to some 500 significant bits, but for the first power. (A
search may put floats in place of the ends, and then has estimates.)

>>> from compiler.exact import Exact
>>> root = enclose(Exact.of(3) ** Fraction(1, 2))
>>> root.low < root.high, root.power(Fraction(2)).low < 3 < root.power(Fraction(2)).high
(True, True)
>>> enclose(Exact.of(Fraction(3, 4))).around(Fraction(1, 4))
Enclosure(low=Fraction(1, 2), high=Fraction(1, 1))
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

from compiler.exact import Exact

Number: TypeAlias = Any
"""A Fraction, or a float where an estimate will do."""

_DIGITS = 180
_GUARD = Fraction(1, 10**160)
"""Relative. Python's decimal logarithm and exponential are right to the last of their digits, and
the logarithms that occur here are far below the 10^20 that lie between the two."""


class Enclosure(NamedTuple):
    """A number between two others."""

    low: Number
    high: Number

    def around(self, distance: Number) -> Enclosure:
        """All numbers no further away than this."""
        return Enclosure(self.low - distance, self.high + distance)

    def plus(self, other: Enclosure) -> Enclosure:
        """The sum; either may be negative."""
        return Enclosure(self.low + other.low, self.high + other.high)

    def times(self, other: Enclosure) -> Enclosure:
        """The product; either may be negative."""
        if self.low >= 0 and other.low >= 0:
            return Enclosure(self.low * other.low, self.high * other.high)
        products = [x * y for x in self for y in other]
        return Enclosure(min(products), max(products))

    def scaled(self, factor: Number) -> Enclosure:
        """The product with a number that is not negative."""
        return Enclosure(self.low * factor, self.high * factor)

    def power(self, exponent: Fraction) -> Enclosure:
        """The power to an exponent of at least 0; what is below 0 counts as 0."""
        if exponent == 1:
            return self
        if exponent == 0:
            return Enclosure(1, 1)
        low, high = (
            _monomial([(max(Fraction(end), Fraction(0)), exponent)])
            for end in (self.low, self.high)
        )
        return Enclosure(low.low, high.high)


def enclose(value: Exact) -> Enclosure:
    """An exact constant, its ends equal where it is rational."""
    rational = value.rational()
    if rational is not None:
        return Enclosure(rational, rational)
    low, high = _monomial([(Fraction(base), e) for base, e in value.powers])
    return Enclosure(low, high) if value.sign > 0 else Enclosure(-high, -low)


def _monomial(powers: Iterable[tuple[Fraction, Fraction]]) -> Enclosure:
    """A product of powers of numbers that are not negative."""
    with localcontext() as context:
        context.prec, context.Emax, context.Emin = _DIGITS, 10**9, -(10**9)
        size = Decimal(0)
        for base, e in powers:
            if base == 0:
                return Enclosure(Fraction(int(e == 0)), Fraction(int(e == 0)))
            logarithm = (Decimal(base.numerator) / Decimal(base.denominator)).ln()
            size += logarithm * e.numerator / e.denominator
        middle = Fraction(size.exp())
    return Enclosure(middle * (1 - _GUARD), middle * (1 + _GUARD))
