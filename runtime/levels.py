"""The `levels` engine: plain torch, level by level, with the backward pass written by hand.

Sums run over a vertex's edges in the order of the net (ascending source), and over a vertex's
readers from the last level down. In a quotient the sums count copies; the gradient is that of one
copy's own weight, which is what each copy is changed by.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from runtime.engine import Plan, Trace


class Levels:
    """See `runtime.engine.Engine`."""

    def forward(self, plan: Plan, weights: Tensor, sample: Tensor) -> Trace:
        """Gather, multiply, sum by target, activate: once per level.

        Nothing lands in a blend unless the emulation is broken, so that is looked for once, at the
        end; only then are the levels run again with the whole activation.
        """
        trace = self._forward(plan, weights, sample, plan.activation.value_on_pieces)
        if bool(plan.activation.in_blend(trace.inputs_sum).any()):
            trace = self._forward(plan, weights, sample, plan.activation.value)
        return trace

    @staticmethod
    def _forward(
        plan: Plan, weights: Tensor, sample: Tensor, activate: Callable[[Tensor], Tensor]
    ) -> Trace:
        total = torch.zeros(plan.vertices, dtype=plan.dtype)
        values = torch.zeros(plan.vertices, dtype=plan.dtype)
        values[0] = 1
        values[plan.inputs] = sample
        for level in plan.levels:
            here = total[level.vertices]
            arriving = values.index_select(0, level.sources) * weights[level.edges]
            if plan.entering is not None:
                arriving = arriving * plan.entering[level.edges]
            here.index_add_(0, level.targets, arriving)
            values[level.vertices] = activate(here)
        return Trace(total, values)

    def backward(
        self, plan: Plan, weights: Tensor, trace: Trace, output_gradient: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The chain rule from the last level down; weight gradients all at once at the end."""
        slope = plan.activation.derivative(trace.inputs_sum)
        by_value = torch.zeros(plan.vertices, dtype=plan.dtype)
        by_value.index_add_(0, plan.outputs, output_gradient)
        by_sum = torch.zeros(plan.vertices, dtype=plan.dtype)
        for level in reversed(plan.levels):
            here = by_value[level.vertices] * slope[level.vertices]
            by_sum[level.vertices] = here
            back = here.index_select(0, level.targets) * weights[level.edges]
            if plan.leaving is not None:
                back = back * plan.leaving[level.edges]
            by_value.index_add_(0, level.sources, back)
        by_weight = by_sum.index_select(0, plan.targets) * trace.values.index_select(
            0, plan.sources
        )
        return by_weight, by_value.index_select(0, plan.inputs)
