"""A net in a notebook: a picture without any script, and the explorer in a frame.

Notebooks, and sites that show them, drop scripts from what they do not trust, so that what a cell
shows by itself is a static SVG and a table. The explorer is asked for; it runs in a frame that may
run its own script and nothing else.
"""

from __future__ import annotations

import html
from dataclasses import dataclass

import numpy as np

from compiler.gadgets import Kind
from compiler.hierarchy import Hierarchy, hierarchy_of
from compiler.net import Net
from runtime.explorer.layout import Placed, place_components

_WIDTH, _HEIGHT, _ACROSS, _DOWN = 150, 38, 200, 50
"""Of a box, and from one to the next; in pixels."""

_LINES = 160
"""So many lines are drawn, those of the most edges."""

_COLOURS = {
    Kind.CONSTANT: "#6b7280", Kind.INPUT: "#56b4e9", Kind.MEMORY: "#e69f00",
    Kind.FILLER: "#9aa3b2", Kind.CELL: "#e69f00", Kind.GATE: "#009e73", Kind.OUTPUT: "#cc79a7",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Frame:
    """A page that a notebook shows in a frame.

    Attributes:
        page: its HTML.
        height: of the frame, in pixels.
    """

    page: str
    height: int = 700

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{html.escape(self.page)}" sandbox="allow-scripts allow-downloads" '
            f'style="width:100%;height:{self.height}px;border:1px solid #8888"></iframe>'
        )


def net_html(net: Net) -> str:
    """A picture of the net's components and a table of its sizes; no script."""
    rows = [
        ("target", f"{net.target}, preset {net.preset}"),
        ("vertices", f"{net.vertices:,}"),
        ("edges", f"{net.edges:,}"),
        ("levels", f"{net.levels:,}"),
        ("memory", f"{len(net.memory):,} bits" if net.memory else f"{len(net.cells):,} cells"),
        ("learning rate", net.show(net.learning_rate)),
    ]
    if not net.memory and not len(net.cells):
        rows.pop(-2)
    cells = "".join(
        f'<tr><th style="text-align:left">{name}</th>'
        f'<td style="text-align:left">{html.escape(text)}</td></tr>'
        for name, text in rows
    )
    return f"<div><b>{html.escape(net.source)}</b>{components_svg(net)}<table>{cells}</table></div>"


def components_svg(net: Net) -> str:
    """The net by components (`compiler.hierarchy`), the lines of the most edges."""
    boxes = hierarchy_of(net)
    placed = place_components(net, boxes)
    width, height = placed.columns * _ACROSS, placed.rows * _DOWN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'style="display:block;max-width:100%;width:{width}px" '
        'font-family="sans-serif" font-size="11">'
        f'<g fill="none" stroke="currentColor" stroke-opacity="0.3">{_lines(boxes, placed)}</g>'
        f"{_boxes(boxes, placed)}</svg>"
    )


def _lines(boxes: Hierarchy, placed: Placed) -> str:
    constant = np.isin(boxes.edge_source, np.flatnonzero(boxes.component_kind == Kind.CONSTANT))
    apart = np.flatnonzero((boxes.edge_source != boxes.edge_target) & ~constant)
    heaviest = apart[np.argsort(-boxes.edge_count[apart], kind="stable")][:_LINES]
    found = []
    for pair in heaviest.tolist():
        (x0, y0), (x1, y1) = (
            _corner(placed, int(ends[pair])) for ends in (boxes.edge_source, boxes.edge_target)
        )
        way = 1 if x0 < x1 else -1
        x0, x1 = (x0 + _WIDTH, x1) if way > 0 else (x0, x1 + _WIDTH)
        y0, y1 = y0 + _HEIGHT / 2, y1 + _HEIGHT / 2
        bend = way * max(30.0, abs(x1 - x0) / 2)
        thick = 1 + float(np.log2(boxes.edge_count[pair])) / 3
        found.append(
            f'<path stroke-width="{thick:.1f}" d="M{x0:g},{y0:g}'
            f'C{x0 + bend:g},{y0:g} {x1 - bend:g},{y1:g} {x1:g},{y1:g}"/>'
        )
    return "".join(found)


def _boxes(boxes: Hierarchy, placed: Placed) -> str:
    gadgets = np.bincount(boxes.component_of_gadget, minlength=boxes.components).tolist()
    found = []
    for number, name in enumerate(boxes.component_names):
        x, y = _corner(placed, number)
        colour = _COLOURS[Kind(boxes.component_kind[number])]
        short = html.escape(name if len(name) <= 23 else f"{name[:22]}…")
        count = f"{gadgets[number]:,} gadget{'s' * (gadgets[number] != 1)}"
        found.append(
            f'<g transform="translate({x:g},{y:g})"><title>{html.escape(name)}</title>'
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" rx="5" fill="#ffffff" stroke="#b8bec9"/>'
            f'<rect width="5" height="{_HEIGHT}" rx="2" fill="{colour}"/>'
            f'<text x="12" y="16" fill="#1a1d23">{short}</text>'
            f'<text x="12" y="30" fill="#667085" font-size="10">{count}</text></g>'
        )
    return "".join(found)


def _corner(placed: Placed, box: int) -> tuple[float, float]:
    """Left and top of a box."""
    return (
        float(placed.column[box]) * _ACROSS + (_ACROSS - _WIDTH) / 2,
        float(placed.row[box]) * _DOWN + (_DOWN - _HEIGHT) / 2,
    )
