"""A step of SGD on one net by everything that can do one, each checked before it is measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import cycle
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from circuits.errors import InvariantError
from compiler.net import Net
from runtime.bench import jax_scan
from runtime.bench.autograd import Autograd, SparseAutograd, SplitAutograd
from runtime.bench.bounds import BOUNDS
from runtime.bench.measure import Entry, Names, entries, medians, needed
from runtime.engines.native_run import run_sgd
from runtime.engines.plan import Plan
from runtime.module import ENGINES, NetModule

RATE = 1e-30
"""Of what is measured: updates are computed, but too small to change a weight. Sums in a compiled
net lie on the very ends of pieces of f; moved off them, they would be in a blend, which is slow."""

CHECK_RATE = 2.0**-20
"""Of the steps that are compared."""

_ROUNDING = 1e-8
"""Of the largest update: how far weights may be from the engines' where sums have another order."""

IN_A_RUN = 50
"""Steps of one call of `run_sgd`, unless told."""

RUNS = ("native", "live", "boolean", "gpu")
"""Engines that `run_sgd` knows; the last is there where a GPU is."""

COMPARISONS: Mapping[str, tuple[str, str]] = {
    **{f"step_{engine}_vs_autograd": (f"{engine} run", "autograd") for engine in RUNS},
    "step_levels_vs_autograd": ("levels loop", "autograd"),
    "loop_native_vs_autograd": ("native loop", "autograd"),
    "loop_live_vs_autograd": ("live loop", "autograd"),
    "loop_boolean_vs_autograd": ("boolean loop", "autograd"),
    "step_native_vs_split_autograd": ("native run", "split autograd"),
    "step_live_vs_split_autograd": ("live run", "split autograd"),
    "step_boolean_vs_split_autograd": ("boolean run", "split autograd"),
    "step_native_vs_sparse": ("native run", "torch.sparse"),
    "step_native_vs_jax": ("native run", "jax scan"),
    "step_live_vs_jax": ("live run", "jax scan"),
    "step_boolean_vs_jax": ("boolean run", "jax scan"),
    "step_native_vs_stream": ("native run", "stream"),
    "step_native_vs_gather_scatter": ("native run", "gather_scatter"),
    "step_live_vs_gather": ("live run", "gather"),
    "step_boolean_vs_gather": ("boolean run", "gather"),
}
"""What is measured and its baseline, by the entry's name. A loop is the textbook one, with stock
`torch.optim.SGD`; a run is `runtime.engines.native_run.run_sgd`."""

SPARSE_MOST = 50_000
"""Edges of nets that `torch.sparse` is tried on; beyond, its backward pass takes seconds."""


@dataclass(frozen=True, eq=False)
class Problem:
    """Samples that a net gets wrong, so that there is something to update.

    Attributes:
        net: of any target.
        samples, labels: shapes (steps, inputs) and (steps, outputs), float64; they are shown again
            and again. A call of `run_sgd` does them all.
    """

    net: Net
    samples: Tensor
    labels: Tensor

    @classmethod
    def of(cls, net: Net, seed: int = 0) -> Problem:
        """With random samples, and labels that are the opposite of the outputs."""
        bits = np.random.default_rng(seed).integers(0, 2, (IN_A_RUN, len(net.inputs)))
        samples = 2 * torch.from_numpy(bits).double() - 1
        with torch.no_grad():
            outputs = NetModule(net)(samples).reshape(IN_A_RUN, -1)
        return cls(net, samples, torch.where(outputs < 0, 1.0, -1.0).double())


class Variant(NamedTuple):
    """One way to do a step.

    Attributes:
        call: does ``steps`` steps.
        weights: what they are now, by edge of the net.
        steps: of one call.
        exact: whether the weights have the engines' bits.
    """

    call: Callable[[], object]
    weights: Callable[[], NDArray[np.float64]]
    steps: int = 1
    exact: bool = True


def measure_steps(
    net: Net,
    names: Names,
    budget: float,
    comparisons: Mapping[str, tuple[str, str]] = COMPARISONS,
) -> list[Entry]:
    """The entries of these names on a net; see `runtime.bench.measure.medians` for the budget.

    Raises:
        InvariantError: something that is to be measured computes other weights.
    """
    problem, wanted = Problem.of(net), needed(names, comparisons)
    made = {name: make for name, make in variants(problem).items() if name in wanted}
    check(problem, {name: make(CHECK_RATE) for name, make in made.items()})
    steps = {name: make(RATE) for name, make in made.items()}
    works = {name: variant.call for name, variant in steps.items()}
    works |= {name: make(net) for name, make in BOUNDS.items() if name in wanted}
    seconds = medians(works, budget, elsewhere=("gpu run", "gpu loop"))
    seconds |= {name: seconds[name] / variant.steps for name, variant in steps.items()}
    asked = {name: sides for name, sides in comparisons.items() if name in names}
    return entries(net, asked, seconds)


def variants(problem: Problem) -> dict[str, Callable[[float], Variant]]:
    """All that can be had here; by name, what makes one for a learning rate."""
    net = problem.net
    found: dict[str, Callable[[float], Variant]] = {
        "autograd": lambda rate: loop(problem, Autograd(net), rate)._replace(exact=False),
        "split autograd": lambda rate: loop(problem, SplitAutograd(net), rate)._replace(
            exact=False
        ),
    }
    if net.edges <= SPARSE_MOST:
        found["torch.sparse"] = lambda rate: loop(problem, SparseAutograd(net), rate)._replace(
            exact=False
        )
    if jax_scan.is_available(net):
        found["jax scan"] = lambda rate: Variant(
            *jax_scan.jax_step(net, problem.samples, problem.labels, rate), exact=False
        )
    for engine in ENGINES:
        found[f"{engine} loop"] = _loop_of(problem, engine)
    for engine in (name for name in RUNS if name in ENGINES):
        found[f"{engine} run"] = _run_of(problem, engine)
    return found


def loop(problem: Problem, module: nn.Module, rate: float) -> Variant:
    """The textbook loop."""
    optimizer = torch.optim.SGD(module.parameters(), lr=rate)
    (weight,) = module.parameters()
    shown = cycle(zip(problem.samples, problem.labels, strict=True))

    def step() -> None:
        sample, label = next(shown)
        optimizer.zero_grad()
        ((module(sample) - label) ** 2).sum().backward()
        optimizer.step()

    return Variant(step, lambda: weight.detach().numpy().copy())


def _loop_of(problem: Problem, engine: str) -> Callable[[float], Variant]:
    return lambda rate: loop(problem, NetModule(problem.net, engine=engine), rate)


def _run_of(problem: Problem, engine: str) -> Callable[[float], Variant]:
    def make(rate: float) -> Variant:
        plan = Plan.of(problem.net, torch.float64)
        weights = torch.from_numpy(problem.net.weights())
        samples, labels = problem.samples, problem.labels
        return Variant(
            lambda: run_sgd(plan, weights, samples, labels, rate, engine=engine),
            lambda: weights.numpy().copy(),
            steps=len(samples),
        )

    return make


def check(problem: Problem, made: Mapping[str, Variant]) -> None:
    """Call each once, and compare its weights with those of the textbook loop on `native`.

    Raises:
        InvariantError: they differ, by their bits or, where a variant is not exact, by more than
            rounding; or nothing was learned.
    """
    built = problem.net.weights()
    expected = _loop_of(problem, "native")(CHECK_RATE)
    due = {0: built}
    for step in range(max((variant.steps for variant in made.values()), default=0)):
        expected.call()
        due[step + 1] = expected.weights()
        if (due[step + 1] == due[step]).all() and step == 0:
            raise InvariantError(f"a step changes no weight of {problem.net.source}")
    for name, variant in made.items():
        variant.call()
        got, wanted = variant.weights(), due[variant.steps]
        allowed = 0.0 if variant.exact else _ROUNDING * np.abs(wanted - built).max()
        if not (np.abs(got - wanted) <= allowed).all():
            raise InvariantError(f"{name} computes other weights on {problem.net.source}")
