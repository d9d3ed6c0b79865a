"""The nearest sample as a machine in the setting of Goel et al. (2022).

It starts and ends as `circuits.machines.parity_machine` says. The answer is the label of the sample
that differs from the query in the fewest bits, the first of them in a tie. In between:

1. The row of the query is erased: every other row knows already where it differs from the query.
2. Row i is y_i (x_i o x, 1). A label 1 is added to its row, so that 1s are differences; then they
   are brought to the right end of the row, next to the label, by swapping neighbours.
3. Columns are searched from the right. The first with a 0 has one in the rows with the fewest 1s.
4. The answer is carried to the corner, and all else is erased (`circuits.machines.clear_grid`).
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from circuits.machines.clear_grid import Above, Corner, Cross, Erase, First, clear_grid
from circuits.machines.explore import Entry, explore, state_name
from circuits.machines.machine import Machine, Move


class Query(Enum):
    """Erasing the last row."""

    ERASE = "left along it"
    UP = "on its first cell, which is blank now"
    ALONG = "right along the row above, to its label"


class Row(Enum):
    """A row's differences, brought to the right."""

    LABEL = "on the label, before all else"
    FLIP = "left, adding 1"
    TO_LABEL = "right, to the blank beside the label"
    SKIP = "left over the label"
    ONES = "left over 1s, as far as they are in order"
    ZEROS = "left over 0s"
    SWAP = "on the 0 to the right of a 1"
    SORTED = "all are in order: likewise"
    NEXT = "on the label, to the row above"
    ABOVE = "on its label, if there is one"


class Search(Enum):
    """For the first 0."""

    NEXT = "on the first row, to the column on the left"
    BEGIN = "on the first row of this column, if there is one"
    DOWN = "down a column of 1s"
    BACK = "up it"
    FOUND = "right, to the blank beside the label"
    READ = "on the label of the nearest sample"


class Down(NamedTuple):
    """Down the labels, to the row of the query, with the answer."""

    answer: int


def bring_right(state: Row, symbol: str) -> Entry:
    """From the label of a row to the label above."""
    match state, symbol:
        case Row.LABEL, "0":
            return "0", Move.LEFT, Row.ONES
        case Row.LABEL, "1":
            return "1", Move.LEFT, Row.FLIP
        case Row.FLIP, "_":
            return "_", Move.RIGHT, Row.TO_LABEL
        case Row.FLIP, _:
            return "10"[int(symbol)], Move.LEFT, state
        case Row.TO_LABEL, "_":
            return "_", Move.LEFT, Row.SKIP
        case Row.SORTED, "_":
            return "_", Move.LEFT, Row.NEXT
        case ((Row.TO_LABEL | Row.SORTED), _):
            return symbol, Move.RIGHT, state
        case Row.SKIP, ("0" | "1"):
            return symbol, Move.LEFT, Row.ONES
        case ((Row.ONES | Row.ZEROS), "_"):
            return "_", Move.RIGHT, Row.SORTED
        case Row.ONES, "1":
            return "1", Move.LEFT, state
        case ((Row.ONES | Row.ZEROS), "0"):
            return "0", Move.LEFT, Row.ZEROS
        case Row.ZEROS, "1":
            return "0", Move.RIGHT, Row.SWAP
        case Row.SWAP, "0":
            return "1", Move.RIGHT, Row.TO_LABEL
        case Row.NEXT, ("0" | "1"):
            return symbol, Move.UP, Row.ABOVE
    return None


def search(state: Search, symbol: str) -> Entry:
    """From the first label to that of the nearest sample."""
    match state, symbol:
        case Search.NEXT, ("0" | "1"):
            return symbol, Move.LEFT, Search.BEGIN
        case ((Search.BEGIN | Search.DOWN), "1"):
            return "1", Move.DOWN, Search.DOWN
        case ((Search.BEGIN | Search.DOWN), "0"):
            return "0", Move.RIGHT, Search.FOUND
        case Search.BEGIN, "_":
            return "_", Move.RIGHT, Search.FOUND
        case Search.DOWN, "_":
            return "_", Move.UP, Search.BACK
        case Search.BACK, "1":
            return "1", Move.UP, state
        case Search.BACK, "_":
            return "_", Move.DOWN, Search.NEXT
        case Search.FOUND, "_":
            return "_", Move.LEFT, Search.READ
        case Search.FOUND, _:
            return symbol, Move.RIGHT, state
        case Search.READ, ("0" | "1"):
            return symbol, Move.DOWN, Down(int(symbol))
    return None


def transition(state: object, symbol: str) -> Entry:
    """The whole machine."""
    match state, symbol:
        case Query.ERASE, "_":
            return "_", Move.RIGHT, Query.UP
        case Query.ERASE, _:
            return "_", Move.LEFT, state
        case Query.UP, "_":
            return "_", Move.UP, Query.ALONG
        case Query.ALONG, "_":
            return "_", Move.LEFT, Row.LABEL
        case Query.ALONG, _:
            return symbol, Move.RIGHT, state
        case Row.ABOVE, "_":
            return "_", Move.DOWN, Search.NEXT
        case Row.ABOVE, _:
            return bring_right(Row.LABEL, symbol)
        case Row(), _:
            return bring_right(state, symbol)
        case Search(), _:
            return search(state, symbol)
        case Down(answer), "_":
            return "_", Move.UP, Erase(answer)
        case Down(), _:
            return symbol, Move.DOWN, state
        case ((Cross() | Erase() | First() | Above() | Corner()), _):
            return clear_grid(state, symbol)
    return None


def nearest_machine() -> Machine:
    """The machine; it needs m and d to be at least 1, and a column of workspace.

    >>> len(nearest_machine().states)
    32
    """
    return explore(
        transition,
        start=Query.ERASE,
        symbols="_01",
        blank="_",
        name="nearest machine",
        name_of=_name,
    )


def _name(state: object) -> str:
    """With the class: two have a state ``next``."""
    if isinstance(state, Query | Row | Search):
        return f"{type(state).__name__.lower()}.{state.name.lower()}"
    return state_name(state)
