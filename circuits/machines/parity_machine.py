"""The parity learner of Goel et al. (2022) as a machine: 40 states, on the cells of their input.

Their input for samples x_1 .. x_m of d bits with labels y_i = parity of (x_i AND s), and for a
query x, is a grid of m + 1 rows and d + 1 columns over {-1, +1}, where +1 is the bit 0. Row i is
y_i times (x_i o x, 1), as bits (x_i + x + y_i 1, y_i); the last row is (x, 0). The head starts on
the bottom right cell. It halts on the top left cell, which then holds the parity of (x AND s), or 0
if x is not in the span of the samples, and which is the only cell that is not blank. In between:

1. The form of the input is undone: a label 1 is added to its row, then the query to every row.
2. The rows are reduced as by `circuits.machines.row_reduction`.
3. The answer is carried along the top row into the corner.

The machine needs `Field(d + 1, m + 1, margin=True)`, and d and m to be at least 1. It senses the
border by stepping onto the margin, where it reads blank, and it always comes straight back.

What the reduction leaves is blank, and in a blank field no border can be sensed. So a finished
column keeps a 0 in its first row: a *roof*, which leads back to the corner. Nothing else looks
there, but for the search for the left end of pivot row 0; this is why `Clear` finishes column j
where `row_reduction` walks on to the left. (The table that this machine follows had no roof. It
found the corner by writing on the margin and looking whether that was lost, which a `Field` does
not allow; and it called two states D0, those that are ``to_query`` and ``bring.0`` here.)
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from circuits.machines.configuration import Configuration, Field, initial
from circuits.machines.explore import HALT, Entry, explore
from circuits.machines.machine import Machine, Move
from circuits.machines.row_reduction import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Add,
    Bring,
    Column,
    Fetch,
    Sum,
    add_pivot,
    next_column,
)

STAY = Move.STAY


class Undo(Enum):
    """Undoing the form of the input, first in the rows, upwards, and then in the columns."""

    DONE = "on a label whose row is done: to the next row"
    LABEL = "is this label 1?"
    FLIP_ROW = "it is: left along the row, adding 1"
    TO_LABEL = "right, back to the label"
    TO_QUERY = "down the labels, to the query"
    QUERY = "left along the query, to the next 1"
    FLIP_COLUMN = "up its column, adding 1 to the other rows"
    RETURN = "down, back to the query"
    PASS = "left of the 1 in the query"
    FIRST_COLUMN = "up the first column, to begin the reduction"


class Roof(Enum):
    """A 0 onto the column that is finished, on the way into the next one."""

    BESIDE = "on the first cell of column j, after the climb"
    LAY = "left of it"


class Clear(Enum):
    """The end of a pivot: column j becomes 0, as every row below has been added to."""

    ZERO = "down column j, writing 0"
    TO_PIVOT = "up column j, to the mark on the pivot"


class Answer(Enum):
    """The reduction is done."""

    READ = "on the label of the query"


class Erase(NamedTuple):
    """Up the labels, which are all 0 now, with the answer."""

    answer: int


class Top(NamedTuple):
    """On the first label."""

    answer: int


class Gap(NamedTuple):
    """On the last column of the samples, which has no roof."""

    answer: int


class Follow(NamedTuple):
    """Left along the roof, erasing it."""

    answer: int


class Corner(NamedTuple):
    """On the top left cell."""

    answer: int


def undo(state: Undo, symbol: str) -> Entry:
    """From the bottom right cell to SCAN on the top left cell."""
    match state, symbol:
        case Undo.LABEL, "1":
            return "1", LEFT, Undo.FLIP_ROW
        case Undo.LABEL, "_":
            return "_", DOWN, Undo.TO_QUERY
        case Undo.FLIP_ROW, "_":
            return "_", RIGHT, Undo.TO_LABEL
        case Undo.TO_LABEL, "_":
            return "_", LEFT, Undo.DONE
        case Undo.TO_QUERY, "_":
            return "_", UP, Undo.QUERY
        case Undo.QUERY, "1":
            return "1", UP, Undo.FLIP_COLUMN
        case Undo.QUERY, "_":
            return "_", RIGHT, Undo.FIRST_COLUMN
        case Undo.FLIP_COLUMN, "_":
            return "_", DOWN, Undo.RETURN
        case Undo.RETURN, "_":
            return "_", UP, Undo.PASS
        case Undo.PASS, "1":
            return "1", LEFT, Undo.QUERY
        case Undo.FIRST_COLUMN, "_":
            return "_", DOWN, Column.SCAN
        case ((Undo.DONE | Undo.LABEL), ("0" | "1")):
            return symbol, UP, Undo.LABEL
        case Undo.FLIP_ROW, bit:
            return _flipped(bit), LEFT, state
        case Undo.TO_LABEL, bit:
            return bit, RIGHT, state
        case Undo.QUERY, "0":
            return "0", LEFT, state
        case Undo.FLIP_COLUMN, bit:
            return _flipped(bit), UP, state
        case ((Undo.TO_QUERY | Undo.RETURN), bit):
            return bit, DOWN, state
        case Undo.FIRST_COLUMN, bit:
            return bit, UP, state
    return None


def _flipped(bit: str) -> str:
    return "10"[int(bit)]


def reduce(state: Column | Add | Fetch | Sum | Bring | Roof | Clear, symbol: str) -> Entry:
    """Where this reduction differs from `row_reduction`, and the rest of it."""
    match state, symbol:
        case Column.SCAN, "1":
            return "1", RIGHT, Add.TO_END
        # Below column j is the margin, from which the head must come back.
        case Column.SCAN, "_":
            return "_", UP, Column.FINISHED
        case Column.FINISHED, "_":
            return "_", RIGHT, Column.FINISHED
        case Column.LOOK, "_":
            return "_", LEFT, Answer.READ
        case Column.CLIMB, "_":
            return "_", DOWN, Roof.BESIDE
        case Roof.BESIDE, ("0" | "1"):
            return symbol, LEFT, Roof.LAY
        case Roof.LAY, "_":
            return "0", RIGHT, Column.SCAN
        case Sum(), "_":
            return "0", DOWN, Clear.ZERO
        case Clear.ZERO, "_":
            return "_", UP, Clear.TO_PIVOT
        case Clear.ZERO, _:
            return "0", DOWN, Clear.ZERO
        case Clear.TO_PIVOT, "_":
            return "_", DOWN, Column.SCAN
        case Clear.TO_PIVOT, "0":
            return "0", UP, Clear.TO_PIVOT
        case Column(), _:
            return next_column(state, symbol)
        case ((Add() | Fetch() | Sum() | Bring()), _):
            return add_pivot(state, symbol)
    return None


def deliver(state: object, symbol: str) -> Entry:
    """From the label of the query to the corner."""
    match state, symbol:
        case Answer.READ, ("0" | "1"):
            return "_", UP, Erase(int(symbol))
        case Erase(answer), "_":
            return "_", DOWN, Top(answer)
        case Erase(), "0":
            return "_", UP, state
        case Top(answer), "_":
            return "_", LEFT, Gap(answer)
        case Gap(answer), "_":
            return "_", LEFT, Follow(answer)
        case Follow(answer), "_":
            return "_", RIGHT, Corner(answer)
        case Follow(), "0":
            return "_", LEFT, state
        case Corner(answer), "_":
            return str(answer), STAY, HALT
    return None


def transition(state: object, symbol: str) -> Entry:
    """The whole machine."""
    match state:
        case Undo():
            return undo(state, symbol)
        case Column() | Add() | Fetch() | Sum() | Bring() | Roof() | Clear():
            return reduce(state, symbol)
        case _:
            return deliver(state, symbol)


def parity_machine() -> Machine:
    """The machine: 39 states that work, and ``HALT``."""
    return explore(transition, start=Undo.DONE, symbols="_01", blank="_", name="parity machine")


def parity_input(
    machine: Machine,
    samples: Sequence[Sequence[int]],
    labels: Sequence[int],
    query: Sequence[int],
    workspace: int = 0,
) -> tuple[Configuration, Field]:
    """The configuration to start in, and its field.

    Args:
        machine: `parity_machine`.
        samples: m of d bits each.
        labels: one bit each.
        query: d bits.
        workspace: blank columns to the right; none is needed.
    """
    rows = [
        [y ^ a ^ b for a, b in zip(x, query, strict=True)] + [y]
        for x, y in zip(samples, labels, strict=True)
    ]
    width, height = len(query) + 1, len(rows) + 1
    field = Field(width + workspace, height, margin=True)
    # Symbol number 0 is blank, so a bit's number is one more.
    cells = [[1 + bit for bit in row] for row in [*rows, [*query, 0]]]
    return initial(machine, cells, head=(width - 1, height - 1), field=field), field
