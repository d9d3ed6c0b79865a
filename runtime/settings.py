"""How a verification is run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from circuits.errors import SourceError
from compiler.net import Net, Target
from runtime.labels import Labels

DEFAULT_STEPS = 200

QUESTIONS = 64
"""A noise-tolerant net is asked about so many inputs; all of them where there are no more."""

EXHAUSTIVE_INPUTS = 16
"""A component with this many inputs or fewer is tried on all of them."""

CONTROLS = ("flip-weight", "learning-rate", "batch-size", "wrong-circuit")
"""Negative controls, see `runtime.controls`."""

LEMMA4_CONTROLS = (
    "label", "output", "control-before", "control-at-write", "control-after", "noise-sum",
    "leaving-gradient",
)  # fmt: skip
"""Those of noise-tolerant nets besides, see `runtime.noise.controls`."""

DTYPES = ("float64", "float32")

ARITHMETICS = ("float", "exact", "double-double")

ENGINES = ("boolean", "live", "native", "levels", "reference")
"""Names of `runtime.module.ENGINES` that run on any machine."""

GPU = "gpu"
"""That of the one which needs a GPU."""

Progress: TypeAlias = Callable[[int, int], None]
"""Called with (steps done, steps in all)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to verify.

    Attributes:
        steps: SGD steps; None for 200, or for all inputs of a component with up to 16.
        seed: of samples, random bits, labels and controls.
        labels: None for fair coins.
        labels_name: what the report calls them.
        dtype: of weights and values in floating point.
        arithmetic: "float", "exact", "double-double", or None: for the printed preset, which floats
            lose, exact, or double-double for a noise-tolerant net; else float.
        control: a negative control, which must make the verification fail.
        engine: what runs the net in floating point.
        progress: told after every step.
        noise: amount of noise on every weight in every step; None for none. As this and all that
            follows, for noise-tolerant nets only.
        noise_model: one of `runtime.noise.models.NOISE_MODELS`; gaussian where there is an amount.
        runs: how often to train from the start.
        first_run: the number of the first of them.
        questions: inputs to ask about at the end of a run.

    Raises:
        SourceError: an unknown control, dtype or engine, or a negative number of something.
    """

    steps: int | None = None
    seed: int = 0
    labels: Labels | None = None
    labels_name: str = "random"
    dtype: str = "float64"
    arithmetic: str | None = None
    control: str | None = None
    engine: str = "native"
    progress: Progress | None = None
    noise: float | None = None
    noise_model: str | None = None
    runs: int = 1
    first_run: int = 0
    questions: int = QUESTIONS

    def __post_init__(self) -> None:
        for what, value, known in (
            ("control", self.control, CONTROLS + LEMMA4_CONTROLS),
            ("dtype", self.dtype, DTYPES),
            ("engine", self.engine, (*ENGINES, GPU)),
            ("arithmetic", self.arithmetic, ARITHMETICS),
        ):
            if value is not None and value not in known:
                raise SourceError(f"unknown {what} {value!r}", hint=f"one of: {', '.join(known)}")
        if self.steps is not None and self.steps < 0:
            raise SourceError(f"{self.steps} steps", hint="a number of steps is 0 or more")
        if self.runs < 1:
            raise SourceError(f"{self.runs} runs", hint="at least 1")

    @property
    def noise_name(self) -> str | None:
        """The noise model, None without noise."""
        return self.noise_model or (None if self.noise is None else "gaussian")

    def is_exact(self, net: Net) -> bool:
        """Whether to run on exact values; a component has none to lose and runs in floats."""
        return self.arithmetic_of(net) == "exact"

    def arithmetic_of(self, net: Net) -> str:
        """What to run on: "exact", "double-double", or the dtype.

        Raises:
            SourceError: an arithmetic that does not fit the net.
        """
        if net.target is Target.COMPONENT:  # it has nothing to lose
            return self.dtype
        noise_tolerant = net.target is Target.NOISE_TOLERANT
        for_printed = "double-double" if noise_tolerant else "exact"
        chosen = self.arithmetic or (for_printed if net.preset == "printed" else "float")
        if chosen not in ("float", for_printed):
            raise SourceError(
                f"no {chosen} arithmetic for {net.target} nets",
                hint=f"use {for_printed} or {self.dtype}",
            )
        return self.dtype if chosen == "float" else chosen
