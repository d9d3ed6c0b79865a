"""Which piece of the activation a number lies on, exactly, and what the activation is there."""

from __future__ import annotations

from enum import Enum
from fractions import Fraction

from compiler.activation import Activation
from compiler.exact import ZERO, Exact


class Piece(Enum):
    """A piece of f. The first three are *flat*: f' = 0 there, so no gradient passes (Lemma 1)."""

    NEGATIVE = "the negative plateau"
    ZERO = "the dead zone"
    """Of an activation without a dead zone, the point 0, where f' = 0 for exponents above 1."""
    POSITIVE = "the positive plateau"
    POWER = "the power piece"
    BLEND = "a blend"


FLAT = (Piece.NEGATIVE, Piece.ZERO, Piece.POSITIVE)


def piece_of(activation: Activation, x: Exact) -> Piece:
    """The piece that x lies on.

    >>> from compiler.emulation_constants import dyadic_constants
    >>> f = dyadic_constants(1).activation
    >>> [piece_of(f, Exact.of(x)).name for x in (-2, 0, 1)]
    ['NEGATIVE', 'ZERO', 'POWER']
    """
    size = abs(x)
    if size >= activation.plateau_from:
        return Piece.POSITIVE if x.sign > 0 else Piece.NEGATIVE
    if size <= activation.dead_zone:
        return Piece.ZERO
    if activation.power_from <= size <= activation.power_to:
        return Piece.POWER
    return Piece.BLEND


def flat_value(activation: Activation, piece: Piece) -> Exact:
    """What f is on a flat piece."""
    if piece is Piece.ZERO:
        return ZERO
    return activation.plateau if piece is Piece.POSITIVE else -activation.plateau


def power_value(exponent: Fraction, x: Exact) -> Exact:
    """What f is on the power piece: ``sign(x) |x| ** p``."""
    return abs(x) ** exponent * x.sign


def exact_sum(a: Exact, b: Exact) -> Exact | None:
    """``a + b``, or None for unlike terms, whose sum is no monomial and hence neither 0 nor 1."""
    if not a.sign or not b.sign or (a / b).rational() is not None:
        return a + b
    return None
