"""Compiled learners learn under stock SGD: from about 2n samples, then right for good."""

import numpy as np
import pytest
import torch

from circuits.catalog import builtin_learner
from circuits.targets import target
from compiler.net import EdgeRole
from runtime.compiled import compile_source
from runtime.labels import Labels, always_wrong
from runtime.settings import Settings
from runtime.verify import verify

FRESH = 1000


def labelled_by(name: str, bits: int, seed: int) -> Labels:
    rule = target(name, bits, seed)
    return lambda _step, sample, _prediction: rule(sample)


@pytest.mark.parametrize(
    ("bits", "dtype"),
    [
        (4, "float32"),
        (4, "float64"),
        (8, "float32"),
        pytest.param(16, "float32", marks=pytest.mark.slow),
        pytest.param(16, "float64", marks=pytest.mark.slow),
        pytest.param(32, "float32", marks=pytest.mark.slow),
        pytest.param(32, "float64", marks=pytest.mark.slow),
        pytest.param(64, "float32", marks=pytest.mark.slow),
    ],
)
def test_parity_is_learned_from_about_two_samples_a_bit_and_right_on_1000_fresh_ones(
    bits: int, dtype: str
) -> None:
    learning = 3 * bits + 30
    net = compile_source(f"builtin:parity:bits={bits}").net
    settings = Settings(
        steps=learning + FRESH, seed=bits, labels=labelled_by("parity", bits, bits), dtype=dtype
    )
    report = verify(net, settings)
    assert report.emulates, report
    assert report.steps == learning + FRESH
    assert report.last_wrong_step is not None
    assert report.last_wrong_step < learning
    assert bits <= report.wrong_steps <= bits + 20  # each wrong step is a sample learned


@pytest.mark.parametrize(
    ("spec", "rule", "steps"),
    [
        ("conjunction:bits=4,samples=15", "conjunction", 300),
        ("nearest:bits=4,samples=5,k=3", "majority", 200),
        ("winnow:bits=5", "disjunction", 300),
        ("perceptron:bits=4,width=4", "majority", 300),
        ("random_subset:bits=3,confirmations=3", "parity", 300),
    ],
)
def test_every_other_learner_emulates_its_interpreter_step_by_step(
    spec: str, rule: str, steps: int
) -> None:
    learner = builtin_learner(spec)
    net = compile_source(learner).net
    labels = labelled_by(rule, len(learner.sample_names), 3)
    for dtype in ("float32", "float64"):
        report = verify(net, Settings(steps=steps, seed=5, labels=labels, dtype=dtype))
        assert report.emulates, report
        assert report.wrong_steps


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_10_000_steps_leave_every_weight_exactly_plus_or_minus_what_was_built(dtype: str) -> None:
    net = compile_source("builtin:perceptron:bits=3,width=3").net
    report = verify(net, Settings(steps=10_000, labels=always_wrong, dtype=dtype))
    assert report.emulates, report
    assert report.wrong_steps == 10_000


def test_the_textbook_loop_alone_does_it_without_any_check_beside_it() -> None:
    bits = 6
    compiled = compile_source(f"builtin:parity:bits={bits}")
    module = compiled.to_module(torch.float32)
    assert sum(p.numel() for p in module.parameters()) == compiled.net.edges
    optimizer = torch.optim.SGD(module.parameters(), lr=compiled.learning_rate)
    rng, rule = np.random.default_rng(1), target("parity", bits, 1)
    outputs, labels = [], []
    for _ in range(200):
        x = rng.integers(0, 2, bits + 1)  # the last bit is the guess r'
        label = 2 * rule(x[:bits].tolist()) - 1
        output = module(torch.from_numpy(2 * x - 1))
        loss = (output - label) ** 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        outputs.append(output.item())
        labels.append(label)
    assert set(outputs) == {-1.0, 1.0}
    assert outputs[40:] == labels[40:]
    changed = module.weight.detach().numpy() != compiled.net.weights("float32")
    assert set(compiled.net.edge_role[changed]) == {EdgeRole.PATH}
