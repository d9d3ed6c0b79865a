"""Runs of one net at once are, each, the run alone: bit for bit, also where guards fail."""

import re
from typing import Any

import pytest
import torch
from engine_nets import DTYPES, assert_same_bits
from flat_nets import gate_net
from torch import Tensor

from circuits.catalog import builtin_learner
from compiler.net import Net
from compiler.pipeline import compile_net
from runtime.engines import boolean_proof, boolean_replicas
from runtime.engines.boolean_replicas import ReplicaRun, run_replicas
from runtime.engines.native_run import run_sgd
from runtime.engines.plan import Plan

DOUBLE, SINGLE = DTYPES
every_dtype = pytest.mark.parametrize(
    "dtype", [DOUBLE, pytest.param(SINGLE, marks=pytest.mark.slow)]
)


def built(net: Net, dtype: torch.dtype) -> Tensor:
    return torch.from_numpy(net.weights(str(dtype)[6:]))


def lessons(net: Net, runs: int, steps: int, seed: int, *, reals: bool) -> tuple[Tensor, Tensor]:
    """Samples of -1 and 1, and labels of these or of any numbers, of each run."""
    generator = torch.Generator().manual_seed(seed)
    shapes = ((runs, steps, len(ports)) for ports in (net.inputs, net.outputs))
    samples, labels = (2.0 * torch.randint(2, s, generator=generator) - 1 for s in shapes)
    if reals:
        labels = labels + torch.randn(labels.shape, generator=generator)
    return samples, labels


def assert_as_alone(
    net: Net, dtype: torch.dtype, samples: Tensor, labels: Tensor, rate: float
) -> ReplicaRun:
    """In two parts; every run compared with `run_sgd` on the engine `native`."""
    plan, start, half = Plan.of(net, dtype), built(net, dtype), samples.shape[1] // 2
    watch, before = list(range(0, net.edges, 5)), None
    parts = []
    for part in (slice(0, half), slice(half, samples.shape[1])):
        numbers = samples[:, part], labels[:, part], rate
        before = run_replicas(plan, start, *numbers, watch=watch, before=before)
        parts.append(before)
    assert before is not None
    assert torch.equal(start, built(net, dtype))
    for r in range(len(samples)):
        weights = start.clone()
        alone = run_sgd(plan, weights, samples[r], labels[r], rate, engine="native", watch=watch)
        said, watched = (
            torch.cat([getattr(part, name)[r] for part in parts]) for name in ("outputs", "watched")
        )
        found = {"alone": (*alone, weights), "replica": (said, watched, before.weights(r))}
        assert_same_bits(found)
    return before


@every_dtype
@pytest.mark.parametrize("learner", ["parity:bits=3", "winnow:bits=3"])
def test_each_run_of_a_learner_is_the_run_alone(learner: str, dtype: torch.dtype) -> None:
    net = compile_net(builtin_learner(learner))
    numbers = lessons(net, 66, 24, 0, reals=False)
    last = assert_as_alone(net, dtype, *numbers, net.learning_rate.to_float())
    assert not last.failed.any()
    assert not last.apart
    memory = [bit.edge for bit in net.memory]
    signs = torch.stack([last.weights(r)[memory] > 0 for r in range(66)])
    assert len(torch.unique(signs, dim=0)) > 2


@every_dtype
def test_each_run_of_a_random_net_is_the_run_alone(dtype: torch.dtype) -> None:
    failed, apart = [], 0
    for seed in range(24):
        net = gate_net(seed)
        numbers = lessons(net, 3, 40, seed, reals=True)
        last = assert_as_alone(net, dtype, *numbers, 0.01)
        failed += last.failed.tolist()
        apart += len(last.apart)
    assert apart > 3
    assert 0 in failed
    assert {1, 2, 3} & set(failed)
    assert max(failed) > 5


def test_a_run_whose_sample_is_not_of_bits_is_alone() -> None:
    net = gate_net(2)
    samples, labels = lessons(net, 4, 12, 0, reals=True)
    samples[1, 5, 0] = 0.5
    assert_as_alone(net, torch.float64, samples, labels, 0.01)


def test_without_the_guard_other_bits_come_out(monkeypatch: pytest.MonkeyPatch) -> None:
    made = boolean_proof.certificate

    def unguarded(plan: Plan, weights: Any) -> Any:
        proof = made(plan, weights)
        layout = proof.packed.layout
        packed = proof.packed._replace(layout=layout._replace(guard=layout.guard * 0))
        return type(proof)(packed, proof.weights, proof.ranges)

    monkeypatch.setattr(boolean_replicas, "certificate", unguarded)
    differ = 0
    for seed in range(24):
        net = gate_net(seed)
        try:
            numbers = lessons(net, 2, 16, seed, reals=True)
            assert_as_alone(net, torch.float64, *numbers, 0.01)
        except AssertionError as error:
            differ += "differ in result" in str(error)
    assert differ > 3


def test_runs_share_the_weights_that_cannot_move() -> None:
    net = gate_net(2)
    samples, labels = lessons(net, 2, 3, 0, reals=False)
    plan, start = Plan.of(net, torch.float64), built(net, torch.float64)
    run = run_replicas(plan, start, samples, labels, 0.01)
    assert run.moving.shape == (2, len(run.edges))
    assert len(run.edges) < net.edges / 2
    assert (run.outputs.shape, run.watched.shape) == ((2, 3, 2), (2, 3, 0))
    none = run_replicas(plan, start, samples[:, :0], labels[:, :0], 0.01)
    assert none.outputs.shape == (2, 0, 2)
    assert torch.equal(none.weights(1), start)


def test_other_shapes_and_weights_are_refused() -> None:
    net = gate_net(2)
    samples, labels = lessons(net, 2, 3, 0, reals=False)
    plan, start = Plan.of(net, torch.float64), built(net, torch.float64)
    for wrong, text in (
        ((start, samples[:, :, 1:], labels), "samples have shape (runs, steps, 5)"),
        ((start, samples, labels[:, 1:]), "labels have shape (2, 3, 2)"),
        ((start[1:], samples, labels), f"weights have shape ({net.edges},) and are torch.float64"),
    ):
        with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
            run_replicas(plan, *wrong, 0.01)
    before = run_replicas(plan, start, samples, labels, 0.01)
    with pytest.raises(ValueError, match=r"^weights are not those that the runs started with$"):
        run_replicas(plan, start * 2, samples, labels, 0.01, before=before)
