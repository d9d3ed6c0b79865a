"""A small net as a whole: every vertex by its level, every edge with its exact weight."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from circuits.errors import LimitError
from compiler.net import Net, Role
from runtime.figures import Picture, is_small
from runtime.figures.graph import (
    OTHER_FILL,
    Link,
    Spot,
    draw_graph,
    draw_legend,
    graph_figure,
    with_keys,
)
from runtime.figures.style import shortened
from runtime.figures.vertices import short_name

_SWEEPS = 8
"""Over the levels, each putting vertices next to what they read, or to what reads them."""

_CROSSING = 0.5
"""The room that an edge takes in a level that it crosses; a vertex takes 1."""

_ACROSS, _DOWN = 1.6, 0.75
"""Inches between levels, and between vertices of one level."""


def draw_whole(net: Net) -> Picture:
    """Draw all vertices but the constant, whose weights are written at the vertices as biases.

    Raises:
        LimitError: the net is not small, see `runtime.figures.is_small`.
    """
    if not is_small(net):
        raise LimitError(
            f"{net.edges:,} edges on {net.levels} levels are too many to draw one by one; "
            "draw the components, or the gadget of a vertex (--vertex)"
        )
    places = _arranged(net)
    height = places.of_vertex
    at = {vertex: number for number, vertex in enumerate(range(1, net.vertices))}
    outputs = {port.vertex: port.name for port in net.outputs}
    biases = {
        int(net.edge_target[edge]): net.show(net.values[net.edge_value[edge]])
        for edge in np.flatnonzero(net.edge_source == 0).tolist()
    }
    spots = []
    for vertex in at:
        note = short_name(net, vertex, 16)
        note = f"output {shortened(outputs[vertex], 10)}" if vertex in outputs else note
        if vertex in biases:
            note += f"\nbias {biases[vertex]}"
        given = Role(net.role[vertex]) in (Role.SAMPLE, Role.RANDOM)
        fill = OTHER_FILL if given else "#ffffff"
        spots.append(
            Spot(f"#{vertex}", int(net.level[vertex]), float(height[vertex]), note, "below", fill)
        )
    bits = {bit.edge for bit in net.memory}
    links = []
    for edge in np.flatnonzero(net.edge_source != 0).tolist():
        source, target = int(net.edge_source[edge]), int(net.edge_target[edge])
        weight = net.values[net.edge_value[edge]]
        links.append(
            Link(
                at[source], at[target], weight, net.show(weight),
                holds_bit=edge in bits, trainable=bool(net.trainable[edge]),
                label_at=0.38, via=tuple(places.crossings[edge]),
            )
        )  # fmt: skip
    links, keys = with_keys(links)
    ends = [y for crossed in places.crossings.values() for _, y in crossed]
    top, bottom = max([*height, *ends]), min([*height, *ends])
    figure, axes = graph_figure(
        max(_ACROSS * (net.levels + 1), 6.0), max(_DOWN * (top - bottom + 1), 1.5) + 1.2, keys
    )
    draw_graph(axes, spots, links, size=12)
    axes.set_xlim(-0.5, net.levels + 0.5)
    axes.set_ylim(bottom - 0.8, top + 0.5)
    size = f"{net.vertices:,} vertices, {net.edges:,} edges, {net.levels} levels"
    figure.suptitle(f"{shortened(net.source, 60)}: {size}")
    draw_legend(figure, links, "holds the bit")
    return Picture(figure)


class _Places(NamedTuple):
    """Where vertices are in their levels, neighbours 1 apart; and where edges cross levels."""

    of_vertex: NDArray[np.float64]
    """Shape (vertices,)."""
    crossings: dict[int, list[tuple[float, float]]]
    """Edge -> (level, place) in each level that it crosses between its ends."""


def _arranged(net: Net) -> _Places:
    """Sort each level by the mean place of the neighbours on one side, again and again.

    An edge has a place in each level that it crosses, so that it does not cross vertices.
    """
    level = net.level.astype(int).tolist()
    pairs: list[tuple[int, int]] = []
    crossing: dict[int, list[int]] = {}
    for edge in np.flatnonzero(net.edge_source != 0).tolist():
        source, target = int(net.edge_source[edge]), int(net.edge_target[edge])
        chain = [source]
        for between in range(level[source] + 1, level[target]):
            level.append(between)
            chain.append(len(level) - 1)
        crossing[edge] = chain[1:]
        pairs += pairwise([*chain, target])
    lower, upper = np.array(pairs, int).reshape(-1, 2).T
    at = np.array(level)
    at[0] = -1  # the constant, which is not drawn
    levels = [np.flatnonzero(at == one) for one in range(net.levels + 1)]
    size = np.where(np.arange(len(at)) < net.vertices, 1, _CROSSING)
    place = np.zeros(len(at))
    for found in levels:
        place[found] = _apart(size[found])
    for sweep in range(_SWEEPS):
        near, far = (upper, lower) if sweep % 2 == 0 else (lower, upper)
        for found in levels if sweep % 2 == 0 else reversed(levels):
            total = np.bincount(near, place[far], len(at))[found]
            count = np.bincount(near, minlength=len(at))[found]
            wanted = np.where(count > 0, total / np.maximum(count, 1), place[found])
            order = found[np.argsort(-wanted, kind="stable")]
            place[order] = _apart(size[order])
    crossings = {
        edge: [(float(at[x]), float(place[x])) for x in chain] for edge, chain in crossing.items()
    }
    return _Places(place[: net.vertices].astype(np.float64), crossings)


def _apart(sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places of what takes so much room each, from the top, around 0."""
    places: NDArray[np.float64] = sizes.sum() / 2 - np.cumsum(sizes) + sizes / 2
    return places
