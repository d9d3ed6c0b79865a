"""The engine `boolean` in a module: the bits of `native`, whoever changes the weights."""

import gc
import weakref
from typing import Any

import pytest
import torch
from engine_nets import DTYPES, assert_same_bits, bits
from flat_nets import gate_net
from test_boolean import PAIR, built, labelled
from torch import Tensor

from circuits.catalog import builtin_learner
from circuits.errors import InvariantError
from compiler.pipeline import compile_net
from runtime.engines import boolean
from runtime.engines.native_run import run_sgd
from runtime.engines.plan import Plan
from runtime.module import ENGINES, NetModule

every_dtype = pytest.mark.parametrize("dtype", DTYPES)


@every_dtype
def test_modules_have_the_same_bits_where_weights_are_changed_by_others(dtype: torch.dtype) -> None:
    net = compile_net(builtin_learner("perceptron:bits=2,width=3"))
    samples, labels = labelled(net, 24, 0, reals=True)
    generator, found = torch.Generator().manual_seed(0), {}
    noise = torch.randn(net.edges, generator=generator, dtype=dtype) / 256
    for engine in PAIR:
        module = NetModule(net, dtype, engine)
        optimizer = torch.optim.SGD(module.parameters(), lr=2.0**-9, momentum=0.5)
        seen: list[Tensor] = []
        for step, (sample, label) in enumerate(zip(samples, labels, strict=True)):
            if step == 8:
                module.weight.data += noise
            if step == 16:
                module.weight.data -= noise
            leaf = sample.to(dtype).requires_grad_()
            optimizer.zero_grad()
            output = module(leaf)
            ((output - label) ** 2).sum().backward()
            optimizer.step()
            assert leaf.grad is not None
            assert module.weight.grad is not None
            assert module.trace is not None
            seen += [output.detach(), leaf.grad, module.weight.grad.clone(), *module.trace]
        found[engine] = (*seen, module.weight.detach())
    assert_same_bits(found)


def test_a_trace_is_that_of_the_pass_though_weights_have_moved() -> None:
    net = compile_net(builtin_learner("parity:bits=3"))
    traces = []
    for engine in PAIR:
        module = NetModule(net, engine=engine)
        module(torch.ones(len(net.inputs)))
        module.weight.data *= -1
        assert module.trace is not None
        traces.append(tuple(module.trace))
    assert_same_bits({"boolean": traces[0], "native": traces[1]})


def test_a_gradient_of_another_bit_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Tampered(boolean.Boolean):
        def backward(self, *arguments: Any) -> tuple[Tensor, Tensor]:
            by_weight, by_sample = super().backward(*arguments)
            bits(by_weight)[5] ^= 1
            return by_weight, by_sample

    monkeypatch.setitem(ENGINES, "boolean", Tampered())
    net = compile_net(builtin_learner("parity:bits=3"))
    module = NetModule(net, engine="boolean")
    with pytest.raises(InvariantError, match=r"^the boolean engine's gradient by edge 5 is "):
        ((module(torch.ones(len(net.inputs))) - 5) ** 2).backward()


def test_plans_are_not_kept_alive() -> None:
    net = gate_net(1)
    plan = Plan.of(net, torch.float64)
    run_sgd(
        plan, built(net, torch.float64), *labelled(net, 2, 0, reals=False), 0.0, engine="boolean"
    )
    module = NetModule(net, engine="boolean")
    module(torch.ones(len(net.inputs)))
    gone = [weakref.ref(plan), weakref.ref(module.plan)]
    del plan, module
    gc.collect()
    assert [reference() for reference in gone] == [None, None]
