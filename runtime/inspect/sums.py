"""All sums that a vertex can have whose sources each output one of a few values.

Weights and values are rational, so sums are integers over one denominator. Of a gate of n wires
with equal weights there are n + 1; where there are too many to list, they are all multiples of a
step from the least one to the greatest, and those multiples stand for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple

import numpy as np

from compiler.activation import Activation

MOST = 1 << 12
"""Of which more are not listed."""

_LARGEST = 2**61
"""Integers of which so many bits may be added in 64."""


class Sums(NamedTuple):
    """The sums of a vertex.

    Attributes:
        listed: all of them, ascending; or some of a lattice that has them all, where the
            interesting ones are (see `attainable`).
        complete: whether these are exactly the sums that occur.
    """

    listed: tuple[Fraction, ...]
    complete: bool


def attainable(terms: Sequence[Sequence[Fraction]], ends: Sequence[Fraction]) -> Sums:
    """The sums of one element of each of the terms.

    Args:
        terms: for each source the products of its values with its weight.
        ends: of pieces; where sums cannot be listed, the lattice points next to these are.

    >>> half, one = Fraction(1, 2), Fraction(1)
    >>> attainable([(-one, one), (-half, half), (one,)], ())
    Sums(listed=(Fraction(-1, 2), Fraction(1, 2), Fraction(3, 2), Fraction(5, 2)), complete=True)
    """
    unit = lcm(1, *(value.denominator for term in terms for value in term))
    whole = [sorted({int(value * unit) for value in term}) for term in terms]
    base = sum(term[0] for term in whole)
    steps = [[value - term[0] for value in term[1:]] for term in whole if len(term) > 1]
    steps.sort()  # wires of equal weights first: their sums are few
    if base + sum(term[-1] for term in steps) > _LARGEST or base < -_LARGEST:
        return Sums(_lattice(base, steps, unit, ends), complete=False)
    found = np.zeros(1, np.int64)
    for step in steps:
        found = np.unique(np.concatenate([found, *(found + value for value in step)]))
        if len(found) > MOST:
            return Sums(_lattice(base, steps, unit, ends), complete=False)
    return Sums(tuple(Fraction(base + int(x), unit) for x in found), complete=True)


def _lattice(
    base: int, steps: Sequence[Sequence[int]], unit: int, ends: Sequence[Fraction]
) -> tuple[Fraction, ...]:
    """The least and the greatest sum, and the multiples of the step next to the ends."""
    step = gcd(*(value for term in steps for value in term))
    top = base + sum(max(term) for term in steps)
    found = {base, top}
    for end in (*ends, *(-end for end in ends)):
        below = (int(end * unit // 1) - base) // step
        found |= {base + step * (below + k) for k in (-1, 0, 1, 2)}
    return tuple(Fraction(x, unit) for x in sorted(found) if base <= x <= top)


def ends_of(f: Activation) -> tuple[Fraction, ...]:
    """The break points of f, those that are rational."""
    ends = (f.dead_zone, f.power_from, f.power_to, f.plateau_from)
    return tuple(end for end in (x.rational() for x in ends) if end is not None)
