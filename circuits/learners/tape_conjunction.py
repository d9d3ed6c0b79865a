"""Conjunctions, learned by a Turing machine that drops literals from its tape."""

from __future__ import annotations

from circuits.learner import Learner
from circuits.machines.learning import conjunction


def tape_conjunction(bits: int) -> Learner:
    """Learn a conjunction of literals by elimination; see `circuits.machines.learning`.

    Mistake-driven, two memory bits a variable: a table of nine states, run on a tape that holds
    memory, sample and label.

    Raises:
        SourceError: ``bits`` is below 1.
    """
    return conjunction(bits)
