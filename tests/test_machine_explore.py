"""Machines written as Python functions: what `explore` finds, how it names it, what it refuses."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import pytest

from circuits.errors import LimitError, SourceError
from circuits.machines.configuration import Outcome, initial
from circuits.machines.explore import HALT, Entry, explore, state_name
from circuits.machines.machine import Move
from circuits.machines.run import run


class Lift(NamedTuple):
    bit: int


class Drop(NamedTuple):
    bit: int


@dataclass(frozen=True)
class Count:
    left: int
    where: Move = Move.RIGHT


class Phase(Enum):
    GO_BACK = 1


def carry(state: Lift | Drop, symbol: str) -> Entry:
    """Moves every bit one cell to the right."""
    match state, symbol:
        case Drop(bit), "_":
            return str(bit), Move.RIGHT, HALT
        case Drop(bit), _:
            return str(bit), Move.RIGHT, Drop(int(symbol))
        case Lift(), "0" | "1":
            return "_", Move.RIGHT, Drop(int(symbol))
    return None


def test_a_function_becomes_the_table_of_the_states_that_it_reaches() -> None:
    machine = explore(carry, start=Lift(0), symbols="_01", blank="_", name="carry")
    assert machine.states == ("lift.0", "drop.0", "drop.1", "HALT")
    assert (machine.symbols, machine.blank, machine.start) == (("_", "0", "1"), 0, 0)
    assert machine.halting == {3}
    assert (machine.name, len(machine), machine.planar) == ("carry", 8, False)
    ran = run(machine, initial(machine, [[2, 1, 1, 2]]), 100)
    assert ran.outcome is Outcome.HALTED
    assert ran.configuration.cells.tolist() == [[0, 2, 1, 1, 2, 0]]


def test_equal_tuples_of_two_classes_are_two_states() -> None:
    assert Lift(1) == Drop(1)  # type: ignore[comparison-overlap]

    def swap(state: Lift | Drop, symbol: str) -> Entry:
        return symbol, Move.LEFT, Drop(1) if isinstance(state, Lift) else Lift(1)

    assert explore(swap, start=Lift(1), symbols="_", blank="_").states == ("lift.1", "drop.1")


def test_states_are_found_breadth_first() -> None:
    def double(state: int, symbol: str) -> Entry:
        following = 2 * state + int(symbol)
        return (symbol, Move.LEFT, following) if following < 8 else None

    machine = explore(double, start=1, symbols="01", blank="0")
    assert machine.states == ("1", "2", "3", "4", "5", "6", "7")
    assert machine.halting == {3, 4, 5, 6}


@pytest.mark.parametrize(
    ("state", "name"),
    [
        ("go", "go"),
        ("go left", "goleft"),
        (3, "3"),
        (-1, "-1"),
        (True, "true"),
        (None, "none"),
        (HALT, "HALT"),
        (Phase.GO_BACK, "go_back"),
        (Lift(1), "lift.1"),
        (("b", 1, Lift(0)), "b.1.lift.0"),
        (Count(2), "count.2.right"),
        ((), ""),
    ],
)
def test_names_say_what_the_state_is(state: object, name: str) -> None:
    assert state_name(state) == name


def refused(states: dict[Hashable, Hashable], message: str, hint: str) -> None:
    """Explore what goes from each of these states to the next."""
    with pytest.raises(SourceError) as refusal:
        explore(lambda q, s: (s, Move.LEFT, states[q]), start=1, symbols="_", blank="_")
    assert (refusal.value.message, refusal.value.hint) == (message, hint)


def test_two_states_of_one_name_are_refused() -> None:
    hint = "every state needs a name of its own: give name_of"
    refused({1: "1"}, "machine: state 1 on '_': 1 and '1' are both called '1'", hint)
    message = "machine: state 1 on '_': 'a.b' and ('a', 'b') are both called 'a.b'"
    with pytest.raises(SourceError) as refusal:
        explore(
            lambda q, s: (s, Move.LEFT, "a.b" if s == "_" else ("a", "b")),
            start=1,
            symbols="_x",
            blank="_",
        )
    assert refusal.value.message == message.replace("'_'", "'x'")
    message = "machine: state HALT on '_': 'HALT' and <Halt.HALT: 'HALT'> are both called 'HALT'"
    refused({1: "HALT", "HALT": HALT}, message, hint)


def test_the_caller_may_give_names() -> None:
    def swap(state: int | str, symbol: str) -> Entry:
        return symbol, Move.STAY, "1" if state == 1 else 1

    machine = explore(swap, start=1, symbols="_", blank="_", name_of=repr)
    assert machine.states == ("1", "'1'")
    with pytest.raises(SourceError, match="are both called 'same'"):
        explore(swap, start=1, symbols="_", blank="_", name_of=lambda state: "same")
    with pytest.raises(SourceError, match=r"Lift\(bit=1\) and Drop\(bit=1\) are both called 'x'"):
        explore(
            lambda q, s: (s, Move.LEFT, Drop(1)),
            start=Lift(1),
            symbols="_",
            blank="_",
            name_of=lambda state: "x",
        )


def test_a_symbol_that_is_none_is_refused() -> None:
    with pytest.raises(SourceError) as refusal:
        explore(lambda q, s: ("x", Move.LEFT, q), start="go", symbols="_0", blank="_", name="m")
    assert refusal.value.message == "m: state go on '_' writes 'x', which is no symbol"


def test_a_state_without_a_name_is_refused() -> None:
    with pytest.raises(SourceError, match="a state without a name"):
        explore(lambda q, s: (s, Move.LEFT, q), start=(), symbols="_", blank="_")


def test_an_exploration_without_end_is_given_up() -> None:
    def count(state: int, symbol: str) -> Entry:
        return symbol, Move.LEFT, state + 1

    with pytest.raises(LimitError) as refusal:
        explore(count, start=0, symbols="_", blank="_", limit=5)
    assert str(refusal.value) == "machine: state 4 on '_': more than 5 states"

    def stop(state: int, symbol: str) -> Entry:
        return (symbol, Move.LEFT, state + 1) if state < 4 else None

    assert len(explore(stop, start=0, symbols="_", blank="_", limit=5).states) == 5
