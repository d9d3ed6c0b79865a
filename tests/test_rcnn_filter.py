"""The filter itself: its weights give what the machine does, layer by layer, exactly."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice, pairwise

import numpy as np
import pytest
from rcnn_machines import BORDERS, SMALL, random_configuration, random_machine, random_signs

from circuits.errors import SourceError
from circuits.machines.ant import langton
from circuits.machines.configuration import Field
from circuits.machines.machine import Machine
from circuits.machines.parity_machine import parity_machine
from circuits.machines.row_reduction import row_reduction
from compiler.rcnn.admissible import certify
from compiler.rcnn.coding import Scale
from compiler.rcnn.filter import Filter
from compiler.rcnn.grids import Grid, exact_layer, memorising, predicting, running
from compiler.rcnn.head import head_slope, printed_head, written
from compiler.rcnn.initial import input_grid, layers_needed, memory
from compiler.rcnn.machine_to_rcnn import machine_to_rcnn
from compiler.rcnn.places import Place
from compiler.rcnn.rationals import Rationals

SCALES = (("integer", None), ("base3", None), ("base3", "float32"), ("base3", "float64"))
"""All the codings that there are of a machine."""


@pytest.mark.parametrize(("scale", "dtype"), SCALES)
@pytest.mark.parametrize("machine", SMALL)
def test_a_layer_is_a_layer_of_the_machine(machine: Machine, scale: str, dtype: str | None) -> None:
    net, field = machine_to_rcnn(machine, scale, dtype), Field(4, 3)
    for seed in range(2):
        start = random_configuration(machine, field, seed)
        grids = list(islice(running(machine, net.coding, start, field), 20))
        for before, after in zip(grids, [*grids[1:], None], strict=True):
            layer = exact_layer(net, before)
            assert not layer.jacobian.any()
            if after is not None:
                assert (layer.grid == after).all()
            elif len(grids) < 20:
                assert (layer.grid == before).all()


@pytest.mark.parametrize(("scale", "dtype"), SCALES)
def test_sgd_would_write_the_next_row_and_no_other(scale: str, dtype: str | None) -> None:
    """Lemmas 3 and 4: all outputs 0, and the gradient of their sum the slope on one row."""
    net = machine_to_rcnn(BORDERS, scale, dtype)
    samples, labels, query = random_signs(1, 3, 2), random_signs(2, 3), random_signs(3, 2)
    for row in range(4):
        grid = input_grid(net.coding, memory(samples, labels, row), query, workspace=2)
        through = np.ones(grid.shape, object)
        grids = list(memorising(net.coding, grid, row))
        assert len(grids) - 1 <= layers_needed(4, 3, 0)
        for before, after in zip(grids, [*grids[1:], grids[-1]], strict=True):
            layer = exact_layer(net, before)
            assert (layer.grid == after).all()
            assert not np.delete(layer.jacobian, Place.MIDDLE, axis=-1).any()
            through = through * layer.jacobian[..., Place.MIDDLE]
        outputs, slopes = head_of(net, grids[-1][:, :3])
        assert outputs == {Fraction(0)}
        assert slopes == {head_slope(net.coding)}
        written_rows = np.zeros((4, 5), int)
        written_rows[row, :3] = 1
        assert np.array_equal(through, written_rows)
    assert head_slope(net.coding) * net.learning_rate == written(net.coding)


def head_of(net: Filter, grid: Grid) -> tuple[set[Fraction], set[Fraction]]:
    """All values and all derivatives of f_head on a grid."""
    values = [[net.coding.values[number]] for number in grid.ravel()]
    found = net.head(Rationals.of(values))
    assert found.margin > 0
    flat = [value for [value] in found.values.fractions()]
    return set(flat), {slope for [[slope]] in found.jacobian.fractions()}


def test_the_rates_are_the_papers() -> None:
    net = machine_to_rcnn(BORDERS, "base3")
    assert (net.learning_rate, head_slope(net.coding)) == (Fraction(1, 54), Fraction(18))
    assert written(net.coding) == Fraction(1, 3)
    integer = machine_to_rcnn(BORDERS, "integer")
    assert written(integer.coding) == 3**4
    assert head_slope(integer.coding) == Fraction(1, 8)
    assert integer.learning_rate == 8 * 3**4


@pytest.mark.parametrize(("scale", "dtype"), SCALES)
def test_f_head_has_6_relus_and_is_the_printed_one_where_cells_are(
    scale: str, dtype: str | None
) -> None:
    net = machine_to_rcnn(BORDERS, scale, dtype)
    exact = machine_to_rcnn(BORDERS, "base3")
    assert net.head.maps[0].outputs in (5, 6)
    printed = printed_head()
    for cell, value in zip(net.coding.cells, net.coding.values, strict=True):
        if cell is None or cell.workspace:
            continue
        [[got]] = net.head(Rationals.of([[value]])).values.fractions()
        [[due]] = printed(Rationals.of([[exact.coding.value(cell)]])).values.fractions()
        if cell.symbol == BORDERS.blank and cell.state is not None:
            assert (got, 0 < due < 1) == (0, True)  # printed, it lets the digits through
        elif cell.phase != 0:
            assert got == due


def test_the_printed_f_head_is_the_function_of_the_paper() -> None:
    for value in (Fraction(n, 360) for n in range(-400, 400)):
        [[got]] = printed_head()(Rationals.of([[value]])).values.fractions()
        assert got == printed(value)


def printed(x: Fraction) -> Fraction | int:
    sixth, ninth = Fraction(1, 6), Fraction(1, 9)
    if x <= -sixth:
        return -1
    if x <= 0:
        return 18 * (x + ninth)
    if x <= ninth:
        return -18 * (x - ninth)
    return 18 * (x - ninth) if x <= sixth else 1


def test_the_parity_machine_learns_and_predicts() -> None:
    """40 states; every layer of a prediction, to the answer."""
    machine = parity_machine()
    net = machine_to_rcnn(machine)
    bits_of, hidden = np.array([[1, 0], [1, 1], [0, 1]]), np.array([1, 1])
    query = np.array([1, 0])
    samples, labels = 1 - 2 * bits_of, 1 - 2 * (bits_of @ hidden % 2)
    signs = memory(samples, labels, 4)
    grid = input_grid(net.coding, signs, 1 - 2 * query, workspace=1)
    grids = list(predicting(machine, net.coding, grid))
    for before, after in pairwise(grids):
        assert (exact_layer(net, before).grid == after).all()
    assert (exact_layer(net, grids[-1]).grid == grids[-1]).all()
    values = [[net.coding.values[number]] for number in grids[-1][:, :3].ravel()]
    outputs = [value for [value] in net.head(Rationals.of(values)).values.fractions()]
    assert outputs == [1 - 2 * (query @ hidden % 2), *[0] * 11]


@pytest.mark.parametrize("machine", [parity_machine(), row_reduction(), langton(), *SMALL])
@pytest.mark.parametrize("scale", Scale)
def test_sizes_are_within_the_papers_classes(machine: Machine, scale: str) -> None:
    sizes = machine_to_rcnn(machine, scale).sizes
    assert sizes.width <= sizes.width_bound == 100 * len(machine.states)
    assert sizes.distinct_weights <= sizes.distinct_bound == 24 * sizes.cell_values + 5
    assert sizes.nonzero < sizes.parameters


def test_the_filter_of_the_parity_machine_is_small() -> None:
    sizes = machine_to_rcnn(parity_machine()).sizes
    assert sizes.states == 40
    assert sizes.width <= 18 * 40
    assert sizes.nonzero <= 3300


@pytest.mark.parametrize("states", [2, 3, 5])
def test_widths_of_random_machines_are_at_most_100_s(states: int) -> None:
    for seed in range(8):
        sizes = machine_to_rcnn(random_machine(seed, states, missing=0)).sizes
        assert sizes.width <= 100 * states


def test_unknown_scales_and_formats_are_refused() -> None:
    with pytest.raises(
        SourceError, match="unknown scale 'decimal'\n  help: one of: base3, integer"
    ):
        machine_to_rcnn(BORDERS, "decimal")
    with pytest.raises(
        SourceError, match="unknown format 'int8'\n  help: one of: float32, float64"
    ):
        machine_to_rcnn(BORDERS, dtype="int8")


@pytest.mark.parametrize(("scale", "dtype"), SCALES)
@pytest.mark.parametrize("machine", SMALL)
def test_small_filters_are_certified(machine: Machine, scale: str, dtype: str | None) -> None:
    net = machine_to_rcnn(machine, scale, dtype)
    certificate = certify(net)
    assert certificate.holds, certificate.failure
    assert certificate.patches > certificate.classes > 1000
    assert certificate.value_margin >= net.coding.margin > 0
    assert certificate.gate_margin > 0


@pytest.mark.parametrize("seed", range(10))
def test_filters_of_random_machines_are_certified(seed: int) -> None:
    machine = random_machine(seed, 1 + seed % 4, 1 + seed % 9)
    certificate = certify(machine_to_rcnn(machine))
    assert certificate.holds, certificate.failure


@pytest.mark.parametrize("scale", Scale)
def test_the_filter_of_the_parity_machine_is_certified(scale: str) -> None:
    certificate = certify(machine_to_rcnn(parity_machine(), scale))
    assert certificate.holds, certificate.failure
    assert certificate.patches > 2_900_000
