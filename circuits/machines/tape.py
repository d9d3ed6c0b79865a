"""Cells as text: what a user gives to start on, and what is shown of a configuration.

A cell is one character. Where a symbol of the machine has several, symbols are words between blanks
instead. The rows of a plane are lines, or parts between slashes; short ones are filled up. Where
the blank symbol is a blank or ``_``, both are read as it, and ``_`` is shown. A ``*`` before a
cell, or at the end of a row, is where the head is (as in Morphett's simulator). What is a symbol of
the machine is always that, so a machine with a symbol ``/`` or ``*`` has none of these signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from circuits.errors import LimitError, Position, SourceError
from circuits.machines.machine import Machine

_BLANKS = (" ", "_")
_HEAD = "*"
_ROW = "/"
_NAME = "tape"
"""What the text is called in messages."""


class Tape(NamedTuple):
    """Cells to start on.

    Attributes:
        rows: symbols by number, equally many in each row; a tape has one row.
        head: (x, y), from the first cell of the first row.
    """

    rows: tuple[tuple[int, ...], ...]
    head: tuple[int, int] = (0, 0)


def parse_tape(machine: Machine, text: str) -> Tape:
    """Read cells.

    A line's end after the last row is dropped. Without a ``*`` the head is on the first cell.

    Args:
        machine: whose symbols to read.
        text: the cells.

    Raises:
        SourceError: something is no symbol, a tape has several rows, or there are two heads.

    >>> from circuits.machines.machine import Move
    >>> rules = {("A", "0"): ("1", Move.RIGHT, "A"), ("A", "1"): ("0", Move.LEFT, "H")}
    >>> parse_tape(Machine.of_rules(rules, start="A", blank="_"), "01*1 0")
    Tape(rows=((1, 2, 2, 0, 1),), head=(2, 0))
    """
    signs = _signs(machine)
    rows: list[list[int]] = [[]]
    head: tuple[int, int] | None = None
    for word, line, column in _words(machine, text):
        if word in signs:
            rows[-1].append(signs[word])
        elif word == _HEAD:
            if head is not None:
                raise _refusal(text, line, column, "a second head", "a machine has one head")
            head = len(rows[-1]), len(rows) - 1
        elif word in (_ROW, "\n") and machine.planar:
            rows.append([])
        elif word in (_ROW, "\n"):
            raise _refusal(text, line, column, "a second row", "the machine is on a tape")
        else:
            message = f"'{word}' is no symbol"
            known = " ".join(_shown(machine, symbol) for symbol in range(len(machine.symbols)))
            raise _refusal(text, line, column, message, f"the symbols are {known}")
    width = max(len(row) for row in rows)
    filled = tuple(tuple(row + [machine.blank] * (width - len(row))) for row in rows)
    return Tape(filled, head or (0, 0))


def show_tape(
    machine: Machine, rows: Iterable[Sequence[int]], head: tuple[int, int] | None = None
) -> str:
    """Cells as text, a line for each row, without a line's end after the last.

    `parse_tape` reads it, unless the last of several rows is empty.

    Args:
        machine: whose symbols they are.
        rows: symbols by number.
        head: (x, y) of the head, from the first cell, to be marked; None to leave it out.

    Raises:
        LimitError: a symbol cannot be shown beside the others, or the head is marked and ``*`` is
            a symbol or its place is not among the cells nor after a row's last.

    >>> from circuits.machines.machine import Move
    >>> rules = {("A", "0"): ("1", Move.RIGHT, "A"), ("A", "1"): ("0", Move.LEFT, "H")}
    >>> show_tape(Machine.of_rules(rules, start="A", blank=" "), [(1, 2, 2, 0, 1)], head=(2, 0))
    '01*1_0'
    """
    names = [_shown(machine, symbol) for symbol in range(len(machine.symbols))]
    shown = [[names[symbol] for symbol in row] for row in rows]
    several = _has_words(machine)
    if (several and any(re.search(r"\s", name) for name in names)) or (
        "\n" in names and len(shown) > 1
    ):
        raise LimitError("a blank character in a symbol cannot be told from one between cells")
    if head is not None:
        x, y = head
        if _HEAD in machine.symbols or not (0 <= y < len(shown) and 0 <= x <= len(shown[y])):
            raise LimitError(f"the head at {head} cannot be marked by '{_HEAD}'")
        if x == len(shown[y]):
            shown[y].append(_HEAD)
        else:
            shown[y][x] = _HEAD + shown[y][x]
    return "\n".join((" " if several else "").join(row) for row in shown)


def _has_words(machine: Machine) -> bool:
    """Whether a symbol has several characters."""
    return any(len(name) > 1 for name in machine.symbols)


def _signs(machine: Machine) -> dict[str, int]:
    """What is written for each symbol, and the blanks."""
    signs = {name: number for number, name in enumerate(machine.symbols)}
    if machine.symbols[machine.blank] in _BLANKS:
        signs = dict.fromkeys(_BLANKS, machine.blank) | signs
    return signs


def _shown(machine: Machine, symbol: int) -> str:
    """A symbol as it is written."""
    name = machine.symbols[symbol]
    if symbol == machine.blank and name == " " and "_" not in machine.symbols:
        return "_"
    return name


def _words(machine: Machine, text: str) -> Iterator[tuple[str, int, int]]:
    """(word, line, column) of cells, heads and ends of rows."""
    signs = _signs(machine)
    if "\n" not in signs:
        text = text.removesuffix("\n").removesuffix("\r")
    if "\r" not in signs:
        text = text.replace("\r\n", "\n")
    several = _has_words(machine)
    line, first = 1, 0
    for match in re.finditer(r"\n|\S+" if several else r"(?s).", text):
        word, column = match[0], match.start() - first + 1
        if several and word not in signs and len(word) > 1 and word.startswith(_HEAD):
            yield _HEAD, line, column
            word, column = word[1:], column + 1
        yield word, line, column
        if word == "\n":
            line, first = line + 1, match.end()


def _refusal(text: str, line: int, column: int, message: str, hint: str) -> SourceError:
    """The error about a place in the text."""
    shown = text.split("\n")[line - 1]
    return SourceError(message, Position(_NAME, line, column), hint=hint, text=shown)
