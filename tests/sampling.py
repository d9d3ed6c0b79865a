"""Circuits compared on samples: all inputs of a small circuit, random ones of a large one."""

import random
from dataclasses import replace

from circuits.circuit import Circuit, Output
from circuits.evaluate import simulate

WIDTH = 64


def agree(a: Circuit, b: Circuit, cycles: int = 1, seed: int = 0) -> bool:
    """Whether two circuits give the same outputs in 64 runs from reset, inputs at random."""
    generator = random.Random(seed)
    if len(a.input_names) != len(b.input_names):
        return False
    inputs = [[generator.getrandbits(WIDTH) for _ in a.input_names] for _ in range(cycles)]
    left, right = (simulate(circuit, inputs, WIDTH) for circuit in (a, b))
    return [step.outputs for step in left] == [step.outputs for step in right]


def mutated(circuit: Circuit, index: int = -1) -> Circuit:
    """The circuit with the last operand of one gate complemented."""
    operands = circuit.operands.copy()
    operands[circuit.starts[circuit.first_gate :][index] - 1] ^= 1
    return replace(circuit, operands=operands)


def nameless(circuit: Circuit) -> Circuit:
    """The circuit with its ports numbered and its gates and outputs neither named nor sorted."""
    return replace(
        circuit,
        input_names=tuple(f"x{i}" for i in range(len(circuit.input_names))),
        latches=tuple(replace(latch, name=f"q{i}") for i, latch in enumerate(circuit.latches)),
        outputs=tuple(Output(f"y{i}", o.literal) for i, o in enumerate(circuit.outputs)),
        labels={},
    )
