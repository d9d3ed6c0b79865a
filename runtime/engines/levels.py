"""The `levels` engine: plain torch, level by level, with the backward pass written by hand.

It needs nothing but torch. A level costs some fifteen calls of torch, about a microsecond each, so
the depth of a net matters more than its size. Where few vertices are on a sloped piece of f, the
backward pass follows only the edges into these: all other gradients are 0, and adding a 0 changes
no bit.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from runtime.engines.plan import Plan, Trace

_CHUNK = 1 << 13
"""Numbers of which all temporary results stay in the cache, and their memory in the process."""

_SPARSE = 16
"""Up to one edge in so many, picking those into sloped vertices is faster than taking all."""


def _between(plan: Plan, sums: Tensor) -> Tensor:
    """The vertices, int64, whose sums are neither inside the dead zone nor on a plateau."""
    f, found = plan.activation, []
    for number, x in enumerate(torch.split(sums, _CHUNK)):
        size = x.abs()
        flat = (size < f.dead_zone).logical_or_(size >= f.plateau_from)
        found.append(torch.nonzero(flat.logical_not_()).flatten() + number * _CHUNK)
    vertices = torch.cat(found)
    return vertices[vertices >= plan.given]  # what is given has no sum


class Levels:
    """See `runtime.engines.plan.Engine`."""

    def forward(self, plan: Plan, weights: Tensor, sample: Tensor) -> Trace:
        """Gather, multiply, sum by target, activate: once per level.

        Nothing lands in a blend unless the emulation is broken, so that is looked for once, at the
        end; only then are the levels run again with the whole activation.
        """
        trace = self._forward(plan, weights, sample, plan.activation.value_on_pieces)
        between = trace.inputs_sum[_between(plan, trace.inputs_sum)]
        if bool(plan.activation.in_blend(between).any()):
            trace = self._forward(plan, weights, sample, plan.activation.value_into)
        return trace

    @staticmethod
    def _forward(
        plan: Plan, weights: Tensor, sample: Tensor, activate: Callable[[Tensor, Tensor], object]
    ) -> Trace:
        (sums, sums_of), (values, values_of) = (plan.by_vertex.take_parts() for _ in range(2))
        (weight, weight_of), (_arriving, arriving_of) = (
            plan.by_edge.take_parts() for _ in range(2)
        )
        sums.zero_()
        values_of[0].zero_()
        values[0] = 1
        values[plan.inputs] = sample
        weight.copy_(weights.detach())
        parts = zip(plan.levels, weight_of, arriving_of, sums_of[1:], values_of[1:], strict=True)
        for level, factors, products, totals, activations in parts:
            torch.index_select(values, 0, level.sources, out=products)
            products *= factors
            if level.entering is not None:
                products *= level.entering
            totals.scatter_add_(0, level.targets, products)
            activate(totals, activations)
        return Trace(sums, values)

    def backward(
        self, plan: Plan, weights: Tensor, trace: Trace, output_gradient: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The chain rule from the last level down; weight gradients all at once at the end."""
        by_value, by_sum = plan.by_vertex.take(), plan.by_vertex.take()
        by_value.zero_()
        by_value.index_add_(0, plan.outputs, output_gradient)
        between = _between(plan, trace.inputs_sum)
        slopes = plan.activation.derivative(trace.inputs_sum[between])
        by_sum.zero_()
        by_sum[between] = slopes
        sloped = between[slopes != 0]
        fan_in = plan.first_edge[sloped + 1] - plan.first_edge[sloped]
        back = self._back if _SPARSE * int(fan_in.sum()) > plan.edges else self._back_along
        by_weight = back(plan, weights.detach(), trace, by_value, by_sum, sloped, fan_in)
        return by_weight.add_(0.0), by_value[plan.inputs]  # -0 becomes +0

    @staticmethod
    def _back(
        plan: Plan,
        weights: Tensor,
        trace: Trace,
        by_value: Tensor,
        by_sum: Tensor,
        _sloped: Tensor,
        _fan_in: Tensor,
    ) -> Tensor:
        """The gradients by all weights; slopes come in ``by_sum``, gradients in ``by_value``."""
        sizes = [plan.given, *(level.size for level in plan.levels)]
        by_value_of, by_sum_of = (torch.split(x, sizes) for x in (by_value, by_sum))
        (by_target, by_target_of), (back, back_of) = (plan.by_edge.take_parts() for _ in range(2))
        back.copy_(weights)
        parts = zip(plan.levels, by_value_of[1:], by_sum_of[1:], by_target_of, back_of, strict=True)
        for level, from_readers, here, told, products in reversed(list(parts)):
            here *= from_readers  # the slopes were there
            torch.index_select(here, 0, level.targets, out=told)
            products *= told
            if level.leaving is not None:
                products *= level.leaving
            by_value.scatter_add_(0, level.sources, products)
        return by_target.mul_(torch.index_select(trace.values, 0, plan.sources, out=back))

    @staticmethod
    def _back_along(
        plan: Plan,
        weights: Tensor,
        trace: Trace,
        by_value: Tensor,
        by_sum: Tensor,
        sloped: Tensor,
        fan_in: Tensor,
    ) -> Tensor:
        """Likewise, over the edges into sloped vertices only, in the same order."""
        number = torch.arange(len(sloped))
        firsts = torch.tensor([level.vertices.start for level in plan.levels] + [plan.vertices])
        begins = torch.searchsorted(sloped, firsts)
        sizes = begins.diff()
        in_level = number - torch.repeat_interleave(begins[:-1], sizes)
        ends = torch.cat([torch.zeros(1, dtype=torch.int64), fan_in.cumsum(0)])
        edges = torch.arange(int(ends[-1]))
        edges += torch.repeat_interleave(plan.first_edge[sloped] - ends[:-1], fan_in)
        sources, factors = plan.sources[edges], weights[edges]
        by_read = torch.zeros(len(edges), dtype=plan.dtype)
        copies_of = plan.layout.leaving
        leaving = torch.from_numpy(copies_of)[edges] if len(copies_of) else None
        of_vertices, of_edges = sizes.tolist(), ends[begins].diff().tolist()
        parts = (
            *(torch.split(x, of_vertices) for x in (sloped, by_sum[sloped])),
            *(
                torch.split(x, of_edges)
                for x in (torch.repeat_interleave(in_level, fan_in), sources, factors, by_read)
            ),
            [None] * len(of_edges) if leaving is None else torch.split(leaving, of_edges),
        )
        for here, slope, target, source, factor, told, copies in reversed(
            list(zip(*parts, strict=True))
        ):
            if len(here):
                slope *= by_value.index_select(0, here)
                torch.index_select(slope, 0, target, out=told)
                factor *= told
                if copies is not None:
                    factor *= copies
                by_value.scatter_add_(0, source, factor)
        by_weight = plan.by_edge.take().zero_()
        by_weight[edges] = by_read.mul_(trace.values[sources])
        return by_weight
