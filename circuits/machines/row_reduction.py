"""A machine on a plane that solves linear systems over GF(2): it labels a new sample of a parity.

The rows are samples x_0 .. x_(n-1), each followed by its label y; 0 and 1 are the elements of
GF(2), and all around is blank. The last row is the query: a sample whose label is asked for. Two
observations keep the machine small:

- No back-substitution: the query is a row with label 0 and is reduced like any other. Once nothing
  is left of its sample, its label is the sum of the labels of the rows added to it: the answer.
- No bookkeeping: a finished column is erased from the left, so the current column j is always the
  first that is not blank.

The first row i with a 1 in column j is the pivot. It is added to all rows below that have a 1 in
column j, bit by bit: every 1 of row i, from the right, say in column k, changes each cell (r, k) by
cell (r, j). Column j comes last, there all rows become 0. Row i itself is made 0 on the way, and
nothing else moves: the answer is where the label of the query was, and there the machine halts.

The head needs one blank cell on every side. m random samples of n bits take about
0.15 m n^3 + 2 m n^2 steps; `circuits.machines.neighbour_pivots` needs fewer.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from circuits.errors import SourceError
from circuits.machines.configuration import Configuration, Field, initial
from circuits.machines.explore import HALT, Entry, Transition, explore
from circuits.machines.machine import Machine, Move

UP, DOWN, LEFT, RIGHT = Move.UP, Move.DOWN, Move.LEFT, Move.RIGHT


class Column(Enum):
    """From one column to the next."""

    SCAN = "down column j: erase every 0; the first 1 makes its row the pivot row i"
    FINISHED = "right of column j, now blank: up to the last row of column j + 1"
    LOOK = "is column j + 2 blank? then column j + 1 is the labels, and all is done"
    CLIMB = "up column j + 1, which is column j from here on"


class Add(Enum):
    """Adding row i to all rows below, column by column."""

    TO_END = "right, to the end of row i"
    NEXT_ONE = "left along row i, to its next 1, in column k; a blank marks the place"
    LIFT = "in column k, on the next row r: take its bit along, a blank marks the place"
    BACK = "up column k, to the mark in row i"


class Fetch(NamedTuple):
    """Left along row r, to column j, with the bit of (r, k)."""

    bit: int


class Sum(NamedTuple):
    """In column j: add its bit to that of (r, k)."""

    bit: int


class Bring(NamedTuple):
    """Right, to the mark in column k, with the sum."""

    bit: int


class Label(Enum):
    """Write the 0 that is the label of the query, where there is none."""

    FIND = "right, to the end of the query"
    FIND_LABELS = "right, to the end of the first row"
    FIND_QUERY = "down the labels, to where the one of the query belongs"
    RETURN = "left, to the first column"


def next_column(state: Column, symbol: str) -> Entry:
    """All of `Column`, but for the 1 that SCAN meets."""
    match state, symbol:
        case Column.SCAN, "0":
            return "_", DOWN, Column.SCAN
        case Column.SCAN, "_":
            return "_", RIGHT, Column.FINISHED
        case Column.FINISHED, "_":
            return "_", UP, Column.FINISHED
        case Column.FINISHED, bit:
            return bit, RIGHT, Column.LOOK
        case Column.LOOK, "_":
            return "_", LEFT, HALT
        case Column.LOOK, bit:
            return bit, LEFT, Column.CLIMB
        case Column.CLIMB, "_":
            return "_", DOWN, Column.SCAN
        case Column.CLIMB, bit:
            return bit, UP, Column.CLIMB
    return None


def add_pivot(state: Add | Fetch | Sum | Bring, symbol: str) -> Entry:
    """From the pivot in (i, j) to SCAN, there, when it has been added to all rows below."""
    match state, symbol:
        case Add.TO_END, "_":
            return "_", LEFT, Add.NEXT_ONE
        case Add.NEXT_ONE, "1":
            return "_", DOWN, Add.LIFT
        case Add.NEXT_ONE, "_":
            return "_", RIGHT, Column.SCAN
        case Add.LIFT, "_":
            return "_", UP, Add.BACK
        case Add.LIFT, bit:
            return "_", LEFT, Fetch(int(bit))
        case Fetch(lifted), "_":
            return "_", RIGHT, Sum(lifted)
        case Sum(), "_":  # column j itself was lifted: a bit and itself make 0
            return "0", DOWN, Add.LIFT
        case Sum(lifted), bit:
            return bit, RIGHT, Bring(lifted ^ int(bit))
        case Bring(total), "_":
            return str(total), DOWN, Add.LIFT
        case Add.BACK, "_":
            return "0", LEFT, Add.NEXT_ONE
        case Add.TO_END | Bring(), bit:
            return bit, RIGHT, state
        case Add.NEXT_ONE | Fetch(), bit:
            return bit, LEFT, state
        case Add.BACK, bit:
            return bit, UP, state


def write_label(state: Label, symbol: str) -> Entry:
    """All of `Label`; then on, as if the column before the first had been finished."""
    match state, symbol:
        case Label.FIND | Label.FIND_QUERY, "_":
            return "0", LEFT, Label.RETURN
        case Label.FIND_LABELS, "_":
            return "_", LEFT, Label.FIND_QUERY
        case Label.RETURN, "_":
            return "_", RIGHT, Column.CLIMB
        case Label.FIND | Label.FIND_LABELS, bit:
            return bit, RIGHT, state
        case Label.FIND_QUERY, bit:
            return bit, DOWN, state
        case Label.RETURN, bit:
            return bit, LEFT, state


def transition(state: object, symbol: str) -> Entry:
    """The whole machine."""
    match state, symbol:
        case Column.SCAN, "1":
            return "1", RIGHT, Add.TO_END
        case Column(), _:
            return next_column(state, symbol)
        case Label(), _:
            return write_label(state, symbol)
        case ((Add() | Fetch() | Sum() | Bring()), _):
            return add_pivot(state, symbol)
    return None


STARTS = {"prefilled": Column.SCAN, "query": Label.FIND, "corner": Label.FIND_LABELS}
"""Where the head starts. ``prefilled``: on the first cell of the first row, and the label of the
query is there, as 0. ``query``: on the first cell of the query. ``corner``: on the first cell of
the first row."""


def row_reduction(start: str = "query") -> Machine:
    """The machine: 14 states, and 2 or 3 more if it must write the label of the query.

    Args:
        start: one of `STARTS`.

    Raises:
        SourceError: ``start`` is none of them.
    """
    return machine_of(transition, start, "row reduction")


def machine_of(transition: Transition, start: str, name: str) -> Machine:
    """A machine over blank, 0 and 1 with one of the `STARTS`."""
    if start not in STARTS:
        raise SourceError(f"{name}: start must be one of {', '.join(STARTS)}, not '{start}'")
    return explore(transition, start=STARTS[start], symbols="_01", blank="_", name=name)


def linear_system(
    machine: Machine,
    samples: Sequence[Sequence[int]],
    labels: Sequence[int],
    query: Sequence[int],
    start: str = "query",
    field: Field | None = None,
) -> Configuration:
    """The configuration to start in; the samples are rows 0 .. m - 1 and the query is row m.

    Args:
        machine: `row_reduction` or `neighbour_pivots`, for this ``start``.
        samples: m of n bits each.
        labels: one bit each.
        query: n bits.
        start: one of `STARTS`.
        field: the cells; n + 1 columns, m + 1 rows and a margin are enough.
    """
    # Symbol number 0 is blank, so a bit's number is one more.
    rows = [[1 + bit for bit in (*x, y)] for x, y in zip(samples, labels, strict=True)]
    rows.append([*(1 + bit for bit in query), 1 if start == "prefilled" else 0])
    head = (0, len(samples)) if start == "query" else (0, 0)
    return initial(machine, rows, head=head, field=field)
