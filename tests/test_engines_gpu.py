"""The engine `gpu`: its operations on the processor, and its CUDA graph where there is a GPU."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from command_line import sgdcc
from engine_nets import (
    ACTIVATIONS,
    DTYPES,
    assert_engines_alike,
    assert_same_bits,
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
from torch.utils._python_dispatch import TorchDispatchMode

from circuits.catalog import builtin_learner
from circuits.errors import InvariantError, SourceError
from compiler.activation import Activation
from compiler.net import EdgeRole, Net, Role
from compiler.net_builder import NetBuilder
from compiler.passes.merge_symmetric import merge_symmetric
from compiler.pipeline import compile_net
from runtime.engines import gpu
from runtime.engines.device_activation import DeviceActivation
from runtime.engines.gpu import Gpu, run_lanes
from runtime.engines.native import Native
from runtime.engines.native_run import SgdRun, run_sgd
from runtime.engines.ordered_sums import sums_row_by_row
from runtime.engines.plan import Engine, Plan
from runtime.module import ENGINES, NetModule
from runtime.settings import Settings
from runtime.verify import verify

every_dtype = pytest.mark.parametrize("dtype", DTYPES)
every_device = pytest.mark.parametrize(
    "device",
    [
        "cpu",
        pytest.param(
            "cuda",
            marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU"),
        ),
    ],
)
SHORT = [f for f in ACTIVATIONS if str(f.exponent) in ("1", "2", "3")]
every_activation = pytest.mark.parametrize(
    "activation", SHORT, ids=lambda f: f"p={f.exponent},from={f.power_from}"
)
seeds = st.integers(0, 2**32)


def both(device: str) -> dict[str, Engine]:
    return {"native": Native(), "gpu": Gpu(device)}


@every_device
@every_dtype
@every_activation
@settings(max_examples=5)
@given(seed=seeds, copies=st.booleans())
def test_its_passes_have_the_bits_of_native_on_random_nets(
    device: str, dtype: torch.dtype, activation: Activation, seed: int, copies: bool
) -> None:
    net = random_net(seed, activation)
    plan = Plan.of(net, dtype)
    if copies:
        plan = with_copies(plan, seed)
    assert_engines_alike(plan, random_numbers(net, seed, dtype), both(device))


def busy_net(seed: int, wide: int = 60) -> Net:
    """Vertices with up to ``wide`` edges into them and out of them, many in one level."""
    rng, builder = np.random.default_rng(seed), NetBuilder()
    weight = builder.value(1)
    first = [builder.vertex(Role.SAMPLE, "x") for _ in range(2)]
    for _ in range(3):
        following = []
        for _ in range(wide):
            few = rng.permutation(first)[: rng.integers(1, len(first) + 1)].tolist()
            edges = [(source, weight, EdgeRole.GATE) for source in few]
            following.append(builder.vertex(Role.GATE, "g", edges))
        first = following
    return net_of(builder, dead_zone_at("1"), [first[0], first[2], first[0]])


@every_device
@every_dtype
@pytest.mark.parametrize("seed", range(3))
def test_many_edges_of_a_vertex_are_added_in_order(
    device: str, dtype: torch.dtype, seed: int
) -> None:
    net = busy_net(seed)
    plan = Plan.of(net, dtype)
    numbers = random_numbers(net, seed, dtype)
    assert_engines_alike(plan, (numbers[0] / 8, *numbers[1:]), both(device))


def test_running_sums_are_used_where_they_go_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[Tensor] = []
    stock = torch.cumsum

    def seen(x: Tensor, dim: int) -> Tensor:
        used.append(x)
        return stock(x, dim)

    assert sums_row_by_row("cpu", torch.float64)
    assert not sums_row_by_row("cpu", torch.float32)  # the processor sums in double precision
    monkeypatch.setattr(torch, "cumsum", seen)
    for dtype, wanted in ((torch.float64, True), (torch.float32, False)):
        used.clear()
        net = busy_net(0)
        plan = Plan.of(net, dtype)
        Gpu("cpu").forward(plan, *random_numbers(net, 0, dtype)[:2])
        assert bool(used) == wanted


@every_device
@every_activation
@every_dtype
def test_f_has_the_same_bits_on_every_piece_and_at_every_joint(
    device: str, dtype: torch.dtype, activation: Activation
) -> None:
    f = Plan.of(random_net(0, activation), dtype).activation
    joints = torch.tensor([f.dead_zone, f.power_from, f.power_to, f.plateau_from, 0.0], dtype=dtype)
    ends = [torch.nextafter(joints, torch.full_like(joints, end)) for end in (-9.0, 9.0)]
    sizes = torch.cat([joints, *ends, torch.linspace(0, 2, 1985, dtype=dtype)])
    x = torch.cat([sizes, -sizes]) + 0.0
    on_device = DeviceActivation.of(f, torch.empty(0, dtype=dtype, device=device))
    y, slope = (g(x.to(device)).cpu() for g in (on_device.value, on_device.slope))
    assert torch.equal(bits(y), bits(f.value(x)))
    assert torch.equal(slope, f.derivative(x))


@pytest.mark.parametrize("p", ["11/9", "3/2"])
def test_a_power_that_is_no_product_is_refused(p: str) -> None:
    net = random_net(0, dead_zone_at(p))
    with pytest.raises(SourceError, match=r"x\^1, x\^2 and x\^3, not x\^1\.\d"):
        Gpu("cpu").forward(Plan.of(net, torch.float64), *random_numbers(net, 0, torch.float64)[:2])


# Runs ---------------------------------------------------------------------------------------------


def compare_run(net: Net, plan: Plan, lanes: int, steps: int, rate: float, device: str) -> SgdRun:
    """Lanes with other weights, samples and labels against as many runs."""
    generator = torch.Generator().manual_seed(lanes)

    def signs(*shape: int) -> Tensor:
        return 2 * torch.randint(2, shape, generator=generator).to(plan.dtype) - 1

    built = torch.from_numpy(net.weights(str(plan.dtype)[6:]))
    weights = torch.stack([built * (1 + lane % 2 * 2.0**-9) for lane in range(lanes)])
    samples = signs(lanes, steps, len(plan.inputs))
    labels = signs(lanes, steps, len(plan.outputs))
    watch = list(range(plan.edges))
    after = weights.clone()
    found = run_lanes(plan, after, samples, labels, rate, watch=watch, device=device)
    for lane in range(lanes):
        mine = weights[lane].clone()
        run = run_sgd(plan, mine, samples[lane], labels[lane], rate, engine="native", watch=watch)
        alone = (mine, run.outputs, run.watched)
        together = (after[lane], found.outputs[lane], found.watched[lane])
        assert_same_bits({"native": alone, "gpu": together})
    return found


@every_device
@every_dtype
@pytest.mark.parametrize("lanes", [1, 3])
@pytest.mark.parametrize(
    "source",
    ["toggle", "parity:bits=3", "conjunction:bits=2,samples=4", "nearest:bits=2,samples=3"],
)
def test_a_run_has_the_bits_of_native_in_every_lane(
    device: str, dtype: torch.dtype, lanes: int, source: str
) -> None:
    net = compile_net(toggle() if source == "toggle" else builtin_learner(source))
    rate = net.learning_rate.to_float()
    watched = compare_run(net, Plan.of(net, dtype), lanes, 12, rate, device).watched
    assert (watched != watched[:, :1]).any()


@every_device
@every_dtype
@settings(max_examples=6)
@given(seed=seeds)
def test_random_nets_are_trained_alike(device: str, dtype: torch.dtype, seed: int) -> None:
    net = random_net(seed, dead_zone_at("1"))
    compare_run(net, Plan.of(net, dtype), 2, 4, 2.0**-6 / 3, device)


@every_device
def test_a_quotient_is_trained_alike(device: str) -> None:
    net = merge_symmetric(compile_net(builtin_learner("parity:bits=2")))
    assert net.is_quotient
    compare_run(net, Plan.of(net, torch.float64), 2, 6, net.learning_rate.to_float(), device)


@pytest.mark.parametrize("fused", [False, True])
def test_an_update_is_rounded_as_often_as_that_of_stock_sgd(
    fused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpu, "_fuses_as_stock", lambda _like: fused)
    monkeypatch.setattr("runtime.engines.native_run.torch_fuses", lambda _dtype: fused)
    net = random_net(3, dead_zone_at("1"))
    compare_run(net, Plan.of(net, torch.float64), 2, 6, 0.01 / 3, "cpu")


def test_a_device_that_rounds_otherwise_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    like = torch.empty(0, dtype=torch.float64)
    gpu._fuses_as_stock(like)
    monkeypatch.setattr(gpu, "torch_fuses", lambda _dtype: True)
    stock = Tensor.add_
    monkeypatch.setattr(Tensor, "add_", lambda x, y, alpha: stock(x, y * alpha))
    with pytest.raises(InvariantError, match="rounds twice"):
        gpu._fuses_as_stock(like)


def test_a_run_without_steps_or_lanes_is_one() -> None:
    net = random_net(1, dead_zone_at("1"))
    plan = Plan.of(net, torch.float64)
    for lanes, steps in ((2, 0), (0, 3)):
        run = run_lanes(
            plan,
            torch.ones(lanes, plan.edges, dtype=plan.dtype),
            torch.ones(lanes, steps, len(plan.inputs), dtype=plan.dtype),
            torch.ones(lanes, steps, len(plan.outputs), dtype=plan.dtype),
            0.5,
            device="cpu",
        )
        assert run.outputs.shape == (lanes, steps, len(plan.outputs))


def test_other_shapes_are_refused() -> None:
    net = compile_net(toggle())
    plan = Plan.of(net, torch.float64)
    good = {
        "weights": torch.ones(2, plan.edges, dtype=plan.dtype),
        "samples": torch.ones(2, 5, 1),
        "labels": torch.ones(2, 5, 1),
    }

    def run(given: dict[str, Tensor]) -> SgdRun:
        return run_lanes(
            plan, given["weights"], given["samples"], given["labels"], 0.1, device="cpu"
        )

    run(good)
    for name, tensor in good.items():
        with pytest.raises(ValueError, match=f"{name} have shape"):
            run(good | {name: tensor[..., :-1]})
    with pytest.raises(ValueError, match=r"weights are torch\.float64, not torch\.float32"):
        run(good | {"weights": good["weights"].float()})


# What a CUDA graph and a fixed order ask for ------------------------------------------------------


class Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Lists the operations that are called, with shapes."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls: list[tuple[str, tuple[Any, ...], Any]] = []

    def __torch_dispatch__(
        self, function: Any, types: Any, arguments: Any = (), others: Any = None
    ) -> Any:
        shapes = tuple(tuple(a.shape) for a in arguments if isinstance(a, Tensor))
        alpha = (others or {}).get("alpha", 1)
        self.calls.append((function.overloadpacket.__name__, shapes, alpha))
        return function(*arguments, **(others or {}))


def recorded(steps: int) -> list[list[tuple[str, tuple[Any, ...], Any]]]:
    """The operations of each step of a run."""
    net = compile_net(builtin_learner("parity:bits=3"))
    plan = Plan.of(net, torch.float64)
    signs = 2.0 * torch.randint(2, (2, steps, len(plan.inputs) + 1)) - 1
    found = []

    def repeat(step: Callable[[], None], _restart: object, count: int, _device: str) -> None:
        for _ in range(count):
            with Recorder() as recorder:
                step()
            found.append(recorder.calls)

    weights = torch.from_numpy(net.weights()).repeat(2, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gpu, "_repeat", repeat)
        rate = net.learning_rate.to_float()
        run_lanes(plan, weights, signs[..., :-1], signs[..., -1:], rate, device="cpu")
    return found


def test_every_step_is_the_same_sequence_of_operations_and_looks_at_no_number() -> None:
    first, *others = recorded(4)
    assert all(other == first for other in others)
    names = {name for name, _, _ in first}
    assert not names & {"_local_scalar_dense", "nonzero", "equal", "is_nonzero", "masked_select"}
    assert {"index_select", "index_copy_", "mul_", "add_"} <= names


def test_no_sum_depends_on_the_order_of_threads_and_no_product_is_fused() -> None:
    (calls,) = recorded(1)
    atomic = ("index_add", "scatter_add", "scatter_reduce", "index_put", "bincount", "sum", "mm")
    fused = ("addcmul", "addcdiv", "lerp", "baddbmm", "addmm")
    for name, _shapes, _alpha in calls:
        assert not name.startswith(atomic + fused), name
    assert len([alpha for _, _, alpha in calls if alpha != 1]) <= 1  # the update


def test_edges_in_another_order_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    stock = np.lexsort

    def last_first(keys: tuple[Any, ...]) -> Any:
        """Where edges are sorted by rank, a vertex's last two trade places."""
        order = stock(keys)
        if len(keys) == 2 and len(order) > 1:
            place, rank = keys
            last = order[rank[order] >= 1]
            swapped = {int(e): int(f) for e in last for f in last if place[e] == place[f]}
            order = np.array([swapped.get(int(e), int(e)) for e in order])
        return order

    net = busy_net(1, 3)
    plan, numbers = Plan.of(net, torch.float64), random_numbers(net, 1, torch.float64)
    assert_engines_alike(plan, numbers, both("cpu"))
    monkeypatch.setattr(np, "lexsort", last_first)
    with pytest.raises(AssertionError, match="native and gpu differ in result 0"):
        assert_engines_alike(plan, numbers, both("cpu"))


# Without a GPU ------------------------------------------------------------------------------------


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_it_says_so() -> None:
    net = compile_net(toggle())
    plan = Plan.of(net, torch.float64)
    numbers = random_numbers(net, 0, torch.float64)
    with pytest.raises(SourceError, match="torch finds none here") as refused:
        Gpu().forward(plan, *numbers[:2])
    assert refused.value.hint == "use the engine live"
    ones = torch.ones(1, 3, 1, dtype=torch.float64)
    with pytest.raises(SourceError, match="torch finds none here"):
        run_lanes(plan, torch.ones(1, plan.edges, dtype=torch.float64), ones, ones, 0.1)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_nothing_takes_it_and_who_asks_for_it_is_told() -> None:
    net = compile_net(toggle())
    assert "gpu" not in ENGINES
    assert NetModule(net).engine != "gpu"
    with pytest.raises(SourceError, match="needs a CUDA device"):
        NetModule(net, engine="gpu")
    plan = Plan.of(net, torch.float64)
    weights, shown = torch.ones(plan.edges, dtype=plan.dtype), torch.ones(3, 1)
    with pytest.raises(SourceError, match="needs a CUDA device"):
        run_sgd(plan, weights, shown, shown, 0.1, engine="gpu")
    code, out, err = sgdcc("verify", "builtin:parity:bits=2", "--engine", "gpu")
    assert (code, out) == (2, "")
    assert err == (
        "error: the gpu engine needs a CUDA device, and torch finds none here\n"
        "  help: use the engine live\n"
    )


def test_run_sgd_is_a_run_of_one_lane(monkeypatch: pytest.MonkeyPatch) -> None:
    net = compile_net(builtin_learner("parity:bits=2"))
    plan, rate = Plan.of(net, torch.float64), net.learning_rate.to_float()
    samples, labels = (2.0 * torch.randint(2, shape) - 1 for shape in ((9, 3), (9,)))
    samples = samples[:, : len(plan.inputs)]
    monkeypatch.setattr(gpu, "run_lanes", partial(run_lanes, device="cpu"))
    found = {}
    for engine in ("native", "gpu"):
        weights = torch.from_numpy(net.weights())
        run = run_sgd(plan, weights, samples, labels, rate, engine=engine, watch=[0, 7])
        found[engine] = (*run, weights)
    assert_same_bits(found)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_with_a_gpu_a_module_can_use_it() -> None:
    net = compile_net(builtin_learner("parity:bits=3"))
    report = verify(net, Settings(40, engine="gpu"))
    assert report.emulates
