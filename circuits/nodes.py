"""What a circuit is made of: kinds of nodes, literals, gates, latches, outputs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import NamedTuple

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


def show(literal: int) -> str:
    """A literal as text: ``%3``, ``!%3``, ``0`` or ``1``."""
    if literal <= TRUE:
        return str(literal)
    return ("!" if literal & 1 else "") + f"%{literal >> 1}"


def show_gate(gate: Gate) -> str:
    """A gate as text, in one line."""
    if gate.op is Op.THRESHOLD:
        terms = [
            f"{w}*{show(x)}" if w != 1 else show(x)
            for w, x in zip(gate.weights, gate.operands, strict=True)
        ]
        return f"threshold {' '.join(terms)} >= {gate.bound}"
    return f"{gate.op.name.lower()} {' '.join(map(show, gate.operands))}"
