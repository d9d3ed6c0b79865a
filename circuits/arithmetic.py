"""Counting: how many bits are set, whether enough are, and words that step up and down."""

from __future__ import annotations

from collections.abc import Sequence

from circuits.circuit import FALSE, TRUE
from circuits.words import Bit, Word


def at_least(bits: Word, bound: int, weights: Sequence[int] | None = None) -> Bit:
    """Whether the weights of the true bits sum to ``bound`` or more: one threshold gate.

    Args:
        bits: any number of them.
        bound: any integer.
        weights: integers, one per bit; all 1 by default.

    >>> from circuits.builder import Builder
    >>> from circuits.words import constant
    >>> five = constant(Builder(), 0b101, 3)
    >>> at_least(five, 2).literal, at_least(five, 2, [3, 0, -2]).literal
    (1, 0)
    """
    return Bit(bits.builder, bits.builder.threshold(bits.literals, bound, weights))


def popcount(bits: Word) -> Word:
    """The number of true bits, in as many bits as ``len(bits)`` needs.

    Full adders turn three bits of one place into one of it and one of the next, until each
    place has one bit left: fewer than ``len(bits)`` adders, in logarithmic depth.

    >>> from circuits.builder import Builder
    >>> from circuits.words import constant
    >>> popcount(constant(Builder(), 0b1101, 4)).literals  # 3
    (1, 1, 0)
    """
    b, counted = bits.builder, []
    column, carries = list(bits.literals), list[int]()
    for _ in range(len(bits).bit_length()):
        # First in, first out: a sum waits behind the older bits, which keeps the tree balanced.
        while len(column) > 1:
            adding, column = column[:3], column[3:]
            column.append(b.xor(*adding))
            carries.append(b.threshold(adding, 2))
        counted.append(column[0] if column else FALSE)
        column, carries = carries, []
    return Word(b, tuple(counted))


def increment(number: Word, by: Bit | None = None) -> Word:
    """``number + 1`` modulo ``2**len(number)``, or ``number + by`` for a bit.

    Written so that bit i flips under one AND of the bits below it.

    >>> from circuits.builder import Builder
    >>> from circuits.words import constant
    >>> increment(constant(Builder(), 0b0011, 4)).literals  # 4
    (0, 0, 1, 0)
    """
    return number ^ _flips(number, Bit(number.builder, TRUE), by)


def decrement(number: Word, by: Bit | None = None) -> Word:
    """``number - 1`` modulo ``2**len(number)``, or ``number - by`` for a bit.

    >>> from circuits.builder import Builder
    >>> from circuits.words import constant
    >>> decrement(constant(Builder(), 0b0100, 4)).literals  # 3
    (1, 1, 0, 0)
    """
    return number ^ _flips(number, Bit(number.builder, FALSE), by)


def increment_saturating(number: Word, by: Bit | None = None) -> Word:
    """``number + 1``, or ``number + by``, that stays at ``2**len(number) - 1``.

    >>> from circuits.builder import Builder
    >>> from circuits.words import constant
    >>> increment_saturating(constant(Builder(), 0b111, 3)).literals  # 7
    (1, 1, 1)
    """
    below_top = ~all_set(number)
    return increment(number, below_top if by is None else by & below_top)


def step_signed_saturating(number: Word, up: Bit, by: Bit) -> Word:
    """Two's complement ``number + by`` if ``up``, else ``number - by``, kept in its range.

    >>> from circuits.builder import Builder
    >>> from circuits.words import constant
    >>> b = Builder()
    >>> yes, no = Bit(b, TRUE), Bit(b, FALSE)
    >>> step_signed_saturating(constant(b, -4, 3), no, yes).literals  # -4
    (0, 0, 1)
    >>> step_signed_saturating(constant(b, -1, 3), yes, yes).literals  # 0
    (0, 0, 0)
    """
    flips = _flips(number, up, by)
    # A step that reaches the sign bit is right if it goes up from -1 or down from 0. From the
    # greatest or least number it would flip every bit: then none may flip.
    overflows = flips[-1] & (number[-1] ^ up)
    return number ^ (flips & ~overflows)


def all_set(bits: Word) -> Bit:
    """Whether every bit is true; true of none."""
    return Bit(bits.builder, bits.builder.and_(*bits.literals))


def any_set(bits: Word) -> Bit:
    """Whether some bit is true; false of none."""
    return Bit(bits.builder, bits.builder.or_(*bits.literals))


def _flips(number: Word, up: Bit, by: Bit | None) -> Word:
    """Which bits a step of 1 flips: those that have only ones below (zeros on the way down)."""
    builder = number.builder
    flips = [TRUE if by is None else by.literal]
    for bit in number.literals[:-1]:
        flips.append(builder.and_(flips[-1], builder.xor(bit, up.literal) ^ 1))
    return Word(builder, tuple(flips))[: len(number)]
