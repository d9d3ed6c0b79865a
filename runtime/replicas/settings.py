"""What the runs of a sweep have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from circuits.errors import SourceError
from circuits.targets import TARGETS
from runtime.settings import DTYPES

ENGINES = ("boolean", "live", "native", "gpu")
"""Engines that make many steps in one call, see `runtime.engines.native_run`."""

CONTROLS = ("flip-weight", "learning-rate", "wrong-circuit")
"""Negative controls that a sweep knows, see `runtime.controls`."""

RANDOM, ALWAYS_WRONG, LISTED = "random", "always-wrong", "listed"


@dataclass(frozen=True, slots=True)
class SweepSettings:
    """How the runs of a sweep are made. Run r is what `sgdcc verify` does with the seed + r.

    Attributes:
        steps: SGD steps of a run.
        seed: of run 0; that of run r is r more. It draws samples, random bits, labels, the hidden
            function, and fresh samples.
        labels: "random" for fair coins, "always-wrong", a name of `circuits.targets.TARGETS` for a
            function of that class, another in each run, or "listed".
        listed: where labels are "listed", a 0 or 1 for each step, the same in each run.
        dtype: of weights and values.
        questions: fresh samples that each run is asked after its last step, where the labels are a
            function of the sample.
        control: a negative control, with which runs must not match their reference; its choices are
            drawn by the seed of run 0.
        engine: what runs the net; all give the same bits. "boolean" trains 64 copies at once.
        noise: of a noise-tolerant net, the amount on every weight in every step.
        noise_model: likewise, one of `runtime.noise.models.NOISE_MODELS`.

    Raises:
        SourceError: unknown labels, dtype, engine or control, or a number below 0.
    """

    steps: int
    seed: int = 0
    labels: str = RANDOM
    listed: tuple[int, ...] = ()
    dtype: str = "float64"
    questions: int = 64
    control: str | None = None
    engine: str = "boolean"
    noise: float | None = None
    noise_model: str | None = None

    def __post_init__(self) -> None:
        for what, value, known in (
            ("labels", self.labels, (RANDOM, ALWAYS_WRONG, LISTED, *TARGETS)),
            ("dtype", self.dtype, DTYPES),
            ("engine", self.engine, ENGINES),
            ("control", self.control, (None, *CONTROLS)),
        ):
            if value not in known:
                names = ", ".join(name for name in known if name)
                raise SourceError(f"a sweep has no {what} {value!r}", hint=f"one of: {names}")
        for what, number in (("steps", self.steps), ("seed", self.seed), ("fresh", self.questions)):
            if number < 0:
                raise SourceError(f"{what}: {number} is below 0")
        if self.labels == LISTED and len(self.listed) < self.steps:
            raise SourceError(
                f"{len(self.listed)} labels for {self.steps} steps", hint="make fewer steps"
            )

    def facts(self) -> dict[str, Any]:
        """All that the rows of a table depend on; engines give the same, so not on that."""
        facts: dict[str, Any] = {
            "steps": self.steps,
            "seed": self.seed,
            "labels": self.labels,
            "dtype": self.dtype,
            "questions": self.questions,
            "control": self.control,
            "noise": self.noise,
            "noise_model": self.noise_model,
        }
        if self.labels == LISTED:
            facts["listed"] = "".join(map(str, self.listed[: self.steps]))
        return facts
