"""Many steps in one compiled loop: bit for bit the textbook loop with stock `torch.optim.SGD`."""

import re
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from engine_nets import (
    ACTIVATIONS,
    DTYPES,
    assert_same_bits,
    bits,
    net_of,
    random_net,
    random_numbers,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from small_circuits import toggle
from torch import Tensor

from circuits.catalog import builtin_learner
from circuits.errors import InvariantError, SourceError
from compiler.activation import Activation
from compiler.net import EdgeRole, Net, Role
from compiler.net_builder import NetBuilder
from compiler.pipeline import compile_net
from runtime.engines import native_run
from runtime.engines.native import Live, kernels
from runtime.engines.native_run import SgdRun, run_sgd, torch_fuses
from runtime.engines.plan import Plan
from runtime.module import NetModule

every_dtype = pytest.mark.parametrize("dtype", DTYPES)


def textbook(
    net: Net, start: Tensor, samples: Tensor, labels: Tensor, rate: float, watch: list[int]
) -> tuple[Tensor, Tensor, Tensor]:
    """Outputs, watched weights, and the weights at the end."""
    module = NetModule(net, start.dtype, "levels")
    module.weight.data.copy_(start)
    optimizer = torch.optim.SGD(module.parameters(), lr=rate)
    outputs, watched = [], []
    for sample, label in zip(samples, labels, strict=True):
        output = module(sample).reshape(-1)
        optimizer.zero_grad()
        ((output - label) ** 2).sum().backward()
        optimizer.step()
        outputs.append(output.detach())
        watched.append(module.weight.detach()[watch])
    return torch.stack(outputs), torch.stack(watched), module.weight.detach()


def both(
    net: Net, start: Tensor, samples: Tensor, labels: Tensor, rate: float
) -> dict[str, tuple[Tensor, Tensor, Tensor]]:
    """What the textbook loop and the compiled loops give."""
    watch = list(range(0, net.edges, 3))
    found = {"textbook": textbook(net, start, samples, labels, rate, watch)}
    for engine in ("live", "native"):
        plan, weights = Plan.of(net, start.dtype), start.clone()
        run = run_sgd(plan, weights, samples, labels, rate, engine=engine, watch=watch)
        found[engine] = (*run, weights)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native_run, "_SMALL", 0)
        patch.setattr(native_run, "_FEW", 1)  # however many are live, they are noted in a set
        plan, weights = Plan.of(net, start.dtype), start.clone()
        found["live by a set"] = (
            *run_sgd(plan, weights, samples, labels, rate, watch=watch),
            weights,
        )
    return found


def noisy_run(net: Net, dtype: torch.dtype, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Weights, samples and labels that are no powers of two."""
    start = random_numbers(net, seed, dtype)[0]
    generator = torch.Generator().manual_seed(seed)
    samples = torch.randn(6, len(net.inputs), generator=generator, dtype=dtype)
    labels = torch.randn(6, len(net.outputs), generator=generator, dtype=dtype)
    return start, samples, labels


@every_dtype
@settings(max_examples=25)
@given(seed=st.integers(0, 2**32), activation=st.sampled_from(ACTIVATIONS))
def test_a_run_is_the_textbook_loop_where_numbers_round(
    dtype: torch.dtype, seed: int, activation: Activation
) -> None:
    net = random_net(seed, activation)
    assert_same_bits(both(net, *noisy_run(net, dtype, seed), rate=0.01))


@every_dtype
@pytest.mark.parametrize("learner", ["parity:bits=3", "winnow:bits=3", "nearest:bits=2,samples=3"])
def test_a_run_of_a_learner_is_the_textbook_loop(learner: str, dtype: torch.dtype) -> None:
    net = compile_net(builtin_learner(learner))
    generator = torch.Generator().manual_seed(1)
    samples, labels = (
        2 * torch.randint(2, shape, generator=generator) - 1
        for shape in ((60, len(net.inputs)), (60,))
    )
    start = torch.from_numpy(net.weights(str(dtype).removeprefix("torch.")))
    found = both(net, start, samples, labels, net.learning_rate.to_float())
    assert_same_bits(found)
    assert not torch.equal(found["live"][2], start)
    noise = random_numbers(net, 0, dtype)[0]
    assert_same_bits(both(net, start * (1 + noise / 64), samples, labels, 2.0**-9 / 3))


@every_dtype
def test_one_wrong_output_is_enough_to_learn(dtype: torch.dtype) -> None:
    builder = NetBuilder()
    wire = (builder.vertex(Role.SAMPLE, "x"), builder.value(1), EdgeRole.GATE)
    net = net_of(builder, ACTIVATIONS[0], [builder.vertex(Role.GATE, "g", [wire]) for _ in "ab"])
    start = torch.tensor([0.5, 0.25], dtype=dtype)
    for labels in ([0.75, 0.25], [0.5, 1.0]):
        found = both(net, start, torch.ones(1, 1), torch.tensor([labels]), rate=0.1)
        assert_same_bits(found)
        assert not torch.equal(found["live"][2], start)


@every_dtype
def test_vertices_outside_the_set_are_not_looked_at(dtype: torch.dtype) -> None:
    plan = Plan.of(compile_net(builtin_learner("parity:bits=3")), dtype)
    start = torch.from_numpy(plan.net.weights(str(dtype).removeprefix("torch.")))
    sums, values = Live().forward(plan, start, torch.ones(len(plan.inputs), dtype=dtype))
    runs = plan.layout.runs_backward.astype(np.int64)
    begin, end = max(runs[:, :2].tolist(), key=lambda run: run[1] - run[0])
    (vertex,) = [v for v in range(begin, end) if plan.activation.derivative(sums[v]) and values[v]][
        :1
    ]
    for member, changes in ((vertex, True), (end - 1 if vertex == begin else begin, False)):
        touched, by_value = np.zeros(plan.vertices // 64 + 1, np.uint64), torch.zeros_like(values)
        touched[member >> 6], by_value[vertex] = 1 << (member & 63), 1
        weights, none = start.clone(), torch.empty(0, dtype=dtype)
        numbers = tuple(t.numpy() for t in (weights, sums, values, by_value, none))
        kernels().backward_live(plan.layout, numbers, touched, numbers[0].dtype.type(0.1), True)
        assert torch.equal(weights, start) != changes


@every_dtype
def test_the_rounding_of_the_update_is_noticed(
    dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = random_net(1, ACTIVATIONS[0])
    monkeypatch.setattr(native_run, "torch_fuses", lambda dtype: not torch_fuses(dtype))
    with pytest.raises(AssertionError, match="differ in result"):
        assert_same_bits(both(net, *noisy_run(net, dtype, 1), rate=0.01))


@every_dtype
@pytest.mark.parametrize("threads", [1, 2])
def test_torch_rounds_all_updates_alike(dtype: torch.dtype, threads: int) -> None:
    generator = torch.Generator().manual_seed(0)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        for size in [*range(1, 70), 40_001]:
            start, gradient = torch.randn(2, size, generator=generator, dtype=dtype)
            weight = torch.nn.Parameter(start.clone())
            weight.grad = gradient
            torch.optim.SGD([weight], lr=0.1).step()
            assert torch.equal(bits(weight.detach()), bits(update(start, gradient, 0.1)))
    finally:
        torch.set_num_threads(before)


def update(start: Tensor, gradient: Tensor, rate: float) -> Tensor:
    """The update as `torch_fuses` says: rounded once, from exact numbers, or twice."""
    factor = torch.tensor(-rate, dtype=start.dtype)
    if not torch_fuses(start.dtype):
        product = factor * gradient
        return start + product
    exact = [
        float(Fraction(w) + Fraction(factor.item()) * Fraction(g))
        for w, g in zip(start.tolist(), gradient.tolist(), strict=True)
    ]
    return torch.tensor(exact, dtype=torch.float64).to(start.dtype)


def test_updates_that_torch_rounds_in_two_ways_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Partly(torch.optim.SGD):
        def step(self, closure: object = None) -> None:  # type: ignore[override]
            (weight,) = self.param_groups[0]["params"]
            weight.data[3:] = 0

    monkeypatch.setattr(torch.optim, "SGD", Partly)
    with pytest.raises(InvariantError, match=r"^torch\.optim\.SGD rounds some updates once and"):
        torch_fuses.__wrapped__(torch.float64)


def run_of(**changed: Any) -> SgdRun:
    """A good run but for what is changed."""
    net = compile_net(toggle())
    arguments: dict[str, Any] = {
        "plan": Plan.of(net, torch.float64),
        "weights": torch.from_numpy(net.weights()),
        "samples": torch.ones(2, 1),
        "labels": torch.ones(2),
        "learning_rate": 1.0,
    } | changed
    return run_sgd(**arguments)


def test_shapes_of_a_run() -> None:
    run = run_of(watch=[4, 0, 4])
    assert (run.outputs.shape, run.watched.shape) == ((2, 1), (2, 3))
    assert run_of(labels=torch.ones(2, 1)).outputs.dtype == torch.float64
    run = run_of(samples=torch.ones(0, 1), labels=torch.ones(0))
    assert (run.outputs.shape, run.watched.shape) == ((0, 1), (0, 0))


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"weights": torch.ones(3)}, "weights have shape (EDGES,), not (3,)"),
        ({"samples": torch.ones(2, 2)}, "samples have shape (2, 1), not (2, 2)"),
        ({"samples": torch.ones(2)}, "samples have shape (2, 1), not (2,)"),
        ({"labels": torch.ones(3)}, "labels have shape (2,), not (3,)"),
        ({"labels": torch.ones(2, 2)}, "labels have shape (2, 1), not (2, 2)"),
        ({"watch": [-1]}, "edges to watch are numbers below EDGES"),
        ({"watch": [9999]}, "edges to watch are numbers below EDGES"),
    ],
)
def test_other_shapes_are_refused(changed: dict[str, Any], text: str) -> None:
    text = text.replace("EDGES", str(compile_net(toggle()).edges))
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        run_of(**changed)


def test_other_weights_and_engines_are_refused() -> None:
    weights = torch.from_numpy(compile_net(toggle()).weights())
    text = "weights are contiguous and torch.float64, not "
    for wrong in (weights.float(), torch.stack([weights, weights], 1)[:, 0]):
        with pytest.raises(ValueError, match=f"^{text}{wrong.dtype}$"):
            run_of(weights=wrong)
    with pytest.raises(SourceError, match=r"^no run of the engine 'levels'\n  help: one of: live,"):
        run_of(engine="levels")
