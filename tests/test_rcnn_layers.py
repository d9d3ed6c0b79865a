"""Layers of a machine, said three times: by steps, by the fast loop, by the specification."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice, pairwise

import numpy as np
import pytest
from rcnn_machines import BORDERS, SMALL, random_configuration, random_machine, random_signs

from circuits.errors import InvariantError, SourceError
from circuits.machines.busy_beaver import champion
from circuits.machines.configuration import Configuration, Field, Outcome, initial
from circuits.machines.formats.bb import read_bb
from circuits.machines.machine import Machine, Move
from compiler.rcnn.cells import Cell, Phase
from compiler.rcnn.closure import check_closure, next_grid, next_word
from compiler.rcnn.coding import Coding, Scale
from compiler.rcnn.grids import Grid, computing_grid, decoded, memorising, predicting, running
from compiler.rcnn.initial import input_configuration, input_grid, memory
from compiler.rcnn.layers import changes, machine_layer, run_layers
from compiler.rcnn.specification import f_conv2d

RANDOM = tuple(random_machine(seed, 2 + seed % 4, 2 + seed % 3) for seed in range(12))


@pytest.mark.parametrize("machine", [*SMALL, *RANDOM])
def test_the_fast_loop_is_the_definition(machine: Machine) -> None:
    field = Field(3, 3 if machine.planar else 1)
    for seed in range(10):
        start = at = random_configuration(machine, field, seed)
        total = 0
        run = changes(machine, start, field)
        for done in range(40):
            layer = machine_layer(machine, at, field)
            change = next(run, None)
            if change is None:
                assert (layer.configuration, layer.steps) == (at, 0)
                assert layer.outcome is not Outcome.RUNNING
                break
            assert layer.outcome is Outcome.RUNNING
            assert layer.steps == change.steps
            at, total = layer.configuration, total + layer.steps
            again = run_layers(machine, start, done + 1, field)
            assert (again.layers, again.steps) == (done + 1, total)
            assert again.configuration.same(at, machine.blank)
            assert (change.head, change.state) == (at.head, at.state)


def test_a_layer_at_a_border_is_what_the_module_says() -> None:
    field = Field(1)
    seen = set()
    for symbol in range(3):
        for state in range(4):
            start = Configuration(np.array([[symbol]], np.int16), (0, 0), state)
            layer = machine_layer(BORDERS, start, field)
            seen.add((layer.outcome.value, layer.steps))
            rule = BORDERS.rule(state, symbol)
            if layer.steps == 2:
                assert rule is not None
                assert layer.configuration.cells.tolist() == [[rule.write]]
                assert layer.configuration.head == (0, 0)
    assert seen == {("running", 1), ("running", 2), ("left", 0), ("margin", 0), ("halted", 0)}


@pytest.mark.parametrize("machine", [*SMALL, *RANDOM])
def test_the_specification_takes_grids_where_the_machine_goes(machine: Machine) -> None:
    coding = Coding.of(machine, Scale.INTEGER)
    field = Field(4, 3)
    for seed in range(6):
        start = random_configuration(machine, field, seed)
        grids = list(islice(running(machine, coding, start, field), 25))
        for before, after in zip(grids, [*grids[1:], None], strict=True):
            found = specified(machine, coding, before)
            if after is not None:
                assert (found == after).all()
            elif len(grids) < 25:
                assert (found == before).all()
        layers = run_layers(machine, start, len(grids) - 1, field)
        assert decoded(coding, grids[-1]).same(layers.configuration, machine.blank)


@pytest.mark.parametrize("machine", [BORDERS, *(m for m in RANDOM if len(m.symbols) > 2)])
def test_the_specification_memorises_and_then_predicts(machine: Machine) -> None:
    coding = Coding.of(machine, Scale.INTEGER)
    samples, labels = random_signs(1, 3, 2), random_signs(2, 3)
    query = random_signs(3, 2)
    for row in range(4):
        grids = list(
            memorising(coding, input_grid(coding, memory(samples, labels, row), query, 2), row)
        )
        assert len(grids) <= 1 + 4
        for before, after in zip(grids, [*grids[1:], grids[-1]], strict=True):
            assert (specified(machine, coding, before) == after).all()
        assert (grids[-1][:, :3] == coding.number[Cell(machine.blank, Phase.MEMORY)]).all()
    signs = memory(samples, labels, 4)
    grid = input_grid(coding, signs, query, 2)
    grids = list(islice(predicting(machine, coding, grid), 30))
    for before, after in pairwise(grids):
        assert (specified(machine, coding, before) == after).all()
    start, field = input_configuration(machine, coding, signs, query, 2)
    layers = run_layers(machine, start, len(grids) - 2, field)
    assert decoded(coding, grids[-1]).same(layers.configuration, machine.blank)


def specified(machine: Machine, coding: Coding, grid: Grid) -> Grid:
    rows = [[coding.cells[n] for n in row] for row in grid.tolist()]
    after = next_grid(machine, [[cell for cell in row if cell] for row in rows])
    return np.array([[coding.number[cell] for cell in row] for row in after], np.int32)


def test_f_conv2d_on_values() -> None:
    """A head on the right that comes here, with the state of that head (misprinted in B.2)."""
    machine = Machine.of_rules(
        {("A", "1"): ("1", Move.LEFT, "B"), ("B", "1"): ("_", Move.LEFT, "A")},
        start="A",
        blank="_",
    )
    coding = Coding.of(machine, Scale.BASE3)
    empty, plus = Fraction(1, 9), Fraction(4, 9)
    head = [coding.value(Cell(1, Phase.COMPUTING, q)) for q in (0, 1)]
    zero = Fraction(0)
    patch = [[zero, plus, zero], [empty, empty, head[0]], [zero, empty, zero]]
    response = f_conv2d(machine, coding, patch)
    assert response.value == coding.value(Cell(0, Phase.COMPUTING, 1))
    assert response.jacobian == ((0, 0, 0), (0, 0, 0), (0, 0, 0))
    memorising = f_conv2d(machine, coding, [[0, Fraction(1, 6), 0], [0, 0, 0], [0, 0, 0]])
    assert memorising == (-empty, ((0, 0, 0), (0, 1, 0), (0, 0, 0)))
    assert f_conv2d(machine, coding, [[0, 0, 0], [0, -empty, 0], [0, 0, 0]]).jacobian[1][1] == 1
    begins = f_conv2d(machine, coding, [[0, 0, 0], [0, Fraction(1, 3), 1], [0, Fraction(1, 6), 0]])
    assert begins.value == head[0]
    with pytest.raises(InvariantError, match="padding in the middle"):
        f_conv2d(machine, coding, [[0] * 3, [0, Fraction(1, 6), 0], [0] * 3])
    with pytest.raises(KeyError):
        f_conv2d(machine, coding, [[0] * 3, [0, Fraction(1, 5), 0], [0] * 3])


@pytest.mark.parametrize("machine", [*SMALL, *RANDOM])
def test_the_closure_holds(machine: Machine) -> None:
    closure = check_closure(machine, Coding.of(machine, Scale.INTEGER))
    assert closure.failure == ""
    assert closure.cases > 500


def test_columns_become_what_lemma_3_says() -> None:
    word, rows = "TT00000", []
    while "0" in word or "T" in word:
        word = next_word(word)
        rows.append(word)
    assert rows == ["TTM0000", "TMMM000", "MMMMM00", "MMMMMM0", "MMMMMMM"]


def test_decoding_names_what_is_wrong() -> None:
    coding = Coding.of(BORDERS, Scale.INTEGER)
    field = Field(2, 2)
    grid = computing_grid(coding, initial(BORDERS, [[0]], field=field), field)
    blank, head = grid[1, 1], grid[0, 0]
    grid[1, 0] = -1
    with pytest.raises(SourceError, match=r"cell \(0, 1\) holds the value of no cell"):
        decoded(coding, grid)
    grid[1, 0], grid[0, 0] = blank, blank
    with pytest.raises(SourceError, match="no head"):
        decoded(coding, grid)
    grid[0, 1] = grid[1, 0] = head
    with pytest.raises(SourceError, match=r"two heads, at \(1, 0\) and \(0, 1\)"):
        decoded(coding, grid)
    with pytest.raises(SourceError, match="outside the cells"):
        computing_grid(coding, Configuration(np.zeros((2, 2), np.int16), (2, 0), 0), field)


def test_samples_need_two_symbols_and_a_workspace() -> None:
    signs = np.array([[1, -1]])
    coding = Coding.of(SMALL[0], Scale.INTEGER)
    with pytest.raises(SourceError, match="a machine with 2 symbols cannot read samples"):
        input_grid(coding, signs, np.array([1]), 1)
    with pytest.raises(SourceError, match="no workspace"):
        input_configuration(BORDERS, Coding.of(BORDERS, Scale.INTEGER), signs, np.array([1]), 0)


def test_a_long_run_in_a_box_takes_seconds() -> None:
    """2.3 million layers, none at a border: as many steps."""
    box = champion(3, 3, "box")
    machine = read_bb(box.table.encode())
    run = run_layers(
        machine,
        initial(machine, [[0]], at=(30, 0), head=(30, 0), field=Field(61)),
        10**7,
        Field(61),
    )
    assert (run.outcome, run.layers, run.steps) == (Outcome.HALTED, box.steps, box.steps)
    assert run.configuration.score(machine.blank) == box.score
