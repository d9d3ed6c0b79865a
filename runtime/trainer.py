"""An SGD run as verification drives it: forward and backward, look, update, look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from compiler.net import Net
from runtime.controls import frozen_edge, rate_factor
from runtime.exact import ExactTrainer
from runtime.module import NetModule
from runtime.settings import Settings

Array: TypeAlias = NDArray[Any]
"""Of floats, or of `compiler.exact.Exact` objects."""


class Trainer(Protocol):
    """One SGD run of an emulation net; arrays are by edge or by vertex of the net."""

    @property
    def weights(self) -> Array:
        """The weights now."""

    @property
    def gradients(self) -> Array:
        """Of the loss of the last `forward_backward`, by edge."""

    @property
    def sums(self) -> Array:
        """The inputs of f in the last sample, by vertex."""

    @property
    def blends(self) -> NDArray[np.bool_]:
        """Which of them are between two pieces of f, by vertex."""

    def forward_backward(self, samples: Sequence[Sequence[int]], labels: Sequence[int]) -> Array:
        """Outputs for samples of +-1; the gradients are those of the mean of (output - label)^2."""

    def update(self) -> None:
        """One step of SGD with these gradients."""


def trainer(net: Net, settings: Settings) -> Trainer:
    """The run that the settings ask for, tampered with under a negative control."""
    factor = rate_factor(settings.control)
    flipped = frozen_edge(net, settings.seed) if settings.control == "flip-weight" else None
    if settings.is_exact(net):
        exact = ExactTrainer(net, net.learning_rate * factor)
        if flipped is not None:
            exact.negate(flipped)
        return exact
    stock = TorchTrainer(net, settings, float(factor))
    if flipped is not None:
        stock.weights[flipped] *= -1
    return stock


class TorchTrainer:
    """Stock torch: `torch.optim.SGD` on the module's parameters, ``loss.backward()``."""

    def __init__(self, net: Net, settings: Settings, rate_factor: float = 1.0) -> None:
        self.module = NetModule(net, getattr(torch, settings.dtype), settings.engine)
        rate = net.learning_rate.to_float(settings.dtype) * rate_factor
        self._optimizer = torch.optim.SGD(self.module.parameters(), lr=rate)
        self._weights = self.module.weight.detach().numpy()

    @property
    def weights(self) -> Array:
        """See `Trainer`; a view of the parameter."""
        return self._weights

    @property
    def gradients(self) -> Array:
        """See `Trainer`."""
        assert self.module.weight.grad is not None
        return self.module.weight.grad.numpy()

    @property
    def sums(self) -> Array:
        """See `Trainer`."""
        assert self.module.trace is not None
        return self.module.trace.inputs_sum.numpy()

    @property
    def values(self) -> Array:
        """What the vertices output in the last sample."""
        assert self.module.trace is not None
        return self.module.trace.values.numpy()

    @property
    def blends(self) -> NDArray[np.bool_]:
        """See `Trainer`."""
        assert self.module.trace is not None
        blends: NDArray[np.bool_] = self.module.plan.activation.in_blend(
            self.module.trace.inputs_sum
        ).numpy()
        return blends

    def forward_backward(self, samples: Sequence[Sequence[int]], labels: Sequence[int]) -> Array:
        """See `Trainer`; a single sample is given to the module without a batch axis."""
        signs = torch.tensor(samples, dtype=self.module.plan.dtype)
        signs = signs.reshape(len(samples), len(self.module.net.inputs))
        output = self.module(signs if len(samples) > 1 else signs[0])
        target = torch.tensor(labels, dtype=output.dtype).reshape(output.shape)
        loss = ((output - target) ** 2).mean()
        self._optimizer.zero_grad()
        loss.backward()
        outputs: Array = output.detach().reshape(-1).numpy()
        return outputs

    def update(self) -> None:
        """See `Trainer`."""
        self._optimizer.step()

    def perturb(self, noise: Array) -> None:
        """Add noise to the weights, floats of shape (edges,)."""
        with torch.no_grad():
            self.module.weight.add_(torch.as_tensor(noise, dtype=self.module.weight.dtype))
