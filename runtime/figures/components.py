"""A net as boxes: where each component lies by level, and how many edges lead from which to which.

Components are those of `compiler.hierarchy`, so few that all numbers can be read. A component's box
spans its levels; how broad the band in it is says how many of its vertices have that level. On the
right, a row is what leaves a component and a column what enters one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compiler.gadgets import Kind
from compiler.hierarchy import Hierarchy, hierarchy_of
from compiler.net import Net
from runtime.figures import Picture
from runtime.figures.style import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    new_figure,
    shortened,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_BOXES = 16
"""Components that the numbers between them are readable of."""

_BANDS = 120
"""Levels that a band tells apart."""

_COLORS = {
    Kind.CONSTANT: GREY,
    Kind.INPUT: SKY,
    Kind.MEMORY: ORANGE,
    Kind.FILLER: PURPLE,
    Kind.CELL: ORANGE,
    Kind.GATE: BLUE,
    Kind.OUTPUT: VERMILION,
}


def draw_components(net: Net) -> Picture:
    """Boxes by level on the left, the numbers of edges between them on the right."""
    boxes = hierarchy_of(net, MOST_BOXES)
    count = boxes.components
    row = 0.3
    names = [
        f"{number}  {shortened(name, 26)}" for number, name in enumerate(boxes.component_names, 1)
    ]
    wide = max(0.36 * count, 1.9)
    figure = new_figure(6.2 + wide, row * count + 1.5)
    left, right = figure.subplots(1, 2, width_ratios=[4, wide + 0.2])
    _draw_boxes(left, net, boxes)
    left.set_yticks(range(count), names, fontsize=8)
    _draw_counts(right, boxes)
    for axes in (left, right):
        axes.set_ylim(count - 0.5, -0.5)
    shape = f"{net.vertices:,} vertices, {net.edges:,} edges, {net.levels} levels"
    figure.suptitle(f"{shortened(net.source, 60)}: {shape}")
    return Picture(figure)


def _draw_boxes(axes: Axes, net: Net, boxes: Hierarchy) -> None:
    from matplotlib.patches import Rectangle
    from matplotlib.ticker import MaxNLocator

    every = -(-(net.levels + 1) // _BANDS)
    band = net.level // every
    bands = int(band.max(initial=0)) + 1
    place = boxes.component_of_vertex.astype(np.int64) * bands + band
    count = np.bincount(place, minlength=boxes.components * bands).reshape(-1, bands)
    starts = np.arange(bands + 1) * every - 0.5
    sizes = np.bincount(boxes.component_of_vertex, minlength=boxes.components)
    for number, (row, size) in enumerate(zip(count, sizes.tolist(), strict=True)):
        color = _COLORS[Kind(boxes.component_kind[number])]
        held = np.flatnonzero(row)
        low, high = starts[held[0]], starts[held[-1] + 1]
        box = Rectangle((low, number - 0.42), high - low, 0.84, facecolor=color, alpha=0.18)
        axes.add_patch(box)
        edge = Rectangle((low, number - 0.42), high - low, 0.84, fill=False, edgecolor=color)
        axes.add_patch(edge)
        half = 0.4 * row / row.max()
        axes.stairs(number + half, starts, baseline=number - half, fill=True, color=color)
        axes.annotate(
            f"{size:,}", (high, number), (4, 0), textcoords="offset points", va="center",
            fontsize=7.5, annotation_clip=False,
        )  # fmt: skip
    axes.set_xlim(-0.5 - 0.01 * net.levels, (net.levels + 1) * 1.14)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("level (longest path from the inputs)")
    axes.set_title("vertices, by level", fontsize=9)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _draw_counts(axes: Axes, boxes: Hierarchy) -> None:
    from matplotlib.colors import LogNorm

    table = np.zeros((boxes.components, boxes.components))
    table[boxes.edge_source, boxes.edge_target] = boxes.edge_count
    most = max(float(table.max(initial=0)), 2)
    axes.imshow(np.ma.masked_equal(table, 0), "Greens", norm=LogNorm(0.5, 8 * most), aspect="auto")
    for source, target, count in zip(
        boxes.edge_source.tolist(), boxes.edge_target.tolist(), boxes.edge_count.tolist(),
        strict=True,
    ):  # fmt: skip
        axes.text(target, source, compact(count), ha="center", va="center", fontsize=7, color=BLACK)
    numbers = [str(number) for number in range(1, boxes.components + 1)]
    axes.set_xticks(range(boxes.components), numbers, fontsize=8)
    axes.set_yticks(range(boxes.components), numbers, fontsize=8)
    axes.set_xticks(np.arange(boxes.components) + 0.5, minor=True)
    axes.set_yticks(np.arange(boxes.components) + 0.5, minor=True)
    axes.grid(which="minor", color="#dddddd", linewidth=0.5)
    axes.tick_params(which="both", length=0)
    axes.set_title("edges, from row to column", fontsize=9)
    axes.set_xlabel("to component")


def compact(count: int) -> str:
    """A number of at most four characters.

    >>> compact(950), compact(12_345), compact(2_000_000)
    ('950', '12k', '2M')
    """
    for unit, size in (("M", 10**6), ("k", 10**3)):
        if count >= size:
            return f"{count / size:.2g}{unit}" if count < 10 * size else f"{count // size}{unit}"
    return str(count)
