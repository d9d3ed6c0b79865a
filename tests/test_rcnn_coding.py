"""The values of cells: what the paper says, told apart, and the same in every scale."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from rcnn_machines import BORDERS, SMALL, random_machine

from circuits.errors import LimitError
from circuits.machines.machine import Machine
from compiler.rcnn.cells import Cell, Phase, described
from compiler.rcnn.codes import balanced, state_codes, symbol_codes
from compiler.rcnn.coding import Coding, Scale
from compiler.rcnn.initial import input_grid, layers_needed, memory, with_dummy

THIRD, NINTH = Fraction(1, 3), Fraction(1, 9)
SYMBOL, STATE = {name: i for i, name in enumerate(BORDERS.symbols)}, BORDERS.states.index


def test_values_are_those_of_the_paper() -> None:
    coding = Coding.of(BORDERS, Scale.BASE3)
    value, blank, plus, minus = coding.value, SYMBOL["_"], SYMBOL["0"], SYMBOL["1"]
    assert value(None) == Fraction(1, 6)
    assert value(Cell(blank, Phase.UNKNOWN)) == 0
    assert value(Cell(blank, Phase.UNKNOWN, workspace=True)) == 1
    assert [value(Cell(s, Phase.UNKNOWN)) for s in (plus, minus)] == [THIRD, -THIRD]
    assert value(Cell(blank, Phase.MEMORY)) == -NINTH
    assert value(Cell(minus, Phase.COMPUTING)) == -THIRD + NINTH
    start = Cell(plus, Phase.COMPUTING, BORDERS.start)
    assert value(start) == THIRD + NINTH + Fraction(1, 27)
    digits = {(3 * 81 * (value(start._replace(state=q)) - value(start))) for q in range(4)}
    assert digits <= set(range(-4, 4))  # two digits after the head's, not both 1
    assert len(digits) == 4


@pytest.mark.parametrize(
    "machine", [*SMALL, *(random_machine(n, n, n % 9 + 1) for n in range(1, 12))]
)
@pytest.mark.parametrize("scale", Scale)
def test_different_cells_have_different_values(machine: Machine, scale: Scale) -> None:
    coding = Coding.of(machine, scale)
    states, symbols = len(machine.states), len(machine.symbols)
    assert len(coding.cells) == 4 + len(coding.samples) + (symbols + 1) * (states + 1)
    assert len(coding.number) == len(coding.cells)
    unit = coding.weights[-1]
    assert min(b - a for a, b in pairwise(coding.values)) >= unit
    cells = [value for value, cell in zip(coding.values, coding.cells, strict=True) if cell]
    assert all((value / unit).denominator == 1 for value in cells)
    assert scale is Scale.BASE3 or unit == 1
    near = min(abs(value - coding.padding) for value in cells)
    assert near >= Fraction(3, 2) * unit


@pytest.mark.parametrize("machine", SMALL)
def test_the_scales_are_proportional_and_in_the_same_order(machine: Machine) -> None:
    exact, integer = (Coding.of(machine, scale) for scale in (Scale.BASE3, Scale.INTEGER))
    rounded = Coding.of(machine, Scale.BASE3, Fraction(1, 2**16))
    factor = 1 / exact.weights[-1]
    assert exact.cells == integer.cells == rounded.cells
    assert [value * factor for value in exact.values] == list(integer.values)
    assert max(abs(a - b) for a, b in zip(exact.values, rounded.values, strict=True)) < 2**-13
    assert all((value * 2**16).denominator == 1 for value in rounded.values)


def test_too_coarse_a_lattice_is_refused() -> None:
    message = "3 states need 6 digits in base 3, which multiples of 1/128 do not tell apart"
    with pytest.raises(LimitError, match=re.escape(message)):
        Coding.of(random_machine(0, 3), Scale.BASE3, Fraction(1, 128))


def test_numbers_are_read_back_within_the_margin_and_not_beyond() -> None:
    coding = Coding.of(BORDERS, Scale.INTEGER)
    numbers = np.arange(len(coding.cells))
    values, margin = coding.floats(numbers), float(coding.margin)
    for off in (0.0, 0.99 * margin, -0.99 * margin):
        assert (coding.numbers(values + off) == numbers).all()
    assert (coding.numbers(values + margin) == -1).all()
    assert coding.numbers(np.array([np.nan, np.inf, -1e9])).tolist() == [-1, -1, -1]


@pytest.mark.parametrize("digits", [1, 2, 3])
def test_balanced_digits_stand_for_their_number(digits: int) -> None:
    most = 3**digits // 2
    for code in range(-most, most + 1):
        weights = [3**i for i in reversed(range(digits))]
        assert sum(d * w for d, w in zip(balanced(code, digits), weights, strict=True)) == code
    with pytest.raises(ValueError, match="more digits"):
        balanced(most + 1, digits)


@pytest.mark.parametrize("states", [1, 2, 7, 8, 9, 26, 27])
def test_state_codes_leave_out_the_one_beside_the_padding(states: int) -> None:
    machine = random_machine(states, states)
    codes, digits = state_codes(machine)
    assert codes[machine.start] == 0
    assert len(set(codes)) == states
    assert -(3**digits // 2) <= min(codes) <= max(codes) < 3**digits // 2


@pytest.mark.parametrize("symbols", range(1, 10))
def test_samples_are_a_third_whatever_the_alphabet(symbols: int) -> None:
    codes, digits = symbol_codes(symbols, 0)
    assert codes[0] == 0
    assert len(set(codes)) == symbols
    assert [Fraction(code, 3**digits) for code in codes[1:3]] == [THIRD, -THIRD][: symbols - 1]


def test_cells_have_names() -> None:
    cells = [
        None,
        Cell(0, Phase.MEMORY),
        Cell(0, Phase.UNKNOWN),
        Cell(1, Phase.UNKNOWN),
        Cell(0, Phase.UNKNOWN, workspace=True),
        Cell(0, Phase.COMPUTING, 2, workspace=True),
    ]
    assert [described(BORDERS, cell) for cell in cells] == [
        "padding",
        "memory",
        "not memorised",
        "sample '0'",
        "workspace",
        f"'_' of the workspace with the head in {BORDERS.states[2]}",
    ]


def test_memory_is_written_row_by_row() -> None:
    samples, labels = np.array([[1, -1], [-1, -1]]), np.array([-1, 1])
    shown, targets = with_dummy(samples, labels)
    assert (shown.tolist(), targets.tolist()) == ([[1, -1], [-1, -1], [1, 1]], [-1, 1, 1])
    rows = [[-1, 1, -1], [-1, -1, 1], [1, 1, 1]]
    for steps in range(4):
        due = [row if i < steps else [0, 0, 0] for i, row in enumerate(rows)]
        assert memory(samples, labels, steps).tolist() == due


def test_the_input_is_in_xor_form_beside_the_workspace() -> None:
    coding = Coding.of(BORDERS, Scale.BASE3)
    samples, labels, query = np.array([[1, -1]]), np.array([-1]), np.array([-1, -1])
    grid = input_grid(coding, memory(samples, labels, 2), query, workspace=2)
    assert coding.floats(grid).tolist() == [
        [1 / 3, -1 / 3, -1 / 3, 1, 1],
        [-1 / 3, -1 / 3, 1 / 3, 1, 1],
    ]


def test_layers_needed_is_what_the_slowest_of_three_needs() -> None:
    assert layers_needed(5, 2, 1) == 6  # the farthest cell hears after 1 + 4 + 1 layers
    assert layers_needed(5, 1, 0) == 5
    assert layers_needed(5, 2, 100) == 101
