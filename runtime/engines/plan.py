"""What an engine does: run a net forward and backward on one sample.

An engine sees the net as a `Plan` of flat arrays and one vector of weights. All engines have one
meaning, that of `runtime.engines.reference`, and as long as no number overflows they give the same
bits, since floating point is used in one order:

- forward, a vertex's sum starts at 0 and adds ``value * weight`` (in a quotient, times the copies
  that enter) edge by edge in the order of the net, by ascending source;
- backward, the gradient by a vertex's value starts at 0, adds those of the outputs in their order,
  and then ``gradient by the reader's sum * weight`` (times the copies that leave) over the edges to
  its readers, from the last level down and inside a level in the order of the net;
- the gradient by a vertex's sum is that by its value times f', rounded, and the gradient by a
  weight is that times the source's value. A zero among the gradients is always +0.

Every product and sum is rounded to the net's dtype; none is fused with another. In a quotient the
gradient of an edge is that of one copy's own weight, which is what each copy is changed by.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from compiler.exact import Exact
from compiler.net import Net
from runtime.activation import FloatActivation
from runtime.engines.buffers import Buffers, LastParts
from runtime.engines.layout import Layout, runs_of


class Level(NamedTuple):
    """The vertices of one level and the edges into them, each a contiguous range.

    Attributes:
        vertices, edges: the ranges.
        sources, targets: int64 tensors by edge; targets numbered from the level's first vertex.
        sources32: the same as int32, by which torch gathers in less time.
        entering, leaving: by edge, how many copies of it enter each copy of its target and leave
            each copy of its source; None where all are one.
    """

    vertices: slice
    edges: slice
    sources: Tensor
    sources32: Tensor
    targets: Tensor
    entering: Tensor | None
    leaving: Tensor | None

    @property
    def size(self) -> int:
        """Number of vertices."""
        return int(self.vertices.stop - self.vertices.start)


@dataclass(frozen=True, eq=False)
class Plan:
    """A net laid out for execution in one dtype.

    Attributes:
        vertices, edges: counts.
        given: how many vertices, the first ones, compute nothing: the constant and the inputs.
        sources: int64 tensor of shape (edges,).
        first_edge: int64 tensor of shape (vertices + 1,): where the edges into each vertex begin.
        levels: levels 1, 2, ... in order.
        inputs, outputs: int64 tensors of vertices.
        activation: f in this dtype.
        dtype: of weights and values.
        layout: the same for compiled loops.
        first_vertex: int64 tensor: where levels 1, 2, ... begin, and the number of vertices.
        level_of: int64 tensor of shape (vertices,); 0 is that of the given ones.
        by_vertex, by_edge: memory for arrays of shape (vertices,) and (edges,), in parts: the
            given vertices and then each level's, and the edges into each level.
        in_level: memory for the edges into one level at a time, in parts: of each level.
        weights_of: the weights of the edges into each level.
        net: what was laid out.
    """

    vertices: int
    edges: int
    given: int
    sources: Tensor
    first_edge: Tensor
    first_vertex: Tensor
    level_of: Tensor
    levels: tuple[Level, ...]
    inputs: Tensor
    outputs: Tensor
    activation: FloatActivation
    dtype: torch.dtype
    layout: Layout
    by_vertex: Buffers
    by_edge: Buffers
    in_level: Buffers
    weights_of: LastParts
    net: Net

    @classmethod
    def of(cls, net: Net, dtype: torch.dtype) -> Plan:
        """Lay out a net; ``dtype`` is torch.float64 or torch.float32."""
        sources32 = torch.from_numpy(net.edge_source.astype(np.int32))
        sources = sources32.long()
        targets = torch.from_numpy(net.edge_target.astype(np.int64))
        inputs = torch.tensor([p.vertex for p in net.inputs], dtype=torch.int64)
        outputs = torch.tensor([p.vertex for p in net.outputs], dtype=torch.int64)
        activation = FloatActivation.of(net.activation, _name(dtype))
        entering, leaving = _copies(net, dtype) if net.is_quotient else (None, None)
        first_vertex = np.searchsorted(net.level, np.arange(1, net.levels + 2)).tolist()
        first_edge = np.searchsorted(net.edge_target, first_vertex).tolist()
        levels = []
        for (begin, end), ends in zip(pairwise(first_vertex), pairwise(first_edge), strict=True):
            edges = slice(*ends)
            copies = (None if n is None else n[edges] for n in (entering, leaving))
            of_edges = sources[edges], sources32[edges], targets[edges] - begin, *copies
            levels.append(Level(slice(begin, end), edges, *of_edges))
        edges_into = [len(level.sources) for level in levels]
        given, none = first_vertex[0], torch.empty(0, dtype=dtype)
        return cls(
            vertices=net.vertices,
            edges=net.edges,
            given=given,
            sources=sources,
            first_edge=torch.searchsorted(targets, torch.arange(net.vertices + 1)),
            first_vertex=torch.tensor(first_vertex),
            level_of=torch.from_numpy(net.level.astype(np.int64)),
            levels=tuple(levels),
            inputs=inputs,
            outputs=outputs,
            activation=activation,
            dtype=dtype,
            layout=Layout(
                *runs_of(net),
                net.edge_source.astype(np.uint32),
                (none if entering is None else entering).numpy(),
                (none if leaving is None else leaving).numpy(),
                inputs.numpy().astype(np.uint64),
                outputs.numpy().astype(np.uint64),
                np.array(activation.constants(), _name(dtype)),
            ),
            by_vertex=Buffers([given, *(level.size for level in levels)], dtype),
            by_edge=Buffers(edges_into, dtype),
            in_level=Buffers(edges_into, dtype, overlapping=True),
            weights_of=LastParts(edges_into),
            net=net,
        )


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _copies(net: Net, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """`Level.entering` and `Level.leaving` of a quotient's edges; refused where they overflow."""
    many = {1: 1.0}

    def number(count: int) -> float:
        if count not in many:
            many[count] = Exact.of(count).to_float(_name(dtype))
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

    def at_outputs(self, plan: Plan) -> Tensor:
        """What the net said, shape (outputs,)."""
        return self.values[plan.outputs]


class Engine(Protocol):
    """Forward and backward for one sample; stateless, so one engine serves many modules."""

    def forward(self, plan: Plan, weights: Tensor, sample: Tensor) -> Trace:
        """Run the net; ``sample`` has shape (inputs,)."""

    def backward(
        self, plan: Plan, weights: Tensor, trace: Trace, output_gradient: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Gradients of a loss by weights (edges,) and sample (inputs,), from that by outputs."""
