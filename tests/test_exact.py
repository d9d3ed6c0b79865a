"""Monomials against sympy: arithmetic, order, sums, text."""

import operator
import re
from collections.abc import Callable
from fractions import Fraction
from itertools import combinations
from math import gcd

import pytest
import sympy as sp
from hypothesis import assume, given
from hypothesis import strategies as st
from monomials import Monomial, exponents, is_near, monomials, positive, rationals, to_sympy

from circuits.errors import InvariantError
from compiler.exact import ONE, ZERO, Exact

COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]


@given(monomials, monomials)
def test_products_and_quotients_are_sympys(a: Monomial, b: Monomial) -> None:
    assert is_near(a.exact * b.exact, a.number * b.number)
    assert is_near(a.exact / b.exact, a.number / b.number)


@given(positive, exponents)
def test_powers_are_sympys(a: Monomial, exponent: Fraction) -> None:
    assert is_near(a.exact**exponent, a.number ** to_sympy(exponent))


@given(monomials, rationals)
def test_ints_and_fractions_may_stand_on_either_side(a: Monomial, r: Fraction) -> None:
    assert a.exact * r == r * a.exact == a.exact * Exact.of(r)
    assert a.exact / r == a.exact * (1 / r)
    assert r / a.exact == Exact.of(r) / a.exact
    assert (Exact.of(r) == r) & (Exact.of(r).rational() == r)


@given(monomials)
def test_signs_are_kept(a: Monomial) -> None:
    assert is_near(-a.exact, -a.number)
    assert is_near(abs(a.exact), abs(a.number))
    assert a.exact - a.exact == ZERO
    assert a.exact + ZERO == ZERO + a.exact == a.exact


@given(monomials, monomials)
def test_the_order_is_sympys(a: Monomial, b: Monomial) -> None:
    x, y = sp.N(a.number, 60), sp.N(b.number, 60)
    for compare in COMPARISONS:
        assert compare(a.exact, b.exact) == compare(x, y)


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [
        (Exact.of(3) ** 10590737, Exact.of(2) ** 16785922),
        (Exact.of(2) ** 16785921, Exact.of(3) ** 10590737),  # one part in 10^8 apart
        (Exact.of(10**80), Exact.of(10**80 + 1)),
        (Exact.of(10**80) ** Fraction(1, 7), Exact.of(10**80 + 1) ** Fraction(1, 7)),
        (Exact.of(10**160 - 1) ** Fraction(1, 2), Exact.of(10**80)),
        (-Exact.of(10**80 + 1), -Exact.of(10**80)),
        (-Exact.of(2), ZERO),
        (ZERO, Exact.of(Fraction(1, 2**2000))),
    ],
)
def test_numbers_that_are_very_near_are_still_told_apart(smaller: Exact, larger: Exact) -> None:
    assert smaller < larger
    assert not larger < smaller
    assert smaller != larger


@given(monomials, rationals, rationals)
def test_like_terms_add(a: Monomial, r: Fraction, q: Fraction) -> None:
    assert a.exact * r + a.exact * q == a.exact * (r + q)
    assert a.exact * r - a.exact * q == a.exact * (r - q)
    assert sum([a.exact, a.exact, a.exact]) == 3 * a.exact


@given(monomials, monomials)
def test_sums_of_unlike_terms_are_refused(a: Monomial, b: Monomial) -> None:
    assume((a.exact / b.exact).rational() is None)
    text = f"({a.exact}) + ({b.exact}) is a sum of unlike terms, not a monomial"
    with pytest.raises(InvariantError, match=f"^{re.escape(text)}$"):
        a.exact + b.exact


@given(monomials)
def test_parsing_reads_what_printing_writes(a: Monomial) -> None:
    assert Exact.parse(str(a.exact)) == a.exact


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (ZERO, "0"),
        (ONE, "1"),
        (Exact.of(Fraction(-3, 8)), "-3/8"),
        (Exact.of(2) ** 100, "2^100"),
        (Exact.of(Fraction(1, 10**15)), "2^-15*5^-15"),
        (-(Exact.of(3) ** Fraction(5, 2)) / 8, "-2^-3*3^(5/2)"),
        (Exact.of(1009 * 1013) ** Fraction(1, 2), "1022117^(1/2)"),
    ],
)
def test_a_number_has_one_text(value: Exact, text: str) -> None:
    assert str(value) == repr(value) == text
    assert Exact.parse(text) == value


@pytest.mark.parametrize(
    "text", ["", "-", "x", "1.5", "2^", "2^1/2", "2**3", "2 * 3", "1/0", "2^(1/0)", "0^-1"]
)
def test_other_text_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(f'not an exact number: {text!r}')}$"):
        Exact.parse(text)


@given(monomials, monomials)
def test_bases_are_coprime_and_no_perfect_powers(a: Monomial, b: Monomial) -> None:
    powers = (a.exact * b.exact).powers
    numbers = [base for base, _ in powers]
    assert numbers == sorted(set(numbers))
    assert all(gcd(x, y) == 1 for x, y in combinations(numbers, 2))
    assert not any(sp.perfect_power(x) for x in numbers)
    assert all(e for _, e in powers)


def test_zero_and_negative_numbers_have_the_powers_that_are_real() -> None:
    assert ZERO**2 == ZERO
    assert ZERO**0 == ONE
    assert Exact.of(-8) ** Fraction(1, 3) == -2
    assert Exact.of(-8) ** Fraction(2, 3) == 4
    with pytest.raises(InvariantError, match=re.escape("(-8) to the power 1/2 is not real")):
        Exact.of(-8) ** Fraction(1, 2)


@pytest.mark.parametrize("divide", [lambda: ZERO**-1, lambda: ONE / 0, lambda: 1 / ZERO])
def test_nothing_is_divided_by_zero(divide: Callable[[], Exact]) -> None:
    with pytest.raises(ZeroDivisionError, match="zero to a negative power"):
        divide()


def test_other_types_are_not_equal() -> None:
    assert Exact.of(2) != "2"
    assert Exact.of(2) != 2.0


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**30))
def test_rational_numbers_come_back(numerator: int, denominator: int) -> None:
    value = Fraction(numerator, denominator)
    assert Exact.of(value).rational() == value
