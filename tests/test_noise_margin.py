"""The guaranteed noise: it holds against the worst done to a cell, and little more would."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from cell_under_noise import EDGES, Noise, slacks

from circuits.errors import LimitError
from compiler.activation import Activation
from compiler.exact import Exact
from compiler.noise_conditions import Inequality
from compiler.noise_constants import NoiseConstants, printed_noise_constants
from compiler.noise_margin import binding, gate_scale, guaranteed_noise, inequalities
from compiler.wide_constants import wide_noise_constants

ONE = Fraction(1)

PAPER = Fraction(1, 2**134 * 3**11)
"""Epsilon of Lemma 4. Lemma 6 also wants epsilon <= 2^77 3^15 / n, so that what n cells that are
being set bring to the output, each off by at most 2^-201 3^-27 epsilon, is within epsilon' / 6."""

CASES = [(wide_noise_constants(n), n) for n in (1, 3, 4, 8, 16)]
CASES += [(printed_noise_constants(ONE, n), n) for n in (1, 4)]
NAMES = [f"{'wide' if c.saturates else 'printed'} {n}" for c, n in CASES]


def rational(value: Exact) -> Fraction:
    found = value.rational()
    assert found is not None
    return found


def corners() -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Signs of the noise before and after the step that sets the cell, by edge.

    Each edge is given all its noise at once, in either direction, at the time when it counts; those
    of the path, which count at both, at either.
    """
    for path in product((1, -1, 2, -2), repeat=5):
        for others in product((1, -1), repeat=3):
            before = (*(x if abs(x) == 1 else 0 for x in path), *others)
            yield before, (*(x // 2 if abs(x) == 2 else 0 for x in path), 0, 0, 0)


BEFORE, AFTER = (np.array(signs) for signs in zip(*corners(), strict=True))


def noise_of(signs: np.ndarray, noise: Any) -> Noise:
    """One or many patterns; signs have one column, or entry, an edge."""
    columns = signs.T.tolist() if signs.ndim == 1 else signs.T
    return {edge: column * noise for edge, column in zip(EDGES, columns, strict=True)}


def worst(constants: NoiseConstants, inputs: int, noise: Fraction) -> dict[str, Fraction]:
    """By statement: its exact slack under the corner that is worst for it."""
    found: dict[str, Fraction] = {}
    for label in (1, -1):
        size = float(noise)
        estimates = slacks(
            constants, inputs, label, noise_of(BEFORE, size), noise_of(AFTER, size),
            lambda value: float(rational(value)),
        )  # fmt: skip
        for name, values in estimates.items():
            k = int(np.argmin(values))
            exact = slacks(
                constants, inputs, label, noise_of(BEFORE[k], noise), noise_of(AFTER[k], noise),
                rational,
            )  # fmt: skip
            found[f"{name}, label {label}"] = exact[name]
    return found


@pytest.mark.parametrize(("constants", "inputs"), CASES, ids=NAMES)
def test_no_corner_within_the_guaranteed_noise_moves_a_cell_off_its_pieces(
    constants: NoiseConstants, inputs: int
) -> None:
    found = worst(constants, inputs, guaranteed_noise(constants, inputs))
    assert len(found) == 2 * (15 if constants.saturates else 18)
    assert {name: slack for name, slack in found.items() if slack < 0} == {}


@pytest.mark.parametrize(("constants", "inputs"), CASES, ids=NAMES)
def test_some_corner_does_with_an_eighth_more_noise(constants: NoiseConstants, inputs: int) -> None:
    more = guaranteed_noise(constants, inputs) * Fraction(9, 8) * Fraction(1001, 1000)
    assert min(worst(constants, inputs, more).values()) < 0


@pytest.mark.parametrize(("constants", "inputs"), CASES[:4], ids=NAMES[:4])
def test_no_random_noise_within_the_bound_does_whenever_it_comes(
    constants: NoiseConstants, inputs: int
) -> None:
    rng, size = np.random.default_rng(0), float(guaranteed_noise(constants, inputs))
    before = rng.uniform(-1, 1, (20_000, len(EDGES)))
    after = rng.uniform(-1, 1, before.shape) * (1 - np.abs(before))
    for label in (1, -1):
        found = slacks(
            constants, inputs, label, noise_of(before, size), noise_of(after, size),
            lambda value: float(rational(value)),
        )  # fmt: skip
        assert min(np.min(values) for values in found.values()) > 0


@pytest.mark.parametrize("exponent", [3, 2])
def test_printed_cells_bear_the_guaranteed_noise_too(exponent: int) -> None:
    constants, inputs = printed_noise_constants(Fraction(exponent), 4), 4
    noise = guaranteed_noise(constants, inputs)
    rng = random.Random(exponent)
    with localcontext() as context:
        context.prec = 150
        size = Decimal(noise.numerator) / noise.denominator
        for _ in range(100):
            k, label = rng.randrange(len(BEFORE)), rng.choice((1, -1))
            found = slacks(
                constants, inputs, label, noise_of(BEFORE[k], size), noise_of(AFTER[k], size),
                decimal,
            )  # fmt: skip
            assert min(found.values()) > 0


def decimal(value: Exact) -> Decimal:
    """To the precision of the context."""
    result = Decimal(value.sign)
    for base, e in value.powers:
        result *= (Decimal(base).ln() * e.numerator / e.denominator).exp()
    return result


def test_the_papers_bound_is_on_the_safe_side() -> None:
    constants = printed_noise_constants()
    for inputs in (1, 1000, 10**12):
        noise = guaranteed_noise(constants, inputs)
        assert PAPER < noise < 2**15 * PAPER
        assert all(c.slack >= 0 for c in inequalities(constants, inputs, PAPER))
        # What noise of 3 or 4 edges brings to a control vertex has to be in the dead zone.
        assert binding(constants, inputs) == ("gates: control vertices at 0",)
        assert noise <= rational(constants.activation.dead_zone) / 4 < noise * Fraction(1001, 1000)


@pytest.mark.parametrize(("constants", "inputs"), CASES, ids=NAMES)
def test_the_guarantee_is_the_last_noise_for_which_every_inequality_holds(
    constants: NoiseConstants, inputs: int
) -> None:
    noise = guaranteed_noise(constants, inputs)
    assert noise.denominator & (noise.denominator - 1) == 0
    assert noise.numerator < 2**12
    unit = Fraction(1, 2**12) * noise
    assert failing(inequalities(constants, inputs, noise)) == set()
    assert failing(inequalities(constants, inputs, noise + 2 * unit)) != set()
    assert set(binding(constants, inputs)) == failing(
        inequalities(constants, inputs, noise * Fraction(1001, 1000))
    )


@pytest.mark.parametrize(("constants", "inputs"), CASES, ids=NAMES)
def test_every_inequality_fails_the_more_the_more_noise_there_is(
    constants: NoiseConstants, inputs: int
) -> None:
    noise = guaranteed_noise(constants, inputs)
    sizes = [inequalities(constants, inputs, k * noise / 4) for k in range(6)]
    for same in zip(*sizes, strict=True):
        assert len({c.name for c in same}) == 1
        slack = [c.slack for c in same]
        assert slack == sorted(slack, reverse=True)


def failing(found: tuple[Inequality, ...]) -> set[str]:
    return {c.name for c in found if c.slack < 0}


def tampered(c: NoiseConstants) -> Iterator[NoiseConstants]:
    """The constants with one of them, or one break point, made larger or smaller."""
    for factor in (Fraction(1, 2**60), Fraction(1, 4), Fraction(1, 2), Fraction(3, 2), 2, 4, 2**60):
        for i in range(5):
            weights = (*c.weights[:i], c.weights[i] * factor, *c.weights[i + 1 :])
            yield replace(c, weights=weights)
        for name in (
            "read_weight", "state_weight", "state_bias", "control_weight",
            "control_primed_weight", "output_control_weight", "answer_weight", "learning_rate",
        ):  # fmt: skip
            yield replace(c, **{name: getattr(c, name) * factor})
    yield replace(c, output_control_weight=-c.output_control_weight * 4)
    f = c.activation
    parts = dict(f.items())
    for name, value in (
        ("dead_zone", f.dead_zone / 2**80),
        ("power_to", f.power_from),
        ("power_to", Exact.of(100)),
        ("plateau_from", Exact.of(100)),
    ):
        changed = parts | {name: value}
        if name == "power_to":
            changed["plateau_from"] = max(f.plateau_from, value)
        yield replace(c, activation=Activation(**changed))


@pytest.mark.parametrize("saturates", [True, False])
def test_every_inequality_can_fail(saturates: bool) -> None:
    constants, inputs = next((c, n) for c, n in CASES if c.saturates is saturates and n == 4)
    noise = guaranteed_noise(constants, inputs)
    every = {c.name for c in inequalities(constants, inputs, noise)}
    seen: set[str] = set()
    for wrong in tampered(constants):
        seen |= failing(inequalities(wrong, inputs, noise))
    assert seen == every
    assert len(every) == (35 if saturates else 41)


def test_constants_that_are_wrong_without_noise_are_refused() -> None:
    wrong = replace(wide_noise_constants(3), read_weight=Exact.of(1))
    text = "^no net for 3 input bits: without any noise gates: vr of an unset cell$"
    with pytest.raises(LimitError, match=text):
        guaranteed_noise(wrong, 3)
    text = "^no net for 4 input bits: without any noise kept \\+1: v1 is on the plateau$"
    with pytest.raises(LimitError, match=text):
        guaranteed_noise(wide_noise_constants(3), 4)


def test_gates_are_scaled_so_that_noise_on_all_their_edges_leaves_them_on_the_plateau() -> None:
    constants = wide_noise_constants(4)
    noise, end = guaranteed_noise(constants, 4), rational(constants.activation.plateau_from)
    scales = [gate_scale(constants, noise, load) for load in range(1, 2000)]
    assert scales == sorted(scales)
    assert {1, 2, 16} < set(scales)
    for load, scale in enumerate(scales, start=1):
        assert scale & (scale - 1) == 0
        assert 2 * scale - 4 * load * noise >= end
        assert scale == 1 or scale - 4 * load * noise < end  # half of it would not do
    # Lemma 5: with a bound of 1/12 and fan-in 2 no scale is needed; the load is 2 + 2 + 1.
    assert gate_scale(printed_noise_constants(), Fraction(1, 4 * 12), 5) == 1
