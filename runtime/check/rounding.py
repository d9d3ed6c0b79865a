"""Rounding: that a floating-point format makes no error at all, in whatever order it adds.

Let every term of a sum be an integer times one power of two u, and the magnitudes of all terms add
up to at most 2^bits u. Then every partial sum, in any order, is an integer of at most 2^bits times
u, which the format holds exactly; so additions are exact, and with them fused multiply-adds. At
flat vertices the terms are those of the checks of flatness. At sloped ones they are the unit's,
and a sum has one term that is not 0, except where up to m' units meet: the output forwards, v0 and
shared control vertices backwards. Those terms are equal but for their signs, or 0. (Elsewhere
backpropagation adds zeros: a flat vertex passes nothing on.)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from runtime.check.files import RefusedError
from runtime.check.monomial import Monomial

FORMATS = {"float32": (24, -126, 127), "float64": (53, -1022, 1023)}
"""Significant bits, least and greatest exponent of a normal number."""


def check_rounding(
    name: str,
    single: Iterable[Monomial | Fraction],
    equal: Iterable[Monomial],
    count: int,
    sums: Iterable[Sequence[Fraction]],
) -> None:
    """Refuse a format that might round.

    Args:
        name: of the format.
        single: every number that occurs.
        equal: terms of which up to ``count`` are added up, with either sign.
        count: m', and the most that a multiplicity can be.
        sums: the terms of all other sums, at their largest.
    """
    if name not in FORMATS:
        raise RefusedError("rounding", f"unknown arithmetic {name!r}")
    bits, least, greatest = FORMATS[name]

    def units(x: Monomial | Fraction, grain: Fraction | None = None) -> Fraction:
        """The number as an integer times the grain, by default its own last bit."""
        value = x.rational() if isinstance(x, Monomial) else x
        if value is None or value.denominator & (value.denominator - 1):
            raise RefusedError("rounding", f"{x} is inexact in {name}")
        top = value.numerator & -value.numerator
        own = Fraction(top, value.denominator) if value else Fraction(1)
        grain = grain or own
        large = abs(value) >= Fraction(2) ** (greatest + 1)
        if value and (large or min(own, grain) < Fraction(2) ** least):
            raise RefusedError("rounding", f"{x} is beyond the normal numbers of {name}")
        return abs(value) / grain

    def within(size: Fraction | int, what: object) -> None:
        if size > 2**bits:
            raise RefusedError("rounding", f"{what} needs more than the {bits} bits of {name}")

    within(count, f"m' = {count}")
    for x in single:
        within(units(x), x)
    for x in equal:
        within(count * units(x), f"{count} times {x}")
    for terms in sums:
        grain = min((abs(x) / units(x) for x in terms if x), default=Fraction(1))
        within(sum(units(x, grain) for x in terms), f"the sum of {list(map(str, terms))}")
