"""The fast path: the same bits as all layers, whatever the filter and the grid."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from rcnn_machines import SMALL, random_configuration, random_machine
from torch import Tensor

from circuits.machines.configuration import Field
from circuits.machines.machine import Machine
from compiler.rcnn.filter import Filter
from compiler.rcnn.grids import computing_grid
from compiler.rcnn.machine_to_rcnn import machine_to_rcnn
from runtime.engines.threads import one_thread
from runtime.rcnn.fast import FastRun, fast_layers
from runtime.rcnn.module import Patch, Rcnn
from runtime.rcnn.patch_table import Interned, table_of

MACHINES = [*SMALL, *(random_machine(seed, 3 + seed % 4) for seed in range(4))]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with one_thread():
        yield


def patch(net: Filter, dtype: str = "float64") -> Patch:
    return Rcnn(net, samples=1, bits=1, layers=1, dtype=dtype).filter


def random_grid(net: Filter, seed: int, *shape: int) -> Tensor:
    """Any cells but padding, however odd beside each other."""
    rng = np.random.default_rng(seed)
    values = [float(net.coding.value(cell)) for cell in net.coding.cells if cell is not None]
    return torch.tensor(rng.choice(values, shape))


def plain(filter_: Patch, grids: Tensor, layers: int) -> Tensor:
    values = grids[:, None]
    for _ in range(layers):
        values = filter_(values)
    return values[:, 0]


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_layers_and_gradients_are_those_of_the_plain_path(machine: Machine) -> None:
    net = machine_to_rcnn(machine)
    filter_ = patch(net)
    for seed, (height, width) in enumerate([(1, 1), (1, 7), (5, 1), (4, 6)]):
        start = random_grid(net, seed, 2, height, width)
        weight = torch.tensor(np.random.default_rng(seed).integers(-9, 9, start.shape) * 1.0)
        found = []
        for layers in (plain, fast_layers):
            grids = start.clone().requires_grad_()
            after = layers(filter_, grids, 12)
            (gradient,) = torch.autograd.grad((after * weight).sum(), grids)
            found.append((after.detach(), gradient))
        assert torch.equal(found[0][0], found[1][0])
        assert torch.equal(found[0][1], found[1][1])


def test_a_gradient_that_spreads_is_carried_like_by_autograd() -> None:
    """A filter with random weights has Jacobians that no proof knows."""
    generator = torch.Generator().manual_seed(0)
    filter_ = patch(machine_to_rcnn(SMALL[2]))
    for number in range(1, 6):
        for name in (f"v{number}", f"b{number}"):
            buffer = filter_.get_buffer(name)
            shape = buffer.shape
            buffer.copy_(torch.randn(shape, generator=generator, dtype=buffer.dtype) / shape[0])
    start = torch.randn(1, 4, 5, generator=generator, dtype=torch.float64)
    found = []
    for layers in (plain, fast_layers):
        grids = start.clone().requires_grad_()
        after = layers(filter_, grids, 3)
        (gradient,) = torch.autograd.grad(after.sum(), grids)
        found.append((after.detach(), gradient))
    assert torch.allclose(found[0][0], found[1][0], rtol=1e-9)
    assert torch.allclose(found[0][1], found[1][1], rtol=1e-9)
    assert found[0][1].abs().max() > 0


def test_changes_are_those_of_every_layer() -> None:
    machine = SMALL[3]
    net, field = machine_to_rcnn(machine), Field(4, 3)
    filter_ = patch(net)
    grid = computing_grid(net.coding, random_configuration(machine, field, 5), field)
    values = net.coding.floats(grid)
    run, log = FastRun(filter_, values), FastRun(filter_, values).changes(30)
    for layer in range(1, 31):
        before = run.grid
        run.advance(1)
        cells = np.flatnonzero(run.grid != before)
        mine = log.layer == layer
        assert sorted(log.cell[mine].tolist()) == cells.tolist()
        order = np.argsort(log.cell[mine])
        assert np.array_equal(log.value[mine][order], run.grid.ravel()[cells])


def test_a_fixed_point_costs_nothing_more() -> None:
    net = machine_to_rcnn(SMALL[0])
    grid = np.full((3, 4), float(net.coding.weights[0]))
    run = FastRun(patch(net), grid)
    run.advance(10**15)
    assert run.is_fixed
    assert run.layers == 10**15
    assert np.array_equal(run.grid, grid)


def test_the_table_forgets_a_filter_whose_weights_change() -> None:
    net = machine_to_rcnn(SMALL[2])
    filter_ = patch(net)
    grids = random_grid(net, 1, 1, 4, 4)
    first, known = fast_layers(filter_, grids, 3), table_of(filter_)
    assert table_of(filter_) is known
    filter_.get_buffer("b5").data[0] += 1
    assert table_of(filter_) is not known
    second = fast_layers(filter_, grids, 3)
    assert not torch.equal(first, second)
    assert torch.equal(second, plain(filter_, grids, 3))


def test_a_corner_that_is_read_makes_a_difference() -> None:
    net = machine_to_rcnn(SMALL[2])
    broken = patch(net)
    broken.get_buffer("v1")[0, 0, 0, 0] = 1
    grids = random_grid(net, 2, 1, 5, 5)
    assert torch.equal(fast_layers(broken, grids, 6), plain(broken, grids, 6))
    assert not torch.equal(plain(broken, grids, 6), plain(patch(net), grids, 6))


def test_floats_are_told_apart_by_their_bits() -> None:
    rows = Interned(1, torch.float64)
    found = rows.ids(np.array([[0.0], [-0.0], [np.nan], [0.0], [np.nan]]))
    assert found.tolist() == [0, 1, 2, 0, 2]
    assert len({int(i) for i in rows.ids(np.arange(5000.0)[:, None])}) == 5000
    assert rows.rows[rows.ids(np.array([[4321.0]]))[0], 0] == 4321


def test_many_patches_fit_into_the_table() -> None:
    net = machine_to_rcnn(random_machine(8, 30))
    filter_ = patch(net)
    grids = random_grid(net, 3, 2, 40, 40)
    assert torch.equal(fast_layers(filter_, grids, 2), plain(filter_, grids, 2))
    assert table_of(filter_).number > 2**11
