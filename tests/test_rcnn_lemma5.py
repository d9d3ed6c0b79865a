"""Lemma 5: random finite functions, with their values and all partial derivatives, exactly."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circuits.errors import SourceError
from compiler.rcnn.lemma5 import Germ, interpolate
from compiler.rcnn.rationals import Rationals

Function = dict[tuple[Fraction, ...], Germ]


@st.composite
def functions(draw: st.DrawFn) -> Function:
    """Of 1 to 3 inputs and outputs, with few different numbers."""
    inputs, outputs = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    number = st.sampled_from([Fraction(n, d) for n in range(-3, 4) for d in (1, 2, 7)])
    points = draw(st.lists(st.tuples(*[number] * inputs), min_size=1, max_size=12, unique=True))
    value = st.tuples(*[number] * outputs)
    row = st.tuples(*[st.sampled_from([Fraction(n) for n in (0, 1, 1, -2)])] * inputs)
    germ = st.builds(Germ, value, st.tuples(*[row] * outputs))
    return {point: draw(germ) for point in points}


@given(functions())
def test_the_net_has_the_values_and_jacobians(function: Function) -> None:
    found = interpolate(function)
    evaluated = found.net(Rationals.of([list(point) for point in function]))
    germs = function.values()
    assert evaluated.values.fractions() == [list(germ.value) for germ in germs]
    due = [[list(row) for row in germ.jacobian] for germ in germs]
    assert evaluated.jacobian.fractions() == due
    assert evaluated.margin > 0
    assert all(size <= bound for size, bound in zip(found.relus, found.bound, strict=True))
    assert all(n <= most for n, most in zip(found.weights, found.weights_bound, strict=True))


def test_sizes_on_a_product_are_those_of_the_lemma() -> None:
    """XOR with the gradient of one input let through: 4 points, 2 inputs."""
    points = list(product((Fraction(0), Fraction(1)), repeat=2))
    function: Function = {
        (a, b): Germ(((a + b) % 2,), ((Fraction(1), Fraction(0)),)) for a, b in points
    }
    found = interpolate(function)
    assert found.points == 4
    assert found.bound == (10 * 2 * 4, 6 * 2 * 1 * 4)
    assert found.relus == (4 * 2 * 2 * 2, 2 * 2 * 4)
    assert len(found.net.maps) == 5
    distinct = len(found.net.distinct() | {Fraction(0)})
    assert distinct <= 24 * 2 + 5


def test_a_changed_weight_changes_the_function() -> None:
    """The check above can fail: a value off by the change of one bias."""
    zero, one = Fraction(0), Fraction(1)
    function: Function = {(zero,): Germ((one,), ((zero,),)), (one,): Germ((zero,), ((one,),))}
    wrong = dict(function)
    wrong[one,] = Germ((one,), ((one,),))
    inputs = Rationals.of([[0], [1]])
    right = interpolate(function).net(inputs)
    assert interpolate(wrong).net(inputs).values.fractions() != right.values.fractions()
    assert right.values.fractions() == [[1], [0]]
    assert right.jacobian.fractions() == [[[0]], [[1]]]


def test_what_is_no_function_is_refused() -> None:
    zero = Fraction(0)
    germ = Germ((zero,), ((zero,),))
    with pytest.raises(SourceError, match="a function without points"):
        interpolate({})
    with pytest.raises(SourceError, match="has other sizes than the first"):
        interpolate({(zero,): germ, (zero, zero): germ})
    with pytest.raises(SourceError, match="has other sizes than the first"):
        interpolate({(zero,): germ, (Fraction(1),): Germ((zero,), ((zero, zero),))})
    with pytest.raises(SourceError, match="has other sizes than the first"):
        interpolate({(): Germ((zero,), ((),))})
