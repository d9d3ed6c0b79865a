"""Circuits in both Bristol dialects: wires numbered, inputs first and outputs last.

Only ports have names to group by: neighbours ``base[i]``, ``base[i + 1]`` become one word. The
older format has two input words and one output word; more or fewer inputs become one word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from circuits.circuit import FALSE, TRUE, Circuit, Op
from circuits.errors import LimitError
from circuits.expand import expand

_KEPT = frozenset({Op.AND, Op.XOR})
_INDEXED = re.compile(r"(.*)\[([0-9]{1,9})\]", re.DOTALL)


def write_bristol(circuit: Circuit) -> bytes:
    """A combinational circuit in Bristol Fashion.

    Reading it back gives ``expand(circuit, {AND, XOR}, 2)``, gate for gate, under new names.

    Raises:
        LimitError: the circuit has latches.
    """
    wires = _Wires(_prepared(circuit), has_copy=True)
    inputs = word_sizes(circuit.input_names)
    outputs = word_sizes([output.name for output in circuit.outputs])
    sizes = [[len(inputs), *inputs], [len(outputs), *outputs]]
    return wires.text(sizes)


def write_bristol_old(circuit: Circuit) -> bytes:
    """A combinational circuit in the older Bristol Format.

    It has no copies and no constants: a copy is inverted twice, 0 is the XOR of a wire with
    itself; both cost nothing in the protocols that the format is for.

    Raises:
        LimitError: the circuit has latches, or a constant output and no input.
    """
    wires = _Wires(_prepared(circuit), has_copy=False)
    inputs = word_sizes(circuit.input_names)
    if len(inputs) != 2:
        inputs = [len(circuit.input_names), 0]
    return wires.text([[*inputs, len(circuit.outputs)]])


def word_sizes(names: Sequence[str]) -> list[int]:
    """How many bits each word has that runs through ``names``.

    >>> word_sizes(["a[0]", "a[1]", "b[0]", "c", "d[1]", "d[0]"])
    [2, 1, 1, 1, 1]
    """
    sizes: list[int] = []
    following = None
    for name in names:
        match = _INDEXED.fullmatch(name)
        place = (match[1], int(match[2])) if match else None
        if place is not None and place == following:
            sizes[-1] += 1
        else:
            sizes.append(1)
        following = (place[0], place[1] + 1) if place else None
    return sizes


def _prepared(circuit: Circuit) -> Circuit:
    if circuit.latches:
        raise LimitError("a Bristol circuit has no memory, and the circuit has latches")
    return expand(circuit, _KEPT, 2)


class _Wires:
    """The gates of a circuit as lines; wire -1 - i stands for output i until all are counted."""

    def __init__(self, circuit: Circuit, has_copy: bool) -> None:
        self._has_copy = has_copy
        self._outputs = len(circuit.outputs)
        self._count = len(circuit.input_names)  # of wires that are not outputs
        self._wire_of = {2 * node: node - 1 for node in circuit.input_nodes}
        self._gates: list[tuple[str, tuple[int, ...], int]] = []
        # The first output of each literal is the very wire that its gate drives, not a copy.
        self._home: dict[int, int] = {}
        for i, output in enumerate(circuit.outputs):
            if output.literal not in self._wire_of:
                self._home.setdefault(output.literal, -1 - i)
        for gate in circuit.gates():
            self._drive(2 * gate.node, gate.op.name, *map(self._wire, gate.operands))
        for i, output in enumerate(circuit.outputs):
            if self._wire(output.literal) != -1 - i:
                self._copy(output.literal, -1 - i)

    def text(self, sizes: Sequence[Sequence[int]]) -> bytes:
        """The file, with these lines about words in its header."""
        total = self._count + self._outputs

        def number(wire: int) -> str:
            return str(wire if wire >= 0 else total - self._outputs - 1 - wire)

        lines = [f"{len(self._gates)} {total}", *(" ".join(map(str, line)) for line in sizes), ""]
        for kind, read, wire in self._gates:
            lines.append(" ".join([str(len(read)), "1", *map(number, read), number(wire), kind]))
        return ("\n".join(lines) + "\n").encode()

    def _wire(self, literal: int) -> int:
        """The wire of a literal; an inverter or a constant is made when first read."""
        if literal not in self._wire_of:
            if literal <= TRUE and self._has_copy:
                self._drive(literal, "EQ", literal)
            elif literal == FALSE:
                if not self._count:
                    raise LimitError("the older Bristol Format has no constant without an input")
                self._drive(literal, "XOR", 0, 0)
            else:
                self._drive(literal, "INV", self._wire(literal ^ 1))
        return self._wire_of[literal]

    def _drive(self, literal: int, kind: str, *read: int) -> None:
        """A gate that makes a literal, on the wire of an output if one has it."""
        wire = self._home.get(literal, self._count)
        self._count += wire == self._count
        self._wire_of[literal] = wire
        self._gates.append((kind, read, wire))

    def _copy(self, literal: int, wire: int) -> None:
        """A second wire for a literal."""
        if self._has_copy:
            self._gates.append(("EQW", (self._wire(literal),), wire))
        else:
            self._gates.append(("INV", (self._wire(literal ^ 1),), wire))
