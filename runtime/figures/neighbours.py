"""A vertex among its neighbours: what it reads on the left, what reads it on the right."""

from __future__ import annotations

from compiler.net import Net
from runtime.figures import Picture
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
from runtime.figures.vertices import edges_into, edges_out_of, short_name

_MOST = 12
"""Neighbours on each side that are drawn."""


def draw_neighbours(net: Net, vertex: int) -> Picture:
    """Draw a vertex, up to 12 of its sources and up to 12 vertices that read it."""
    entering, leaving = edges_into(net, vertex), edges_out_of(net, vertex)
    is_output = any(port.vertex == vertex for port in net.outputs)
    spots = [Spot(f"#{vertex}", 0, 0, "an output" if is_output else "", "right", "#ffffff")]
    links = []
    for edges, side in ((entering, -1), (leaving, 1)):
        shown = edges[:_MOST]
        for row, edge in enumerate(shown):
            other = int((net.edge_source if side < 0 else net.edge_target)[edge])
            y = 0.55 * ((len(shown) - 1) / 2 - row)
            name = f"#{other}" if other else "1"
            note = short_name(net, other, 30) if other else "the constant"
            where = "left" if side < 0 else "right"
            spots.append(Spot(name, 1.6 * side, y, note, where, OTHER_FILL))
            ends = (len(spots) - 1, 0) if side < 0 else (0, len(spots) - 1)
            weight = net.values[net.edge_value[edge]]
            at = 0.45 if side < 0 else 0.55
            trained = bool(net.trainable[edge])
            links.append(Link(*ends, weight, net.show(weight), trainable=trained, label_at=at))
    links, keys = with_keys(links)
    rows = max(min(len(entering), _MOST), min(len(leaving), _MOST), 2)
    figure, axes = graph_figure(7.2, 0.5 * rows + 1.5, keys)
    draw_graph(axes, spots, links, size=14)
    axes.set_xlim(-3.6, 3.6)
    axes.set_ylim(-0.29 * rows - 0.1, 0.29 * rows + 0.1)
    for edges, x, what in ((entering, -1.6, "read by it"), (leaving, 1.6, "that read it")):
        if len(edges) > _MOST:
            text = f"{len(edges) - _MOST:,} more {what}"
            axes.text(x, -0.29 * rows - 0.05, text, ha="center", va="top", fontsize=8)
    place = f", line {net.line[vertex]}" if net.line[vertex] else ""
    title = f"{net.vertex_name(vertex)}{place}: outputs f(sum of weights times sources)"
    figure.suptitle(f"{shortened(title, 90)}\n{shortened(net.source, 60)}", fontsize=10)
    draw_legend(figure, links, "holds the bit")
    left_out = len(entering) + len(leaving) - len(links)
    return Picture(figure, f"{left_out:,} more neighbours are not drawn" if left_out else "")
