"""The reference: the forward pass in differentiable torch operations, gradients by autograd.

It says what a net means in the fewest words. Other engines are checked against it, bit for bit, so
it also settles what autograd leaves open: in which order gradients of one vertex are summed.
"""

from __future__ import annotations

import torch
from torch import Tensor

from runtime.engines.plan import Level, Plan, Trace


class Reference:
    """See `runtime.engines.plan.Engine`."""

    def forward(self, plan: Plan, weights: Tensor, sample: Tensor) -> Trace:
        """`run` without recording."""
        with torch.no_grad():
            return self.run(plan, weights, sample)

    def backward(
        self, plan: Plan, weights: Tensor, trace: Trace, output_gradient: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Run again, recording, and let autograd differentiate."""
        with torch.enable_grad():
            leaf = weights.detach().requires_grad_()
            sample = trace.values[plan.inputs].detach().requires_grad_()
            outputs = self.run(plan, leaf, sample).values[plan.outputs]
            by_weight, by_sample = torch.autograd.grad(outputs, (leaf, sample), output_gradient)
        return by_weight + 0.0, by_sample  # -0 + 0 is +0

    @staticmethod
    def run(plan: Plan, weights: Tensor, sample: Tensor) -> Trace:
        """The definition of a net: every vertex is f of the weighted sum of its sources."""
        given = torch.zeros(plan.given, dtype=plan.dtype)
        values = given.index_put((torch.tensor(0),), torch.ones((), dtype=plan.dtype))
        values = values.index_put((plan.inputs,), sample)
        sums = [given]
        weights_of = torch.split(weights, [len(level.sources) for level in plan.levels])
        for level, weight in zip(plan.levels, weights_of, strict=True):
            arriving, values = _Read.apply(values, level)  # type: ignore[no-untyped-call]
            arriving = _Copied.apply(arriving * weight, level.entering)  # type: ignore[no-untyped-call]
            total = torch.zeros(level.size, dtype=plan.dtype)
            total = total.index_add(0, level.targets, arriving)
            sums.append(total)
            values = torch.cat([values, _Activate.apply(total, plan)])  # type: ignore[no-untyped-call]
        return Trace(torch.cat(sums), values)


class _Read(torch.autograd.Function):
    """The sources' values, and all values once more for the next level to read from.

    So gradients reach a vertex along one chain of levels: what later levels said comes first, and
    this level's edges are added to it one by one.
    """

    @staticmethod
    def forward(ctx, values: Tensor, level: Level) -> tuple[Tensor, Tensor]:  # type: ignore[no-untyped-def]
        ctx.level = level
        return values[level.sources], values.view_as(values)

    @staticmethod
    def backward(ctx, by_read: Tensor, by_later: Tensor) -> tuple[Tensor, None]:  # type: ignore[no-untyped-def]
        level = ctx.level
        if level.leaving is not None:
            by_read = by_read * level.leaving
        return by_later.index_add(0, level.sources, by_read), None


class _Copied(torch.autograd.Function):
    """An edge's contribution as often as it enters; the gradient is one copy's."""

    @staticmethod
    def forward(ctx, x: Tensor, entering: Tensor | None) -> Tensor:  # type: ignore[no-untyped-def]
        return x.clone() if entering is None else x * entering

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:  # type: ignore[no-untyped-def]
        return gradient, None


class _Activate(torch.autograd.Function):
    """Autograd would take the slope of ``abs`` and ``where`` at their kinks; f's own is exact."""

    @staticmethod
    def forward(ctx, x: Tensor, plan: Plan) -> Tensor:  # type: ignore[no-untyped-def]
        ctx.save_for_backward(x)
        ctx.plan = plan
        return plan.activation.value(x)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:  # type: ignore[no-untyped-def]
        (x,) = ctx.saved_tensors
        return gradient * ctx.plan.activation.derivative(x), None
