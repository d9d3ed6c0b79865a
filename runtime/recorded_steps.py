"""The steps of an SGD run that is recorded, in any arithmetic: show a sample, look, train on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from compiler.net import Net
from runtime.controls import frozen_edge, rate_factor
from runtime.engines.native import Native
from runtime.engines.native_run import run_sgd
from runtime.engines.plan import Plan
from runtime.restarts import Restarts
from runtime.settings import Settings
from runtime.trainer import trainer

Array: TypeAlias = NDArray[Any]
"""Of floats, or of `compiler.exact.Exact` objects."""


class Steps(Protocol):
    """A run, from the built weights on."""

    @property
    def weights(self) -> Array:
        """Shape (edges,), now."""

    def output(self, sample: Sequence[int]) -> float:
        """The output for a sample of +-1, as the weights are."""

    def update(self, sample: Sequence[int], label: int) -> Array:
        """One step of SGD; the weights of the watched edges after it."""


def steps_of(net: Net, settings: Settings, watch: NDArray[np.int64]) -> Steps:
    """The run that the settings ask for; ``watch`` are edges."""
    if settings.arithmetic_of(net) == settings.dtype:
        return _FloatSteps(net, settings, watch)
    return _OtherSteps(net, settings, watch)


class _FloatSteps:
    """`runtime.engines.native_run.run_sgd`, a step at a time, since a label may need the output."""

    def __init__(self, net: Net, settings: Settings, watch: NDArray[np.int64]) -> None:
        self._plan = Plan.of(net, getattr(torch, settings.dtype))
        self._weights = torch.from_numpy(net.weights(settings.dtype))
        self._rate = net.learning_rate.to_float(settings.dtype)
        self._rate *= float(rate_factor(settings.control))
        self._watch, self._native = watch.tolist(), Native()
        self._engine = settings.engine if settings.engine in ("live", "native") else "live"
        if settings.control == "flip-weight":
            self._weights[frozen_edge(net, settings.seed)] *= -1

    @property
    def weights(self) -> Array:
        """See `Steps`."""
        return self._weights.numpy()

    def output(self, sample: Sequence[int]) -> float:
        """See `Steps`."""
        signs = torch.tensor(sample, dtype=self._plan.dtype)
        trace = self._native.forward(self._plan, self._weights, signs)
        return float(trace.values[self._plan.outputs[0]])

    def update(self, sample: Sequence[int], label: int) -> Array:
        """See `Steps`."""
        run = run_sgd(
            self._plan,
            self._weights,
            torch.tensor([sample], dtype=self._plan.dtype).reshape(1, -1),
            torch.tensor([label], dtype=self._plan.dtype),
            self._rate,
            engine=self._engine,
            watch=self._watch,
        )
        return run.watched[0].numpy()


class _OtherSteps:
    """Exact values or double-doubles, by their own trainers."""

    def __init__(self, net: Net, settings: Settings, watch: NDArray[np.int64]) -> None:
        if settings.is_exact(net):
            self._run = trainer(net, settings)
        else:
            self._run = Restarts(net, settings, rate_factor(settings.control)).start()
        self._watch = watch

    @property
    def weights(self) -> Array:
        """See `Steps`."""
        return self._run.weights

    def output(self, sample: Sequence[int]) -> float:
        """See `Steps`."""
        output = self._run.forward_backward([sample], [1])[0]
        return float(output if isinstance(output, float) else output.to_float())

    def update(self, sample: Sequence[int], label: int) -> Array:
        """See `Steps`."""
        self._run.forward_backward([sample], [label])
        self._run.update()
        watched: Array = self._run.weights[self._watch]
        return watched
