"""The weighted graph of a net: well formed, in topological order, with its multiplicities.

A vertex may stand for several copies, which are and stay alike. ``entering`` of an edge says how
many copies of its source each copy of its target hears: forward it multiplies the edge's signal.
Backward each copy of the source feeds ``entering * copies(target) / copies(source)`` targets,
which therefore must be an integer.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from fractions import Fraction
from itertools import pairwise

from runtime.check.files import NetFile, RefusedError
from runtime.check.monomial import Monomial


class Role(IntEnum):
    """What a vertex is for, as the net file numbers it."""

    CONSTANT = 0
    SAMPLE = 1
    RANDOM = 2
    GATE = 3
    READ = 4
    SOURCE = 5
    STEM = 6
    BRANCH = 7
    BRANCH_PRIMED = 8
    CONTROL = 9
    CONTROL_PRIMED = 10
    OUTPUT = 11
    STATE = 12
    OUTPUT_CONTROL = 13


PATH = 4
"""The role of edges that SGD may change; `runtime.check.wiring` has another."""


class Graph:
    """A net file's graph, checked.

    Attributes:
        net: the file.
        weights: the distinct weights.
        first: the edges into vertex v are ``first[v]`` up to ``first[v + 1]``.
        copies: of vertices that stand for more than one.
        entering: of edges that are not entered just once.
        inputs: the input vertices, in the order of the ports.
        roles: role -> its vertices, ascending.
        sums: terms of sums that occur at flat vertices; every such sum has the terms of one, at
            most as large.
    """

    def __init__(self, net: NetFile) -> None:
        self.net = net
        self.weights = [Monomial.parse(text) for text in net.header["values"]]
        self._rational = [weight.rational() for weight in self.weights]
        self.copies = {int(v): int(n) for v, n in net.names["copies"]}
        self.entering = {int(e): int(n) for e, n in net.names["fan_in_copies"]}
        self.inputs = [port["vertex"] for port in net.names["inputs"]]
        self.roles: dict[int, list[int]] = {role: [] for role in Role}
        self.sums: list[list[Fraction]] = []
        for vertex, role in enumerate(net.role):
            self.roles[role].append(vertex)
        self._check_edges()
        self.first = self._first()
        self._check_levels()
        self._check_copies()

    def into(self, vertex: int) -> range:
        """The edges into a vertex."""
        return range(self.first[vertex], self.first[vertex + 1])

    def rational(self, edge: int) -> Fraction:
        """What an edge multiplies its source's output by, all copies together."""
        weight = self._rational[self.net.edge_value[edge]]
        if weight is None:
            value = self.weights[self.net.edge_value[edge]]
            target = self.net.edge_target[edge]
            raise RefusedError("flatness", f"an edge of irrational weight {value}", target)
        return weight * self.entering.get(edge, 1)

    def _check_edges(self) -> None:
        net, vertices, edges = self.net, len(self.net.role), len(self.net.edge_source)
        per_vertex = (net.unit, net.unit_index, net.path_index, net.level)
        per_edge = (net.edge_target, net.edge_value, net.edge_role)
        ends = list(zip(net.edge_target, net.edge_source, strict=False))
        problems = {
            "arrays differ in length": any(len(x) != vertices for x in per_vertex)
            or any(len(x) != edges for x in per_edge),
            "an edge does not lead from a lower vertex to a higher one": any(
                not 0 <= source < target < vertices for target, source in ends
            ),
            "edges are not sorted, or one is there twice": any(a >= b for a, b in pairwise(ends)),
            "a weight is not in the table": any(
                not 0 <= value < len(self.weights) for value in net.edge_value
            ),
            "vertex 0 alone is the constant": self.roles[Role.CONSTANT] != [0],
            "inputs and their vertices differ": sorted(self.inputs)
            != sorted(self.roles[Role.SAMPLE] + self.roles[Role.RANDOM]),
        }
        for problem, found in problems.items():
            if found:
                raise RefusedError("graph", problem)

    def _first(self) -> list[int]:
        first = [0] * (len(self.net.role) + 1)
        for target in self.net.edge_target:
            first[target + 1] += 1
        for vertex in range(len(self.net.role)):
            first[vertex + 1] += first[vertex]
        return first

    def _check_levels(self) -> None:
        """Engines run level by level: each is 1 + the greatest of the sources'."""
        level, source, last = self.net.level, self.net.edge_source, 0
        for vertex, (begin, end) in enumerate(pairwise(self.first)):
            given = self.net.role[vertex] <= Role.RANDOM
            sources = source[begin:end]
            wanted = 1 + max(map(level.__getitem__, sources), default=0)
            if level[vertex] != (0 if given else wanted) or level[vertex] < last:
                raise RefusedError("graph", f"level {level[vertex]} is wrong", vertex)
            if given and sources:
                raise RefusedError("graph", "an edge into an input or the constant", vertex)
            last = level[vertex]

    def _check_copies(self) -> None:
        net = self.net
        single = {0, *self.inputs, *self.roles[Role.OUTPUT]}
        for vertex, count in self.copies.items():
            if not 0 <= vertex < len(net.role) or count < 1 or (count > 1 and vertex in single):
                raise RefusedError("graph", f"{count} copies", vertex)
        if not self.copies and not self.entering:
            return
        if any(not 0 <= e < len(net.edge_source) or n < 1 for e, n in self.entering.items()):
            raise RefusedError("graph", "an edge that is entered less than once, or is none")
        for edge, (source, target) in enumerate(self._ends()):
            fed = self.entering.get(edge, 1) * self.copies.get(target, 1)
            if fed % self.copies.get(source, 1):
                raise RefusedError("graph", f"copies of source {source} do not come out", target)

    def _ends(self) -> Iterator[tuple[int, int]]:
        return zip(self.net.edge_source, self.net.edge_target, strict=True)
