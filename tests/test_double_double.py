"""Double-double arithmetic against fractions, and the check that the machine computes it."""

import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from circuits.errors import InvariantError, LimitError
from compiler.exact import Exact
from runtime.double_double import exact as double_double_exact
from runtime.double_double.check import check_transforms
from runtime.double_double.exact import (
    to_double_double,
    to_double_doubles,
    to_fraction,
    to_fractions,
)
from runtime.double_double.numbers import (
    ARRAYS,
    EXACT_FROM,
    LARGEST,
    Arithmetic,
    DoubleDouble,
    arithmetic,
    in_range,
    uncompiled,
)
from runtime.double_double.passes import compiled_passes, numba_compiler

U2 = Fraction(1, 2**106)
"""u^2 for u = 2^-53."""

BOUNDS = {"add": Fraction(31, 10), "sub": Fraction(31, 10), "mul": Fraction(5), "div": Fraction(16)}
"""In u^2, see `runtime.double_double.numbers`."""

any_float = st.floats(allow_nan=False, allow_infinity=False, max_value=1e300, min_value=-1e300)
significands = st.integers(-(2**53) + 1, 2**53 - 1)


@st.composite
def floats(draw: st.DrawFn, exponents: int = 300) -> float:
    return math.ldexp(draw(significands), draw(st.integers(-exponents, exponents)) - 52)


@st.composite
def pairs(draw: st.DrawFn, exponents: int = 200) -> DoubleDouble:
    """Normal pairs, sums that round to another float among them."""
    hi = draw(floats(exponents))
    gap = draw(st.sampled_from([53, 53, 54, 60, 100]))
    size = math.frexp(hi)[1] - 1 - gap
    lo = math.ldexp(draw(st.integers(-(2**53), 2**53)), size - 53) if hi else 0.0
    return ARRAYS.quick_two_sum(hi, lo)


def normal(x: DoubleDouble) -> bool:
    return float(to_fraction(x)) == float(x.hi)


@given(any_float, any_float)
@example(5e-324, -5e-324)
@example(2.0**-1022, -(2.0**-1074))
@example(2.0**53 + 2, 1.0)
def test_a_sum_and_its_error_are_exact_down_to_subnormals(a: float, b: float) -> None:
    exact = Fraction(a) + Fraction(b)
    s = ARRAYS.two_sum(a, b)
    assert to_fraction(s) == exact
    assert s.hi == float(exact)
    large, small = (a, b) if abs(a) >= abs(b) else (b, a)
    assert ARRAYS.quick_two_sum(large, small) == s


@given(floats(), floats())
@example(2.0**-480 * (2**53 - 1) / 2**52, 2.0**-480 * (2**53 - 1) / 2**52)
def test_a_product_and_its_error_are_exact(a: float, b: float) -> None:
    exact = Fraction(a) * Fraction(b)
    product = ARRAYS.two_prod(a, b)
    if not exact or abs(exact) >= EXACT_FROM:
        assert to_fraction(product) == exact
        assert product.hi == float(exact)


@given(floats(), st.integers(-1074, -400), significands)
def test_an_underflowing_product_is_wrong_by_a_few_of_the_least_float(
    a: float, exponent: int, significand: int
) -> None:
    b = math.ldexp(significand, exponent)
    a = math.ldexp(*math.frexp(a)[:1], -400)
    error = abs(to_fraction(ARRAYS.two_prod(a, b)) - Fraction(a) * Fraction(b))
    assert error <= 8 * Fraction(2) ** -1074


def test_a_product_below_the_range_does_lose_its_error() -> None:
    third = 2.0**-500 / 3
    assert to_fraction(ARRAYS.two_prod(third, third)) != Fraction(third) ** 2
    assert abs(third * third) < EXACT_FROM


@pytest.mark.parametrize("operation", BOUNDS)
@given(x=pairs(), y=pairs())
def test_operations_keep_their_bounds(operation: str, x: DoubleDouble, y: DoubleDouble) -> None:
    a, b = to_fraction(x), to_fraction(y)
    if operation == "div" and not b:
        return
    exact = {"add": a + b, "sub": a - b, "mul": a * b, "div": a / b if b else a}[operation]
    result = getattr(ARRAYS, operation)(x, y)
    assert abs(to_fraction(result) - exact) <= BOUNDS[operation] * U2 * abs(exact)
    assert normal(result)


@given(pairs(), pairs())
def test_less_is_that_of_the_numbers(x: DoubleDouble, y: DoubleDouble) -> None:
    assert bool(ARRAYS.less(x, y)) == (to_fraction(x) < to_fraction(y))
    assert not ARRAYS.less(x, x)
    assert ARRAYS.less(DoubleDouble(1.0, -1e-20), DoubleDouble(1.0, 0.0))


@pytest.mark.parametrize("power", ["0", "1", "2", "3", "1/2", "1/3", "2/9", "11/9", "3/64"])
@given(x=pairs(exponents=60))
def test_powers_keep_their_bounds(power: str, x: DoubleDouble) -> None:
    n, d = Fraction(power).as_integer_ratio()
    x = DoubleDouble(abs(x.hi), math.copysign(1, x.hi) * x.lo)
    if not x.hi:
        return
    result, exact = to_fraction(ARRAYS.power(x, n, d)), to_fraction(x) ** n
    bound = 5 * n if d == 1 else 21 * n
    assert abs(result**d / exact - 1) / d <= bound * U2 * Fraction(101, 100)


def test_the_sign_of_a_zero_changes_no_number() -> None:
    zeros = [DoubleDouble(hi, lo) for hi in (0.0, -0.0) for lo in (0.0, -0.0)]
    third = ARRAYS.div(DoubleDouble(1.0, 0.0), DoubleDouble(-3.0, 0.0))
    for zero in zeros:
        assert ARRAYS.add(third, zero) == ARRAYS.sub(third, zero) == ARRAYS.add(zero, third)
        assert ARRAYS.add(third, zero) == third
        for other in (*zeros, third):
            assert ARRAYS.mul(zero, other) == (0.0, 0.0)
        assert ARRAYS.div(zero, third) == ARRAYS.sub(third, third) == (0.0, 0.0)
        assert not any(ARRAYS.less(zero, other) for other in zeros)


def test_what_overflows_is_not_in_range() -> None:
    huge, one = DoubleDouble(np.array([LARGEST, 1.0]), np.zeros(2)), DoubleDouble(1.0, 0.0)
    with np.errstate(all="ignore"):
        product = ARRAYS.mul(huge, huge)
    assert in_range(product).tolist() == [False, True]
    assert in_range(DoubleDouble(np.array([np.nan, np.inf, -np.inf, 0.0]), 0.0)).tolist() == [
        False,
        False,
        False,
        True,
    ]
    assert in_range(ARRAYS.mul(DoubleDouble(LARGEST / 2, 0.0), one))


constants = st.builds(
    lambda sign, a, b, c: Exact(sign) * Exact.of(2) ** a * Exact.of(3) ** b * Exact.of(5) ** c,
    st.sampled_from([1, -1]),
    *([st.fractions(-60, 60, max_denominator=9)] * 3),
)


@given(constants)
@example(Exact.of(1))
@example(Exact.of(2**53 + 1))
@example(Exact.of(2) ** Fraction(716, 3) * Exact.of(3) ** 24)
@example(Exact.of(2) ** -134 * Exact.of(3) ** -11)
def test_constants_become_the_nearest_pairs(value: Exact) -> None:
    pair = to_double_double(value)
    assert normal(pair)
    number, half = to_fraction(pair), Fraction(math.ulp(pair.lo)) / 2  # of the last place
    assert Exact.of(number - half) <= value <= Exact.of(number + half)
    if value.rational() is not None and not pair.lo:
        assert value == number


def test_too_few_digits_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [Exact.of(2) ** Fraction(e, 7) for e in range(1, 100, 5)]
    pairs = [to_double_double(value) for value in values]
    monkeypatch.setattr(double_double_exact, "_DIGITS", 8)
    assert [to_double_double(value) for value in values] == pairs


def test_rationals_of_106_bits_are_exact_and_arrays_are_the_numbers() -> None:
    values = [Exact.of(0), Exact.of(Fraction(2**106 - 1, 2**40)), Exact.of(-3)]
    found = to_double_doubles(values)
    assert to_fractions(found).tolist() == [value.rational() for value in values]
    assert found.hi.shape == (3,)
    assert to_double_doubles([]).hi.shape == (0,)


@pytest.mark.parametrize("value", [Exact.of(2) ** 900, Exact.of(3) ** -900, -(Exact.of(7) ** 400)])
def test_constants_out_of_range_are_refused(value: Exact) -> None:
    with pytest.raises(LimitError, match="flows double-double numbers"):
        to_double_double(value)


@pytest.fixture(scope="module")
def compiled() -> Arithmetic:
    return compiled_passes().arithmetic


OPERATIONS = ("two_sum", "two_prod", "add", "sub", "mul", "div", "less")


def test_arrays_floats_and_compiled_code_give_the_same_bits(compiled: Arithmetic) -> None:
    rng = np.random.default_rng(0)

    def random() -> DoubleDouble:
        hi = np.ldexp(rng.standard_normal(200), rng.integers(-150, 150, 200))
        return ARRAYS.quick_two_sum(hi, hi * 2.0**-54 * rng.random(200))

    def bits(results: list[Any]) -> bytes:
        return np.array(results, np.float64).tobytes()

    x, y = random(), random()
    x.hi[:20], x.lo[:20] = y.hi[:20], -y.lo[:20]  # sums that cancel, comparisons that tie
    for name in OPERATIONS:
        on_floats = name in ("two_sum", "two_prod")
        operands = (x.hi, y.hi) if on_floats else (x, y)
        whole = getattr(ARRAYS, name)(*operands)
        columns = np.array(whole).T.tolist()
        for one in (ARRAYS, compiled):
            operation = getattr(one, name)
            singly = [
                operation(float(x.hi[i]), float(y.hi[i]))
                if on_floats
                else operation(at(x, i), at(y, i))
                for i in range(200)
            ]
            assert bits(singly) == bits(columns), name
    size = DoubleDouble(np.abs(x.hi), np.copysign(1, x.hi) * x.lo)
    for n, d in ((3, 1), (2, 9), (1, 2)):
        whole = np.array(ARRAYS.power(size, n, d)).T.tolist()
        for one in (ARRAYS, compiled):
            assert bits([one.power(at(size, i), n, d) for i in range(200)]) == bits(whole)


def at(x: DoubleDouble, i: int) -> DoubleDouble:
    return DoubleDouble(float(x.hi[i]), float(x.lo[i]))


def test_this_machine_computes_error_free_transforms(compiled: Arithmetic) -> None:
    check_transforms(ARRAYS)
    check_transforms(compiled)


def rounded_away(a: float, b: float) -> DoubleDouble:
    """What fast math makes of a sum."""
    return DoubleDouble(a + b, 0.0)


def contracted(a: float, b: float) -> DoubleDouble:
    """A product whose error term is that of a fused multiply-add elsewhere in the formula."""
    product = ARRAYS.two_prod(a, b)
    return DoubleDouble(product.hi, product.lo * (1 + 2.0**-52))


def without_subnormals(a: float, b: float) -> DoubleDouble:
    """A sum on a processor that flushes subnormal results to zero."""
    least = 2.0**-1022
    s = ARRAYS.two_sum(a, b)
    return DoubleDouble(*(0.0 if abs(x) < least else x for x in s))


@pytest.mark.parametrize(
    ("transform", "broken"),
    [
        ("two_sum", rounded_away),
        ("two_sum", without_subnormals),
        ("quick_two_sum", rounded_away),
        ("quick_two_sum", lambda a, b: ARRAYS.quick_two_sum(b, a)),
        ("two_prod", lambda a, b: DoubleDouble(a * b, 0.0)),
        ("two_prod", contracted),
        ("two_prod", lambda a, b: DoubleDouble(math.nan, math.nan)),
    ],
)
def test_a_broken_transform_is_named(transform: str, broken: Any) -> None:
    damaged = replace(ARRAYS, **{transform: broken})
    with pytest.raises(InvariantError, match=rf"^{transform}\(.*which is not exact: on this mach"):
        check_transforms(damaged)


def test_fast_math_is_found() -> None:
    fast = numba_compiler(fastmath=True)
    for name in ("two_sum", "quick_two_sum", "two_prod"):
        mixed = replace(ARRAYS, **{name: getattr(arithmetic(fast, math.frexp), name)})
        with pytest.raises(InvariantError, match=rf"^{name}\("):
            check_transforms(mixed)


def test_uncompiled_leaves_a_function_as_it_is() -> None:
    assert uncompiled(rounded_away) is rounded_away
