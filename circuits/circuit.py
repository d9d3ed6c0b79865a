"""Boolean circuits: a flat, numbered straight line of gates over literals.

A *node* is a number; node 0 is the constant false, then come the inputs, then the latches, then
the gates, each of which reads smaller nodes only. Cycles are therefore unrepresentable and every
traversal is one loop. A *literal* is ``2 * node + complement`` as in AIGER: NOT is a bit of the
literal and costs no gate. Literal 0 is false, literal 1 is true.

There are four kinds of gate. OR is an AND of complements read complemented, so that one function
has one node whichever way it was written; `Builder` offers every gate that one expects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from circuits.errors import Position
from circuits.nodes import FALSE as FALSE
from circuits.nodes import GATES as GATES
from circuits.nodes import TRUE as TRUE
from circuits.nodes import Gate as Gate
from circuits.nodes import Latch as Latch
from circuits.nodes import Op as Op
from circuits.nodes import Output as Output
from circuits.nodes import OutputKind as OutputKind
from circuits.nodes import show as show
from circuits.nodes import show_gate
from circuits.validity import check_circuit


@dataclass(frozen=True, eq=False)
class Circuit:
    """A combinational or sequential circuit, valid from birth.

    Synchronous: outputs are computed from the current state and input, then latches load.

    Attributes:
        ops: shape (nodes,), values of `Op`.
        starts: shape (nodes + 1,); node i's operands are ``operands[starts[i]:starts[i + 1]]``.
        operands: literals, each of a smaller node than its reader.
        weights: aligned with operands; 1 except in THRESHOLD gates.
        bounds: shape (nodes,); the bound of a THRESHOLD gate, else 0.
        input_names: one per input, in order; node 1 + i is input i.
        latches: node 1 + len(input_names) + i is latch i.
        outputs: in order; may be constants, inputs, complemented or repeated.
        name: of the design.
        source: the file it was read from, or ``""``.
        labels: names of gates, literal -> name, at most one per gate; a name on a complemented
            literal (of a NAND, say) is that of the complement.
        lines: shape (nodes,); source line of a node, 0 where unknown.
    """

    ops: NDArray[np.uint8]
    starts: NDArray[np.int64]
    operands: NDArray[np.int32]
    weights: NDArray[np.int64]
    bounds: NDArray[np.int64]
    input_names: tuple[str, ...]
    latches: tuple[Latch, ...]
    outputs: tuple[Output, ...]
    name: str = ""
    source: str = ""
    labels: Mapping[int, str] = field(default_factory=dict)
    lines: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))

    def __post_init__(self) -> None:
        if not self.lines.size:
            object.__setattr__(self, "lines", np.zeros(len(self.ops), np.int32))
        object.__setattr__(self, "labels", MappingProxyType(dict(self.labels)))
        check_circuit(self)
        for array in (self.ops, self.starts, self.operands, self.weights, self.bounds, self.lines):
            array.setflags(write=False)

    def __len__(self) -> int:
        """Number of nodes, the constant included."""
        return len(self.ops)

    @property
    def gate_count(self) -> int:
        """Number of gates."""
        return len(self) - self.first_gate

    @property
    def first_gate(self) -> int:
        """The smallest gate node."""
        return 1 + len(self.input_names) + len(self.latches)

    @property
    def input_nodes(self) -> range:
        """Nodes of the inputs, in order."""
        return range(1, 1 + len(self.input_names))

    @property
    def latch_nodes(self) -> range:
        """Nodes of the latches, in order."""
        return range(1 + len(self.input_names), self.first_gate)

    @property
    def reset_state(self) -> tuple[int, ...]:
        """The state before the first step, one 0/1 per latch (uninitialised latches at 0)."""
        return tuple(latch.reset or 0 for latch in self.latches)

    @property
    def primary_outputs(self) -> tuple[Output, ...]:
        """The outputs; of a file without any (AIGER before 1.9), the bad-state properties."""
        found = tuple(o for o in self.outputs if o.kind is OutputKind.OUTPUT)
        return found or tuple(o for o in self.outputs if o.kind is OutputKind.BAD)

    def gates(self) -> Iterator[Gate]:
        """All gates in topological order."""
        first, starts = self.first_gate, self.starts.tolist()
        operands, weights = tuple(self.operands.tolist()), tuple(self.weights.tolist())
        new, kinds = tuple.__new__, tuple(Op)  # a loop over all gates is mostly this one
        rows = zip(
            range(first, len(self)),
            self.ops[first:].tolist(),
            starts[first:],
            starts[first + 1 :],
            self.bounds[first:].tolist(),
            strict=False,
        )
        for node, op, begin, end, bound in rows:
            yield new(Gate, (node, kinds[op], operands[begin:end], weights[begin:end], bound))

    def operands_of(self, node: int) -> tuple[int, ...]:
        """The literals that a node reads."""
        return tuple(self.operands[self.starts[node] : self.starts[node + 1]].tolist())

    def node_name(self, node: int) -> str:
        """What a person calls this node: port name, label, or ``%node``."""
        inputs = len(self.input_names)
        if node == 0:
            return "constant"
        if node <= inputs:
            return self.input_names[node - 1]
        if node < self.first_gate:
            return self.latches[node - inputs - 1].name
        return self.label(node)[1]

    def label(self, node: int) -> tuple[int, str]:
        """The literal of a gate that has a name, and the name: ``%node`` where it has none."""
        for literal in (2 * node, 2 * node + 1):
            if literal in self.labels:
                return literal, self.labels[literal]
        return 2 * node, f"%{node}"

    def gate_labels(self) -> list[tuple[int, str]]:
        """`label` of every gate, in order."""
        first, known = self.first_gate, self.labels
        labels = [(2 * node, f"%{node}") for node in range(first, len(self))]
        for literal, name in known.items():
            if not (literal & 1 and literal ^ 1 in known) and literal >> 1 >= first:
                labels[(literal >> 1) - first] = literal, name
        return labels

    def position(self, node: int) -> Position:
        """Where in its source file this node was defined."""
        return Position(self.source or self.name, int(self.lines[node]))

    def __eq__(self, other: object) -> bool:
        """Same nodes, ports and names; positions and source file do not count."""
        if not isinstance(other, Circuit):
            return NotImplemented
        return (
            (self.input_names, self.latches, self.outputs, dict(self.labels))
            == (other.input_names, other.latches, other.outputs, dict(other.labels))
            and np.array_equal(self.ops, other.ops)
            and np.array_equal(self.starts, other.starts)
            and np.array_equal(self.operands, other.operands)
            and np.array_equal(self.weights, other.weights)
            and np.array_equal(self.bounds, other.bounds)
        )

    def __hash__(self) -> int:
        return hash((self.input_names, self.latches, self.outputs, len(self)))

    def __str__(self) -> str:
        """The canonical text, one node a line; equal circuits print equal."""
        lines = [f"circuit {self.name or '-'}"]
        lines += [
            f"  %{n} = input {name}"
            for n, name in zip(self.input_nodes, self.input_names, strict=True)
        ]
        for node, latch in zip(self.latch_nodes, self.latches, strict=True):
            reset = "x" if latch.reset is None else latch.reset
            lines.append(f"  %{node} = latch {latch.name} reset {reset} next {show(latch.next)}")
        for gate in self.gates():
            literal, label = self.label(gate.node)
            named = "  ; " + "!" * (literal & 1) + label if literal in self.labels else ""
            lines.append(f"  %{gate.node} = {show_gate(gate)}{named}")
        lines += [f"  {o.kind.value} {o.name} = {show(o.literal)}" for o in self.outputs]
        return "\n".join(lines) + "\n"
