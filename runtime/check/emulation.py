"""The emulation net: units, what controls them, what reads them, and what they bring together.

Every sloped vertex is found on exactly one path of a unit, from the output vertex down, with the
edges of `runtime.check.unit` into it and no others; all other vertices are flat. So backpropagation
meets a slope other than 0 only where that module computes it.

Each memory bit has a memory unit with flip literal F and a dual with NOT F: in each step exactly
one of the two flips. Fillers always flip. So exactly m' units flip, m for the bits and the fillers,
and with m' C = 1 the output is f(2h - 1) = 2h - 1, for every input and memory state.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from runtime.check.circuit import Bits, Circuit
from runtime.check.files import RefusedError
from runtime.check.graph import (
    BRANCH,
    BRANCH_PRIMED,
    CONTROL,
    CONTROL_PRIMED,
    GATE,
    OUTPUT,
    PATH,
    READ,
    SOURCE,
    STEM,
    Graph,
)
from runtime.check.monomial import ONE, Monomial
from runtime.check.unit import BRANCH_EDGES, Unit

_MEMORY, _DUAL, _FILLER = 1, 2, 3


@dataclass
class _Traced:
    """A unit in the net: its stem's end and its control vertices, the branch's first."""

    end: int
    controls: tuple[int, int]
    copies: int


class Emulation:
    """The checks of one net; ``margins`` has the least margin of each kind of flat vertex."""

    def __init__(self, graph: Graph, unit: Unit, bits: Bits) -> None:
        self.graph, self.net, self.unit, self.bits = graph, graph.net, unit, bits
        self.length = len(unit.weights)
        self.margins: dict[str, Fraction] = {}
        self._seen: set[int] = set()
        self._path_edges = 0
        self._sign: list[dict[int, int]] = [{}]  # by t: value -> sign of +-w_t
        ids = list(enumerate(graph.weights))
        for weight in unit.weights:
            signs = {i: x.sign for i, x in ids if abs(x) == weight}
            self._sign.append(signs)
        self._control_values = {i for i, x in ids if x == unit.control}

    def check(self, stated: dict[str, Any]) -> int:
        """Everything about the net but its unit's 64 cases; returns m'."""
        if len(self.graph.roles[OUTPUT]) != 1 or len(self.net.names["outputs"]) != 1:
            raise RefusedError("graph", "an emulation net has one output")
        stems = [self._stem(traced) for traced in self._branches()]
        held = self._memory(stated["bits"], {v1: key for key, v1, _, _ in stems})
        circuit = Circuit.of(stated, held, self.graph.roles[GATE], self.graph)
        if len(circuit.flips) != len(held) or len(circuit.outputs) != 1:
            raise RefusedError("function", "a flip for each bit, and one prediction, are needed")
        self._margin("gate", self.bits.check_gates(circuit))
        units = self._controls(stems, circuit)
        self._nothing_else()
        if self.unit.contribution * Monomial.of(units) != ONE:
            text = f"{units} units bring {self.unit.contribution} each, which is not 1 together"
            raise RefusedError("write", text, self.graph.roles[OUTPUT][0])
        return units

    def _branches(self) -> list[_Traced]:
        """From the output down both branches of all units, to the ends of their stems."""
        output = self.graph.roles[OUTPUT][0]
        if self.net.names["outputs"][0]["vertex"] != output:
            raise RefusedError("graph", "the output is another vertex", output)
        ends: dict[int, dict[int, tuple[int, int]]] = {}
        for edge in self.graph.into(output):
            vertex = self.net.edge_source[edge]
            role, copies = self.net.role[vertex], self.graph.copies.get(vertex, 1)
            if role not in (BRANCH, BRANCH_PRIMED):
                raise RefusedError("flatness", "the output hears more than units", vertex)
            sign = self._path_sign(edge, self.length, copies)
            sign *= -1 if role == BRANCH_PRIMED else 1
            control = self._climb(vertex, self.length - 1, role, copies, sign)
            sides = ends.setdefault(self._end, {})
            if role in sides:
                raise RefusedError("write", "a stem with two such branches", vertex)
            sides[role] = (control, copies)
        for end, sides in ends.items():
            if len(sides) != 2 or sides[BRANCH][1] != sides[BRANCH_PRIMED][1]:
                raise RefusedError("write", "a stem without both branches, once each", end)
        return [
            _Traced(end, (sides[BRANCH][0], sides[BRANCH_PRIMED][0]), sides[BRANCH][1])
            for end, sides in ends.items()
        ]

    def _climb(self, vertex: int, t: int, role: int, copies: int, sign: int) -> int:
        """Up from v_t to the first vertex of another role, `_end`; the control on the way."""
        control, net = 0, self.net
        last = self.length - BRANCH_EDGES if role != STEM else 0
        while t > last:
            found = net.role[vertex], self.graph.copies.get(vertex, 1)
            if found != (role, copies) or vertex in self._seen:
                raise RefusedError("write", f"is not v{t} of one unit alone", vertex)
            self._seen.add(vertex)
            edges = list(self.graph.into(vertex))
            if role != STEM and t == self.length - 2:
                kind = CONTROL if role == BRANCH else CONTROL_PRIMED
                into = [e for e in edges if net.role[net.edge_source[e]] == kind]
                value = [net.edge_value[e] in self._control_values for e in into]
                if value != [True] or self.graph.entering.get(into[0], 1) != 1:
                    raise RefusedError("write", "is not controlled as it must be", vertex)
                control = net.edge_source[into[0]]
                edges.remove(into[0])
            if len(edges) != 1 or self._path_sign(edges[0], t, 1) != (sign or self._first_sign):
                raise RefusedError("write", f"v{t} has not the one edge of its unit", vertex)
            sign = self._first_sign
            vertex, t = net.edge_source[edges[0]], t - 1
        self._end = vertex
        return control

    def _path_sign(self, edge: int, t: int, entering: int) -> int:
        """The sign of a path edge into v_t; refused if it is none."""
        sign = self._sign[t].get(self.net.edge_value[edge], 0)
        if not sign or self.net.edge_role[edge] != PATH:
            value = self.graph.weights[self.net.edge_value[edge]]
            text = f"the weight {value} is not one of +-{self.unit.weights[t - 1]}"
            raise RefusedError("write", text, self.net.edge_target[edge])
        if self.graph.entering.get(edge, 1) != entering:
            raise RefusedError("write", "multiplicity", self.net.edge_target[edge])
        self._path_edges += 1
        self._first_sign = sign
        return sign
