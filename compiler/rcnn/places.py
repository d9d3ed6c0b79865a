"""The five cells of a patch that matter."""

from __future__ import annotations

from enum import IntEnum

from circuits.machines.machine import Move


class Place(IntEnum):
    """Where a cell is in a patch of 3 x 3 cells that is read row by row."""

    UP = 1
    LEFT = 3
    MIDDLE = 4
    RIGHT = 5
    DOWN = 7


PLACES = tuple(Place)
"""Up, left, middle, right, down: the order of the cells in a patch of five."""

BESIDE = {
    Place.UP: Move.UP,
    Place.LEFT: Move.LEFT,
    Place.RIGHT: Move.RIGHT,
    Place.DOWN: Move.DOWN,
}
"""Place -> the move that leads there from the middle."""
