"""The activation of a whole net, as exact break points.

``f`` is odd and nondecreasing, and has five pieces for x >= 0 (constructions of section 4)::

    dead      0           0 <= x <= dead_zone
    blend     monotone    dead_zone < x < power_from
    power     x ** p      power_from <= x <= power_to
    blend     monotone    power_to < x < plateau_from
    plateau   2           plateau_from <= x

The paper (Section 4.1) has p = 3, no dead zone, power_to = 1, plateau_from = 3/2. The blends are
cubic Hermite curves, so f is once continuously differentiable; the paper asks for a smooth f but
uses no more, since nothing may ever land in a blend, which `sgdcc verify` checks at every step.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from fractions import Fraction
from itertools import pairwise

from circuits.errors import InvariantError
from compiler.exact import ONE, ZERO, Exact

_PLATEAU_FROM = Exact.of(Fraction(3, 2))
_PLATEAU = Exact.of(2)


@dataclass(frozen=True, slots=True)
class Activation:
    """Exact break points of f; see the module for their meaning.

    With a zero exponent piece start (``power_from`` 0) there is neither dead zone nor lower blend,
    and f'(0) = 0 needs an exponent above 1.
    """

    exponent: Exact
    dead_zone: Exact
    power_from: Exact
    power_to: Exact = ONE
    plateau_from: Exact = _PLATEAU_FROM
    plateau: Exact = _PLATEAU

    def __post_init__(self) -> None:
        if self.exponent < ONE:
            raise InvariantError(f"the exponent is {self.exponent}; the construction needs p >= 1")
        ordered = (ZERO, self.dead_zone, self.power_from, self.power_to, self.plateau_from)
        if any(b < a for a, b in pairwise(ordered)):
            raise InvariantError(f"break points out of order: {self}")
        if self.dead_zone == self.power_from and self.dead_zone != ZERO:
            raise InvariantError("no room for the blend between dead zone and power piece")
        if self.power_from == ZERO and self.exponent == ONE:
            raise InvariantError("f'(0) would be 1: an exponent of 1 needs a dead zone")

    def items(self) -> list[tuple[str, Exact]]:
        """(name, value) of every constant, in a fixed order."""
        return [(f.name, getattr(self, f.name)) for f in fields(self)]
