"""The engine `boolean` gives the bits of `native`, also where its guards fail; they are needed."""

from typing import Any

import numpy as np
import pytest
import torch
from engine_nets import DTYPES, assert_engines_alike, assert_same_bits
from flat_nets import gate_net
from test_engines import LEARNERS
from torch import Tensor

from circuits.catalog import builtin_learner
from compiler.net import Net
from compiler.passes.merge_symmetric import merge_symmetric
from compiler.pipeline import compile_net
from runtime.engines import boolean, boolean_proof, native_run
from runtime.engines.boolean_proof import Certificate
from runtime.engines.native_run import run_sgd
from runtime.engines.plan import Plan
from runtime.module import ENGINES

every_dtype = pytest.mark.parametrize("dtype", DTYPES)

PAIR = {name: ENGINES[name] for name in ("boolean", "native")}


@pytest.fixture
def failed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many steps failed in each run of the engine."""
    found: list[int] = []
    run = boolean.run_boolean

    def listening(*arguments: Any) -> int:
        found.append(run(*arguments))
        return found[-1]

    monkeypatch.setattr(native_run, "run_boolean", listening)
    return found


def labelled(net: Net, steps: int, seed: int, *, reals: bool) -> tuple[Tensor, Tensor]:
    """Samples of -1 and 1, and labels of these or of any numbers."""
    generator = torch.Generator().manual_seed(seed)
    samples = 2.0 * torch.randint(2, (steps, len(net.inputs)), generator=generator) - 1
    labels = 2.0 * torch.randint(2, (steps, len(net.outputs)), generator=generator) - 1
    if reals:
        labels = labels + torch.randn(labels.shape, generator=generator)
    return samples, labels


def assert_runs_alike(
    net: Net, start: Tensor, samples: Tensor, labels: Tensor, rate: float
) -> Tensor:
    """Outputs, watched weights and weights at the end; returns the weights at the end."""
    found = {}
    for engine in ("native", "boolean"):
        plan, weights = Plan.of(net, start.dtype), start.clone()
        watch = range(0, net.edges, 3)
        run = run_sgd(plan, weights, samples, labels, rate, engine=engine, watch=watch)
        found[engine] = (*run, weights)
    assert_same_bits(found)
    return found["native"][2]


def built(net: Net, dtype: torch.dtype) -> Tensor:
    return torch.from_numpy(net.weights(str(dtype)[6:]))


@every_dtype
@pytest.mark.parametrize("learner", LEARNERS)
def test_a_run_of_a_learner_has_the_same_bits(
    learner: str, dtype: torch.dtype, failed: list[int]
) -> None:
    net = compile_net(builtin_learner(learner))
    rate = net.learning_rate.to_float()
    start = built(net, dtype)
    end = assert_runs_alike(net, start, *labelled(net, 60, 0, reals=False), rate)
    assert not torch.equal(end, start)
    assert failed == [0]
    assert_runs_alike(net, start, *labelled(net, 20, 1, reals=True), 2.0**-9)
    noise = torch.randn(net.edges, generator=torch.Generator().manual_seed(2), dtype=dtype)
    assert_runs_alike(net, start * (1 + noise / 64), *labelled(net, 20, 3, reals=True), 2.0**-9)


@every_dtype
def test_a_run_of_a_quotient_has_the_same_bits(dtype: torch.dtype, failed: list[int]) -> None:
    net = merge_symmetric(compile_net(builtin_learner("parity:bits=3")))
    assert net.is_quotient
    start = built(net, dtype)
    rate = net.learning_rate.to_float()
    end = assert_runs_alike(net, start, *labelled(net, 40, 0, reals=False), rate)
    assert failed == [0]
    assert not torch.equal(end, start)


@every_dtype
def test_runs_of_random_nets_have_the_same_bits_where_guards_fail(
    dtype: torch.dtype, failed: list[int]
) -> None:
    for seed in range(50):
        net = gate_net(seed)
        numbers = labelled(net, 24, seed, reals=True)
        assert_runs_alike(net, built(net, dtype), *numbers, 0.01)
    some = {number for number in failed if 0 < number <= boolean_proof.FAILURES}
    assert some
    assert 0 in failed
    assert max(failed) > boolean_proof.FAILURES


@every_dtype
def test_bits_by_sample_and_weight_are_the_same(dtype: torch.dtype) -> None:
    for seed in range(40):
        net = gate_net(seed)
        plan, weights = Plan.of(net, dtype), built(net, dtype)
        generator = torch.Generator().manual_seed(seed)
        for _ in range(3):
            sample = (2.0 * torch.randint(2, (len(net.inputs),), generator=generator) - 1).to(dtype)
            gradient = torch.randn(len(net.outputs), generator=generator, dtype=dtype)
            assert_engines_alike(plan, (weights, sample, gradient), PAIR)


def test_a_sample_that_is_not_of_bits_is_run_in_floats(failed: list[int]) -> None:
    net = gate_net(2)  # it has no reads
    samples, labels = labelled(net, 30, 0, reals=True)
    samples[3, 1], samples[7, 0] = 0.5, 0.0
    assert_runs_alike(net, built(net, torch.float64), samples, labels, 0.01)
    assert failed == [2]


def without_guard(certificate: Certificate) -> Certificate:
    layout = certificate.packed.layout
    packed = certificate.packed._replace(layout=layout._replace(guard=layout.guard * 0))
    return Certificate(packed, certificate.weights, certificate.ranges)


@every_dtype
def test_without_the_guard_other_bits_come_out(
    dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch, failed: list[int]
) -> None:
    of = Certificate.of
    monkeypatch.setattr(Certificate, "of", lambda plan, weights: without_guard(of(plan, weights)))
    differ = 0
    for seed in range(30):
        net = gate_net(seed)
        try:
            numbers = labelled(net, 24, seed, reals=True)
            assert_runs_alike(net, built(net, dtype), *numbers, 0.01)
        except AssertionError as error:
            differ += "differ in result" in str(error)
    assert not any(failed)
    assert differ > 3


def changed_between_runs(net: Net, dtype: torch.dtype) -> dict[str, tuple[Tensor, ...]]:
    """Three runs of both engines; an edge into a flat vertex is changed after the first."""
    found, (samples, labels) = {}, labelled(net, 10, 0, reals=True)
    weights = net.weights(str(dtype)[6:])
    proof = Certificate.of(Plan.of(net, dtype), weights)
    bias = np.flatnonzero(net.edge_source == 0)
    frozen = int(bias[np.searchsorted(bias, proof.ranges[len(proof.ranges) // 2, 0])])
    for engine in ("native", "boolean"):
        plan, now, outputs = Plan.of(net, dtype), torch.from_numpy(weights.copy()), []
        for factor in (-1.0, -1.0, 1.0):
            run = run_sgd(plan, now, samples, labels, 2.0**-9, engine=engine)
            outputs.append(run.outputs)
            now[frozen] *= factor
        found[engine] = (*outputs, now)
    return found


@every_dtype
def test_a_frozen_weight_that_somebody_changes_is_noticed(
    dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = compile_net(builtin_learner("winnow:bits=3"))
    found = changed_between_runs(net, dtype)
    assert_same_bits(found)
    assert not torch.equal(found["native"][0], found["native"][1])
    monkeypatch.setattr(Certificate, "holds", lambda self, weights: True)
    with pytest.raises(AssertionError, match="differ in result 1 "):
        assert_same_bits(changed_between_runs(net, dtype))


def test_proofs_are_made_rarely_where_weights_do_not_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    made, of = [], Certificate.of

    def counting(plan: Plan, weights: Any) -> Certificate:
        made.append(steps)
        return of(plan, weights)

    monkeypatch.setattr(Certificate, "of", counting)
    net, steps = gate_net(2), 0
    plan, weights = Plan.of(net, torch.float64), built(net, torch.float64)
    for steps in range(500):
        weights.neg_()  # gates stay gates
        run_sgd(plan, weights, *labelled(net, 1, steps, reals=False), 0.0, engine="boolean")
    assert made == [0, 1, 130, 387]  # every other step has the weights of the last proof
    before = len(made)
    weights.neg_()
    run_sgd(plan, weights, *labelled(net, 1000, 0, reals=False), 0.0, engine="boolean")
    run_sgd(plan, weights, *labelled(net, 1000, 0, reals=False), 0.0, engine="boolean")
    assert len(made) == before + 1
