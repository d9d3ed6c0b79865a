"""The activation: its pieces, its derivative, smoothness at the joints, what is refused."""

import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from circuits.errors import InvariantError, LimitError
from compiler.activation import Activation
from compiler.exact import ONE, ZERO, Exact
from runtime.activation import FloatActivation, Piece

EXPONENTS = ["1", "11/9", "3/2", "2", "3"]
DTYPES = ["float64", "float32"]


def dead_zone_at(p: str) -> Activation:
    """Power piece from 1/16, dead zone to 1/32."""
    return Activation(Exact.of(Fraction(p)), Exact.of(Fraction(1, 32)), Exact.of(Fraction(1, 16)))


def without_dead_zone(p: str) -> Activation:
    return Activation(Exact.of(Fraction(p)), ZERO, ZERO)


ACTIVATIONS = [dead_zone_at(p) for p in EXPONENTS] + [without_dead_zone(p) for p in EXPONENTS[1:]]

every_activation = pytest.mark.parametrize(
    "activation", ACTIVATIONS, ids=lambda f: f"p={f.exponent},from={f.power_from}"
)
every_dtype = pytest.mark.parametrize("dtype", DTYPES)


def grid(low: float, high: float, dtype: str = "float64", count: int = 2001) -> Tensor:
    return torch.linspace(low, high, count, dtype=getattr(torch, dtype))


def inside(f: FloatActivation) -> list[tuple[float, float]]:
    """Intervals for x > 0 that no joint is in."""
    joints = sorted({0.0, f.dead_zone, f.power_from, f.power_to, f.plateau_from, 4.0})
    return [(a + (b - a) / 50, b - (b - a) / 50) for a, b in pairwise(joints)]


@every_activation
@every_dtype
def test_every_piece_has_its_values_and_slopes(activation: Activation, dtype: str) -> None:
    f = FloatActivation.of(activation, dtype)
    p = float(Fraction(str(activation.exponent)))
    dead, power = grid(0, f.dead_zone, dtype), grid(f.power_from, 1, dtype)
    plateau = torch.cat([grid(1.5, 100, dtype), torch.tensor([1e30], dtype=dead.dtype)])
    for x, value, slope in (
        (dead[1:] if f.power_from else dead[:0], dead[1:] * 0, dead[1:] * 0),
        (power, power**p, p * power ** (p - 1)),
        (plateau, plateau * 0 + 2, plateau * 0),
    ):
        torch.testing.assert_close(f.value(x), value[: len(x)], rtol=1e-6, atol=0)
        torch.testing.assert_close(f.derivative(x), slope[: len(x)], rtol=1e-6, atol=0)


@every_activation
@every_dtype
def test_dead_zone_and_plateau_are_flat_to_the_last_bit(activation: Activation, dtype: str) -> None:
    f = FloatActivation.of(activation, dtype)
    limits = torch.tensor([f.dead_zone, 0.0, f.plateau_from, 1e10, 3e38, float("inf")])
    x = torch.cat([limits, -limits]).to(getattr(torch, dtype))
    assert f.derivative(x).tolist() == [0.0] * len(x)
    assert f.value(x).abs().tolist() == [0, 0, 2, 2, 2, 2] * 2


@every_activation
@every_dtype
def test_it_is_odd_and_keeps_the_sign_of_zero(activation: Activation, dtype: str) -> None:
    f, x = FloatActivation.of(activation, dtype), grid(0, 4, dtype)
    assert torch.equal(f.value(-x), -f.value(x))
    assert torch.equal(f.value(-x).signbit(), torch.ones_like(x, dtype=torch.bool))
    assert torch.equal(f.derivative(-x), f.derivative(x))


@every_activation
@every_dtype
def test_it_never_falls(activation: Activation, dtype: str) -> None:
    f = FloatActivation.of(activation, dtype)
    joints = (0.0, f.dead_zone, f.power_from, f.power_to, f.plateau_from, 2.0)
    pieces = [grid(a, b, dtype) for a, b in pairwise(joints)]
    y = f.value(torch.cat(pieces))
    tolerance = 4 * torch.finfo(y.dtype).eps
    assert bool((y.diff() >= -tolerance * y[1:]).all())
    assert bool((f.derivative(torch.cat(pieces)) >= 0).all())
    assert y[0] == 0
    assert y[-1] == 2


@every_activation
def test_the_derivative_is_that_of_the_values(activation: Activation) -> None:
    f = FloatActivation.of(activation, "float64")
    for low, high in inside(f):
        x, step = grid(low, high), (high - low) * 1e-5
        difference = (f.value(x + step) - f.value(x - step)) / (2 * step)
        torch.testing.assert_close(f.derivative(x), difference, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("make", [dead_zone_at, without_dead_zone])
@pytest.mark.parametrize("p", ["2", "3"])  # autograd sees products, but not the C library's powers
def test_the_derivative_is_what_autograd_makes_of_the_values(
    make: Callable[[str], Activation], p: str
) -> None:
    f = FloatActivation.of(make(p), "float64")
    for low, high in inside(f):
        x = grid(low, high).requires_grad_()
        (slope,) = torch.autograd.grad(f.value(x).sum(), x)
        torch.testing.assert_close(f.derivative(x.detach()), slope, rtol=1e-12, atol=1e-12)


@every_activation
def test_value_and_derivative_are_continuous_at_the_joints(activation: Activation) -> None:
    f, tiny = FloatActivation.of(activation, "float64"), 1e-9
    joints = [f.dead_zone, f.power_from] * bool(f.power_from) + [f.power_to, f.plateau_from]
    for joint in joints:
        around = torch.tensor([joint - tiny, joint, joint + tiny], dtype=torch.float64)
        assert f.value(around).diff().abs().max() < 10 * tiny
        assert f.derivative(around).diff().abs().max() < 1e-5


@every_dtype
def test_every_input_is_on_the_piece_that_its_size_says(dtype: str) -> None:
    f = FloatActivation.of(dead_zone_at("1"), dtype)
    expected = {
        0.0: Piece.DEAD, 1 / 64: Piece.DEAD, 1 / 32: Piece.DEAD,
        3 / 64: Piece.BLEND,
        1 / 16: Piece.POWER, 0.5: Piece.POWER, 1.0: Piece.POWER,
        1.0000002: Piece.BLEND, 1.4999: Piece.BLEND,
        1.5: Piece.PLATEAU, 1e30: Piece.PLATEAU, float("inf"): Piece.PLATEAU,
        float("nan"): Piece.BLEND,
    }  # fmt: skip
    x = torch.tensor(list(expected), dtype=getattr(torch, dtype))
    for signed in (x, -x):
        assert f.piece(signed).tolist() == list(expected.values())
        assert f.in_blend(signed).tolist() == [p == Piece.BLEND for p in expected.values()]


@pytest.mark.parametrize(
    "changed",
    [{}, {"power_to": "3/2"}, {"plateau": "1"}, {"plateau": "3"}, {"plateau": "7/2"},
     {"plateau": "1/2"}, {"dead_zone": "0"}, {"exponent": "2"}],
    ids=str,
)  # fmt: skip
@every_dtype
def test_on_the_pieces_few_calls_give_the_same_but_for_the_sign_of_zeros(
    dtype: str, changed: dict[str, str]
) -> None:
    values = {name: Exact.of(Fraction(value)) for name, value in changed.items()}
    f = FloatActivation.of(replace(dead_zone_at("1"), **values), dtype)
    joints = torch.tensor([f.dead_zone, f.power_from, f.power_to, f.plateau_from])
    joints = joints.to(getattr(torch, dtype))
    beside = [torch.nextafter(joints, joints * 0 + end) for end in (-9.0, 9.0)]
    far = torch.tensor([0.0, 1e30, float("inf")], dtype=joints.dtype)
    x = torch.cat([joints, *beside, far, grid(0, 4, dtype)])
    x = torch.cat([x, -x])
    x = x[~f.in_blend(x)]
    y = torch.full_like(x, 9)
    f.value_on_pieces_into(x, y)
    assert torch.equal(y, f.value(x))
    y.copysign_(x)
    assert torch.equal(y.signbit(), f.value(x).signbit())


def test_without_a_dead_zone_only_zero_is_dead() -> None:
    f = FloatActivation.of(without_dead_zone("3"), "float64")
    x = torch.tensor([0.0, 5e-324, 1e-100, 1.0], dtype=torch.float64)
    assert f.piece(x).tolist() == [Piece.DEAD, Piece.POWER, Piece.POWER, Piece.POWER]
    assert f.derivative(x)[0] == 0


def test_the_paper_has_no_dead_zone_and_a_plateau_from_three_halves() -> None:
    assert [(name, str(value)) for name, value in without_dead_zone("3").items()] == [
        ("exponent", "3"),
        ("dead_zone", "0"),
        ("power_from", "0"),
        ("power_to", "1"),
        ("plateau_from", "3/2"),
        ("plateau", "2"),
    ]


def test_break_points_that_a_float_cannot_hold_are_refused() -> None:
    tiny = replace(dead_zone_at("1"), dead_zone=Exact.of(2) ** -130)
    assert FloatActivation.of(tiny, "float64").dead_zone == 2.0**-130
    text = "2^-130 = 2^-130.0 underflows float32 (normal numbers run from 2^-126 to 2^128)"
    with pytest.raises(LimitError, match=re.escape(text)):
        FloatActivation.of(tiny, "float32")


half, third = Exact.of(Fraction(1, 2)), Exact.of(Fraction(1, 3))


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"exponent": half}, "the exponent is 1/2; the construction needs p >= 1"),
        ({"dead_zone": -half}, "break points out of order: Activation(exponent=1, dead_zone=-1/2"),
        ({"dead_zone": half, "power_from": third}, "break points out of order: "),
        ({"power_from": ONE * 2}, "break points out of order: "),
        ({"plateau_from": half}, "break points out of order: "),
        (
            {"dead_zone": half, "power_from": half},
            "no room for the blend between dead zone and power piece",
        ),
        (
            {"dead_zone": ZERO, "power_from": ZERO},
            "f'(0) would be 1: an exponent of 1 needs a dead zone",
        ),
    ],
)
def test_break_points_that_make_no_activation_are_refused(
    changed: dict[str, Exact], text: str
) -> None:
    with pytest.raises(InvariantError, match=f"^{re.escape(text)}"):
        replace(dead_zone_at("1"), **changed)
