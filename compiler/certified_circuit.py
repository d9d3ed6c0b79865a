"""The circuit that a certificate states: the lowered one, in terms of the vertices of the net.

It is the control circuit as it was before it became vertices (`lower_to_threshold`), so that a
checker which finds each gate equal to its vertex has validated the passes after that. Only two
things are taken from the net, and are the checker's to judge: which vertex is which gate's, by its
level, and whether it carries the gate or its complement, by the sign of a weight.

A gate of the lowered circuit has weights w_i above 0 on literals. Here it has integer weights c_i
on nodes: a complemented literal contributes w (1 - x), that is -w on its node and w less for the
bound. So does a node whose vertex carries the complement. A gate whose own vertex does is
negated: not (sum of c_i x_i >= t) is sum of -c_i x_i >= 1 - t.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from circuits.circuit import TRUE, Circuit, Gate, Op
from circuits.errors import InvariantError
from compiler.net import Net, Role, Target

_Threshold: TypeAlias = tuple[dict[int, int], int]
"""Integer weights by node, none 0, and the bound."""


def certified_circuit(net: Net, lowered: Circuit) -> dict[str, Any]:
    """The entry ``circuit`` of a certificate; ``docs/certificate.md`` describes it.

    Args:
        net: as compiled.
        lowered: the circuit of AND and THRESHOLD gates that it was made of.
    """
    gates = [_threshold(gate) for gate in lowered.gates()]
    literals = [output.literal for output in lowered.outputs]
    if net.target is Target.COMPONENT:
        for i, port in enumerate(net.outputs):
            if net.role[port.vertex] == Role.OUTPUT:  # it copies what no vertex carries as it is
                gates.append(_copy(literals[i]))
                literals[i] = 2 * (lowered.first_gate + len(gates) - 1)
    numbering = _Numbering(net, gates, lowered.first_gate)
    literals = [numbering.literal(literal) for literal in literals]
    if net.target is Target.NOISE_TOLERANT:
        return _memorising(net, literals) | _gates(numbering)
    outputs = len(net.outputs)
    latches = net.circuit.latches if net.memory else ()
    return {
        "inputs": [port.name for port in net.inputs],
        "random": list(net.random_inputs),
        "bits": [[bit.name, x.reset or 0] for bit, x in zip(net.memory, latches, strict=True)],
        "outputs": [[p.name, x] for p, x in zip(net.outputs, literals[:outputs], strict=True)],
        "flips": literals[outputs:],
    } | _gates(numbering)


def _memorising(net: Net, literals: list[int]) -> dict[str, Any]:
    """What the circuit of a noise-tolerant net tells its cells and its output."""
    cells, both, either = len(net.cells), *literals[-2:]
    return {
        "inputs": [port.name for port in net.inputs],
        "random": list(net.random_inputs),
        "outputs": [[net.outputs[0].name, both, either]],
        "hold": literals[:cells],
        "held": literals[cells : 2 * cells],
        "current": literals[2 * cells : -2],
    }


def _gates(numbering: _Numbering) -> dict[str, Any]:
    return {
        "types": [[list(weights), bound] for weights, bound in numbering.types],
        "gates": numbering.rows,
    }


def _threshold(gate: Gate) -> _Threshold:
    """A gate in terms of nodes."""
    if gate.op not in (Op.AND, Op.THRESHOLD):
        raise InvariantError(f"gate %{gate.node} is {gate.op.name}, which no vertex computes")
    weights: dict[int, int] = {}
    bound = len(gate.operands) if gate.op is Op.AND else gate.bound
    for literal, weight in zip(gate.operands, gate.weights, strict=True):
        signed = -weight if literal & 1 else weight
        weights[literal >> 1] = weights.get(literal >> 1, 0) + signed
        bound -= weight if literal & 1 else 0
    return {node: w for node, w in weights.items() if w}, bound


def _copy(literal: int) -> _Threshold:
    """The gate of one source, or none, that is true where the literal is."""
    if literal <= TRUE:
        return {}, 1 - literal
    return ({literal >> 1: -1}, 0) if literal & 1 else ({literal >> 1: 1}, 1)


def _given(net: Net, first: int) -> list[tuple[int, int]]:
    """Level and new node of all nodes before the gates.

    The component of a noise-tolerant net has its sample's bits last, a certificate has them first.
    """
    inputs, level = len(net.inputs), net.level
    read = int(level[net.role == Role.READ].max(initial=0))
    if net.target is not Target.NOISE_TOLERANT:
        return [(read if node > inputs else 0, node) for node in range(first)]
    state, cells = int(level[net.role == Role.STATE].max()), len(net.cells)
    remembered = [(state, 1 + inputs + i) for i in range(cells)]
    remembered += [(read, 1 + inputs + cells + i) for i in range(2 * net.samples)]
    return [(0, 0), *remembered, *((0, 1 + i) for i in range(inputs))]


class _Numbering:
    """Gates in the order of their vertices: by level, and then as they were made.

    Attributes:
        types: (weights, bound) of every type of gate, numbered.
        rows: (type, node, node, ...) of every gate.
    """

    def __init__(self, net: Net, gates: list[_Threshold], first: int) -> None:
        self.types: dict[tuple[tuple[int, ...], int], int] = {}
        self.rows: list[list[int]] = []
        given = _given(net, first)
        self._level = [level for level, _ in given]
        for weights, _ in gates:
            self._level.append(1 + max((self._level[node] for node in weights), default=0))
        order = sorted(range(first, len(self._level)), key=self._level.__getitem__)
        self._node = [node for _, node in given] + [0] * len(gates)
        for new, old in enumerate(order, first):
            self._node[old] = new
        self._negated = [False] * len(self._level)
        self._edges = np.searchsorted(net.edge_target, np.arange(net.vertices + 1)).tolist()
        of_gates = (net.role == Role.GATE) | (net.target is Target.COMPONENT) * (
            net.role == Role.OUTPUT
        )
        for old, vertex in zip(order, np.flatnonzero(of_gates).tolist(), strict=True):
            self._add(net, old, vertex, *gates[old - first], first)

    def literal(self, literal: int) -> int:
        """An old literal in new numbers."""
        old = literal >> 1
        return 2 * self._node[old] + ((literal & 1) ^ self._negated[old])

    def _add(
        self, net: Net, gate: int, vertex: int, weights: dict[int, int], bound: int, first: int
    ) -> None:
        # Within a level, inputs and readers come before gates, as they were made.
        sources = sorted(weights, key=lambda x: (self._level[x], x >= first, self._node[x]))
        row = [-weights[x] if self._negated[x] else weights[x] for x in sources]
        bound -= sum(weights[x] for x in sources if self._negated[x])
        into = range(self._edges[vertex], self._edges[vertex + 1])
        edges = [e for e in into[:2] if net.edge_source[e] or not sources]
        expected = row[0] if row else 1 - 2 * (bound > 0)
        self._negated[gate] = bool(edges) and (
            (net.values[net.edge_value[edges[0]]].sign > 0) != (expected > 0)
        )
        if self._negated[gate]:
            row, bound = [-w for w in row], 1 - bound
        kind = self.types.setdefault((tuple(row), bound), len(self.types))
        self.rows.append([kind, *(self._node[x] for x in sources)])
