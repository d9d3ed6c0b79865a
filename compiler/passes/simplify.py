"""Simplify a circuit: constants and sharing, XOR and MUX recovered, trees flattened, no dead logic.

And-inverter files spell an XOR or a multiplexer with three ANDs; as one gate it costs two
vertices instead of three. A tree of ANDs (or XORs) whose inner gates nobody else reads becomes one
gate of many operands: an AND of any fan-in is one vertex (Lemma 1). Constants and equal gates fold
as the circuit is rebuilt, and `circuits.rebuild` leaves out what nothing depends on.
"""

from __future__ import annotations

from collections.abc import Mapping

from circuits.builder import Builder
from circuits.circuit import Circuit, Gate, Op
from circuits.rebuild import Read, copy_gate, fan_out, live_nodes, rebuild


def simplify(circuit: Circuit) -> Circuit:
    """The same functions in fewer gates; ports, latches, names and lines are kept."""
    return _flatten_trees(_recover_multiplexers(circuit))


def _recover_multiplexers(circuit: Circuit) -> Circuit:
    """!(s & t) & !(!s & e) becomes !(s ? t : e), of which XOR is the case t = !e."""
    readers = fan_out(circuit)
    pairs = {
        gate.node: gate.operands
        for gate in circuit.gates()
        if gate.op is Op.AND and len(gate.operands) == 2 and readers[gate.node] == 1
    }

    def rule(builder: Builder, gate: Gate, read: Read) -> int:
        found = _multiplexer(gate, pairs)
        if found is None:
            return copy_gate(builder, gate, read)
        select, then, otherwise = found
        return builder.mux(read(select), read(then), read(otherwise)) ^ 1

    return rebuild(circuit, rule)


def _multiplexer(gate: Gate, pairs: Mapping[int, tuple[int, ...]]) -> tuple[int, int, int] | None:
    """(s, t, e) when the gate is !(s & t) & !(!s & e) over ANDs that only it reads."""
    if gate.op is not Op.AND or len(gate.operands) != 2:
        return None
    left, right = gate.operands
    if not (left & 1 and right & 1 and left >> 1 in pairs and right >> 1 in pairs):
        return None
    first, second = pairs[left >> 1], pairs[right >> 1]
    for s, t in (first, first[::-1]):
        for not_s, e in (second, second[::-1]):
            if s == not_s ^ 1:
                return s, t, e
    return None


def _flatten_trees(circuit: Circuit) -> Circuit:
    """Merge an AND into the AND that alone reads it uncomplemented, and XORs likewise."""
    readers, alive = fan_out(circuit), live_nodes(circuit)
    operands = {
        g.node: g.operands for g in circuit.gates() if g.op in (Op.AND, Op.XOR) and alive[g.node]
    }
    inner = {
        x >> 1
        for node, read in operands.items()
        for x in read
        if readers[x >> 1] == 1 and not x & 1 and circuit.ops[x >> 1] == circuit.ops[node]
    }

    def rule(builder: Builder, gate: Gate, read: Read) -> int | None:
        if gate.node in inner:
            return None
        if gate.node not in operands:
            return copy_gate(builder, gate, read)
        leaves, todo = [], list(gate.operands)
        while todo:
            x = todo.pop()
            if x >> 1 in inner:
                todo.extend(operands[x >> 1])
            else:
                leaves.append(read(x))
        return builder.and_(*leaves) if gate.op is Op.AND else builder.xor(*leaves)

    return rebuild(circuit, rule)
