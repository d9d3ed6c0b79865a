"""Exact constants: products of integers to rational powers, never rounded.

Every weight and rate of the constructions is a *monomial*, a signed product of a few integers to
rational powers, such as 2^-243 3^(-1641/2). Monomials are closed under product, quotient and
rational power, have one normal form (pairwise coprime bases, none a perfect power), and can be
compared exactly. Two of them can be added when their quotient is rational; other sums are
refused, since no construction needs one and a silent rounding would break the drift argument.

>>> w = Exact.of(3) ** Fraction(5, 2) / 8
>>> print(w, w + w, w * w)
2^-3*3^(5/2) 2^-2*3^(5/2) 243/64
>>> w.to_float()
1.948557158514987
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import total_ordering
from math import lcm, log2

from circuits.errors import InvariantError, LimitError
from compiler.factors import compare_with_one, factored, normal_form

_PLAIN_DIGITS = 10**15
_DECIMAL_DIGITS = 60

FLOAT_FORMATS = {"float64": (53, -1022, 1023), "float32": (24, -126, 127)}
"""dtype -> (significand bits, least and greatest exponent of a normal number)."""


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Exact:
    """A monomial: ``sign * product of base ** exponent``.

    Attributes:
        sign: -1, 0 or 1.
        powers: (base, exponent) in increasing base; bases are pairwise coprime integers above 1,
            exponents are not 0. Empty for 0, 1 and -1.
    """

    sign: int
    powers: tuple[tuple[int, Fraction], ...] = ()

    @classmethod
    def of(cls, value: int | Fraction | Exact) -> Exact:
        """The exact form of a rational number."""
        if isinstance(value, Exact):
            return value
        value = Fraction(value)
        if value == 0:
            return ZERO
        powers = dict(factored(abs(value.numerator)))
        for base, exponent in factored(value.denominator):
            powers[base] = powers.get(base, Fraction(0)) - exponent
        return cls(1 if value > 0 else -1, normal_form(powers))

    @classmethod
    def parse(cls, text: str) -> Exact:
        """Read what `str` prints."""
        sign, rest = (-1, text[1:]) if text.startswith("-") else (1, text)
        result = cls(sign)
        for factor in rest.split("*"):
            match = re.fullmatch(r"(\d+(?:/\d+)?)(?:\^(-?\d+|\(-?\d+/\d+\)))?", factor)
            if match is None:
                raise ValueError(f"not an exact number: {text!r}")
            try:
                result *= cls.of(Fraction(match[1])) ** Fraction((match[2] or "1").strip("()"))
            except ZeroDivisionError:
                raise ValueError(f"not an exact number: {text!r}") from None
        return result

    def __mul__(self, other: int | Fraction | Exact) -> Exact:
        other = Exact.of(other)
        if not self.sign or not other.sign:
            return ZERO
        powers = dict(self.powers)
        for base, exponent in other.powers:
            powers[base] = powers.get(base, Fraction(0)) + exponent
        return Exact(self.sign * other.sign, normal_form(powers))

    __rmul__ = __mul__

    def __pow__(self, exponent: int | Fraction) -> Exact:
        exponent = Fraction(exponent)
        if exponent == 0:
            return ONE
        if not self.sign:
            if exponent < 0:
                raise ZeroDivisionError("zero to a negative power")
            return ZERO
        if self.sign < 0 and exponent.denominator % 2 == 0:
            raise InvariantError(f"({self}) to the power {exponent} is not real")
        sign = -1 if self.sign < 0 and exponent.numerator % 2 else 1
        return Exact(sign, tuple((base, e * exponent) for base, e in self.powers))

    def __truediv__(self, other: int | Fraction | Exact) -> Exact:
        return self * Exact.of(other) ** -1

    def __rtruediv__(self, other: int | Fraction) -> Exact:
        return Exact.of(other) / self

    def __neg__(self) -> Exact:
        return Exact(-self.sign, self.powers)

    def __abs__(self) -> Exact:
        return Exact(abs(self.sign), self.powers)

    def __add__(self, other: int | Fraction | Exact) -> Exact:
        other = Exact.of(other)
        if not self.sign or not other.sign:
            return other if not self.sign else self
        ratio = (other / self).rational()
        if ratio is None:
            raise InvariantError(f"({self}) + ({other}) is a sum of unlike terms, not a monomial")
        return self * (1 + ratio)

    __radd__ = __add__

    def __sub__(self, other: int | Fraction | Exact) -> Exact:
        return self + -Exact.of(other)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, int | Fraction):
            other = Exact.of(other)
        if not isinstance(other, Exact):
            return NotImplemented
        return self.sign == other.sign and (
            self.powers == other.powers or (bool(self.sign) and not (self / other).powers)
        )

    def __hash__(self) -> int:
        # The bases of equal numbers can differ: large factors may stand together or apart. So take
        # the least power that is rational, and of that the remainder that fractions hash to.
        modulus, remainder = sys.hash_info.modulus, 1
        cleared = lcm(*(e.denominator for _, e in self.powers))
        for base, e in self.powers:
            if base % modulus == 0:
                remainder = 0 if e > 0 else sys.hash_info.inf
                break
            remainder = remainder * pow(base, int(e * cleared), modulus) % modulus
        remainder *= self.sign
        return hash(remainder if cleared == 1 else (cleared, remainder))

    def __lt__(self, other: int | Fraction | Exact) -> bool:
        other = Exact.of(other)
        if self.sign != other.sign or not self.sign:
            return self.sign < other.sign
        return compare_with_one((self / other).powers) * self.sign < 0

    def __str__(self) -> str:
        """``n/d`` for short rationals, else ``2^-3*3^(5/2)``."""
        if not self.sign:
            return "0"
        rational = self.rational() if abs(self.log2()) < 64 else None
        if rational is not None and max(abs(rational.numerator), rational.denominator) < (
            _PLAIN_DIGITS
        ):
            return str(rational)
        return ("-" if self.sign < 0 else "") + "*".join(_power(b, e) for b, e in self.powers)

    __repr__ = __str__

    def rational(self) -> Fraction | None:
        """The value as a fraction, or None where it is irrational."""
        if any(e.denominator != 1 for _, e in self.powers):
            return None
        value = Fraction(self.sign)
        for base, exponent in self.powers:
            value *= Fraction(base) ** int(exponent)
        return value

    def log2(self) -> float:
        """Base-2 logarithm of the magnitude, rounded; for display and estimates only."""
        return sum(float(e) * log2(base) for base, e in self.powers)

    def to_float(self, dtype: str = "float64", *, exact: bool = False) -> float:
        """The nearest number of a floating-point format.

        Args:
            dtype: ``float64`` or ``float32``.
            exact: refuse a value that the format does not hold exactly.

        Raises:
            LimitError: zero for a number that is not zero, denormal, overflow, or inexact.
        """
        bits, least, greatest = FLOAT_FORMATS[dtype]
        if not self.sign:
            return 0.0
        size = self.log2()
        few_digits = least - 1 < size < greatest + 2
        nearest = _nearest(self, bits) if few_digits else Fraction(0)
        if not Fraction(2) ** least <= nearest < Fraction(2) ** (greatest + 1):
            word = "underflows" if size < 0 else "overflows"
            raise LimitError(
                f"{self} = 2^{size:.1f} {word} {dtype} "
                f"(normal numbers run from 2^{least} to 2^{greatest + 1})"
            )
        if exact and abs(self) != nearest:
            raise LimitError(f"{self} is not exact in {dtype} ({bits} bits)")
        return float(self.sign * nearest)

    def to_decimal(self) -> Decimal:
        """The value to 60 significant digits."""
        with localcontext() as context:
            context.prec, context.Emax, context.Emin = _DECIMAL_DIGITS, 10**9, -(10**9)
            value = Decimal(self.sign)
            for base, e in self.powers:
                value *= Decimal(base) ** (Decimal(e.numerator) / Decimal(e.denominator))
            return value


def _power(base: int, exponent: Fraction) -> str:
    if exponent == 1:
        return str(base)
    return f"{base}^{exponent}" if exponent.denominator == 1 else f"{base}^({exponent})"


ZERO = Exact(0)
ONE = Exact(1)


def _nearest(value: Exact, bits: int) -> Fraction:
    """The magnitude of a number that is not 0, to so many significant bits, ties to even.

    An irrational one is rounded from 60 decimal digits; none is built that needs more.
    """
    rational = value.rational()
    size = abs(rational if rational is not None else Fraction(value.to_decimal()))
    ulp = Fraction(2) ** (size.numerator.bit_length() - size.denominator.bit_length() - bits)
    if size >= ulp * 2**bits:
        ulp *= 2
    return round(size / ulp) * ulp
