"""Rectangles of cells: what they have in common, and what is in them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from circuits.errors import LimitError
from circuits.machines.configuration import Configuration

MOST_CELLS = 2**28
"""Cells that a run may store. They are a rectangle around all cells that the head was on."""


class Box(NamedTuple):
    """Columns ``left`` to ``right`` and rows ``top`` to ``bottom``, all of them included."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left + 1

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top + 1

    def around(self, other: Box) -> Box:
        """The least box around both; a box without cells counts for nothing."""
        if not (self.width and self.height):
            return other
        if not (other.width and other.height):
            return self
        least = min(self.left, other.left), min(self.top, other.top)
        return Box(*least, max(self.right, other.right), max(self.bottom, other.bottom))

    def within(self, other: Box) -> Box:
        """What both have in common, perhaps a box without cells at the edge of ``other``."""
        left, right = np.clip((self.left, self.right + 1), other.left, other.right + 1).tolist()
        top, bottom = np.clip((self.top, self.bottom + 1), other.top, other.bottom + 1).tolist()
        return Box(left, top, right - 1, bottom - 1)

    def moved(self, columns: int, rows: int) -> Box:
        """The box this far to the right and down."""
        return Box(self.left + columns, self.top + rows, self.right + columns, self.bottom + rows)


def extent(configuration: Configuration) -> Box:
    """The box of the stored cells."""
    (left, top), (height, width) = configuration.origin, configuration.cells.shape
    return Box(left, top, left + width - 1, top + height - 1)


def window(cells: NDArray[np.int16], there: Box, box: Box, blank: int) -> NDArray[np.int16]:
    """The cells of ``box``, copied from those of ``there``; blank where there are none."""
    if box.width * box.height > MOST_CELLS:
        raise LimitError(f"a run over {box.width} x {box.height} cells; at most {MOST_CELLS}")
    result = np.full((box.height, box.width), blank, np.int16)
    both = there.within(box)
    part(result, box, both)[:] = part(cells, there, both)
    return result


def part(cells: NDArray[np.int16], box: Box, inner: Box) -> NDArray[np.int16]:
    """A view of the cells of ``inner``, a part of ``box``, whose cells ``cells`` are."""
    rows = slice(inner.top - box.top, inner.bottom + 1 - box.top)
    return cells[rows, inner.left - box.left : inner.right + 1 - box.left]
