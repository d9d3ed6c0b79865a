"""The `levels` engine: plain torch, level by level, with the backward pass written by hand.

It needs nothing but torch. A level costs some ten calls of torch, about a microsecond each, so the
depth of a net matters more than its size. Where few vertices are on a sloped piece of f, the
backward pass follows only the edges into these, see `runtime.engines.sloped`.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from runtime.engines.plan import Plan, Trace
from runtime.engines.sloped import CHUNK, Sloped, back_along, not_flat

_SPARSE = 8
"""An edge that is picked, as it leads into a sloped vertex, takes as long as so many where all are
taken in a row."""

_PER_LEVEL = 100
"""Where all edges are taken, a level takes as long as so many more. In fact it is rather 800, but
then picked edges may have to be followed level by level, too."""


class Levels:
    """See `runtime.engines.plan.Engine`."""

    def forward(self, plan: Plan, weights: Tensor, sample: Tensor) -> Trace:
        """Gather, multiply, sum by target, activate: once per level.

        Nothing lands in a blend unless the emulation is broken, so that is looked for once, at the
        end; only then are the levels run again with the whole activation.
        """
        trace = _forward(plan, weights, sample, plan.activation.value_on_pieces_into)
        # A sum, which starts at +0, is the same whichever 0 is added. So the signs of zeros, which
        # are values in the dead zone, can wait until all levels are done.
        computed = slice(plan.given, None)
        values = trace.values[computed]
        torch.copysign(values, trace.inputs_sum[computed], out=values)
        vertices = not_flat(plan, trace.inputs_sum)
        if bool(plan.activation.in_blend(trace.inputs_sum.index_select(0, vertices)).any()):
            return _forward(plan, weights, sample, plan.activation.value_into)
        plan.by_vertex.note(trace.inputs_sum, vertices)  # for the backward pass
        return trace

    def backward(
        self, plan: Plan, weights: Tensor, trace: Trace, output_gradient: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The chain rule from the last level down; weight gradients all at once at the end."""
        by_value = plan.by_vertex.take().zero_()
        by_value.index_add_(0, plan.outputs, output_gradient)
        sloped = Sloped.of(plan, trace.inputs_sum)
        all_edges = plan.edges + _PER_LEVEL * len(plan.levels)
        back = _back if _SPARSE * sloped.edges > all_edges else back_along
        by_weight = back(plan, weights.detach(), trace, by_value, sloped)
        return by_weight, by_value[plan.inputs]


def _forward(
    plan: Plan, weights: Tensor, sample: Tensor, activate: Callable[[Tensor, Tensor], object]
) -> Trace:
    (sums, sums_of), (values, values_of) = (plan.by_vertex.take_parts() for _ in range(2))
    _held, products_of = plan.in_level.take_parts()
    weights_of = plan.weights_of.of(weights)
    sums.zero_()
    values_of[0].zero_()
    values[0] = 1
    values[plan.inputs] = sample
    parts = zip(plan.levels, weights_of, products_of, sums_of[1:], values_of[1:], strict=True)
    for level, factors, products, totals, activations in parts:
        torch.index_select(values, 0, level.sources32, out=products)
        products *= factors
        if level.entering is not None:
            products *= level.entering
        totals.scatter_add_(0, level.targets, products)
        activate(totals, activations)
    return Trace(sums, values)


def _back(plan: Plan, weights: Tensor, trace: Trace, by_value: Tensor, sloped: Sloped) -> Tensor:
    """The gradients by all weights, over all edges, as `back_along`."""
    by_sum, by_sum_of = plan.by_vertex.take_parts()
    by_sum.zero_()
    by_sum[sloped.vertices] = sloped.slopes
    by_value_of = torch.split(by_value, [len(part) for part in by_sum_of])
    by_target, by_target_of = plan.by_edge.take_parts()
    _held, products_of = plan.in_level.take_parts()
    parts = zip(
        plan.levels, plan.weights_of.of(weights), products_of, by_target_of,
        by_value_of[1:], by_sum_of[1:], strict=True,
    )  # fmt: skip
    for level, factors, products, told, from_readers, here in reversed(list(parts)):
        here *= from_readers  # the slopes were there
        torch.index_select(here, 0, level.targets, out=told)
        torch.mul(told, factors, out=products)
        if level.leaving is not None:
            products *= level.leaving
        by_value.scatter_add_(0, level.sources, products)
    chunks = (torch.split(x, CHUNK) for x in (by_target, plan.sources))
    for told, sources in zip(*chunks, strict=True):
        told.mul_(trace.values.index_select(0, sources)).add_(0.0)  # -0 becomes +0
    return by_target
