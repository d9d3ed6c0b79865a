"""One vertex, looked at closely: where it comes from, what it hears, and where that lands on f."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from circuits.errors import LimitError
from compiler.exact import Exact
from compiler.net import EdgeRole, Net, Role, Unit
from runtime.inspect.level_sets import Case, cases_of, level_set
from runtime.inspect.path_states import edges_into
from runtime.inspect.quantity import Quantity, as_json, nearest, text
from runtime.inspect.source_line import line_of

MOST_READERS = 1000
"""Readers of a vertex that are kept."""


class Wire(NamedTuple):
    """An edge of the vertex.

    Attributes:
        edge: its number.
        other: the vertex at its other end.
        name: of that vertex, in words.
        weight: as built, exact; m' as a symbol where that is shorter.
        value: the same rounded; None where no float is near.
        role: the class of the edge.
        trainable: whether SGD may ever change it.
        levels: of an edge into the vertex what its source can output, as text; else empty.
    """

    edge: int
    other: int
    name: str
    weight: str
    value: float | None
    role: str
    trainable: bool
    levels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VertexView:
    """A vertex.

    Attributes:
        vertex: its number.
        name: in words.
        role, unit: of `compiler.net.Role` and `Unit`; ``unit`` is "none" outside of units.
        label: what it came from.
        component, gadget: the boxes of `compiler.hierarchy` that it is in.
        level: its depth.
        copies: how many it stands for.
        file, line, source_text: where in the source; "" and 0 where unknown.
        inputs: the edges into it, in the order in which they are summed.
        levels: the values that it can output.
        cases: what can happen at it.
        complete: whether these are all cases; else distinct sums next to the ends of pieces.
        margin: of the least case that is on a flat piece; None where none is.
        readers: edges out of it, the first `MOST_READERS`; ``reader_count`` of them.
    """

    vertex: int
    name: str
    role: str
    unit: str
    label: str
    component: str
    gadget: str
    level: int
    copies: int
    file: str
    line: int
    source_text: str
    inputs: tuple[Wire, ...]
    levels: tuple[Quantity, ...]
    cases: tuple[Case, ...]
    complete: bool
    margin: Quantity | None
    readers: tuple[Wire, ...]
    reader_count: int

    def facts(self) -> dict[str, Any]:
        """All of it for JSON."""
        found = {name: value for name, value in _fields(self) if name not in _SHOWN}
        return found | {
            "copies": self.copies if self.copies <= 2**53 else str(self.copies),
            "inputs": [wire._asdict() for wire in self.inputs],
            "levels": [as_json(value) for value in self.levels],
            "cases": [
                {
                    "sources": [as_json(value) for value in case.sources],
                    "when": case.when,
                    "sum": as_json(case.sum),
                    "piece": case.landing.piece,
                    "margin": as_json(case.landing.margin),
                    "value": as_json(case.landing.value),
                }
                for case in self.cases
            ],
            "margin": None if self.margin is None else as_json(self.margin),
            "readers": [wire._asdict() for wire in self.readers],
        }

    def __str__(self) -> str:
        from runtime.inspect.vertex_text import vertex_lines

        return "\n".join(vertex_lines(self))


_SHOWN = ("copies", "inputs", "levels", "cases", "margin", "readers")


def _fields(view: VertexView) -> list[tuple[str, Any]]:
    return [(name, getattr(view, name)) for name in VertexView.__slots__]


def view_vertex(net: Net, vertex: int, folder: Path | None = None) -> VertexView:
    """Look at a vertex.

    Args:
        net: of any target.
        vertex: its number.
        folder: where else to look for the file of the source.
    """
    from compiler.hierarchy import hierarchy_of

    boxes = hierarchy_of(net)
    cases = cases_of(net, vertex)
    flat = [case.landing.margin for case in cases.cases if case.landing.flat]
    readers = np.flatnonzero(net.edge_source == vertex)
    out = readers[:MOST_READERS]
    line = int(net.line[vertex])
    return VertexView(
        vertex=vertex,
        name=net.vertex_name(vertex),
        role=Role(net.role[vertex]).name.lower(),
        unit=Unit(net.unit[vertex]).name.lower(),
        label=net.labels[net.label[vertex]],
        component=boxes.component_names[boxes.component_of_vertex[vertex]],
        gadget=boxes.gadget_names[boxes.gadget_of_vertex[vertex]],
        level=int(net.level[vertex]),
        copies=net.copies.get(vertex, 1),
        file=net.circuit.source if line else "",
        line=line,
        source_text=line_of(net.circuit.source, line, folder) if line else "",
        inputs=_inputs(net, vertex),
        levels=level_set(net, vertex),
        cases=cases.cases,
        complete=cases.complete,
        margin=nearest(*flat) if flat else None,
        readers=_wires(net, out.tolist(), net.edge_target, [()] * len(out)),
        reader_count=len(readers),
    )


def _inputs(net: Net, vertex: int) -> tuple[Wire, ...]:
    """The edges into a vertex; sources that are alike are looked at once."""
    known: dict[tuple[int, ...], tuple[str, ...]] = {}
    levels = []
    for source in net.edge_source[list(edges_into(net, vertex))].tolist():
        answers = bool(net.samples) and net.unit_index[source] == net.samples
        key = tuple(map(int, (net.role[source], net.unit[source], net.path_index[source], answers)))
        if key not in known:
            known[key] = tuple(text(value) for value in level_set(net, source))
        levels.append(known[key])
    return _wires(net, list(edges_into(net, vertex)), net.edge_source, levels)


def _wires(
    net: Net, edges: list[int], ends: NDArray[np.int32], levels: list[tuple[str, ...]]
) -> tuple[Wire, ...]:
    """The edges with the vertices at one of their ends; weights are put into words once each."""
    ids, roles = net.edge_value[edges].tolist(), map(EdgeRole, net.edge_role[edges].tolist())
    shown = {i: (net.show(net.values[i]), _rounded(net.values[i])) for i in set(ids)}
    trained = (EdgeRole.PATH, EdgeRole.OUTPUT_CONTROL)
    rows = zip(edges, ends[edges].tolist(), ids, roles, levels, strict=True)
    return tuple(
        Wire(edge, other, net.vertex_name(other), *shown[number], role.name.lower(),
             role in trained, level)
        for edge, other, number, role, level in rows
    )  # fmt: skip


def _rounded(value: Exact) -> float | None:
    try:
        return value.to_float()
    except LimitError:
        return None
