"""Arrays of rational numbers: integers over one common denominator.

The integers are int64 where every sum fits, and Python's own where it might not.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Integers: TypeAlias = NDArray[Any]
"""int64, or objects that are Python integers."""

INT64 = 2**60
"""Below it, integers are kept as int64: a handful of them can still be added."""


class Rationals(NamedTuple):
    """An array of rational numbers."""

    numerators: Integers
    denominator: int

    @classmethod
    def of(cls, values: Sequence[Any]) -> Rationals:
        """From nested sequences of integers and fractions.

        >>> Rationals.of([Fraction(1, 2), 3])
        Rationals(numerators=array([1, 6]), denominator=2)
        """
        array = np.array(values, dtype=object)
        fractions = [Fraction(value) for value in array.ravel().tolist()]
        denominator = lcm(*(value.denominator for value in fractions))
        scaled = [int(value * denominator) for value in fractions]
        return cls(np.array(scaled, dtype=object).reshape(array.shape), denominator).narrowed()

    def reduced(self) -> Rationals:
        """The same numbers over their least denominator."""
        common = gcd(self.denominator, int(np.gcd.reduce(self.numerators.ravel(), initial=0)))
        return Rationals(self.numerators // common, self.denominator // common).narrowed()

    def narrowed(self) -> Rationals:
        """With int64 numerators, if they fit."""
        most = int(abs(self.numerators).max(initial=0)) if self.numerators.size else 0
        kind = np.int64 if most < INT64 else object
        return Rationals(self.numerators.astype(kind, copy=False), self.denominator)

    def masked(self, mask: NDArray[np.bool_]) -> Rationals:
        """With 0 where the mask is False."""
        return Rationals(self.numerators * mask, self.denominator)

    def fractions(self) -> list[Any]:
        """Nested lists of fractions."""
        flat = [Fraction(int(n), self.denominator) for n in self.numerators.ravel().tolist()]
        nested: list[Any] = np.array(flat, dtype=object).reshape(self.numerators.shape).tolist()
        return nested


def aligned(parts: Sequence[Rationals]) -> list[Rationals]:
    """The same arrays, all over one denominator."""
    common = lcm(*(part.denominator for part in parts))
    return [
        Rationals(part.numerators.astype(object) * (common // part.denominator), common).narrowed()
        for part in parts
    ]
