"""Definition 7 and Lemma 6 in the net: every cell's vertices and edges, and the output's.

A cell is found from its end: v4 is what the output hears, and each vertex hears just what it must.
Every vertex but the constant, the inputs and the gates must be found, once; so no edge leads
anywhere else. What a gate hears is checked with the gate.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from runtime.check.cell import CellConstants
from runtime.check.files import RefusedError
from runtime.check.graph import PATH, Graph, Role
from runtime.check.monomial import Monomial

OUTPUT_CONTROL_EDGE = 6
"""The role of edges from voc[t] to the output: SGD changes each once."""

_FROZEN = -1
"""Any edge role but the two that say that SGD may change the edge."""


@dataclass(frozen=True)
class Wired:
    """Where things are.

    Attributes:
        state: the reader of v2, by cell.
        read: vr of the two cells of bit 0, by sample and value.
        control, control_primed: vc and vc', by cell.
        output_control: voc[0] .. voc[T].
    """

    state: list[int]
    read: list[int]
    control: list[int]
    control_primed: list[int]
    output_control: list[int]


def wire(graph: Graph, constants: CellConstants, samples: int) -> Wired:
    """All cells of a net, by number, and its output controls; refused where anything differs."""
    return _Wiring(graph, constants, samples).wired()


class _Wiring:
    def __init__(self, graph: Graph, constants: CellConstants, samples: int) -> None:
        self.graph, self.net = graph, graph.net
        self.samples, self.bits = samples, len(graph.inputs)
        self.cells = 2 * self.bits * samples
        self.found: set[int] = set()
        self.changing: set[int] = set()
        c = constants
        self.path = [self._values(weight) for weight in c.weights]
        self.state = [self._values(c.state_bias), self._values(c.state)]
        self.read = [self._values(c.read)]
        self.into_v4 = {
            Role.STEM: self.path[3],
            Role.CONTROL: self._values(c.control),
            Role.CONTROL_PRIMED: self._values(c.control_primed),
        }
        self.into_output = [self._values(c.output_control), self._values(c.answer)]

    def wired(self) -> Wired:
        graph, net = self.graph, self.net
        outputs = graph.roles[Role.OUTPUT]
        if len(outputs) != 1 or [port["vertex"] for port in net.names["outputs"]] != outputs:
            raise RefusedError("function", "the output port is not the one output vertex")
        if not 0 < self.cells < len(net.role):
            raise RefusedError("function", f"{self.samples} samples of {self.bits} bits")
        readers = self._readers(Role.STATE, self.state)
        labels = self._readers(Role.READ, self.read)
        state, read = [0] * self.cells, dict[int, int]()
        controls: dict[int, tuple[int, int]] = {}
        voc: dict[int, int] = {}
        for edge in graph.into(outputs[0]):
            source = net.edge_source[edge]
            if net.role[source] == Role.OUTPUT_CONTROL:
                t = self._number(source, self.samples + 1, voc)
                voc[t] = self._take(source)
                self._edge(edge, self.into_output[t == self.samples], OUTPUT_CONTROL_EDGE)
                continue
            self._edge(edge, self.path[4], PATH)
            v1, v2, pair = self._path(source)
            if v2 not in readers:
                raise RefusedError("function", "no reader hears v2 of this cell", v2)
            cell = self._number(readers[v2], self.cells, controls)
            controls[cell], state[cell] = pair, readers[v2]
            if v1 in labels:
                read[cell] = labels[v1]
        first = [2 * self.bits * t + z for t in range(self.samples) for z in (0, 1)]
        problems = {
            f"{len(controls)} cells, not {self.cells}": len(controls) != self.cells,
            "a reader reads something else than a cell": len(readers) != self.cells
            or len(labels) != len(read),
            f"{len(voc)} output controls of {self.samples} samples": len(voc) != self.samples + 1,
            "the label is read of other cells than those of the first bit": sorted(read) != first,
        }
        for problem, wrong in problems.items():
            if wrong:
                raise RefusedError("function", problem)
        self._check_all_found(outputs[0])
        return Wired(
            state,
            [read[cell] for cell in first],
            [controls[cell][0] for cell in range(self.cells)],
            [controls[cell][1] for cell in range(self.cells)],
            [voc[t] for t in range(self.samples + 1)],
        )

    def _readers(self, role: Role, weights: list[set[int]]) -> dict[int, int]:
        """Vertices of a role by what they hear, besides the constant if two weights are given."""
        reader: dict[int, int] = {}
        for vertex in self.graph.roles[role]:
            *bias, source = self._hears(vertex, weights, [_FROZEN] * len(weights))
            if any(bias) or source in reader or self.net.role[source] != Role.STEM:
                raise RefusedError("function", "does not read one cell alone", vertex)
            reader[source] = self._take(vertex)
        return reader

    def _path(self, v4: int) -> tuple[int, int, tuple[int, int]]:
        """Up from v4: v1, v2, and the control vertices."""
        by_role: dict[int, int] = {}
        for edge in self.graph.into(v4):
            source = self.net.edge_source[edge]
            role = self.net.role[source]
            if role in by_role:
                raise RefusedError("write", "hears two vertices of one role, as v4", v4)
            by_role[role] = source
            if role not in self.into_v4:
                raise RefusedError("write", f"hears vertex {source}, as v4 of a cell", v4)
            self._edge(edge, self.into_v4[Role(role)], PATH if role == Role.STEM else _FROZEN)
        if len(by_role) != 3 or self.net.role[v4] != Role.STEM:
            raise RefusedError("write", "should be v4 of a cell, with v3, vc and vc'", v4)
        v3 = by_role[Role.STEM]
        (v2,) = self._hears(v3, [self.path[2]], [PATH])
        (v1,) = self._hears(v2, [self.path[1]], [PATH])
        (v0,) = self._hears(v1, [self.path[0]], [PATH])
        if v0 or any(self.net.role[v] != Role.STEM for v in (v1, v2, v3)):
            raise RefusedError("write", "its path does not begin at the constant", v4)
        controls = by_role[Role.CONTROL], by_role[Role.CONTROL_PRIMED]
        for vertex in (v1, v2, v3, v4, *controls):
            self._take(vertex)
        return v1, v2, controls

    def _hears(self, vertex: int, weights: list[set[int]], roles: list[int]) -> list[int]:
        """The sources of a vertex, in their order, which must have these weights."""
        edges = self.graph.into(vertex)
        if len(edges) != len(weights):
            raise RefusedError("write", f"has {len(edges)} edges, not {len(weights)}", vertex)
        for edge, weight, role in zip(edges, weights, roles, strict=True):
            self._edge(edge, weight, role)
        return [self.net.edge_source[edge] for edge in edges]

    def _values(self, weight: Monomial) -> set[int]:
        """Where the net's table has this weight."""
        return {i for i, x in enumerate(self.graph.weights) if x == weight}

    def _edge(self, edge: int, values: set[int], role: int) -> None:
        """The edge has one of these weights, and this role."""
        found, target = self.net.edge_role[edge], self.net.edge_target[edge]
        if self.net.edge_value[edge] not in values:
            weight = self.graph.weights[self.net.edge_value[edge]]
            raise RefusedError("write", f"an edge of weight {weight}, no cell's there", target)
        if role != _FROZEN:
            self.changing.add(edge)
            if found != role:
                raise RefusedError("write", f"an edge of role {found}, not {role}", target)

    def _number(self, vertex: int, end: int, known: Iterable[int]) -> int:
        """The number that a vertex says it has: below ``end``, and nobody else's."""
        number = self.net.unit_index[vertex]
        if not 0 <= number < end or number in known:
            raise RefusedError("function", f"number {number} is another's, or none", vertex)
        return number

    def _take(self, vertex: int) -> int:
        if vertex in self.found:
            raise RefusedError("write", "is part of two cells", vertex)
        self.found.add(vertex)
        return vertex

    def _check_all_found(self, output: int) -> None:
        known = self.found | {0, output, *self.graph.inputs, *self.graph.roles[Role.GATE]}
        rest = sorted(set(range(len(self.net.role))) - known)
        if rest:
            raise RefusedError("flatness", "is neither a gate nor part of a cell", rest[0])
        for edge, role in enumerate(self.net.edge_role):
            if (role in (PATH, OUTPUT_CONTROL_EDGE)) != (edge in self.changing):
                target = self.net.edge_target[edge]
                raise RefusedError("silence", f"edge {edge} is said to be trainable", target)
