"""Grids of cells side by side, with a symbol, a phase and the head in each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from compiler.rcnn.cells import Cell, Neighbour, Phase
from compiler.rcnn.filter import Filter
from compiler.rcnn.grids import Grid
from runtime.figures.style import GREY, ORANGE, PALE, SKY, VERMILION, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LOOKS: dict[str, dict[str, Any]] = {
    "sample": {"facecolor": "#fdf3cf"},
    "fresh": {"facecolor": "#ffffff"},
    "workspace": {"facecolor": "#f0f0f0"},
    "memory": {"facecolor": PALE, "hatch": "////"},
    "computing": {"facecolor": SKY, "alpha": 0.45},
    "none": {"facecolor": VERMILION, "hatch": "xx"},
}
"""Of cells, by what they are."""

_WORDS = {
    "fresh": "not written (0)",
    "sample": "memorised sample",
    "memory": "memory phase",
    "workspace": "workspace",
    "computing": "computing",
    "none": "the value of no cell",
}


class Panel(NamedTuple):
    """A grid and what is written above it."""

    title: str
    grid: Grid


def draw_panels(net: Filter, rows: Sequence[Sequence[Panel]], title: str) -> Figure:
    """Draw rows of grids, all of the same size."""
    height, width = rows[0][0].grid.shape
    columns = max(map(len, rows))
    side = min(0.26, 9 / ((width + 0.8) * columns))
    figure = new_figure(
        (width + 0.8) * columns * side + 0.3, len(rows) * (height * side + 0.55) + 1.1
    )
    panels = figure.subplots(len(rows), columns, squeeze=False)
    kinds: set[str] = set()
    for across, shown in zip(panels, rows, strict=True):
        for axes in across[len(shown) :]:
            axes.set_axis_off()
        for axes, panel in zip(across, shown, strict=False):
            kinds |= _draw_grid(axes, net, panel, 72 * side)
    figure.suptitle(title)
    engine: Any = figure.get_layout_engine()
    engine.set(w_pad=0.02, h_pad=0.06)
    figure.legend(
        handles=_legend(net, kinds), loc="outside lower center", ncols=8, frameon=False,
        handlelength=1.2, columnspacing=1.2,
    )  # fmt: skip
    return figure


def _draw_grid(axes: Axes, net: Filter, panel: Panel, points: float) -> set[str]:
    """Draw one grid with cells of so many points; returns what kinds of cells it has."""
    from matplotlib.patches import Rectangle

    height, width = panel.grid.shape
    kinds = set()
    for (y, x), number in np.ndenumerate(panel.grid):
        cell = net.coding.cells[number] if number >= 0 else None
        kind = _kind(cell, net.coding.blank)
        kinds.add(kind)
        look: dict[str, Any] = {"edgecolor": "#b5b5b5", "linewidth": 0.5, **_LOOKS[kind]}
        axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, **look))
        if kind in ("sample", "computing"):
            assert cell is not None
            text = net.machine.symbols[cell.symbol]
            color = GREY if cell.symbol == net.coding.blank else "#000000"
            axes.text(x, y, text, ha="center", va="center_baseline", fontsize=0.52 * points,
                      color=color)  # fmt: skip
        if cell is not None and cell.state is not None:
            head = Rectangle((x - 0.5, y - 0.5), 1, 1, fill=False, edgecolor=VERMILION,
                             linewidth=2, zorder=3)  # fmt: skip
            axes.add_patch(head)
    axes.set_xlim(-0.6, width - 0.4)
    axes.set_ylim(height - 0.4, -0.6)
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(ORANGE)  # the padding p of the paper
        spine.set_linewidth(1.5)
    axes.set_title(panel.title, fontsize=7.5, pad=3)
    return kinds


def _kind(cell: Neighbour, blank: int) -> str:
    if not isinstance(cell, Cell):
        return "none"
    if cell.phase is Phase.MEMORY:
        return "memory"
    if cell.phase is Phase.COMPUTING:
        return "computing"
    if cell.workspace:
        return "workspace"
    return "fresh" if cell.symbol == blank else "sample"


def _legend(net: Filter, kinds: set[str]) -> list[Any]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = [
        Patch(edgecolor="#b5b5b5", label=words, **_LOOKS[kind])
        for kind, words in _WORDS.items()
        if kind in kinds
    ]
    handles.append(Patch(fill=False, edgecolor=VERMILION, linewidth=2, label="head"))
    handles.append(Line2D([], [], color=ORANGE, linewidth=1.5, label="padding"))
    symbols = [net.machine.symbols[symbol] for symbol in net.coding.samples]
    if len(symbols) == 2:
        label = f"{symbols[0]} is +1, {symbols[1]} is -1"
        handles.append(Line2D([], [], linestyle="none", label=label))
    return handles
