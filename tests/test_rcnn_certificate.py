"""Every check of the certificate is shown to fail, and names what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from known_machines import BEAVER
from rcnn_machines import BORDERS, with_bias, with_map, with_weight

from circuits.machines.machine import Machine
from compiler.rcnn import closure
from compiler.rcnn.admissible import certify
from compiler.rcnn.affine import AffineMap
from compiler.rcnn.cells import Cell, Phase
from compiler.rcnn.closure import check_closure
from compiler.rcnn.coding import Coding, Scale
from compiler.rcnn.filter import Filter
from compiler.rcnn.gates import gates
from compiler.rcnn.head import printed_head
from compiler.rcnn.machine_to_rcnn import machine_to_rcnn
from compiler.rcnn.relu_net import ReluNet
from compiler.rcnn.specification import Around, Next, next_cell

NET = machine_to_rcnn(BORDERS)


def test_the_filter_that_is_broken_here_is_right() -> None:
    assert certify(NET).holds


@pytest.mark.parametrize("number", range(5))
def test_a_changed_weight_is_found(number: int) -> None:
    """Of each map: the first, the last and some between; of V4, those of the gate always on."""
    layer = NET.patch.maps[number]
    entries = int((layer.row == 0).sum()) if number == 3 else len(layer.weight)
    for entry in {0, entries // 3, 2 * entries // 3, entries - 1}:
        broken = with_map(NET, number, with_weight(entry, 1))
        assert not certify(broken).holds


@pytest.mark.parametrize("number", range(1, 5))
def test_a_changed_bias_is_found(number: int) -> None:
    """By one unit; a kink that moves by a quarter is on a value, or the step too wide or high."""
    layer = NET.patch.maps[number]
    for row in {0, layer.outputs // 2, layer.outputs - 1}:
        broken = with_map(NET, number, with_bias(row, layer.bias_denominator))
        assert not certify(broken).holds


def test_hardly_a_weight_can_be_left_out() -> None:
    """Of the gates' tables only some that silence a gate where nothing turns it on anyway."""
    net = machine_to_rcnn(BEAVER)
    tables = net.patch.maps[3]
    idle = []
    checked = range(0, len(tables.weight), 4)
    for entry in checked:
        broken = with_map(net, 3, with_weight(entry, -int(tables.weight[entry])))
        if certify(broken).holds:
            idle.append(int(tables.row[entry]))
    names = {gate.name for gate in gates(net.machine, net.coding)}
    assert 0 not in idle
    assert len(names) == tables.outputs
    assert len(idle) <= len(checked) // 10


def test_a_filter_for_another_table_is_found_and_the_patch_is_named() -> None:
    following = BORDERS.following.copy()
    state, symbol = BORDERS.states.index("C"), BORDERS.symbols.index("1")
    following[state, symbol] = BORDERS.states.index("A")
    other = replace(BORDERS, following=following)
    wrong = Coding.of(other, Scale.INTEGER)
    assert wrong.values == NET.coding.values
    certificate = certify(replace(machine_to_rcnn(other), machine=BORDERS, coding=NET.coding))
    assert not certificate.holds


def test_the_report_names_the_patch_and_what_it_should_become() -> None:
    """The gate that brings a head in is dropped: its table for the cell below becomes 0."""
    tables = NET.patch.maps[3]
    column = int(tables.column[tables.row == 0][0])

    def change(layer: AffineMap) -> AffineMap:
        weight = layer.weight.copy()
        weight[(layer.row == 0) & (layer.column == column)] += 1
        return replace(layer, weight=weight)

    failure = certify(with_map(NET, 3, change)).failure
    assert re.fullmatch(
        r"computing, head up: up '.' with the head in \w, left padding, middle .*, right .*, "
        r"down .*: expected \d+, .* with the head in \w; got \d+",
        failure,
    )


def test_a_jacobian_that_is_wrong_is_found_though_the_value_is_right() -> None:
    """The zigzags are what passes the gradient on; they are 0 at all values."""
    steps = NET.patch.maps[2]
    halves = np.flatnonzero(abs(steps.weight) < steps.weight_denominator)
    zigzags = np.unique(steps.row[halves])
    assert len(zigzags) == 2

    def change(layer: AffineMap) -> AffineMap:
        weight = layer.weight.copy()
        weight[np.isin(layer.column, zigzags)] = 0
        return replace(layer, weight=weight)

    failure = certify(with_map(NET, 3, change)).failure
    assert failure == (
        "memorising: up memory, left padding, middle memory, right memory, down not memorised: "
        "the value is right, the Jacobian is not"
    )


def rewired(change: Callable[[dict[tuple[int, int], Fraction]], None], number: int) -> Filter:
    def changed(layer: AffineMap) -> AffineMap:
        places = zip(layer.row.tolist(), layer.column.tolist(), strict=True)
        entries = dict(zip(places, layer.weights.fractions(), strict=True))
        change(entries)
        return AffineMap.of(entries, layer.biases.fractions(), layer.inputs)

    return with_map(NET, number, changed)


def test_a_filter_that_is_no_sum_of_functions_of_single_cells_is_refused() -> None:
    corner = rewired(lambda entries: entries.update({(0, 0): Fraction(1)}), 0)
    assert certify(corner).failure == "ReLU 0 reads two cells of the patch"
    only_corner = rewired(
        lambda entries: (entries.pop((0, 1)), entries.update({(0, 8): Fraction(1)}))[1], 0
    )
    assert certify(only_corner).failure == "ReLU 0 reads a corner of the patch"
    two = rewired(lambda entries: entries.update({(0, 4): Fraction(1)}), 1)
    assert certify(two).failure == "ReLU 0 reads two cells of the patch"
    last = NET.patch.maps[1].outputs - 1
    steps = rewired(lambda entries: entries.update({(0, last): Fraction(1)}), 2)
    assert certify(steps).failure == "step 0 reads two cells of the patch"
    nothing = rewired(lambda entries: entries.update({(0, 0): Fraction(0)}), 1)
    assert certify(nothing).failure == "ReLU 0 reads nothing"
    other_relus = replace(NET, patch=ReluNet(NET.patch.maps, frozenset({1})))
    assert certify(other_relus).failure.startswith("not five maps from 9 values")


def test_a_wrong_head_or_learning_rate_is_found() -> None:
    twice = replace(NET, learning_rate=2 * NET.learning_rate)
    assert certify(twice).failure == "a step of SGD writes 162, not 81"
    first, last = NET.head.maps
    moved = replace(NET, head=ReluNet((with_bias(0, 1)(first), last), frozenset({0})))
    assert certify(moved).failure.startswith("the head gives")
    base3 = machine_to_rcnn(BORDERS, "base3")
    leak = certify(replace(base3, head=printed_head())).failure
    assert re.fullmatch(r"the head gives \S+ for '_' with the head in A, not 0", leak)
    kinks = [*first.biases.fractions(), NET.coding.phase]
    on_a_kink = AffineMap.of({(row, 0): 1 for row in range(len(kinks))}, kinks, 1)
    unused = replace(last, inputs=len(kinks))
    net = replace(NET, head=ReluNet((on_a_kink, unused), frozenset({0})))
    assert certify(net).failure == "the head has a kink at the value of a cell"


def unit_off(change: Callable[[Machine, Cell, Around, Next], Next]) -> Callable[..., Next]:
    def broken(machine: Machine, middle: Cell, around: Around) -> Next:
        return change(machine, middle, around, next_cell(machine, middle, around))

    return broken


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        (  # B.2, f_TM, "head on the right" reads the cell above
            lambda m, c, a, n: (
                Next(n.cell._replace(state=a.up.arriving))
                if c.phase is Phase.COMPUTING and c.state is None and a.right.arriving is not None
                else n
            ),
            "computing: '1' among Around(",
        ),
        (  # B.2, f_msg: the bottom left cell begins
            lambda m, c, a, n: (
                Next(c)
                if c.phase is Phase.UNKNOWN
                and n.cell.state is not None
                and a.left.phase is not None
                else n
            ),
            "memorised: the head is not placed on sample '0'",
        ),
        (  # Lemma 3's proof: the band has the value of compute phase
            lambda m, c, a, n: (
                Next(n.cell._replace(phase=Phase.COMPUTING)) if n.cell.phase is Phase.MEMORY else n
            ),
            "memorising: 0 does not become M",
        ),
        (  # a head without an entry is lost
            lambda m, c, a, n: (
                Next(c._replace(state=None))
                if c.state is not None and m.rule(c.state, c.symbol) is None
                else n
            ),
            "computing: '1' with the head in D on Field(",
        ),
    ],
)
def test_a_wrong_specification_is_not_closed(
    change: Callable[[Machine, Cell, Around, Next], Next],
    failure: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The misprints among them."""
    monkeypatch.setattr(closure, "next_cell", unit_off(change))
    found = check_closure(BORDERS, NET.coding)
    assert found.failure.startswith(failure)
    assert certify(NET).failure == found.failure
