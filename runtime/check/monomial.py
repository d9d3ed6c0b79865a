"""Exact numbers: ``sign * product of base ** exponent``, integer bases, rational exponents.

Constants of the printed preset are irrational, such as ``2^-3*3^(5/2)``. What the checks need of
them is products, powers, comparisons, and sums of two terms whose quotient is rational.

*Equality.* Split bases that share a factor until they are pairwise coprime. Then each prime is in
one base only, so by unique factorisation the product is 1 just if all exponents are 0.

*Order.* Not being 1, the product has a logarithm that is not 0, whose sign shows with enough
digits. `decimal` rounds ``ln``, products and sums correctly, each by a relative 10^(1-digits) at
most, so n terms are off by less than ``10^(2-digits) * n`` times the sum of their magnitudes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from functools import cache
from itertools import combinations
from math import gcd

_FACTOR = re.compile(r"(\d+)(?:/(\d+))?(?:\^(-?\d+|\(-?\d+/\d+\)))?")
_LONGEST = 10**6
"""Bits of the largest rational that is ever written out."""

_SHORT = 10**15


@dataclass(frozen=True, slots=True, eq=False)
class Monomial:
    """One number; ``powers`` maps bases to exponents and is never changed."""

    sign: int
    powers: dict[int, Fraction]

    @classmethod
    def parse(cls, text: str) -> Monomial:
        """Read ``-3/2`` or ``2^-3*3^(5/2)``; ValueError for anything else."""
        sign, found = 1, []
        if text.startswith("-"):
            sign, text = -1, text[1:]
        for factor in text.split("*"):
            match = _FACTOR.fullmatch(factor)
            if match is None:
                raise ValueError(f"not an exact number: {text!r}")
            above, below = int(match[1]), int(match[2] or 1)
            exponent = Fraction((match[3] or "1").strip("()"))
            if not below or (not above and exponent <= 0):
                raise ValueError(f"not an exact number: {text!r}")
            sign *= above > 0
            found += [(above, exponent), (below, -exponent)]
        return cls(sign, _collected(found if sign else []))

    @classmethod
    def of(cls, value: int | Fraction) -> Monomial:
        """A rational number."""
        value = Fraction(value)
        sign = (value > 0) - (value < 0)
        parts = [(abs(value.numerator), Fraction(1)), (value.denominator, Fraction(-1))]
        return cls(sign, _collected(parts if sign else []))

    def __mul__(self, other: Monomial) -> Monomial:
        sign = self.sign * other.sign
        parts = [*self.powers.items(), *other.powers.items()]
        return Monomial(sign, _collected(parts if sign else []))

    def __pow__(self, exponent: int | Fraction) -> Monomial:
        """Of a positive number."""
        if self.sign <= 0:
            raise ValueError(f"{self} to the power {exponent}")
        return Monomial(1, _collected((b, e * exponent) for b, e in self.powers.items()))

    def __neg__(self) -> Monomial:
        return Monomial(-self.sign, self.powers)

    def __abs__(self) -> Monomial:
        return Monomial(abs(self.sign), self.powers)

    def __add__(self, other: Monomial) -> Monomial:
        """ValueError where the quotient is irrational."""
        if not self.sign or not other.sign:
            return self if self.sign else other
        ratio = (other * Monomial(self.sign, {b: -e for b, e in self.powers.items()})).rational()
        if ratio is None:
            raise ValueError(f"({self}) + ({other}) has no exact form here")
        return self * Monomial.of(1 + ratio)

    def rational(self) -> Fraction | None:
        """The value as a fraction; None where it is irrational, or too long to write out."""
        powers, value = _coprime(self.powers), Fraction(self.sign)
        for base, e in powers.items():
            if e.denominator != 1 or abs(e) * base.bit_length() > _LONGEST:
                return None
            value *= Fraction(base) ** int(e)
        return value

    def compare(self, other: Monomial) -> int:
        """-1, 0 or 1 as this is less than, equal to or greater than the other."""
        if self.sign != other.sign or not self.sign:
            return (self.sign > other.sign) - (self.sign < other.sign)
        if self.powers == other.powers:
            return 0
        quotient, digits = _coprime((abs(self) * abs(other) ** -1).powers), 30
        while quotient:
            with localcontext() as context:
                context.prec = digits
                terms = [_ln(b, digits) * e.numerator / e.denominator for b, e in quotient.items()]
                size = sum(terms, Decimal(0))
                error = sum(map(abs, terms), Decimal(0)) * len(terms)
                if abs(size) > error * Decimal(10) ** (2 - digits):
                    return self.sign if size > 0 else -self.sign
            digits *= 2
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Monomial) and self.compare(other) == 0

    def __str__(self) -> str:
        """As `parse` reads it."""
        value = self.rational()
        if value is not None and max(abs(value.numerator), value.denominator) < _SHORT:
            return str(value)
        parts = [f"{b}^{e}" if e.denominator == 1 else f"{b}^({e})" for b, e in self.powers.items()]
        return ("-" if self.sign < 0 else "") + "*".join(parts)


@cache
def _ln(base: int, digits: int) -> Decimal:
    return Decimal(base).ln(Context(digits))


def _collected(parts: Iterable[tuple[int, Fraction]]) -> dict[int, Fraction]:
    powers: dict[int, Fraction] = {}
    for base, exponent in parts:
        powers[base] = powers.get(base, Fraction(0)) + exponent
    return {base: e for base, e in powers.items() if e and base != 1}


def _coprime(powers: dict[int, Fraction]) -> dict[int, Fraction]:
    """Pairwise coprime bases of the same product; every split makes the bases smaller."""
    while True:
        pair = next((p for p in combinations(powers, 2) if gcd(*p) > 1), None)
        if pair is None:
            return powers
        common, rest = gcd(*pair), {b: e for b, e in powers.items() if b not in pair}
        split = [(x, powers[b]) for b in pair for x in (common, b // common)]
        powers = _collected([*rest.items(), *split])


ZERO, ONE, TWO = Monomial.of(0), Monomial.of(1), Monomial.of(2)
