"""The check that every built-in learner makes of its parameters."""

from __future__ import annotations

from circuits.errors import SourceError


def check_range(
    learner: str, parameter: str, value: int, least: int, most: int | None = None
) -> None:
    """Refuse a parameter below ``least`` or above ``most``.

    >>> check_range("nearest", "k", 0, 1, 5)
    Traceback (most recent call last):
    circuits.errors.SourceError: nearest: k must be 1 to 5, not 0
    """
    if value < least or (most is not None and value > most):
        allowed = f"at least {least}" if most is None else f"{least} to {most}"
        raise SourceError(f"{learner}: {parameter} must be {allowed}, not {value}")
