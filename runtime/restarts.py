"""Many runs of one net: laying it out takes longer than a run, so that is done once."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

from numpy.typing import NDArray

from compiler.net import Net
from runtime.double_double.trainer import DoubleDoubleTrainer
from runtime.settings import Settings
from runtime.trainer import TorchTrainer

if TYPE_CHECKING:
    from runtime.noise.trainer import Perturbable

    class Observed(Perturbable, Protocol):
        """A run that shows what its vertices output."""

        @property
        def values(self) -> NDArray[Any]:
            """Shape (vertices,), in the last sample."""


class Restarts:
    """Runs of a net from its built weights, one after the other: a new one ends the last.

    Args:
        net: what is trained.
        settings: the arithmetic, and the engine.
        rate_factor: of the learning rate.
    """

    def __init__(self, net: Net, settings: Settings, rate_factor: Fraction = Fraction(1)) -> None:
        self._run: DoubleDoubleTrainer | TorchTrainer
        if settings.arithmetic_of(net) == "double-double":
            self._run = DoubleDoubleTrainer(net, net.learning_rate * rate_factor)
            self._weights: tuple[NDArray[Any], ...] = tuple(self._run.weight_pairs)
        else:
            self._run = TorchTrainer(net, settings, float(rate_factor))
            self._weights = (self._run.weights,)
        self._built = [half.copy() for half in self._weights]

    def start(self) -> Observed:
        """A new run."""
        for half, built in zip(self._weights, self._built, strict=True):
            half[:] = built
        return self._run
