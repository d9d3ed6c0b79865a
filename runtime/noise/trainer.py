"""A run of perturbed SGD: noise on every weight after every update."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from runtime.double_double.numbers import DoubleDouble
from runtime.double_double.trainer import DoubleDoubleTrainer
from runtime.noise.models import NoiseModel, Stream

if TYPE_CHECKING:
    from runtime.trainer import Array, Trainer

    class Perturbable(Trainer, Protocol):
        """A run whose weights can be pushed."""

        def perturb(self, noise: NDArray[Any]) -> None:
            """Add noise, floats of shape (edges,), to the weights."""


class NoisyTrainer:
    """A run with noise after every update; see `runtime.trainer.Trainer`.

    Attributes:
        run: the run that is perturbed.
        step: updates so far.
        summed_absolute: shape (edges,), the sum of the absolute values of all noise terms so far:
            what Lemma 4 bounds by epsilon. What the run's own arithmetic rounds, it does not count.
    """

    def __init__(self, run: Perturbable, model: NoiseModel, stream: Stream) -> None:
        self.run = run
        self.step = 0
        self.summed_absolute = np.zeros(len(run.weights))
        self._model, self._stream = model, stream
        if model.of_built:
            self._perturb(-1)

    @property
    def weights(self) -> Array:
        """See `runtime.trainer.Trainer`."""
        return self.run.weights

    @property
    def gradients(self) -> Array:
        """See `runtime.trainer.Trainer`."""
        return self.run.gradients

    @property
    def sums(self) -> Array:
        """See `runtime.trainer.Trainer`."""
        return self.run.sums

    @property
    def blends(self) -> NDArray[np.bool_]:
        """See `runtime.trainer.Trainer`."""
        return self.run.blends

    def forward_backward(self, samples: Sequence[Sequence[int]], labels: Sequence[int]) -> Array:
        """See `runtime.trainer.Trainer`."""
        return self.run.forward_backward(samples, labels)

    def update(self) -> None:
        """One step of SGD with these gradients, and the noise of the step."""
        self.run.update()
        self._perturb(self.step)
        self.step += 1

    def _perturb(self, step: int) -> None:
        run, noise_of = self.run, self._model.noise
        if isinstance(run, DoubleDoubleTrainer):
            pairs = noise_of(step, run.weight_pairs, self._stream)
            run.perturb(pairs)
            noise = pairs.hi if isinstance(pairs, DoubleDouble) else pairs
        else:
            noise = np.asarray(noise_of(step, run.weights, self._stream))
            run.perturb(noise)
        self.summed_absolute += np.abs(noise)
