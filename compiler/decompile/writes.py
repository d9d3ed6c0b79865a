"""What SGD writes in a step whose output is wrong: the converse of Lemmas 2 and 3.

With S the input of the output vertex, a path that ends there is live under a condition L, the AND
of nothing or of the one control on it, and then adds c to S, else 0. Checked here, for all inputs
and all states at once, as identities between conditions rather than by trying:

- S is 1 or -1; the bit that decides it is the prediction h.
- A path that adds c > 0 is live only if h, one that adds c < 0 only if not h, and no two paths of
  the same sign share an edge. So the gradient of an edge is that of the one live path it is on.
- A live path of weights w_1 .. w_l has ``dS/dw_i = p**(l-i) c / w_i``, and f' = p at 1 and -1.
  There a wrong output is wrong by 2, so SGD takes ``rate * 4 p p**(l-i) |c| / |w_i|`` off each
  weight's magnitude. That this is ``2 |w_i|`` is the whole of Lemma 2: they are all negated.

Controls output exactly 0 where a path is live (see `compiler.decompile.machine`), so their own
edges have gradient 0, and everything below them lies on flat pieces.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

from circuits.circuit import FALSE, TRUE
from compiler.decompile.graph import Graph
from compiler.decompile.liveness import Conditions
from compiler.decompile.paths import EVEN, NO_SEGMENT, Paths
from compiler.decompile.pieces import Piece, piece_of
from compiler.exact import ONE, Exact


@dataclass(frozen=True, slots=True)
class Writes:
    """What the output vertex says and what a wrong output changes.

    Attributes:
        prediction: the literal that is true where the net outputs 1 and false where it outputs -1.
        flip: segment -> the literal under which a wrong output negates its edges.
    """

    prediction: int
    flip: dict[int, int]


def read_writes(
    graph: Graph, paths: Paths, live: dict[int, int], wanted: set[int], builder: Conditions
) -> Writes:
    """Read the output vertex.

    Args:
        graph: the net.
        paths: of the net, among them the collector.
        live: path vertex -> the literal under which it does not output 0.
        wanted: the segments of which to say when they are negated.
        builder: the circuit being written.

    Raises:
        SourceError: one of the properties of this module does not hold.
    """
    assert paths.collector is not None
    ends = _PathEnds(graph, paths)
    total: defaultdict[int, Fraction] = defaultdict(Fraction)
    vertex_of: dict[tuple[int, int], int] = {}
    drivers: tuple[dict[int, int], dict[int, int]] = ({}, {})
    for edge in graph.edges_into(paths.collector):
        source = graph.source[edge]
        literal, amount = live[source], ends.contribution(edge)
        total[literal] += amount * graph.entering.get(edge, 1)
        if literal == FALSE:
            continue
        negative = int(amount < 0)
        vertex_of.setdefault((literal, negative), source)
        segment = paths.segment[edge]
        while segment != NO_SEGMENT:
            if segment in drivers[negative]:
                raise graph.refusal(source, "shares an edge with another path of the same sign")
            drivers[negative][segment] = literal
            segment = paths.above[segment]

    prediction = _prediction(graph, paths.collector, *builder.merged(total.items()))
    for (literal, negative), vertex in vertex_of.items():
        if not builder.implies(literal, prediction ^ negative):
            raise graph.refusal(vertex, "lets its signal through when the output has another sign")
    flips = {s: [d[s] for d in drivers if s in d] for s in wanted}
    return Writes(prediction, {s: builder.any_of(literals) for s, literals in flips.items()})


def _prediction(graph: Graph, vertex: int, constant: Fraction, terms: dict[int, Fraction]) -> int:
    """The literal of S = 1, from S in its least form."""
    if not terms and abs(constant) == 1:
        prediction = TRUE if constant > 0 else FALSE
    elif len(terms) == 1 and abs(constant) == 1 and set(terms.values()) == {-2 * constant}:
        prediction = next(iter(terms)) ^ int(constant > 0)
    else:
        raise graph.refusal(vertex, "does not have an input of 1 or -1 in all states")
    if piece_of(graph.activation, ONE) is not Piece.POWER:
        raise graph.refusal(vertex, "does not have its input on the power piece")
    return prediction


class _PathEnds:
    """The last edges of paths."""

    def __init__(self, graph: Graph, paths: Paths) -> None:
        self._graph, self._paths = graph, paths
        self._contributions: dict[tuple[int, int], Fraction] = {}

    def contribution(self, edge: int) -> Fraction:
        """c: what the path that ends with this edge adds to S while it is live."""
        graph, paths, source = self._graph, self._paths, self._graph.source[edge]
        if paths.odd[source] ^ {paths.segment[edge]} != EVEN:
            raise graph.refusal(source, "is on a path whose contribution may have either sign")
        shape = paths.shape[source]
        key = (id(shape), graph.value[edge])
        if key not in self._contributions:
            amount = graph.built(edge) * shape.value
            if not self._is_negated((*shape.weights, graph.built(edge)), amount):
                raise graph.refusal(source, "is on a path whose weights SGD does not negate")
            number = amount.rational()
            if number is None:
                raise graph.refusal(source, "is on a path with an irrational contribution")
            self._contributions[key] = number
        return self._contributions[key]

    def _is_negated(self, weights: tuple[Exact, ...], amount: Exact) -> bool:
        """Whether a wrong output takes twice its magnitude off each weight (Lemma 2)."""
        p, rate = self._graph.exponent, self._graph.learning_rate
        last = len(weights) - 1
        return all(
            rate * 4 * p * p ** (last - i) * abs(amount) == 2 * weight**2
            for i, weight in enumerate(weights)
        )
