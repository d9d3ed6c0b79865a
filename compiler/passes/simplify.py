"""Simplify a circuit: constants and sharing, XOR and MUX recovered, trees flattened, no dead logic.

And-inverter files spell an XOR or a multiplexer with three ANDs; as one gate it costs two
vertices instead of three. A tree of ANDs (or XORs) whose inner gates nobody else reads becomes one
gate of many operands: an AND of any fan-in is one vertex (Lemma 1). Constants and equal gates fold
as the circuit is rebuilt, and `circuits.rebuild` leaves out what nothing depends on.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from circuits.builder import Builder
from circuits.circuit import Circuit, Gate, Op
from circuits.rebuild import Read, copy_gate, fan_out, live_nodes, rebuild


def simplify(circuit: Circuit) -> Circuit:
    """The same functions in fewer gates; ports, latches, names and lines are kept."""
    return _flatten_trees(_recover_multiplexers(circuit))


def _recover_multiplexers(circuit: Circuit) -> Circuit:
    """!(s & t) & !(!s & e) becomes !(s ? t : e), of which XOR is the case t = !e."""
    alive = live_nodes(circuit)
    multiplexers = _multiplexers(circuit, fan_out(circuit, alive))

    def rule(builder: Builder, gate: Gate, read: Read) -> int:
        found = multiplexers.get(gate.node)
        if found is None:
            return copy_gate(builder, gate, read)
        select, then, otherwise = found
        return builder.mux(read(select), read(then), read(otherwise)) ^ 1

    return rebuild(circuit, rule, alive)


def _multiplexers(circuit: Circuit, readers: NDArray[np.int64]) -> dict[int, tuple[int, int, int]]:
    """(s, t, e) by gate that is !(s & t) & !(!s & e) over ANDs that only it reads."""
    ands = (circuit.ops == Op.AND) & (np.diff(circuit.starts) == 2)
    begin = circuit.starts[:-1]
    gates = np.flatnonzero(ands)
    left, right = circuit.operands[begin[gates]], circuit.operands[begin[gates] + 1]
    read_once = ands & (readers == 1)
    fits = (left & right & 1).astype(bool) & read_once[left >> 1] & read_once[right >> 1]
    gates, left, right = gates[fits], begin[left[fits] >> 1], begin[right[fits] >> 1]
    found: dict[int, tuple[int, int, int]] = {}
    for i, j in ((1, 1), (1, 0), (0, 1), (0, 0)):  # the last that fits is taken
        s, t = circuit.operands[left + i], circuit.operands[left + 1 - i]
        not_s, e = circuit.operands[right + j], circuit.operands[right + 1 - j]
        meets = s == not_s ^ 1
        rows = (column[meets].tolist() for column in (s, t, e))
        found.update(zip(gates[meets].tolist(), zip(*rows, strict=True), strict=True))
    return found


def _flatten_trees(circuit: Circuit) -> Circuit:
    """Merge an AND into the AND that alone reads it uncomplemented, and XORs likewise."""
    alive = live_nodes(circuit)
    is_inner = _inner(circuit, alive, fan_out(circuit, alive)).tolist()

    def rule(builder: Builder, gate: Gate, read: Read) -> int | None:
        if is_inner[gate.node]:
            return None
        if gate.op not in (Op.AND, Op.XOR):
            return copy_gate(builder, gate, read)
        leaves, todo = [], list(gate.operands)
        while todo:
            x = todo.pop()
            if is_inner[x >> 1]:
                todo.extend(circuit.operands_of(x >> 1))
            else:
                leaves.append(read(x))
        return builder.and_(*leaves) if gate.op is Op.AND else builder.xor(*leaves)

    return rebuild(circuit, rule, alive)


def _inner(
    circuit: Circuit, alive: NDArray[np.bool_], readers: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Shape (nodes,): live ANDs that only an AND reads, uncomplemented, and XORs likewise."""
    reader = np.repeat(np.arange(len(circuit)), np.diff(circuit.starts))
    read, plain = circuit.operands >> 1, circuit.operands & 1 == 0
    tree = np.isin(circuit.ops, (Op.AND, Op.XOR)) & alive
    merged = (
        tree[reader] & plain & (readers[read] == 1) & (circuit.ops[read] == circuit.ops[reader])
    )
    inner = np.zeros(len(circuit), bool)
    inner[read[merged]] = True
    return inner
