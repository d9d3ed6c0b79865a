"""Linear algebra over the field of two elements: a row is a word, XOR adds."""

from __future__ import annotations

from circuits.words import Bit, Word


def parity(row: Word) -> Bit:
    """The sum of the entries: whether an odd number of them is 1.

    >>> from circuits.builder import Builder
    >>> from circuits.words import constant
    >>> parity(constant(Builder(), 0b0111, 4)).literal
    1
    """
    return Bit(row.builder, row.builder.xor(*row.literals))


def dot(row: Word, other: Word) -> Bit:
    """The scalar product of two rows of one length.

    >>> from circuits.builder import Builder
    >>> from circuits.words import constant
    >>> b = Builder()
    >>> dot(constant(b, 0b0111, 4), constant(b, 0b1110, 4)).literal
    0
    """
    return parity(row & other)


def add_where(select: Bit, row: Word, other: Word) -> Word:
    """``row`` plus ``other`` where ``select`` is true, else ``row``; the step of an elimination.

    An AND, not a multiplexer: a row of memory so written flips where ``select & other``.

    >>> from circuits.builder import Builder
    >>> from circuits.words import constant
    >>> b = Builder()
    >>> add_where(Bit(b, 1), constant(b, 0b0111, 4), constant(b, 0b1110, 4)).literals
    (1, 0, 0, 1)
    """
    return row ^ (other & select)
