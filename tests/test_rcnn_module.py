"""The recurrent convolutional net as a torch module, under the textbook loop."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from rcnn_machines import random_signs
from torch import Tensor

from circuits.errors import LimitError, SourceError
from circuits.machines.classical_learners import majority_label, parity_label
from circuits.machines.majority_machine import majority_machine
from circuits.machines.parity_machine import parity_machine
from compiler.rcnn.filter import Filter
from compiler.rcnn.grids import exact_layer
from compiler.rcnn.initial import input_grid, memory, with_dummy
from compiler.rcnn.machine_to_rcnn import machine_to_rcnn
from runtime.engines.threads import one_thread
from runtime.rcnn.module import Rcnn

KINDS = [(s, d) for s in ("integer", "base3") for d in ("float64", "float32")]
SAMPLES, BITS, LAYERS = 3, 2, 60


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with one_thread():
        yield


def majority(scale: str = "integer", dtype: str = "float64") -> Filter:
    return machine_to_rcnn(majority_machine(), scale, dtype)


def trained(
    net: Filter, dtype: str, path: str, x: np.ndarray, y: np.ndarray, layers: int = LAYERS
) -> tuple[Rcnn, list[Tensor]]:
    """A module after the textbook loop, and W after each step."""
    module = Rcnn(net, samples=len(x), bits=x.shape[1], layers=layers, dtype=dtype, path=path)
    optimizer = torch.optim.SGD(module.parameters(), lr=module.learning_rate)
    history = []
    for sample, label in zip(*with_dummy(x, y), strict=True):
        output = module(torch.tensor(sample))
        loss = (output - label) ** 2 / 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        assert output == 0
        history.append(module.memory.detach().clone())
    return module, history


@pytest.mark.parametrize(("scale", "dtype"), KINDS)
def test_both_paths_give_the_same_bits(scale: str, dtype: str) -> None:
    net = majority(scale, dtype)
    x, y, queries = random_signs(1, SAMPLES, BITS), random_signs(2, SAMPLES), random_signs(3, 4, 2)
    plain, fast = (trained(net, dtype, path, x, y) for path in ("plain", "fast"))
    for one, other in zip(plain[1], fast[1], strict=True):
        assert torch.equal(one, other)
    asked = torch.tensor(queries)
    with torch.no_grad():
        grids = [module.recur(module.grids(asked)) for module in (plain[0], fast[0])]
        outputs = [module(asked) for module in (plain[0], fast[0])]
    assert torch.equal(*grids)
    assert torch.equal(*outputs)
    assert outputs[0].tolist() == [majority_label(x, y, query) for query in queries]


@pytest.mark.parametrize(("scale", "dtype"), KINDS)
def test_memory_is_what_lemma_2_says_after_every_step(scale: str, dtype: str) -> None:
    net = majority(scale, dtype)
    x, y = random_signs(4, 6, 5), random_signs(5, 6)
    _, history = trained(net, dtype, "fast", x, y)
    for step, found in enumerate(history, 1):
        due = memory(x, y, step)
        assert torch.equal(found.sign().to(torch.int64), torch.tensor(due))
        sizes = found[:step].abs()
        assert (sizes == sizes[0, 0]).all()
        assert float(sizes[0, 0]) == pytest.approx(1 / 3 if scale == "base3" else 243)


def test_a_layer_is_what_the_weights_say_exactly() -> None:
    net = majority()
    grid = input_grid(net.coding, memory(*_task(), 4), random_signs(9, 2), 1)
    module = Rcnn(net, samples=3, bits=2, layers=1)
    values = torch.tensor(net.coding.floats(grid))[None, None]
    for _ in range(5):
        with torch.no_grad():
            values = module.filter(values)
        grid = exact_layer(net, grid).grid
        assert np.array_equal(values[0, 0].numpy(), net.coding.floats(grid))


def test_only_the_memory_layer_is_trained() -> None:
    module = Rcnn(majority(), samples=3, bits=2, layers=5)
    assert [name for name, _ in module.named_parameters()] == ["memory"]
    assert module.memory.shape == (4, 3)
    assert not module.memory.any()
    sizes = majority().sizes
    assert sum(buffer.numel() for buffer in module.buffers()) == sizes.parameters


def test_the_gradient_is_the_same_with_checkpoints_and_without() -> None:
    net, x, y = majority(), *_task()
    short, long = (trained(net, "float64", "plain", x, y, layers)[1] for layers in (8, 40))
    assert torch.equal(short[-1], long[-1])


def test_one_filter_serves_all_sizes() -> None:
    net = machine_to_rcnn(parity_machine())
    for bits, samples, layers in ((1, 1, 40), (2, 5, 200), (3, 2, 250)):
        x = random_signs(bits, samples, bits)
        y = x[:, 0]
        module, _ = trained(net, "float32", "fast", x, y, layers)
        queries = random_signs(7, 6, bits)
        with torch.no_grad():
            answers = module(torch.tensor(queries)).tolist()
        for query, answer in zip(queries, answers, strict=True):
            assert answer in (1, -1)
            assert parity_label(x, y, query) in (0, answer)


def test_one_sample_gives_a_number_and_several_a_row() -> None:
    module = Rcnn(majority(), samples=1, bits=2, layers=3, path="fast")
    assert module(torch.tensor([1, 1])).shape == ()
    assert module(torch.tensor([[1, 1], [1, -1]])).shape == (2,)


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(SourceError, match="0 layers"):
        Rcnn(majority(), samples=1, bits=1, layers=0)
    with pytest.raises(SourceError, match="'slow'"):
        Rcnn(majority(), samples=1, bits=1, layers=1, path="slow")
    with pytest.raises(LimitError, match="not exact in float32"):
        Rcnn(machine_to_rcnn(majority_machine(), "base3"), samples=1, bits=1, layers=1,
             dtype="float32")  # fmt: skip


def _task() -> tuple[np.ndarray, np.ndarray]:
    return random_signs(1, SAMPLES, BITS), random_signs(2, SAMPLES)
