"""A compiled net as a `torch.nn.Module` whose parameters are all its edge weights.

The textbook loop trains it::

    module = NetModule(net)
    optimizer = torch.optim.SGD(module.parameters(), lr=net.learning_rate.to_float())
    for x, y in samples:                        # x of +-1, y of +-1
        loss = (module(x) - y) ** 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""

from __future__ import annotations

from math import prod

import torch
from torch import Tensor, nn

from compiler.net import Net, Target
from runtime.engine import Engine, Plan, Trace
from runtime.levels import Levels
from runtime.reference import Reference

ENGINES: dict[str, Engine] = {"levels": Levels(), "reference": Reference()}
"""Engines by name; see `runtime.engine` for what they agree on."""


class NetModule(nn.Module):
    """A net ready to be trained by any optimizer that torch has.

    Attributes:
        weight: the only parameter, shape (edges,), in the order of the net's edges.
        net: what was compiled.
        trace: sums and values of all vertices in the last sample run; None before the first.
    """

    def __init__(
        self, net: Net, dtype: torch.dtype = torch.float64, engine: str = "levels"
    ) -> None:
        super().__init__()
        name = str(dtype).removeprefix("torch.")
        self.net = net
        self.plan = Plan.of(net, dtype)
        self.weight = nn.Parameter(torch.from_numpy(net.weights(name)))
        self.trace: Trace | None = None
        self._engine = ENGINES[engine]

    def forward(self, sample: Tensor) -> Tensor:
        """Outputs for samples of shape (..., inputs).

        Returns:
            Shape (...,) for an emulation net, (..., outputs) for a component.
        """
        sample = sample.to(self.plan.dtype)
        if sample.shape[-1:] != self.plan.inputs.shape:
            raise ValueError(
                f"a sample has shape (..., {len(self.plan.inputs)}), not {tuple(sample.shape)}"
            )
        rows = sample.reshape(prod(sample.shape[:-1]), len(self.plan.inputs))
        none = rows.new_zeros(0, len(self.plan.outputs))
        outputs = torch.stack([self._run(row) for row in rows]) if len(rows) else none
        if self.net.target is Target.EMULATION:
            return outputs.reshape(sample.shape[:-1])
        return outputs.reshape(*sample.shape[:-1], len(self.plan.outputs))

    def _run(self, sample: Tensor) -> Tensor:
        outputs: Tensor = _Run.apply(self.weight, sample, self)  # type: ignore[no-untyped-call]
        return outputs

    def extra_repr(self) -> str:
        """Sizes, for print(module)."""
        return f"{self.net.source}: {self.net.vertices} vertices, {self.net.edges} edges"


class _Run(torch.autograd.Function):
    """One sample through an engine, as one differentiable operation."""

    @staticmethod
    def forward(ctx, weight: Tensor, sample: Tensor, module: NetModule) -> Tensor:  # type: ignore[no-untyped-def]
        trace = module._engine.forward(module.plan, weight, sample)
        module.trace = trace
        ctx.module = module
        ctx.save_for_backward(weight, *trace)
        return trace.values[module.plan.outputs]

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, Tensor, None]:  # type: ignore[no-untyped-def]
        weight, *trace = ctx.saved_tensors
        module = ctx.module
        by_weight, by_sample = module._engine.backward(module.plan, weight, Trace(*trace), gradient)
        return by_weight, by_sample, None
