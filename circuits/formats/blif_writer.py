"""Circuits as BLIF: a ``.names`` per gate, with names kept.

Names get the characters that would end a word escaped, and a number where two are the same. All
kinds of output are written as outputs. Gates have at most eight inputs, which every reader takes
(Yosys stops at twelve). An uninitialised latch is written as such, with initial value 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from circuits.circuit import TRUE, Circuit, Gate, Op
from circuits.expand import expand
from circuits.formats.covers import parity_cubes
from circuits.formats.naming import Signals, UniqueNames, escape, name_signals

_KEPT = frozenset({Op.AND, Op.XOR, Op.MUX})
_FAN_IN = 8
_WIDTH = 96


def write_blif(circuit: Circuit) -> bytes:
    """The circuit as one BLIF model.

    Reading it back gives ``expand(circuit, {AND, XOR, MUX}, 8)``, gate for gate; gates that had
    no name may have got that of an output.
    """
    circuit = expand(circuit, _KEPT, _FAN_IN)
    signals = name_signals(circuit, _legal)
    inputs = [signals.names[node] for node in circuit.input_nodes]
    tables = _Tables(signals)
    latches = [
        f".latch {tables.signal(latch.next)} {signals.names[node]} "
        f"{3 if latch.reset is None else latch.reset}"
        for node, latch in zip(circuit.latch_nodes, circuit.latches, strict=True)
    ]
    extra = tables.take()
    for gate in circuit.gates():
        tables.gate(gate)
    for name, output in zip(signals.outputs, circuit.outputs, strict=True):
        tables.output(name, output.literal)
    lines = [
        f".model {_legal(circuit.name)}",
        _list(".inputs", inputs),
        _list(".outputs", signals.outputs),
        *latches,
        *tables.take(),
        *extra,
        ".end",
    ]
    return ("\n".join(lines) + "\n").encode()


def _legal(name: str) -> str:
    """One word, and no continuation where it ends a line."""
    escaped = escape(name, "#")
    return escaped[:-1] + "%5C" if escaped.endswith("\\") else escaped


def _list(directive: str, names: Sequence[str]) -> str:
    """The directive with names, continued over as many lines as it takes."""
    text = " ".join([directive, *names])
    lines = wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
    return " \\\n ".join(lines)


class _Tables:
    """Collects ``.names`` statements; knows which signal carries which literal."""

    def __init__(self, signals: Signals) -> None:
        self._signals = signals
        self._unique = UniqueNames([*signals.names, *signals.outputs])
        self._name_of: dict[int, str] = {}
        self._outputs: set[str] = set()
        self._lines: list[str] = []

    def take(self) -> list[str]:
        """The statements since the last call."""
        lines, self._lines = self._lines, []
        return lines

    def signal(self, literal: int) -> str:
        """A signal with the value of any literal, defined here if no node's signal is it."""
        name = self._signals.names[literal >> 1]
        if literal > TRUE and self._signals.literal(literal >> 1) == literal:
            return name
        if literal not in self._name_of:
            wanted = ("$false", "$true")[literal] if literal <= TRUE else f"{name}_not"
            self._name_of[literal] = self._unique.claim(wanted)
            self._define(self._name_of[literal], literal)
        return self._name_of[literal]

    def output(self, name: str, literal: int) -> None:
        """Define the signal of an output, unless it is a node's or that of an output before."""
        node = literal >> 1
        is_node = self._signals.names[node] == name and self._signals.literal(node) == literal
        if not is_node and name not in self._outputs:
            self._define(name, literal)
        self._outputs.add(name)

    def gate(self, gate: Gate) -> None:
        """Define the signal of a gate, as on-set or off-set."""
        phases = [int(self._signals.literal(x >> 1) == x) for x in gate.operands]
        rows = _rows(gate.op, phases)
        names = [self._signals.names[x >> 1] for x in (*gate.operands, 2 * gate.node)]
        value = "0" if self._signals.inverted[gate.node] else "1"
        self._lines.append(" ".join([".names", *names]))
        self._lines += [f"{row} {value}" for row in rows]

    def _define(self, name: str, literal: int) -> None:
        """A constant, buffer or inverter."""
        if literal <= TRUE:
            self._lines += [f".names {name}"] + ["1"] * literal
            return
        node = literal >> 1
        phase = int(self._signals.literal(node) == literal)
        self._lines += [f".names {self._signals.names[node]} {name}", f"{phase} 1"]


def _rows(op: Op, phases: list[int]) -> list[str]:
    """The on-set of a gate, over signals that are its operands (phase 1) or their complements."""
    if op is Op.AND:
        return ["".join(map(str, phases))]
    if op is Op.XOR:
        return parity_cubes(len(phases), odd=phases.count(0) % 2 == 0)
    select, then, otherwise = phases
    return [f"{select}{then}-", f"{1 - select}-{otherwise}"]
