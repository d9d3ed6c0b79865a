"""The certified circuit: threshold gates over numbered nodes, each equal to a vertex of the net.

Node 0 is false, then come the inputs, then the memory bits, then the gates, each reading smaller
nodes. A literal is ``2 * node + complement``. A gate's type has an integer weight per source and a
bound t; the gate is true where the weights of its true sources add up to t or more.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

from runtime.check.files import RefusedError
from runtime.check.gates import Flat, answer_margin, control_margin, gate_margin
from runtime.check.graph import Graph, Role


@dataclass(frozen=True)
class Circuit:
    """The certificate's circuit, checked for form.

    Attributes:
        types: (weights, bound).
        gates: (type, node, node, ...) of each gate, in the order of the net's gate vertices.
        first_gate: the node of the first gate.
        vertex_of: node -> vertex, 0 for node 0.
        outputs, flips: literals.
    """

    types: list[tuple[list[int], int]]
    gates: list[list[int]]
    first_gate: int
    vertex_of: list[int]
    outputs: list[int]
    flips: list[int]

    @classmethod
    def of(cls, stated: dict[str, Any], bits: list[int], gates: list[int], graph: Graph) -> Circuit:
        """The circuit of a certificate with the vertices of its bits and gates."""
        first = 1 + len(graph.inputs) + len(bits)
        literals = [literal for _, literal in stated["outputs"]] + stated["flips"]
        nodes = first + len(stated["gates"])
        problems = {
            "gates and gate vertices differ in number": len(stated["gates"]) != len(gates),
            "a type is not of integers other than 0": any(
                any(type(w) is not int or not w for w in weights) or type(bound) is not int
                for weights, bound in stated["types"]
            ),
            "a gate reads no smaller node, or has no such type": any(
                not 0 <= kind < len(stated["types"])
                or len(read) != len(stated["types"][kind][0])
                or any(not 0 < x < node for x in read)
                for node, (kind, *read) in enumerate(stated["gates"], first)
            ),
            "no such literal": any(not 0 <= literal < 2 * nodes for literal in literals),
        }
        for problem, found in problems.items():
            if found:
                raise RefusedError("circuit", problem)
        vertex_of = [0, *graph.inputs, *bits, *gates]
        outputs = literals[: len(stated["outputs"])]
        return cls(stated["types"], stated["gates"], first, vertex_of, outputs, stated["flips"])


class Bits:
    """The output levels of vertices that carry a bit, by role, and what reads them.

    All margins are those that noise of at most ``noise`` on each edge leaves.
    """

    def __init__(
        self, graph: Graph, flat: Flat, top: Fraction, noise: Fraction = Fraction(0)
    ) -> None:
        self.graph, self.flat, self.noise = graph, flat, noise
        self._levels = [(-top, top), (Fraction(-1), Fraction(1))]
        self._controls: dict[tuple[object, ...], Fraction] = {}

    def levels(self, vertex: int) -> tuple[Fraction, Fraction]:
        """(low, high): +-1 for an input, +-top for a vertex on the plateau."""
        return self._levels[self.graph.net.role[vertex] <= Role.RANDOM]

    def check_gates(self, circuit: Circuit) -> Fraction | None:
        """Every gate's vertex is flat and equals its gate; the least margin."""
        graph, vertex_of = self.graph, circuit.vertex_of
        net, first, role = graph.net, graph.first, graph.net.role
        margins: dict[tuple[object, ...], Fraction] = {}
        many = {net.edge_target[edge] for edge in graph.entering}
        for node, (kind, *read) in enumerate(circuit.gates, circuit.first_gate):
            vertex = vertex_of[node]
            begin, end = first[vertex], first[vertex + 1]
            sources = net.edge_source[begin:end]
            biased = sources[:1] == [0]
            wanted = [vertex_of[x] for x in read]
            if sources[biased:] != wanted:
                text = f"reads vertices {sources[biased:]}; its gate reads {wanted}"
                raise RefusedError("function", text, vertex)
            given = bytes([role[x] <= Role.RANDOM for x in wanted])
            copies = tuple(graph.entering.get(e, 1) for e in range(begin, end))
            key = (kind, given, tuple(net.edge_value[begin:end]), vertex in many and copies)
            if key not in margins:
                margins[key] = self._check_gate(vertex, biased, *circuit.types[kind])
        return min(margins.values(), default=None)

    def _check_gate(self, vertex: int, biased: bool, weights: list[int], bound: int) -> Fraction:
        graph, edges = self.graph, self.graph.into(vertex)
        bias = graph.rational(edges[0]) if biased else Fraction(0)
        terms = [
            (graph.rational(e), *self.levels(graph.net.edge_source[e])) for e in edges[biased:]
        ]
        graph.sums.append([bias, *(w * high for w, _, high in terms)])
        slack = self.noise * (biased + sum(high for _, _, high in terms))
        try:
            return gate_margin(terms, bias, weights, bound, self.flat, slack)
        except RefusedError as refused:
            raise refused.at(vertex, [graph.net.edge_source[e] for e in edges[biased:]]) from None

    def check_control(self, vertex: int, circuit: Circuit, flip: int, high: int) -> Fraction:
        """A control vertex opens just where both literals are true; its margin."""
        return self._control(vertex, circuit, flip, high, answers=False)

    def check_answer(self, vertex: int, circuit: Circuit, both: int, either: int) -> Fraction:
        """The vertex voc[T] tells the answer where two literals agree, else nothing; its margin."""
        return self._control(vertex, circuit, both, either, answers=True)

    def _control(
        self, vertex: int, circuit: Circuit, first: int, second: int, *, answers: bool
    ) -> Fraction:
        graph, net = self.graph, self.graph.net
        edges, nodes = graph.into(vertex), sorted({first >> 1, second >> 1} - {0})
        place = {circuit.vertex_of[node]: i for i, node in enumerate(nodes)}
        sources = [net.edge_source[e] for e in edges]
        if any(x and x not in place for x in sources):
            wanted = sorted(place)
            raise RefusedError("function", f"a control reads {sources}, not {wanted}", vertex)
        key = (
            tuple(graph.rational(e) for e in edges),
            tuple(place.get(x, -1) for x in sources),
            tuple(net.role[circuit.vertex_of[node]] <= Role.RANDOM for node in nodes),
            tuple((nodes.index(x >> 1) if x > 1 else -1, x & 1) for x in (first, second)),
            answers,
        )
        if key not in self._controls:
            levels = {0: (Fraction(1), Fraction(1))} | {v: self.levels(v) for v in place}
            terms = [(graph.rational(e), x) for e, x in zip(edges, sources, strict=True)]
            graph.sums.append([weight * levels[x][1] for weight, x in terms])
            slack = self.noise * sum(levels[x][1] for x in sources)
            cases = []
            for bits in product((0, 1), repeat=len(nodes)):
                value = dict(zip(nodes, bits, strict=True)) | {0: 0}
                at = [levels[x][bits[place[x]] if x else 0] for x in sources]
                total = sum((w * y for (w, _), y in zip(terms, at, strict=True)), Fraction(0))
                said = [bool(value[x >> 1] ^ (x & 1)) for x in (first, second)]
                cases.append((bits, total, (said[0], said[1])))
            try:
                if answers:
                    self._controls[key] = answer_margin(cases, self.flat, slack)
                else:
                    opens = [(bits, total, all(said)) for bits, total, said in cases]
                    self._controls[key] = control_margin(opens, self.flat, slack)
            except RefusedError as refused:
                raise refused.at(vertex, list(place)) from None
        return self._controls[key]
