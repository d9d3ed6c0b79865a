"""The constants of the memory unit: against their derivation, the paper, and what floats hold."""

import re
from dataclasses import replace
from fractions import Fraction
from math import isqrt

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from circuits.errors import InvariantError, LimitError
from compiler.derivation import derive, disagreements
from compiler.emulation_constants import (
    BRANCH_EDGES,
    EmulationConstants,
    dyadic_constants,
    emulation_constants,
    least_units,
    printed_constants,
)
from compiler.exact import ONE, ZERO, Exact

EXPONENTS = ["3", "2", "3/2", "5/4", "11/9", "9/8", "1"]
LENGTHS = [6, 8, 10]


def some_constants(p: str, length: int, source_output: int = 2) -> EmulationConstants:
    """At a power of two above the least m'; the least itself can have 6,000 digits to factor."""
    derived = derive(length, source_output)
    least = derived.least_units.subs(derived.exponent, sp.Rational(p))
    units = 2 ** max(0, int(sp.ceiling(sp.log(least, 2).evalf(30))))
    return emulation_constants(Fraction(p), units, length, source_output)


@pytest.mark.parametrize("p", EXPONENTS)
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("source_output", [2, 1])
def test_the_code_has_the_constants_that_follow_from_the_requirement(
    p: str, length: int, source_output: int
) -> None:
    assert disagreements(some_constants(p, length, source_output)) == []


@pytest.mark.parametrize("p", EXPONENTS)
def test_the_printed_preset_has_the_derived_constants_at_the_least_number_of_units(p: str) -> None:
    constants = printed_constants(Fraction(p), 1)
    assert constants.units == least_units(Fraction(p))
    assert disagreements(constants) == []


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (lambda c: replace(c, learning_rate=c.learning_rate * 2), ["learning_rate"]),
        (lambda c: replace(c, control_weight=-c.control_weight), ["control_weight"]),
        (lambda c: replace(c, bit_value=c.bit_value / 3), ["bit_value"]),
        (lambda c: replace(c, weights=(*c.weights[:5], c.weights[4])), ["w_6"]),
        (lambda c: replace(c, weights=(-c.weights[0], *c.weights[1:])), ["w_1"]),
        (
            lambda c: replace(c, units=c.units + 1),
            ["control_weight", "bit_value", "learning_rate", *(f"w_{i}" for i in range(1, 7))],
        ),
    ],
)
def test_every_wrong_constant_is_noticed(wrong: object, named: list[str]) -> None:
    assert callable(wrong)
    assert disagreements(wrong(printed_constants(Fraction(11, 9), 1))) == named


def test_at_p_3_the_derivation_gives_what_the_paper_prints() -> None:
    derived = derive(6)
    s, three, two = derived.scale, sp.Integer(3), sp.Integer(2)
    printed = {
        derived.contribution: 2**243 * three ** sp.Rational(1641, 2) * s**364,
        derived.learning_rate: two**-244 * three ** sp.Rational(-1643, 2) * s**-362,
        derived.control_weight: -(2**26) * 3**91 * s**40,
        derived.bit_value: (18 * sp.sqrt(3) * s) ** 3,
        derived.inputs[3]: 2**27 * 3**91 * s**40,
        derived.total_exponent: 364,
    }
    printed |= {derived.weights[t - 1]: three ** (3 - sp.Rational(t, 2)) * s for t in range(1, 7)}
    assert {found.subs(derived.exponent, 3) - paper for found, paper in printed.items()} == {0}


def test_at_p_3_the_code_gives_what_the_paper_prints() -> None:
    c = printed_constants(Fraction(3), 1)
    s, half, three = c.weights[-1], Fraction(1, 2), Exact.of(3)
    assert c.weights == tuple(three ** (3 - t * half) * s for t in range(1, 7))
    assert c.control_weight == -(2**26) * three**91 * s**40
    assert c.bit_value == (18 * three**half * s) ** 3
    assert Exact.of(2) ** 243 * three ** (1641 * half) * s**364 * c.units == ONE
    assert c.learning_rate == Exact.of(2) ** -244 * three ** (-1643 * half) * s**-362


def test_at_p_3_the_least_number_of_units_is_the_ceiling_that_the_paper_takes() -> None:
    # 2^-243 3^(-1641/2) (18 sqrt 3)^364 = 2^121 3^89 sqrt 3
    assert least_units(Fraction(3)) == isqrt(3 * (2**121 * 3**89) ** 2) + 1
    assert least_units(Fraction(3)) >= 10**79  # Remark 9


@pytest.mark.parametrize(
    ("p", "shown"),
    [
        ("3", "1.3396e+79"),
        ("2", "8.15e+17"),
        ("3/2", "3.738e+06"),
        ("5/4", "3089"),
        ("11/9", "1669.4"),  # Remark 9: "on the order of 1000"
        ("9/8", "242.9"),
        ("1", "32"),
    ],
)
def test_the_least_number_of_units_is_the_bound_rounded_up(p: str, shown: str) -> None:
    derived = derive(6)
    bound = derived.least_units.subs(derived.exponent, sp.Rational(p))
    digits = len(re.sub(r"e.*|\.", "", shown))
    assert f"{float(bound):.{digits}g}" == shown
    assert least_units(Fraction(p)) == sp.ceiling(bound)


@pytest.mark.parametrize("p", EXPONENTS)
@pytest.mark.parametrize("length", LENGTHS)
def test_the_whole_path_of_an_active_unit_lies_on_the_power_piece(p: str, length: int) -> None:
    c = some_constants(p, length)
    f, output, inputs = c.activation, Exact.of(c.source_output), []
    for weight in c.weights[:-1]:
        inputs.append(output * weight)
        output = inputs[-1] ** Fraction(p)
    assert output * c.weights[-1] * c.units == ONE
    assert max(inputs) == inputs[0] <= f.power_to == ONE
    assert min(inputs) >= f.power_from >= f.dead_zone
    assert (f.dead_zone == ZERO) == (f.power_from == ZERO) == (Fraction(p) > 1)


@given(st.integers(0, 2**21))
def test_the_dyadic_choice_holds_the_memory_in_numbers_that_floats_have(memory_bits: int) -> None:
    c = dyadic_constants(memory_bits)
    assert c.units >= memory_bits
    assert c.units & (c.units - 1) == 0
    assert c.units <= max(32, 2 * (memory_bits - 1))
    numbers = [*c.weights, c.control_weight, c.bit_value, c.learning_rate, Exact.of(2) / c.units]
    numbers += [value for _, value in c.activation.items()]
    for number in numbers:
        assert Fraction(number.to_float("float32", exact=True)) == number
    for number in (c.weights[0], -c.control_weight, c.bit_value, c.learning_rate):
        assert number.log2() == int(number.log2())


@pytest.mark.parametrize("memory_bits", [0, 1, 32, 33, 64, 65, 700, 1025, 4224, 100_000])
def test_the_dyadic_choice_has_the_fewest_edges_that_paths_and_weights_allow(
    memory_bits: int,
) -> None:
    def edges(units: int, length: int) -> int:
        return (memory_bits + units) * (length + 2 * BRANCH_EDGES)

    c = dyadic_constants(memory_bits)
    others = [
        edges(2 ** (length * j) // source_output, length)
        for source_output in (2, 1)
        for length in range(6, 60, 2)
        for j in range(1, 12)
        if 2 ** (length * j) // source_output >= memory_bits
    ]
    assert edges(c.units, len(c.weights)) == min(others)


@pytest.mark.parametrize(
    ("p", "units", "length", "source_output", "least"),
    [
        ("1", 31, 6, 2, 32),
        ("11/9", 1669, 6, 2, 1670),
        ("2", 815238614083298888, 6, 2, 815238614083298889),
        ("1", 127, 8, 2, 128),
        ("2", 1, 6, 1, 379625063),
    ],
)
def test_fewer_units_than_the_least_are_refused(
    p: str, units: int, length: int, source_output: int, least: int
) -> None:
    text = f"m' = {units} is below the least for p = {p} and a path of {length} edges, {least}"
    with pytest.raises(LimitError, match=f"^{re.escape(text)}$"):
        emulation_constants(Fraction(p), units, length, source_output)
    assert emulation_constants(Fraction(p), least, length, source_output).units == least


@pytest.mark.parametrize(("p", "length"), [("3", 7), ("3", 5), ("3", 4), ("8/9", 6)])
def test_paths_and_exponents_without_a_memory_unit_are_refused(p: str, length: int) -> None:
    text = f"no memory unit with p = {p} and a path of {length} edges"
    with pytest.raises(InvariantError, match=f"^{re.escape(text)}$"):
        emulation_constants(Fraction(p), 10**100, length)
