"""A net as one writes it in torch with autograd, level by level: what engines are compared with.

All give gradients that agree with those of `runtime.engines.reference` up to rounding.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from compiler.net import Net
from runtime.activation import FloatActivation
from runtime.engines.plan import Plan


class Autograd(nn.Module):
    """Gather, multiply, `index_add`, activate, `cat`: the first that comes to mind.

    Taking a level's part of the parameter by a slice costs a gradient of the parameter's whole
    size in each level; see `SplitAutograd`.
    """

    def __init__(self, net: Net) -> None:
        super().__init__()
        self.plan = Plan.of(net, torch.float64)
        self.weight = nn.Parameter(torch.from_numpy(net.weights()))

    def forward(self, sample: Tensor) -> Tensor:
        """The outputs for a sample of shape (inputs,)."""
        plan = self.plan
        values = torch.zeros(plan.given, dtype=plan.dtype)
        values[0] = 1
        values[plan.inputs] = sample
        for level, weight in zip(plan.levels, self._weights(), strict=True):
            sums = self._sums(values, weight, level.sources, level.targets, level.size)
            y: Tensor = _Activate.apply(sums, plan.activation)  # type: ignore[no-untyped-call]
            values = torch.cat([values, y])
        return values[plan.outputs]

    def _weights(self) -> list[Tensor]:
        return [self.weight[level.edges] for level in self.plan.levels]

    def _sums(
        self, values: Tensor, weight: Tensor, sources: Tensor, targets: Tensor, size: int
    ) -> Tensor:
        arriving = values[sources] * weight
        return torch.zeros(size, dtype=values.dtype).index_add(0, targets, arriving)


class SplitAutograd(Autograd):
    """The same by somebody who has profiled it: `split` once, `index_select`, `scatter_add`."""

    def _weights(self) -> list[Tensor]:
        return list(torch.split(self.weight, [len(level.sources) for level in self.plan.levels]))

    def _sums(
        self, values: Tensor, weight: Tensor, sources: Tensor, targets: Tensor, size: int
    ) -> Tensor:
        arriving = values.index_select(0, sources) * weight
        return torch.zeros(size, dtype=values.dtype).scatter_add(0, targets, arriving)


class SparseAutograd(Autograd):
    """A sparse matrix of `torch.sparse` (COO) a level."""

    def _sums(
        self, values: Tensor, weight: Tensor, sources: Tensor, targets: Tensor, size: int
    ) -> Tensor:
        places = torch.stack([targets, sources])
        matrix = torch.sparse_coo_tensor(
            places, weight, (size, len(values)), is_coalesced=True, check_invariants=False
        )
        sums: Tensor = torch.sparse.mm(matrix, values[:, None])
        return sums[:, 0]


class _Activate(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor, f: FloatActivation) -> Tensor:  # type: ignore[no-untyped-def]
        ctx.save_for_backward(x)
        ctx.f = f
        return f.value_on_pieces(x)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:  # type: ignore[no-untyped-def]
        size = ctx.saved_tensors[0].abs()
        return gradient * ((size > ctx.f.dead_zone) & (size < ctx.f.plateau_from)), None
