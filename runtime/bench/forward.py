"""A circuit's inputs through its net and back: the forward pass alone, of one input and of many."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from circuits.errors import InvariantError
from circuits.evaluate import Evaluator
from compiler.net import Net
from runtime.bench.autograd import Autograd, SplitAutograd
from runtime.bench.bounds import BOUNDS
from runtime.bench.measure import Entry, Names, Work, entries, medians, needed
from runtime.bench.packed import bits_of, word_of
from runtime.engines.bit_forward import bit_forward
from runtime.engines.plan import Plan
from runtime.module import ENGINES

COMPARISONS: Mapping[str, tuple[str, str]] = {
    "forward_one_vs_autograd": ("live", "autograd"),
    "forward_one_vs_split_autograd": ("live", "split autograd"),
    "forward_levels_vs_autograd": ("levels", "autograd"),
    "forward_one_vs_evaluator": ("live", "evaluator"),
    "forward_one_vs_gather": ("live", "gather"),
    "forward_one_in_bits_vs_autograd": ("one in bits", "autograd"),
    "forward_one_in_bits_vs_evaluator": ("one in bits", "evaluator"),
    "forward_batch_vs_autograd": ("bits", "autograd"),
    "forward_batch_vs_one": ("bits", "live"),
    "forward_batch_vs_evaluator": ("bits", "evaluator, 4096 at once"),
}
"""What is measured and its baseline. The evaluator, `circuits.evaluate`, runs the circuit."""

BATCH = 4096

Forward = Callable[[NDArray[np.int8]], NDArray[np.int8]]
"""Inputs to outputs, both 0 and 1: shapes (inputs,) and (outputs,)."""


def measure_forward(net: Net, names: Names, budget: float) -> list[Entry]:
    """The entries of these names on a component.

    Raises:
        InvariantError: something that is to be measured computes other outputs.
    """
    wanted = needed(names, COMPARISONS)
    bits = np.random.default_rng(0).integers(0, 2, len(net.inputs)).astype(np.int8)
    made = {name: make(net) for name, make in FORWARDS.items() if name in wanted}
    due = _evaluator(net)(bits)
    for name, forward in made.items():
        if not np.array_equal(forward(bits), due):
            raise InvariantError(f"{name} computes other outputs of {net.source}")
    works = {name: _call(forward, bits) for name, forward in made.items()}
    works |= {name: make(net) for name, make in BOUNDS.items() if name in wanted}
    batches = _batches(net) if wanted & set(BATCHES) else {}
    seconds = medians(works | batches, budget)
    seconds |= {name: seconds[name] / BATCH for name in batches}
    asked = {name: sides for name, sides in COMPARISONS.items() if name in names}
    return entries(net, asked, seconds, dict.fromkeys(seconds, net.circuit.gate_count))


def _call(forward: Callable[[NDArray[np.int8]], object], bits: NDArray[np.int8]) -> Work:
    return lambda: forward(bits)


BATCHES = ("bits", "evaluator, 4096 at once")
"""What evaluates `BATCH` inputs in a call."""


def _batches(net: Net) -> dict[str, Work]:
    """Both of them, on the same inputs.

    Raises:
        InvariantError: they give other outputs.
    """
    bits = np.random.default_rng(1).integers(0, 2, (BATCH, len(net.inputs))).astype(np.int8)
    words = [word_of(column) for column in bits.T]
    evaluator, forward = Evaluator.of(net.circuit), bit_forward(net)
    due = [bits_of(word, BATCH) for word in evaluator.step(words, (), BATCH).outputs]
    if not np.array_equal(forward(bits), np.array(due).T):
        raise InvariantError(f"bits compute other outputs of {net.source}")
    works = _call(forward, bits), lambda: evaluator.step(words, (), BATCH)
    return dict(zip(BATCHES, works, strict=True))


def engine_forward(net: Net, engine: str) -> Forward:
    """By one of `runtime.module.ENGINES`, in float64."""
    plan, weights = Plan.of(net, torch.float64), torch.from_numpy(net.weights())
    run = ENGINES[engine].forward
    return lambda bits: _bits(run(plan, weights, _signs(bits)).values[plan.outputs])


def _module_forward(net: Net, kind: type[Autograd]) -> Forward:
    module = kind(net)

    def forward(bits: NDArray[np.int8]) -> NDArray[np.int8]:
        with torch.no_grad():
            return _bits(module(_signs(bits)))

    return forward


def bits_forward(net: Net) -> Forward:
    """By `runtime.engines.bit_forward`, for one input at a time."""
    forward = bit_forward(net)
    return lambda bits: forward(bits[None])[0].astype(np.int8)


def _evaluator(net: Net) -> Forward:
    evaluator = Evaluator.of(net.circuit)
    return lambda bits: np.array(evaluator.step(bits.tolist()).outputs, np.int8)


def _signs(bits: NDArray[np.int8]) -> Tensor:
    return torch.from_numpy(2.0 * bits - 1.0)


def _bits(outputs: Tensor) -> NDArray[np.int8]:
    found: NDArray[np.int8] = (outputs.numpy() > 0).astype(np.int8)
    return found


FORWARDS: Mapping[str, Callable[[Net], Forward]] = {
    "live": lambda net: engine_forward(net, "live"),
    "levels": lambda net: engine_forward(net, "levels"),
    "autograd": lambda net: _module_forward(net, Autograd),
    "split autograd": lambda net: _module_forward(net, SplitAutograd),
    "evaluator": _evaluator,
    "one in bits": bits_forward,
}
"""By name, what makes one for a net."""
