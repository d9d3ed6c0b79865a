"""Configurations of a machine as bits: which latch, input or output stands for what.

In order: the symbol of each cell of the field in binary, row by row; one bit per place where the
head can be; the state in binary; and whether the head has left.

>>> from circuits.machines.configuration import initial
>>> from circuits.machines.machine import Move
>>> rules = {("A", "_"): ("1", Move.RIGHT, "B"), ("B", "_"): ("1", Move.LEFT, "A")}
>>> encoding = Encoding.of(Machine.of_rules(rules, start="A", blank="_"), Field(2))
>>> encoding.names
('cell[0].symbol[0]', 'cell[1].symbol[0]', 'cell[0].head', 'cell[1].head', 'state[0]', 'left')
>>> encoding.encode(initial(encoding.machine, field=encoding.field))
(0, 0, 1, 0, 0, 0)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np

from circuits.errors import SourceError
from circuits.machines.configuration import Configuration, Field
from circuits.machines.machine import Machine
from circuits.ports import bit_names

Place: TypeAlias = tuple[int, int]
"""(x, y) of a cell, of the field or of its margin."""


class Decoded(NamedTuple):
    """What bits say: a configuration, and whether a step that leaves the field was due."""

    configuration: Configuration
    left: bool


@dataclass(frozen=True, eq=False)
class Encoding:
    """The bit layout for one machine on one field.

    The blank has code 0 and so has the start state: they trade numbers with symbol 0 and state 0.
    All others have their own numbers. The head of a machine on a tape stays in the rows of the
    field; that of a planar one can be on all of the margin, corners too.

    Attributes:
        machine: whose configurations these are.
        field: the cells.
        cells: (x, y) of the cells with symbols, row by row.
        heads: (x, y) of the places with a head bit, row by row; those of ``cells`` and the margin.
        symbol_codes: the code of each symbol.
        state_codes: the code of each state.
    """

    machine: Machine
    field: Field
    cells: tuple[Place, ...]
    heads: tuple[Place, ...]
    symbol_codes: tuple[int, ...]
    state_codes: tuple[int, ...]

    @classmethod
    def of(cls, machine: Machine, field: Field) -> Encoding:
        """The layout for this machine on this field."""
        across = range(-1, field.width + 1)
        down = range(-1, field.height + 1) if machine.planar else range(field.height)
        return cls(
            machine,
            field,
            cells=tuple((x, y) for y in range(field.height) for x in range(field.width)),
            heads=tuple((x, y) for y in down for x in across if field.admits(x, y)),
            symbol_codes=_codes(len(machine.symbols), machine.blank),
            state_codes=_codes(len(machine.states), machine.start),
        )

    @property
    def symbol_bits(self) -> int:
        """Bits of a symbol."""
        return (len(self.symbol_codes) - 1).bit_length()

    @property
    def state_bits(self) -> int:
        """Bits of the state."""
        return (len(self.state_codes) - 1).bit_length()

    @cached_property
    def symbol_names(self) -> tuple[str, ...]:
        """The names of the symbol bits, in order."""
        return tuple(name for place in self.cells for name in self.bits_of_cell(*place))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all bits, in order."""
        heads = [f"{self.cell_name(x, y)}.head" for x, y in self.heads]
        return (*self.symbol_names, *heads, *bit_names("state", self.state_bits), "left")

    def cell_name(self, x: int, y: int) -> str:
        """``cell[x]`` on a tape, ``cell[x,y]`` on a plane; on the margin too."""
        flat = self.field.height == 1 and not self.machine.planar
        return f"cell[{x}]" if flat else f"cell[{x},{y}]"

    def bits_of_cell(self, x: int, y: int) -> tuple[str, ...]:
        """The names of the bits of one cell's symbol."""
        return bit_names(f"{self.cell_name(x, y)}.symbol", self.symbol_bits)

    def encode(self, configuration: Configuration, left: bool = False) -> tuple[int, ...]:
        """The bits of a configuration, a 0 or 1 per name.

        Raises:
            SourceError: its head or a symbol is outside the field.
        """
        machine = self.machine
        bits: list[int] = []
        for x, y in self.cells:
            code = self.symbol_codes[configuration.symbol(x, y, machine.blank)]
            bits += [code >> i & 1 for i in range(self.symbol_bits)]
        self._check_inside(configuration)
        bits += [int(place == configuration.head) for place in self.heads]
        code = self.state_codes[configuration.state]
        return (*bits, *(code >> i & 1 for i in range(self.state_bits)), int(left))

    def decode(self, bits: Sequence[int]) -> Decoded:
        """The configuration that these bits say, a 0 or 1 per name.

        Raises:
            SourceError: another number of bits, no head or two, or a code that nothing has; names
                the cell.
        """
        if len(bits) != len(self.names):
            raise SourceError(f"{len(bits)} bits for a configuration of {len(self.names)}")
        width, given = self.symbol_bits, list(bits)
        symbol_of = {code: symbol for symbol, code in enumerate(self.symbol_codes)}
        symbols = np.zeros((self.field.height, self.field.width), np.int16)
        for number, (x, y) in enumerate(self.cells):
            code = _number(given[number * width : (number + 1) * width])
            if code not in symbol_of:
                raise SourceError(
                    f"{self.cell_name(x, y)} holds code {code}, which none of the "
                    f"{len(symbol_of)} symbols has"
                )
            symbols[y, x] = symbol_of[code]
        start = len(self.cells) * width
        marked = given[start : start + len(self.heads)]
        heads = [place for place, bit in zip(self.heads, marked, strict=True) if bit]
        if len(heads) != 1:
            where = " and ".join(self.cell_name(*place) for place in heads[:2])
            raise SourceError(f"two heads, on {where}" if heads else "no cell has the head")
        code = _number(given[start + len(self.heads) : -1])
        if code not in self.state_codes:
            raise SourceError(
                f"the state has code {code}, which none of the {len(self.state_codes)} states has"
            )
        state = self.state_codes.index(code)
        return Decoded(Configuration(symbols, heads[0], state), bool(given[-1]))

    def _check_inside(self, configuration: Configuration) -> None:
        """Refuse what the bits have no place for."""
        if configuration.head not in self.heads:
            raise SourceError(f"the head is at {configuration.head}, outside the cells")
        x, y = configuration.origin
        for row, column in np.argwhere(configuration.cells != self.machine.blank).tolist():
            if not self.field.has(x + column, y + row):
                raise SourceError(
                    f"cell ({x + column}, {y + row}) is not blank, and is none of the "
                    f"{self.field.width} x {self.field.height} cells"
                )


def distinguishing(codes: Sequence[int], width: int) -> tuple[tuple[tuple[int, int], ...], ...]:
    """For each code, bits that tell it from the others: (place, value) pairs.

    Dropping a bit is allowed where no other code of the list becomes the same, so codes that
    nothing has are used up as "does not matter".

    >>> distinguishing([0, 1, 2], 2)  # code 3 is free
    (((0, 0), (1, 0)), ((0, 1),), ((1, 1),))
    """
    found = []
    for code in codes:
        mask = (1 << width) - 1
        for place in reversed(range(width)):
            smaller = mask & ~(1 << place)
            if not any((code ^ other) & smaller == 0 for other in codes if other != code):
                mask = smaller
        found.append(tuple((i, code >> i & 1) for i in range(width) if mask >> i & 1))
    return tuple(found)


def _codes(count: int, zero: int) -> tuple[int, ...]:
    """The numbers 0 .. count - 1, that of ``zero`` and 0 traded."""
    return tuple({0: zero, zero: 0}.get(number, number) for number in range(count))


def _number(bits: Sequence[int]) -> int:
    return sum(bit << i for i, bit in enumerate(bits))
