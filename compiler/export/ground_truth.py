"""Which vertices and edges are which gate: the answer that interpretability work compares with.

Every vertex and every edge of a net belongs to exactly one *element*: a gate, memory unit, cell,
input or output of the source, or one of the few parts that the construction adds (the constant,
fillers). An edge belongs to the element of its target; but the last edges of a unit, which lead
into the output vertex that all units share, belong to the unit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compiler.export.columns import vertex_columns, weight_columns
from compiler.hierarchy import hierarchy_of
from compiler.net import EdgeRole, Net, Role, Unit

FORMAT = "sgdcc-ground-truth"
VERSION = 1

_CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class Element:
    """What one thing in the source became. Lists of vertices and of edges are parallel.

    Attributes:
        element: the gadget, such as ``memory unit row[0][1]`` or ``gate G10``.
        kind: constant, input, memory, dual, filler, cell, gate, output, output control; or
            ``absorbed``, a gate of the source that has a name but no vertex of its own: others
            compute what it did.
        name: in the source; empty where it has none.
        file, line: where it is in the source; empty and 0 where unknown.
        shared_by: names of others that its vertices are too: outputs that are this gate, or, of
            the controls of fillers, all fillers.
        vertices: numbers in the net.
        units: their stable names, see `compiler.export.unit_names`.
        roles: of the vertices.
        edges: numbers in the net.
        sources, targets: unit names of their ends.
        weights, weights_exact: float64, and exact texts.
        edge_roles: of the edges.
    """

    element: str
    kind: str
    name: str
    file: str
    line: int
    shared_by: tuple[str, ...] = ()
    vertices: tuple[int, ...] = ()
    units: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    edges: tuple[int, ...] = ()
    sources: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()
    weights_exact: tuple[str, ...] = ()
    edge_roles: tuple[str, ...] = ()


def ground_truth(net: Net, weights: NDArray[np.floating] | None = None) -> Iterator[Element]:
    """The elements in the order of their components, absorbed gates last.

    Args:
        net: of any target, also a quotient.
        weights: float64 of shape (edges,); as built by default.

    Raises:
        LimitError: a number does not fit float64.

    >>> from circuits.builder import Builder
    >>> from compiler.pipeline import compile_net
    >>> b = Builder("exclusive or")
    >>> z = b.xor(b.input("x"), b.input("y"))
    >>> b.label(z, "z")
    >>> b.output("z", z)
    >>> *_, gate = ground_truth(compile_net(b.build()))
    >>> gate.element, gate.units, gate.weights_exact[:3]
    ('gate z', ('level.1.unit.0', 'level.2.unit.0'), ('-2', '2', '2'))
    """
    boxes = hierarchy_of(net)
    gadget = boxes.gadget_of_vertex.astype(np.int64)
    unit, role = (
        _Taken(next(c for c in vertex_columns(net) if c.key == key)) for key in ("unit", "role")
    )
    weight, exact = (_Taken(column) for column in weight_columns(net, weights))
    edge_role = [r.name.lower() for r in EdgeRole]
    vertices = _Grouped(gadget, boxes.gadgets)
    edges = _Grouped(gadget[_owner(net)], boxes.gadgets)
    ports = _names_of_outputs(net)
    inputs = {port.vertex: i for i, port in enumerate(net.inputs)}
    seen = set()
    for number, title in enumerate(boxes.gadget_names):
        own, lines = vertices.of(number), edges.of(number)
        name, kind = _name(net, own), _kind(net, int(own[0]))
        line = _line(net, own, inputs)
        others = [p for v in own.tolist() for p in ports.get(v, ()) if p != name]
        seen |= {name, *others}
        yield Element(
            element=title,
            kind=kind,
            name=name,
            file=net.circuit.source if line else "",
            line=line,
            shared_by=tuple(dict.fromkeys(others)) or _fillers(net, own),
            vertices=tuple(own.tolist()),
            units=unit.at(own),
            roles=role.at(own),
            edges=tuple(lines.tolist()),
            sources=unit.at(net.edge_source[lines]),
            targets=unit.at(net.edge_target[lines]),
            weights=weight.at(lines),
            weights_exact=exact.at(lines),
            edge_roles=tuple(edge_role[r] for r in net.edge_role[lines].tolist()),
        )
    for literal, name in sorted(net.circuit.labels.items()):
        if name not in seen:
            line = int(net.circuit.lines[literal >> 1])
            yield Element(f"gate {name}", "absorbed", name, net.circuit.source, line)


def ground_truth_lines(net: Net, weights: NDArray[np.floating] | None = None) -> Iterator[bytes]:
    """JSON Lines: an object about the file, then one for every `Element`, with its attributes."""
    elements = ground_truth(net, weights)
    head = {
        "format": FORMAT,
        "version": VERSION,
        "source": net.source,
        "target": net.target.value,
        "preset": net.preset,
        "vertices": net.vertices,
        "edges": net.edges,
    }
    yield json.dumps(head).encode() + b"\n"
    names = [field.name for field in fields(Element)]
    encode = json.JSONEncoder().encode
    while some := list(islice(elements, _CHUNK)):
        lines = (encode({name: getattr(element, name) for name in names}) for element in some)
        yield "\n".join((*lines, "")).encode()


class _Taken:
    """Values of a column by row, quickly."""

    def __init__(self, column: Any) -> None:
        self._values = np.array(column.values, object)
        self._codes = column.codes

    def at(self, rows: NDArray[Any]) -> tuple[Any, ...]:
        return tuple(self._values[self._codes[rows]].tolist())


class _Grouped:
    """Which rows are of a group, ascending."""

    def __init__(self, group: NDArray[np.int64], groups: int) -> None:
        self._order = np.argsort(group, kind="stable")
        self._begin = np.searchsorted(group[self._order], np.arange(groups + 1))

    def of(self, group: int) -> NDArray[np.intp]:
        return self._order[self._begin[group] : self._begin[group + 1]]


def _owner(net: Net) -> NDArray[np.int32]:
    """Shape (edges,): the end of each edge in whose element it is."""
    into_output = net.role[net.edge_target] == Role.OUTPUT
    last = into_output & np.isin(net.edge_role, (EdgeRole.PATH, EdgeRole.OUTPUT_CONTROL))
    return np.where(last, net.edge_source, net.edge_target)


def _names_of_outputs(net: Net) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for port in net.outputs:
        found.setdefault(port.vertex, []).append(port.name)
    return found


def _name(net: Net, vertices: NDArray[np.intp]) -> str:
    """The source's name of an element; helpers of a gate end in ``/hidden``, numbers are none."""
    labels = [net.labels[label] for label in net.label[vertices].tolist()]
    if net.unit[vertices[0]] == Unit.FILLER:
        return ""
    name = min(labels, key=len).removesuffix("/hidden")
    return "" if name.startswith("%") else name


def _kind(net: Net, vertex: int) -> str:
    unit, role = Unit(net.unit[vertex]), Role(net.role[vertex])
    if unit is not Unit.NONE:
        return unit.name.lower()
    if role in (Role.CONSTANT, Role.SOURCE):
        return "constant"
    if role in (Role.SAMPLE, Role.RANDOM):
        return "input"
    if role in (Role.OUTPUT, Role.OUTPUT_CONTROL):
        return role.name.lower().replace("_", " ")
    return "gate"


def _line(net: Net, vertices: NDArray[np.intp], inputs: dict[int, int]) -> int:
    """Where an element is in the source: its gate's line, or that of its latch or input."""
    lines, first = net.line[vertices], int(vertices[0])
    if lines.any():
        return int(lines[lines > 0].min())
    circuit, node = net.circuit, 0
    if net.unit[first] in (Unit.MEMORY, Unit.DUAL):
        node = 1 + len(circuit.input_names) + int(net.unit_index[first])
    elif first in inputs and not net.samples:
        node = 1 + inputs[first]
    return int(circuit.lines[node])


def _fillers(net: Net, vertices: NDArray[np.intp]) -> tuple[str, ...]:
    """Whose controls these are, where one pair serves all fillers."""
    first = int(vertices[0])
    shared = net.unit[first] == Unit.FILLER and net.unit_index[first] < 0
    return ("all fillers",) if shared else ()
