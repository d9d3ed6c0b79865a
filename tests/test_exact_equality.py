"""Equal monomials are equal and hash alike, however their large factors came together."""

from fractions import Fraction
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st
from monomials import LARGE, Monomial, exponents, monomials, rationals

from compiler.exact import ZERO, Exact

shared = st.lists(st.tuples(st.sampled_from(LARGE), exponents), min_size=1, max_size=6)


@given(shared, st.randoms(use_true_random=False))
def test_factors_in_any_order_give_one_number(
    powers: list[tuple[int, Fraction]], random: object
) -> None:
    assert hasattr(random, "shuffle")
    value = Exact.of(1)
    for base, e in powers:
        value *= Exact.of(base) ** e
    random.shuffle(powers)
    again = Exact.of(1)
    for base, e in powers:
        again *= Exact.of(base) ** e
    assert value == again
    assert hash(value) == hash(again)
    assert value / again == 1


@given(st.lists(st.sampled_from(LARGE), min_size=2, max_size=5), exponents.filter(bool))
def test_factors_together_or_apart_are_one_number(numbers: list[int], exponent: Fraction) -> None:
    together = Exact.of(prod(numbers)) ** exponent
    apart = Exact.of(1)
    for number in numbers:
        apart *= Exact.of(number) ** exponent
    assert together == apart
    assert hash(together) == hash(apart)
    assert len({together, apart}) == 1


@given(monomials, monomials)
def test_a_product_divided_by_a_factor_is_the_other(a: Monomial, b: Monomial) -> None:
    again = a.exact * b.exact / b.exact
    assert again == a.exact
    assert hash(again) == hash(a.exact)


@given(rationals)
def test_rational_numbers_hash_like_fractions(value: Fraction) -> None:
    assert hash(Exact.of(value)) == hash(value)


@pytest.mark.parametrize(
    "value", [0, 1, -1, -2, Fraction(-1, 3), 2**61 - 1, Fraction(-5, 2**61 - 1), 7 * (2**61 - 1)]
)
def test_special_remainders_hash_like_fractions(value: Fraction | int) -> None:
    assert hash(Exact.of(value)) == hash(value)
    assert {Exact.of(value): "found"}[Exact.of(value)] == "found"


def test_huge_powers_hash_alike_too() -> None:
    p, q, exponent = Exact.of(1009), Exact.of(1013), 10**9
    together, apart = (p * q).parse("1022117") ** exponent, p**exponent * q**exponent
    assert together.powers != apart.powers
    assert together == apart
    assert hash(together) == hash(apart)


def test_numbers_of_different_signs_or_powers_differ() -> None:
    root = Exact.of(1009 * 1013) ** Fraction(1, 2)
    assert root != -root
    assert root != root**2
    assert root != ZERO
    assert len({root, -root, root**2, ZERO, 1 / root}) == 5
