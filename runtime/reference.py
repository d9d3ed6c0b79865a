"""The reference: the forward pass in differentiable torch operations, gradients by autograd.

It says what a net means in the fewest words. Other engines are checked against it.
"""

from __future__ import annotations

import torch
from torch import Tensor

from circuits.errors import InvariantError
from runtime.engine import Plan, Trace


class Reference:
    """See `runtime.engine.Engine`."""

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
        return by_weight, by_sample

    @staticmethod
    def run(plan: Plan, weights: Tensor, sample: Tensor) -> Trace:
        """The definition of a net: every vertex is f of the weighted sum of its sources."""
        if plan.entering is not None:
            raise InvariantError("the reference engine runs whole nets, not quotients")
        given = torch.zeros(int(plan.levels[0].vertices.start), dtype=plan.dtype)
        values = given.index_put((torch.tensor(0),), torch.ones((), dtype=plan.dtype))
        values = values.index_put((plan.inputs,), sample)
        sums = [given]
        for level in plan.levels:
            arriving = values[level.sources] * weights[level.edges]
            total = torch.zeros(level.size, dtype=plan.dtype)
            total = total.index_add(0, level.targets, arriving)
            sums.append(total)
            values = torch.cat([values, _activate(plan, total)])
        return Trace(torch.cat(sums), values)


def _activate(plan: Plan, x: Tensor) -> Tensor:
    """f(x), with f'(x) known to autograd."""
    y: Tensor = _Activate.apply(x, plan)  # type: ignore[no-untyped-call]
    return y


class _Activate(torch.autograd.Function):
    """Autograd would take the slope of ``abs`` and ``where`` at their kinks; f's own is exact."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, x: Tensor, plan: Plan) -> Tensor:
        ctx.save_for_backward(x)
        ctx.plan = plan  # type: ignore[attr-defined]
        return plan.activation.value(x)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:  # type: ignore[no-untyped-def]
        (x,) = ctx.saved_tensors
        return gradient * ctx.plan.activation.derivative(x), None
