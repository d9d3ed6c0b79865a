"""`run` does what `step` says, however far it goes; `trajectory` shows every step of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_machines import configurations, fields, machines

import circuits.machines.box as box_module
import circuits.machines.run as run_module
from circuits.errors import LimitError, SourceError
from circuits.machines.configuration import Configuration, Field, Outcome, initial, step
from circuits.machines.machine import Machine, Move
from circuits.machines.run import Box, Run, head_path, run, trajectory

RIGHT_FOR_EVER = Machine.of_rules({("A", "0"): ("1", Move.RIGHT, "A")}, start="A", blank="0")


def judged(machine: Machine, configuration: Configuration, steps: int, field: Field | None) -> Run:
    """The run, by the definition of a step."""
    heads, done, outcome = [configuration.head], 0, Outcome.RUNNING
    while True:
        following, outcome = step(machine, configuration, field)
        if done == steps or outcome is not Outcome.RUNNING:
            break
        configuration, done = following, done + 1
        heads.append(configuration.head)
    columns, rows = zip(*heads, strict=True)
    box = Box(min(columns), min(rows), max(columns), max(rows))
    return Run(configuration, outcome, done, box)


def assert_same(machine: Machine, got: Run, wanted: Run) -> None:
    assert (got.outcome, got.steps, got.visited) == (wanted.outcome, wanted.steps, wanted.visited)
    assert got.configuration.same(wanted.configuration, machine.blank)


@given(st.data())
@settings(max_examples=300)
def test_a_run_is_what_its_steps_are(data: st.DataObject) -> None:
    machine = data.draw(machines())
    field = data.draw(st.none() | fields(machine.planar))
    start = data.draw(configurations(machine, field))
    steps = data.draw(st.integers(0, 60))
    wanted = judged(machine, start, steps, field)
    before = start.cells.copy()
    got = run(machine, start, steps, field)
    assert_same(machine, got, wanted)
    assert (start.cells == before).all()
    seen = list(trajectory(machine, start, steps, field))
    assert seen[-1].outcome is got.outcome
    assert all(moment.outcome is Outcome.RUNNING for moment in seen[:-1])
    assert seen[-1].configuration.same(got.configuration, machine.blank)
    heads = [list(moment.configuration.head) for moment in seen]
    assert head_path(machine, start, steps, field).tolist() == heads


@given(st.data())
def test_a_run_in_two_parts_is_the_run(data: st.DataObject) -> None:
    machine = data.draw(machines())
    start = data.draw(configurations(machine))
    first, second = data.draw(st.integers(0, 200)), data.draw(st.integers(0, 200))
    whole = run(machine, start, first + second)
    begun = run(machine, start, first)
    ended = run(machine, begun.configuration, second)
    visited = begun.visited.around(ended.visited)
    joined = Run(ended.configuration, ended.outcome, begun.steps + ended.steps, visited)
    assert_same(machine, whole, joined)


_FACINGS = (Move.UP, Move.RIGHT, Move.DOWN, Move.LEFT)
ANT = Machine.of_rules(
    {
        (facing.name, symbol): (written, turned, turned.name)
        for i, facing in enumerate(_FACINGS)
        for symbol, written, turned in (
            ("0", "1", _FACINGS[(i + 1) % 4]),
            ("1", "0", _FACINGS[(i - 1) % 4]),
        )
    },
    start="UP",
    blank="0",
)
"""Langton's ant."""


@pytest.mark.parametrize(("chunk", "growth"), [(1, 1), (7, 1), (1, 64), (1000, 3)])
def test_neither_growth_nor_chunks_are_seen(
    chunk: int, growth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "_CHUNK", chunk)
    monkeypatch.setattr(run_module, "_FIRST_GROWTH", growth)
    start = initial(ANT)
    wanted = judged(ANT, start, 700, None)
    assert wanted.visited.width > 8
    assert wanted.visited.height > 8
    assert_same(ANT, run(ANT, start, 700), wanted)
    heads = [moment.configuration.head for moment in trajectory(ANT, start, 700)]
    assert head_path(ANT, start, 700).tolist() == [list(head) for head in heads]


@pytest.mark.parametrize("move", [Move.LEFT, Move.RIGHT, Move.UP, Move.DOWN])
def test_the_cells_go_on_for_ever_in_every_direction(move: Move) -> None:
    machine = Machine.of_rules({("A", "0"): ("1", move, "A")}, start="A", blank="0")
    ran = run(machine, initial(machine, head=(3, 4), at=(3, 4)), 200_000)
    end = 3 + 200_000 * move.dx, 4 + 200_000 * move.dy
    assert (ran.outcome, ran.steps, ran.configuration.head) == (Outcome.RUNNING, 200_000, end)
    assert ran.visited == Box(3, 4, 3, 4).around(Box(*end, *end))
    assert ran.configuration.score(machine.blank) == 200_000
    assert ran.configuration.symbol(*end, machine.blank) == 0


def test_the_result_holds_no_cells_that_were_neither_given_nor_visited() -> None:
    ran = run(RIGHT_FOR_EVER, initial(RIGHT_FOR_EVER), 1000)
    assert ran.configuration.cells.shape == (1, 1001)
    for shape in ((0, 5), (1, 0)):
        empty = Configuration(np.zeros(shape, np.int16), (0, 0), 0, (50, 50))
        ran = run(RIGHT_FOR_EVER, empty, 9)
        assert (ran.configuration.cells.shape, ran.configuration.origin) == ((1, 10), (0, 0))
    within = run(RIGHT_FOR_EVER, initial(RIGHT_FOR_EVER, field=Field(9)), 4, Field(9))
    assert within.configuration.cells.tolist() == [[1, 1, 1, 1, 0, 0, 0, 0, 0]]


def test_a_run_looks_at_the_step_that_it_may_not_carry_out() -> None:
    twice = Machine.of_rules(
        {("A", "0"): ("1", Move.RIGHT, "B"), ("B", "0"): ("1", Move.RIGHT, "C")},
        start="A",
        blank="0",
    )
    outcomes = [run(twice, initial(twice), steps).outcome.value for steps in range(4)]
    assert outcomes == ["running", "running", "halted", "halted"]
    short = [run(twice, initial(twice, field=Field(1)), steps, Field(1)) for steps in range(2)]
    assert [(ran.outcome, ran.steps) for ran in short] == [(Outcome.LEFT, 0)] * 2


def test_a_halting_state_halts_before_the_head_can_leave() -> None:
    once = Machine.of_rules({("A", "0"): ("0", Move.STAY, "B")}, start="A", blank="0")
    ran = run(once, initial(once, field=Field(1)), 5, Field(1))
    assert (ran.outcome, ran.steps) == (Outcome.HALTED, 1)


TO_THE_MARGIN = Machine.of_rules(
    {
        ("out", "_"): ("_", Move.LEFT, "write"),
        ("write", "_"): ("x", Move.RIGHT, "back"),
        ("out", "x"): ("x", Move.LEFT, "look"),
        ("look", "_"): ("_", Move.RIGHT, "back"),
        ("back", "x"): ("x", Move.STAY, "there"),
    },
    start="out",
    blank="_",
    symbols=("_", "x"),
)
"""Goes left; from an x it looks there and comes back, from a blank it writes there."""


def test_the_margin_is_read_as_blank_and_not_written() -> None:
    field = Field(3, margin=True)
    start = initial(TO_THE_MARGIN, [[1, 0, 0]], field=field)
    ran = run(TO_THE_MARGIN, start, 20, field)
    assert (ran.outcome, ran.steps, ran.visited) == (Outcome.HALTED, 3, Box(-1, 0, 0, 0))
    assert ran.configuration.cells.tolist() == [[1, 0, 0]]
    start = initial(TO_THE_MARGIN, [[0, 0, 0]], field=field)
    ran = run(TO_THE_MARGIN, start, 20, field)
    assert (ran.outcome, ran.steps, ran.configuration.head) == (Outcome.MARGIN, 1, (-1, 0))
    assert not ran.configuration.cells.any()


def test_symbols_stored_on_the_margin_are_read_as_blank_and_kept() -> None:
    field = Field(1, margin=True)
    start = Configuration(
        np.array([[1, 1, 1]], np.int16), (-1, 0), TO_THE_MARGIN.states.index("look"), (-1, 0)
    )
    for ran in (run(TO_THE_MARGIN, start, 1, field), judged(TO_THE_MARGIN, start, 1, field)):
        assert ran.configuration.cells.tolist() == [[1, 1, 1]]
        assert (ran.steps, ran.configuration.head) == (1, (0, 0))


def refused(
    configuration: Configuration, message: str, field: Field | None = None, steps: int = 1
) -> None:
    with pytest.raises(SourceError) as refusal:
        run(RIGHT_FOR_EVER, configuration, steps, field)
    assert refusal.value.message == message


def test_a_configuration_of_another_machine_is_refused() -> None:
    cells = np.zeros((1, 3), np.int16)
    refused(Configuration(cells, (0, 0), 1), "state 1 of 1")
    refused(Configuration(cells, (0, 0), -1), "state -1 of 1")
    refused(Configuration(cells + 2, (0, 0), 0), "a symbol on the cells is not one of 2")
    refused(Configuration(cells - 1, (0, 0), 0), "a symbol on the cells is not one of 2")
    outside = "the head is at (3, 0), outside 3 x 1 cells"
    refused(Configuration(cells, (3, 0), 0), outside, Field(3))
    refused(Configuration(cells, (0, 0), 0), "-1 steps", steps=-1)


def test_more_cells_than_there_may_be_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    far = Configuration(np.zeros((1, 1), np.int16), (10**12, 0), 0)
    with pytest.raises(LimitError, match=r"^a run over 1000000000001 x 1 cells; at most 268435456"):
        run(RIGHT_FOR_EVER, far, 1)
    monkeypatch.setattr(box_module, "MOST_CELLS", 100)
    assert run(RIGHT_FOR_EVER, initial(RIGHT_FOR_EVER), 64).steps == 64
    with pytest.raises(LimitError, match=r"^a run over 129 x 1 cells; at most 100$"):
        run(RIGHT_FOR_EVER, initial(RIGHT_FOR_EVER), 65)


@given(st.data())
def test_what_two_boxes_share_is_in_both(data: st.DataObject) -> None:
    edges = st.integers(-5, 5)
    one, other = (
        Box(left, top, left + data.draw(st.integers(0, 4)), top + data.draw(st.integers(0, 4)))
        for left, top in [(data.draw(edges), data.draw(edges)) for _ in range(2)]
    )

    def cells(box: Box) -> Iterator[tuple[int, int]]:
        for x in range(box.left, box.right + 1):
            for y in range(box.top, box.bottom + 1):
                yield x, y

    assert set(cells(one.within(other))) == set(cells(one)) & set(cells(other))
    assert set(cells(one)) | set(cells(other)) <= set(cells(one.around(other)))
    nothing = Box(9, 9, 8, 20)
    assert one.around(nothing) == nothing.around(one) == one
    assert one.moved(2, -3) == Box(one.left + 2, one.top - 3, one.right + 2, one.bottom - 3)


def test_numba_is_loaded_only_when_a_machine_runs() -> None:
    program = (
        "import sys\n"
        "import circuits.machines.run as r\n"
        "from circuits.machines.configuration import initial\n"
        "from circuits.machines.machine import Machine, Move\n"
        "m = Machine.of_rules({('A', '0'): ('1', Move.LEFT, 'B')}, start='A', blank='0')\n"
        "print('numba' in sys.modules)\n"
        "r.run(m, initial(m), 1)\n"
        "print('numba' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert found.stdout.split() == ["False", "True"]


def test_a_machine_runs_where_nothing_can_be_written() -> None:
    program = (
        "import numba.core.caching as caching\n"
        "for name in ('CacheImpl', '_CacheImpl'):\n"
        "    if hasattr(caching, name):\n"
        "        getattr(caching, name)._locator_classes = []\n"
        "from circuits.machines.kernel import advance\n"
        "print(type(advance._cache).__name__)\n"
        "from circuits.machines.busy_beaver import busy_beaver\n"
        "from circuits.machines.configuration import initial\n"
        "from circuits.machines.run import run\n"
        "print(run(busy_beaver(2), initial(busy_beaver(2)), 10).steps)"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert found.stdout.split() == ["NullCache", "6"]
