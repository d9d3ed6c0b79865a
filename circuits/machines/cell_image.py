"""Cells as an image: a colour for each symbol, mixed where a pixel stands for many cells.

Colours are those of Okabe and Ito, which colour-blind people can tell apart. matplotlib is loaded
by the first call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from circuits.machines.box import Box
from circuits.machines.machine import Machine

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import Patch

HEAD = "#d55e00"

_BLANK = "#ffffff"
_COLORS = ("#0072b2", "#f0e442", "#009e73", "#cc79a7", "#56b4e9", "#999999", "#e69f00")


def colors(machine: Machine) -> list[str]:
    """A colour for each symbol: white for the blank, then one by one, or a scale if there are many.

    >>> from circuits.machines.ant import langton
    >>> colors(langton())
    ['#ffffff', '#0072b2']
    """
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    others = len(machine.symbols) - 1
    if others <= len(_COLORS):
        shown = list(_COLORS[:others])
    else:
        shown = [to_hex(colormaps["viridis"](i / (others - 1))) for i in range(others)]
    return [*shown[: machine.blank], _BLANK, *shown[machine.blank :]]


def mixed(
    cells: NDArray[np.int16], palette: list[str], rows: int, columns: int
) -> NDArray[np.float64]:
    """The image, shape (height, width, 3), of blocks of ``rows`` times ``columns`` cells.

    Blocks at the bottom and right edge may have fewer cells.

    >>> mixed(np.array([[0, 1, 1]], np.int16), ["#000000", "#ffffff"], 1, 2)[0, :, 0].tolist()
    [0.5, 1.0]
    """
    from matplotlib.colors import to_rgb

    starts = np.arange(0, cells.shape[0], rows), np.arange(0, cells.shape[1], columns)

    def sums(values: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.add.reduceat(np.add.reduceat(values, starts[0], axis=0), starts[1], axis=1)

    total = sums(np.ones(cells.shape, np.int64))
    image = np.zeros((len(starts[0]), len(starts[1]), 3))
    for symbol, color in enumerate(palette):
        share = sums((cells == symbol).astype(np.int64)) / total
        image += share[:, :, np.newaxis] * to_rgb(color)
    return image.clip(0, 1)


def draw_cells(
    axes: Axes, machine: Machine, cells: NDArray[np.int16], box: Box, most: tuple[int, int]
) -> None:
    """Draw the cells of ``box``; rows and columns by number, from the top.

    Args:
        axes: where.
        machine: whose symbols they are.
        cells: shape (height, width).
        box: what they are called.
        most: rows and columns of pixels that there are.
    """
    rows, columns = -(-box.height // most[0]), -(-box.width // most[1])
    image = mixed(cells, colors(machine), rows, columns)
    right, bottom = box.left + columns * image.shape[1], box.top + rows * image.shape[0]
    edges = (box.left - 0.5, right - 0.5, bottom - 0.5, box.top - 0.5)
    axes.imshow(image, extent=edges, aspect="auto", interpolation="nearest")
    axes.set_xlim(box.left - 0.5, box.right + 0.5)
    axes.set_ylim(box.bottom + 0.5, box.top - 0.5)


def letter_cells(axes: Axes, machine: Machine, cells: NDArray[np.int16], box: Box) -> None:
    """Write the symbol into every cell."""
    from matplotlib.colors import to_rgb

    palette = colors(machine)
    for (row, column), symbol in np.ndenumerate(cells):
        light = float(np.dot(to_rgb(palette[symbol]), (0.3, 0.6, 0.1)))
        ink = "#bbbbbb" if symbol == machine.blank else "#ffffff" if light < 0.5 else "#000000"
        place = box.left + column, box.top + row
        axes.text(*place, machine.symbols[symbol], color=ink, ha="center", va="center", fontsize=7)


def frame(
    axes: Axes, left: int, top: int, width: int, height: int, color: str, line: float
) -> None:
    """A frame around some cells, from the one at (left, top)."""
    from matplotlib.patches import Rectangle

    corner = left - 0.5, top - 0.5
    axes.add_patch(
        Rectangle(corner, width, height, fill=False, edgecolor=color, linewidth=line, zorder=3)
    )


def symbol_patches(machine: Machine) -> list[Patch]:
    """What the colours stand for, for a legend."""
    from matplotlib.patches import Patch

    names = list(machine.symbols)
    names[machine.blank] += " (blank)"
    return [
        Patch(facecolor=color, edgecolor="#999999", label=name)
        for name, color in zip(names, colors(machine), strict=True)
    ]
