"""What emulation costs: SGD on a learner's net beside the learner itself, on the same samples.

The learner runs by `circuits.compiled_evaluator`: one run, or a word of 64 independent ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from circuits.compiled_evaluator import CompiledEvaluator
from circuits.errors import InvariantError
from compiler.net import Net
from runtime.bench.measure import Entry, Names, entries, medians, needed
from runtime.engines.boolean_replicas import run_replicas
from runtime.engines.native_run import run_sgd
from runtime.engines.plan import Plan

COMPARISONS: Mapping[str, tuple[str, str]] = {
    "emulation_vs_direct": ("live run", "learner, 64 runs"),
    "emulation_boolean_vs_direct": ("boolean run", "learner, 64 runs"),
    "replica_emulation_vs_direct": ("64 replicas", "learner, 64 runs"),
    "emulation_vs_direct_alone": ("live run", "learner, 1 run"),
}
"""What is measured and its baseline; all are seconds a step of one run."""

STEPS, WORD = 20, 64
_RUNS = {"learner, 64 runs": WORD, "64 replicas": WORD}
"""How many are done at once, where it is more than one."""

Bits = NDArray[np.int8]
Run = Callable[[], Bits]
"""Gives predictions of 0 and 1, shape (steps, runs)."""


def measure_emulation(net: Net, names: Names, budget: float) -> list[Entry]:
    """The entries of these names on a net with memory.

    Raises:
        InvariantError: SGD and the learner predict different labels.
    """
    rng = np.random.default_rng(0)
    samples = rng.integers(0, 2, (STEPS, len(net.inputs), WORD)).astype(np.int8)
    labels = rng.integers(0, 2, (STEPS, WORD)).astype(np.int8)
    works = {
        "learner, 64 runs": direct(net, samples, labels),
        "learner, 1 run": direct(net, samples[:, :, :1], labels[:, :1]),
        "live run": sgd(net, samples[:, :, :1], labels[:, :1], "live"),
        "boolean run": sgd(net, samples[:, :, :1], labels[:, :1], "boolean"),
        "64 replicas": replicas(net, samples, labels),
    }
    due = works["learner, 64 runs"]()
    for name, work in works.items():
        if not np.array_equal(got := work(), due[:, : got.shape[1]]):
            raise InvariantError(f"{name}: other predictions than by {net.source}")
    wanted = needed(names, COMPARISONS)
    seconds = medians({name: work for name, work in works.items() if name in wanted}, budget)
    each = {name: taken / STEPS / _RUNS.get(name, 1) for name, taken in seconds.items()}
    asked = {name: sides for name, sides in COMPARISONS.items() if name in names}
    return entries(net, asked, each)


def sgd(net: Net, samples: Bits, labels: Bits, engine: str) -> Run:
    """Train on samples (steps, inputs, 1) and labels (steps, 1) of 0 and 1."""
    plan, built = Plan.of(net, torch.float64), torch.from_numpy(net.weights())
    weights, rate = built.clone(), net.learning_rate.to_float()
    shown, said = _signs(samples)[:, :, 0], _signs(labels)

    def run() -> Bits:
        weights.copy_(built)
        outputs = run_sgd(plan, weights, shown, said, rate, engine=engine).outputs
        return _positive(outputs)

    return run


def replicas(net: Net, samples: Bits, labels: Bits) -> Run:
    """Train many runs at once; samples have shape (steps, inputs, runs), labels (steps, runs)."""
    plan, built = Plan.of(net, torch.float64), torch.from_numpy(net.weights())
    rate = net.learning_rate.to_float()
    shown, said = _signs(samples).permute(2, 0, 1), _signs(labels).T

    def run() -> Bits:
        return _positive(run_replicas(plan, built, shown, said, rate).outputs[:, :, 0].T)

    return run


def direct(net: Net, samples: Bits, labels: Bits) -> Run:
    """Run what the net was made of on the same arguments, for 1 or `WORD` runs."""
    circuit, runs = net.circuit, labels.shape[1]
    evaluator = CompiledEvaluator.of(circuit)
    kind: Any = np.uint64 if runs == WORD else np.uint8
    place = circuit.outputs.index(circuit.primary_outputs[0])
    reset = np.array(circuit.reset_state, kind) * kind(2**64 - 1 if runs == WORD else 1)
    shown, said = _packed(samples), _packed(labels)

    def run() -> Bits:
        state: Any = reset
        predicted = np.empty_like(said)
        for step in range(len(said)):
            outputs, when_wrong = evaluator.step(shown[step], state)
            predicted[step] = outputs[place]
            state = state ^ ((state ^ when_wrong) & (outputs[place] ^ said[step]))
        return _unpacked(predicted, runs)

    return run


def _packed(bits: Bits) -> Any:
    """The last axis as one number: a bit, or a word."""
    if bits.shape[-1] == 1:
        return bits[..., 0].astype(np.uint8)
    packed = np.packbits(np.ascontiguousarray(bits), axis=-1, bitorder="little")
    return packed.view("<u8")[..., 0].astype(np.uint64)


def _unpacked(numbers: Any, runs: int) -> Bits:
    """And back, of shape (steps, runs)."""
    if runs == 1:
        return numbers[:, None].astype(np.int8)  # type: ignore[no-any-return]
    data = numbers.astype("<u8").view(np.uint8).reshape(len(numbers), 8)
    found: Bits = np.unpackbits(data, axis=1, bitorder="little").view(np.int8)
    return found


def _signs(bits: Bits) -> Tensor:
    return torch.from_numpy(2.0 * bits - 1.0)


def _positive(outputs: Tensor) -> Bits:
    found: Bits = (outputs.numpy() > 0).astype(np.int8)
    return found
