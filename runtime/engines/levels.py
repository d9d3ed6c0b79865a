"""The `levels` engine: plain torch, level by level, with the backward pass written by hand.

It needs nothing but torch. A level costs some fifteen calls of torch, about a microsecond each, so
the depth of a net matters more than its size.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from runtime.engines.plan import Plan, Trace

_CHUNK = 1 << 13
"""Numbers of which all temporary results stay in the cache, and their memory in the process."""


class Levels:
    """See `runtime.engines.plan.Engine`."""

    def forward(self, plan: Plan, weights: Tensor, sample: Tensor) -> Trace:
        """Gather, multiply, sum by target, activate: once per level.

        Nothing lands in a blend unless the emulation is broken, so that is looked for once, at the
        end; only then are the levels run again with the whole activation.
        """
        trace = self._forward(plan, weights, sample, plan.activation.value_on_pieces)
        if any(
            bool(plan.activation.in_blend(x).any()) for x in torch.split(trace.inputs_sum, _CHUNK)
        ):
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
        (by_value, by_value_of), (by_sum, by_sum_of) = (
            plan.by_vertex.take_parts() for _ in range(2)
        )
        (by_target, by_target_of), (back, back_of) = (plan.by_edge.take_parts() for _ in range(2))
        by_value.zero_()
        by_value.index_add_(0, plan.outputs, output_gradient)
        back.copy_(weights.detach())
        chunks = (torch.split(numbers, _CHUNK) for numbers in (trace.inputs_sum, by_sum))
        for x, slope in zip(*chunks, strict=True):
            slope.copy_(plan.activation.derivative(x))
        parts = zip(plan.levels, by_value_of[1:], by_sum_of[1:], by_target_of, back_of, strict=True)
        for level, from_readers, here, told, products in reversed(list(parts)):
            here *= from_readers  # the slopes were there
            torch.index_select(here, 0, level.targets, out=told)
            products *= told
            if level.leaving is not None:
                products *= level.leaving
            by_value.scatter_add_(0, level.sources, products)
        by_weight = by_target.mul_(torch.index_select(trace.values, 0, plan.sources, out=back))
        return by_weight.add_(0.0), by_value[plan.inputs]  # -0 becomes +0
