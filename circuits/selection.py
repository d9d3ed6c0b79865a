"""Choosing among bits and words: multiplexers, indexed reads, decoders, the first set bit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

from circuits.circuit import TRUE
from circuits.errors import SourceError
from circuits.words import Bit, Word, word


@overload
def where(select: Bit, then: Bit, otherwise: Bit) -> Bit: ...
@overload
def where(select: Bit, then: Word, otherwise: Word | int) -> Word: ...
def where(select: Bit, then: Bit | Word, otherwise: Bit | Word | int) -> Bit | Word:
    """``then`` where ``select`` is true, else ``otherwise``: two bits, or words of one length.

    >>> from circuits.builder import Builder
    >>> b = Builder()
    >>> s, x, y = (Bit(b, b.input(name)) for name in "sxy")
    >>> where(s, x, y).literal == b.mux(s.literal, x.literal, y.literal)
    True
    """
    if isinstance(then, Bit):
        if not isinstance(otherwise, Bit):
            raise SourceError("a choice between a bit and a word")
        return where(select, word([then]), word([otherwise]))[0]
    if isinstance(otherwise, Bit):
        raise SourceError("a choice between a word and a bit")
    triples = zip(
        then.spread(select).literals, then.literals, then.match(otherwise).literals, strict=True
    )
    return Word(then.builder, tuple(then.builder.mux(*triple) for triple in triples))


def read(words: Sequence[Word], index: Word) -> Word:
    """``words[index]`` for an index that is known only to the circuit: a tree of multiplexers.

    Args:
        words: at least one, all of one length, no more than the index can tell apart.
        index: unsigned; past the end it reads the last word.

    >>> from circuits.builder import Builder
    >>> from circuits.words import constant
    >>> b = Builder()
    >>> table = [constant(b, square, 5) for square in (0, 1, 4, 9, 16)]
    >>> read(table, constant(b, 3, 3)).literals  # 9
    (1, 0, 0, 1, 0)
    """
    if not 0 < len(words) <= 1 << len(index):
        raise SourceError(f"{len(words)} words read by an index of {len(index)} bits")
    level = list(words)
    for bit in index:
        if len(level) % 2:
            level.append(words[-1])
        pairs = zip(level[::2], level[1::2], strict=True)
        level = [where(bit, high, low) for low, high in pairs]
    return level[0]


def one_hot(index: Word, count: int | None = None) -> Word:
    """Bit i says whether the index is i, for i below ``count`` (by default all that it can be).

    >>> from circuits.builder import Builder
    >>> from circuits.words import constant
    >>> one_hot(constant(Builder(), 2, 2)).literals
    (0, 0, 1, 0)
    """
    decoded = Word(index.builder, (TRUE,))
    for bit in index:
        literals = (decoded & ~bit).literals + (decoded & bit).literals
        decoded = Word(index.builder, literals)[:count]
    return decoded


def first_set(flags: Word) -> Word:
    """One-hot: only the lowest true bit stays; none where none is true.

    >>> from circuits.builder import Builder
    >>> from circuits.words import constant
    >>> first_set(constant(Builder(), 0b10100, 5)).literals
    (0, 0, 1, 0, 0)
    """
    builder, none_yet, kept = flags.builder, TRUE, []
    for flag in flags.literals:
        kept.append(builder.and_(none_yet, flag))
        none_yet = builder.and_(none_yet, flag ^ 1)
    return Word(builder, tuple(kept))
