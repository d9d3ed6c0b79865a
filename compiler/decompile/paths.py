"""Find the paths along which gradients reach weights: Definition 6's memory units, by slope alone.

A vertex whose input lies on a flat piece lets no gradient through, and nothing below it trains.
What is left is found from the bottom up: a *path* begins at a vertex that hears one constant and
lands on the power piece, and goes on through every vertex that hears a path on the power piece,
up to an output. No roles are needed for that, and no magnitudes but the built ones: SGD negates
weights (Lemma 2), and neither the power piece nor the flat ones care for signs.

A path forks where several paths go on. The edges between two forks, a *segment*, are always negated
together, by the chain rule: where the gradient is not 0 for one of them, it is so for all. So
each segment has one bit of state, and the output of a path vertex is its built value, negated once
for each segment that the vertex has an odd number of edges of, and that stands negated.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from compiler.decompile.graph import Graph
from compiler.decompile.pieces import FLAT, Piece, exact_sum, flat_value, piece_of, power_value
from compiler.exact import ONE, ZERO, Exact

NO_SEGMENT = -1

EVEN: frozenset[int] = frozenset()
"""No segment has an odd number of edges, so the sign never changes."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What paths with equal weights from equal constants have in common, as built.

    Attributes:
        weights: from the root to here.
        term: the last weight times what its source outputs.
        piece: of the activation that the term lies on.
        value: what a vertex with this input outputs, if on the power piece.
    """

    weights: tuple[Exact, ...]
    term: Exact
    piece: Piece
    value: Exact


@dataclass(frozen=True, slots=True)
class Paths:
    """All paths of a net.

    Attributes:
        constants: vertices that hear nothing but constants, on flat pieces, and what they output.
        edge: path vertex -> the edge that the path enters it by.
        shape: path vertex -> the path up to it.
        collector: the output vertex where paths end, or None in a component (Lemma 1).
        segment: path edge -> the segment it is part of.
        above: segment -> the segment at whose end it forks off, or `NO_SEGMENT`.
        odd: path vertex -> the segments that it has an odd number of edges of.
    """

    constants: dict[int, Exact] = field(default_factory=dict)
    edge: dict[int, int] = field(default_factory=dict)
    shape: dict[int, Shape] = field(default_factory=dict)
    collector: int | None = None
    segment: dict[int, int] = field(default_factory=dict)
    above: list[int] = field(default_factory=list)
    odd: dict[int, frozenset[int]] = field(default_factory=dict)


def find_paths(graph: Graph) -> Paths:
    """The paths of a net and its constant vertices.

    Raises:
        SourceError: a vertex is in a blend, or paths meet where no output is.
    """
    finder = _Finder(graph)
    for vertex in range(1, graph.vertices):
        finder.visit(vertex)
    paths = Paths(finder.constants, finder.edge, finder.shape, finder.collector)
    _divide(graph, paths)
    return paths


class _Finder:
    """One pass in topological order."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.constants: dict[int, Exact] = {0: ONE}
        self.edge: dict[int, int] = {}
        self.shape: dict[int, Shape] = {}
        self.collector: int | None = None
        self._inputs = frozenset(port.vertex for port in graph.inputs)
        self._outputs = frozenset(port.vertex for port in graph.outputs)
        self._shapes: dict[tuple[int, int], Shape] = {}

    def visit(self, vertex: int) -> None:
        """Say whether a vertex is constant or on a path; gates are neither."""
        graph = self._graph
        edges, sources = graph.edges_into(vertex), graph.source
        if vertex in self._inputs:
            return
        heard = [e for e in edges if sources[e] in self.shape]
        if heard and vertex in self._outputs:
            self._collect(vertex, len(heard) < len(edges))
        elif heard:
            self._follow(vertex, heard)
        elif all(sources[e] in self.constants for e in edges):
            self._begin(vertex, edges)

    def _begin(self, vertex: int, edges: range) -> None:
        """A vertex that hears constants only: a constant itself, or the first of a path."""
        if len(edges) == 1 and self._shaped(edges[0]).piece is Piece.POWER:
            self._add(vertex, edges[0])
            return
        total: Exact | None = ZERO
        for edge in edges:
            term = self._graph.weight(edge) * self.constants[self._graph.source[edge]]
            total = None if total is None else exact_sum(total, term)
        if total is None:
            raise self._graph.refusal(vertex, "adds up constants that are unlike irrationals")
        piece = piece_of(self._graph.activation, total)
        if piece not in FLAT:
            raise self._graph.refusal(vertex, f"has the constant input {total} on {piece.value}")
        self.constants[vertex] = flat_value(self._graph.activation, piece)

    def _follow(self, vertex: int, heard: list[int]) -> None:
        """A vertex that hears paths: on the one that lands on the power piece, or else a gate."""
        sloped = [e for e in heard if self._shaped(e).piece is Piece.POWER]
        if len(sloped) > 1:
            raise self._graph.refusal(vertex, "joins two paths, and is not the output")
        if sloped:
            if len(heard) > 1:
                raise self._graph.refusal(vertex, "is on one path and hears another")
            self._add(vertex, sloped[0])

    def _add(self, vertex: int, edge: int) -> None:
        graph, source = self._graph, self._graph.source[edge]
        copies = (graph.copies.get(source, 1), graph.copies.get(vertex, 1))
        if graph.entering.get(edge, 1) != 1 or (source in self.shape and copies[0] != copies[1]):
            raise graph.refusal(vertex, "joins paths of several copies, and is not the output")
        if vertex in self._outputs:
            raise graph.refusal(vertex, "is an output with a constant input on the power piece")
        self.edge[vertex], self.shape[vertex] = edge, self._shaped(edge)

    def _collect(self, vertex: int, others: bool) -> None:
        if others or len(self._graph.outputs) != 1:
            raise self._graph.refusal(
                vertex, "is an output of paths, but hears others too or is not the only output"
            )
        self.collector = vertex

    def _shaped(self, edge: int) -> Shape:
        """The path that ends with an edge from a constant or a path."""
        graph, source = self._graph, self._graph.source[edge]
        before = self.shape.get(source)
        key = (-source if before is None else id(before), graph.value[edge])
        if key not in self._shapes:
            weight = graph.built(edge)
            term = weight * (self.constants[source] if before is None else before.value)
            weights = (weight,) if before is None else (*before.weights, weight)
            piece, value = piece_of(graph.activation, term), power_value(graph.exponent, term)
            self._shapes[key] = Shape(weights, term, piece, value)
        return self._shapes[key]


def _divide(graph: Graph, paths: Paths) -> None:
    """Number the segments, from the bottom up."""
    ends = graph.edges_into(paths.collector) if paths.collector is not None else ()
    goes_on: dict[int, int] = {}
    for edge in (*paths.edge.values(), *ends):
        goes_on[graph.source[edge]] = goes_on.get(graph.source[edge], 0) + 1
    for edge in (*paths.edge.values(), *ends):
        source = graph.source[edge]
        below = paths.edge.get(source)
        if below is not None and goes_on[source] == 1:
            paths.segment[edge] = paths.segment[below]
        else:
            paths.segment[edge] = len(paths.above)
            paths.above.append(NO_SEGMENT if below is None else paths.segment[below])
    for vertex, edge in paths.edge.items():
        paths.odd[vertex] = paths.odd.get(graph.source[edge], EVEN) ^ {paths.segment[edge]}
