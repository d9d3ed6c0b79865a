"""Vertices of a net for figures: by name, with their edges, and their sums as text."""

from __future__ import annotations

import numpy as np

from compiler.net import Net, Role, Unit
from runtime.figures.style import shortened
from runtime.inspect.names import find_vertices

_TERMS = 4
"""Of a sum that is written out."""


def named_vertex(net: Net, name: str) -> int:
    """The vertex of a number or a name; of a memory bit or a cell, v1 of its unit.

    Raises:
        SourceError: there is none.
    """
    found = np.array(find_vertices(net, name).vertices)
    holds = np.isin(net.unit[found], (Unit.MEMORY, Unit.CELL)) & (net.path_index[found] == 1)
    helps = np.array([net.labels[net.label[v]].endswith("/hidden") for v in found.tolist()])
    return int(found[np.lexsort((helps, ~holds))[0]])


def edges_into(net: Net, vertex: int) -> list[int]:
    """The edges into a vertex, in order."""
    low, high = np.searchsorted(net.edge_target, [vertex, vertex + 1])
    return list(range(int(low), int(high)))


def edges_out_of(net: Net, vertex: int) -> list[int]:
    """The edges out of a vertex, in order."""
    return [int(edge) for edge in np.flatnonzero(net.edge_source == vertex)]


def short_name(net: Net, vertex: int, most: int = 22, reader: int | None = None) -> str:
    """What a vertex is called beside others: the source's name for it, or its part in a unit.

    Args:
        net: where it is.
        vertex: which.
        most: characters.
        reader: a vertex of the same unit; the unit's name is then left out.
    """
    role, index = Role(net.role[vertex]), int(net.path_index[vertex])
    if role in (Role.CONSTANT, Role.SOURCE):
        return "1" if role is Role.CONSTANT else "v0"
    label = net.labels[net.label[vertex]] or f"#{vertex}"
    home = "" if reader is None else net.labels[net.label[reader]]
    part = ""
    if Unit(net.unit[vertex]) is not Unit.NONE or role is Role.READ:
        prime = "'" if role in (Role.BRANCH_PRIMED, Role.CONTROL_PRIMED) else ""
        other = {Role.READ: "vr", Role.STATE: "vs"}.get(role, "vc")
        part = (f"v{index}" if index >= 0 else other) + prime
        if home and label == home:
            return part
        part += " "
    elif home and label.startswith(f"{home}/"):
        label = label.removeprefix(f"{home}/")
    return shortened(part + label, most)


def sum_text(net: Net, vertex: int, terms: int = _TERMS) -> str:
    """What a vertex computes, as text: f(2 - 1/2 flip)."""
    edges = edges_into(net, vertex)
    text = ""
    for edge in edges[:terms]:
        weight, source = net.values[net.edge_value[edge]], int(net.edge_source[edge])
        size = net.show(abs(weight))
        name = ""
        if Role(net.role[source]) is not Role.CONSTANT:
            name = short_name(net, source, reader=vertex)
        factor = size if not name else name if size == "1" else f"{size} {name}"
        sign = (" - " if text else "-") if weight.sign < 0 else (" + " if text else "")
        text += f"{sign}{factor}"
    if len(edges) > terms:
        text += f" + {len(edges) - terms} more"
    return f"f({text})"
