"""Sixty-four runs of one net at once, beside one run: seconds a step of one run."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from circuits.errors import InvariantError
from compiler.net import Net
from runtime.bench.bounds import BOUNDS
from runtime.bench.measure import Entry, Names, Work, entries, medians, needed
from runtime.bench.steps import CHECK_RATE, RATE, Problem, check, variants
from runtime.engines.boolean_replicas import run_replicas
from runtime.engines.native_run import run_sgd
from runtime.engines.plan import Plan

COMPARISONS: Mapping[str, tuple[str, str]] = {
    "replica_step_vs_autograd": ("64 replicas", "autograd"),
    "replica_step_vs_split_autograd": ("64 replicas", "split autograd"),
    "replica_step_vs_live": ("64 replicas", "live run"),
    "replica_step_vs_boolean": ("64 replicas", "boolean run"),
}
"""What is measured and its baseline, by the entry's name."""

REPLICAS, STEPS = 64, 20
_COMPARED = (0, 21, 63)
"""Runs whose weights are compared with those of a run alone."""


def measure_replicas(
    net: Net,
    names: Names,
    budget: float,
    comparisons: Mapping[str, tuple[str, str]] = COMPARISONS,
) -> list[Entry]:
    """The entries of these names on a net with one output.

    Raises:
        InvariantError: something that is to be measured computes other weights.
    """
    plan, built = Plan.of(net, torch.float64), torch.from_numpy(net.weights())
    samples, labels = wrong_samples(plan, built)
    check_replicas(plan, built, samples, labels)
    problem = Problem(net, samples[0], labels[0])
    wanted = needed(names, comparisons)
    made = {name: make for name, make in variants(problem).items() if name in wanted}
    check(problem, {name: make(CHECK_RATE) for name, make in made.items()})
    steps = {name: make(RATE) for name, make in made.items()}
    works: dict[str, Work] = {name: variant.call for name, variant in steps.items()}
    works |= {name: make(net) for name, make in BOUNDS.items() if name in wanted}
    works["64 replicas"] = lambda: run_replicas(plan, built, samples, labels, RATE)
    seconds = medians(works, budget)
    seconds |= {name: seconds[name] / variant.steps for name, variant in steps.items()}
    seconds["64 replicas"] /= REPLICAS * STEPS
    asked = {name: sides for name, sides in comparisons.items() if name in names}
    return entries(net, asked, seconds)


def wrong_samples(plan: Plan, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Random samples for all runs, and the opposite of what the net says of them."""
    shape = REPLICAS, STEPS, len(plan.inputs)
    bits = np.random.default_rng(0).integers(0, 2, shape)
    samples = 2 * torch.from_numpy(bits).double() - 1
    outputs = run_replicas(plan, weights, samples, torch.zeros(shape[:2]), RATE).outputs
    return samples, torch.where(outputs < 0, 1.0, -1.0).double()


def check_replicas(plan: Plan, weights: Tensor, samples: Tensor, labels: Tensor) -> None:
    """Compare the weights of some of the runs with those of the same run alone, bit for bit.

    Raises:
        InvariantError: they differ.
    """
    found = run_replicas(plan, weights, samples, labels, CHECK_RATE)
    for run in _COMPARED:
        alone = weights.clone()
        run_sgd(plan, alone, samples[run], labels[run], CHECK_RATE, engine="native")
        if not torch.equal(found.weights(run), alone):
            raise InvariantError(f"replica {run} of {plan.net.source} has other weights than alone")
