"""Machines on a plane: Langton's ant, its relatives, the turmites of Golly, 2-D busy beavers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from oracle import SHARED, needs_shared

from circuits.catalog import builtin_machine
from circuits.errors import SourceError
from circuits.machines.ant import ant, langton
from circuits.machines.configuration import Outcome, initial
from circuits.machines.formats.turmite import read_turmite
from circuits.machines.machine import Machine
from circuits.machines.run import Run, run, trajectory

KNOWN: dict[str, Any] = (
    json.loads((SHARED / "turing" / "known_answers.json").read_text()) if SHARED.is_dir() else {}
)


def after(machine: Machine, steps: int) -> Run:
    return run(machine, initial(machine), steps)


def turmite(name: str) -> Machine:
    """By its name in the list of known answers."""
    specs = {entry["name"]: entry["spec"] for entry in KNOWN["turmites"]}
    return read_turmite(specs[name].encode())


def score(machine: Machine, steps: int) -> int:
    return after(machine, steps).configuration.score(machine.blank)


def shift(machine: Machine, start: int, steps: int) -> tuple[int, int]:
    """How far the head is moved by these steps, carried out after ``start`` others."""
    first = after(machine, start)
    (x, y), (column, row) = (
        first.configuration.head,
        after(machine, start + steps).configuration.head,
    )
    return column - x, row - y


def moves(machine: Machine, start: int, steps: int) -> list[tuple[int, int]]:
    """What the head does in these steps: (state, symbol) of every one."""
    found = []
    for configuration, _ in trajectory(machine, after(machine, start).configuration, steps - 1):
        symbol = configuration.symbol(*configuration.head, machine.blank)
        found.append((configuration.state, symbol))
    return found


COUNTS = {10: 6, 100: 20, 200: 40, 500: 62, 1000: 118, 10_000: 720, 11_000: 834}


def test_langtons_ant_leaves_the_known_number_of_black_cells() -> None:
    assert {steps: score(langton(), steps) for steps in COUNTS} == COUNTS
    box = after(langton(), 11_000).visited
    assert sorted((box.width, box.height)) == [45, 67]


def test_langtons_ant_builds_its_highway() -> None:
    ant = langton()
    assert shift(ant, 9_977, 104) in {(x, y) for x in (2, -2) for y in (2, -2)}
    for periods in (1, 5):
        assert score(ant, 9_977 + 104 * periods) - score(ant, 9_977) == 12 * periods
    assert moves(ant, 9_977, 104) == moves(ant, 9_977 + 104, 104) == moves(ant, 20_377, 104)
    assert moves(ant, 9_976 - 104, 104) != moves(ant, 9_976, 104)


def test_langtons_ant_starts_to_the_right() -> None:
    configurations = [
        configuration for configuration, _ in trajectory(ant("RL"), initial(ant("RL")), 5)
    ]
    heads = [configuration.head for configuration in configurations]
    assert heads == [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0), (-1, 0)]
    assert configurations[4].cells.tolist() == [[1, 1], [1, 1]]


@pytest.mark.parametrize("rule", ["RL", "LR", "LLRR", "RLN", "RLU", "N", "U", "LRRRRRLLR"])
def test_ants_are_what_golly_reads_from_their_rule(rule: str) -> None:
    ours, golly = ant(rule), read_turmite(rule.encode())
    for steps in (1, 17, 500):
        mine, theirs = after(ours, steps).configuration, after(golly, steps).configuration
        assert (mine.head, mine.origin) == (theirs.head, theirs.origin)
        assert mine.cells.tolist() == theirs.cells.tolist()


def test_a_mirrored_ant_walks_the_mirror_image() -> None:
    right, left = after(ant("RL"), 3000).configuration, after(ant("LR"), 3000).configuration
    assert left.head == (-right.head[0], right.head[1])
    assert left.cells[:, ::-1].tolist() == right.cells.tolist()


def test_an_ant_has_only_the_states_that_it_reaches() -> None:
    assert ant("N").states == ("N",)
    assert ant("U").states == ("N", "S")
    assert len(ant("RL").states) == 4
    assert ant("R" * 12).symbols[-1] == "11"


@pytest.mark.parametrize("rule", ["", "RX", "rl"])
def test_what_is_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(SourceError) as refusal:
        ant(rule)
    assert refusal.value.message == f"ant: '{rule}' is no rule"
    assert refusal.value.hint == "write a letter of RLNU per colour"


def test_ants_are_asked_for_by_name() -> None:
    assert builtin_machine("langton").name == builtin_machine("ant").name == "ant RL"
    assert builtin_machine("ant:rule=LLRR").name == "ant LLRR"


@needs_shared
def test_langtons_ant_is_golly_s_relative_and_absolute_one() -> None:
    known = KNOWN["langtons_ant_RL"]
    mine = after(langton(), 11_000).configuration
    for spec in (known["spec"], known["absolute_4state"]):
        theirs = after(read_turmite(spec.encode()), 11_000).configuration
        assert mine.head == theirs.head
        assert mine.cells.tolist() == theirs.cells.tolist()
    assert {int(steps): count for steps, count in known["black_cells_after"].items()} == COUNTS


@needs_shared
@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("Fibonacci spiral", {10_000: 2584}),
        ("AlienCounter", {1000: 16, 100_000: 35, 1_000_000: 52}),
        ("binary counter", {1000: 20}),
        ("LLRR", {100_000: 1221}),
    ],
)
def test_turmites_leave_the_known_number_of_cells(name: str, counts: dict[int, int]) -> None:
    machine = turmite(name)
    assert {steps: score(machine, steps) for steps in counts} == counts


@needs_shared
def test_a_turmite_called_llrr_is_that_ant_turned_about() -> None:
    assert score(ant("LLRR"), 100_000) == score(turmite("LLRR"), 100_000)


@needs_shared
def test_worm_trails_end_in_a_cycle_of_7() -> None:
    machine = turmite("Worm trails")

    def turns(start: int) -> list[tuple[str, int]]:
        """7 steps as the turmite sees them: its own state, whichever way it faces."""
        return [(machine.states[state][0], symbol) for state, symbol in moves(machine, start, 7)]

    assert turns(4_300_340) == turns(4_300_347) == turns(4_300_340 + 7 * 10_000)
    assert turns(4_300_339 - 7) != turns(4_300_339)
    assert moves(machine, 4_300_340, 7) != moves(machine, 4_300_347, 7)
    assert moves(machine, 4_300_340, 28) == moves(machine, 4_300_368, 28)
    assert 37_839 in {score(machine, 5_000_000 + step) for step in range(7)}


@needs_shared
def test_a_turmite_moves_3953_east_and_1912_south_in_2074575_steps() -> None:
    machine = turmite("Highway2074575")
    assert shift(machine, 3274, 2_074_575) == (3953, 1912)
    assert moves(machine, 3274, 500) == moves(machine, 3274 + 2_074_575, 500)


@needs_shared
def test_the_highway_23_by_29_has_period_12626() -> None:
    machine = turmite("Hutton 23-in-29 highway")
    assert sorted(map(abs, shift(machine, 4180, 12_626))) == [23, 29]
    assert moves(machine, 4180, 300) == moves(machine, 4180 + 12_626, 300)


PLANAR_BEAVERS = [
    (2, 2, "{{{1,'E',1},{1,'',0}},{{1,'W',1},{1,'W',0}}}", 6, None),
    (2, 2, "{{{1,'E',1},{1,'N',1}},{{1,'W',0},{1,'',0}}}", None, 4),
    (3, 2, "{{{1,'E',1},{1,'N',2}},{{0,'N',2},{0,'S',1}},{{1,'W',0},{1,'',0}}}", 32, None),
    (3, 2, "{{{1,'E',1},{1,'W',2}},{{1,'N',2},{1,'',0}},{{1,'S',0},{1,'N',2}}}", None, 11),
    (2, 3, "{{{1,'E',1},{2,'W',1},{1,'',0}},{{2,'W',0},{2,'E',1},{1,'W',1}}}", 38, None),
    (2, 3, "{{{1,'E',1},{2,'N',1},{0,'S',0}},{{1,'W',0},{2,'E',1},{1,'',0}}}", None, 10),
]


@pytest.mark.parametrize(("states", "colours", "spec", "steps", "marks"), PLANAR_BEAVERS)
def test_busy_beavers_of_the_plane_halt_as_known(
    states: int, colours: int, spec: str, steps: int | None, marks: int | None
) -> None:
    machine = read_turmite(spec.encode())
    assert (len(machine.states), len(machine.symbols)) == (states + 1, colours)
    ran = after(machine, 1000)
    assert ran.outcome is Outcome.HALTED
    assert steps in (None, ran.steps)
    assert marks in (None, ran.configuration.score(machine.blank))


@needs_shared
def test_the_busy_beavers_of_the_plane_are_the_known_ones() -> None:
    listed = {spec: (steps, marks) for *_, spec, steps, marks in PLANAR_BEAVERS}
    wanted = {}
    for entry in KNOWN["busy_beaver_2d_absolute"]:
        if "steps_machine" in entry:
            wanted[entry["steps_machine"]] = entry["max_steps"], None
            wanted[entry["nonzero_machine"]] = None, entry["max_nonzero"]
    assert listed == wanted
