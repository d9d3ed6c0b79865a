"""Filters in floats: no sum is rounded, forwards or backwards, in whatever order it is taken."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from rcnn_machines import BORDERS, random_configuration, random_machine, random_signs

from circuits.errors import LimitError
from circuits.machines.configuration import Field
from circuits.machines.machine import Machine
from circuits.machines.parity_machine import parity_machine
from compiler.rcnn.coding import Scale
from compiler.rcnn.filter import Filter
from compiler.rcnn.floats import LayerArrays, to_arrays
from compiler.rcnn.grids import predicting, running
from compiler.rcnn.head import head_slope
from compiler.rcnn.initial import input_grid
from compiler.rcnn.machine_to_rcnn import machine_to_rcnn
from compiler.rcnn.patches import blocks
from compiler.rcnn.places import PLACES, Place
from compiler.rcnn.rationals import Rationals
from compiler.rcnn.significance import Bits, bits

Floats = NDArray[np.floating[Any]]
ARRAYS = [(scale, dtype) for scale in Scale for dtype in ("float32", "float64")]


def through(layers: tuple[LayerArrays, ...], x: Floats) -> Floats:
    for layer in layers:
        x = x @ layer.weight.T + layer.bias
        x = np.maximum(x, 0) if layer.relu else x
    return x


def gradients(layers: tuple[LayerArrays, ...], x: Floats, slope: float) -> Floats:
    """Of the output times ``slope``, by the patch; as backpropagation has it."""
    on = []
    for layer in layers:
        x = x @ layer.weight.T + layer.bias
        on.append(x > 0 if layer.relu else np.ones(x.shape, bool))
        x = np.maximum(x, 0) if layer.relu else x
    gradient = np.full((len(x), 1), slope, x.dtype)
    for layer, mask in zip(reversed(layers), reversed(on), strict=True):
        gradient = (gradient * mask) @ layer.weight
    return gradient


def reordered(layers: tuple[LayerArrays, ...], seed: int) -> tuple[LayerArrays, ...]:
    """With the channels of every layer but the last in another order, hence all sums."""
    rng, found = np.random.default_rng(seed), list(layers)
    for at in range(len(found) - 1):
        order = rng.permutation(len(found[at].bias))
        found[at] = found[at]._replace(weight=found[at].weight[order], bias=found[at].bias[order])
        found[at + 1] = found[at + 1]._replace(weight=found[at + 1].weight[:, order])
    return tuple(found)


def admissible(net: Filter, count: int) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """Random patches of each block, any cells in the corners."""
    rng = np.random.default_rng(0)
    for block in blocks(net.coding):
        patches = rng.integers(len(net.coding.cells), size=(count, 9))
        for place, numbers in zip(PLACES, block.sets, strict=True):
            patches[:, place] = rng.choice(numbers, count)
        yield block.name, patches


@pytest.mark.parametrize(("scale", "dtype"), ARRAYS)
@pytest.mark.parametrize("machine", [parity_machine(), BORDERS])
def test_values_and_gradients_are_exact_in_any_order(
    machine: Machine, scale: str, dtype: str
) -> None:
    net = machine_to_rcnn(machine, scale, dtype)
    arrays, slope = to_arrays(net, dtype), float(head_slope(net.coding))
    known = net.coding.floats(np.arange(len(net.coding.cells))).astype(dtype)
    exact = Rationals.of(net.coding.values)
    for name, patches in admissible(net, 10):
        due = net.patch(Rationals(exact.numerators[patches], exact.denominator))
        values = [float(value) for [value] in due.values.fractions()]
        slopes = [[slope * float(x) for x in row] for [row] in due.jacobian.fractions()]
        for seed in range(2):
            layers = reordered(arrays.patch, seed)
            assert through(layers, known[patches])[:, 0].tolist() == values
            if name == "memorising":
                assert gradients(layers, known[patches], slope).tolist() == slopes


@pytest.mark.parametrize(("scale", "dtype"), ARRAYS)
def test_grids_stay_exact(scale: str, dtype: str) -> None:
    net, field = machine_to_rcnn(BORDERS, scale, dtype), Field(5, 4)
    layers, coding = to_arrays(net, dtype).patch, net.coding
    start = random_configuration(BORDERS, field, 1)
    for before, after in pairwise(islice(running(BORDERS, coding, start, field), 30)):
        values = float_layer(layers, coding.floats(before).astype(dtype), float(coding.padding))
        assert (values == coding.floats(after)).all()


def test_floats_take_a_sample_that_is_not_quite_its_value() -> None:
    """A third, as SGD writes it, is no sum of rounded digits; the first layer mends it."""
    net = machine_to_rcnn(parity_machine(), "base3", "float32")
    arrays, coding = to_arrays(net, "float32"), net.coding
    signs = random_signs(0, 4, 3)
    grids = predicting(net.machine, coding, input_grid(coding, signs, np.ones(2, int), 1))
    values = coding.floats(next(grids)).astype("float32")
    values[:, :3] = np.float32(18) * np.float32(1 / 54) * signs
    assert not np.isin(values[:, :3], coding.floats(np.arange(len(coding.cells)))).any()
    for due in islice(grids, 40):
        values = float_layer(arrays.patch, values, arrays.padding)
        assert (values == coding.floats(due)).all()


def float_layer(layers: tuple[LayerArrays, ...], values: Floats, padding: float) -> Floats:
    height, width = values.shape
    bordered = np.pad(values, 1, constant_values=padding)
    shifts = [bordered[r : r + height, c : c + width] for r in range(3) for c in range(3)]
    return through(layers, np.stack(shifts, -1))[..., 0]


@pytest.mark.parametrize(("scale", "dtype"), ARRAYS)
def test_the_head_gives_whole_numbers(scale: str, dtype: str) -> None:
    net = machine_to_rcnn(BORDERS, scale, dtype)
    main = [value for c, value in zip(net.coding.cells, net.coding.values, strict=True) if c]
    numbers = np.array([[float(value)] for value in main], dtype)
    for seed in range(3):
        got = through(reordered(to_arrays(net, dtype).head, seed), numbers)
        assert [[v] for v in got[:, 0]] == net.head(
            Rationals.of([[v] for v in main])
        ).values.fractions()


def test_the_first_map_reads_the_patch_row_by_row() -> None:
    first = to_arrays(machine_to_rcnn(BORDERS), "float32").patch[0]
    assert first.weight.reshape(5, 3, 3)[2].tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert first.weight.argmax(axis=1).tolist() == list(Place)
    assert [first.weight.dtype, first.relu, first.bias.tolist()] == ["float32", False, [0] * 5]


def test_bits_are_those_of_the_format_or_fewer() -> None:
    machine = parity_machine()
    assert max(bits(machine_to_rcnn(machine))) <= 20
    assert max(bits(machine_to_rcnn(machine, "base3", "float32"))) <= 24
    assert max(bits(machine_to_rcnn(machine, "base3", "float64"))) <= 53
    assert bits(machine_to_rcnn(BORDERS)) <= Bits(17, 17)


def test_what_is_not_exact_is_refused() -> None:
    net = machine_to_rcnn(BORDERS, "base3")
    with pytest.raises(LimitError, match=r"the weight .* is not exact in float64: make the filter"):
        to_arrays(net, "float64")
    with pytest.raises(LimitError, match="is not exact in float32"):
        to_arrays(machine_to_rcnn(BORDERS, "base3", "float64"), "float32")
    with pytest.raises(LimitError, match="no binary fraction"):
        bits(net)
    large = machine_to_rcnn(random_machine(0, 60), "base3", "float32")
    with pytest.raises(LimitError, match="60 states take up to 25 bits, and float32 has 24; those"):
        to_arrays(large, "float32")
    with pytest.raises(LimitError, match="do not tell apart"):
        machine_to_rcnn(random_machine(0, 3000), "base3", "float32")
