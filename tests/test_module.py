"""A net as a torch module: shapes, state, the loop that everybody writes."""

import re
from fractions import Fraction

import pytest
import torch
from small_circuits import toggle
from torch import nn

from circuits.builder import Builder
from circuits.circuit import Circuit
from circuits.errors import LimitError
from compiler.pipeline import compile_net
from runtime.compiled import Compiled
from runtime.module import NetModule


def half_adder() -> Circuit:
    b = Builder("half adder")
    x, y = b.input("x"), b.input("y")
    b.output("sum", b.xor(x, y))
    b.output("carry", b.and_(x, y))
    return b.build()


def no_inputs() -> Circuit:
    b = Builder("no inputs")
    bit = b.latch("bit")
    b.set_next(bit, bit ^ 1)
    b.output("out", bit)
    return b.build()


@pytest.mark.parametrize("axes", [(), (5,), (2, 3), (0,), (3, 0), (1, 1, 1)])
def test_any_axes_may_stand_before_the_inputs(axes: tuple[int, ...]) -> None:
    assert NetModule(compile_net(toggle()))(torch.ones(*axes, 1)).shape == axes
    assert NetModule(compile_net(half_adder()))(torch.ones(*axes, 2)).shape == (*axes, 2)
    assert NetModule(compile_net(no_inputs()))(torch.ones(*axes, 0)).shape == axes


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 1), (2, 0)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    module = NetModule(compile_net(half_adder()))
    text = f"a sample has shape (..., 2), not {shape}"
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        module(torch.ones(shape))


def test_rows_of_a_batch_are_computed_one_by_one() -> None:
    module = NetModule(compile_net(half_adder()))
    table = torch.tensor([[-1, -1], [-1, 1], [1, -1], [1, 1]])
    expected = [[-2, -2], [2, -2], [2, -2], [-2, 2]]
    assert module(table).tolist() == expected
    assert [module(row).tolist() for row in table] == expected


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("given", [torch.float64, torch.float32, torch.int64, torch.bool])
def test_samples_of_any_dtype_are_taken(dtype: torch.dtype, given: torch.dtype) -> None:
    output = NetModule(compile_net(toggle(1)), dtype)(torch.ones(1, dtype=given))
    assert output.dtype == dtype
    assert output.item() == 1


def test_all_weights_are_one_parameter_in_the_order_of_the_edges() -> None:
    net = compile_net(toggle())
    module = NetModule(net)
    assert [name for name, _ in module.named_parameters()] == ["weight"]
    assert module.weight.tolist() == net.weights().tolist()
    assert str(module) == f"NetModule(toggle.txt: {net.vertices} vertices, {net.edges} edges)"


def test_a_state_dict_keeps_the_memory() -> None:
    compiled = Compiled(compile_net(toggle()))
    module, other = compiled.to_module(), compiled.to_module()
    train(module, compiled.learning_rate, samples=[1.0], labels=[1.0])
    assert [compiled.memory(m)["bit0"] for m in (module, other)] == [1, 0]
    other.load_state_dict(module.state_dict())
    assert compiled.memory(other)["bit0"] == 1


def train(module: nn.Module, rate: float, samples: list[float], labels: list[float]) -> list[float]:
    """The textbook loop; the outputs on the way."""
    optimizer = torch.optim.SGD(module.parameters(), lr=rate)
    outputs = []
    for sample, label in zip(samples, labels, strict=True):
        output = module(torch.tensor([sample]))
        loss = ((output - label) ** 2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        outputs.append(output.item())
    return outputs


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_stock_sgd_flips_the_bit_where_the_output_is_wrong_and_nowhere_else(
    dtype: torch.dtype,
) -> None:
    compiled = Compiled(compile_net(toggle()))
    module = compiled.to_module(dtype)
    # The net says x AND bit0; a step that is wrong flips bit0 where x is 1.
    outputs = train(
        module,
        compiled.learning_rate,
        samples=[1, 1, -1, -1, 1, 1],
        labels=[1, 1, -1, 1, -1, -1],
    )
    assert outputs == [-1, 1, -1, -1, 1, -1]
    assert compiled.memory(module) == {"bit0": 0}
    assert torch.equal(module.weight.abs(), NetModule(compiled.net, dtype).weight.abs())


def test_weights_that_do_not_fit_the_dtype_are_refused() -> None:
    net = compile_net(toggle(), preset="printed", exponent=Fraction(3))
    with pytest.raises(LimitError, match=r"overflows float32 \(normal numbers run from 2\^-126"):
        NetModule(net, torch.float32)
