"""Nets for engines, and the comparison of what engines make of them: bit for bit."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from torch import Tensor

from circuits.builder import Builder
from compiler.activation import Activation
from compiler.exact import ZERO, Exact
from compiler.net import EdgeRole, Net, Port, Role, Target
from compiler.net_builder import NetBuilder
from runtime.engines.plan import Engine, Plan
from runtime.module import ENGINES

DTYPES = [torch.float64, torch.float32]

ANYWHERE = {name: engine for name, engine in ENGINES.items() if name != "gpu"}
"""The engines that run any net on any machine; "gpu" has tests of its own."""


def dead_zone_at(p: str) -> Activation:
    """Power piece from 1/16, dead zone to 1/32."""
    return Activation(Exact.of(Fraction(p)), Exact.of(Fraction(1, 32)), Exact.of(Fraction(1, 16)))


def without_dead_zone(p: str) -> Activation:
    return Activation(Exact.of(Fraction(p)), ZERO, ZERO)


ACTIVATIONS = [dead_zone_at(p) for p in ("1", "11/9", "2", "3")]
ACTIVATIONS += [replace(dead_zone_at("1"), power_to=Exact.of(Fraction(3, 2)))]  # no upper blend
ACTIVATIONS += [without_dead_zone(p) for p in ("11/9", "3/2", "2", "3")]


def net_of(builder: NetBuilder, activation: Activation, outputs: list[int]) -> Net:
    """What a builder holds, as a net; one output makes an emulation net."""
    fields, number, _ = builder.arrays()
    inputs = np.flatnonzero(fields["role"] == Role.SAMPLE)
    return Net(
        target=Target.EMULATION if len(outputs) == 1 else Target.COMPONENT,
        preset="dyadic",
        activation=activation,
        learning_rate=Exact.of(Fraction(1, 8)),
        inputs=tuple(Port(int(v), "x") for v in inputs),
        outputs=tuple(Port(int(number[v]), "out") for v in outputs),
        memory=(),
        circuit=Builder("not computed by the net").build(),
        source="random",
        **fields,
    )


def random_net(seed: int, activation: Activation) -> Net:
    """A graph of up to 60 vertices with up to 9 edges into each, often equally many in a row."""
    rng, builder = np.random.default_rng(seed), NetBuilder()
    vertices = [0, *(builder.vertex(Role.SAMPLE, "x") for _ in range(rng.integers(4)))]
    weight, fan_in = builder.value(1), 1
    for _ in range(rng.integers(1, 60)):
        if rng.random() < 0.5:
            fan_in = int(rng.choice([0, 1, 1, 2, 2, 3, 4, 5, 9]))
        # Late vertices make deep nets, early ones wide nets.
        chosen = rng.permutation(vertices[-12:] if rng.random() < 0.7 else vertices)[:fan_in]
        edges = [(source, weight, EdgeRole.GATE) for source in chosen.tolist()]
        vertices.append(builder.vertex(Role.GATE, "g", edges))
    outputs = [vertices[-1], *rng.choice(vertices, rng.integers(8)).tolist()]
    return net_of(builder, activation, outputs)


def random_numbers(net: Net, seed: int, dtype: torch.dtype) -> tuple[Tensor, Tensor, Tensor]:
    """Weights, sample and output gradient; a few weights are zero. Sums are small or large."""
    generator = torch.Generator().manual_seed(seed)
    shapes = (net.edges, len(net.inputs), len(net.outputs))
    weights, *others = (torch.randn(n, generator=generator, dtype=dtype) for n in shapes)
    return weights * (weights.abs() > 0.1) * (0.2, 0.5, 1.0)[seed % 3], others[0], others[1]


def with_copies(plan: Plan, seed: int) -> Plan:
    """The plan as if edges had copies; not of any net, but engines do not mind."""
    rng = np.random.default_rng(seed)
    entering, leaving = (
        torch.from_numpy(rng.integers(1, 4, plan.edges)).to(plan.dtype) for _ in range(2)
    )
    levels = tuple(
        level._replace(entering=entering[level.edges], leaving=leaving[level.edges])
        for level in plan.levels
    )
    layout = plan.layout._replace(entering=entering.numpy(), leaving=leaving.numpy())
    return replace(plan, levels=levels, layout=layout)


def bits(numbers: Tensor) -> Tensor:
    """The numbers as integers, which tell -0 from 0."""
    return numbers.contiguous().view({8: torch.int64, 4: torch.int32}[numbers.element_size()])


def assert_same_bits(named: Mapping[str, Any]) -> None:
    """All give tuples of tensors of the same bits."""
    first, *others = named
    for other in others:
        for place, (a, b) in enumerate(zip(named[first], named[other], strict=True)):
            assert a.isfinite().all()
            different = (bits(a) != bits(b)).nonzero().flatten().tolist()
            assert not different, f"{first} and {other} differ in result {place} at {different}"


def assert_engines_alike(
    plan: Plan,
    numbers: tuple[Tensor, Tensor, Tensor],
    engines: Mapping[str, Engine] = ANYWHERE,
) -> tuple[Tensor, ...]:
    """Sums, values, and gradients by weights and by sample have the same bits; returns them."""
    weights, sample, gradient = numbers
    found = {}
    for name, engine in engines.items():
        trace = engine.forward(plan, weights, sample)
        kept = [tensor.clone() for tensor in trace]
        found[name] = (*trace, *engine.backward(plan, weights, trace, gradient))
        for before, after in zip(kept, trace, strict=True):
            assert torch.equal(before, after)
    assert_same_bits(found)
    return next(iter(found.values()))
