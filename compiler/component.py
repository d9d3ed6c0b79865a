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
from typing import TypeAlias

from circuits.circuit import TRUE, Circuit, Op
from circuits.errors import InvariantError
from compiler.net import EdgeRole, Role, Unit
from compiler.net_builder import CONSTANT, NetBuilder
from compiler.passes.lower_to_threshold import LEGAL

Rational: TypeAlias = int | Fraction

HIGH = 2
"""What a gate's vertex outputs for true; -2 for false."""


@dataclass(frozen=True, slots=True)
class Signal:
    """A vertex that carries a bit: ``amplitude`` (1 or 2) for true, ``-amplitude`` for false."""

    vertex: int
    amplitude: int = HIGH


@dataclass(frozen=True, slots=True)
class Component:
    """The signal of every node of a circuit; nodes of complemented vertices read negated.

    Attributes:
        signals: by node; None for the constant and for gates that were left out.
        negated: by node; whether the vertex carries the complement of the node.
    """

    signals: list[Signal | None]
    negated: list[bool]

    def term(self, literal: int, weight: Rational) -> tuple[int, Rational]:
        """(vertex, edge weight) that brings ``2 weight`` for a true literal, else ``-2 weight``."""
        if literal <= TRUE:
            return CONSTANT, weight * (HIGH if literal == TRUE else -HIGH)
        signal, node = self.signals[literal >> 1], literal >> 1
        if signal is None:
            raise InvariantError(f"node {node} has no vertex")
        sign = -1 if (literal & 1) ^ self.negated[node] else 1
        return signal.vertex, weight * sign * (HIGH // signal.amplitude)

    def amplitude(self, literal: int) -> int:
        """What the vertex that carries a literal outputs, without its sign."""
        signal = self.signals[literal >> 1]
        return HIGH if signal is None else signal.amplitude


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
    component = Component([None, *inputs], [False] * (1 + len(inputs)))
    lines = circuit.lines.tolist()
    for gate in circuit.gates():
        if gate.op not in LEGAL:
            legal = " and ".join(op.name for op in LEGAL)
            raise InvariantError(f"gate %{gate.node} is {gate.op.name}; only {legal} are legal")
        bound = len(gate.operands) if gate.op is Op.AND else gate.bound
        factor = scale(1 + sum(component.amplitude(x) for x in gate.operands))
        factor = -factor if gate.node in negated else factor
        terms = [
            component.term(x, factor * w) for x, w in zip(gate.operands, gate.weights, strict=True)
        ]
        bias = factor * (2 * sum(gate.weights) - 4 * bound + 2)
        vertex = add_sum(
            builder, Role.GATE, circuit.node_name(gate.node), terms, bias, line=lines[gate.node]
        )
        component.signals.append(Signal(vertex))
        component.negated.append(gate.node in negated)
    return component


def named_complements(circuit: Circuit) -> frozenset[int]:
    """Gates whose name is that of their complement: a vertex of this name should carry that."""
    return frozenset(literal >> 1 for literal in circuit.labels if literal & 1)


def add_sum(
    builder: NetBuilder,
    role: Role,
    label: str,
    terms: Sequence[tuple[int, Rational]],
    bias: int,
    *,
    line: int = 0,
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
    return builder.vertex(role, label, edges, line=line, unit=unit, unit_index=unit_index)
