"""The engines agree with each other and with finite differences."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from engine_nets import assert_engines_alike, assert_same_bits, random_numbers
from hypothesis import given, settings
from hypothesis import strategies as st
from small_circuits import toggle
from strategies import circuits
from torch import Tensor

from circuits.builder import Builder
from circuits.catalog import builtin_learner
from circuits.circuit import Circuit
from circuits.update_on_error import UpdateOnError
from compiler.activation import Activation
from compiler.exact import ZERO, Exact
from compiler.net import EdgeRole, Net, Port, Role, Target
from compiler.net_builder import NetBuilder
from compiler.pipeline import compile_net
from runtime.engines.plan import Plan, Trace
from runtime.module import ENGINES, NetModule

DTYPES = [torch.float64, torch.float32]
every_dtype = pytest.mark.parametrize("dtype", DTYPES)

predicting = circuits(max_inputs=3, max_latches=2).filter(lambda c: bool(c.primary_outputs))


def power_net(seed: int, exponent: str, outputs: int) -> Net:
    """A random net whose vertices stay on the power piece for inputs of size 1 or less."""
    rng, builder = np.random.default_rng(seed), NetBuilder()
    vertices = [0, *(builder.vertex(Role.SAMPLE, f"x{i}") for i in range(3))]
    inputs = vertices[1:]
    for i in range(8):
        chosen = rng.choice(vertices, 3, replace=False).tolist()
        weights = [Fraction(int(w), 16) for w in rng.choice([-5, -4, -3, 3, 4, 5], 3)]
        edges = [
            (source, builder.value(w), EdgeRole.GATE)
            for source, w in zip(chosen, weights, strict=True)
        ]
        vertices.append(builder.vertex(Role.GATE, f"g{i}", edges))
    fields, number, _ = builder.arrays()
    b = Builder("not computed by the net")
    return Net(
        target=Target.EMULATION if outputs == 1 else Target.COMPONENT,
        preset="dyadic",
        activation=Activation(Exact.of(Fraction(exponent)), ZERO, ZERO),
        learning_rate=Exact.of(Fraction(1, 8)),
        inputs=tuple(Port(int(number[v]), "x") for v in inputs),
        outputs=tuple(Port(int(number[v]), "out") for v in vertices[-outputs:]),
        memory=(),
        circuit=b.build(),
        source="random",
        **fields,
    )


def trace_of(module: NetModule) -> Trace:
    assert module.trace is not None
    return module.trace


def gradient_of(module: NetModule) -> Tensor:
    assert module.weight.grad is not None
    return module.weight.grad


def assert_engines_train_alike(
    net: Net, dtype: torch.dtype, steps: int, noise: float = 0.0
) -> list[bool]:
    """The same bits everywhere after every step of the textbook loop; whether each was wrong.

    With noise, weights are disturbed before each step, and labels are any numbers.
    """
    modules = {engine: NetModule(net, dtype, engine) for engine in ENGINES}
    rate = net.learning_rate.to_float() if not noise else 2.0**-9
    optimizers = [torch.optim.SGD(m.parameters(), lr=rate) for m in modules.values()]
    generator, wrong = torch.Generator().manual_seed(net.edges), []
    for _ in range(steps):
        sample = 2 * torch.randint(2, (len(net.inputs),), generator=generator) - 1
        label = 2.0 * torch.randint(2, (), generator=generator) - 1
        if noise:
            label = label + torch.randn((), generator=generator)
            factors = 1 + noise * torch.randn(net.edges, generator=generator, dtype=dtype)
        found = {}
        for (engine, module), optimizer in zip(modules.items(), optimizers, strict=True):
            if noise:
                module.weight.data.mul_(factors)
            optimizer.zero_grad()
            loss = ((module(sample) - label) ** 2).sum()
            loss.backward()
            optimizer.step()
            found[engine] = (*trace_of(module), gradient_of(module), module.weight.detach())
        assert_same_bits(found)
        wrong.append(bool(gradient_of(module).any()))
    return wrong


LEARNERS = [
    "conjunction:bits=2,samples=4",
    "nearest:bits=2,samples=3",
    "parity:bits=3",
    "perceptron:bits=2,width=3",
    "random_subset:bits=2,confirmations=2",
    "winnow:bits=3",
]


@every_dtype
@pytest.mark.parametrize("noise", [0.0, 0.02])
@pytest.mark.parametrize("learner", LEARNERS)
def test_engines_train_learners_alike_to_the_last_bit(
    learner: str, dtype: torch.dtype, noise: float
) -> None:
    net = compile_net(builtin_learner(learner))
    wrong = assert_engines_train_alike(net, dtype, 30 if not noise else 8, noise)
    assert any(wrong)


@pytest.mark.parametrize(
    ("exponent", "dtype"),
    [("3", torch.float64), ("11/9", torch.float64), ("11/9", torch.float32)],
)
def test_engines_train_printed_nets_alike_to_the_last_bit(
    exponent: str, dtype: torch.dtype
) -> None:
    net = compile_net(toggle(), preset="printed", exponent=Fraction(exponent), one_filler=True)
    assert net.is_quotient
    assert any(assert_engines_train_alike(net, dtype, steps=8))


@every_dtype
@settings(max_examples=15)
@given(circuit=predicting)
def test_engines_train_random_nets_alike_to_the_last_bit(
    dtype: torch.dtype, circuit: Circuit
) -> None:
    assert_engines_train_alike(compile_net(UpdateOnError(circuit)), dtype, steps=8)


@every_dtype
@pytest.mark.parametrize("outputs", [1, 3])
def test_engines_train_components_alike_to_the_last_bit(outputs: int, dtype: torch.dtype) -> None:
    b = Builder()
    x, y, z = map(b.input, "xyz")
    for i, literal in enumerate([b.xor(x, y, z), b.mux(x, y, z), 1][:outputs]):
        b.output(f"out{i}", literal)
    assert_engines_train_alike(compile_net(b.build()), dtype, steps=8)


@every_dtype
@settings(max_examples=25)
@given(seed=st.integers(0, 2**32), circuit=predicting)
def test_where_numbers_round_engines_are_alike_to_the_last_bit(
    dtype: torch.dtype, seed: int, circuit: Circuit
) -> None:
    net = compile_net(UpdateOnError(circuit))
    assert_engines_alike(Plan.of(net, dtype), random_numbers(net, seed, dtype))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("exponent", ["3/2", "2", "3"])
@pytest.mark.parametrize("outputs", [1, 3])
def test_gradients_are_finite_differences(engine: str, exponent: str, outputs: int) -> None:
    for seed in range(3):
        module = NetModule(power_net(seed, exponent, outputs), torch.float64, engine)
        sample = torch.tensor([[0.9, -0.7, 0.8]], dtype=torch.float64).requires_grad_()
        weight = module.weight.detach().requires_grad_()

        def run(weight: Tensor, sample: Tensor, module: NetModule = module) -> Tensor:
            result: Tensor = torch.func.functional_call(module, {"weight": weight}, (sample,))
            return result

        assert torch.autograd.gradcheck(run, (weight, sample), eps=1e-6, atol=1e-7, rtol=1e-5)
        assert not module.plan.activation.in_blend(trace_of(module).inputs_sum).any()
        assert trace_of(module).inputs_sum.abs().max() < 1


@every_dtype
def test_a_run_repeats_itself_to_the_last_bit(dtype: torch.dtype) -> None:
    net = compile_net(builtin_learner("parity:bits=3"), preset="printed", exponent=Fraction(9, 8))
    weights = []
    for _ in range(2):
        module = NetModule(net, dtype)
        optimizer = torch.optim.SGD(module.parameters(), lr=net.learning_rate.to_float())
        for label in (1, -1, 1):
            optimizer.zero_grad()
            ((module(torch.ones(len(net.inputs))) - label) ** 2).backward()
            optimizer.step()
        weights.append(module.weight.detach().clone())
    assert torch.equal(*weights)
