"""The checker's cell against the compiler's: two derivations, the same noise to twelve bits."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache

import pytest

from circuits.errors import InvariantError, LimitError
from compiler.noise_constants import NoiseConstants, printed_noise_constants
from compiler.noise_margin import binding, guaranteed_noise
from compiler.wide_constants import wide_noise_constants
from runtime.check.activation import Activation
from runtime.check.cell import CellConstants, NoisyActivation, check_cell
from runtime.check.files import RefusedError
from runtime.check.gates import Flat, answer_margin
from runtime.check.monomial import Monomial

FACTORS = ("31/32", "33/32", "3/4", "5/4", "1/2")
NAMES = (
    "read_weight", "state_weight", "state_bias", "control_weight", "control_primed_weight",
    "output_control_weight", "answer_weight", "learning_rate",
)  # fmt: skip
PIECES = ("dead_zone", "power_from", "power_to", "plateau_from")


def bears(c: NoiseConstants, inputs: int, noise: Fraction) -> bool:
    """The checker's verdict on a cell, and on voc[T], the control vertex with the largest load."""
    names = ("state_weight", "state_bias", "read_weight", *NAMES[3:7])
    cell = CellConstants(
        [Monomial.parse(str(w)) for w in c.weights],
        *(Monomial.parse(str(getattr(c, name))) for name in names),
    )
    texts = {name: str(value) for name, value in c.activation.items()}
    rate = Monomial.parse(str(c.learning_rate))
    f = Activation.parse(texts)
    pieces = NoisyActivation(f)
    voc = [
        ((both, either), Fraction(2 * (both + either - 1)), (bool(both), bool(either)))
        for both, either in ((0, 0), (0, 1), (1, 1))
    ]
    try:
        check_cell(cell, f, rate, inputs, noise)
        answer_margin(voc, Flat(pieces.dead, pieces.plateau, f), 4 * noise)
    except RefusedError:
        return False
    return True


@cache
def constants(preset: str, inputs: int) -> NoiseConstants:
    if preset == "wide":
        return wide_noise_constants(inputs)
    return printed_noise_constants(Fraction(preset), inputs)


def perturbed(c: NoiseConstants, factor: Fraction) -> dict[str, NoiseConstants]:
    """One constant multiplied."""
    found = {name: replace(c, **{name: getattr(c, name) * factor}) for name in NAMES}
    for i, weight in enumerate(c.weights):
        weights = (*c.weights[:i], weight * factor, *c.weights[i + 1 :])
        found[f"w_{i}"] = replace(c, weights=weights)
    for name in PIECES:
        end = getattr(c.activation, name) * factor
        try:
            found[name] = replace(c, activation=replace(c.activation, **{name: end}))
        except InvariantError:  # the pieces are out of order
            continue
    return found


@pytest.mark.parametrize(
    ("preset", "inputs"), [("wide", 1), ("wide", 4), ("1", 3), ("2", 2), ("3", 2), ("3/2", 1)]
)
def test_the_checker_finds_the_noise_that_the_compiler_guarantees(preset: str, inputs: int) -> None:
    c = constants(preset, inputs)
    noise = guaranteed_noise(c, inputs)
    assert bears(c, inputs, noise)
    assert bears(c, inputs, noise / 2)
    assert not bears(c, inputs, noise * (1 + Fraction(1, 2**11)))


@pytest.mark.parametrize("factor", FACTORS)
def test_both_find_the_same_noise_whichever_constant_is_another(factor: str) -> None:
    """Whatever binds then: so noise counts alike in every inequality."""
    for name, c in perturbed(constants("wide", 2), Fraction(factor)).items():
        try:
            noise = guaranteed_noise(c, 2)
        except LimitError:
            assert not bears(c, 2, Fraction(0)), name
            continue
        assert bears(c, 2, noise), name
        assert not bears(c, 2, noise * (1 + Fraction(1, 2**10))), (name, binding(c, 2))


def test_no_noise_is_negative() -> None:
    assert not bears(constants("wide", 1), 1, Fraction(-1, 100))


SPECIAL = [
    {"read_weight": "55/256"}, {"state_weight": "1/4", "state_bias": "1/4"},
    {"control_weight": "15/8"}, {"answer_weight": "71/64"}, {"output_control_weight": "5/4"},
    {"learning_rate": "61/64", "control_primed_weight": "61/64"},
    {"learning_rate": "59/64", "control_primed_weight": "55/64"},
    {"plateau_from": "9/8"}, {"power_to": "15/16"}, {"power_from": "65/64", "w_0": "65/64"},
]  # fmt: skip
"""Factors of constants that make something else bind."""


def test_every_kind_of_inequality_is_compared() -> None:
    bound = set[str]()
    for factors in SPECIAL:
        c = constants("wide", 2)
        for name, factor in factors.items():
            c = perturbed(c, Fraction(factor))[name]
        noise = guaranteed_noise(c, 2)
        assert bears(c, 2, noise), factors
        assert not bears(c, 2, noise * (1 + Fraction(1, 2**10))), (factors, binding(c, 2))
        bound |= {name.partition(":")[0] for name in binding(c, 2)}
    assert bound == {"hold", "write", "kept +1", "kept -1", "gates", "answer"}
