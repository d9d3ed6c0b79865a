"""Machines and configurations: what they say of themselves, and what is refused."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest

from circuits.errors import LimitError, SourceError
from circuits.machines.configuration import Configuration, Field, Outcome, initial, step
from circuits.machines.machine import MISSING, MOST, Machine, Move, Rule


def table(*rows: tuple[int, ...]) -> Any:
    return np.array(rows, np.int16)


def machine(**changed: Any) -> Machine:
    """Two states that work, one that halts; two symbols; one entry missing."""
    fields: dict[str, Any] = {
        "states": ("A", "B", "H"),
        "symbols": ("0", "1"),
        "start": 0,
        "blank": 0,
        "halting": frozenset({2}),
        "write": table((1, 1), (1, -1), (-1, -1)),
        "move": table((2, 1), (1, -1), (-1, -1)).astype(np.int8),
        "following": table((1, 1), (2, -1), (-1, -1)),
        "name": "toy",
    }
    return Machine(**(fields | changed))


def test_a_machine_knows_its_entries() -> None:
    toy = machine()
    assert len(toy) == 3
    assert list(toy.rules()) == [
        Rule(0, 0, 1, Move.RIGHT, 1),
        Rule(0, 1, 1, Move.LEFT, 1),
        Rule(1, 0, 1, Move.LEFT, 2),
    ]
    assert toy.rule(0, 1) == Rule(0, 1, 1, Move.LEFT, 1)
    assert toy.rule(1, 1) is None
    assert toy.rule(2, 0) is None
    assert (toy.lines == 0).all()


def test_a_machine_does_not_change() -> None:
    toy = machine()
    for tables in (toy.write, toy.move, toy.following, toy.lines):
        with pytest.raises(ValueError, match="read-only"):
            tables[0, 0] = 0
    with pytest.raises(FrozenInstanceError):
        toy.start = 1  # type: ignore[misc]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"states": ("A", "B", "A")}, "two states are called 'A'"),
    ({"symbols": ("1", "1")}, "two symbols are called '1'"),
    ({"states": ("A", "", "H")}, "a state without a name"),
    ({"symbols": ("0", "")}, "a symbol without a name"),
    ({"start": 3}, "start state 3 of 3"),
    ({"start": -1}, "start state -1 of 3"),
    ({"blank": 2}, "blank symbol 2 of 2"),
    ({"halting": frozenset({3})}, "halting state 3 of 3"),
    ({"input": (0, 2)}, "input symbol 2 of 2"),
    ({"states": (), "symbols": ()}, "start state 0 of 0"),
    ({"write": table((1, 1), (1, -1))}, "a table of shape (2, 2), not (3, 2)"),
    ({"following": table((1,), (2,), (-1,))}, "a table of shape (3, 1), not (3, 2)"),
    ({"write": table((1, 2), (1, -1), (-1, -1))}, "a table with entries outside 0..1"),
    ({"move": table((5, 1), (1, -1), (-1, -1))}, "a table with entries outside 0..4"),
    ({"following": table((1, 3), (2, -1), (-1, -1))}, "a table with entries outside 0..2"),
    ({"following": table((1, -2), (2, -1), (-1, -1))}, "a table with entries outside 0..2"),
    (
        {"move": table((2, -1), (1, -1), (-1, -1))},
        "an entry is missing in one table and there in another",
    ),
    (
        {"following": table((1, 1), (2, -1), (-1, 0))},
        "an entry is missing in one table and there in another",
    ),
    ({"lines": np.ones((2, 3), np.int32)}, "source lines of shape (2, 3), not (3, 2)"),
    ({"halting": frozenset({1, 2})}, "halting state 'B' has entries"),
    ({"move": table((3, 1), (1, -1), (-1, -1))}, "an entry moves up or down on a tape"),
    ({"move": table((4, 1), (1, -1), (-1, -1))}, "an entry moves up or down on a tape"),
]


@pytest.mark.parametrize(("changed", "message"), REFUSED)
def test_what_is_no_machine_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(SourceError) as refusal:
        machine(**changed)
    assert refusal.value.message == f"machine toy: {message}"
    assert refusal.value.position is None


def test_a_refusal_says_where_the_machine_comes_from_and_the_way_out() -> None:
    with pytest.raises(SourceError) as refusal:
        machine(name="", source="a.tm", move=table((3, 1), (1, -1), (-1, -1)))
    assert str(refusal.value) == (
        "a.tm: machine -: an entry moves up or down on a tape\n  help: up and down need a plane"
    )
    assert machine(move=table((3, 1), (1, -1), (-1, -1)).astype(np.int8), planar=True).planar
    with pytest.raises(SourceError) as refusal:
        machine(halting=frozenset({1, 2}))
    assert refusal.value.hint.startswith("a machine stops in a halting state")


def test_entries_by_name_make_a_machine() -> None:
    rules = {
        ("go", "x"): ("y", Move.RIGHT, "end"),
        ("go", "_"): ("x", Move.LEFT, "back"),
        ("back", "x"): ("x", Move.STAY, "end"),
    }
    made = Machine.of_rules(
        rules, start="go", blank="_", input=("x", "z"), name="m", lines={("go", "_"): 7}
    )
    assert made.states == ("go", "end", "back")
    assert made.symbols == ("_", "x", "y", "z")
    assert (made.start, made.blank, made.halting) == (0, 0, frozenset({1}))
    assert (made.input, made.name, made.planar) == ((1, 3), "m", False)
    assert made.rule(0, 0) == Rule(0, 0, 1, Move.LEFT, 2)
    assert (made.lines[0, 0], made.lines.sum()) == (7, 7)
    ordered = Machine.of_rules(
        rules, start="go", blank="_", states=("end", "back"), symbols=("y", "x")
    )
    assert ordered.states == ("end", "back", "go")
    assert ordered.symbols == ("y", "x", "_")
    assert (ordered.start, ordered.blank) == (2, 2)


def test_a_move_up_or_down_makes_a_machine_planar() -> None:
    for move in Move:
        made = Machine.of_rules({("A", "0"): ("0", move, "A")}, start="A", blank="0")
        assert made.planar == (move in (Move.UP, Move.DOWN))
    flat = {("A", "0"): ("0", Move.LEFT, "A")}
    assert Machine.of_rules(flat, start="A", blank="0", planar=True).planar


def test_more_states_than_numbers_are_refused() -> None:
    rules = {(f"q{i}", "0"): ("0", Move.LEFT, f"q{i + 1}") for i in range(MOST)}
    with pytest.raises(LimitError) as refusal:
        Machine.of_rules(rules, start="q0", blank="0")
    assert str(refusal.value) == f"{MOST + 1} states and 1 symbols; at most {MOST} of each"
    del rules["q0", "0"]
    assert len(Machine.of_rules(rules, start="q1", blank="0").states) == MOST


def test_moves_know_where_they_go() -> None:
    steps = {move.name: (move.dx, move.dy) for move in Move}
    assert steps == {
        "STAY": (0, 0),
        "LEFT": (-1, 0),
        "RIGHT": (1, 0),
        "UP": (0, -1),
        "DOWN": (0, 1),
    }
    assert MISSING not in [move.value for move in Move]


# configurations -----------------------------------------------------------------------------------


def test_a_machine_starts_on_its_own_input_or_on_other_rows() -> None:
    toy = machine(input=(1, 0, 1))
    assert initial(toy).cells.tolist() == [[1, 0, 1]]
    assert (initial(toy).head, initial(toy).state, initial(toy).origin) == ((0, 0), 0, (0, 0))
    placed = initial(toy, [[1, 1], [0, 1]], at=(2, -3), head=(1, 1))
    assert (placed.origin, placed.head, placed.cells.shape) == ((2, -3), (1, 1), (2, 2))
    assert [placed.symbol(3, y, 0) for y in range(-4, 0)] == [0, 1, 1, 0]
    assert initial(machine()).cells.shape == (1, 0)
    assert initial(machine(), []).cells.size == 0


def test_a_field_is_filled_with_blanks() -> None:
    toy = machine(blank=1, start=1)
    begun = initial(toy, [[0, 0]], field=Field(4, 3), at=(1, 2), head=(3, 0))
    assert begun.cells.tolist() == [[1, 1, 1, 1], [1, 1, 1, 1], [1, 0, 0, 1]]
    assert (begun.score(1), begun.state) == (2, 1)
    assert initial(toy, field=Field(1, margin=True), head=(-1, 0)).head == (-1, 0)


NO_START: list[tuple[dict[str, Any], str]] = [
    ({"rows": [[0, 1], [0]]}, "rows of different lengths"),
    ({"rows": [[0, 2]]}, "symbol 2 of 2 on the cells"),
    ({"rows": [[-1]]}, "symbol -1 of 2 on the cells"),
    ({"rows": [[0] * 5], "field": Field(4)}, "5 x 1 symbols at (0, 0) do not fit"),
    ({"rows": [[0]], "field": Field(4), "at": (4, 0)}, "1 x 1 symbols at (4, 0) do not fit"),
    ({"rows": [[0]], "field": Field(4), "at": (-1, 0)}, "1 x 1 symbols at (-1, 0) do not fit"),
    ({"rows": [[0], [0]], "field": Field(4)}, "1 x 2 symbols at (0, 0) do not fit"),
    ({"field": Field(4), "head": (4, 0)}, "the head starts at (4, 0), outside the cells"),
    ({"field": Field(4, 1, True), "head": (5, 0)}, "the head starts at (5, 0), outside the cells"),
]


@pytest.mark.parametrize(("arguments", "message"), NO_START)
def test_what_does_not_fit_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(SourceError) as refusal:
        initial(machine(), **arguments)
    assert refusal.value.message.removesuffix(" 4 x 1 cells") == message


@pytest.mark.parametrize("size", [(0, 1), (1, 0), (-1, 3)])
def test_a_field_without_cells_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(SourceError, match=rf"^a field of {size[0]} x {size[1]} cells$"):
        Field(*size)


def test_the_margin_is_one_cell_all_around() -> None:
    for margin in (False, True):
        field = Field(3, 2, margin)
        around = [(x, y) for x in range(-3, 6) for y in range(-3, 6) if field.admits(x, y)]
        inside = [(x, y) for x in range(-3, 6) for y in range(-3, 6) if field.has(x, y)]
        assert len(inside) == 6
        assert len(around) == (20 if margin else 6)


def test_configurations_are_the_same_however_much_blank_they_store() -> None:
    small = Configuration(table((1, 0, 1)), (0, 0), 0, (5, 0))
    large = Configuration(table((0, 0, 0, 0), (0, 1, 0, 1)), (0, 0), 0, (4, -1))
    assert small.same(large, 0)
    assert not small.same(large, 1)
    for other in (
        Configuration(small.cells, (1, 0), 0, (5, 0)),
        Configuration(small.cells, (0, 0), 1, (5, 0)),
        Configuration(small.cells, (0, 0), 0, (6, 0)),
        Configuration(table((1, 1, 1)), (0, 0), 0, (5, 0)),
    ):
        assert not small.same(other, 0)


def test_a_step_writes_moves_and_changes_the_state() -> None:
    first = initial(machine(), [[0, 0]], head=(1, 0))
    second, outcome = step(machine(), first)
    assert outcome is Outcome.RUNNING
    assert (second.cells.tolist(), second.head, second.state) == ([[0, 1]], (2, 0), 1)
    third, outcome = step(machine(), second)
    assert (third.cells.tolist(), third.head, third.state) == ([[0, 1, 1]], (1, 0), 2)
    assert outcome is Outcome.RUNNING
    assert step(machine(), third) == (third, Outcome.HALTED)
    assert first.cells.tolist() == [[0, 0]]


def test_a_missing_entry_halts_without_a_step() -> None:
    stuck = initial(machine(start=1), [[1]])
    assert step(machine(start=1), stuck) == (stuck, Outcome.HALTED)


def test_a_step_off_the_field_is_not_carried_out() -> None:
    at_the_end = initial(machine(), [[0]], field=Field(2), head=(1, 0))
    assert step(machine(), at_the_end, Field(2)) == (at_the_end, Outcome.LEFT)
    assert step(machine(), at_the_end, Field(3)).outcome is Outcome.RUNNING
    assert step(machine(), at_the_end, Field(2, margin=True)).outcome is Outcome.RUNNING


def test_a_step_that_writes_on_the_margin_is_not_carried_out() -> None:
    field = Field(2, margin=True)
    outside = initial(machine(start=1), field=field, head=(2, 0))
    assert step(machine(), outside, field) == (outside, Outcome.MARGIN)
    harmless = machine(start=1, write=table((1, 1), (0, -1), (-1, -1)))
    back, outcome = step(harmless, outside, field)
    assert (back.head, back.state, outcome) == ((1, 0), 2, Outcome.RUNNING)
    assert (back.cells == outside.cells).all()
