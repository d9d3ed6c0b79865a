"""Every distinct weight of a net and how often there is one, by class of edges."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from compiler.exact import Exact
from compiler.net import EdgeRole, Net
from runtime.figures import Picture
from runtime.figures.graph import approximately
from runtime.figures.style import HATCHES, NEGATIVE, POSITIVE, SERIES, new_figure, shortened

MOST_ROWS = 60
"""Weights that each have a bar and a label; more are drawn as a histogram of their logarithms."""

_BINS = 48


class Row(NamedTuple):
    """A weight in a class, and how many edges have it."""

    role: EdgeRole
    weight: Exact
    edges: int


def draw_weights(net: Net) -> Picture:
    """A bar for each class of edges and distinct weight, or histograms if there are too many."""
    rows = _rows(net)
    if len(rows) > MOST_ROWS:
        note = f"{len(rows):,} distinct weights by class: histograms of log2 |weight|"
        return _histograms(net, rows, note)
    figure = new_figure(8, 0.21 * len(rows) + 1.6)
    axes = figure.subplots()
    roles = sorted({row.role for row in rows})
    seen: set[EdgeRole] = set()
    for place, row in enumerate(rows):
        style = roles.index(row.role)
        label = _words(row.role) if row.role not in seen else None
        seen.add(row.role)
        axes.barh(
            place, row.edges, color=SERIES[style % len(SERIES)], hatch=HATCHES[style],
            edgecolor="#ffffff", height=0.78, label=label,
        )  # fmt: skip
        axes.text(row.edges, place, f" {row.edges:,}", va="center", fontsize=7.5)
        if place and rows[place - 1].role is not row.role:
            axes.axhline(place - 0.5, color="#999999", linewidth=0.6)
    names = [_exact_text(net, row.weight) for row in rows]
    axes.set_yticks(range(len(rows)), names, fontsize=7.5, family="monospace")
    for tick, row in zip(axes.get_yticklabels(), rows, strict=True):
        tick.set_color(NEGATIVE if row.weight.sign < 0 else POSITIVE)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xscale("log")
    axes.set_xlim(0.7, 4 * max((row.edges for row in rows), default=1))
    axes.set_xlabel("edges")
    axes.set_ylabel("exact weight")
    figure.legend(loc="outside lower center", ncols=4, frameon=False)
    figure.suptitle(_title(net, rows))
    return Picture(figure)


def _rows(net: Net) -> list[Row]:
    """By class, then by weight."""
    kinds = len(EdgeRole)
    key = net.edge_value.astype(np.int64) * kinds + net.edge_role
    found, counts = np.unique(key, return_counts=True)
    rows = [
        Row(EdgeRole(int(k) % kinds), net.values[int(k) // kinds], int(n))
        for k, n in zip(found, counts, strict=True)
    ]
    return sorted(rows, key=lambda row: (row.role, row.weight))


def _exact_text(net: Net, weight: Exact) -> str:
    """The exact weight; beside one that says little, roughly how much it is."""
    text = shortened(net.show(weight), 40)
    return f"{text} ≈ {approximately(weight)}" if "^" in text else text


def _words(role: EdgeRole) -> str:
    return {
        EdgeRole.BIAS: "bias",
        EdgeRole.GATE: "into gates and controls",
        EdgeRole.READ: "reads memory",
        EdgeRole.SOURCE: "into v0",
        EdgeRole.PATH: "memory path (SGD changes it)",
        EdgeRole.CONTROL: "from vc and vc'",
        EdgeRole.OUTPUT_CONTROL: "from voc (SGD changes it)",
    }[role]


def _title(net: Net, rows: list[Row]) -> str:
    distinct = len({row.weight for row in rows})
    return (
        f"{shortened(net.source, 50)}, preset {net.preset}: "
        f"{net.edges:,} edges, {distinct:,} distinct weights"
    )


def _histograms(net: Net, rows: list[Row], note: str) -> Picture:
    roles = sorted({row.role for row in rows})
    sizes = {row: row.weight.log2() for row in rows if row.weight.sign}
    low, high = min(sizes.values()), max(sizes.values())
    edges = np.linspace(low - 0.5, high + 0.5, _BINS + 1)
    figure = new_figure(8, 1.15 * len(roles) + 1.4)
    panels = figure.subplots(len(roles), 1, sharex=True, squeeze=False)[:, 0]
    for axes, role in zip(panels, roles, strict=True):
        for sign, color, hatch, name in (
            (1, POSITIVE, "", "weights above 0"),
            (-1, NEGATIVE, "//", "weights below 0"),
        ):
            chosen = [r for r in rows if r.role is role and r.weight.sign == sign]
            axes.hist(
                [sizes[r] for r in chosen], edges.tolist(), weights=[r.edges for r in chosen],
                color=color, hatch=hatch, edgecolor="#ffffff", alpha=0.85, label=name,
            )  # fmt: skip
        axes.set_yscale("log")
        axes.set_ylim(bottom=0.7)
        axes.set_title(_words(role), loc="left", fontsize=8.5)
        axes.set_ylabel("edges")
    panels[-1].set_xlabel("log2 |weight|")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    figure.suptitle(f"{_title(net, rows)}\n{note}")
    return Picture(figure, note)
