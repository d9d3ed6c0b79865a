"""Bits and words: circuits written with Python's operators on top of `Builder`.

A `Bit` is a literal, a `Word` some literals, least significant first. Operators build gates; words
are unsigned unless a method says otherwise, and arithmetic is modulo ``2**len(word)``. An int
beside a word is a constant of its width, a bit beside a word goes with each of its bits.

>>> from circuits.ports import input_word, output_word
>>> b = Builder("adder")
>>> x, y = input_word(b, "x", 2), input_word(b, "y", 2)
>>> output_word(b, "sum", x.extend(3) + y.extend(3))
>>> print(b.build(), end="")
circuit adder
  %1 = input x[0]
  %2 = input x[1]
  %3 = input y[0]
  %4 = input y[1]
  %5 = xor %1 %3
  %6 = and %1 %3
  %7 = xor %2 %4 %6
  %8 = threshold %2 %4 %6 >= 2
  output sum[0] = %5
  output sum[1] = %7
  output sum[2] = %8
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from circuits.builder import Builder
from circuits.circuit import FALSE, TRUE
from circuits.errors import SourceError

MAX_THRESHOLD_BITS = 16
"""A comparison is one threshold gate per so many bits: its weights stay exact in float32."""


@dataclass(frozen=True, slots=True, eq=False)
class Bit:
    """A literal with operators ``& | ^ ~ == !=``; comparing two bits gives a bit.

    >>> b = Builder()
    >>> x, y = Bit(b, b.input("x")), Bit(b, b.input("y"))
    >>> (x & y).literal == b.and_(x.literal, y.literal)
    True
    >>> if x == y: pass
    Traceback (most recent call last):
    TypeError: a Bit has no value while the circuit is being built; choose with where()
    """

    builder: Builder
    literal: int

    def __and__(self, other: Bit) -> Bit:
        return Bit(self.builder, self.builder.and_(self.literal, self._read(other)))

    def __or__(self, other: Bit) -> Bit:
        return Bit(self.builder, self.builder.or_(self.literal, self._read(other)))

    def __xor__(self, other: Bit) -> Bit:
        return Bit(self.builder, self.builder.xor(self.literal, self._read(other)))

    def __invert__(self) -> Bit:
        return Bit(self.builder, self.literal ^ 1)

    def __eq__(self, other: Bit) -> Bit:  # type: ignore[override]
        return ~(self ^ other)

    def __ne__(self, other: Bit) -> Bit:  # type: ignore[override]
        return self ^ other

    def __bool__(self) -> bool:
        raise TypeError("a Bit has no value while the circuit is being built; choose with where()")

    def _read(self, other: Bit) -> int:
        if other.builder is not self.builder:
            raise SourceError("bits of two different builders cannot meet in one gate")
        return other.literal


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """Literals, least significant first.

    Indexing gives a `Bit`, slicing a `Word`. Operators are ``& | ^ ~``, ``+ -`` modulo
    ``2**len(self)``, the comparisons, which give a `Bit`, and ``<< >>`` by a constant, which keep
    the length and shift zeros in.

    Raises:
        SourceError: an operand of another length or builder, or a constant that does not fit.
    """

    builder: Builder
    literals: tuple[int, ...]

    @overload
    def __getitem__(self, index: int) -> Bit: ...
    @overload
    def __getitem__(self, index: slice) -> Word: ...
    def __getitem__(self, index: int | slice) -> Bit | Word:
        if isinstance(index, slice):
            return Word(self.builder, self.literals[index])
        return Bit(self.builder, self.literals[index])

    def __len__(self) -> int:
        return len(self.literals)

    def __iter__(self) -> Iterator[Bit]:
        return (Bit(self.builder, x) for x in self.literals)

    def __and__(self, other: Word | Bit | int) -> Word:
        return self._each(self.builder.and_, other)

    def __or__(self, other: Word | Bit | int) -> Word:
        return self._each(self.builder.or_, other)

    def __xor__(self, other: Word | Bit | int) -> Word:
        return self._each(self.builder.xor, other)

    def __invert__(self) -> Word:
        return Word(self.builder, tuple(x ^ 1 for x in self.literals))

    def __lshift__(self, places: int) -> Word:
        return Word(self.builder, (FALSE,) * _places(places) + self.literals)[: len(self)]

    def __rshift__(self, places: int) -> Word:
        return self[_places(places) :].extend(len(self))

    def __add__(self, other: Word | int) -> Word:
        return self.add(other)[0]

    def __sub__(self, other: Word | int) -> Word:
        return self.add(~self.match(other), carry=True)[0]

    def __eq__(self, other: Word | int) -> Bit:  # type: ignore[override]
        differs = self ^ other
        return Bit(self.builder, self.builder.and_(*(~differs).literals))

    def __ne__(self, other: Word | int) -> Bit:  # type: ignore[override]
        return ~(self == other)

    def __lt__(self, other: Word | int) -> Bit:
        return _carry_out(~self, self.match(other), FALSE)

    def __le__(self, other: Word | int) -> Bit:
        return _carry_out(~self, self.match(other), TRUE)

    def __gt__(self, other: Word | int) -> Bit:
        return ~(self <= other)

    def __ge__(self, other: Word | int) -> Bit:
        return ~(self < other)

    def add(self, other: Word | int, carry: bool = False) -> tuple[Word, Bit]:
        """``self + other + carry`` and the carry out of the highest bit.

        A ripple of full adders; each carry is one majority gate.
        """
        b, moving, total = self.builder, int(carry), []
        for x, y in zip(self.literals, self.match(other).literals, strict=True):
            total.append(b.xor(x, y, moving))
            moving = b.threshold([x, y, moving], 2)
        return Word(b, tuple(total)), Bit(b, moving)

    def signed_less(self, other: Word | int) -> Bit:
        """``self < other`` in two's complement: unsigned, once both sign bits are inverted."""
        return self._biased() < self.match(other)._biased()

    def match(self, other: Word | int) -> Word:
        """The other operand of an operator as a word of this length and builder."""
        if isinstance(other, int):
            return constant(self.builder, other, len(self))
        if other.builder is not self.builder:
            raise SourceError("words of two different builders cannot meet in one gate")
        if len(other) != len(self):
            raise SourceError(f"words of {len(self)} and {len(other)} bits where equal are needed")
        return other

    def spread(self, bit: Bit) -> Word:
        """The bit repeated to a word of this length."""
        return self.match(Word(bit.builder, (bit.literal,) * len(self)))

    def extend(self, width: int) -> Word:
        """The same number in more bits; zeros come in at the top."""
        return self._extended(width, FALSE)

    def extend_signed(self, width: int) -> Word:
        """The same two's complement number in more bits; the sign is repeated at the top."""
        return self._extended(width, self.literals[-1])

    def truncate(self, width: int) -> Word:
        """The number modulo ``2**width``."""
        if not 0 <= width <= len(self):
            raise SourceError(f"a word of {len(self)} bits cannot be truncated to {width}")
        return self[:width]

    def _extended(self, width: int, filler: int) -> Word:
        if width < len(self):
            raise SourceError(f"a word of {len(self)} bits cannot be extended to {width}")
        return Word(self.builder, self.literals + (filler,) * (width - len(self)))

    def _each(self, gate: Callable[[int, int], int], other: Word | Bit | int) -> Word:
        """A bitwise operator."""
        beside = self.spread(other) if isinstance(other, Bit) else self.match(other)
        return Word(self.builder, tuple(map(gate, self.literals, beside.literals)))

    def _biased(self) -> Word:
        return Word(self.builder, (*self.literals[:-1], self.literals[-1] ^ 1))


def constant(builder: Builder, value: int, width: int) -> Word:
    """A number as a word: ``0 <= value < 2**width``, or negative in two's complement.

    >>> constant(Builder(), 6, 4).literals
    (0, 1, 1, 0)
    >>> constant(Builder(), -1, 3).literals
    (1, 1, 1)
    """
    if not -(1 << width) <= 2 * value < 2 << width:
        raise SourceError(f"{value} does not fit in {width} bits")
    return Word(builder, tuple(value >> i & 1 for i in range(width)))


def word(bits: Sequence[Bit]) -> Word:
    """Bits of one builder, least significant first, as a word; at least one."""
    first = bits[0]
    return Word(first.builder, tuple(first._read(bit) for bit in bits))


def concat(*words: Word) -> Word:
    """Words end to end, the least significant first; at least one."""
    first = words[0]
    if any(w.builder is not first.builder for w in words):
        raise SourceError("words of two different builders cannot be one word")
    return Word(first.builder, tuple(x for w in words for x in w.literals))


def _places(places: int) -> int:
    if places < 0:
        raise SourceError(f"a shift by {places} places; shift the other way instead")
    return places


def _carry_out(x: Word, y: Word, carry: int) -> Bit:
    """The carry out of ``x + y + carry``: whether the sum reaches ``2**len(x)``."""
    builder = x.builder
    for start in range(0, len(x), MAX_THRESHOLD_BITS):
        low, high = x.literals[start:][:MAX_THRESHOLD_BITS], y.literals[start:][:MAX_THRESHOLD_BITS]
        places = [1 << i for i in range(len(low))]
        carry = builder.threshold([*low, *high, carry], 1 << len(low), [*places, *places, 1])
    return Bit(builder, carry)
