"""Random monomials, each as the code's `Exact` and, from the same recipe, as sympy's number."""

from fractions import Fraction
from typing import Any, NamedTuple

import sympy as sp
from hypothesis import strategies as st

from compiler.exact import Exact

DIGITS = 60

# Products of these share factors, small and large, which only a common divisor brings to light.
LARGE = [1009, 1013, 1009 * 1013, 1009**2 * 1013, 1013 * 10007, 10007**3, 2**61 - 1]


class Monomial(NamedTuple):
    """A monomial twice; ``number`` is a sympy expression."""

    exact: Exact
    number: Any


def _monomial(sign: int, powers: list[tuple[int, Fraction]]) -> Monomial:
    exact, number = Exact.of(sign), sp.Integer(sign)
    for base, exponent in powers:
        exact *= Exact.of(base) ** exponent
        number *= sp.Integer(base) ** to_sympy(exponent)
    return Monomial(exact, number)


def to_sympy(value: Exact | Fraction | int) -> Any:
    """A rational number or a monomial as a sympy number."""
    if isinstance(value, Exact):
        return sp.Mul(value.sign, *(sp.Integer(b) ** to_sympy(e) for b, e in value.powers))
    return sp.Rational(value.numerator, value.denominator)


def is_near(found: Exact, expected: Any) -> bool:
    """Whether a monomial and a sympy number agree in all but the last of 60 digits."""
    a, b = sp.N(to_sympy(found), DIGITS), sp.N(expected, DIGITS)
    return bool(abs(a - b) <= abs(b) * sp.Float(10) ** (2 - DIGITS))


bases = st.integers(2, 10**5) | st.sampled_from([2, 3, 6, 12, 360, *LARGE])
exponents = st.builds(Fraction, st.integers(-12, 12), st.integers(1, 6))
rationals = st.fractions(max_denominator=10**6).filter(bool)
positive = st.builds(_monomial, st.just(1), st.lists(st.tuples(bases, exponents), max_size=4))
monomials = st.builds(
    _monomial, st.sampled_from([-1, 1]), st.lists(st.tuples(bases, exponents), max_size=4)
)
