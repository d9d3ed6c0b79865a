"""`circuits.machines.row_reduction` with pivots that move: fewer steps, O(m n^2), and 17 states.

Only neighbouring rows are combined (Gentleman and Kung's neighbour pivoting). The pivot row sinks:
if the row below has a 1 in column j, the pivot row is added to it and the two change places;
otherwise they only change places. Either way the upper row of the two has a 0 in column j, which is
erased, and the lower one is the pivot row. At the bottom it is erased. So the query, which starts
as the last row, moves up by one row for every pivot below: the machine halts on its label in row
m - rank, if the query is in the span of the samples.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from circuits.machines.explore import Entry
from circuits.machines.machine import Machine
from circuits.machines.row_reduction import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Column,
    Label,
    machine_of,
    next_column,
    write_label,
)


class Sink(Enum):
    """The pivot row on its way down. Its 1 in column j is always erased when it is left."""

    FIRST = "below the pivot, or below an added bit: what is in the row below?"
    NEXT = "below the pivot, which has sunk before"
    ADD = "right along the lower row, whose 1s are added to the upper row"
    FLIP = "in the upper row: add 1"
    SWAP = "right along the lower row, which changes places with the upper row"
    BACK = "left along the lower row, to column j"
    PIVOT = "on the pivot, in column j"
    TO_END = "the pivot row is the last: right, to its end"
    ERASE = "left along the pivot row, erasing it"


class Up(NamedTuple):
    """To the upper row, with the bit of the lower one."""

    bit: int


class Down(NamedTuple):
    """To the lower row, with the bit of the upper one."""

    bit: int


def sink(state: Sink | Up | Down, symbol: str) -> Entry:
    """From the row below the pivot to the bottom, and on to the next column."""
    match state, symbol:
        case ((Sink.FIRST | Sink.NEXT), "0"):
            return "1", RIGHT, Sink.SWAP
        case ((Sink.FIRST | Sink.NEXT), "1"):
            return "1", RIGHT, Sink.ADD
        case Sink.FIRST, "_":
            return "_", RIGHT, Column.FINISHED
        case Sink.NEXT, "_":
            return "_", UP, Sink.PIVOT
        case Sink.ADD, "1":
            return "1", UP, Sink.FLIP
        case Sink.ADD, "0":
            return "0", RIGHT, Sink.ADD
        case Sink.FLIP, (
            "0" | "1"
        ) as bit:  # the 1 below sends it on: FIRST needs no state of its own for this
            return str(1 - int(bit)), DOWN, Sink.FIRST
        case ((Sink.ADD | Sink.SWAP), "_"):
            return "_", LEFT, Sink.BACK
        case Sink.SWAP, bit:
            return bit, UP, Up(int(bit))
        case Up(lower), ("0" | "1") as bit:
            return str(lower), DOWN, Down(int(bit))
        case Down(upper), "0" | "1":
            return str(upper), RIGHT, Sink.SWAP
        case Sink.BACK, "_":
            return "_", RIGHT, Sink.PIVOT
        case Sink.BACK, bit:
            return bit, LEFT, Sink.BACK
        case Sink.PIVOT, "1":
            return "_", DOWN, Sink.NEXT
        case Sink.PIVOT, "_":  # nothing was below
            return "_", RIGHT, Sink.TO_END
        case Sink.TO_END, "_":
            return "_", LEFT, Sink.ERASE
        case Sink.TO_END, bit:
            return bit, RIGHT, Sink.TO_END
        case Sink.ERASE, "_":
            return "_", RIGHT, Column.FINISHED
        case Sink.ERASE, "0" | "1":
            return "_", LEFT, Sink.ERASE
    return None


def transition(state: object, symbol: str) -> Entry:
    """The whole machine."""
    match state, symbol:
        case Column.SCAN, "1":
            return "_", DOWN, Sink.FIRST
        case Column(), _:
            return next_column(state, symbol)
        case Label(), _:
            return write_label(state, symbol)
        case ((Sink() | Up() | Down()), _):
            return sink(state, symbol)
    return None


def neighbour_pivots(start: str = "query") -> Machine:
    """The machine: 17 states, and 2 or 3 more if it must write the label of the query.

    Args:
        start: one of `circuits.machines.row_reduction.STARTS`.

    Raises:
        SourceError: ``start`` is none of them.
    """
    return machine_of(transition, start, "row reduction, neighbour pivots")
