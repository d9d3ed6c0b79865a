"""Lemma 1: gates onto vertices that backpropagation cannot change.

A vertex outputs 2 for true and -2 for false. A threshold gate with positive integer weights w_i,
literals x_i in {0, 1} and bound t becomes one vertex whose input is

    sum of w_i e_i + (2 W - 4 t + 2),   e_i = 4 x_i - 2 in {-2, 2},  W = sum of w_i,

which is ``4 (sum of w_i x_i - t) + 2``: at least 2 where the gate is true, at most -2 where it is
false. Both lie on the plateau beyond 3/2 with margin 1/2, whatever the fan-in, so f' = 0 there and
no edge into the vertex ever changes. (AND of two: weights 1, 1 and -2 from the constant; OR: 1, 1
and 2: the lemma's own numbers.) A complemented literal negates its weight and costs no vertex. A
source that outputs a and -a for true and false gets its weights multiplied by 2 / a.

Noise of epsilon on every edge changes the input by at most epsilon times the *load*, the sum of
what the sources output. Where that could matter all weights into the gate are multiplied by a
scale.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from circuits.circuit import Circuit, Op
from circuits.errors import InvariantError
from compiler.net import EdgeRole, Role, Unit
from compiler.net_builder import CONSTANT, Edges, NetBuilder
from compiler.passes.lower_to_threshold import LEGAL

Rational: TypeAlias = int | Fraction

HIGH = 2
"""What a gate's vertex outputs for true; -2 for false."""

_SAFE = 2.0**59
"""Weights of such a size and four times it are numbers of 64 bits; larger ones are Python's."""


@dataclass(frozen=True, slots=True)
class Signal:
    """A vertex that carries a bit: ``amplitude`` (1 or 2) for true, ``-amplitude`` for false."""

    vertex: int
    amplitude: int = HIGH


@dataclass(frozen=True, eq=False, slots=True)
class Component:
    """The signal of every node of a circuit; nodes of complemented vertices read negated.

    Attributes:
        vertex: shape (nodes,), the vertex that carries a node, -1 for one that has none.
        amplitude: shape (nodes,), what that vertex outputs, without its sign.
        negated: shape (nodes,); whether the vertex carries the complement of the node.
    """

    vertex: NDArray[np.int64]
    amplitude: NDArray[np.int64]
    negated: NDArray[np.bool_]

    def term(self, literal: int, weight: Rational) -> tuple[int, Rational]:
        """(vertex, edge weight) that brings ``2 weight`` for a true literal, else ``-2 weight``."""
        vertices, factors = self.terms(np.array([literal]))
        return int(vertices[0]), weight * int(factors[0])

    def terms(self, literals: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """`term` for many literals of weight 1."""
        node = literals >> 1
        if (self.vertex[node] < 0).any():
            raise InvariantError(f"node {node[self.vertex[node] < 0][0]} has no vertex")
        sign = np.where((literals & 1) ^ self.negated[node], -1, 1)
        return self.vertex[node], sign * (HIGH // self.amplitude[node])


class Terms(NamedTuple):
    """Summands of many vertices: which vertex, what it hears, the weight's numerator."""

    target: NDArray[Any]
    source: NDArray[Any]
    weight: NDArray[Any]


def add_component(
    builder: NetBuilder,
    circuit: Circuit,
    inputs: Sequence[Signal],
    negated: frozenset[int],
    scale: Callable[[int], int] = lambda _load: 1,
) -> Component:
    """Add a vertex for every gate of a threshold circuit (Lemma 1).

    Args:
        builder: the net being written.
        circuit: combinational, with AND and THRESHOLD gates only.
        inputs: the signal of each input of the circuit.
        negated: gate nodes whose vertex shall carry the complement.
        scale: what to multiply all weights into a gate of this load by; a power of two.
    """
    if circuit.latches:
        raise InvariantError("a component is combinational")
    first, count = circuit.first_gate, circuit.gate_count
    ops, starts = circuit.ops[first:], circuit.starts[first:]
    for node in np.flatnonzero(~np.isin(circuit.ops[first:], LEGAL)).tolist():
        legal = " and ".join(op.name for op in LEGAL)
        name = Op(ops[node]).name
        raise InvariantError(f"gate %{first + node} is {name}; only {legal} are legal")
    numbers = builder.count + np.arange(count)
    component = Component(
        np.concatenate([[CONSTANT], [s.vertex for s in inputs], numbers]).astype(np.int64),
        np.concatenate([[1], [s.amplitude for s in inputs], np.full(count, HIGH)]).astype(np.int64),
        np.zeros(len(circuit), bool),
    )
    component.negated[[node for node in negated if node >= first]] = True
    component.negated[0] = True  # false, where the constant vertex outputs 1
    sources, signs = component.terms(circuit.operands)
    arity = np.diff(starts)
    loads = 1 + np.add.reduceat(component.amplitude[circuit.operands >> 1], starts[:-1])
    distinct, which = np.unique(loads, return_inverse=True)
    factor = np.array([scale(load) for load in distinct.tolist()] or [1], object)[which]
    weight, bound = circuit.weights, np.where(ops == Op.AND, arity, circuit.bounds[first:])
    total = np.add.reduceat(weight.astype(np.float64), starts[:-1])
    if (factor * (total + bound + 1)).max(initial=0) < _SAFE:
        factor = factor.astype(np.int64)
    else:
        weight, bound = weight.astype(object), bound.astype(object)
    factor = np.where(component.negated[first:], -factor, factor)
    bias = factor * (2 * np.add.reduceat(weight, starts[:-1]) - 4 * bound + 2)
    terms = Terms(np.repeat(numbers, arity), sources, np.repeat(factor, arity) * weight * signs)
    labels = builder.labels([name for _, name in circuit.gate_labels()])
    edges = sum_edges(builder, numbers, terms, bias)
    builder.vertices(Role.GATE, labels, edges, line=circuit.lines[first:])
    return component


def named_complements(circuit: Circuit) -> frozenset[int]:
    """Gates whose name is that of their complement: a vertex of this name should carry that."""
    return frozenset(literal >> 1 for literal in circuit.labels if literal & 1)


def sum_edges(
    builder: NetBuilder,
    targets: NDArray[np.int64],
    terms: Terms,
    bias: NDArray[Any],
    denominator: int = 1,
) -> Edges:
    """The edges of vertices whose inputs are sums of terms plus biases; equal sources merge.

    Args:
        builder: knows the ids of weights.
        targets: the vertices, in increasing order.
        terms: of these vertices, in their order.
        bias: of each vertex, the numerator.
        denominator: of all weights and biases.
    """
    target = np.concatenate([targets, terms.target])
    order = np.argsort(target, kind="stable")  # a vertex's bias is before its terms
    target = target[order]
    source = np.concatenate([np.full(len(targets), CONSTANT), terms.source])[order]
    weight = np.concatenate([bias, terms.weight])[order]
    key = target * (1 + int(source.max(initial=0))) + source
    _, first, which = np.unique(key, return_index=True, return_inverse=True)
    if len(first) < len(key):
        total = np.zeros(len(first), weight.dtype)
        np.add.at(total, which, weight)
        places = np.argsort(first)
        target, source, weight = (x[first[places]] for x in (target, source, total[which]))
    kept = np.flatnonzero(weight)
    source = source[kept]
    role = np.where(source == CONSTANT, EdgeRole.BIAS, EdgeRole.GATE)
    return Edges(source, target[kept], builder.values(weight[kept], denominator), role)


def add_sum(
    builder: NetBuilder,
    role: Role,
    label: str,
    terms: Sequence[tuple[int, Rational]],
    bias: int,
    *,
    unit: Unit = Unit.NONE,
    unit_index: int = -1,
) -> int:
    """A vertex whose input is the weighted sum of ``terms`` plus ``bias``; equal sources merge."""
    weight_of: dict[int, Rational] = {CONSTANT: bias}
    for vertex, weight in terms:
        weight_of[vertex] = weight_of.get(vertex, 0) + weight
    edges = [
        (vertex, builder.value(w), EdgeRole.GATE if vertex != CONSTANT else EdgeRole.BIAS)
        for vertex, w in weight_of.items()
        if w
    ]
    return builder.vertex(role, label, edges, unit=unit, unit_index=unit_index)
