"""Numbers of a net as it is looked at: exact where that is possible, else in narrow intervals.

Sums of unlike terms are no monomials (`compiler.exact`), nor is a cell's weight after its update
for p > 1; these are enclosed (`compiler.enclosure`).
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from circuits.errors import InvariantError, LimitError
from compiler.activation import Activation
from compiler.enclosure import Enclosure, enclose
from compiler.exact import ZERO, Exact

Quantity: TypeAlias = Exact | Enclosure

_LONG = 24
"""An exact form with more characters is shown rounded."""


_KEPT = 4096
"""Numbers whose piece is remembered: a net has few, and comparing irrational ones takes long."""

_PIECES = ("dead zone", "lower blend", "power", "upper blend", "plateau")


class Landing(NamedTuple):
    """Where a sum comes to lie on f.

    Attributes:
        piece: dead zone, lower blend, power, upper blend or plateau.
        margin: to the nearest end of the piece; of the plateau and the dead zone to their only one.
        value: of f there; 0 in a blend, whose values nobody needs.
    """

    piece: str
    margin: Quantity
    value: Quantity

    @property
    def flat(self) -> bool:
        """Whether f' is 0 there."""
        return self.piece in ("dead zone", "plateau")


def plus(a: Quantity, b: Quantity) -> Quantity:
    """The sum."""
    if isinstance(a, Exact) and isinstance(b, Exact):
        try:
            return a + b
        except InvariantError:  # unlike terms
            pass
    return _enclosed(a).plus(_enclosed(b))


def times(a: Quantity, b: Quantity | int) -> Quantity:
    """The product."""
    if isinstance(b, int):
        b = Exact.of(b)
    if isinstance(a, Exact) and isinstance(b, Exact):
        return a * b
    if ZERO in (a, b):
        return ZERO
    return _enclosed(a).times(_enclosed(b))


def minus(a: Quantity, b: Quantity) -> Quantity:
    """The difference."""
    return plus(a, times(b, -1))


def size(a: Quantity) -> Quantity:
    """The magnitude."""
    if isinstance(a, Exact):
        return abs(a)
    low, high = a
    return a if low >= 0 else Enclosure(-high, -low) if high <= 0 else Enclosure(0, max(-low, high))


def less(a: Quantity, b: Quantity) -> bool:
    """Whether a < b; of what overlaps, by the middle."""
    if isinstance(a, Exact) and isinstance(b, Exact):
        return a < b
    return sum(_enclosed(a)) < sum(_enclosed(b))


def is_negative(a: Quantity) -> bool:
    """Whether a < 0."""
    return a.sign < 0 if isinstance(a, Exact) else sum(a) < 0


def land(f: Activation, x: Quantity) -> Landing:
    """Where f's input lands."""
    piece, length = piece_of(f, x), size(x)
    low, high = _ends(f, piece)
    margins = ([] if low is None else [minus(length, low)]) + (
        [] if high is None else [minus(high, length)]
    )
    return Landing(piece, nearest(*margins), value_at(f, x))


@lru_cache(_KEPT)
def piece_of(f: Activation, x: Quantity) -> str:
    """The piece of f on which x is."""
    length = size(x)
    if not less(f.dead_zone, length):
        return "dead zone"
    if less(length, f.power_from):
        return "lower blend"
    if not less(f.power_to, length):
        return "power"
    return "upper blend" if less(length, f.plateau_from) else "plateau"


def value_at(f: Activation, x: Quantity) -> Quantity:
    """f(x), and 0 in a blend."""
    piece, p = piece_of(f, x), f.exponent.rational()
    assert p is not None
    sign = -1 if is_negative(x) else 1
    if piece == "plateau":
        return times(f.plateau, sign)
    return times(_power(size(x), p), sign) if piece == "power" else ZERO


def _ends(f: Activation, piece: str) -> tuple[Exact | None, Exact | None]:
    """Of a piece; None where it goes on: x^p, without a dead zone, to 0, and f' with it."""
    ends = (f.dead_zone, f.power_from, f.power_to, f.plateau_from)
    if piece == "power" and f.power_from == ZERO:
        return None, f.power_to
    number = _PIECES.index(piece)
    return ends[number - 1] if number else None, ends[number] if number < len(ends) else None


def nearest(*distances: Quantity) -> Quantity:
    """The least of them."""
    least = distances[0]
    for distance in distances[1:]:
        least = distance if less(distance, least) else least
    return least


def to_float(a: Quantity) -> float:
    """Rounded; beyond the range of floats 0 or infinite."""
    if isinstance(a, Exact):
        try:
            return a.to_float()
        except LimitError:
            return 0.0 if a.log2() < 0 else float("inf") * a.sign
    return float((Fraction(a.low) + Fraction(a.high)) / 2)


def text(a: Quantity) -> str:
    """Exact, or rounded with a ``~`` in front."""
    if isinstance(a, Exact) or a.low == a.high:
        exact = str(a) if isinstance(a, Exact) else str(a.low)
        if len(exact) <= _LONG:
            return exact
    value = to_float(a)
    if isinstance(a, Exact) and value in (0.0, float("inf"), -float("inf")):
        return f"~{'-' if a.sign < 0 else ''}2^{a.log2():.6g}"
    return f"~{value:.9g}"


def as_json(a: Quantity) -> dict[str, Any]:
    """The exact text, None where there is none, and the float."""
    exact = isinstance(a, Exact) or a.low == a.high
    shown = str(a) if isinstance(a, Exact) else str(a.low)
    return {"exact": shown if exact else None, "value": to_float(a)}


def _enclosed(a: Quantity) -> Enclosure:
    return enclose(a) if isinstance(a, Exact) else a


def _power(a: Quantity, exponent: Fraction) -> Quantity:
    return a**exponent if isinstance(a, Exact) else a.power(exponent)
