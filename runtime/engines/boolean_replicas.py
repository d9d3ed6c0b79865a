"""Independent runs of one net at once, 64 to a word: other samples, labels and random bits.

Vertices that are proved to be flat run as bits, those of 64 runs in one word; see
`runtime.engines.boolean`. Only edges that can move have a weight for each run (*moving* edges), so
memory does not grow with runs times edges. Each run has the bits of `native_run.run_sgd`, outputs
and weights. A run whose guard fails in a step does that step alone, by the engine `live`; where
that happens often, or moves edges that the proof rests on, it does all that are left alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from runtime.engines.bit_forward import to_words
from runtime.engines.boolean_layout import Packed
from runtime.engines.boolean_proof import FAILURES, SHARE, Certificate, certificate
from runtime.engines.native import kernels
from runtime.engines.native_run import run_sgd, torch_fuses
from runtime.engines.plan import Plan

_LANES = 64


@dataclass(frozen=True, eq=False, slots=True)
class ReplicaRun:
    """What the steps of some runs said, and where their weights are now.

    Attributes:
        outputs: shape (runs, steps, outputs), each before its step's update.
        watched: shape (runs, steps, edges watched), each after its step's update.
        edges: int64, shape (moving edges,).
        moving: shape (runs, moving edges), the weights of these edges after the last step.
        start: shape (edges,), the weights of all other edges.
        apart: by run, the weights (edges,) of one that other edges have moved in too.
        failed: shape (runs,), in how many steps a guard failed.
        proof: what makes it right that runs share weights.
    """

    outputs: Tensor
    watched: Tensor
    edges: Tensor
    moving: Tensor
    start: Tensor
    apart: Mapping[int, Tensor]
    failed: NDArray[np.int64]
    proof: Certificate

    def weights(self, run: int) -> Tensor:
        """All weights of a run after the last step, shape (edges,)."""
        if run in self.apart:
            return self.apart[run].clone()
        weights = self.start.clone()
        weights[self.edges] = self.moving[run]
        return weights


def run_replicas(
    plan: Plan,
    weights: Tensor,
    samples: Tensor,
    labels: Tensor,
    learning_rate: float,
    *,
    watch: Sequence[int] = (),
    before: ReplicaRun | None = None,
) -> ReplicaRun:
    """Train some runs, each on its samples in order, by the loss ``((output - label) ** 2).sum()``.

    Run r has the bits of ``run_sgd(plan, weights.clone(), samples[r], labels[r], ...)``. A run
    takes the least time where there is a multiple of 64 of them.

    Args:
        plan: the net.
        weights: shape (edges,), in the plan's dtype, those that all runs start with; not changed.
        samples: shape (runs, steps, inputs), of -1 and 1; what else they are runs alone.
        labels: shape (runs, steps, outputs), or (runs, steps) for a net with one output.
        learning_rate: as for `torch.optim.SGD`.
        watch: edges whose weights are wanted after every step.
        before: what these runs did before, to be continued, on the same plan and weights.

    Raises:
        SourceError: no numba.
        ValueError: another shape or dtype.
    """
    kernels()
    runs, steps, outputs = *samples.shape[:2], len(plan.outputs)
    if samples.shape[2:] != plan.inputs.shape:
        raise ValueError(f"samples have shape (runs, steps, {len(plan.inputs)})")
    if labels.shape not in [(runs, steps, outputs), (runs, steps)[: 3 - outputs]]:
        raise ValueError(f"labels have shape ({runs}, {steps}, {outputs})")
    if weights.shape != (plan.edges,) or weights.dtype != plan.dtype:
        raise ValueError(f"weights have shape ({plan.edges},) and are {plan.dtype}")
    if before is None:
        proof = certificate(plan, weights.detach().numpy())
    elif before.proof.holds(weights.detach().numpy()):
        proof = before.proof  # another one may let other edges move
    else:
        raise ValueError("weights are not those that the runs started with")
    group = _Group(plan, proof, weights.detach(), learning_rate, list(watch))
    hot = torch.from_numpy(proof.packed.hot)
    start = weights.detach().clone() if before is None else before.start
    result = ReplicaRun(
        torch.empty(runs, steps, outputs, dtype=plan.dtype),
        torch.empty(runs, steps, len(watch), dtype=plan.dtype),
        hot,
        start[hot].repeat(runs, 1) if before is None else before.moving.clone(),
        start,
        {} if before is None else dict(before.apart),
        np.zeros(runs, np.int64) if before is None else before.failed.copy(),
        proof,
    )
    shown, due = samples.to(plan.dtype), labels.to(plan.dtype).reshape(runs, steps, outputs)
    for first in range(0, runs, _LANES):
        group.run(result, slice(first, min(first + _LANES, runs)), shown, due)
    return result


class _Group:
    """Runs up to 64 runs of one net."""

    def __init__(
        self, plan: Plan, proof: Certificate, start: Tensor, rate: float, watch: list[int]
    ) -> None:
        self._plan, self._proof, self._start = plan, proof, start
        self._rate, self._watch = rate, watch

    def run(self, result: ReplicaRun, group: slice, samples: Tensor, labels: Tensor) -> None:
        """Do all steps of the runs of a group."""
        from runtime.engines.replica_kernels import train_lanes

        packed, dtype = self._proof.packed, self._plan.layout.constants.dtype
        numbers = range(group.start, group.stop)
        lanes = _lanes_of(packed, result.moving[group].numpy())
        shown = _padded(samples[group].numpy())
        due = np.ascontiguousarray(_padded(labels[group].numpy()).transpose(1, 2, 0))
        words = (
            np.stack([to_words(shown[:, t] > 0)[0] for t in range(shown.shape[1])])
            if shown.shape[1]
            else np.empty((0, shown.shape[2]), np.uint64)
        )
        bits = (np.abs(shown) == 1).all(axis=(1, 2))
        active = sum(1 << i for i, r in enumerate(numbers) if bits[i] and r not in result.apart)
        if not len(self._proof.ranges):
            active = 0
        alone = {r: 0 for i, r in enumerate(numbers) if not active >> i & 1}
        place = np.full(self._plan.edges, -1)
        place[packed.hot] = np.arange(len(packed.hot))
        outputs = np.empty(due.shape, dtype)
        watched = np.empty((len(due), len(self._watch), _LANES), dtype)
        watched[:] = self._start.numpy()[self._watch][:, None]
        step, total = 0, len(due)
        while step < total and active:
            done, failed = train_lanes(
                packed.layout,
                lanes,
                words[step:],
                due[step:],
                dtype.type(self._rate),
                torch_fuses(self._plan.dtype),
                np.uint64(active),
                place[self._watch] if self._watch else np.empty(0, np.int64),
                outputs[step:],
                watched[step:],
            )
            step += done
            for i in (i for i in range(_LANES) if int(failed) >> i & 1):
                r = group.start + i
                result.failed[r] += 1
                result.moving[r] = torch.from_numpy(_column(lanes, i))
                part = slice(step - 1, step)
                kept = self._alone(result, r, samples, labels, part, "live")
                if r in result.apart or result.failed[r] > FAILURES + step // SHARE:
                    active &= ~(1 << i)
                    alone[r] = step
                else:
                    _set_column(lanes, i, result.moving[r].numpy())
                outputs[part, :, i], watched[part, :, i] = (x.numpy() for x in kept)
        rows = torch.from_numpy(_rows(lanes))
        for i, r in enumerate(numbers):
            if active >> i & 1:
                result.moving[r] = rows[i]
            until = alone.get(r, total)
            result.outputs[r, :until] = torch.from_numpy(outputs[:until, :, i])
            result.watched[r, :until] = torch.from_numpy(watched[:until, :, i])
            if until < total:
                rest = self._alone(result, r, samples, labels, slice(until, total), "boolean")
                result.outputs[r, until:], result.watched[r, until:] = rest

    def _alone(
        self,
        result: ReplicaRun,
        run: int,
        samples: Tensor,
        labels: Tensor,
        steps: slice,
        engine: str,
    ) -> Any:
        """Some steps of one run, from the weights in the result on."""
        weights = result.weights(run)
        numbers = samples[run, steps], labels[run, steps], self._rate
        found = run_sgd(self._plan, weights, *numbers, engine=engine, watch=self._watch)
        result.moving[run] = weights[result.edges]
        assert isinstance(result.apart, dict)
        result.apart.pop(run, None)
        if not self._proof.holds(weights.numpy()):
            result.apart[run] = weights
        return found


def _padded(numbers: NDArray[np.floating]) -> NDArray[np.floating]:
    """As many runs as a word has bits, the first one again and again."""
    runs = np.arange(_LANES)
    return numbers[np.where(runs < len(numbers), runs, 0)]


def _lanes_of(packed: Packed, moving: NDArray[np.floating]) -> Any:
    """A `replica_kernels.Lanes` with these weights, shape (runs, moving edges)."""
    from runtime.engines.replica_kernels import WIDTH, Lanes

    blocks, floats = _LANES // WIDTH, len(packed.floats)
    rows = _padded(moving).reshape(blocks, WIDTH, -1).transpose(0, 2, 1)
    shape, dtype = (blocks, floats, WIDTH), moving.dtype
    return Lanes(
        np.zeros(packed.slots, np.uint64),
        np.zeros(32, np.uint64),
        np.ascontiguousarray(rows),
        np.zeros(shape, dtype),
        np.zeros(shape, dtype),
        np.zeros(shape, dtype),
        np.zeros(WIDTH, dtype),
    )


def _rows(lanes: Any) -> NDArray[np.floating]:
    """The inverse of `_lanes_of`, shape (64, moving edges)."""
    columns = lanes.weights.transpose(0, 2, 1)
    return np.ascontiguousarray(columns.reshape(_LANES, lanes.weights.shape[1]))


def _column(lanes: Any, i: int) -> NDArray[np.floating]:
    """The weights of a run."""
    width = lanes.weights.shape[2]
    return np.ascontiguousarray(lanes.weights[i // width, :, i % width])


def _set_column(lanes: Any, i: int, weights: NDArray[np.floating]) -> None:
    width = lanes.weights.shape[2]
    lanes.weights[i // width, :, i % width] = weights
