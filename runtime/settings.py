"""How a verification is run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from circuits.errors import SourceError
from compiler.net import Net, Target
from runtime.labels import Labels

DEFAULT_STEPS = 200

EXHAUSTIVE_INPUTS = 16
"""A component with this many inputs or fewer is tried on all of them."""

CONTROLS = ("flip-weight", "learning-rate", "batch-size", "wrong-circuit")
"""Negative controls, see `runtime.controls`."""

DTYPES = ("float64", "float32")

ARITHMETICS = ("float", "exact")

ENGINES = ("levels", "reference")
"""Names of `runtime.module.engine`."""

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
        arithmetic: "float", "exact", or None: exact for the printed preset, which floats lose.
        control: a negative control, which must make the verification fail.
        engine: what runs the net.
        progress: told after every step.

    Raises:
        SourceError: an unknown control, dtype or engine, or a negative number of steps.
    """

    steps: int | None = None
    seed: int = 0
    labels: Labels | None = None
    labels_name: str = "random"
    dtype: str = "float64"
    arithmetic: str | None = None
    control: str | None = None
    engine: str = "levels"
    progress: Progress | None = None

    def __post_init__(self) -> None:
        for what, value, known in (
            ("control", self.control, CONTROLS),
            ("dtype", self.dtype, DTYPES),
            ("engine", self.engine, ENGINES),
            ("arithmetic", self.arithmetic, ARITHMETICS),
        ):
            if value is not None and value not in known:
                raise SourceError(f"unknown {what} {value!r}", hint=f"one of: {', '.join(known)}")
        if self.steps is not None and self.steps < 0:
            raise SourceError(f"{self.steps} steps", hint="a number of steps is 0 or more")

    def is_exact(self, net: Net) -> bool:
        """Whether to run on exact values; a component has none to lose and runs in floats."""
        if net.target is Target.COMPONENT:
            return False
        return self.arithmetic == "exact" or (self.arithmetic is None and net.preset == "printed")
