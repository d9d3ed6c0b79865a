"""The edge of a circuit, a word at a time: inputs, outputs and registers.

>>> from circuits.arithmetic import increment
>>> b = Builder("counter")
>>> count = register(b, "count", 2)
>>> count.set_next(increment(count.value))
>>> output_word(b, "count", count.value)
>>> print(b.build(), end="")
circuit counter
  %1 = latch count[0] reset 0 next !%1
  %2 = latch count[1] reset 0 next %3
  %3 = xor %1 %2
  output count[0] = %1
  output count[1] = %2
"""

from __future__ import annotations

from dataclasses import dataclass

from circuits.builder import Builder
from circuits.errors import SourceError
from circuits.words import Word, constant


@dataclass(frozen=True, slots=True)
class Register:
    """A word of latches; it holds its value until `set_next` says otherwise."""

    value: Word

    def set_next(self, following: Word) -> None:
        """Say what the register loads at the end of each step.

        Raises:
            SourceError: a word of another length.
        """
        if len(following) != len(self.value):
            raise SourceError(f"a register of {len(self.value)} bits given {len(following)}")
        for latch, literal in zip(self.value.literals, following.literals, strict=True):
            self.value.builder.set_next(latch, literal)


def register(builder: Builder, name: str, width: int, reset: int = 0) -> Register:
    """New latches ``name[0]``, ``name[1]``, ... that start with the number ``reset``."""
    start = constant(builder, reset, width).literals
    names = bit_names(name, width)
    latches = [builder.latch(bit, value) for bit, value in zip(names, start, strict=True)]
    return Register(Word(builder, tuple(latches)))


def input_word(builder: Builder, name: str, width: int) -> Word:
    """New inputs ``name[0]``, ``name[1]``, ..."""
    return Word(builder, tuple(builder.input(bit) for bit in bit_names(name, width)))


def output_word(builder: Builder, name: str, value: Word) -> None:
    """New outputs ``name[0]``, ``name[1]``, ..."""
    for bit, literal in zip(bit_names(name, len(value)), value.literals, strict=True):
        builder.output(bit, literal)


def bit_names(name: str, width: int) -> tuple[str, ...]:
    """What the bits of a word are called.

    >>> bit_names("row", 2)
    ('row[0]', 'row[1]')
    """
    return tuple(f"{name}[{i}]" for i in range(width))
