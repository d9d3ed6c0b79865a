"""The backward pass along the edges into vertices on a sloped piece of f, in plain torch.

All other gradients are 0, and adding a 0 changes no bit. As these edges are few, each call of torch
on them costs little more than its overhead, so there are as few as can be, whatever the depth.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from runtime.engines.plan import Plan, Trace

CHUNK = 1 << 15
"""Numbers of which all temporary results stay in the cache."""


class Sloped(NamedTuple):
    """The vertices that pass a gradient on.

    Attributes:
        vertices: ascending, unless said otherwise.
        slopes: f' at each, not 0.
        fan_in: edges into each.
        edges: into all of them together.
    """

    vertices: Tensor
    slopes: Tensor
    fan_in: Tensor
    edges: int

    @classmethod
    def of(cls, plan: Plan, sums: Tensor) -> Sloped:
        """Those of a forward pass; sums of the `levels` engine have been looked through."""
        noted = plan.by_vertex.noted(sums)
        vertices = not_flat(plan, sums) if noted is None else noted
        slopes = plan.activation.derivative(sums.index_select(0, vertices))
        with_slope = slopes.nonzero().flatten()
        if len(with_slope) < len(vertices):
            vertices, slopes = (x.index_select(0, with_slope) for x in (vertices, slopes))
        first = plan.first_edge
        fan_in = first.index_select(0, vertices + 1) - first.index_select(0, vertices)
        return cls(vertices, slopes, fan_in, int(fan_in.sum()))

    def downwards(self, plan: Plan) -> tuple[Sloped, Tensor]:
        """The same from the last level down, and how many are above each level, from level 0 on."""
        up_to = torch.searchsorted(self.vertices, plan.first_vertex)
        order = _ranges(up_to[:-1].flip(0), up_to.diff().flip(0))
        vertices, slopes, fan_in = (x.index_select(0, order) for x in self[:3])
        return Sloped(vertices, slopes, fan_in, self.edges), len(order) - up_to


def not_flat(plan: Plan, sums: Tensor) -> Tensor:
    """The vertices, int64, whose sums are neither in the dead zone nor on a plateau.

    A sum that is not a number is one of them. What is given has no sum, but the number 0.
    """
    f, x = plan.activation, sums.numpy()  # which compares several times faster than torch does
    flat = np.empty(len(x), bool)
    for begin in range(0, len(x), CHUNK):
        size = np.abs(x[begin : begin + CHUNK])
        on_plateau = size >= f.plateau_from
        np.logical_or(size <= f.dead_zone, on_plateau, out=flat[begin : begin + CHUNK])
    return torch.from_numpy(np.flatnonzero(np.logical_not(flat, out=flat)))


def back_along(
    plan: Plan, weights: Tensor, trace: Trace, by_value: Tensor, sloped: Sloped
) -> Tensor:
    """The gradients by all weights; ``by_value`` comes in with those of the outputs alone.

    Most sloped vertices are read by flat ones only, so those of many levels are done at once.
    """
    sloped, above = sloped.downwards(plan)
    edges = _ranges(plan.first_edge.index_select(0, sloped.vertices), sloped.fan_in)
    targets = torch.repeat_interleave(sloped.fan_in)
    sources, factors = (x.index_select(0, edges) for x in (plan.sources, weights))
    by_sum, by_target = sloped.slopes, torch.empty_like(factors)
    ends = above.index_select(0, _stops(plan, sloped.vertices, sources, targets))
    edge_ends = torch.cat([ends.new_zeros(1), sloped.fan_in.cumsum(0)]).index_select(0, ends)
    at_once, edges_at_once = ends.diff().tolist(), edge_ends.diff().tolist()
    parts = (
        *(torch.split(x, at_once) for x in (sloped.vertices, by_sum)),
        *(torch.split(x, edges_at_once) for x in (sources, targets, factors, by_target)),
        _leaving(plan, edges, edges_at_once),
    )
    for vertices, here, source, target, products, told, copies in zip(*parts, strict=True):
        here *= by_value.index_select(0, vertices)  # the slopes were there
        torch.index_select(by_sum, 0, target, out=told)
        products *= told  # the weights were there
        if copies is not None:
            products *= copies
        by_value.scatter_add_(0, source, products)
    by_target.mul_(trace.values.index_select(0, sources)).add_(0.0)  # -0 becomes +0
    return plan.by_edge.take().zero_().scatter_(0, edges, by_target)


def _leaving(plan: Plan, edges: Tensor, sizes: list[int]) -> Sequence[Tensor | None]:
    """`runtime.engines.plan.Level.leaving` of these edges, in parts of these sizes."""
    copies = plan.layout.leaving
    if not len(copies):
        return [None] * len(sizes)
    return torch.split(torch.from_numpy(copies).index_select(0, edges), sizes)


def _stops(plan: Plan, vertices: Tensor, sources: Tensor, targets: Tensor) -> Tensor:
    """Levels from the last one down to 0: from each to above the next, no vertex reads another.

    That is said of the sloped vertices, which are given with the sources of all edges into them;
    targets say which of the vertices an edge leads into.
    """
    is_sloped = torch.zeros(plan.vertices, dtype=torch.bool).index_fill_(0, vertices, True)
    both = is_sloped.index_select(0, sources).nonzero().flatten()
    read = plan.level_of.index_select(0, sources.index_select(0, both))
    reader = vertices.index_select(0, targets.index_select(0, both))
    highest_read = torch.zeros(len(plan.levels) + 1, dtype=torch.int64)
    highest_read.scatter_reduce_(0, plan.level_of.index_select(0, reader), read, "amax")
    from_here_down = highest_read.cummax(0).values.tolist()
    stops = [len(plan.levels)]
    while stops[-1]:
        stops.append(from_here_down[stops[-1]])
    return torch.tensor(stops)


def _ranges(begins: Tensor, sizes: Tensor) -> Tensor:
    """The numbers of ranges, one range after the other.

    >>> _ranges(torch.tensor([7, 0, 4]), torch.tensor([2, 0, 3])).tolist()
    [7, 8, 4, 5, 6]
    """
    ends = sizes.cumsum(0)
    shifts = torch.repeat_interleave(begins - ends + sizes, sizes)
    return shifts.add_(torch.arange(len(shifts)))
