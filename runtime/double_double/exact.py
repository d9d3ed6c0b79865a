"""Exact constants as double-double numbers, and back.

The pair of a number x is the usual best one: hi is x rounded to the nearest float64, and lo is
x - hi rounded likewise, ties to even; the error is at most 2^-107 |x|.

>>> third = to_double_double(Exact.of(Fraction(1, 3)))
>>> third.hi, third.lo
(0.3333333333333333, 1.850371707708594e-17)
>>> root = to_double_double(Exact.of(2) ** Fraction(1, 3))
>>> float(to_fraction(root) ** 3 - 2)  # by 2^-107 or so
-4.63...e-33
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, localcontext
from fractions import Fraction
from math import log2

import numpy as np
from numpy.typing import NDArray

from circuits.errors import LimitError
from compiler.exact import Exact
from runtime.double_double.numbers import DoubleDouble

RANGE = 900
"""Constants from 2^-900 to 2^900 are converted; products of them keep clear of the ends."""

_DIGITS = 60


def to_double_double(value: Exact) -> DoubleDouble:
    """The pair of one number, two floats.

    Raises:
        LimitError: beyond 2^900, or below 2^-900 and not 0.
    """
    if not value.sign:
        return DoubleDouble(0.0, 0.0)
    size = value.log2()
    if not abs(size) < RANGE:
        word = "underflows" if size < 0 else "overflows"
        raise LimitError(
            f"{value} = 2^{size:.1f} {word} double-double numbers "
            f"(constants run from 2^-{RANGE} to 2^{RANGE})"
        )
    rational = value.rational()
    if rational is not None:
        return _nearest(rational)
    digits = _DIGITS
    while True:  # an irrational number is not halfway between two floats, so this ends
        low, high = map(_nearest, _enclosure(value, digits))
        if low == high:
            return low
        digits *= 2


def to_double_doubles(values: Iterable[Exact]) -> DoubleDouble:
    """The pairs of numbers, two arrays of shape (numbers,)."""
    pairs = np.array([to_double_double(value) for value in values]).reshape(-1, 2)
    return DoubleDouble(pairs[:, 0].copy(), pairs[:, 1].copy())


def to_fraction(pair: DoubleDouble) -> Fraction:
    """The exact value of two floats."""
    return Fraction(float(pair.hi)) + Fraction(float(pair.lo))


def to_fractions(pairs: DoubleDouble) -> NDArray[np.object_]:
    """The exact values of two arrays, as an object array of their shape."""
    fractions = np.vectorize(Fraction, otypes=[object])
    exact: NDArray[np.object_] = fractions(pairs.hi) + fractions(pairs.lo)
    return exact


def _nearest(value: Fraction) -> DoubleDouble:
    hi = float(value)
    return DoubleDouble(hi, float(value - Fraction(hi)))


def _enclosure(value: Exact, digits: int) -> tuple[Fraction, Fraction]:
    """Two fractions with the number between them, equal to so many digits or nearly."""
    with localcontext() as context:
        context.prec, context.Emax, context.Emin = digits, 10**9, -(10**9)
        middle = Decimal(value.sign)
        for base, e in value.powers:
            middle *= Decimal(base) ** (Decimal(e.numerator) / Decimal(e.denominator))
    # Rounding the exponent e moves base^e by e log(base) roundings; the rest are a few more.
    roundings = sum(abs(float(e)) * log2(base) + 4 for base, e in value.powers)
    error = Fraction(int(roundings) + 2, 10 ** (digits - 1))
    center = Fraction(middle)
    return center * (1 - error), center * (1 + error)
