"""All engines give the same bits: random nets, quotients, every piece of f, and wrong engines."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch
from engine_nets import (
    ACTIVATIONS,
    ANYWHERE,
    DTYPES,
    assert_engines_alike,
    bits,
    dead_zone_at,
    net_of,
    random_net,
    random_numbers,
    with_copies,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from small_circuits import toggle
from torch import Tensor

from circuits.catalog import builtin_learner
from compiler.activation import Activation
from compiler.net import EdgeRole, Role
from compiler.net_builder import NetBuilder
from compiler.passes.merge_symmetric import merge_symmetric
from compiler.pipeline import compile_net
from runtime.activation import FloatActivation, Piece
from runtime.engines.levels import Levels
from runtime.engines.native import Native
from runtime.engines.plan import Plan, Trace
from runtime.engines.reference import Reference
from runtime.engines.sloped import not_flat

every_dtype = pytest.mark.parametrize("dtype", DTYPES)
every_activation = pytest.mark.parametrize(
    "activation", ACTIVATIONS, ids=lambda f: f"p={f.exponent},from={f.power_from}"
)
seeds = st.integers(0, 2**32)


@every_dtype
@every_activation
@settings(max_examples=12)
@given(seed=seeds, copies=st.booleans())
def test_engines_agree_on_random_nets(
    dtype: torch.dtype, activation: Activation, seed: int, copies: bool
) -> None:
    net = random_net(seed, activation)
    plan = Plan.of(net, dtype)
    if copies:
        plan = with_copies(plan, seed)
    assert_engines_alike(plan, random_numbers(net, seed, dtype))


@pytest.mark.slow
@pytest.mark.parametrize("sparse", [0, 10**9], ids=["along sloped vertices", "along all"])
@every_dtype
@every_activation
@settings(max_examples=8)
@given(seed=seeds, copies=st.booleans())
def test_levels_agree_with_the_others_whichever_way_back_they_take(
    sparse: int, dtype: torch.dtype, activation: Activation, seed: int, copies: bool
) -> None:
    net = random_net(seed, activation)
    plan = Plan.of(net, dtype)
    if copies:
        plan = with_copies(plan, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("runtime.engines.levels._SPARSE", sparse)
        assert_engines_alike(plan, random_numbers(net, seed, dtype))


@every_activation
def test_random_nets_come_to_all_pieces_and_have_live_and_dead_edges(
    activation: Activation,
) -> None:
    pieces, gradients = set(), []
    for seed in range(30):
        net = random_net(seed, activation)
        plan = Plan.of(net, torch.float64)
        found = assert_engines_alike(plan, random_numbers(net, seed, torch.float64))
        pieces |= set(plan.activation.piece(found[0]).tolist())
        gradients.append(found[2])
    assert pieces == set(Piece)
    share = float((torch.cat(gradients) != 0).double().mean())
    assert 0.05 < share < 0.95


@pytest.mark.parametrize("blends", [True, False], ids=["with blends", "without"])
@every_dtype
@every_activation
def test_engines_agree_on_every_piece_and_at_every_joint(
    dtype: torch.dtype, activation: Activation, blends: bool
) -> None:
    f = FloatActivation.of(activation, str(dtype)[6:])
    joints = torch.tensor([f.dead_zone, f.power_from, f.power_to, f.plateau_from, 0.0], dtype=dtype)
    ends = [torch.nextafter(joints, torch.full_like(joints, end)) for end in (-9.0, 9.0)]
    sums = torch.cat([joints, *ends, torch.linspace(0, 2, 1985, dtype=dtype)])
    weights = torch.cat([sums, -sums])
    if not blends:  # as in nets that are not broken; `levels` then does less
        weights = weights[~f.in_blend(weights)]
    builder = NetBuilder()
    edges = [(0, builder.value(1), EdgeRole.GATE)]
    fan = [builder.vertex(Role.GATE, "g", edges) for _ in weights]
    plan = Plan.of(net_of(builder, activation, fan), dtype)
    ones = torch.ones(len(fan), dtype=dtype)
    found = assert_engines_alike(plan, (weights, ones[:0], ones))
    assert blends == bool(f.in_blend(found[0][1:]).any())
    assert torch.equal(found[0][1:], weights + 0.0)
    assert torch.equal(found[1][1:], f.value(weights + 0.0))
    assert torch.equal(found[2], f.derivative(weights))


@every_dtype
def test_engines_agree_on_a_net_without_edges(dtype: torch.dtype) -> None:
    builder = NetBuilder()
    given, empty = builder.vertex(Role.SAMPLE, "x"), builder.vertex(Role.GATE, "g", [])
    net = net_of(builder, dead_zone_at("1"), [given, empty])
    found = assert_engines_alike(Plan.of(net, dtype), random_numbers(net, 0, dtype))
    assert found[0].tolist() == [0, 0, 0]


@every_dtype
def test_a_sum_that_is_no_number_is_not_taken_for_flat(dtype: torch.dtype) -> None:
    plan = Plan.of(random_net(0, dead_zone_at("1")), dtype)
    sums = torch.zeros(plan.vertices, dtype=dtype)
    sums[-4:] = torch.tensor([float("nan"), float("inf"), 1 / 2, -1 / 16])
    assert (plan.vertices - not_flat(plan, sums)).tolist() == [4, 2, 1]


@every_dtype
@pytest.mark.parametrize("p", ["11/9", "3/2"])
def test_a_power_does_not_depend_on_where_its_base_stands(dtype: torch.dtype, p: str) -> None:
    f = Plan.of(random_net(0, dead_zone_at(p)), dtype).activation
    x = torch.rand(101, dtype=dtype)
    alone = [torch.cat([f.value(y), f.derivative(y)]) for y in torch.split(x, 1)]
    assert torch.equal(torch.stack(alone), torch.stack([f.value(x), f.derivative(x)], 1))


@every_dtype
@pytest.mark.parametrize("source", ["toggle", "parity:bits=3"])
@pytest.mark.parametrize("noise", [0.0, 0.01, 0.3])
def test_engines_agree_on_quotients(dtype: torch.dtype, source: str, noise: float) -> None:
    circuit = toggle() if source == "toggle" else builtin_learner(source)
    net = merge_symmetric(compile_net(circuit))
    assert net.is_quotient
    plan = Plan.of(net, dtype)
    factors, sample, gradient = random_numbers(net, 0, dtype)
    weights = torch.from_numpy(net.weights(str(dtype)[6:])) * (1 + noise * factors)
    found = assert_engines_alike(plan, (weights, sample.sign(), gradient))
    assert found[2].any()


@given(seed=seeds)
@settings(max_examples=20)
@pytest.mark.parametrize("threads", [1, 2])
@every_dtype
def test_torch_adds_in_the_order_of_the_index(dtype: torch.dtype, threads: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    index = torch.randint(3, (200,), generator=generator)
    numbers = torch.randn(200, generator=generator, dtype=dtype) * 10.0 ** (index + 1)
    expected = torch.zeros(3, dtype=dtype)
    for i, number in zip(index.tolist(), numbers, strict=True):
        expected[i] = expected[i] + number
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        zeros = torch.zeros(3, dtype=dtype)
        indexed = zeros.index_add(0, index, numbers)
        scattered = zeros.scatter_add(0, index, numbers)
    finally:
        torch.set_num_threads(before)
    assert torch.equal(bits(indexed), bits(expected))
    assert torch.equal(bits(scattered), bits(expected))


class LastEdgeFirst(Levels):
    """Sums over edges, and over readers, against the order of the net inside a level."""

    def forward(self, plan: Plan, weights: Tensor, sample: Tensor) -> Trace:
        plan, order = self.turned(plan)
        return super().forward(plan, weights[order], sample)

    def backward(
        self, plan: Plan, weights: Tensor, trace: Trace, output_gradient: Tensor
    ) -> tuple[Tensor, Tensor]:
        plan, order = self.turned(plan)
        by_weight, by_sample = super().backward(plan, weights[order], trace, output_gradient)
        return by_weight[order], by_sample

    @staticmethod
    def turned(plan: Plan) -> tuple[Plan, Tensor]:
        """The plan with the edges of each level turned round; where each edge then stands."""
        edges = torch.arange(plan.edges)
        order = torch.cat([edges[level.edges].flip(0) for level in plan.levels])
        levels = tuple(
            level._replace(
                sources=level.sources.flip(0),
                sources32=level.sources32.flip(0),
                targets=level.targets.flip(0),
            )
            for level in plan.levels
        )
        return replace(plan, levels=levels, sources=plan.sources[order]), order


class LastReaderFirst(Native):
    """Backward, runs of one level are turned round."""

    def backward(
        self, plan: Plan, weights: Tensor, trace: Trace, output_gradient: Tensor
    ) -> tuple[Tensor, Tensor]:
        runs = plan.layout.runs[::-1].copy()
        plan = replace(plan, layout=plan.layout._replace(runs_backward=runs))
        return super().backward(plan, weights, trace, output_gradient)


def wrong_results(engine: Levels | Native, dtype: torch.dtype) -> Iterator[int]:
    """Which of sums, values, gradients by weights and by sample come out in other bits."""
    for seed in range(12):
        net = random_net(seed, dead_zone_at("1"))
        plan, numbers = Plan.of(net, dtype), random_numbers(net, seed, dtype)
        try:
            assert_engines_alike(plan, numbers, {"reference": Reference(), "wrong": engine})
        except AssertionError as error:
            yield int(str(error).partition("in result ")[2].partition(" ")[0])


@every_dtype
def test_sums_in_another_order_are_noticed(dtype: torch.dtype) -> None:
    assert 0 in wrong_results(LastEdgeFirst(), dtype)
    assert set(wrong_results(LastReaderFirst(), dtype)) & {2, 3}
    for engine in ANYWHERE.values():
        assert isinstance(engine, Reference | Levels | Native)
        assert list(wrong_results(engine, dtype)) == []  # type: ignore[arg-type]
