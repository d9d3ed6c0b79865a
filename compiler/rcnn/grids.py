"""Grids of cell numbers: of configurations, layer after layer, and through a filter exactly.

`running`, `predicting` and `memorising` say what every layer must give, from the machine and from
Lemma 3; `exact_layer` says what the weights of a filter give. A grid has the shape (height, width).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from circuits.errors import SourceError
from circuits.machines.configuration import Configuration, Field
from circuits.machines.machine import Machine
from compiler.rcnn.cells import Cell, Phase, is_empty
from compiler.rcnn.coding import Coding
from compiler.rcnn.filter import Filter
from compiler.rcnn.layers import Change, changes, symbols_on
from compiler.rcnn.rationals import Rationals

Grid = NDArray[np.int32]
"""Of cell numbers."""


def computing_grid(coding: Coding, configuration: Configuration, field: Field) -> Grid:
    """A configuration as a grid of which all cells compute: one to begin with at once.

    Raises:
        SourceError: the head is outside the field.
    """
    if not field.has(*configuration.head):
        raise SourceError(f"the head is at {configuration.head}, outside the cells")
    plain = [coding.number[Cell(s, Phase.COMPUTING)] for s in range(len(coding.symbols))]
    grid = np.array(plain, np.int32)[symbols_on(configuration, field, coding.blank)]
    _set_head(coding, grid, configuration.head, configuration.state)
    return grid


def running(
    machine: Machine, coding: Coding, configuration: Configuration, field: Field
) -> Iterator[Grid]:
    """`computing_grid` before the first layer and after each that changes something."""
    grid = computing_grid(coding, configuration, field)
    return _carried_out(coding, grid, changes(machine, configuration, field))


def predicting(machine: Machine, coding: Coding, grid: Grid) -> Iterator[Grid]:
    """A grid where all is memorised, before the first layer and after each, until nothing changes.

    Layer 1 puts the head on the bottom right cell of the main grid, which computes from then on. In
    each later layer the machine does a layer, and the cells beside computing ones begin to compute:
    after layer i, all do that are at most i - 1 cells away, rows and columns counted together.
    """
    yield grid
    height, width = grid.shape
    empty = np.array([is_empty(cell) for cell in coding.cells])[grid[0]]
    x, y = corner = int((~empty).sum()) - 1, height - 1
    away = np.add.outer(abs(np.arange(height) - y), abs(np.arange(width) - x))
    symbols = np.array([0 if c is None else c.symbol for c in coding.cells], np.int16)
    start = Configuration(symbols[grid], corner, machine.start)
    told = _computing(coding)[grid]
    _set_head(coding, told, corner, machine.start)
    run = _carried_out(coding, told, changes(machine, start, Field(width, height)))
    after = next(run)
    for distance in count():
        yield np.where(away <= distance, after, grid)
        following = next(run, None)
        if following is None and distance >= away.max():
            return
        after = after if following is None else following


def memorising(coding: Coding, grid: Grid, row: int) -> Iterator[Grid]:
    """A grid whose row ``row`` is written, before the first layer and until nothing changes.

    After layer t the rows that are less than t away are memory (Lemma 3); the workspace stays.
    """
    yield grid
    empty = np.array([is_empty(cell) for cell in coding.cells])[grid]
    memory = np.int32(coding.number[Cell(coding.blank, Phase.MEMORY)])
    away = abs(np.arange(len(grid)) - row)[:, None]
    for distance in range(int(away.max()) + 1):
        yield np.where((away <= distance) & ~empty, memory, grid)


def decoded(coding: Coding, grid: Grid) -> Configuration:
    """The configuration that a grid shows, whatever the phases of its cells.

    Raises:
        SourceError: a number of no cell, or no head, or two; names the place.
    """
    heads: list[tuple[tuple[int, int], int]] = []
    symbols = np.zeros(grid.shape, np.int16)
    for (y, x), number in np.ndenumerate(grid):
        cell = coding.cells[number] if 0 <= number < len(coding.cells) else None
        if cell is None:
            raise SourceError(f"cell ({x}, {y}) holds the value of no cell")
        symbols[y, x] = cell.symbol
        if cell.state is not None:
            heads.append(((x, y), cell.state))
    if len(heads) != 1:
        raise SourceError(f"two heads, at {heads[0][0]} and {heads[1][0]}" if heads else "no head")
    return Configuration(symbols, *heads[0])


class ExactLayer(NamedTuple):
    """What the weights of a filter make of a grid."""

    grid: Grid
    """-1 where the value is that of no cell."""
    jacobian: NDArray[np.object_]
    """Shape (height, width, 9): fractions, the derivatives by the patch, read row by row."""


def exact_layer(net: Filter, grid: Grid) -> ExactLayer:
    """One layer in rational arithmetic; equal patches are computed once."""
    coding = net.coding
    height, width = grid.shape
    bordered = np.pad(grid, 1, constant_values=coding.number[None])
    shifts = [bordered[r : r + height, c : c + width] for r in range(3) for c in range(3)]
    patches, which = np.unique(np.stack(shifts, -1).reshape(-1, 9), axis=0, return_inverse=True)
    value = Rationals.of(coding.values)
    found = net.patch(Rationals(value.numerators[patches], value.denominator))
    number_of = {value: number for number, value in enumerate(coding.values)}
    numbers = np.array([number_of.get(v, -1) for [v] in found.values.fractions()], np.int32)
    jacobians = np.array([row for [row] in found.jacobian.fractions()], dtype=object)
    which = which.reshape(height, width)
    return ExactLayer(numbers[which], jacobians[which])


def _computing(coding: Coding) -> Grid:
    """Cell number -> that of the same cell, computing; others stay."""
    numbers = np.arange(len(coding.cells), dtype=np.int32)
    for number, cell in enumerate(coding.cells):
        if cell is not None and cell.phase is not Phase.MEMORY:
            numbers[number] = coding.number[cell._replace(phase=Phase.COMPUTING)]
    return numbers


def _carried_out(coding: Coding, grid: Grid, run: Iterator[Change]) -> Iterator[Grid]:
    """A grid, and then as it is after each change."""
    yield grid.copy()
    for change in run:
        grid[change.y, change.x] = coding.number[Cell(change.symbol, Phase.COMPUTING)]
        _set_head(coding, grid, change.head, change.state)
        yield grid.copy()


def _set_head(coding: Coding, grid: Grid, head: tuple[int, int], state: int) -> None:
    cell = coding.cells[grid[head[1], head[0]]]
    assert cell is not None
    grid[head[1], head[0]] = coding.number[cell._replace(state=state)]
