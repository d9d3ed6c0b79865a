"""What an engine does: run a net forward and backward on one sample.

An engine sees the net as a `Plan` of flat tensors and one vector of weights. All engines have one
meaning, that of `runtime.reference`. Values are the same bits in all of them; gradients are where
nothing rounds (the dyadic preset), else they may differ in the last bits, as sums associate
differently.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from compiler.exact import Exact
from compiler.net import Net
from runtime.activation import FloatActivation


class Level(NamedTuple):
    """The vertices of one level and the edges into them, each a contiguous range."""

    vertices: slice
    edges: slice
    size: int
    sources: Tensor
    targets: Tensor
    """Numbered from the level's first vertex."""


@dataclass(frozen=True)
class Plan:
    """A net laid out for execution in one dtype.

    Attributes:
        vertices, edges: counts.
        sources, targets: int64 tensors of shape (edges,).
        entering, leaving: shape (edges,), how many copies of an edge enter each copy of its
            target and leave each copy of its source; None where all are one.
        levels: levels 1, 2, ... in order.
        inputs, outputs: int64 tensors of vertices.
        activation: f in this dtype.
        dtype: of weights and values.
    """

    vertices: int
    edges: int
    sources: Tensor
    targets: Tensor
    entering: Tensor | None
    leaving: Tensor | None
    levels: tuple[Level, ...]
    inputs: Tensor
    outputs: Tensor
    activation: FloatActivation
    dtype: torch.dtype

    @classmethod
    def of(cls, net: Net, dtype: torch.dtype) -> Plan:
        """Lay out a net; ``dtype`` is torch.float64 or torch.float32."""
        name = str(dtype).removeprefix("torch.")
        sources = torch.from_numpy(net.edge_source.astype(np.int64))
        targets = torch.from_numpy(net.edge_target.astype(np.int64))
        first_vertex = np.searchsorted(net.level, np.arange(1, net.levels + 2))
        first_edge = np.searchsorted(net.edge_target, first_vertex)
        levels = []
        for i in range(net.levels):
            begin, end = int(first_vertex[i]), int(first_vertex[i + 1])
            edges = slice(int(first_edge[i]), int(first_edge[i + 1]))
            levels.append(
                Level(
                    slice(begin, end),
                    edges,
                    end - begin,
                    sources[edges].contiguous(),
                    (targets[edges] - begin).contiguous(),
                )
            )
        entering, leaving = _copies(net, dtype) if net.is_quotient else (None, None)
        return cls(
            entering=entering,
            leaving=leaving,
            vertices=net.vertices,
            edges=net.edges,
            sources=sources,
            targets=targets,
            levels=tuple(levels),
            inputs=torch.tensor([p.vertex for p in net.inputs], dtype=torch.int64),
            outputs=torch.tensor([p.vertex for p in net.outputs], dtype=torch.int64),
            activation=FloatActivation.of(net.activation, name),
            dtype=dtype,
        )


def _copies(net: Net, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """`Plan.entering` and `Plan.leaving` of a quotient; refused where the dtype overflows."""
    name = str(dtype).removeprefix("torch.")
    many = {1: 1.0}

    def number(count: int) -> float:
        if count not in many:
            many[count] = Exact.of(count).to_float(name)
        return many[count]

    entering = [number(net.fan_in_copies.get(e, 1)) for e in range(net.edges)]
    leaving = [number(net.fan_out_copies(e)) for e in range(net.edges)]
    return torch.tensor(entering, dtype=dtype), torch.tensor(leaving, dtype=dtype)


class Trace(NamedTuple):
    """What a forward pass leaves behind, detached: shape (vertices,) each.

    ``inputs_sum`` is the input of f at each computed vertex, 0 at the constant and the inputs.
    """

    inputs_sum: Tensor
    values: Tensor


class Engine(Protocol):
    """Forward and backward for one sample; stateless, so one engine serves many modules."""

    def forward(self, plan: Plan, weights: Tensor, sample: Tensor) -> Trace:
        """Run the net; ``sample`` has shape (inputs,)."""

    def backward(
        self, plan: Plan, weights: Tensor, trace: Trace, output_gradient: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Gradients of a loss by weights (edges,) and sample (inputs,), from that by outputs."""
