"""Sums in a fixed order by parallel operations, for devices whose own sums come in any order.

Every vertex of a group sums products over its edges, one after the other, as `runtime.engines.plan`
says. Vertices are sorted by how many edges they have, most first. Then the k-th edges are those of
the first so many vertices, and adding them all is one operation, which adds at most one number to
each sum. Nothing is added by atomic operations, and no product is fused with a sum, as they are
computed by different kernels.

A few vertices, such as the output, have thousands of edges. Their further edges are added by a
running sum down the rows of a matrix, where the device computes it row by row (`sums_row_by_row`
asks it), and else one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

_LIGHT = 8
"""Edges that are added one by one."""


@dataclass(frozen=True, eq=False, slots=True)
class _Column:
    """Further edges of vertices that have about equally many.

    Attributes:
        vertices: the range of them, in the order of `OrderedSums.vertices`.
        rows: how many edges.
        places: shape (rows * vertices,), row by row, into the products; where a vertex has no such
            edge, that of the zero after them.
    """

    vertices: slice
    rows: int
    places: Tensor


@dataclass(frozen=True, eq=False, slots=True)
class OrderedSums:
    """Sums of ``value * weight * factor`` over the edges of each vertex of a group.

    Attributes:
        vertices: shape (vertices,), which, those with most edges first.
        read: shape (edges,), the row of the values that each reads; the first edges of all
            vertices, then all second ones, and so on.
        edges: likewise, their numbers.
        factor: shape (edges, 1), or None where all are 1.
        counts: how many vertices have a first edge, a second, and so on.
        columns: edges that are added by running sums instead.
    """

    vertices: Tensor
    read: Tensor
    edges: Tensor
    factor: Tensor | None
    counts: tuple[int, ...]
    columns: tuple[_Column, ...]

    @classmethod
    def of(
        cls,
        vertices: NDArray[np.int64],
        adds_to: NDArray[np.int64],
        read: NDArray[np.int64],
        edges: NDArray[np.int64],
        factor: NDArray[np.floating] | None,
        like: Tensor,
    ) -> OrderedSums:
        """Sort the edges of a group.

        Args:
            vertices: shape (vertices,), increasing; some may have no edge.
            adds_to: shape (edges,), non-decreasing, the vertex of each edge; an earlier edge of a
                vertex is added first.
            read: likewise, what it reads.
            edges: likewise, its number.
            factor: likewise, what its product is multiplied by.
            like: a tensor of the dtype, on the device.
        """
        starts = np.searchsorted(adds_to, vertices)
        fan = np.searchsorted(adds_to, vertices, "right") - starts
        most_first = np.argsort(-fan, kind="stable")
        place = np.empty_like(most_first)
        place[most_first] = np.arange(len(vertices))
        which = np.repeat(np.arange(len(vertices)), fan)
        rank = np.arange(len(adds_to)) - starts[which]
        order = np.lexsort((place[which], rank))
        fan, rank = fan[most_first], rank[order]
        counts = np.bincount(rank).tolist() if len(rank) else []
        light, columns = len(counts), list[_Column]()
        if light > _LIGHT and sums_row_by_row(like.device.type, like.dtype):
            light = _LIGHT
            columns = _columns(fan, np.cumsum([0, *counts]).tolist(), like.device)

        def on_device(numbers: NDArray[np.int64]) -> Tensor:
            return torch.from_numpy(np.ascontiguousarray(numbers)).to(like.device)

        return cls(
            vertices=on_device(vertices[most_first]),
            read=on_device(read[order]),
            edges=on_device(edges[order]),
            factor=None if factor is None else torch.from_numpy(factor[order]).to(like)[:, None],
            counts=tuple(counts[:light]),
            columns=tuple(columns),
        )

    def add(self, sums: Tensor, values: Tensor, weights: Tensor) -> None:
        """Add to sums, in place.

        Args:
            sums: shape (vertices, lanes), in the order of ``self.vertices``.
            values: shape (rows, lanes).
            weights: shape (all edges, lanes).
        """
        if not self.counts:
            return
        products = torch.index_select(values, 0, self.read)
        products *= torch.index_select(weights, 0, self.edges)
        if self.factor is not None:
            products *= self.factor
        start = 0
        for count in self.counts:
            sums[:count] += products[start : start + count]
            start += count
        if not self.columns:
            return
        products = torch.cat([products, products.new_zeros(1, products.shape[1])])
        for column in self.columns:
            here = sums[column.vertices]
            shape = (column.rows, here.numel())
            further = torch.index_select(products, 0, column.places).reshape(shape)
            running = torch.cat([here.reshape(1, -1), further])
            if running.shape[1] == 1:  # of a single column the device may sum parts
                running = running.repeat(1, 2)
            sums[column.vertices] = torch.cumsum(running, 0)[-1, : shape[1]].reshape(here.shape)


def _columns(
    fan: NDArray[np.int64], first_of_rank: list[int], device: torch.device
) -> list[_Column]:
    """Edges from the rank `_LIGHT` on; vertices together whose numbers of them are within twice."""
    further = fan[fan > _LIGHT] - _LIGHT
    size = np.ceil(np.log2(further)).astype(np.int64)
    nowhere, columns = first_of_rank[-1], list[_Column]()
    firsts = np.flatnonzero(np.diff(size, prepend=-1))
    for begin, end in zip(firsts, [*firsts[1:], len(size)], strict=True):
        rows = int(further[begin])
        ranks, vertices = np.arange(rows)[:, None], np.arange(begin, end)
        there = np.array(first_of_rank)[_LIGHT + ranks] + vertices
        places = np.where(ranks < further[begin:end], there, nowhere)
        on_device = torch.from_numpy(places.reshape(-1)).to(device)
        columns.append(_Column(slice(int(begin), int(end)), rows, on_device))
    return columns


@cache
def sums_row_by_row(device: str, dtype: torch.dtype) -> bool:
    """Whether a running sum down the rows of a matrix rounds after each row, found out by one."""
    generator = torch.Generator().manual_seed(0)
    numbers = torch.randn(3000, 66, generator=generator, dtype=dtype)
    expected = torch.zeros(66, dtype=dtype)
    for row in numbers:
        expected = expected + row
    for columns in (2, 3, 66):
        given = numbers[:, :columns].contiguous().to(device)
        if not torch.equal(torch.cumsum(given, 0)[-1].cpu(), expected[:columns]):
            return False
    return True
