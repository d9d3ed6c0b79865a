"""Intervals with rational ends, for what is known of a weight or a signal only up to noise.

Every result contains whatever its operands contain. Sums and products are exact until numbers grow
beyond `_LONG` bits, and are then rounded outwards. Integer powers are products; other powers and
irrational constants are enclosed between two neighbours by an integer root: with x = A / B,

    r = floor(root of degree d of floor(A^n 2^(k d) / B^n)):   r / 2^k <= x^(n/d) <= (r + 1) / 2^k.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm, log2
from typing import NamedTuple

from runtime.check.monomial import Monomial

_BITS = 1100
"""Significant bits of an irrational number's enclosure."""
_LONG = 2**13
"""Longer numerators and denominators are rounded to half as many bits, outwards."""
_DEEPEST = 2**10
"""Roots of a higher degree are refused; for the paper's constants it is 6 at most."""
_LONGEST = 10**7
"""Bits of the largest number that a root is taken of."""


class Interval(NamedTuple):
    """All numbers from ``low`` to ``high``."""

    low: Fraction
    high: Fraction

    @classmethod
    def of(cls, x: Monomial) -> Interval:
        """An exact constant; a point where it is rational."""
        value = x.rational()
        if value is not None:
            return cls(value, value)
        degree = lcm(*(e.denominator for e in x.powers.values()))
        if sum(abs(e) * degree * b.bit_length() for b, e in x.powers.items()) > _LONGEST:
            raise ValueError(f"{x} is too long to enclose")
        above = below = 1
        for base, e in x.powers.items():
            n = int(e * degree)
            above, below = above * base ** max(n, 0), below * base ** max(-n, 0)
        size = cls(*_root(above, below, degree))
        return size if x.sign > 0 else -size

    def around(self, distance: Fraction) -> Interval:
        """All that is at most this far from it."""
        return Interval(self.low - distance, self.high + distance)

    def __add__(self, other: Interval) -> Interval:  # type: ignore[override]
        return _short(self.low + other.low, self.high + other.high)

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def __mul__(self, other: Interval | int | Fraction) -> Interval:  # type: ignore[override]
        ends = other if isinstance(other, Interval) else (Fraction(other),)
        products = [x * y for x in self for y in ends]
        return _short(min(products), max(products))

    def power(self, exponent: Fraction) -> Interval:
        """To a power of 0 or more, of an interval above 0."""
        if self.low <= 0:
            raise ValueError(f"an interval that is not above 0 to the power {exponent}")
        n, d = exponent.numerator, exponent.denominator
        if max(n, d) > _DEEPEST:
            raise ValueError(f"an interval to the power {exponent}")
        if d == 1:
            return _short(self.low**n, self.high**n)
        short = _short(*self, long=2 * _BITS)
        ends = [_root(x.numerator**n, x.denominator**n, d) for x in short]
        return Interval(ends[0][0], ends[1][1])


def _root(above: int, below: int, degree: int) -> tuple[Fraction, Fraction]:
    """The degree-th root of a positive fraction, from below and above."""
    if degree > _DEEPEST:
        raise ValueError(f"a root of degree {degree}")
    k = _BITS - (above.bit_length() - below.bit_length()) // degree
    shifted = (above << max(k * degree, 0)) // (below << max(-k * degree, 0))
    root = _integer_root(shifted, degree)
    unit = Fraction(2) ** -k
    return root * unit, (root + 1) * unit


def _integer_root(x: int, degree: int) -> int:
    """The largest r with r^degree <= x, for x > 0: Newton from above, then one comparison."""
    if degree == 1:
        return x
    drop = max(x.bit_length() - 64, 0)
    bits = (drop + log2(x >> drop)) / degree
    whole = max(int(bits) - 50, 0)
    root = (int(2 ** (bits - whole) * (1 + 2**-30)) + 1) << whole
    while root**degree < x:  # the estimate's own rounding
        root += max(root >> 30, 1)
    while (power := root ** (degree - 1)) * root > x:
        root = ((degree - 1) * root + x // power) // degree
    if not root**degree <= x < (root + 1) ** degree:
        raise ArithmeticError("an integer root that is none")
    return root


def _short(low: Fraction, high: Fraction, long: int = _LONG) -> Interval:
    """The same ends, or shorter ones around them."""
    ends = []
    for x, up in ((low, False), (high, True)):
        if max(x.numerator.bit_length(), x.denominator.bit_length()) > long:
            k = long // 2 - x.numerator.bit_length() + x.denominator.bit_length()
            above = x.numerator << max(k, 0)
            below = x.denominator << max(-k, 0)
            x = (-(-above // below) if up else above // below) * Fraction(2) ** -k
        ends.append(x)
    return Interval(*ends)
