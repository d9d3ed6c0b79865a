"""One gadget of a net, as the net has it: vertices under the paper's names, exact weights on edges.

A memory unit is drawn as in Figure 2 of Abbe and Sandon (M_s, Definition 6), a cell as in their
Figure 3 (M', Definition 7), and any other vertex among its neighbours.
"""

from __future__ import annotations

import numpy as np

from circuits.errors import SourceError
from compiler.net import EdgeRole, Net, Role, Target, Unit
from runtime.figures import Picture
from runtime.figures.graph import (
    CONTROL_FILL,
    OTHER_FILL,
    Link,
    Spot,
    draw_graph,
    draw_legend,
    graph_figure,
    with_keys,
)
from runtime.figures.neighbours import draw_neighbours
from runtime.figures.style import shortened
from runtime.figures.vertices import edges_into, edges_out_of, named_vertex, sum_text

_BRANCH, _CONTROL, _READER, _CELL_CONTROL = 0.85, 1.95, 1.1, 1.45
"""Distances from the path that vertices are drawn at."""

_DIGITS = 9
"""Of a number of copies that is written in full."""


def draw_gadget(net: Net, vertex: str | None = None) -> Picture:
    """The gadget that a vertex belongs to.

    Args:
        net: where it is.
        vertex: a number, or a name of the source such as that of a memory bit; by default v1 of the
            first memory unit or cell, and of a net that has none, its first output.

    Raises:
        SourceError: there is no such vertex, or matplotlib is missing.
    """
    chosen = _first(net) if vertex is None else named_vertex(net, vertex)
    shared = net.unit_index[chosen] < 0  # the controls of all fillers are no unit's own
    if shared or Unit(net.unit[chosen]) is Unit.NONE:
        return draw_neighbours(net, chosen)
    spots, links = _unit(net, chosen)
    links, keys = with_keys(links)
    wide = max(spot.x for spot in spots) - min(spot.x for spot in spots)
    high = max(spot.y for spot in spots) - min(spot.y for spot in spots)
    figure, axes = graph_figure(1.25 * wide + 1.2, 0.85 * high + 1.4, keys)
    draw_graph(axes, spots, links)
    axes.set_xlim(min(s.x for s in spots) - 0.4, max(s.x for s in spots) + 0.4)
    axes.set_ylim(min(s.y for s in spots) - 0.45, max(s.y for s in spots) + 0.45)
    figure.suptitle(_title(net, chosen))
    cell = net.target is Target.NOISE_TOLERANT
    draw_legend(figure, links, "below 0: set by label -1" if cell else "holds the bit")
    return Picture(figure)


def _first(net: Net) -> int:
    """v1 of the first memory unit or cell; else the first output."""
    held = np.isin(net.unit, (Unit.MEMORY, Unit.CELL)) & (net.path_index == 1)
    found = np.flatnonzero(held & (net.unit_index == 0))
    if len(found):
        return int(found[0])
    if not net.outputs:
        raise SourceError("a net without memory and outputs has no gadget to draw")
    return net.outputs[0].vertex


def _unit(net: Net, vertex: int) -> tuple[list[Spot], list[Link]]:
    """All vertices of the unit that a vertex belongs to, and what the output hears of it."""
    own = (net.unit == net.unit[vertex]) & (net.unit_index == net.unit_index[vertex])
    vertices = np.flatnonzero(own).tolist()
    numbers: dict[int, int] = {}
    spots: list[Spot] = []
    links: list[Link] = []
    entering = [edge for v in vertices for edge in edges_into(net, v)]
    leaving = [
        edge
        for v in vertices
        for edge in edges_out_of(net, v)
        if EdgeRole(net.edge_role[edge]) in (EdgeRole.PATH, EdgeRole.READ)
    ]
    bits = {bit.edge for bit in net.memory}
    inner = (EdgeRole.PATH, EdgeRole.CONTROL, EdgeRole.READ)
    for edge in dict.fromkeys([*entering, *leaving]):
        role = EdgeRole(net.edge_role[edge])
        if role not in inner:
            continue
        ends = int(net.edge_source[edge]), int(net.edge_target[edge])
        for v in ends:
            if v not in numbers:
                numbers[v] = len(spots)
                spots.append(_spot(net, v, int(net.path_index[net.outputs[0].vertex])))
        source, target = ends
        path_start = role is EdgeRole.PATH and net.path_index[target] == 1
        links.append(
            Link(
                numbers[source],
                numbers[target],
                net.values[net.edge_value[edge]],
                net.show(net.values[net.edge_value[edge]]),
                holds_bit=edge in bits or (path_start and net.target is Target.NOISE_TOLERANT),
                trainable=bool(net.trainable[edge]),
                label_at=0.42 if role is EdgeRole.CONTROL else 0.5,
            )
        )
    return spots, links


def _spot(net: Net, vertex: int, length: int) -> Spot:
    """A vertex under its name in the paper, where the paper has it."""
    role, index = Role(net.role[vertex]), int(net.path_index[vertex])
    cell = net.target is Target.NOISE_TOLERANT
    note = f"#{vertex}"
    if role in (Role.CONSTANT, Role.SOURCE):
        return Spot("v0", 0, 0, note + ("\noutputs 1" if role is Role.CONSTANT else ""))
    if role is Role.OUTPUT:
        return Spot(f"v{length}", length, 0, note + "\nthe output")
    if role in (Role.CONTROL, Role.CONTROL_PRIMED):
        y = (_CELL_CONTROL if cell else _CONTROL) * (1 if role is Role.CONTROL else -1)
        name = "vc" if role is Role.CONTROL else "vc'"
        text = f"{note}  {sum_text(net, vertex)}"
        return Spot(name, length - (1 if cell else 2), y, text, "left", CONTROL_FILL)
    if role is Role.READ:
        return Spot("vr", 1, _READER, note, "left", OTHER_FILL)
    if role is Role.STATE:
        bias = net.show(net.values[net.edge_value[edges_into(net, vertex)[0]]])
        return Spot("vs", 2, _READER, f"#{vertex}, bias {bias}", "right", OTHER_FILL)
    if role is Role.BRANCH:
        return Spot(f"v{index}", index, _BRANCH, note)
    if role is Role.BRANCH_PRIMED:
        return Spot(f"v{index}'", index, -_BRANCH, note, "corner")
    return Spot(f"v{index}", index, 0, note, "corner" if cell and index == 4 else "below")


def _title(net: Net, vertex: int) -> str:
    unit, label = Unit(net.unit[vertex]), net.labels[net.label[vertex]]
    kind = {
        Unit.MEMORY: "memory unit",
        Unit.DUAL: "dual unit",
        Unit.FILLER: "filler unit",
        Unit.CELL: "cell M' of",
    }[unit]
    name = shortened(label, 40) if label else f"number {int(net.unit_index[vertex])}"
    copies = net.copies.get(vertex, 1)
    power = len(str(copies)) - 1
    size = f"{copies:,}" if power < _DIGITS else f"{copies / 10**power:.2f}e{power}"
    many = f", which stands for {size}" if copies > 1 else ""
    rate = shortened(net.show(net.learning_rate), 44)
    constants = f"preset {net.preset}, learning rate {rate}"
    return f"{kind} {name}{many}\n{shortened(net.source, 50)}, {constants}"
