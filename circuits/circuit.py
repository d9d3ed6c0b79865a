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
from enum import Enum, IntEnum
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from circuits.errors import InvariantError, Position

FALSE = 0
TRUE = 1


class Op(IntEnum):
    """What a node computes."""

    CONSTANT = 0
    """Node 0: false."""
    INPUT = 1
    LATCH = 2
    AND = 3
    """All operands; two or more."""
    XOR = 4
    """Odd number of operands true; two or more, none complemented."""
    MUX = 5
    """Operands (select, then, else); select and then are not complemented."""
    THRESHOLD = 6
    """Sum of weight * operand >= bound, all weights positive."""


GATES = (Op.AND, Op.XOR, Op.MUX, Op.THRESHOLD)


class OutputKind(Enum):
    """What an output means to the format it came from; AIGER 1.9 knows all five."""

    OUTPUT = "output"
    BAD = "bad"
    CONSTRAINT = "constraint"
    JUSTICE = "justice"
    FAIRNESS = "fairness"


@dataclass(frozen=True, slots=True)
class Latch:
    """A memory bit: its name, the literal loaded at the end of a step, its value at the start.

    ``reset`` None means uninitialised; the reference semantics then starts it at 0, one of the
    values that the file allows.
    """

    name: str
    next: int
    reset: int | None = 0


@dataclass(frozen=True, slots=True)
class Output:
    """A named literal. ``group`` numbers the justice property that a JUSTICE literal is part of."""

    name: str
    literal: int
    kind: OutputKind = OutputKind.OUTPUT
    group: int = 0


class Gate(NamedTuple):
    """One gate, unpacked: ``weights`` and ``bound`` are meaningful for THRESHOLD only."""

    node: int
    op: Op
    operands: tuple[int, ...]
    weights: tuple[int, ...]
    bound: int


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
        labels: names of gates, node -> name.
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
        _check(self)
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
        ops, starts = self.ops.tolist(), self.starts.tolist()
        operands, weights, bounds = self.operands.tolist(), self.weights.tolist(), self.bounds
        for node in range(self.first_gate, len(ops)):
            begin, end = starts[node], starts[node + 1]
            yield Gate(
                node,
                Op(ops[node]),
                tuple(operands[begin:end]),
                tuple(weights[begin:end]),
                int(bounds[node]),
            )

    def node_name(self, node: int) -> str:
        """What a person calls this node: port name, label, or ``%node``."""
        inputs = len(self.input_names)
        if node == 0:
            return "constant"
        if node <= inputs:
            return self.input_names[node - 1]
        if node < self.first_gate:
            return self.latches[node - inputs - 1].name
        return self.labels.get(node, f"%{node}")

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
            label = self.labels.get(gate.node)
            lines.append(f"  %{gate.node} = {_show_gate(gate)}" + (f"  ; {label}" if label else ""))
        lines += [f"  {o.kind.value} {o.name} = {show(o.literal)}" for o in self.outputs]
        return "\n".join(lines) + "\n"


def show(literal: int) -> str:
    """A literal as text: ``%3``, ``!%3``, ``0`` or ``1``."""
    if literal <= TRUE:
        return str(literal)
    return ("!" if literal & 1 else "") + f"%{literal >> 1}"


def _show_gate(gate: Gate) -> str:
    if gate.op is Op.THRESHOLD:
        terms = [
            f"{w}*{show(x)}" if w != 1 else show(x)
            for w, x in zip(gate.weights, gate.operands, strict=True)
        ]
        return f"threshold {' '.join(terms)} >= {gate.bound}"
    return f"{gate.op.name.lower()} {' '.join(map(show, gate.operands))}"


def _check(circuit: Circuit) -> None:
    """Refuse arrays that are not a circuit."""
    c = circuit
    nodes, first = len(c.ops), c.first_gate
    arity = np.diff(c.starts)
    # What the other checks index by comes first.
    if nodes < first:
        raise InvariantError("not a circuit: a port has no node")
    if (
        len(c.starts) != nodes + 1
        or c.starts[0] != 0
        or c.starts[-1] != len(c.operands)
        or bool((arity < 0).any())
    ):
        raise InvariantError("not a circuit: starts do not delimit the operands")
    reader = np.repeat(np.arange(nodes), arity)
    gates = c.ops[first:]
    literals = [latch.next for latch in c.latches] + [output.literal for output in c.outputs]
    problems = {
        "node 0 is not the constant": c.ops[0] != Op.CONSTANT,
        "inputs do not come first": not (c.ops[1 : 1 + len(c.input_names)] == Op.INPUT).all(),
        "latches do not follow the inputs": not (c.ops[c.latch_nodes] == Op.LATCH).all(),
        "a port stands among the gates": not np.isin(gates, GATES).all(),
        "weights and operands differ in number": len(c.weights) != len(c.operands),
        "a bound or line is missing": len(c.bounds) != nodes or len(c.lines) != nodes,
        "a port has operands": bool((arity[:first] != 0).any()),
        "a gate lacks operands": bool((arity[first:] < 2).any()),
        "a MUX has not three operands": bool((arity[c.ops == Op.MUX] != 3).any()),
        "an output or latch reads no node": any(not 0 <= x < 2 * nodes for x in literals),
        "a reset is not 0, 1 or None": any(x.reset not in (0, 1, None) for x in c.latches),
    }
    for problem, found in problems.items():
        if found:
            raise InvariantError(f"not a circuit: {problem}")
    if bool(((c.operands >> 1) >= reader).any() or (c.operands < 2).any()):
        raise InvariantError("not a circuit: a gate reads a constant or a node that is not smaller")
