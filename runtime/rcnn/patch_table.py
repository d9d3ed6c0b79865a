"""What the filter makes of each patch that was met: computed once, by the filter itself.

The filter is a function of nine floats, and a run meets few patches. Floats get numbers (*ids*) by
their bits, and so do Jacobians. `to_arrays` has made sure that no sum rounds, so it makes no
difference beside which others a patch is computed.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from runtime.rcnn.module import Patch

UNKNOWN = -1
_FIRST_SIZE = 2**10


class Interned:
    """Rows of floats and their ids; told apart by their bits."""

    def __init__(self, columns: int, dtype: torch.dtype) -> None:
        self._of: dict[bytes, int] = {}
        self.rows = np.zeros((_FIRST_SIZE, columns), str(dtype).removeprefix("torch."))

    def ids(self, rows: NDArray[np.floating]) -> NDArray[np.int32]:
        """Their ids, new ones for new rows; shape (N, columns) to (N,)."""
        rows = np.ascontiguousarray(rows, self.rows.dtype)
        found = [self._of.setdefault(row.tobytes(), len(self._of)) for row in rows]
        while len(self.rows) < len(self._of):
            self.rows = np.concatenate([self.rows, np.zeros_like(self.rows)])
        numbers = np.array(found, np.int32)
        self.rows[numbers] = rows
        return numbers


class PatchTable:
    """A hash table from patches to what the filter makes of them, as the kernels read it.

    Attributes:
        values: of cells, by id; id 0 is the padding.
        jacobians: of patches, by id: the derivatives by ``places``; id 0 is all 0.
        places: those of the 3 x 3 that the filter reads at all, as (row, column), each -1 to 1.
        patches: shape (number, places), ids of values.
        after: the id of the filter's value.
        slope: the id of its Jacobian, `UNKNOWN` where nobody asked yet.
        slots: the hash table; a place in ``patches``, or -1.
    """

    def __init__(self, filter_: Patch) -> None:
        self._filter = filter_
        first = filter_.get_buffer("v1")
        reads = (first != 0).any(dim=0)[0]
        self._read = np.flatnonzero(reads.cpu().numpy().ravel())
        self.places = np.stack(np.unravel_index(self._read, (3, 3)), axis=1) - 1
        self.values = Interned(1, first.dtype)
        self.values.ids(np.full((1, 1), filter_.padding))
        self.jacobians = Interned(len(self._read), first.dtype)
        self.jacobians.ids(np.zeros((1, len(self._read))))
        self.patches = np.zeros((_FIRST_SIZE, len(self._read)), np.int32)
        self.after = np.zeros(_FIRST_SIZE, np.int32)
        self.slope = np.full(_FIRST_SIZE, UNKNOWN, np.int32)
        self.slots = np.full(2 * _FIRST_SIZE, -1, np.int32)
        self.number = 0
        self._weights = _weights(filter_)

    def is_of(self, filter_: Patch) -> bool:
        """Whether the filter still has the weights that this was made with."""
        now = _weights(filter_)
        same = all(map(torch.equal, now, self._weights)) and now[0].dtype == self._weights[0].dtype
        return same and filter_.padding == float(self.values.rows[0, 0])

    def add(self, patches: NDArray[np.int32], *, slopes: bool) -> None:
        """Let the filter compute patches; shape (N, places), ids. With Jacobians on demand."""
        from runtime.rcnn.kernels import find, insert

        patches = np.unique(patches, axis=0)
        after, jacobians = self._compute(patches, slopes=slopes)
        self._reserve(len(patches))
        for patch, value, jacobian in zip(patches, after, jacobians, strict=True):
            place = int(find(patch, self.patches, self.slots))
            if place < 0:
                place, self.number = self.number, self.number + 1
                self.patches[place] = patch
                insert(place, self.patches, self.slots)
            self.after[place] = value
            if slopes:
                self.slope[place] = jacobian

    def _compute(
        self, patches: NDArray[np.int32], *, slopes: bool
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        whole = np.zeros((len(patches), 9), self.values.rows.dtype)
        whole[:, self._read] = self.values.rows[patches, 0]
        first = self._weights[0]
        inputs = torch.tensor(whole, device=first.device).reshape(-1, 1, 3, 3)
        with torch.enable_grad() if slopes else torch.no_grad():
            made = self._filter.on_patches(inputs.requires_grad_(slopes))
        after = self.values.ids(made.detach().cpu().numpy().reshape(-1, 1))
        if not slopes:
            return after, np.full(len(patches), UNKNOWN, np.int32)
        (jacobian,) = torch.autograd.grad(made, inputs, torch.ones_like(made))
        rows = jacobian.cpu().numpy().reshape(-1, 9)[:, self._read]
        return after, self.jacobians.ids(rows + 0.0)  # -0.0 becomes 0.0

    def _reserve(self, more: int) -> None:
        """Room for so many more patches, at most half of the slots in use."""
        from runtime.rcnn.kernels import insert

        while self.number + more > len(self.after):
            self.patches = np.concatenate([self.patches, np.zeros_like(self.patches)])
            self.after = np.concatenate([self.after, np.zeros_like(self.after)])
            self.slope = np.concatenate([self.slope, np.full_like(self.slope, UNKNOWN)])
            self.slots = np.full(2 * len(self.after), -1, np.int32)
            for place in range(self.number):
                insert(place, self.patches, self.slots)


def table_of(filter_: Patch) -> PatchTable:
    """The table of a filter; a new one if its weights have changed."""
    if filter_.table is None or not filter_.table.is_of(filter_):
        filter_.table = PatchTable(filter_)
    return filter_.table


def _weights(filter_: Patch) -> list[Tensor]:
    return [buffer.detach().clone() for buffer in filter_.buffers()]
