"""Several copies of a net trained at once, by any engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from runtime.engines.boolean_replicas import ReplicaRun, run_replicas
from runtime.engines.native_run import SgdRun, run_sgd
from runtime.replicas.lessons import Bits
from runtime.replicas.subject import Subject

_TOGETHER = {"boolean": 64, "gpu": 256}
"""Copies that an engine trains at once; the others train each while it is in the cache."""

_IN_WORDS = 1 << 10
"""With more memory bits, `boolean` trains one copy after the other, too: edges that move have a
weight for each copy, and those of 64 copies do not stay in the cache."""


def together(subject: Subject) -> int:
    """How many copies to train at once."""
    engine = subject.settings.engine
    many = engine == "boolean" and len(subject.memory) > _IN_WORDS
    return 1 if many else _TOGETHER.get(engine, 1)


class Copies(Protocol):
    """Copies of a net, which learn on."""

    def train(
        self, samples: Sequence[Bits], labels: Sequence[Bits], rate: float, watch: Sequence[int]
    ) -> SgdRun:
        """Train each on its samples in order.

        Args:
            samples: of each copy, shape (steps, inputs).
            labels: of each copy, shape (steps,).
            rate: of learning.
            watch: edges.

        Returns:
            Outputs of shape (copies, steps), and watched weights of shape (copies, steps, edges).
        """

    def weights(self, copy: int) -> Tensor:
        """Those of a copy, shape (edges,)."""


def copies_of(subject: Subject, count: int) -> Copies:
    """So many copies, with the weights that a run starts with."""
    if subject.settings.engine == "boolean" and together(subject) > 1:
        return _InWords(subject)
    return _Alone(subject, count)


class _Alone:
    """Copies with all weights of their own."""

    def __init__(self, subject: Subject, count: int) -> None:
        self._subject = subject
        self._weights = torch.from_numpy(subject.start).repeat(count, 1)

    def train(
        self, samples: Sequence[Bits], labels: Sequence[Bits], rate: float, watch: Sequence[int]
    ) -> SgdRun:
        """See `Copies`."""
        plan, engine = self._subject.plan, self._subject.settings.engine
        shown, told = (_signs(bits, plan.dtype) for bits in (samples, labels))
        if engine == "gpu":
            from runtime.engines.gpu import run_lanes

            run = run_lanes(plan, self._weights, shown, told[:, :, None], rate, watch=watch)
        else:
            alone = [
                run_sgd(plan, *given, rate, engine=engine, watch=watch)
                for given in zip(self._weights, shown, told, strict=True)
            ]
            run = SgdRun(*(torch.stack(parts) for parts in zip(*alone, strict=True)))
        return SgdRun(run.outputs[:, :, 0], run.watched)

    def weights(self, copy: int) -> Tensor:
        """See `Copies`."""
        return self._weights[copy]


class _InWords:
    """Copies that share all weights but those that move, and have their bits in one word."""

    def __init__(self, subject: Subject) -> None:
        self._plan, self._start = subject.plan, torch.from_numpy(subject.start)
        self._run: ReplicaRun | None = None

    def train(
        self, samples: Sequence[Bits], labels: Sequence[Bits], rate: float, watch: Sequence[int]
    ) -> SgdRun:
        """See `Copies`."""
        shown, told = (_signs(bits, self._plan.dtype) for bits in (samples, labels))
        self._run = run_replicas(
            self._plan, self._start, shown, told, rate, watch=watch, before=self._run
        )
        return SgdRun(self._run.outputs[:, :, 0], self._run.watched)

    def weights(self, copy: int) -> Tensor:
        """See `Copies`."""
        return self._start if self._run is None else self._run.weights(copy)


def _signs(bits: Sequence[Bits], dtype: torch.dtype) -> Tensor:
    return torch.from_numpy(2 * np.stack(bits) - 1).to(dtype)
