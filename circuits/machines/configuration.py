"""Where a machine is: its cells, its head, its state; and what one step makes of that.

`step` is the definition of what a machine does. `circuits.machines.run` does the same fast, and
every lowering is compared with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from circuits.errors import SourceError
from circuits.machines.machine import Machine


class Outcome(Enum):
    """How things stand after a step, or a run."""

    RUNNING = "running"
    HALTED = "halted"
    LEFT = "left"
    """The next step would take the head off the field. It is not carried out: nothing is lost."""
    MARGIN = "margin"
    """The next step would write on the margin. It is not carried out."""


@dataclass(frozen=True, slots=True)
class Field:
    """The cells that a machine may use, x from 0 to width - 1 and y from 0 to height - 1.

    With a margin, the head may also step onto the cells around the field: there it reads blank
    and must write blank. This lets a machine sense the border (see Goel et al., where padding is
    no cell: a filter folds a visit to the margin into one step).
    """

    width: int
    height: int = 1
    margin: bool = False

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise SourceError(f"a field of {self.width} x {self.height} cells")

    def has(self, x: int, y: int) -> bool:
        """Whether this is a cell that can be written."""
        return 0 <= x < self.width and 0 <= y < self.height

    def admits(self, x: int, y: int) -> bool:
        """Whether the head may be here."""
        around = 1 if self.margin else 0
        return -around <= x < self.width + around and -around <= y < self.height + around


@dataclass(frozen=True, eq=False)
class Configuration:
    """Cells, head and state at one moment.

    Attributes:
        cells: shape (height, width) of symbols; one row for a tape.
        origin: (x, y) of ``cells[0, 0]``; cells outside the array are blank.
        head: (x, y).
        state: by number.
    """

    cells: NDArray[np.int16]
    head: tuple[int, int]
    state: int
    origin: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        self.cells.setflags(write=False)

    def symbol(self, x: int, y: int, blank: int) -> int:
        """The symbol of a cell."""
        column, row = x - self.origin[0], y - self.origin[1]
        height, width = self.cells.shape
        return int(self.cells[row, column]) if 0 <= row < height and 0 <= column < width else blank

    def score(self, blank: int) -> int:
        """How many cells are not blank."""
        return int((self.cells != blank).sum())

    def same(self, other: Configuration, blank: int) -> bool:
        """Whether head, state and every cell agree, however much of the blank each one stores."""
        if (self.head, self.state) != (other.head, other.state):
            return False
        return _written(self, blank) == _written(other, blank)


class Stepped(NamedTuple):
    """A configuration and how things stand in it."""

    configuration: Configuration
    outcome: Outcome


def _written(configuration: Configuration, blank: int) -> dict[tuple[int, int], int]:
    """The symbols that are not blank, by coordinates."""
    x, y = configuration.origin
    found = np.argwhere(configuration.cells != blank).tolist()
    return {(x + c, y + r): int(configuration.cells[r, c]) for r, c in found}


def initial(
    machine: Machine,
    rows: Sequence[Sequence[int]] | None = None,
    *,
    head: tuple[int, int] = (0, 0),
    field: Field | None = None,
    at: tuple[int, int] = (0, 0),
) -> Configuration:
    """The configuration to start in.

    Args:
        machine: whose start state and blank to use.
        rows: symbols to put on the cells, all rows equally long; ``machine.input`` by default.
        head: (x, y).
        field: cells to start with; by default those of ``rows``.
        at: (x, y) of the first symbol of ``rows``.

    Raises:
        SourceError: rows of different lengths, a symbol that the machine lacks, or symbols or the
            head outside the field.
    """
    rows = [machine.input] if rows is None else rows
    if len({len(row) for row in rows}) > 1:
        raise SourceError("rows of different lengths", hint="fill them up with blanks")
    strange = [symbol for row in rows for symbol in row if not 0 <= symbol < len(machine.symbols)]
    if strange:
        raise SourceError(f"symbol {strange[0]} of {len(machine.symbols)} on the cells")
    given = np.array(rows, np.int16).reshape(len(rows), len(rows[0]) if rows else 0)
    if field is None:
        return Configuration(given, head, machine.start, at)
    cells = np.full((field.height, field.width), machine.blank, np.int16)
    (x, y), (height, width) = at, given.shape
    fits = not given.size or (field.has(x, y) and field.has(x + width - 1, y + height - 1))
    if not fits:
        raise SourceError(
            f"{width} x {height} symbols at {at} do not fit {field.width} x {field.height} cells",
            hint="give more cells",
        )
    if not field.admits(*head):
        raise SourceError(f"the head starts at {head}, outside the cells", hint="give more cells")
    if given.size:
        cells[y : y + height, x : x + width] = given
    return Configuration(cells, head, machine.start)


def step(machine: Machine, configuration: Configuration, field: Field | None = None) -> Stepped:
    """Carry out one step; nothing changes where the outcome is not RUNNING.

    Without a field the cells go on for ever in all directions (on a tape: left and right).

    Args:
        machine: what to run.
        configuration: where it is.
        field: the cells it may use.
    """
    (x, y), blank = configuration.head, machine.blank
    on_margin = field is not None and not field.has(x, y)
    symbol = blank if on_margin else configuration.symbol(x, y, blank)
    rule = machine.rule(configuration.state, symbol)
    if rule is None:
        return Stepped(configuration, Outcome.HALTED)
    head = x + rule.move.dx, y + rule.move.dy
    if field is not None and not field.admits(*head):
        return Stepped(configuration, Outcome.LEFT)
    if on_margin:
        if rule.write != blank:
            return Stepped(configuration, Outcome.MARGIN)
        return Stepped(replace(configuration, head=head, state=rule.following), Outcome.RUNNING)
    origin, cells = _with_cell(configuration, x, y, blank)
    cells[y - origin[1], x - origin[0]] = rule.write
    return Stepped(Configuration(cells, head, rule.following, origin), Outcome.RUNNING)


def _with_cell(
    configuration: Configuration, x: int, y: int, blank: int
) -> tuple[tuple[int, int], NDArray[np.int16]]:
    """Origin and a copy of the cells, made large enough to hold (x, y)."""
    left, top = configuration.origin
    height, width = configuration.cells.shape
    if not configuration.cells.size:
        return (x, y), np.full((1, 1), blank, np.int16)
    before = max(0, top - y), max(0, left - x)
    after = max(0, y - (top + height - 1)), max(0, x - (left + width - 1))
    around = tuple(zip(before, after, strict=True))
    return (left - before[1], top - before[0]), np.pad(
        configuration.cells, around, constant_values=blank
    )
