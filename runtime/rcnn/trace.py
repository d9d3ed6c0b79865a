"""Layers of a net and layers of a machine, compared cell for cell.

Both sides are logs: (layer, cell, cell number), one row for each cell that a layer changes. If the
grids before the first layer and the logs agree, every cell agrees in every layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from circuits.machines.configuration import Configuration, Field
from circuits.machines.machine import Machine
from compiler.rcnn.cells import Cell, Phase, described
from compiler.rcnn.coding import Coding
from compiler.rcnn.grids import Grid
from compiler.rcnn.layers import changes, symbols_on
from runtime.rcnn.fast import Changes, FastRun
from runtime.rcnn.module import Path, Rcnn
from runtime.rcnn.settings import Progress

Event: TypeAlias = tuple[int, int]
"""A cell, row by row, and its new cell number."""

_AT_ONCE = 2**16
"""Layers between two comparisons."""


class Mismatch(NamedTuple):
    """The first layer that is not as it must be."""

    layer: int
    cell: tuple[int, int]
    expected: str
    got: str
    cells: int
    """How many cells of this layer are wrong."""


class Layers(Protocol):
    """A net on its way through the layers of one grid."""

    @property
    def is_fixed(self) -> bool:
        """Whether no further layer changes anything."""
        ...

    def changes(self, layers: int) -> Changes:
        """What so many layers more change."""
        ...


class PlainRun:
    """As `runtime.rcnn.fast.FastRun`, but all cells of every layer are computed."""

    def __init__(self, module: Rcnn, grid: Tensor) -> None:
        self._filter = module.filter
        self._values = grid.detach()[None, None]
        self._layers = 0
        self.is_fixed = False

    def changes(self, layers: int) -> Changes:
        """What so many layers more change; fewer once nothing does."""
        found: list[NDArray[np.int64]] = []
        values = []
        for _ in range(layers):
            if self.is_fixed:
                break
            with torch.no_grad():
                after = self._filter(self._values)
            self._layers += 1
            cells = torch.nonzero((after != self._values).ravel())[:, 0].numpy()
            self.is_fixed = not len(cells)
            found.append(np.stack([np.full(len(cells), self._layers), cells], axis=1))
            values.append(after.ravel().numpy()[cells])
            self._values = after
        log = np.concatenate([np.zeros((0, 2), np.int64), *found])
        return Changes(log[:, 0], log[:, 1], np.concatenate([np.zeros(0), *values]))


def start(module: Rcnn, grid: Tensor) -> Layers:
    """A run of a module's layers on one grid, on its path."""
    if module.path is Path.PLAIN:
        return PlainRun(module, grid)
    return FastRun(module.filter, grid.detach().numpy())


def events_of_grids(grids: Iterator[Grid]) -> Iterator[Sequence[Event]]:
    """For each layer what it changes, from the grids before the first and after each."""
    before = next(grids)
    for after in grids:
        cells = np.flatnonzero(before != after)
        yield list(zip(cells.tolist(), after.ravel()[cells].tolist(), strict=True))
        before = after


def events_of_run(
    machine: Machine, coding: Coding, configuration: Configuration, field: Field
) -> Iterator[Sequence[Event]]:
    """Likewise, from a configuration on a grid of which all cells compute; a million a second."""
    plain = [coding.number[Cell(s, Phase.COMPUTING)] for s in range(len(machine.symbols))]
    states = range(len(machine.states))
    held = [[coding.number[Cell(s, Phase.COMPUTING, q)] for q in states] for s in range(len(plain))]
    symbols = symbols_on(configuration, field, machine.blank).ravel().tolist()
    for x, y, symbol, (column, row), state, _ in changes(machine, configuration, field):
        here, there = y * field.width + x, row * field.width + column
        symbols[here] = symbol
        head = there, held[symbols[there]][state]
        yield [head] if here == there else [(here, plain[symbol]), head]


class Tracer:
    """Compares a run with what its layers must be.

    Args:
        coding: what values stand for.
        machine: for words.
        expected: the grid of cell numbers before the first layer.

    Attributes:
        compared: cells times layers.
    """

    def __init__(self, coding: Coding, machine: Machine, expected: Grid) -> None:
        self._coding = coding
        self._machine = machine
        self._width = expected.shape[1]
        self._now: NDArray[np.int64] = expected.ravel().astype(np.int64)
        self.compared = 0

    def begin(self, grid: NDArray[np.floating[Any]]) -> Mismatch | None:
        """Compare the grids before the first layer."""
        return self._at(0, self._now, self._coding.numbers(grid).ravel(), grid.ravel())

    def follow(
        self,
        run: Layers,
        events: Iterator[Sequence[Event]],
        layers: int,
        progress: Progress | None = None,
    ) -> Mismatch | None:
        """Compare so many layers."""
        done = 0
        while done < layers:
            count = min(layers - done, _AT_ONCE)
            block = list(islice(events, count))
            found = run.changes(count)
            rows = [(done + 1 + i, *event) for i, some in enumerate(block) for event in some]
            due = self._canonical(np.array(rows, np.int64).reshape(-1, 3))
            numbers = self._coding.numbers(found.value).astype(np.int64)
            got = self._canonical(np.stack([found.layer, found.cell, numbers], axis=1))
            if not np.array_equal(due, got):
                return self._first(due, got, found)
            self._now = _applied(self._now, due)
            done += count
            if progress is not None:
                progress(done, layers)
            if run.is_fixed and len(block) < count:
                break
        self.compared += len(self._now) * layers
        return None

    @property
    def grid(self) -> Grid:
        """The cell numbers now, on both sides."""
        return self._now.reshape(-1, self._width).astype(np.int32)

    def _canonical(self, log: NDArray[np.int64]) -> NDArray[np.int64]:
        """By layer and cell, without rows that change no cell number."""
        log = log[np.lexsort((log[:, 0], log[:, 1]))]
        before = np.roll(log[:, 2], 1)
        first = np.ones(len(log), bool)
        first[1:] = log[1:, 1] != log[:-1, 1]
        before[first] = self._now[log[first, 1]]
        log = log[log[:, 2] != before]
        return log[np.lexsort((log[:, 1], log[:, 0]))]

    def _first(
        self, due: NDArray[np.int64], got: NDArray[np.int64], found: Changes
    ) -> Mismatch | None:
        """The first layer in which two logs differ."""
        both = min(len(due), len(got))
        differ = np.flatnonzero((due[:both] != got[:both]).any(axis=1))
        at = int(differ[0]) if len(differ) else both
        layer = min(int(log[at, 0]) for log in (due, got) if at < len(log))
        upto = found.layer <= layer
        values = self._coding.floats(self._now)
        values[found.cell[upto]] = found.value[upto]
        return self._at(
            layer,
            _applied(self._now, due[due[:, 0] <= layer]),
            _applied(self._now, got[got[:, 0] <= layer]),
            values,
        )

    def _at(
        self,
        layer: int,
        due: NDArray[np.int64],
        got: NDArray[np.integer[Any]],
        values: NDArray[np.floating[Any]],
    ) -> Mismatch | None:
        wrong = np.flatnonzero(due != got)
        if not len(wrong):
            return None
        cell = int(wrong[0])
        return Mismatch(
            layer,
            (cell % self._width, cell // self._width),
            described(self._machine, self._coding.cells[due[cell]]),
            f"{float(values[cell])}, the value of no cell"
            if got[cell] < 0
            else described(self._machine, self._coding.cells[got[cell]]),
            len(wrong),
        )


def _applied(grid: NDArray[np.int64], log: NDArray[np.int64]) -> NDArray[np.int64]:
    """A grid after the changes of a log, oldest first."""
    after = grid.copy()
    after[log[:, 1]] = log[:, 2]  # the last one wins
    return after
