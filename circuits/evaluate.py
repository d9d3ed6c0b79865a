"""Reference semantics of circuits: every node at once, many samples at once.

A node's value is a Python integer whose bit k is its value in sample k, so one pass computes one
sample, 64, or a whole truth table.

>>> from circuits.builder import Builder
>>> b = Builder()
>>> x, y, z = b.input("x"), b.input("y"), b.input("z")
>>> b.output("majority", b.threshold([x, y, z], 2))
>>> [bin(table) for table in truth_table(b.build())]
['0b11101000']
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from circuits.circuit import Circuit, Gate, Op, OutputKind
from circuits.errors import InvariantError, LimitError

MAX_TABLE_INPUTS = 20


class Step(NamedTuple):
    """What one evaluation gives: outputs in order, and what the latches load."""

    outputs: tuple[int, ...]
    next_state: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Evaluator:
    """A circuit made ready for repeated evaluation (its arrays unpacked once)."""

    circuit: Circuit
    gates: tuple[Gate, ...]

    @classmethod
    def of(cls, circuit: Circuit) -> Evaluator:
        """Unpack ``circuit``."""
        return cls(circuit, tuple(circuit.gates()))

    def values(self, inputs: Sequence[int], state: Sequence[int], width: int = 1) -> list[int]:
        """The value of every node.

        Args:
            inputs: one integer per input, bit k its value in sample k.
            state: one integer per latch, likewise.
            width: number of samples.
        """
        ones = (1 << width) - 1
        if len(inputs) != len(self.circuit.input_names) or len(state) != len(self.circuit.latches):
            raise InvariantError(
                f"{len(inputs)} input and {len(state)} state values for "
                f"{len(self.circuit.input_names)} inputs and {len(self.circuit.latches)} latches"
            )
        values = [0, *inputs, *state]
        append = values.append
        for _, op, operands, weights, bound in self.gates:
            if op is Op.AND:
                result = ones
                for x in operands:
                    result &= ~values[x >> 1] if x & 1 else values[x >> 1]
            elif op is Op.XOR:
                result = 0
                for x in operands:
                    result ^= values[x >> 1]
            else:
                read = [values[x >> 1] ^ ones if x & 1 else values[x >> 1] for x in operands]
                if op is Op.MUX:
                    result = read[2] ^ (read[0] & (read[1] ^ read[2]))
                else:
                    result = _at_least(read, weights, bound, ones)
            append(result)
        return values

    def step(self, inputs: Sequence[int], state: Sequence[int] = (), width: int = 1) -> Step:
        """Outputs and next state; arguments as in `values`."""
        values = self.values(inputs, state, width)
        ones = (1 << width) - 1

        def read(literal: int) -> int:
            return values[literal >> 1] ^ (ones if literal & 1 else 0)

        return Step(
            tuple(read(o.literal) for o in self.circuit.outputs),
            tuple(read(latch.next) for latch in self.circuit.latches),
        )


def evaluate(
    circuit: Circuit, inputs: Sequence[int], state: Sequence[int] = (), width: int = 1
) -> Step:
    """Evaluate once; see `Evaluator` for many times."""
    return Evaluator.of(circuit).step(inputs, state, width)


def simulate(circuit: Circuit, inputs: Sequence[Sequence[int]], width: int = 1) -> list[Step]:
    """Run a circuit from its reset state, one element of ``inputs`` a clock cycle."""
    evaluator = Evaluator.of(circuit)
    ones = (1 << width) - 1
    state: tuple[int, ...] = tuple(ones * bit for bit in circuit.reset_state)
    steps = []
    for values in inputs:
        steps.append(evaluator.step(values, state, width))
        state = steps[-1].next_state
    return steps


def all_inputs(count: int) -> list[int]:
    """Inputs that run through all ``2**count`` samples; input 0 is bit 0 of the sample's number.

    >>> [bin(x) for x in all_inputs(2)]
    ['0b1010', '0b1100']
    """
    if count > MAX_TABLE_INPUTS:
        raise LimitError(f"a truth table of {count} inputs; {MAX_TABLE_INPUTS} is the most")
    rows = 1 << count
    return [
        ((1 << rows) - 1) // ((1 << (1 << i)) + 1) << (1 << i) if rows > 1 else 0
        for i in range(count)
    ]


def truth_table(circuit: Circuit) -> list[int]:
    """One integer per output of a combinational circuit; bit k is the value at sample k.

    Raises:
        LimitError: more than 20 inputs.
    """
    if circuit.latches:
        raise InvariantError("a sequential circuit has no truth table")
    count = len(circuit.input_names)
    step = evaluate(circuit, all_inputs(count), width=1 << count)
    return list(step.outputs)


def primary(circuit: Circuit, step: Step) -> tuple[int, ...]:
    """The values of `Circuit.primary_outputs` among a step's outputs."""
    wanted = {o.kind for o in circuit.primary_outputs} or {OutputKind.OUTPUT}
    return tuple(v for o, v in zip(circuit.outputs, step.outputs, strict=True) if o.kind in wanted)


def _at_least(bits: Sequence[int], weights: Sequence[int], bound: int, ones: int) -> int:
    """Samples in which the weighted sum reaches ``bound``: a bit-sliced sum, then a comparison."""
    planes = [0] * max(sum(weights).bit_length(), bound.bit_length())
    for bit, weight in zip(bits, weights, strict=True):
        for shift in range(weight.bit_length()):
            carry, place = bit if weight >> shift & 1 else 0, shift
            while carry:
                planes[place], carry = planes[place] ^ carry, planes[place] & carry
                place += 1
    above, equal = 0, ones
    for place in reversed(range(len(planes))):
        if bound >> place & 1:
            equal &= planes[place]
        else:
            above |= equal & planes[place]
            equal &= ~planes[place]
    return above | equal
