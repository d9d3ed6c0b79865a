"""A net on a device: forward and backward for many lanes, in a fixed sequence of operations."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from runtime.engines.device_activation import DeviceActivation
from runtime.engines.ordered_sums import OrderedSums
from runtime.engines.plan import Plan


@dataclass(frozen=True, eq=False, slots=True)
class DeviceNet:
    """What both passes need; numbers have shape (vertices or edges, lanes).

    Attributes:
        vertices: how many.
        inputs, outputs: vertices.
        sources, targets: shape (edges,).
        into: sums over the edges into the vertices of each level, from the first.
        out_of: sums over the edges out of the vertices of each level, from the last; that of the
            inputs comes at the end.
        loss: for each of some rounds, outputs to add the gradient of to their vertices.
        activation: f.
        like: an empty tensor of the dtype, on the device.
    """

    vertices: int
    inputs: Tensor
    outputs: Tensor
    sources: Tensor
    targets: Tensor
    into: tuple[OrderedSums, ...]
    out_of: tuple[OrderedSums, ...]
    loss: tuple[Tensor, ...]
    activation: DeviceActivation
    like: Tensor

    @classmethod
    def of(cls, plan: Plan, device: str) -> DeviceNet:
        """Lay a plan out; a device is "cuda" or "cpu".

        Raises:
            SourceError: an exponent that cannot be computed there.
        """
        like = torch.empty(0, dtype=plan.dtype, device=device)
        activation = DeviceActivation.of(plan.activation, like)
        sources = plan.sources.numpy()
        targets = np.concatenate(
            [np.empty(0, np.int64)]
            + [level.targets.numpy() + level.vertices.start for level in plan.levels]
        )
        first = [0, plan.given, *(int(level.vertices.stop) for level in plan.levels)]
        outputs = plan.outputs.numpy()
        return cls(
            vertices=plan.vertices,
            inputs=plan.inputs.to(device),
            outputs=plan.outputs.to(device),
            sources=plan.sources.to(device),
            targets=torch.from_numpy(targets).to(device),
            into=tuple(_into(plan, sources, targets, like)),
            out_of=tuple(_out_of(plan, sources, targets, first, like)),
            loss=tuple(torch.from_numpy(rounds).to(device) for rounds in _rounds(outputs)),
            activation=activation,
            like=like,
        )

    def lane(self, numbers: Tensor) -> Tensor:
        """One lane on the device, of shape (numbers, 1)."""
        return numbers.to(self.like)[:, None].contiguous()

    def forward(self, weights: Tensor, sample: Tensor) -> tuple[Tensor, Tensor]:
        """Values and sums, as in `runtime.engines.plan.Trace`."""
        lanes = weights.shape[1]
        values, sums = (self.like.new_zeros(self.vertices, lanes) for _ in range(2))
        values[:1] = 1
        values.index_copy_(0, self.inputs, sample)
        for level in self.into:
            here = self.like.new_zeros(len(level.vertices), lanes)
            level.add(here, values, weights)
            sums.index_copy_(0, level.vertices, here)
            values.index_copy_(0, level.vertices, self.activation.value(here))
        return values, sums

    def backward(
        self,
        weights: Tensor,
        values: Tensor,
        sums: Tensor,
        output_gradient: Tensor,
        to_inputs: bool = False,
    ) -> tuple[Tensor, Tensor]:
        """Gradients by weight and by value; the latter of inputs only if asked for."""
        by_value = torch.zeros_like(values)
        for which in self.loss:
            vertices = torch.index_select(self.outputs, 0, which)
            told = torch.index_select(output_gradient, 0, which)
            by_value.index_copy_(0, vertices, torch.index_select(by_value, 0, vertices) + told)
        by_sum = torch.zeros_like(values)
        for number, level in enumerate(self.out_of, 1):
            given = number == len(self.out_of)
            if given and not to_inputs:
                break
            here = torch.index_select(by_value, 0, level.vertices)
            level.add(here, by_sum, weights)
            by_value.index_copy_(0, level.vertices, here)
            if not given:
                here *= self.activation.slope(torch.index_select(sums, 0, level.vertices))
                by_sum.index_copy_(0, level.vertices, here)
        by_weight = torch.index_select(by_sum, 0, self.targets)
        by_weight *= torch.index_select(values, 0, self.sources)
        return by_weight.add_(0.0), by_value  # -0 becomes +0


def _into(
    plan: Plan, sources: NDArray[np.int64], targets: NDArray[np.int64], like: Tensor
) -> list[OrderedSums]:
    entering = plan.layout.entering
    return [
        OrderedSums.of(
            np.arange(level.vertices.start, level.vertices.stop),
            targets[level.edges],
            sources[level.edges],
            np.arange(level.edges.start, level.edges.stop),
            entering[level.edges] if len(entering) else None,
            like,
        )
        for level in plan.levels
    ]


def _out_of(
    plan: Plan,
    sources: NDArray[np.int64],
    targets: NDArray[np.int64],
    first: list[int],
    like: Tensor,
) -> list[OrderedSums]:
    """By source; of one source by its readers' levels from the last, and then as in the net."""
    level_of = np.repeat(np.arange(len(first) - 1), np.diff(first))
    used = np.flatnonzero(sources != 0)  # nobody asks for the gradient by the constant
    order = used[np.lexsort((used, -level_of[targets[used]], sources[used]))]
    ends = np.searchsorted(sources[order], first)
    leaving, groups = plan.layout.leaving, []
    for (begin, end), (at, to) in reversed(
        list(zip(pairwise(first), pairwise(ends.tolist()), strict=True))
    ):
        edges = order[at:to]
        groups.append(
            OrderedSums.of(
                np.arange(begin, end),
                sources[edges],
                targets[edges],
                edges,
                leaving[edges] if len(leaving) else None,
                like,
            )
        )
    return groups


def _rounds(outputs: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Outputs in rounds: a vertex's first output in the first, its second in the second."""
    seen = dict[int, int]()
    rounds = list[list[int]]()
    for number, vertex in enumerate(outputs.tolist()):
        turn = seen.get(vertex, 0)
        seen[vertex] = turn + 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(number)
    return [np.array(numbers) for numbers in rounds]
