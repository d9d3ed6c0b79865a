"""Intervals for the step that sets a cell: right without noise, and wide enough for any noise."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from noise_nets import noise_net

from compiler.enclosure import Enclosure
from compiler.noise_bounds import cell_bounds
from runtime.restarts import Restarts
from runtime.settings import Settings

NET = noise_net("parity:bits=3", 2)
GUARANTEED = NET.noise.rational() or Fraction(0)


def near(interval: Enclosure, value: float) -> bool:
    return float(interval.high - interval.low) == 0 and float(interval.low) == pytest.approx(value)


def test_without_noise_the_printed_weights_double_or_turn_around() -> None:
    bounds = cell_bounds(noise_net("parity:bits=3", 2, "printed"), Fraction(0))
    for label, factor in ((1, 1), (-1, 3)):
        for weight, update in zip(bounds.built[:5], bounds.updates[label][:5], strict=True):
            assert abs(update.low / (factor * weight.low) - 1) < Fraction(1, 10**80)
            assert abs(update.high / (factor * weight.high) - 1) < Fraction(1, 10**80)
    assert abs(bounds.output.low - Fraction(1, 2)) < Fraction(1, 10**80)
    assert bounds.exponents == 1 + 3 + 9 + 27 + 81


def test_without_noise_the_wide_intervals_are_what_sgd_does() -> None:
    bounds, run = cell_bounds(NET, Fraction(0)), Restarts(NET, Settings()).start()
    built = run.weights.copy()
    (output,) = run.forward_backward([[-1, -1, -1]], [-1])
    run.update()
    cell = NET.cells.set_by(0, np.zeros(3, np.int64))[0]
    assert near(bounds.output, float(output))
    assert near(bounds.v4, float(run.values[NET.edge_source[NET.cells.path[cell, 4]]]))
    edges = [*NET.cells.path[cell], NET.cells.output_control[0]]
    moved = built[edges] - run.weights[edges]
    assert all(near(*pair) for pair in zip(bounds.updates[-1], moved.tolist(), strict=True))


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    share=st.sampled_from([0.1, 0.5, 1.0]),
    label=st.sampled_from([1, -1]),
)
def test_whatever_noise_does_is_inside(seed: int, share: float, label: int) -> None:
    """Noise of full size and random signs, on every weight, before the step."""
    noise = GUARANTEED * Fraction(share)
    bounds, run = cell_bounds(NET, noise), Restarts(NET, Settings()).start()
    built = run.weights.copy()
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], NET.edges)
    run.perturb(float(noise) * signs)
    (output,) = run.forward_backward([[1, -1, 1]], [label])
    before = run.weights.copy()
    run.update()
    assert bounds.output.low < output < bounds.output.high
    for cell in NET.cells.set_by(0, np.array([1, 0, 1])):
        edges = [*NET.cells.path[cell], NET.cells.output_control[0]]
        for edge, update in zip(edges, bounds.updates[label], strict=True):
            assert update.low < label * (run.weights[edge] - before[edge]) < update.high
    assert (abs(before - built) <= float(noise) * 1.001).all()


def test_the_intervals_are_not_much_wider_than_what_noise_does() -> None:
    """All weights of a cell off in the same direction reach most of the way to an end."""
    bounds, run = cell_bounds(NET, GUARANTEED), Restarts(NET, Settings()).start()
    noise = np.zeros(NET.edges)
    noise[NET.cells.path] = noise[NET.cells.output_control] = -float(GUARANTEED)
    run.perturb(noise)
    (output,) = run.forward_backward([[1, -1, 1]], [1])
    low, middle = float(bounds.output.low), float(bounds.output.low + bounds.output.high) / 2
    assert (middle - output) / (middle - low) > 0.9


def test_more_noise_makes_wider_intervals() -> None:
    less, more = (cell_bounds(NET, GUARANTEED * k) for k in (1, 2))
    assert more.output.low < less.output.low < less.output.high < more.output.high
    for label in (1, -1):
        for inner, outer in zip(less.updates[label], more.updates[label], strict=True):
            assert outer.low < inner.low < inner.high < outer.high
