"""Majority of labels as a machine in the setting of Goel et al. (2022).

It starts and ends as `circuits.machines.parity_machine` says: on the bottom right cell of rows
y_i (x_i o x, 1), and on the top left cell, with the answer, all else being blank. The last cell of
row i is y_i, so the labels are a column. A tie is +1, the bit 0.

Labels cancel in pairs. The top of the column becomes a run of equal labels under blanks. The head
goes down it; a cell that is not equal becomes equal, and the first two of the run become blank.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from circuits.machines.clear_grid import Above, Corner, Cross, Erase, First, clear_grid
from circuits.machines.explore import Entry, explore
from circuits.machines.machine import Machine, Move


class Majority(Enum):
    """What does not depend on a label."""

    QUERY = "on the label of the query, which is none"
    UP = "up the labels, to the first"
    RUN = "on the first cell of a run"
    TOP = "up a run, to the blank above it"
    ONE = "on its first cell"
    OTHER = "on its second cell"


class Down(NamedTuple):
    """Down a run of this label."""

    label: int


def transition(state: object, symbol: str) -> Entry:
    """The whole machine."""
    match state, symbol:
        case Majority.QUERY, ("0" | "1"):
            return "_", Move.UP, Majority.UP
        case Majority.UP, "_":
            return "_", Move.DOWN, Majority.RUN
        case ((Majority.UP | Majority.TOP), ("0" | "1")):
            return symbol, Move.UP, state
        case Majority.RUN, "_":
            return "_", Move.LEFT, Erase(0)
        case Majority.RUN, ("0" | "1"):
            return symbol, Move.DOWN, Down(int(symbol))
        case Down(label), "_":
            return "_", Move.LEFT, Erase(label)
        case Down(label), ("0" | "1"):
            equal = label == int(symbol)
            return str(label), (Move.DOWN if equal else Move.UP), state if equal else Majority.TOP
        case Majority.TOP, "_":
            return "_", Move.DOWN, Majority.ONE
        case Majority.ONE, ("0" | "1"):
            return "_", Move.DOWN, Majority.OTHER
        case Majority.OTHER, ("0" | "1"):
            return "_", Move.DOWN, Majority.RUN
        case ((Cross() | Erase() | First() | Above() | Corner()), _):
            return clear_grid(state, symbol)
    return None


def majority_machine() -> Machine:
    """The machine; it needs m and d to be at least 1.

    >>> len(majority_machine().states)
    19
    """
    return explore(
        transition, start=Majority.QUERY, symbols="_01", blank="_", name="majority machine"
    )
