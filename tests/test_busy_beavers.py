"""Busy beavers: thousands of published step counts, and the champions by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from oracle import SHARED, needs_shared

from circuits.catalog import builtin_machine
from circuits.errors import SourceError
from circuits.machines.busy_beaver import CHAMPIONS, Champion, busy_beaver, champion
from circuits.machines.configuration import Field, Outcome, initial
from circuits.machines.formats.bb import read_bb_list
from circuits.machines.run import run

FOLDER = SHARED / "turing" / "busy_beaver"
LISTS = {"2x2": 15, "2x3": 866, "3x2": 1379, "4x2_first_400": 400}


@needs_shared
@pytest.mark.parametrize("name", LISTS)
def test_every_listed_machine_halts_after_its_steps_with_its_score(name: str) -> None:
    path = FOLDER / f"{name}.txt"
    machines = read_bb_list(path.read_bytes(), path.name)
    assert len(machines) == LISTS[name]
    for machine, (verdict, steps, score, *_) in machines:
        ran = run(machine, initial(machine), 200)
        found = ran.outcome, ran.steps, ran.configuration.score(machine.blank)
        assert (verdict, *found) == ("Halt", Outcome.HALTED, int(steps), int(score)), machine.name


@needs_shared
def test_the_listed_maxima_are_those_of_the_champions() -> None:
    for name in ("2x2", "3x2", "2x3"):
        states, symbols = map(int, name.split("x"))
        words = [line.split() for line in (FOLDER / f"{name}.txt").read_text().splitlines()]
        assert max(int(w[2]) for w in words) == champion(states, symbols).steps
        record = "score" if (states, symbols) == (3, 2) else "steps"
        assert max(int(w[3]) for w in words) == champion(states, symbols, record).score


def name_of(known: Champion) -> str:
    return f"{known.states}x{known.symbols}-{known.record}"


@pytest.mark.parametrize("known", CHAMPIONS, ids=name_of)
def test_a_champion_does_what_is_known_of_it(known: Champion) -> None:
    machine = busy_beaver(known.states, known.symbols, known.record)
    assert (len(machine.states), len(machine.symbols)) == (known.states + 1, known.symbols)
    ran = run(machine, initial(machine), 10**8)
    assert (ran.outcome, ran.steps) == (Outcome.HALTED, known.steps)
    assert machine.states[ran.configuration.state] == "Z"
    assert ran.configuration.score(machine.blank) == known.score
    assert ran.visited.width == known.visited


@pytest.mark.parametrize("known", CHAMPIONS, ids=name_of)
def test_a_step_less_and_it_still_runs(known: Champion) -> None:
    machine = busy_beaver(known.states, known.symbols, known.record)
    ran = run(machine, initial(machine), known.steps - 1)
    assert (ran.outcome, ran.steps) == (Outcome.RUNNING, known.steps - 1)


def test_the_tape_of_the_five_state_champion_is_the_published_one() -> None:
    machine = busy_beaver(5)
    ran = run(machine, initial(machine), 10**8).configuration
    tape = "".join(map(str, ran.cells[0].tolist()))
    assert tape.strip("0") == "101" + "001" * 4095 + "1"
    assert ran.head[0] - ran.origin[0] == tape.index("1") + 1  # the halting step goes right


def test_a_surprise_in_a_box_needs_51_cells() -> None:
    machine = busy_beaver(3, 3, "box")
    whole = run(machine, initial(machine), 10**7).visited
    fits = Field(51)
    start = initial(machine, [[0]], at=(-whole.left, 0), head=(-whole.left, 0), field=fits)
    ran = run(machine, start, 10**7, fits)
    assert (ran.outcome, ran.steps) == (Outcome.HALTED, 2_315_619)
    short = Field(50)
    start = initial(machine, [[0]], at=(-whole.left, 0), head=(-whole.left, 0), field=short)
    assert run(machine, start, 10**7, short).outcome is Outcome.LEFT


@needs_shared
def test_the_champions_are_the_known_answers() -> None:
    path = SHARED / "turing" / "known_answers.json"
    known = {entry["std"]: entry for entry in json.loads(path.read_text())["busy_beaver_1d"]}
    for states, symbols, _, table, *figures in CHAMPIONS:
        entry = known[table]
        assert (states, symbols) == (entry["n"], entry["k"])
        assert figures == [entry["steps"], entry["nonzero"], entry["visited"]]


def test_champions_are_asked_for_by_name() -> None:
    assert builtin_machine("busy-beaver:states=4").name == "busy beaver of 4 states and 2 symbols"
    machine = builtin_machine("busy-beaver:states=3,symbols=2,record=score")
    assert machine.name == "busy beaver of 3 states and 2 symbols, score"
    assert run(machine, initial(machine), 100).steps == 14


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("busy-beaver:states=6", "no champion of 6 states and 2 symbols for steps"),
        ("busy-beaver:states=4,record=score", "no champion of 4 states and 2 symbols for score"),
        ("busy-beaver:states=3,symbols=3", "no champion of 3 states and 3 symbols for steps"),
    ],
)
def test_a_champion_that_is_not_known_is_refused(spec: str, message: str) -> None:
    with pytest.raises(SourceError) as refusal:
        builtin_machine(spec)
    assert refusal.value.message == f"busy beaver: {message}"
    assert refusal.value.hint.startswith("there are those of (2, 2) for steps, (3, 2) for steps,")


def test_the_lists_are_all_that_is_there() -> None:
    if FOLDER.is_dir():
        assert {Path(path).stem for path in FOLDER.glob("*.txt")} == set(LISTS)
        assert sum(LISTS.values()) == 2660
