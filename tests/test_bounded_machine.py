"""Where machines are put: the cells that they need, or those that somebody gives them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known_machines import ANT, BEAVER, BEAVER_4
from small_machines import machines

from circuits.errors import SourceError
from circuits.evaluate import evaluate
from circuits.machines import bounded as module
from circuits.machines.bounded import bounded_machine, first_configuration, run_to_halt, with_start
from circuits.machines.configuration import Field, Outcome
from circuits.machines.machine import Machine, Move
from circuits.machines.options import MachineOptions
from circuits.machines.run import run

RUNS_AWAY = Machine.of_rules({("A", "_"): ("_", Move.RIGHT, "A")}, start="A", blank="_")
COPIES = Machine.of_rules(
    {("A", "1"): ("1", Move.RIGHT, "A"), ("A", "_"): ("1", Move.RIGHT, "H")},
    start="A",
    blank="_",
    input=("1", "1"),
)
"""Adds a 1 to some; its file suggests two."""


def test_the_cells_are_by_default_those_that_are_visited() -> None:
    found = bounded_machine(BEAVER_4)
    assert found.field == Field(14)
    assert (found.origin, found.configuration.head, found.needed) == ((10, 0), (10, 0), (14, 1))
    ran = found.run()
    assert (ran.outcome, ran.steps) == (Outcome.HALTED, 107)


def test_the_cells_of_the_input_belong_to_them() -> None:
    found = bounded_machine(COPIES, MachineOptions(input="11_1_1", head=(5, 0)))
    assert (found.field, found.origin) == (Field(8), (0, 0))
    assert found.configuration.cells.tolist() == [[1, 1, 0, 1, 0, 1, 0, 0]]


def test_a_machine_starts_on_the_input_of_its_file_or_on_another() -> None:
    assert bounded_machine(COPIES).configuration.cells.tolist() == [[1, 1, 0, 0]]
    assert bounded_machine(COPIES, MachineOptions(input="")).field == Field(2)
    assert bounded_machine(COPIES, MachineOptions(input="1*1")).configuration.head == (1, 0)


def test_places_are_counted_from_the_first_symbol_of_the_input() -> None:
    found = bounded_machine(COPIES, MachineOptions(input="11", head=(-2, 0)))
    assert (found.origin, found.configuration.head) == ((2, 0), (0, 0))
    assert found.configuration.cells.tolist() == [[0, 0, 1, 1]]


@pytest.mark.parametrize(("cells", "origin"), [(14, 10), (15, 10), (16, 11), (17, 11), (20, 13)])
def test_what_is_visited_is_in_the_middle_of_more_cells(cells: int, origin: int) -> None:
    found = bounded_machine(BEAVER_4, MachineOptions(cells=(cells, 1)))
    assert (found.field, found.origin) == (Field(cells), (origin, 0))
    assert found.run().outcome is Outcome.HALTED


@pytest.mark.parametrize(("cells", "origin"), [(1, 0), (2, 0), (3, 1), (8, 3), (13, 6)])
def test_what_it_starts_on_is_in_the_middle_of_fewer(cells: int, origin: int) -> None:
    found = bounded_machine(BEAVER_4, MachineOptions(cells=(cells, 1)))
    assert (found.field, found.origin) == (Field(cells), (origin, 0))
    assert found.needed == (14, 1)


def test_an_ant_of_so_many_steps_needs_so_many_cells() -> None:
    found = bounded_machine(ANT, steps=500)
    assert (found.field, found.needed) == (Field(13, 13), (13, 13))
    assert found.run(500).outcome is Outcome.RUNNING
    assert bounded_machine(ANT, MachineOptions(cells=(20, 30)), 500).field == Field(20, 30)


def test_a_margin_is_around_the_input() -> None:
    found = bounded_machine(COPIES, MachineOptions(margin=True))
    assert found.field == Field(2, margin=True)
    assert found.run().outcome is Outcome.LEFT  # it would have to write there
    empty = bounded_machine(BEAVER, MachineOptions(margin=True))
    assert empty.field == Field(4, margin=True)


@given(machines(), st.integers(0, 60))
@settings(max_examples=50)
def test_on_the_cells_that_it_needs_a_machine_does_what_it_does_on_endless_ones(
    machine: Machine, steps: int
) -> None:
    found = bounded_machine(machine, steps=steps)
    bounded, endless = (
        found.run(steps),
        run(machine, first_configuration(machine, MachineOptions()), steps),
    )
    assert bounded.steps == endless.steps == min(steps, bounded.steps)
    x, y = endless.configuration.head
    assert bounded.configuration.head == (x + found.origin[0], y + found.origin[1])
    assert bounded.configuration.state == endless.configuration.state
    score = endless.configuration.score(machine.blank)
    assert bounded.configuration.score(machine.blank) == score


def test_the_head_may_start_on_the_margin() -> None:
    options = MachineOptions(cells=(2, 1), head=(2, 0), margin=True)
    assert bounded_machine(COPIES, options).configuration.head == (2, 0)


def test_a_machine_may_start_in_another_state() -> None:
    assert bounded_machine(BEAVER, MachineOptions(start="B")).run().steps == 3
    assert with_start(BEAVER, None) is BEAVER


def test_unrolled_steps_are_those_of_a_run() -> None:
    found = bounded_machine(BEAVER_4)
    circuit = found.unrolled(30)
    outputs = evaluate(circuit, [0] * len(circuit.input_names)).outputs
    ran = found.run(30)
    assert list(outputs[:-1]) == list(found.encoding.encode(ran.configuration))
    assert outputs[-1] == 0


@pytest.mark.parametrize(
    ("machine", "options", "message"),
    [
        (BEAVER, MachineOptions(cells=(3, 2)), "3 x 2 cells on a tape"),
        (BEAVER, MachineOptions(head=(0, 1)), "the head is at (0, 1), but this is a tape"),
        (BEAVER, MachineOptions(start="X"), "BB(2) has no state 'X' to start in"),
        (BEAVER, MachineOptions(input="012"), "'2' is no symbol"),
        (COPIES, MachineOptions(cells=(1, 1)), "1 x 1 cells for a start on 2 x 1"),
        (
            COPIES,
            MachineOptions(cells=(2, 1), head=(2, 0)),
            "2 x 1 cells for a start on 3 x 1",
        ),
        (
            COPIES,
            MachineOptions(cells=(2, 1), head=(3, 0), margin=True),
            "the head starts at (3, 0), outside the cells",
        ),
        (RUNS_AWAY, MachineOptions(), "the machine does not halt within 4194304 steps"),
        (ANT, MachineOptions(), "Langton's ant does not halt within 100000 steps"),
    ],
)  # fmt: skip
def test_what_cannot_be_put_anywhere_is_refused(
    machine: Machine, options: MachineOptions, message: str
) -> None:
    with pytest.raises(SourceError) as refusal:
        bounded_machine(machine, options)
    assert refusal.value.message == message


def test_a_machine_that_runs_away_is_run_no_further_than_cells_are_many() -> None:
    ran = run_to_halt(RUNS_AWAY, first_configuration(RUNS_AWAY, MachineOptions()))
    assert (ran.outcome, ran.steps) == (Outcome.RUNNING, 2**22)
    assert ran.visited.width > 2**22


def test_a_run_in_parts_is_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CHUNK_ON_A_TAPE", 10)
    first = first_configuration(BEAVER_4, MachineOptions())
    for steps in (0, 5, 10, 11, 106, 107, None):
        parts, whole = (
            run_to_halt(BEAVER_4, first, steps),
            run(BEAVER_4, first, 200 if steps is None else steps),
        )
        assert (parts.outcome, parts.steps, parts.visited) == (
            whole.outcome,
            whole.steps,
            whole.visited,
        )
        assert parts.configuration.same(whole.configuration, BEAVER_4.blank)
