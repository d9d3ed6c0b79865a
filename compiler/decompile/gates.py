"""Read a vertex whose sources have two values each as a threshold gate (the converse of Lemma 1).

The input of such a vertex is linear in its sources' bits, and f is nondecreasing; so if all sums
lie on flat pieces and give two values, the greater value is output exactly from some sum on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import TypeAlias

from circuits.builder import Builder
from circuits.circuit import FALSE, TRUE
from compiler.decompile.graph import Graph
from compiler.decompile.pieces import FLAT, Piece, flat_value, piece_of
from compiler.exact import Exact

Rational: TypeAlias = int | Fraction
"""Integers stay integers, which add faster than fractions."""

MOST_SUMS = 2**16
"""So many different sums of one vertex are looked at one by one, where that cannot be avoided."""


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """The two values of a vertex: ``on`` where its literal is true, else ``off``.

    Compared by identity, since numbers would take longer: there are few of them.
    """

    off: Exact
    on: Exact


@dataclass(frozen=True, slots=True)
class Signal:
    """What a vertex outputs: a literal of the circuit at two levels."""

    literal: int
    levels: Levels


class GateReader:
    """Turns vertices into gates of a builder."""

    def __init__(self, graph: Graph, builder: Builder) -> None:
        self._graph, self._builder = graph, builder
        values = {piece: flat_value(graph.activation, piece) for piece in FLAT}
        self._levels = {(a, b): Levels(values[a], values[b]) for a in FLAT for b in FLAT}
        self._plateau = graph.plateau_from
        self._terms: dict[tuple[int, int, Levels], tuple[Rational, Rational] | None] = {}
        self._pieces: dict[Fraction, Piece] = {}

    def read(self, vertex: int, sources: Iterable[tuple[int, Signal]]) -> Signal:
        """What a vertex outputs.

        Args:
            vertex: neither constant nor on a path.
            sources: (edge, what its source outputs), for all edges into the vertex.

        Raises:
            SourceError: a sum of values of its sources is not on a flat piece, or is not rational;
                or the vertex has three values.
        """
        constant: Rational = 0
        weights: dict[int, Rational] = {}
        for edge, signal in sources:
            term = self._term(edge, signal.levels)
            if term is None:
                raise self._graph.refusal(vertex, "adds up irrational numbers")
            off, step = term
            if signal.literal & 1:  # off + step * (1 - x)
                off, step = off + step, -step
            constant += off
            if signal.literal > TRUE:
                node = signal.literal & ~1
                weights[node] = weights.get(node, 0) + step
        weights = {node: weight for node, weight in weights.items() if weight}
        numbers = (self._plateau, constant, *weights.values())
        scale = lcm(*(number.denominator for number in numbers))
        integers = [int(w * scale) for w in weights.values()]
        least, greatest, bound = self._split(vertex, int(constant * scale), integers, scale)
        literal = FALSE
        if least is not greatest:
            literal = self._builder.threshold(list(weights), bound, integers)
        return Signal(literal, self._levels[least, greatest])

    def _term(self, edge: int, levels: Levels) -> tuple[Rational, Rational] | None:
        """(weight * off, weight * (on - off)), or None where one is irrational."""
        graph = self._graph
        key = (graph.value[edge], graph.entering.get(edge, 1), levels)
        if key not in self._terms:
            weight = graph.weight(edge)
            off, on = (weight * levels.off).rational(), (weight * levels.on).rational()
            self._terms[key] = (
                None if off is None or on is None else (_plain(off), _plain(on - off))
            )
        return self._terms[key]

    def _split(
        self, vertex: int, constant: int, weights: list[int], scale: int
    ) -> tuple[Piece, Piece, int]:
        """The pieces of the least and the greatest sum, and the bound that the latter begins at.

        All sums are ``bottom`` plus a multiple of the weights' common divisor. A gate of Lemma 1
        steps over everything between the plateaus, whichever multiples are sums; of other vertices
        every sum is looked at. Everything is multiplied by ``scale``; the bound leaves out the
        constant.
        """
        bottom = constant + sum(w for w in weights if w < 0)
        top = constant + sum(w for w in weights if w > 0)
        plateau = int(self._plateau * scale)
        step = gcd(*weights)
        if bottom <= -plateau and top >= plateau:
            below = bottom + (-plateau - bottom) // step * step
            if below + step >= plateau:
                return Piece.NEGATIVE, Piece.POSITIVE, below + step - constant
        sums = {bottom}
        for weight in weights:
            sums |= {total + abs(weight) for total in sums}
            if len(sums) > MOST_SUMS:
                raise self._graph.refusal(vertex, f"has more than {MOST_SUMS} different sums")
        pieces = {total: self._flat(vertex, Fraction(total, scale)) for total in sorted(sums)}
        least, greatest = pieces[bottom], pieces[top]
        if not {least, greatest}.issuperset(pieces.values()):
            raise self._graph.refusal(vertex, "has three values")
        return least, greatest, min(x for x in sums if pieces[x] is greatest) - constant

    def _flat(self, vertex: int, total: Fraction) -> Piece:
        """The flat piece that a sum lies on."""
        if total not in self._pieces:
            self._pieces[total] = piece_of(self._graph.activation, Exact.of(total))
        piece = self._pieces[total]
        if piece not in FLAT:
            raise self._graph.refusal(
                vertex, f"has the sum {total} on {piece.value} for some values of its sources"
            )
        return piece


def _plain(number: Fraction) -> Rational:
    return number.numerator if number.denominator == 1 else number
