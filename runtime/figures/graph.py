"""Vertices and weighted edges at given places; the sign of a weight by colour, line and end.

An edge of positive weight is a solid blue arrow; one of negative weight is dashed, vermilion, and
ends in a bar. The edge that holds a memory bit has a broad orange band beneath it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from compiler.exact import ZERO, Exact
from runtime.figures.style import GREY, MEMORY, NEGATIVE, PALE, POSITIVE, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LONGEST = 12
"""Characters of a weight that is written on its edge; longer ones go into a list below."""

CONTROL_FILL, OTHER_FILL = PALE, "#eef5fa"
"""Of vertices that are controls, and of others that are on no path."""

_SHORT = 5
"""Characters of a weight that is written in the middle of a level edge, not above it."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Spot(NamedTuple):
    """A vertex and its place, in units of which neighbours are 1 apart."""

    name: str
    x: float
    y: float
    note: str = ""
    """Written beside it."""
    note_side: str = "below"
    """"above", "below", "left", "right" or "corner", which is below and right."""
    fill: str = "#ffffff"


class Link(NamedTuple):
    """An edge between two spots, by their numbers."""

    source: int
    target: int
    weight: Exact
    text: str
    holds_bit: bool = False
    trainable: bool = False
    label_at: float = 0.5
    """Where on the edge, or on its first part, its label is, from 0 to 1."""
    via: tuple[tuple[float, float], ...] = ()
    """Places that it goes through on its way."""


class Key(NamedTuple):
    """What a letter on an edge stands for."""

    letter: str
    text: str
    value: str


def with_keys(links: Iterable[Link]) -> tuple[list[Link], list[Key]]:
    """Edges whose long weights are letters, and what the letters stand for.

    A weight that has the magnitude of an earlier one gets that one's letter, with a sign.
    """
    keys: dict[str, Key] = {}
    shown = []
    for link in links:
        if len(link.text) <= LONGEST:
            shown.append(link)
            continue
        size = link.text.removeprefix("-")
        if size not in keys:
            keys[size] = Key(_LETTERS[len(keys) % 26], size, approximately(abs(link.weight)))
        sign = "-" if link.weight.sign < 0 else ""
        shown.append(link._replace(text=sign + keys[size].letter))
    return shown, list(keys.values())


def approximately(weight: Exact) -> str:
    """A weight to four digits, however large or small it is.

    >>> from fractions import Fraction
    >>> approximately(Exact.of(Fraction(1, 3))), approximately(ZERO)
    ('0.3333', '0')
    """
    if weight == ZERO:
        return "0"
    logarithm = weight.log2() * 0.30102999566398120
    if -300 < logarithm < 300:
        return f"{weight.to_float():.4g}"
    whole = int(logarithm // 1)
    return f"{'-' if weight.sign < 0 else ''}{10 ** (logarithm - whole):.3f}e{whole}"


def draw_graph(axes: Axes, spots: Sequence[Spot], links: Sequence[Link], size: float = 15) -> None:
    """Draw vertices as circles of radius ``size`` points with their names in them, and edges."""
    for link in links:
        _draw_link(axes, spots, link, size)
    for spot in spots:
        axes.plot(
            [spot.x], [spot.y], "o", markersize=2 * size, markerfacecolor=spot.fill,
            markeredgecolor="#333333", zorder=3,
        )  # fmt: skip
        letters = 9.5 if len(spot.name) <= 3 else min(8.0, 2.7 * size / len(spot.name))
        axes.text(spot.x, spot.y, spot.name, ha="center", va="center", fontsize=letters, zorder=4)
        if spot.note:
            _draw_note(axes, spot, size)


def _draw_link(axes: Axes, spots: Sequence[Spot], link: Link, size: float) -> None:
    from matplotlib.patches import FancyArrowPatch

    a, b = spots[link.source], spots[link.target]
    negative = link.weight.sign < 0
    color, width = NEGATIVE if negative else POSITIVE, 2.0 if link.trainable else 1.2
    if link.holds_bit:
        axes.plot(
            [a.x, b.x], [a.y, b.y], color=MEMORY, alpha=0.55, linewidth=11,
            solid_capstyle="butt", zorder=1,
        )  # fmt: skip

    # The bar at the end is a line of 9 points, which the first dash covers.
    dashes: Any = (0, (10 / width, 4 / width)) if negative else "-"
    bar = "|-|,widthA=0,widthB=4.5"
    way = [(a.x, a.y), *link.via, (b.x, b.y)]
    for number, (start, end) in enumerate(pairwise(way), 1):
        last = number == len(way) - 1
        ending = (bar if negative else "-|>") if last else "-"
        patch = FancyArrowPatch(
            start, end, color=color, linewidth=width, linestyle=dashes, zorder=2,
            arrowstyle=ending, mutation_scale=1 if negative else 13,
            shrinkA=size if number == 1 else 0, shrinkB=(size + 2 * negative) if last else 0,
        )  # fmt: skip
        axes.add_patch(patch)
    at, (x, y) = link.label_at, way[1]
    place = a.x + at * (x - a.x), a.y + at * (y - a.y)
    level = abs(b.y - a.y) < 0.1 * abs(b.x - a.x)
    above = level and (link.holds_bit or len(link.text) > _SHORT)
    axes.annotate(
        link.text, place, (0, 11 if above and link.holds_bit else 7 * above),
        textcoords="offset points", ha="center", va="center", fontsize=9, color=color, zorder=5,
        bbox={"boxstyle": "round,pad=0.12", "facecolor": "none" if above else "#ffffff",
              "edgecolor": "none"},
    )  # fmt: skip


def _draw_note(axes: Axes, spot: Spot, size: float) -> None:
    side = {
        "above": ((0, size + 3), "center", "bottom"),
        "below": ((0, -size - 3), "center", "top"),
        "left": ((-size - 4, 0), "right", "center"),
        "right": ((size + 4, 0), "left", "center"),
        "corner": ((0.75 * size + 2, -0.75 * size - 2), "left", "top"),
    }
    offset, across, along = side[spot.note_side]
    axes.annotate(
        spot.note, (spot.x, spot.y), offset, textcoords="offset points", ha=across, va=along,
        fontsize=7.5, color="#333333", zorder=4,
    )  # fmt: skip


def draw_legend(figure: Figure, links: Sequence[Link], held: str) -> None:
    """What lines mean, as far as there are such; ``held`` names the band under a memory edge."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Line2D | Patch] = []
    if any(link.weight.sign > 0 for link in links):
        handles.append(
            Line2D([], [], color=POSITIVE, marker=">", markevery=[1], label="weight above 0")
        )
    if any(link.weight.sign < 0 for link in links):
        handles.append(
            Line2D(
                [], [], color=NEGATIVE, linestyle=(0, (4, 2)), marker="|", markersize=9,
                markeredgewidth=1.5, markevery=[1], label="weight below 0",
            )
        )  # fmt: skip
    if any(link.holds_bit for link in links):
        handles.append(Patch(color=MEMORY, alpha=0.55, label=held))
    if any(link.trainable for link in links):
        handles.append(Line2D([], [], color=GREY, linewidth=2.4, label="thick: SGD changes it"))
    figure.legend(handles=handles, loc="outside lower center", ncols=4, frameon=False)


def graph_figure(width: float, height: float, keys: Sequence[Key]) -> tuple[Figure, Axes]:
    """A figure and axes without a frame; below it what letters stand for."""
    if not keys:
        figure = new_figure(width, height)
        axes = figure.subplots()
        axes.set_axis_off()
        return figure, axes
    lines = [f"{key.letter} = {key.text} ≈ {key.value}" for key in keys]
    if max(map(len, lines)) < 13 * width / 2:
        half = -(-len(lines) // 2)
        wide = max(map(len, lines)) + 3
        right = [*lines[half:], ""]
        lines = [f"{a:<{wide}}{b:<{wide}}" for a, b in zip(lines[:half], right, strict=False)]
    below = 0.16 * len(lines)
    figure = new_figure(width, height + below)
    axes, text = figure.subplots(2, 1, height_ratios=[height - 1, below])
    axes.set_axis_off()
    text.set_axis_off()
    listed = "\n".join(lines)
    text.text(0.5, 0.5, listed, ha="center", va="center", fontsize=8, family="monospace")
    return figure, axes
