"""Copy a circuit gate by gate, each gate as it is or as something else.

Every circuit-to-circuit pass is one call of `rebuild` with its own rule; ports, latches, names and
source lines follow by themselves, and gates that nothing depends on are left out. A gate that a
rule builds besides the one it stands for is called "/hidden" after the latter: without a name, a
later pass would call it by its number, which is another gate's in the source.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from circuits.builder import Builder
from circuits.circuit import Circuit, Gate

Read: TypeAlias = Callable[[int], int]
"""The new literal that stands for an old one."""

Rule: TypeAlias = Callable[[Builder, Gate, Read], int | None]
"""Builds a gate; None for a gate that its reader will absorb."""


def rebuild(circuit: Circuit, rule: Rule) -> Circuit:
    """The circuit with ``rule(builder, gate, read)`` in place of each gate that is alive."""
    builder = Builder(circuit.name, circuit.source)
    literal_of = [0] * len(circuit)

    def read(literal: int) -> int:
        return literal_of[literal >> 1] ^ (literal & 1)

    for node, name in zip(circuit.input_nodes, circuit.input_names, strict=True):
        literal_of[node] = builder.input(name)
    for node, latch in zip(circuit.latch_nodes, circuit.latches, strict=True):
        literal_of[node] = builder.latch(latch.name, latch.reset)
    alive, lines = live_nodes(circuit).tolist(), circuit.lines.tolist()
    for gate in circuit.gates():
        if not alive[gate.node]:
            continue
        builder.line, before = lines[gate.node], len(builder)
        made = rule(builder, gate, read)
        if made is not None:
            literal, name = circuit.label(gate.node)
            builder.label(made ^ (literal & 1), name)
            for helper in range(before, len(builder)):
                builder.label(2 * helper, f"{name}/hidden")
            literal_of[gate.node] = made
    for node, latch in zip(circuit.latch_nodes, circuit.latches, strict=True):
        builder.set_next(literal_of[node], read(latch.next))
    for output in circuit.outputs:
        builder.output(output.name, read(output.literal), output.kind, output.group)
    return builder.build()


def copy_gate(builder: Builder, gate: Gate, read: Read) -> int:
    """The rule that keeps a gate as it is."""
    return builder.like(gate, [read(x) for x in gate.operands])


def live_nodes(circuit: Circuit) -> NDArray[np.bool_]:
    """Shape (nodes,): whether an output or a latch depends on the node."""
    alive = [False] * len(circuit)
    for literal in _port_literals(circuit):
        alive[literal >> 1] = True
    for gate in reversed(tuple(circuit.gates())):
        if alive[gate.node]:
            for x in gate.operands:
                alive[x >> 1] = True
    return np.array(alive)


def fan_out(circuit: Circuit) -> NDArray[np.int64]:
    """Shape (nodes,): how many live operands, outputs and next-state functions read each node."""
    reader_alive = np.repeat(live_nodes(circuit), np.diff(circuit.starts))
    ports = np.array(_port_literals(circuit), np.int64)
    read = np.concatenate([circuit.operands[reader_alive].astype(np.int64), ports]) >> 1
    return np.bincount(read, minlength=len(circuit))


def _port_literals(circuit: Circuit) -> list[int]:
    return [o.literal for o in circuit.outputs] + [latch.next for latch in circuit.latches]
