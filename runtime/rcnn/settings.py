"""How the verification of a recurrent convolutional net is run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from circuits.errors import SourceError

CONTROLS = ("batch-size", "flip-weight", "halting-place", "layers", "learning-rate")
"""Negative controls, see `runtime.rcnn.controls`."""

DTYPES = ("float64", "float32")
SCALES = ("base3", "integer")
PATHS = ("plain", "fast")

DEFAULT_BITS = 4

SPARE_SAMPLES = 10
"""By default there are so many samples more than bits: random ones then span, as a rule."""

FRESH = {"fast": 1000, "plain": 4}
"""Queries by default, by path."""

TRACED = 4
"""Queries that are compared in every layer; of the others only the end."""

Progress: TypeAlias = Callable[[int, int], None]
"""Called with (done, in all)."""


@dataclass(frozen=True, slots=True)
class RcnnSettings:
    """How to verify.

    Attributes:
        bits: d, of a learner; None for 4.
        samples: m, of a learner; None for ``bits`` + 10.
        scale: "integer" or "base3".
        path: "fast" or "plain".
        layers: L; by default as many as the machine needs.
        dtype: of weights and values.
        seed: of samples, labels, queries and controls.
        fresh: queries; None for 1000, or 4 on the plain path.
        control: a negative control, which must make the verification fail.
        progress: told after every step of SGD, every query and every few layers of a run.

    Raises:
        SourceError: an unknown name, or a number below 1.
    """

    bits: int | None = None
    samples: int | None = None
    scale: str = "integer"
    path: str = "fast"
    layers: int | None = None
    dtype: str = "float64"
    seed: int = 0
    fresh: int | None = None
    control: str | None = None
    progress: Progress | None = None

    def __post_init__(self) -> None:
        for what, name, known in (
            ("scale", self.scale, SCALES),
            ("path", self.path, PATHS),
            ("dtype", self.dtype, DTYPES),
            ("control", self.control, CONTROLS),
        ):
            if name is not None and name not in known:
                raise SourceError(f"unknown {what} {name!r}", hint=f"one of: {', '.join(known)}")
        for what, number in (
            ("bits", self.bits),
            ("samples", self.samples),
            ("layers", self.layers),
            ("fresh", self.fresh),
        ):
            if number is not None and number < 1:
                raise SourceError(f"{number} {what}", hint="1 or more")

    @property
    def size(self) -> tuple[int, int]:
        """How many samples, m, and bits, d."""
        bits = self.bits or DEFAULT_BITS
        return self.samples or bits + SPARE_SAMPLES, bits

    @property
    def queries(self) -> int:
        """How many fresh samples to ask about."""
        return self.fresh or FRESH[self.path]
