"""Circuits as .bench: the gates that every tool knows, and a NOT where a complement is read.

Names get the characters that the format reserves escaped, and a number where two are the same. A
latch that starts at 1 is written as one that starts at 0 with its input and output inverted, and
named ``..._not``. An uninitialised one is written as it is: here it starts at 0, in ABC at either.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from circuits.circuit import TRUE, Circuit, Gate, Op
from circuits.errors import LimitError
from circuits.expand import expand
from circuits.formats.naming import Signals, UniqueNames, escape, name_signals

_KEPT = frozenset({Op.AND, Op.XOR})


def write_bench(circuit: Circuit) -> bytes:
    """The circuit as .bench.

    Reading it back gives ``expand(circuit, {AND, XOR})``, gate for gate; gates that had no name
    may have got that of an output. A circuit with a XOR of more than two, at which ABC aborts,
    is expanded to gates of two.

    Raises:
        LimitError: the circuit has no port, so that nothing would be in the file.
    """
    if not circuit.input_names and not circuit.outputs:
        raise LimitError("a circuit without inputs and outputs has no .bench")
    circuit = expand(circuit, _KEPT)
    if (np.diff(circuit.starts)[circuit.ops == Op.XOR] > 2).any():
        circuit = expand(circuit, _KEPT, 2)
    signals = name_signals(circuit, _legal)
    lines = _Lines(signals)
    for node, latch in zip(circuit.latch_nodes, circuit.latches, strict=True):
        if latch.reset == 1:
            lines.invert(node)
    for gate in circuit.gates():
        lines.gate(gate)
    latches = [
        lines.latch(node, latch.next, bool(latch.reset))
        for node, latch in zip(circuit.latch_nodes, circuit.latches, strict=True)
    ]
    for name, output in zip(signals.outputs, circuit.outputs, strict=True):
        lines.output(name, output.literal)
    text = [
        *(f"INPUT({signals.names[node]})" for node in circuit.input_nodes),
        *(f"OUTPUT({name})" for name in signals.outputs),
        *latches,
        *lines.written,
    ]
    return ("\n".join(text) + "\n").encode()


def _legal(name: str) -> str:
    return escape(name, "(),=#")


class _Lines:
    """Collects the lines of gates; knows which signal carries which literal."""

    def __init__(self, signals: Signals) -> None:
        self._signals = signals
        self._unique = UniqueNames([*signals.names, *signals.outputs])
        self._name_of = {
            signals.literal(node): name for node, name in enumerate(signals.names) if node
        }
        self._outputs: set[str] = set()
        self.written: list[str] = []

    def signal(self, literal: int) -> str:
        """A signal with the value of any literal, defined now if there is none yet."""
        if literal not in self._name_of:
            if literal <= TRUE:
                name = self._unique.claim(("zero", "one")[literal])
            else:
                name = self._unique.claim(f"{self._name_of[literal ^ 1]}_not")
            self._define(name, literal)
            self._name_of[literal] = name
        return self._name_of[literal]

    def invert(self, node: int) -> None:
        """Define a latch's signal as the complement of another, which the latch is to drive."""
        name = self._signals.names[node]
        inverse = self._name_of[2 * node + 1] = self._unique.claim(f"{name}_not")
        self._write(name, "NOT", [inverse])

    def latch(self, node: int, data: int, is_inverted: bool) -> str:
        """The line of a latch, returned because it goes before the gates."""
        name = self._name_of[2 * node + is_inverted]
        return f"{name} = DFF({self.signal(data ^ is_inverted)})"

    def gate(self, gate: Gate) -> None:
        """Write a gate over complemented operands as OR or NOR if that takes fewer NOTs."""
        name, inverted = self._signals.names[gate.node], self._signals.inverted[gate.node]
        operands = gate.operands
        if gate.op is Op.XOR:
            nodes = [x >> 1 for x in operands]
            odd = sum(self._signals.inverted[node] for node in nodes) % 2 == 1
            kind = "XNOR" if odd != inverted else "XOR"
            self._write(name, kind, [self._signals.names[node] for node in nodes])
            return
        direct = sum(x in self._name_of for x in operands)
        complemented = sum(x ^ 1 in self._name_of for x in operands)
        if complemented > direct:
            kind, operands = "OR" if inverted else "NOR", tuple(x ^ 1 for x in operands)
        else:
            kind = "NAND" if inverted else "AND"
        self._write(name, kind, [self.signal(x) for x in operands])

    def output(self, name: str, literal: int) -> None:
        """Define the signal of an output, unless it is a node's or that of an output before."""
        if self._name_of.get(literal) != name and name not in self._outputs:
            self._define(name, literal)
        self._outputs.add(name)

    def _define(self, name: str, literal: int) -> None:
        """A constant, buffer or inverter."""
        if literal <= TRUE:
            self.written.append(f"{name} = {('gnd', 'vdd')[literal]}")
        elif literal in self._name_of:
            self._write(name, "BUFF", [self._name_of[literal]])
        else:
            self._write(name, "NOT", [self._name_of[literal ^ 1]])

    def _write(self, name: str, kind: str, operands: Iterable[str]) -> None:
        self.written.append(f"{name} = {kind}({', '.join(operands)})")
