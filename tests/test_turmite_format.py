"""Turmites: each trap of the notation, each refusal, the beavers and ants of the lists."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from machine_behaviour import (
    assert_does_the_same,
    blank_first,
    damaged,
    ran,
    reads_or_refuses,
    rows,
)
from oracle import SHARED, needs_shared
from refusals import Refusal

from circuits.errors import LimitError
from circuits.machines.configuration import initial, step
from circuits.machines.formats.turmite import read_turmite, write_turmite
from circuits.machines.machine import Machine, Move
from circuits.machines.run import run

ANT = "{{{1, 2, 0}, {0, 8, 0}}}"
SHAPE = "a turmite is {{{colour, turn, state}, ...}, ...}: rows for states, triples for colours"
TOLD = "turns are 1 none, 2 right, 4 about, 8 left, 0 death"
LETTERS = "write {{{colour, turn, state}, ...}, ...}, or turns as in RL: R L N U"


def read(text: str, start: str | None = None) -> Machine:
    return read_turmite(text.encode(), "a.turmite", start=start)


def test_langtons_ant_becomes_four_states() -> None:
    machine = read(ANT)
    assert machine.states == ("0N", "0E", "0S", "0W")
    assert machine.symbols == ("0", "1")
    assert (machine.start, machine.blank, machine.planar) == (0, 0, True)
    assert not machine.halting
    assert rows(machine) == {
        ("0N", "0"): ("1", Move.RIGHT, "0E"), ("0N", "1"): ("0", Move.LEFT, "0W"),
        ("0E", "0"): ("1", Move.DOWN, "0S"), ("0E", "1"): ("0", Move.UP, "0N"),
        ("0S", "0"): ("1", Move.LEFT, "0W"), ("0S", "1"): ("0", Move.RIGHT, "0E"),
        ("0W", "0"): ("1", Move.UP, "0N"), ("0W", "1"): ("0", Move.DOWN, "0S"),
    }  # fmt: skip


def test_the_ant_facing_north_turns_right_on_white_and_south_is_down() -> None:
    machine = read(ANT)
    places, configuration = [], initial(machine)
    for _ in range(5):
        configuration = step(machine, configuration).configuration
        places.append(configuration.head)
    assert places == [(1, 0), (1, 1), (0, 1), (0, 0), (-1, 0)]


BLACK = {10: 6, 100: 20, 200: 40, 500: 62, 1000: 118, 10000: 720, 11000: 834}
"""Black cells after so many steps of Langton's ant."""

SPELLINGS = [
    ANT,
    "RL",
    " RL\n",
    "# Langton\n{{{1,2,0},\n  {0,8,0}}} # ant\n",
    "{{{1,'E',1},{0,'W',3}},{{1,'S',2},{0,'N',0}},{{1,'W',3},{0,'E',1}},{{1,'N',0},{0,'S',2}}}",
]


@pytest.mark.parametrize("text", SPELLINGS)
def test_all_spellings_of_langtons_ant_walk_alike(text: str) -> None:
    machine = read(text)
    for steps, black in BLACK.items():
        ended = run(machine, initial(machine), steps).configuration
        assert ended.score(machine.blank) == black
    assert ended.head == run(read(ANT), initial(read(ANT)), steps).configuration.head


def test_the_ant_builds_its_highway() -> None:
    machine = read("RL")
    once = run(machine, initial(machine), 10_500).configuration
    later = run(machine, once, 104).configuration
    assert abs(later.head[0] - once.head[0]) == abs(later.head[1] - once.head[1]) == 2
    assert later.score(0) - once.score(0) == 12


def test_every_turn_is_made_from_every_direction() -> None:
    machine = read("NRUL")
    assert [rows(machine)["0E", str(colour)] for colour in range(4)] == [
        ("1", Move.RIGHT, "0E"),
        ("2", Move.DOWN, "0S"),
        ("3", Move.LEFT, "0W"),
        ("0", Move.UP, "0N"),
    ]
    numbers = "{{{1,1,0},{2,2,0},{3,4,0},{0,8,0}}}"
    assert rows(read(numbers)) == rows(machine)


def test_states_follow_with_the_new_direction() -> None:
    machine = read("{{{1,2,1},{0,1,0}},{{0,8,0},{1,4,1}}}")
    assert machine.states == tuple(f"{i}{f}" for i in (0, 1) for f in "NESW")
    assert rows(machine)["0S", "0"] == ("1", Move.LEFT, "1W")
    assert rows(machine)["1W", "1"] == ("1", Move.RIGHT, "1E")


@pytest.mark.parametrize("text", ["{{{1,0,0},{0,0,0}}}", "{{{1,'',0},{0,\"\",0}}}"])
def test_death_writes_stays_and_is_a_step(text: str) -> None:
    machine = read(text)
    assert machine.states[-1] == "HALT"
    assert machine.halting == {len(machine.states) - 1}
    result = run(machine, initial(machine), 10)
    assert result.steps == 1
    assert result.configuration.head == (0, 0)
    assert result.configuration.score(0) == 1


def test_another_start_may_be_asked_for() -> None:
    assert read(ANT, start="0W").start == 3
    Refusal(ANT, "a.turmite: no state 'N' to start in", "did you mean 0N?").check(
        lambda text: read(text, start="N")
    )


REFUSALS = [
    Refusal("", "a.turmite:1: there is no turmite in this file", "as in {{{1,2,0},{0,8,0}}}"),
    Refusal("# RL\n", "a.turmite:1: there is no turmite in this file",
            "as in {{{1,2,0},{0,8,0}}}"),
    Refusal("{{{1,2,0},{0,3,0}}}", "a.turmite:1:14: turn 3 splits the ant into 2",
            f"machines here have one head; {TOLD}"),
    Refusal("{{{1,2,0},{0,15,0}}}", "a.turmite:1:14: turn 15 splits the ant into 4",
            f"machines here have one head; {TOLD}"),
    Refusal("{{{1,2,0},{0,16,0}}}", "a.turmite:1:14: turn 16", TOLD),
    Refusal("{{{1,2,0},{0,-1,0}}}", "a.turmite:1:14: -1 where a turn belongs", "a number from 0"),
    Refusal("{{{0,'NE',0}}}", "a.turmite:1:6: 'NE' splits the ant into 2",
            "machines here have one head"),
    Refusal("{{{0,'X',0}}}", "a.turmite:1:6: the move 'X'", "moves are 'N' 'E' 'S' 'W' ''"),
    Refusal("{{{1,'e',0}}}", "a.turmite:1:4: colour 1 of 1", "colours count from 0"),
    Refusal("{{{0,'e',0}}}", "a.turmite:1:6: the move 'e'", "moves are 'N' 'E' 'S' 'W' ''"),
    Refusal("{{{0,'E',0},{1,2,0}}}", "a.turmite:1:16: 2 after moves by compass",
            "a turmite turns by numbers or moves by letters, not both"),
    Refusal("{{{0,2,0},{1,'E',0}}}", "a.turmite:1:14: 'E' after turns",
            "a turmite turns by numbers or moves by letters, not both"),
    Refusal("{{{1,2,0},{2,8,0}}}", "a.turmite:1:12: colour 2 of 2", "colours count from 0"),
    Refusal("{{{1,2,0},{0,8,1}}}", "a.turmite:1:16: state 1 of 1", "states count from 0"),
    Refusal("{{{1,2,0},{0,0,1}}}", "a.turmite:1:16: state 1 of 1", "states count from 0"),
    Refusal("{{{1,'',1},{0,'',0}}}", "a.turmite:1:9: state 1 of 1", "states count from 0"),
    Refusal("{{{'1',2,0}}}", "a.turmite:1:4: '1' where a colour belongs", "a number from 0"),
    Refusal("{{{0x0,2,0}}}", "a.turmite:1:4: 0x0 where a colour belongs", "a number from 0"),
    Refusal("{{{9999999999,2,0}}}", "a.turmite:1:4: 9999999999 where a colour belongs",
            "a number from 0"),
    Refusal("{{{1,2,0},{0,8,0}},\n {{0,2,0}}}",
            "a.turmite:2:4: a row of 1 colours after rows of 2", SHAPE),
    Refusal("{{{0,2,0}}", "a.turmite:1:11: the file ends where ',' or '}' belongs", SHAPE),
    Refusal("{{{0,2,0}}}}", "a.turmite:1:12: '}' where the end of the file belongs", SHAPE),
    Refusal("{{{0,2}}}", "a.turmite:1:7: '}' where ',' belongs", SHAPE),
    Refusal("{{{0,2,0,0}}}", "a.turmite:1:9: ',' where '}' belongs", SHAPE),
    Refusal("{{{0,,0}}}", "a.turmite:1:6: ',' where a number or a text belongs", SHAPE),
    Refusal("{{{0,2,0}},}", "a.turmite:1:12: '}' where '{' belongs", SHAPE),
    Refusal("{{}}", "a.turmite:1:3: '}' where '{' belongs", SHAPE),
    Refusal("{}", "a.turmite:1:2: '}' where '{' belongs", SHAPE),
    Refusal("{{{0,'E,0}}}", "a.turmite:1:6: ''' where a number or a text belongs", SHAPE),
    Refusal("[[[1,2,0]]]", "a.turmite:1:1: '[' in a string of turns", LETTERS),
    Refusal("RLX", "a.turmite:1:3: 'X' in a string of turns", LETTERS),
    Refusal("rl", "a.turmite:1:1: 'r' in a string of turns", LETTERS),
    Refusal("R L", "a.turmite:1:3: 'L' after a string of turns", ""),
    Refusal("120080", "a.turmite:1:1: '1' in a string of turns", LETTERS),
]  # fmt: skip


@pytest.mark.parametrize("refusal", REFUSALS)
def test_what_is_wrong_is_refused_at_its_place(refusal: Refusal) -> None:
    refusal.check(read)


def test_a_string_of_too_many_turns_is_refused() -> None:
    with pytest.raises(LimitError, match=r"a.turmite: 4 states and 40000 symbols; at most 32767 "):
        read("RL" * 20_000)


@given(damaged(*(text.encode() for text in SPELLINGS), b"LLRR", b"{{{1,'',0},{0,'N',0}}}"))
@settings(max_examples=300)
def test_a_damaged_file_is_read_or_refused(data: bytes) -> None:
    reads_or_refuses(read_turmite, data)


@st.composite
def turmites(draw: st.DrawFn) -> Machine:
    """Machines on a plane without holes, which stay where they are only as they halt."""
    states, symbols = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    halts = draw(st.booleans())
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    names = [f"state {i}" for i in range(states)]
    colours = [f"colour {i}" for i in range(symbols)]
    rules = {}
    for name in names:
        for colour in colours:
            dies = halts and rng.random() < 0.3
            move = Move.STAY if dies else Move(int(rng.integers(1, 5)))
            following = "gone" if dies else names[int(rng.integers(states))]
            rules[name, colour] = colours[int(rng.integers(symbols))], move, following
    start, blank = names[int(rng.integers(states))], colours[int(rng.integers(symbols))]
    return Machine.of_rules(rules, start=start, blank=blank, symbols=tuple(colours), planar=True)


@given(turmites())
def test_what_is_written_does_the_same_when_read(machine: Machine) -> None:
    again = read_turmite(write_turmite(machine))
    assert_does_the_same(machine, again, blank_first(machine))
    assert write_turmite(again) == write_turmite(machine)


def test_what_is_written_looks_as_golly_has_it() -> None:
    text = "{{{1,'E',1},{1,'',0}},\n {{1,'W',1},{1,'W',0}}}\n"
    assert write_turmite(read(text)).decode() == text


def test_what_the_format_cannot_hold_is_not_written() -> None:
    def cannot(machine: Machine, what: str) -> None:
        with pytest.raises(LimitError) as caught:
            write_turmite(replace(machine, name="odd"))
        assert str(caught.value) == f"machine odd: the turmite format cannot hold {what}"

    def one(move: Move, following: str = "A", planar: bool = True) -> Machine:
        rules = {("A", "0"): ("0", move, following)}
        return Machine.of_rules(rules, start="A", blank="0", planar=planar)

    cannot(one(Move.RIGHT, planar=False), "a tape")
    cannot(one(Move.STAY), "the entry of state 'A' at '0', which stays without halting")
    cannot(one(Move.UP, "B"), "the entry of state 'A' at '0', which moves as it halts")
    cannot(replace(one(Move.UP), input=(0,)), "an input: it starts on blanks")
    holed = Machine.of_rules({("A", "0"): ("1", Move.UP, "A")}, start="A", blank="0")
    cannot(holed, "that the entry of state 'A' at '1' is missing: to halt there would be a step")


@needs_shared
def test_the_beavers_of_the_plane_take_their_steps() -> None:
    known = json.loads((SHARED / "turing" / "known_answers.json").read_text())
    tables = [row for row in known["busy_beaver_2d_absolute"] if "steps_machine" in row]
    assert len(tables) >= 3
    for row in tables:
        assert ran(read(row["steps_machine"])).steps == row["max_steps"]
        assert ran(read(row["nonzero_machine"])).score == row["max_nonzero"]


@needs_shared
def test_the_listed_turmites_leave_the_listed_cells() -> None:
    known = json.loads((SHARED / "turing" / "known_answers.json").read_text())["turmites"]
    specs = {row["name"]: read(row["spec"]) for row in known}
    expected = {
        "Fibonacci spiral": (10_000, 2584),
        "AlienCounter": (100_000, 35),
        "binary counter": (1000, 20),
        "LLRR": (100_000, 1221),
    }
    for name, (steps, score) in expected.items():
        machine = specs[name]
        assert run(machine, initial(machine), steps).configuration.score(0) == score
    assert rows(read("LLRR")) == rows(specs["LLRR"])


@needs_shared
def test_a_highway_and_a_trail_are_where_they_are_listed() -> None:
    known = json.loads((SHARED / "turing" / "known_answers.json").read_text())["turmites"]
    specs = {row["name"]: read(row["spec"]) for row in known}
    highway = specs["Highway2074575"]
    once = run(highway, initial(highway), 3274).configuration
    later = run(highway, once, 2_074_575).configuration
    assert (later.head[0] - once.head[0], later.head[1] - once.head[1]) == (3953, 1912)
    assert later.state == once.state
    worm = specs["Worm trails"]  # seven steps, again and again, each time a quarter further round
    moment = run(worm, initial(worm), 4_300_340).configuration
    heads = [moment.head]
    for _ in range(4):
        moment = run(worm, moment, 7).configuration
        heads.append(moment.head)
    assert heads[0] == heads[4]
    assert len(set(heads)) == 4
