"""How a learner ends: all cells become blank, row by row from below, and the answer goes on top.

A border can be sensed only beside cells that are not blank: the head steps onto the margin, reads
blank, and comes straight back. So each row is crossed to the right first, without erasing, and
erased on the way back to the first column, from where the next row is found above.
"""

from __future__ import annotations

from typing import NamedTuple

from circuits.machines.explore import HALT, Entry
from circuits.machines.machine import Move


class Cross(NamedTuple):
    """To the right, to the first blank."""

    answer: int


class Erase(NamedTuple):
    """To the left, writing blank."""

    answer: int


class First(NamedTuple):
    """On the first column, which is blank now."""

    answer: int


class Above(NamedTuple):
    """On the row above, if there is one."""

    answer: int


class Corner(NamedTuple):
    """On the top left cell."""

    answer: int


def clear_grid(state: Cross | Erase | First | Above | Corner, symbol: str) -> Entry:
    """From `Erase` on the last row with cells that are not blank; all rows above have such cells.

    Each row begins with a run of cells that are not blank, and has no other such cells.
    """
    answer = state.answer
    match state, symbol:
        case Cross(), "_":
            return "_", Move.LEFT, Erase(answer)
        case Cross(), _:
            return symbol, Move.RIGHT, state
        case Erase(), "_":
            return "_", Move.RIGHT, First(answer)
        case Erase(), _:
            return "_", Move.LEFT, state
        case First(), "_":
            return "_", Move.UP, Above(answer)
        case Above(), "_":
            return "_", Move.DOWN, Corner(answer)
        case Above(), _:
            return symbol, Move.RIGHT, Cross(answer)
        case Corner(), "_":
            return str(answer), Move.STAY, HALT
    return None
