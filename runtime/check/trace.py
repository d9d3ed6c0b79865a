"""Find the memory units in the graph: from the output vertex down, edge by edge.

Every sloped vertex must lie in exactly one unit, with the edges of `runtime.check.unit` into it and
no others. Backpropagation then meets a slope only where that module has computed it.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.check.files import RefusedError
from runtime.check.graph import PATH, Graph, Role
from runtime.check.unit import BRANCH_EDGES, Unit


@dataclass(frozen=True)
class Traced:
    """A unit in the net.

    Attributes:
        source: v0.
        bit: v1.
        sign: of the stem's edges, -1 for a bit of 1.
        controls: vc and vc'.
        copies: how many units it stands for.
    """

    source: int
    bit: int
    sign: int
    controls: tuple[int, int]
    copies: int


def trace_units(graph: Graph, unit: Unit) -> list[Traced]:
    """All units of the net; refused where something else is sloped or reaches the output."""
    return _Tracer(graph, unit).units()


class _Tracer:
    def __init__(self, graph: Graph, unit: Unit) -> None:
        self.graph, self.net, self.length = graph, graph.net, len(unit.weights)
        self.stem = self.length - BRANCH_EDGES
        self.seen: set[int] = set()
        self.path_edges = 0
        values = list(enumerate(graph.weights))
        self.sign_of = [{i: x.sign for i, x in values if abs(x) == w} for w in unit.weights]
        self.control_values = {i for i, x in values if x == unit.control}

    def units(self) -> list[Traced]:
        graph, net = self.graph, self.net
        (output,) = graph.roles[Role.OUTPUT]
        branches: dict[tuple[int, int], tuple[int, int]] = {}  # (v_S, role) -> (vc, copies)
        for edge in graph.into(output):
            last = net.edge_source[edge]
            role, copies = net.role[last], graph.copies.get(last, 1)
            if role not in (Role.BRANCH, Role.BRANCH_PRIMED):
                raise RefusedError("flatness", "reaches the output and is not a unit's end", last)
            sign = self.sign(edge, self.length, copies) * (-1 if role == Role.BRANCH_PRIMED else 1)
            end, _, control = self.climb(last, self.length - 1, role, copies, sign)
            if (end, role) in branches:
                raise RefusedError("write", "begins two branches of one kind", end)
            branches[end, role] = control, copies
        found = []
        for end in sorted({end for end, _ in branches}):
            sides = [branches.get((end, role)) for role in (Role.BRANCH, Role.BRANCH_PRIMED)]
            if sides[0] is None or sides[1] is None or sides[0][1] != sides[1][1]:
                raise RefusedError("write", "does not begin both branches alike", end)
            (vc, copies), (vc_primed, _) = sides[0], sides[1]
            source, bit, sign = self.climb(end, self.stem, Role.STEM, copies, 0)
            found.append(Traced(source, bit, sign, (vc, vc_primed), copies))
        if len(self.seen) != sum(
            len(graph.roles[r]) for r in (Role.STEM, Role.BRANCH, Role.BRANCH_PRIMED)
        ):
            raise RefusedError("flatness", "a sloped vertex is part of no unit")
        if self.path_edges != net.edge_role.count(PATH):
            raise RefusedError("silence", "an edge is said to be trainable and is not")
        return found

    def climb(self, vertex: int, t: int, role: int, copies: int, sign: int) -> tuple[int, int, int]:
        """Up from v_t while the section lasts, whose edges all have one sign (0: any).

        Returns:
            The vertex above the section; for a stem v1 and the sign, for a branch 0 and vc.
        """
        control, below, last = 0, vertex, 0 if role == Role.STEM else self.stem
        while t > last:
            if (self.net.role[vertex], self.graph.copies.get(vertex, 1)) != (role, copies):
                raise RefusedError("write", f"should be v{t} of a unit", vertex)
            if vertex in self.seen:
                raise RefusedError("write", f"is v{t} of two units", vertex)
            self.seen.add(vertex)
            edges = list(self.graph.into(vertex))
            if role != Role.STEM and t == self.length - 2:
                control = self.take_control(vertex, role, edges)
            if len(edges) != 1:
                raise RefusedError(
                    "write", f"has {len(edges)} path edges, as v{t} of a unit", vertex
                )
            found = self.sign(edges[0], t, 1)
            if sign and found != sign:
                raise RefusedError("write", "an edge of another sign than its section's", vertex)
            sign, below, vertex, t = found, vertex, self.net.edge_source[edges[0]], t - 1
        return (vertex, below, sign) if role == Role.STEM else (vertex, 0, control)

    def take_control(self, vertex: int, role: int, edges: list[int]) -> int:
        """The control vertex of v_(L-2), its edge taken out of the list."""
        wanted = Role.CONTROL if role == Role.BRANCH else Role.CONTROL_PRIMED
        for edge in edges:
            if self.net.role[self.net.edge_source[edge]] == wanted:
                fits = self.net.edge_value[edge] in self.control_values
                if not fits or self.graph.entering.get(edge, 1) != 1:
                    raise RefusedError("silence", "a control edge of another weight", vertex)
                edges.remove(edge)
                return self.net.edge_source[edge]
        raise RefusedError("silence", "no control vertex of its kind reaches it", vertex)

    def sign(self, edge: int, t: int, entering: int) -> int:
        """The sign of a path edge into v_t, which must have one of its two legal weights."""
        target = self.net.edge_target[edge]
        sign = self.sign_of[t - 1].get(self.net.edge_value[edge])
        if sign is None:
            value = self.graph.weights[self.net.edge_value[edge]]
            raise RefusedError("write", f"{value} is not a legal weight into v{t}", target)
        if self.graph.entering.get(edge, 1) != entering or self.net.edge_role[edge] != PATH:
            raise RefusedError("write", f"an edge into v{t} has another role or count", target)
        self.path_edges += 1
        return sign
