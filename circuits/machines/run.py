"""Run a machine fast: what `circuits.machines.configuration.step` says, 10^8 times a second.

>>> from circuits.machines.configuration import initial
>>> from circuits.machines.machine import Machine, Move
>>> rules = {
...     ("A", "0"): ("1", Move.RIGHT, "B"), ("A", "1"): ("1", Move.LEFT, "B"),
...     ("B", "0"): ("1", Move.LEFT, "A"), ("B", "1"): ("1", Move.RIGHT, "HALT"),
... }
>>> beaver = Machine.of_rules(rules, start="A", blank="0")
>>> ran = run(beaver, initial(beaver), 1000)
>>> ran.outcome.value, ran.steps, ran.configuration.score(beaver.blank)
('halted', 6, 4)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from circuits.errors import SourceError
from circuits.machines.box import Box as Box
from circuits.machines.box import extent, part, window
from circuits.machines.configuration import Configuration, Field, Outcome, Stepped, step
from circuits.machines.machine import Machine, Move

_CHUNK = 2**25
"""Steps between two looks at the keyboard: a third of a second."""

_FIRST_GROWTH = 64


@dataclass(frozen=True, eq=False)
class Run:
    """What came of a run.

    Attributes:
        configuration: after the last step that was carried out.
        outcome: of one more step there. So the run that carries out the halting step and no more
            has halted.
        steps: how many were carried out.
        visited: the cells that the head was on lie in this box, those of the first and the last
            configuration included.
    """

    configuration: Configuration
    outcome: Outcome
    steps: int
    visited: Box


def run(
    machine: Machine, configuration: Configuration, steps: int, field: Field | None = None
) -> Run:
    """Carry out at most ``steps`` steps; `step` says what each does.

    Args:
        machine: what to run.
        configuration: where it starts.
        steps: at most so many.
        field: the cells it may use; without one they go on for ever.

    Raises:
        SourceError: ``configuration`` is none of this machine, or its head is outside the field.
        LimitError: the cells would be more than `circuits.machines.box.MOST_CELLS`.
    """
    return _run(machine, configuration, steps, field)


def head_path(
    machine: Machine, configuration: Configuration, steps: int, field: Field | None = None
) -> NDArray[np.int64]:
    """Where the head is before the first step and after each: (x, y), shape (steps + 1, 2).

    Args:
        machine: what to run.
        configuration: where it starts.
        steps: at most so many.
        field: the cells it may use.

    Raises:
        SourceError: as `run`.
        LimitError: as `run`.
    """
    ran = run(machine, configuration, steps, field)
    path = np.empty((ran.steps + 1, 2), np.int64)
    path[0] = configuration.head
    _run(machine, configuration, ran.steps, field, path[1:])
    return path


def _run(
    machine: Machine,
    configuration: Configuration,
    steps: int,
    field: Field | None,
    path: NDArray[np.int64] | None = None,
) -> Run:
    from circuits.machines.kernel import EDGE, MARGIN, PAUSED, STOPPED, advance

    _check(machine, configuration, steps, field)
    blank, rules = machine.blank, _rules(machine)
    margin = blank if field is not None and field.margin else -1
    box = _first_box(configuration, field)
    cells = window(configuration.cells, extent(configuration), box, blank)
    if margin >= 0:
        cells[[0, -1]] = cells[:, [0, -1]] = blank
    outcomes = {
        STOPPED: Outcome.HALTED,
        EDGE: Outcome.RUNNING if field is None else Outcome.LEFT,
        MARGIN: Outcome.MARGIN,
        PAUSED: Outcome.RUNNING,
    }
    x, y = configuration.head
    state, done, visited = configuration.state, 0, Box(x, y, x, y)
    while True:
        chunk = min(steps - done, _CHUNK)
        piece = None if path is None else path[done : done + chunk]
        why, carried, state, x, y, *reached = advance(
            cells, rules, margin, x - box.left, y - box.top, state, chunk, piece
        )
        if piece is not None:
            piece[:carried] += box[:2]
        x, y, done = x + box.left, y + box.top, done + carried
        visited = visited.around(Box(*reached).moved(box.left, box.top))
        outcome = outcomes[why]
        if done == steps or outcome is not Outcome.RUNNING:
            break
        if why == EDGE:
            grown = _grown(box, Move(machine.move[state, cells[y - box.top, x - box.left]]))
            cells, box = window(cells, box, grown, blank), grown
    changed = visited if field is None else Box(0, 0, field.width - 1, field.height - 1)
    whole = extent(configuration).around(changed)
    result = window(configuration.cells, extent(configuration), whole, blank)
    part(result, whole, changed)[:] = part(cells, box, changed)
    return Run(Configuration(result, (x, y), state, whole[:2]), outcome, done, visited)


def trajectory(
    machine: Machine, configuration: Configuration, steps: int, field: Field | None = None
) -> Iterator[Stepped]:
    """The configurations of a run, one by one: the first, and one for each step carried out.

    As in `Run`, the outcome is that of one more step; so all but the last are RUNNING.

    Args:
        machine: what to run.
        configuration: where it starts.
        steps: at most so many.
        field: the cells it may use.
    """
    for _ in range(steps):
        following, outcome = step(machine, configuration, field)
        yield Stepped(configuration, outcome)
        if outcome is not Outcome.RUNNING:
            return
        configuration = following
    yield Stepped(configuration, step(machine, configuration, field).outcome)


def _check(machine: Machine, configuration: Configuration, steps: int, field: Field | None) -> None:
    """Refuse what would make the kernel read outside its arrays, or never end."""
    cells = configuration.cells
    if steps < 0:
        raise SourceError(f"{steps} steps")
    if not 0 <= configuration.state < len(machine.states):
        raise SourceError(f"state {configuration.state} of {len(machine.states)}")
    if cells.size and not 0 <= cells.min() <= cells.max() < len(machine.symbols):
        raise SourceError(f"a symbol on the cells is not one of {len(machine.symbols)}")
    if field is not None and not field.admits(*configuration.head):
        raise SourceError(
            f"the head is at {configuration.head}, outside {field.width} x {field.height} cells",
            hint="give more cells",
        )


def _rules(machine: Machine) -> NDArray[np.int64]:
    """The table as the kernel reads it."""
    columns, rows = np.array([(move.dx, move.dy) for move in Move]).T
    move = machine.move  # what a missing entry moves is never looked at
    parts = machine.write, columns[move], rows[move], machine.following
    return np.stack(parts, axis=-1).astype(np.int64)


def _first_box(configuration: Configuration, field: Field | None) -> Box:
    """The cells to start with: those where the head may be, or those that are there."""
    if field is not None:
        around = 1 if field.margin else 0
        return Box(-around, -around, field.width - 1 + around, field.height - 1 + around)
    x, y = configuration.head
    return extent(configuration).around(Box(x, y, x, y))


def _grown(box: Box, move: Move) -> Box:
    """Half as much again, for a head that leaves the box in this direction."""
    columns = move.dx * max(box.width // 2, _FIRST_GROWTH)
    rows = move.dy * max(box.height // 2, _FIRST_GROWTH)
    return box.around(box.moved(columns, rows))
