"""Monomials against sympy: arithmetic, order, equality and hash, text."""

import operator
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
import sympy as sp
from hypothesis import assume, given
from hypothesis import strategies as st

from circuits.errors import InvariantError
from compiler.exact import ONE, ZERO, Exact

DIGITS = 60

# Products of these share factors, small and large, that only a common divisor brings to light.
LARGE = [1009, 1013, 1009 * 1013, 1009**2 * 1013, 1013 * 10007, 10007, 2**61 - 1]

bases = st.sampled_from([2, 3, 6, 12, 360, *LARGE]) | st.integers(2, 10**7)
exponents = st.builds(Fraction, st.integers(-12, 12), st.integers(1, 6))
factors = st.lists(st.tuples(bases, exponents), max_size=4)
signs = st.sampled_from([-1, 1])


def monomial(sign: int, powers: list[tuple[int, Fraction]]) -> Exact:
    value = Exact.of(sign)
    for base, exponent in powers:
        value *= Exact.of(base) ** exponent
    return value


def sympified(value: Exact | int | Fraction) -> Any:
    """The value as sympy sees it."""
    value = Exact.of(value)
    return sp.Mul(value.sign, *(sp.Integer(b) ** sp.Rational(str(e)) for b, e in value.powers))


def is_near(found: Exact, expected: Any) -> bool:
    """Equal to 60 digits."""
    return abs(sp.N(sympified(found) / expected - 1, 10, maxn=1000)) < 10 ** (3 - DIGITS) or (
        sp.N(sympified(found) - expected, DIGITS, maxn=1000) == 0
    )


monomials = st.builds(monomial, signs, factors)
positive = st.builds(lambda powers: monomial(1, powers), factors)
