"""Noise on the weights: perturbed SGD, the model of the paper's Section 4.2.

A *noise model* says what is added to every weight after every update. All are deterministic in
(seed, run, step), and different runs and steps have independent random numbers.

Storing weights in a short format is noise as well: what rounding does to each weight.

>>> model = parse_noise_model("uniform", 0.5)
>>> weights = np.zeros(3)
>>> noise = model.noise(0, weights, Stream(seed=1))
>>> bool((noise == model.noise(0, weights, Stream(seed=1))).all()), bool(noise.max() < 0.5)
(True, True)
>>> parse_noise_model("bfloat16").noise(0, np.array([1.001]), Stream(seed=1))
array([-0.001])
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from circuits.errors import InvariantError, SourceError
from runtime.double_double.numbers import DoubleDouble
from runtime.noise.storage import FORMATS, rounding

Numbers: TypeAlias = NDArray[Any] | DoubleDouble
"""Floats, or pairs of them, shape (edges,)."""

_NOISE = 5
"""Keeps these random numbers apart from those for samples, labels and controls."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Where a run's random numbers come from.

    Raises:
        SourceError: a negative seed or run.
    """

    seed: int
    run: int = 0

    def __post_init__(self) -> None:
        if self.seed < 0 or self.run < 0:
            raise SourceError(f"seed {self.seed}, run {self.run}", hint="neither can be negative")

    def at(self, step: int) -> np.random.Generator:
        """For one step of the run, from 0."""
        return np.random.default_rng([self.seed, _NOISE, self.run, step + 1])

    def throughout(self) -> np.random.Generator:
        """For what stays the same in all steps."""
        return np.random.default_rng([self.seed, _NOISE, self.run, 0])


class NoiseModel(Protocol):
    """What is added to every weight after every update."""

    @property
    def of_built(self) -> bool:
        """Whether the weights have it before the first step too; that step is -1."""

    def noise(self, step: int, weights: Numbers, stream: Stream) -> Numbers:
        """What to add after the update of a step, of the shape of the weights."""


@dataclass(frozen=True, slots=True)
class Gaussian:
    """Independent normal noise of mean 0 and standard deviation sigma."""

    sigma: float
    of_built: bool = False

    def noise(self, step: int, weights: Numbers, stream: Stream) -> NDArray[np.float64]:
        """See `NoiseModel`."""
        normal: NDArray[np.float64] = stream.at(step).standard_normal(_edges(weights))
        return self.sigma * normal


@dataclass(frozen=True, slots=True)
class Uniform:
    """Independent noise, uniform from -bound to bound."""

    bound: float
    of_built: bool = False

    def noise(self, step: int, weights: Numbers, stream: Stream) -> NDArray[np.float64]:
        """See `NoiseModel`."""
        return self.bound * (2 * stream.at(step).random(_edges(weights)) - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Bias:
    """The same in every step: value times a sign per edge, fair coins unless given."""

    value: float
    signs: NDArray[np.int8] | None = None
    of_built: bool = False

    def noise(self, step: int, weights: Numbers, stream: Stream) -> NDArray[np.float64]:
        """See `NoiseModel`."""
        signs = self.signs
        if signs is None:
            signs = 2 * stream.throughout().integers(0, 2, _edges(weights), np.int8) - 1
        return self.value * signs.astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """One kick for every edge.

    Attributes:
        signs: shape (edges,), 1, -1, or 0 for none.
        steps: shape (edges,), the step after whose update it comes.
    """

    signs: NDArray[np.int8]
    steps: NDArray[np.int64]

    def spread(
        self, cells: NDArray[np.integer], write_steps: NDArray[np.integer], edges: int
    ) -> Pattern:
        """The pattern of one cell in every cell of a net.

        Args:
            cells: shape (cells, edges of a cell): the edges of each.
            write_steps: shape (cells,): added to the steps, which count from the cell's write;
                what would come before step 0 comes there.
            edges: of the net; those of no cell are left alone.
        """
        signs, steps = np.zeros(edges, np.int8), np.zeros(edges, np.int64)
        signs[cells] = self.signs
        steps[cells] = np.maximum(self.steps + write_steps[:, None], 0)
        return Pattern(signs, steps)


@dataclass(frozen=True, slots=True, eq=False)
class Adversarial:
    """All that is allowed to an edge in the whole run, spent at once: bound times the pattern."""

    bound: float
    pattern: Pattern | None = None
    of_built: bool = False

    def noise(self, step: int, weights: Numbers, stream: Stream) -> NDArray[np.float64]:
        """See `NoiseModel`.

        Raises:
            InvariantError: there is no pattern; `runtime.noise.adversary` searches for one.
        """
        if self.pattern is None:
            raise InvariantError("adversarial noise without a pattern")
        now = self.pattern.steps == step
        return np.where(now, self.bound * self.pattern.signs, 0.0)


@dataclass(frozen=True, slots=True)
class Stored:
    """Weights kept in a short format: rounded after every update, and as built."""

    format: str
    of_built: bool = True

    def noise(self, step: int, weights: Numbers, stream: Stream) -> Numbers:
        """See `NoiseModel`; weights + noise are the rounded weights, exactly.

        Raises:
            LimitError: a weight overflows the format.
        """
        return rounding(weights, self.format)


NOISE_MODELS = ("gaussian", "uniform", "bias", "adversarial", *FORMATS)
"""Names for `parse_noise_model`."""


def parse_noise_model(name: str, amount: float | None = None) -> NoiseModel:
    """A noise model by name.

    Args:
        name: one of `NOISE_MODELS`.
        amount: the standard deviation of gaussian, the size of uniform, bias (both per step) and
            adversarial noise (in a whole run; its pattern is still to be given); none for a
            storage format.

    Raises:
        SourceError: an unknown name, or an amount that is missing, negative, or not a number.
    """
    if name in FORMATS:
        if amount is not None:
            raise SourceError(f"{name} with an amount", hint="the format says how it rounds")
        return Stored(name)
    of_name = {"gaussian": Gaussian, "uniform": Uniform, "bias": Bias, "adversarial": Adversarial}
    if name not in of_name:
        raise SourceError(f"unknown noise {name!r}", hint=f"one of: {', '.join(NOISE_MODELS)}")
    if amount is None or not isfinite(amount) or amount < 0:
        raise SourceError(f"{name} noise of {amount}", hint="an amount is a number, 0 or more")
    model: NoiseModel = of_name[name](amount)
    return model


def _edges(weights: Numbers) -> int:
    return len(weights.hi if isinstance(weights, DoubleDouble) else weights)
