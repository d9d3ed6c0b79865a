"""Runs as text: a line for every step of a tape, a frame for every step of a plane.

>>> from circuits.machines.busy_beaver import busy_beaver
>>> from circuits.machines.configuration import initial
>>> beaver = busy_beaver(2)
>>> print(text_diagram(beaver, initial(beaver), 100))
step  state
   0  A       0  0 [0] 0
   1  B       0  0  1 [0]
   2  A       0  0 [1] 1
   3  B       0 [0] 1  1
   4  A      [0] 1  1  1
   5  B       1 [1] 1  1
   6  Z       1  1 [1] 1
halted after 6 steps
"""

from __future__ import annotations

from collections.abc import Iterator

from circuits.errors import LimitError
from circuits.machines.box import Box, extent, window
from circuits.machines.configuration import Configuration, Field, Outcome
from circuits.machines.machine import Machine
from circuits.machines.run import Run, run, trajectory

MOST_SHOWN = 10**7
"""Cells, over all steps, that a text may show."""

_ENDINGS = {
    Outcome.RUNNING: "still running",
    Outcome.HALTED: "halted",
    Outcome.LEFT: "would leave the cells",
    Outcome.MARGIN: "would write on the margin",
}


def text_diagram(
    machine: Machine,
    configuration: Configuration,
    steps: int,
    field: Field | None = None,
    *,
    last: bool = False,
) -> str:
    """The run, step by step; the head's cell is in brackets.

    All cells that are there at the beginning, or visited, are shown at every step.

    Args:
        machine: what to run.
        configuration: where it starts.
        steps: at most so many.
        field: the cells it may use.
        last: only the last configuration.

    Raises:
        SourceError: as `run`.
        LimitError: as `run`, or more than `MOST_SHOWN` cells would be shown.
    """
    ran = run(machine, configuration, steps, field)
    box = shown_box(configuration, ran)
    if (1 if last else ran.steps + 1) * box.width * box.height > MOST_SHOWN:
        raise LimitError(
            f"{ran.steps} steps on {box.width} x {box.height} cells are too many to write down; "
            "ask for fewer steps or for the last configuration only"
        )
    moments = (moment for moment, _ in trajectory(machine, configuration, ran.steps, field))
    numbered = [(ran.steps, ran.configuration)] if last else enumerate(moments)
    names = max(len("state"), *map(len, machine.states))
    lines = [] if box.height > 1 else ["step  state"]
    for number, moment in numbered:
        rows = list(_rows(machine, moment, box))
        if box.height > 1:
            lines += [f"step {number}, state {machine.states[moment.state]}", *rows, ""]
        else:
            lines.append(f"{number:>4}  {machine.states[moment.state]:<{names}} {rows[0]}")
    return "\n".join([*lines, ending(ran)])


def ending(ran: Run) -> str:
    """How a run ended, in words."""
    return f"{_ENDINGS[ran.outcome]} after {ran.steps:,} step{'s' * (ran.steps != 1)}"


def shown_box(configuration: Configuration, ran: Run) -> Box:
    """The cells that a run began with and those that it visited."""
    return extent(configuration).around(ran.visited)


def _rows(machine: Machine, moment: Configuration, box: Box) -> Iterator[str]:
    """The rows of cells, all symbols equally wide."""
    wide = max(map(len, machine.symbols))
    cells = window(moment.cells, extent(moment), box, machine.blank).tolist()
    for y, row in enumerate(cells, box.top):
        shown = [f" {machine.symbols[symbol]:^{wide}} " for symbol in row]
        if y == moment.head[1]:
            place = moment.head[0] - box.left
            shown[place] = f"[{shown[place][1:-1]}]"
        yield "".join(shown).rstrip()
