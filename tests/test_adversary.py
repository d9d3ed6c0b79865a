"""The search for the worst noise reaches the bound that exact inequalities give."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
import pytest
from noise_cell import Cell, linear_cell
from numpy.typing import NDArray

from circuits.errors import InvariantError
from compiler.activation import Activation
from compiler.exact import ZERO, Exact
from runtime.double_double.trainer import DoubleDoubleTrainer
from runtime.noise.adversary import PieceDamage, worst_pattern
from runtime.noise.models import Pattern
from runtime.settings import Settings
from runtime.trainer import TorchTrainer

WEIGHTS = tuple(Fraction(w, 256) for w in (154, 253, 253, 205, 107))
HIGHEST, PLATEAU = Fraction(5, 4), Fraction(3, 2)


def margins(
    eps: Fraction, weights: tuple[Fraction, ...], dead: Fraction, start: Fraction
) -> list[Fraction]:
    """How far each condition of a linear cell is from violation, for the worst noise."""
    low, high = [w - eps for w in weights], [w + eps for w in weights]
    signal, contribution = prod(weights[:4]), prod(weights)
    rate = weights[3] ** 2 / contribution
    off = max(prod(high) - contribution, contribution - prod(low)) + 2 * eps  # of the output
    found = [
        dead - 2 * eps - max(prod(high[:4]) - signal, signal - prod(low[:4])),
        prod(low[:4]) - start,
        min(Fraction(1, 2) - off - start, HIGHEST - Fraction(1, 2) - off),
    ]
    for error, kept in ((1, 1), (3, -1)):  # of label 1 and -1: the write adds, or takes thrice
        after = []
        for i in range(4):
            less = rate * prod(low[:i] + low[i + 1 :]) * (error - 2 * off)
            more = rate * prod(high[:i] + high[i + 1 :]) * (error + 2 * off)
            after.append((less + kept * weights[i] - eps, more + kept * weights[i] + eps))
        found += [after[0][0] - PLATEAU, *(2 * after[i][0] - PLATEAU for i in (1, 2))]
        found += [dead - 2 * eps - max(abs(2 * w - 4 * weights[3]) for w in after[3])]
    return found


CELLS = {
    "the signal in the write": (WEIGHTS, Fraction(110, 256), Fraction(115, 256)),
    "silence after the write": (WEIGHTS, Fraction(100, 256), Fraction(105, 256)),
}


def guaranteed(case: str) -> Fraction:
    low, high = Fraction(0), Fraction(1, 16)
    while high - low > Fraction(1, 2**16):
        middle = (low + high) / 2
        safe = min(margins(middle, *CELLS[case])) > 0
        low, high = (middle, high) if safe else (low, middle)
    return low


def worst(cell: Cell, label: int, bound: float) -> tuple[Pattern, float]:
    net = cell.net
    damage = PieceDamage(
        net,
        lambda: DoubleDoubleTrainer(net, net.learning_rate),
        [(sample, label) for sample in cell.samples],
        bound,
    )
    return worst_pattern(damage, range(net.edges), (0, 1), net.edges)


def test_each_cell_is_limited_by_another_condition() -> None:
    limits = []
    for case in CELLS:
        found = margins(guaranteed(case), *CELLS[case])
        limits.append(found.index(min(found)))
    assert limits == [1, 10]


@pytest.mark.slow
@pytest.mark.parametrize("case", CELLS)
def test_the_search_violates_a_condition_just_above_the_guaranteed_bound(case: str) -> None:
    cell, bound = linear_cell(*CELLS[case]), float(guaranteed(case))
    assert worst(cell, -1, 0.99 * bound)[1] < 0
    pattern, damage = worst(cell, -1, 1.03 * bound)
    assert damage > 0
    assert set(pattern.signs[list(cell.path[:4])].tolist()) <= {1, -1, 0}
    assert pattern.signs[list(cell.path[:4])].any()


def test_the_search_finds_what_random_signs_do_not() -> None:
    cell = linear_cell(*CELLS["silence after the write"])
    net, bound = cell.net, 1.03 * float(guaranteed("silence after the write"))
    lesson = [(sample, -1) for sample in cell.samples]
    damage = PieceDamage(net, lambda: DoubleDoubleTrainer(net, net.learning_rate), lesson, bound)
    rng = np.random.default_rng(0)
    for _ in range(200):
        signs = (2 * rng.integers(0, 2, net.edges) - 1).astype(np.int8)
        assert damage(Pattern(signs, rng.integers(0, 2, net.edges))).max() < 0


def test_damage_is_the_same_in_float64() -> None:
    cell = linear_cell(*CELLS["silence after the write"])
    lesson = [(sample, 1) for sample in cell.samples]
    starts: list[Callable[[], Any]] = [
        lambda: DoubleDoubleTrainer(cell.net, cell.net.learning_rate),
        lambda: TorchTrainer(cell.net, Settings()),
    ]
    pattern = Pattern(np.ones(cell.net.edges, np.int8), np.zeros(cell.net.edges, np.int64))
    for size in (0.001, 0.1):
        pairs, floats = (PieceDamage(cell.net, start, lesson, size)(pattern) for start in starts)
        np.testing.assert_allclose(pairs, floats, atol=1e-9)
        assert (pairs.max() > 0) == (size == 0.1)


def test_a_run_that_overflows_is_damage_without_end() -> None:
    cell = linear_cell(*CELLS["silence after the write"])
    lesson = [(sample, 1) for sample in cell.samples]
    huge = PieceDamage(
        cell.net, lambda: DoubleDoubleTrainer(cell.net, cell.net.learning_rate), lesson, 2.0**989
    )
    pattern = Pattern(np.ones(cell.net.edges, np.int8), np.zeros(cell.net.edges, np.int64))
    damage = huge(pattern).reshape(cell.steps, -1)
    assert (damage[0] < 0).all()  # before any noise
    assert np.isinf(damage[1:]).all()


def test_the_search_is_exact_where_damage_is_linear_and_finds_the_worst_condition() -> None:
    rng = np.random.default_rng(1)
    slopes = rng.standard_normal((3, 4, 6))  # by step, condition, edge

    def damage(pattern: Pattern) -> NDArray[np.float64]:
        chosen = slopes[pattern.steps, :, np.arange(6)]  # by edge, condition
        found: NDArray[np.float64] = pattern.signs @ chosen - 5
        return found

    pattern, size = worst_pattern(damage, range(6), (0, 1, 2), 6)
    most = np.abs(slopes).max(0).sum(1) - 5
    assert size == pytest.approx(most.max())
    assert damage(pattern).max() == size
    again, same = worst_pattern(damage, range(6), (0, 1, 2), 6)
    assert same == size
    assert (again.signs == pattern.signs).all()
    assert (again.steps == pattern.steps).all()
    only, less = worst_pattern(damage, [2, 4], (1,), 6)
    assert only.signs[[0, 1, 3, 5]].tolist() == [0] * 4
    assert less < size


def test_where_kicks_only_help_there_are_none() -> None:
    def damage(pattern: Pattern) -> NDArray[np.float64]:
        return np.array([-1.0 - np.abs(pattern.signs).sum()])

    pattern, size = worst_pattern(damage, range(4), (0,), 4)
    assert size == -1
    assert not pattern.signs.any()


def test_a_net_without_a_dead_zone_is_refused() -> None:
    net = linear_cell(*CELLS["silence after the write"]).net
    open_net = replace(net, activation=Activation(Exact.of(3), ZERO, ZERO))
    with pytest.raises(InvariantError, match="without a dead zone"):
        PieceDamage(open_net, lambda: TorchTrainer(open_net, Settings()), [], 0.1)
