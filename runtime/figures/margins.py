"""How far sums stay from the ends of the flat pieces of f, by kind of vertex, as histograms."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import ceil, floor, log2
from typing import TYPE_CHECKING

from circuits.errors import SourceError
from compiler.exact import Exact
from compiler.net import Net, Role
from runtime.figures import Picture
from runtime.figures.style import NEGATIVE, POSITIVE, new_figure, shortened
from runtime.inspect.level_sets import cases_of, distinct_sums
from runtime.inspect.margins import free_vertices, types
from runtime.inspect.quantity import Quantity, less, text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_KINDS = {
    Role.SOURCE: "v0",
    Role.GATE: "gates",
    Role.READ: "readers of memory",
    Role.STATE: "readers of v2",
    Role.CONTROL: "controls vc and vc'",
    Role.CONTROL_PRIMED: "controls vc and vc'",
    Role.OUTPUT_CONTROL: "output controls voc",
    Role.STEM: "paths of memory units and cells",
    Role.BRANCH: "paths of memory units and cells",
    Role.BRANCH_PRIMED: "paths of memory units and cells",
    Role.OUTPUT: "outputs",
}

_PIECES = {"plateau": (POSITIVE, ""), "dead zone": (NEGATIVE, "///")}
"""Colour and hatch."""

_FINEST = 1 / 4
"""Between two bars, in powers of two."""


class _Kind:
    """Margins of vertices of one kind: by piece, how many vertices have a sum that far away."""

    def __init__(self) -> None:
        self.vertices = 0
        self.least: Quantity | None = None
        self.counts: dict[str, dict[float, int]] = {piece: {} for piece in _PIECES}
        """piece -> log2 of the margin, -inf for 0 -> vertices."""

    def add(self, piece: str, margin: Quantity, vertices: int) -> None:
        """A sum that so many vertices have."""
        if self.least is None or less(margin, self.least):
            self.least = margin
        counts, place = self.counts[piece], _logarithm(margin)
        counts[place] = counts.get(place, 0) + vertices


def draw_margins(net: Net) -> Picture:
    """A histogram for each kind of vertex that comes to lie on flat pieces; both axes logarithmic.

    A vertex counts once for each sum that it can have, over all values of its sources and all
    states of its memory unit or cell; of a gate with very many sums those next to the ends count.

    Raises:
        SourceError: the net has no such vertex.
    """
    kinds, incomplete = _collected(net)
    if not kinds:
        raise SourceError("no vertex of this net comes to lie on a flat piece of f")
    figure = new_figure(8, 1.0 * len(kinds) + 1.7)
    panels = figure.subplots(len(kinds), 1, sharex=True, squeeze=False)[:, 0]
    places = {
        place for kind in kinds.values() for counts in kind.counts.values() for place in counts
    }
    finite = [place for place in places if place > -float("inf")] or [0.0]
    low, high = floor(min(finite)), max(ceil(max(finite)), floor(min(finite)) + 1)
    every = max(1, (high - low) // 8)
    zero = low - every
    for axes, (name, kind) in zip(panels, kinds.items(), strict=True):
        _draw_panel(axes, name, kind, zero, every)
    ticks = list(range(low, high + 1, every))
    names = [_power_of_two(tick) for tick in ticks]
    if -float("inf") in places:
        ticks, names = [zero, *ticks], ["0", *names]
    panels[-1].set_xticks(ticks, names)
    panels[-1].set_xlim(ticks[0] - 0.5 * every, high + 0.5 * every)
    panels[-1].set_xlabel("distance of the sum from the end of its flat piece of f")
    figure.supylabel("vertices with such a sum", fontsize=9)
    f = net.activation
    dead = f"up to {shortened(net.show(f.dead_zone), 30)}" if f.dead_zone.sign else "at 0 alone"
    figure.suptitle(
        f"{shortened(net.source, 50)}, preset {net.preset}: margins over all values of the sources"
        f"\nf is 0 {dead} (dead zone), and {net.show(f.plateau)} from "
        f"{net.show(f.plateau_from)} on (plateau)"
    )
    _draw_legend(panels[0])
    note = f"of {incomplete:,} vertices only the sums next to the ends are drawn"
    return Picture(figure, note if incomplete else "")


def _collected(net: Net) -> tuple[Mapping[str, _Kind], int]:
    """By kind, in the order of `_KINDS`; and the number of vertices with too many sums."""
    found = {name: _Kind() for name in dict.fromkeys(_KINDS.values())}
    free, incomplete = free_vertices(net), 0
    for example, vertices in types(net):
        kind = found[_KINDS[Role(net.role[example])]]
        cases = distinct_sums(net, example) if free[example] else cases_of(net, example)
        flat = {case.sum: case.landing for case in cases.cases if case.landing.flat}
        incomplete += 0 if cases.complete else vertices
        kind.vertices += vertices if flat else 0
        for landing in flat.values():
            kind.add(landing.piece, landing.margin, vertices)
    return {name: kind for name, kind in found.items() if kind.vertices}, incomplete


def _logarithm(margin: Quantity) -> float:
    """log2 to the next quarter; minus infinity for 0."""
    if isinstance(margin, Exact):
        exact = margin.log2() if margin.sign > 0 else -float("inf")
    else:
        middle = (Fraction(margin.low) + Fraction(margin.high)) / 2
        exact = log2(middle.numerator) - log2(middle.denominator) if middle > 0 else -float("inf")
    return round(exact / _FINEST) * _FINEST if exact > -float("inf") else exact


def _power_of_two(power: int) -> str:
    """As a fraction, or a power where that is too long.

    >>> _power_of_two(-3), _power_of_two(4), _power_of_two(-40)
    ('1/8', '16', '2^-40')
    """
    return str(Fraction(2) ** power) if abs(power) <= 12 else f"2^{power}"


def _draw_panel(axes: Axes, name: str, kind: _Kind, zero: int, every: int) -> None:
    """Bars at the margins, those of both pieces side by side; of margin 0 at ``zero``."""
    from matplotlib.ticker import NullFormatter

    wide = 0.4 * _FINEST * max(1, every / 2)
    most = 1
    for side, (piece, (color, hatch)) in zip((-0.5, 0.5), _PIECES.items(), strict=True):
        counts = kind.counts[piece]
        at = [(place if place > -float("inf") else zero) + side * wide for place in counts]
        axes.bar(
            at, list(counts.values()), width=wide, color=color, hatch=hatch, edgecolor="#ffffff"
        )
        most = max([most, *counts.values()])
    axes.set_yscale("log")
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylim(0.5, max(5 * most, 20))
    assert kind.least is not None
    title = f"{name}: {kind.vertices:,}, least margin {text(kind.least)}"
    axes.set_title(title, loc="left", fontsize=8.5, pad=3)


def _draw_legend(axes: Axes) -> None:
    from matplotlib.patches import Patch

    handles = [
        Patch(facecolor=color, hatch=hatch, edgecolor="#ffffff", label=f"on the {piece}")
        for piece, (color, hatch) in _PIECES.items()
    ]
    figure = axes.figure
    figure.legend(handles=handles, loc="outside lower right", ncols=2, frameon=False)
