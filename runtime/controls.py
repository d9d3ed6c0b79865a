"""Negative controls: break one hypothesis of the theorem, and the verification must fail.

flip-weight
    One frozen weight of the net is negated before the run.
learning-rate
    SGD runs with 3/2 of the net's learning rate, so a flip overshoots (Lemma 2 needs gamma).
batch-size
    SGD averages the gradients of two samples a step (the theorems need one).
wrong-circuit
    The reference is a circuit with one gate complemented.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np

from circuits.builder import Builder
from circuits.circuit import Circuit, Gate
from circuits.errors import SourceError
from circuits.evaluate import evaluate
from circuits.rebuild import Read, copy_gate, rebuild
from compiler.net import EdgeRole, Net

_ATTEMPTS = 64
_SAMPLES = 256


def batch_size(control: str | None) -> int:
    """Samples a step."""
    return 2 if control == "batch-size" else 1


def rate_factor(control: str | None) -> Fraction:
    """Factor of the net's learning rate."""
    return Fraction(3, 2) if control == "learning-rate" else Fraction(1)


def reference_circuit(net: Net, control: str | None, seed: int) -> Circuit:
    """What to compare with: the net's source, or a wrong one."""
    return wrong_circuit(net.circuit, seed) if control == "wrong-circuit" else net.circuit


def frozen_edge(net: Net, seed: int) -> int:
    """An edge that must never change: a gate's where there is one."""
    rng = np.random.default_rng([seed, 2])
    candidates = np.flatnonzero(net.edge_role == EdgeRole.GATE)
    if not len(candidates):
        candidates = np.flatnonzero(~net.trainable)
    if not len(candidates):
        raise SourceError(f"{net.source}: the net has no edge to flip")
    return int(rng.choice(candidates))


def wrong_circuit(
    circuit: Circuit, seed: int, shows: Callable[[Circuit], bool] | None = None
) -> Circuit:
    """The circuit with one gate, or else its prediction, complemented so that it shows.

    A gate is taken at random until ``shows`` tells the two circuits apart; by default 256 random
    samples and states.
    """
    rng = np.random.default_rng([seed, 3])
    samples = [_random_bits(rng) for _ in circuit.input_names]
    state = [_random_bits(rng) for _ in circuit.latches]
    right = evaluate(circuit, samples, state, _SAMPLES)
    seen = circuit.outputs.index((circuit.primary_outputs or circuit.outputs)[0])

    def at_once(wrong: Circuit) -> bool:  # unlike a next state
        step = evaluate(wrong, samples, state, _SAMPLES)
        return step.outputs[seen] != right.outputs[seen]

    for _ in range(_ATTEMPTS if circuit.gate_count else 0):
        node = int(rng.integers(circuit.first_gate, len(circuit)))
        wrong = _with_gate_complemented(circuit, node)
        if (shows or at_once)(wrong):
            return wrong
    return _with_output_complemented(circuit, seen)


def _with_gate_complemented(circuit: Circuit, node: int) -> Circuit:
    def rule(builder: Builder, gate: Gate, read: Read) -> int:
        return copy_gate(builder, gate, read) ^ (gate.node == node)

    return rebuild(circuit, rule)


def _with_output_complemented(circuit: Circuit, index: int) -> Circuit:
    outputs = list(circuit.outputs)
    outputs[index] = replace(outputs[index], literal=outputs[index].literal ^ 1)
    return replace(circuit, outputs=tuple(outputs))


def _random_bits(rng: np.random.Generator) -> int:
    return int.from_bytes(rng.bytes(_SAMPLES // 8), "little")
