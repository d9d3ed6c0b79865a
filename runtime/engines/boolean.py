"""The engine `boolean`: what is proved to stay on flat pieces of f runs as bits.

`compiler.flat_vertices` says which vertices these are, on the weights as they are. Edges into them
do not move, and their values are bits; all other vertices are floats, and run as in `live`, their
weights packed. Outputs, gradients and weights have the bits of `native`, by three *guards*:

- the weights that the proof rests on are compared with those it was made for before every pass of
  a module and every run of `run_sgd`, and in a run after each step of another engine, as nothing
  else moves them there;
- in every step inputs must be -1 or 1, and vertices that read memory on a plateau;
- where one of these fails, nothing has been changed yet, and `live` does the step.

Where that happens often, `live` does all that are left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from runtime.engines.boolean_layout import Packed
from runtime.engines.boolean_proof import Prover, prover
from runtime.engines.native import Live, kernels
from runtime.engines.plan import Plan, Trace


class Steps(NamedTuple):
    """A run as compiled loops see it; the arguments of `native_kernels.train`."""

    samples: NDArray[np.floating]
    labels: NDArray[np.floating]
    rate: np.floating[Any]
    fused: bool
    watch: NDArray[np.uint64]
    outputs: NDArray[np.floating]
    watched: NDArray[np.floating]

    def part(self, begin: int, end: int) -> Steps:
        """The steps from ``begin`` to ``end``."""
        cut = (a[begin:end] for a in (self.samples, self.labels, self.outputs, self.watched))
        samples, labels, outputs, watched = cut
        return self._replace(samples=samples, labels=labels, outputs=outputs, watched=watched)


class BooleanTrace:
    """What a forward pass in bits leaves behind; see `runtime.engines.plan.Trace`.

    Attributes:
        packed: what ran.
        state: the `boolean_gradients.State` after it.
    """

    def __init__(self, plan: Plan, packed: Packed, state: Any, sample: Tensor, kept: Any) -> None:
        """``kept`` are the weights of edges that are not hot, shape (edges,)."""
        self.packed, self.state = packed, state
        self._plan, self._sample, self._kept = plan, sample, kept
        self._full: Trace | None = None

    def at_outputs(self, plan: Plan) -> Tensor:
        """See `Trace`."""
        return torch.from_numpy(self.state.values[self.packed.layout.outputs])

    @property
    def inputs_sum(self) -> Tensor:
        """See `Trace`; found when it is asked for."""
        return self._found().inputs_sum

    @property
    def values(self) -> Tensor:
        """See `Trace`; found when it is asked for."""
        return self._found().values

    def __iter__(self) -> Iterator[Tensor]:
        return iter(self._found())

    def _found(self) -> Trace:
        """All sums and values, by another pass on the same weights."""
        if self._full is None:
            weights = torch.from_numpy(self._kept.copy())
            weights[torch.from_numpy(self.packed.hot)] = torch.from_numpy(self.state.weights)
            self._full = Live().forward(self._plan, weights, self._sample)
        return self._full


class Boolean(Live):
    """See `runtime.engines.plan.Engine`."""

    def forward(self, plan: Plan, weights: Tensor, sample: Tensor) -> Trace:
        """In bits where they are good for the sample, and as `live` where not."""
        kernels()
        from runtime.engines.boolean_kernels import forward

        given, shown = weights.detach().contiguous().numpy(), sample.detach().contiguous()
        guards = prover(plan)
        proof = guards.proof(plan, given, 1) if guards.trusted else None
        if proof is not None:
            state = state_of(proof.packed, given, gradients=True)
            if forward(proof.packed.layout, state, shown.numpy(), True):
                guards.succeeded(1)
                trace: Any = BooleanTrace(plan, proof.packed, state, shown, proof.weights)
                return trace  # type: ignore[no-any-return]
            guards.failed += 1
        return super().forward(plan, weights, sample)

    def backward(
        self, plan: Plan, weights: Tensor, trace: Any, output_gradient: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Through floats only: other gradients are 0."""
        if not isinstance(trace, BooleanTrace):
            return super().backward(plan, weights, trace, output_gradient)
        from runtime.engines.boolean_gradients import backward

        packed, state = trace.packed, trace.state
        floats = len(packed.floats)
        by_weight, rate = plan.by_edge.take().zero_(), state.weights.dtype.type(0)
        for place, gradient in zip(packed.layout.outputs, output_gradient.numpy(), strict=True):
            state.by_value[place] += gradient
        state.by_weight[:] = 0
        backward(packed.layout, state, rate, False)
        by_weight.numpy()[packed.hot] = state.by_weight
        by_sample = np.zeros(plan.vertices, state.weights.dtype)
        by_sample[packed.taps] = state.by_value[floats:]
        state.by_value[:] = 0
        return by_weight, torch.from_numpy(by_sample)[plan.inputs]


def state_of(packed: Packed, weights: NDArray[np.floating], *, gradients: bool = False) -> Any:
    """A `boolean_gradients.State` with these weights, shape (edges,)."""
    from runtime.engines.boolean_gradients import State

    floats, dtype = len(packed.floats), weights.dtype
    return State(
        weights[packed.hot],
        np.zeros(packed.slots, np.uint8),
        np.zeros(floats + len(packed.taps), dtype),
        np.zeros(floats, dtype),
        np.zeros(floats + len(packed.taps), dtype),
        np.zeros(len(packed.hot) if gradients else 0, dtype),
        np.empty(floats + 1, np.uint32),
    )


def run_boolean(
    plan: Plan,
    weights: NDArray[np.floating],
    steps: Steps,
    live: Callable[[Steps], None],
) -> int:
    """Change ``weights``, and fill in outputs and watched weights; the number of failed steps.

    Args:
        plan: the net.
        weights: shape (edges,).
        steps: what to do.
        live: does some steps on these weights by the engine `live`.
    """
    begin, end, guards = 0, len(steps.samples), Prover(plan)
    while begin < end and guards.trusted:
        proof = guards.proof(plan, weights, end - begin)
        if proof is None:
            waited = begin + guards.waited
            live(steps.part(begin, waited))
            begin = waited
            continue
        done = _bits(proof.packed, weights, steps.part(begin, end))
        begin += done
        guards.succeeded(done)
        if begin < end:
            live(steps.part(begin, begin + 1))
            begin, guards.failed = begin + 1, guards.failed + 1
    if begin < end:
        live(steps.part(begin, end))
    return guards.failed


def _bits(packed: Packed, weights: NDArray[np.floating], steps: Steps) -> int:
    """As many steps as there are, or until a guard fails; how many."""
    from runtime.engines.boolean_kernels import train

    watch = steps.watch.astype(np.int64)
    steps.watched[:] = weights[watch]
    if len(watch):
        place = np.full(len(weights), -1)
        place[packed.hot] = np.arange(len(packed.hot))
        watch = place[watch]
    state = state_of(packed, weights)
    numbers = steps.samples, steps.labels, steps.rate, steps.fused
    done = train(packed.layout, state, *numbers, watch, steps.outputs, steps.watched)
    weights[packed.hot] = state.weights
    return done
