"""The nearest float of a monomial, against sympy; and which numbers have none."""

import re
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given
from hypothesis import strategies as st
from monomials import Monomial, monomials

from circuits.errors import LimitError
from compiler.exact import FLOAT_FORMATS, ZERO, Exact

DTYPES = sorted(FLOAT_FORMATS)
dtypes = st.sampled_from(DTYPES)


def neighbours(value: float, dtype: str) -> list[Fraction]:
    """A float and the next ones below and above, as numbers."""
    kind = np.dtype(dtype).type
    around = [np.nextafter(kind(value), kind(limit)) for limit in (-np.inf, np.inf)]
    return [Fraction(value), *(Fraction(float(x)) for x in around)]


def is_nearest(found: float, number: Any, dtype: str) -> bool:
    """No float of this format is nearer; sympy says so from 60 digits."""
    distances = [
        abs(sp.N(number, 60) - sp.Rational(x.numerator, x.denominator))
        for x in neighbours(found, dtype)
    ]
    return bool(distances[0] == min(distances))


@given(monomials, dtypes)
def test_a_number_becomes_the_nearest_float(a: Monomial, dtype: str) -> None:
    _, least, greatest = FLOAT_FORMATS[dtype]
    assume(least < a.exact.log2() < greatest)
    found = a.exact.to_float(dtype)
    assert found == np.dtype(dtype).type(found)
    assert is_nearest(found, a.number, dtype)


@given(st.fractions(), dtypes)
def test_a_fraction_becomes_what_python_or_numpy_make_of_it(value: Fraction, dtype: str) -> None:
    assume(value == 0 or 2.0**-100 < abs(value) < 2.0**100)
    bits = FLOAT_FORMATS[dtype][0]
    if dtype == "float64":
        assert Exact.of(value).to_float() == float(value)
    shift = Fraction(2) ** (bits - 1 - Exact.of(value).log2().__floor__()) if value else 1
    assume(not value or abs(abs(value) * shift) < 2**bits)  # a logarithm that was rounded up
    assert Exact.of(value).to_float(dtype) == float(round(value * shift) / shift)


@pytest.mark.parametrize(
    ("value", "dtype", "nearest"),
    [
        # By way of a float64 these would be ties, broken to the even neighbour.
        (1 + Fraction(1, 2**24) + Fraction(1, 2**60), "float32", 1 + 2.0**-23),
        (1 + Fraction(3, 2**24) - Fraction(1, 2**60), "float32", 1 + 2.0**-23),
        # Real ties go to the even one.
        (1 + Fraction(1, 2**24), "float32", 1.0),
        (1 + Fraction(3, 2**24), "float32", 1 + 2.0**-22),
        (1 + Fraction(1, 2**53), "float64", 1.0),
        # Rounding up carries into the next power of two.
        (2 - Fraction(1, 2**30), "float32", 2.0),
        (Fraction(2**128 - 2**104), "float32", 2.0**128 - 2.0**104),
        (Fraction(2**1024 - 2**971), "float64", 2.0**1023 * (2 - 2.0**-52)),
        (Fraction(1, 2**126), "float32", 2.0**-126),
        (Fraction(2**30 - 1, 2**156), "float32", 2.0**-126),
    ],
)
def test_rounding_is_correct_where_it_is_delicate(
    value: Fraction, dtype: str, nearest: float
) -> None:
    assert Exact.of(value).to_float(dtype) == nearest
    assert Exact.of(-value).to_float(dtype) == -nearest


@pytest.mark.parametrize(
    ("value", "dtype", "text"),
    [
        (
            Exact.of(2) ** -127,
            "float32",
            "2^-127 = 2^-127.0 underflows float32 (normal numbers run from 2^-126 to 2^128)",
        ),
        (
            -(Exact.of(2) ** 128),
            "float32",
            "-2^128 = 2^128.0 overflows float32 (normal numbers run from 2^-126 to 2^128)",
        ),
        (
            Exact.of(2**128 - 2**103),
            "float32",
            "2^103*31*601*1801 = 2^128.0 overflows float32 "
            "(normal numbers run from 2^-126 to 2^128)",
        ),
        (
            Exact.of(3) ** -700,
            "float64",
            "3^-700 = 2^-1109.5 underflows float64 (normal numbers run from 2^-1022 to 2^1024)",
        ),
        (
            Exact.of(3) ** 10**12,
            "float64",
            "3^1000000000000 = 2^1584962500721.2 overflows float64 "
            "(normal numbers run from 2^-1022 to 2^1024)",
        ),
    ],
)
def test_numbers_out_of_range_are_refused_rather_than_denormal(
    value: Exact, dtype: str, text: str
) -> None:
    with pytest.raises(LimitError, match=f"^{re.escape(text)}$"):
        value.to_float(dtype)


@pytest.mark.parametrize(
    ("value", "dtype", "text"),
    [
        (Exact.of(Fraction(1, 3)), "float64", "1/3 is not exact in float64 (53 bits)"),
        (Exact.of(2) ** Fraction(1, 2), "float64", "2^(1/2) is not exact in float64 (53 bits)"),
        (Exact.of(2**24 + 1), "float32", "16777217 is not exact in float32 (24 bits)"),
        (
            -Exact.of(2**53 + 1),
            "float64",
            "-3*107*28059810762433 is not exact in float64 (53 bits)",
        ),
    ],
)
def test_inexact_numbers_are_refused_where_exact_ones_are_asked_for(
    value: Exact, dtype: str, text: str
) -> None:
    assert value.to_float(dtype) == pytest.approx(value.sign * 2.0 ** value.log2())
    with pytest.raises(LimitError, match=f"^{re.escape(text)}$"):
        value.to_float(dtype, exact=True)


@pytest.mark.parametrize("dtype", DTYPES)
def test_numbers_that_a_format_holds_are_exact(dtype: str) -> None:
    bits, least, _ = FLOAT_FORMATS[dtype]
    for value in (Fraction(0), Fraction(-3, 8), Fraction(2**bits - 1), Fraction(2) ** least):
        assert Fraction(Exact.of(value).to_float(dtype, exact=True)) == value
    assert ZERO.to_float(dtype) == 0
