"""Thousands of layers for the price of what changes in them; the same bits as all of them.

A cell is computed again only if one of its patch has changed, and what becomes of a patch that was
met before is looked up (`runtime.rcnn.patch_table`). Once nothing changes, nothing ever will: the
layers that are left cost nothing. Backwards likewise: the gradient of a cell is summed again only
if the gradients or the Jacobians around it have changed from one layer to the next.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from runtime.rcnn.module import Patch
from runtime.rcnn.patch_table import UNKNOWN, PatchTable, table_of

_FIRST_LOG = 2**12


class Changes(NamedTuple):
    """What some layers changed, oldest first; within a layer in no order."""

    layer: NDArray[np.int64]
    """Counted from 1."""
    cell: NDArray[np.int64]
    """Row by row, counted from 0, without padding."""
    value: NDArray[np.floating[Any]]
    """The new one."""


class FastRun:
    """A grid on its way through the layers.

    Args:
        filter_: what a layer does.
        grid: shape (height, width), of the filter's dtype.
        slopes: whether to follow Jacobians, for `gradient`.

    Attributes:
        layers: done so far.
    """

    def __init__(self, filter_: Patch, grid: NDArray[np.floating], *, slopes: bool = False) -> None:
        self._table = table_of(filter_)
        self._shape = height, width = grid.shape
        ids = self._table.values.ids(grid.reshape(-1, 1)).reshape(grid.shape)
        self._ids = np.pad(ids, 1).ravel()  # id 0 is the padding
        self._inside = np.pad(np.ones(grid.shape, bool), 1).ravel()
        self._slopes = np.full(len(self._ids), UNKNOWN, np.int32)
        self._marks = np.where(self._inside, 0, -1)
        self._work = np.flatnonzero(self._inside).astype(np.int32)
        self._count = height * width
        rows, columns = self._table.places.T
        self._offsets = np.ascontiguousarray(rows * (width + 2) + columns, np.int64)
        self._bends: list[NDArray[np.int64]] = []
        self._log = np.zeros((max(_FIRST_LOG, self._count) if slopes else 0, 3), np.int64)
        self.layers = 0

    @property
    def is_fixed(self) -> bool:
        """Whether no further layer changes anything."""
        return bool(self._count == 0)

    @property
    def grid(self) -> NDArray[np.floating[Any]]:
        """The values now; shape (height, width)."""
        return self._values(self._ids[self._inside]).reshape(self._shape)

    def advance(self, layers: int) -> None:
        """So many layers more."""
        self._advance(self.layers + layers, np.zeros((0, 3), np.int64))

    def changes(self, layers: int) -> Changes:
        """Likewise; and says what they changed."""
        room = np.zeros((max(_FIRST_LOG, self._count), 3), np.int64)
        found = np.concatenate([room[:0], *self._advance(self.layers + layers, room)])
        number = np.cumsum(self._inside) - 1
        return Changes(found[:, 0], number[found[:, 1]], self._values(found[:, 2]))

    def gradient(self, above: NDArray[np.floating]) -> NDArray[np.floating[Any]]:
        """The gradient by the first grid, from that by the grid now; only once."""
        from runtime.rcnn.kernels import carry_back

        flat = np.pad(above, 1).ravel().astype(self._table.values.rows.dtype)
        work = np.flatnonzero(self._inside).astype(np.int32)
        room = np.zeros(len(flat), np.int32)
        room[: len(work)] = work
        carry_back(
            flat,
            self._slopes,
            room,
            len(work),
            np.where(self._inside, 0, -1),
            self._offsets,
            self._table.jacobians.rows,
            np.concatenate([self._log[:0], *self._bends]),
            self.layers,
        )
        below: NDArray[np.floating[Any]] = flat[self._inside].reshape(self._shape)
        return below

    def _values(self, ids: NDArray[np.integer]) -> NDArray[np.floating[Any]]:
        found: NDArray[np.floating[Any]] = self._table.values.rows[ids, 0]
        return found

    def _advance(self, end: int, room: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """To this layer; what was logged in ``room``, which is used again and again."""
        from runtime.rcnn.kernels import MISSING, advance

        table: PatchTable = self._table
        logged: list[NDArray[np.int64]] = []
        while self.layers < end and self._count:
            why, self.layers, self._count, changes, bends = advance(
                self._ids, self._slopes, self._work, self._count, self._marks, self._offsets,
                table.patches, table.after, table.slope, table.slots,
                self.layers, end, room, self._log,
            )  # fmt: skip
            if changes:
                logged.append(room[:changes].copy())
            if bends:
                self._bends.append(self._log[:bends].copy())
            if why == MISSING:
                met = self._ids[self._work[: self._count, None] + self._offsets]
                table.add(self._unknown(met), slopes=len(self._log) > 0)
        self.layers = max(self.layers, end)
        return logged

    def _unknown(self, patches: NDArray[np.int32]) -> NDArray[np.int32]:
        """Those that the table lacks, or lacks the Jacobian of."""
        from runtime.rcnn.kernels import find

        table = self._table
        places = [int(find(patch, table.patches, table.slots)) for patch in patches]
        lacking = [p < 0 or (len(self._log) > 0 and table.slope[p] < 0) for p in places]
        return patches[lacking]


def fast_layers(filter_: Patch, grids: Tensor, layers: int) -> Tensor:
    """So many layers on grids of shape (N, height, width); differentiable by the grids."""
    made = _FastLayers.apply(grids, filter_, layers)  # type: ignore[no-untyped-call]
    assert isinstance(made, Tensor)
    return made


class _FastLayers(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, grids: Tensor, filter_: Patch, layers: int) -> Tensor:
        slopes = ctx.needs_input_grad[0]
        ctx.runs = [FastRun(filter_, grid, slopes=slopes) for grid in grids.detach().cpu().numpy()]
        for run in ctx.runs:
            run.advance(layers)
        return torch.tensor(np.stack([run.grid for run in ctx.runs])).to(grids.device)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *above: Tensor) -> tuple[Tensor, None, None]:
        (gradient,) = above
        rows = zip(ctx.runs, gradient.detach().cpu().numpy(), strict=True)
        below = np.stack([run.gradient(row) for run, row in rows])
        return torch.tensor(below).to(gradient.device), None, None
