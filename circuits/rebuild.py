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


def rebuild(circuit: Circuit, rule: Rule, alive: NDArray[np.bool_] | None = None) -> Circuit:
    """The circuit with ``rule(builder, gate, read)`` in place of each gate that is alive.

    ``alive`` is `live_nodes`, which a pass that knows it need not have found again.
    """
    builder = Builder(circuit.name, circuit.source)
    literal_of = [0] * len(circuit)

    def read(literal: int) -> int:
        return literal_of[literal >> 1] ^ (literal & 1)

    for node, name in zip(circuit.input_nodes, circuit.input_names, strict=True):
        literal_of[node] = builder.input(name)
    for node, latch in zip(circuit.latch_nodes, circuit.latches, strict=True):
        literal_of[node] = builder.latch(latch.name, latch.reset)
    first = circuit.first_gate
    living = (live_nodes(circuit) if alive is None else alive)[first:].tolist()
    rows = zip(
        living, circuit.lines[first:].tolist(), circuit.gate_labels(), circuit.gates(), strict=True
    )
    before = len(builder)
    for is_alive, line, (literal, name), gate in rows:
        if not is_alive:
            continue
        builder.line = line
        made, after = rule(builder, gate, read), len(builder)
        if made is not None:
            builder.label(made ^ (literal & 1), name)
            for helper in range(before, after):
                if helper != made >> 1:
                    builder.label(2 * helper, f"{name}/hidden")
            literal_of[gate.node] = made
        before = after
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
    alive = bytearray(len(circuit))
    for literal in _port_literals(circuit):
        alive[literal >> 1] = True
    starts, read = circuit.starts.tolist(), (circuit.operands >> 1).tolist()
    for node in range(len(circuit) - 1, circuit.first_gate - 1, -1):
        if alive[node]:
            for x in read[starts[node] : starts[node + 1]]:
                alive[x] = True
    return np.frombuffer(alive, bool)


def fan_out(circuit: Circuit, alive: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Shape (nodes,): how many live operands, outputs and next-state functions read each node."""
    reader_alive = np.repeat(alive, np.diff(circuit.starts))
    ports = np.array(_port_literals(circuit), np.int64)
    read = np.concatenate([circuit.operands[reader_alive].astype(np.int64), ports]) >> 1
    return np.bincount(read, minlength=len(circuit))


def _port_literals(circuit: Circuit) -> list[int]:
    return [o.literal for o in circuit.outputs] + [latch.next for latch in circuit.latches]
