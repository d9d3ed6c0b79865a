"""What is what on the cells of a machine that decides or learns: sample, label, memory.

A layout is text, one character a cell, rows of a plane between slashes, blanks for the eye only:

======= ========================================================================
``x``   a bit of the sample, in order
``y``   the label; blank where it is to be predicted, and then the answer
``m``   memory: it holds what the machine left there
``d``   memory that says whether the machine has learned enough
``_``   blank
``'#'`` the symbol ``#``, or any other between quotes
======= ========================================================================

Bits are written as two symbols of the machine, 0 and 1 if nothing else is said. A cell that is
read back as a bit is 1 where it holds the symbol for 1, and 0 where it holds any other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import NamedTuple

from circuits.errors import Position, SourceError
from circuits.machines.configuration import Field
from circuits.machines.encoding import Encoding, Place
from circuits.machines.machine import Machine

_WORD = re.compile(r"'([^']+)'|(\S)|\s+")


class Role(Enum):
    """What a cell is for."""

    SAMPLE = "x"
    LABEL = "y"
    MEMORY = "m"
    DONE = "d"
    CONSTANT = "_"


class LaidCell(NamedTuple):
    """A cell with its role; of memory the symbol that it starts with, of a constant its symbol."""

    place: Place
    role: Role
    symbol: int


@dataclass(frozen=True, eq=False)
class Layout:
    """Cells with roles, for one machine.

    Attributes:
        machine: that works on them.
        cells: row by row.
        field: their width and height.
        head: (x, y) where the head starts in every run.
        zero, one: the symbols that stand for bits, by number.
    """

    machine: Machine
    cells: tuple[LaidCell, ...]
    field: Field
    head: Place
    zero: int
    one: int

    @classmethod
    def parse(
        cls,
        machine: Machine,
        text: str,
        *,
        zero: str = "0",
        one: str = "1",
        memory: str | Sequence[str] | None = None,
        head: Place = (0, 0),
        margin: bool = False,
    ) -> Layout:
        """Read a layout.

        Args:
            machine: that works on the cells.
            text: the roles of the cells, as above.
            zero: the symbol that stands for the bit 0.
            one: the symbol that stands for the bit 1.
            memory: the symbols that the memory cells start with, in order, or one for all of
                them; blank by default.
            head: (x, y) where the head starts.
            margin: whether there is a margin around the cells; see `Field`.

        Raises:
            SourceError: with the place of what is wrong in the text.

        >>> from circuits.machines.machine import Move
        >>> rules = {("A", "0"): ("1", Move.RIGHT, "A"), ("A", "1"): ("#", Move.LEFT, "H")}
        >>> machine = Machine.of_rules(rules, start="A", blank="_")
        >>> layout = Layout.parse(machine, "'#' mx mx y", memory="0", head=(1, 0))
        >>> "".join(cell.role.value for cell in layout.cells), layout.field.width
        ('_mxmxy', 6)
        """
        rows = _rows(machine, text)
        found = [cell for row in rows for cell in row]
        for role in (Role.LABEL, Role.DONE):
            if sum(cell.role is role for cell in found) > 1:
                raise SourceError(f"layout {text!r} has more than one cell {role.value!r}")
        field = Field(len(rows[0]), len(rows), margin)
        if not field.admits(*head):
            raise SourceError(f"layout {text!r}: the head starts at {head}, outside the cells")
        cells = _with_memory(machine, found, memory)
        return cls(machine, cells, field, head, _symbol(machine, zero), _symbol(machine, one))

    @cached_property
    def encoding(self) -> Encoding:
        """The bits of the machine's configurations on these cells."""
        return Encoding.of(self.machine, self.field)

    def of_role(self, *roles: Role) -> tuple[LaidCell, ...]:
        """The cells with one of these roles, in order."""
        return tuple(cell for cell in self.cells if cell.role in roles)


def _rows(machine: Machine, text: str) -> list[list[LaidCell]]:
    """The cells row by row; memory blank as yet."""
    rows: list[list[LaidCell]] = [[]]
    for match in _WORD.finditer(text):
        quoted, sign = match.groups()
        place, position = (len(rows[-1]), len(rows) - 1), Position("layout", 1, match.start() + 1)
        if quoted is not None:
            symbol = _symbol(machine, quoted, position)
            rows[-1].append(LaidCell(place, Role.CONSTANT, symbol))
        elif sign == "/":
            rows.append([])
        elif sign is not None:
            if sign not in {role.value for role in Role}:
                raise SourceError(
                    f"{sign!r} is no role of a cell",
                    position,
                    hint="roles are x y m d _; write a symbol between quotes",
                    text=text,
                )
            rows[-1].append(LaidCell(place, Role(sign), machine.blank))
    if not rows[0] or len({len(row) for row in rows}) > 1:
        raise SourceError(f"layout {text!r} has no cells, or rows of different lengths")
    return rows


def _with_memory(
    machine: Machine, cells: Sequence[LaidCell], memory: str | Sequence[str] | None
) -> tuple[LaidCell, ...]:
    """The cells with the symbols that memory starts with."""
    count = sum(cell.role in (Role.MEMORY, Role.DONE) for cell in cells)
    if memory is None:
        memory = machine.symbols[machine.blank]
    names = [memory] * count if isinstance(memory, str) else list(memory)
    if len(names) != count:
        raise SourceError(f"{len(names)} symbols for {count} cells of memory")
    symbols = iter([_symbol(machine, name) for name in names])
    return tuple(
        cell._replace(symbol=next(symbols)) if cell.role in (Role.MEMORY, Role.DONE) else cell
        for cell in cells
    )


def _symbol(machine: Machine, name: str, position: Position | None = None) -> int:
    if name not in machine.symbols:
        raise SourceError(
            f"the machine has no symbol {name!r}",
            position,
            hint=f"its symbols are {' '.join(map(repr, machine.symbols))}",
        )
    return machine.symbols.index(name)
