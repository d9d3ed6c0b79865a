"""Engines in a module: the default, the comparison in the first steps, memory used again."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
import torch
from engine_nets import DTYPES, bits
from small_circuits import toggle
from torch import Tensor

from circuits.builder import Builder
from circuits.errors import InvariantError, SourceError
from compiler.net import Net
from compiler.pipeline import compile_net
from runtime.engines import native
from runtime.engines.plan import Plan, Trace
from runtime.module import CHECKED, ENGINES, NetModule

every_dtype = pytest.mark.parametrize("dtype", DTYPES)


@dataclass
class Tampered(native.Live):
    """`live`, but one gradient is off by one bit."""

    edge: int | None = None
    value: float | None = None
    calls: list[float] = field(default_factory=list)

    def backward(
        self, plan: Plan, weights: Tensor, trace: Trace, output_gradient: Tensor
    ) -> tuple[Tensor, Tensor]:
        self.calls.append(float(output_gradient.sum()))
        by_weight, by_sample = super().backward(plan, weights, trace, output_gradient)
        if self.edge is not None:
            bits(by_weight)[self.edge] ^= 1
        if self.value is not None:
            by_weight.fill_(self.value)
        return by_weight, by_sample


def step(module: NetModule, label: float) -> None:
    module.zero_grad()
    ((module(torch.ones(1)) - label) ** 2).backward()


@every_dtype
def test_a_live_gradient_of_another_bit_is_noticed(
    dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = compile_net(toggle())
    monkeypatch.setitem(ENGINES, "live", Tampered(edge=5))
    text = r"the live engine's gradient by edge 5 is 0\.250000\d+, the native engine's 0\.25"
    with pytest.raises(InvariantError, match=f"^{text}$"):
        step(NetModule(net, dtype), 1)


def test_so_is_a_zero_of_the_other_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENGINES, "live", Tampered(value=-0.0))
    text = "the live engine's gradient by edge 0 is -0.0, the native engine's 0.0"
    with pytest.raises(InvariantError, match=f"^{re.escape(text)}$"):
        step(NetModule(compile_net(toggle())), 1)


def test_the_first_passes_with_a_gradient_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    native_calls = Tampered()
    monkeypatch.setitem(ENGINES, "native", native_calls)
    module = NetModule(compile_net(toggle()))
    for label in (-1, -1, 1, -1, 1, 1):  # the net says -1 and nothing is updated
        step(module, label)
    assert native_calls.calls == [-4] * CHECKED
    for engine in ("native", "levels", "reference"):
        assert NetModule(compile_net(toggle()), engine=engine).unchecked == 0


def test_numbers_that_overflow_are_no_fault_of_the_engine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(ENGINES, "native", Tampered(value=float("nan")))
    module = NetModule(compile_net(toggle()))
    step(module, 1)
    assert module.unchecked == CHECKED - 1


def test_without_numba_modules_run_level_by_level(monkeypatch: pytest.MonkeyPatch) -> None:
    net = compile_net(toggle())
    assert NetModule(net).engine == "live"
    monkeypatch.setattr(native, "find_spec", lambda name: None)
    assert NetModule(net).engine == "levels"
    assert NetModule(net)(torch.ones(1)) == -1
    with pytest.raises(SourceError) as caught:
        NetModule(net, engine="live")(torch.ones(1))
    assert str(caught.value) == (
        "compiled engines need numba\n  help: pip install numba, or use levels"
    )


def test_an_unknown_engine_is_refused() -> None:
    text = "no engine 'cuda'\n  help: one of: boolean, live, native, levels, reference"
    with pytest.raises(SourceError, match=f"^{re.escape(text)}$"):
        NetModule(compile_net(toggle()), engine="cuda")


FIRST_STEP = """
import sys, torch
from circuits.builder import Builder
from compiler.pipeline import compile_net
from runtime.module import NetModule
b = Builder()
b.output('y', b.and_(b.input('x'), b.input('z')))
module = NetModule(compile_net(b.build()))
print('numba' in sys.modules)
print(module(torch.ones(2)).tolist())
print('numba' in sys.modules)
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_weights_of_another_dtype_are_refused(engine: str) -> None:
    module = NetModule(compile_net(toggle()), engine=engine).float()
    text = "weights became torch.float32; the module was made for torch.float64"
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        module(torch.ones(1))


@pytest.mark.slow
def test_numba_is_loaded_by_the_first_step() -> None:
    assert output_of(FIRST_STEP) == "False\n[2.0]\nTrue\n"


@pytest.mark.slow
def test_where_compiled_code_cannot_be_kept_it_runs_all_the_same() -> None:
    nowhere = {"NUMBA_CACHE_LOCATOR_CLASSES": "IPythonCacheLocator"}
    assert output_of(FIRST_STEP, nowhere) == "False\n[2.0]\nTrue\n"


def output_of(program: str, environment: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env=os.environ | dict(environment or {}),
    )
    assert not done.stderr
    return done.stdout


def gradient_of(module: NetModule) -> Tensor:
    assert module.weight.grad is not None
    return module.weight.grad


def trace_of(module: NetModule) -> Trace:
    assert module.trace is not None
    return module.trace


def both(net: Net) -> list[NetModule]:
    return [NetModule(net, engine=engine) for engine in ("live", "reference")]


def test_memory_that_somebody_holds_is_not_used_again() -> None:
    b = Builder()
    x, y = b.input("x"), b.input("y")
    b.output("out", b.xor(x, y))
    net = compile_net(b.build())
    for module in (*both(net), NetModule(net, engine="levels")):
        module.weight.data *= 0.7  # so that gradients are not 0
        samples = [torch.tensor([i, j]) for i in (-1.0, 1.0) for j in (-1.0, 1.0)]
        outputs, traces = [], []
        for sample in samples:
            outputs.append(module(sample).sum())
            traces.append(trace_of(module))
        again = [NetModule(module.net, engine="levels") for _ in samples]
        for other, sample, output, trace in zip(again, samples, outputs, traces, strict=True):
            other.weight.data *= 0.7
            other(sample).sum().backward()
            (gradient,) = torch.autograd.grad(output, module.weight, retain_graph=True)
            (second,) = torch.autograd.grad(output, module.weight)
            for found in (gradient, second):
                assert torch.equal(found, gradient_of(other))
            for kept, fresh in zip(trace, trace_of(other), strict=True):
                assert torch.equal(kept, fresh)


def test_a_module_that_was_tried_in_inference_mode_learns_as_any_other() -> None:
    net = compile_net(toggle())
    tried, fresh = (NetModule(net, engine="levels") for _ in range(2))
    with torch.inference_mode():
        tried(torch.ones(1))
    for module in (tried, fresh):
        step(module, 1)
    assert torch.equal(gradient_of(tried), gradient_of(fresh))


def test_gradients_of_a_batch_and_of_steps_add_up() -> None:
    net = compile_net(toggle())
    sample = torch.tensor([[1.0], [-1.0], [1.0]])
    found = []
    for module in both(net):
        module.weight.data *= 0.9
        leaf = sample.clone().requires_grad_()
        (module(leaf) ** 2).mean().backward()
        (module(leaf) ** 2).sum().backward()
        assert leaf.grad is not None
        found.append((gradient_of(module), leaf.grad))
    for a, b in zip(*found, strict=True):
        assert torch.equal(bits(a), bits(b))
    assert found[0][0].any()


def test_a_gradient_is_handed_over_without_a_copy() -> None:
    module = NetModule(compile_net(toggle()))
    places = []
    for _ in range(6):
        step(module, 1)
        places.append(gradient_of(module).data_ptr())
    kept = module.plan.by_edge._kept
    assert set(places) <= {memory.array.ctypes.data for memory in kept}
    assert len(kept) <= 3
    assert len(module.plan.by_vertex._kept) <= 5
