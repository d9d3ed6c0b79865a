"""AIGER files to circuits."""

from __future__ import annotations

from collections.abc import Iterator

from circuits.builder import Builder
from circuits.circuit import FALSE, Circuit, OutputKind
from circuits.formats.aiger.cursor import Cursor
from circuits.formats.aiger.gates import AndLine
from circuits.formats.aiger.header import KIND_LETTERS, read_header
from circuits.formats.aiger.sections import Sections, read_sections
from circuits.formats.aiger.symbols import read_symbols
from circuits.formats.order import CycleError, dependency_order


def read_aiger(data: bytes, file: str = "") -> Circuit:
    """Read an AIGER file, ASCII or binary as its header says.

    Outputs and properties stay in file order, each with its kind; the literals of one justice
    property share its number and its name. What has no symbol is called by its letter and
    position: ``i0``, ``l0``, ``o0``, ``b0``.

    Args:
        data: the file, not compressed.
        file: its name, for error messages.

    Raises:
        SourceError: the file breaks a rule of the format, or has reset functions.
    """
    cursor = Cursor(data, file)
    header = read_header(cursor)
    sections = read_sections(cursor, header)
    names = read_symbols(cursor, header)
    return _build(cursor, sections, names)


def _build(cursor: Cursor, sections: Sections, names: dict[str, str]) -> Circuit:
    builder = Builder(source=cursor.file)
    literal_of = {0: FALSE}

    def name(letter: str, position: int) -> str:
        key = f"{letter}{position}"
        return names.get(key, key)

    def read(literal: int) -> int:
        return literal_of[literal >> 1] ^ (literal & 1)

    for position, (variable, line) in enumerate(sections.inputs):
        builder.line = line
        literal_of[variable] = builder.input(name("i", position))
    for position, latch in enumerate(sections.latches):
        builder.line = latch.line
        literal_of[latch.variable] = builder.latch(name("l", position), latch.reset)
    for variable in _gate_order(cursor, sections.ands):
        rhs0, rhs1, line = sections.ands[variable]
        builder.line = line
        literal_of[variable] = builder.and_(read(rhs0), read(rhs1))
    for latch in sections.latches:
        builder.set_next(literal_of[latch.variable], read(latch.next))
    for kind, position, literal, _ in sections.outputs:
        group = position if kind is OutputKind.JUSTICE else 0
        builder.output(name(KIND_LETTERS[kind], position), read(literal), kind, group)
    return builder.build()


def _gate_order(cursor: Cursor, ands: dict[int, AndLine]) -> Iterator[int]:
    """Variables of the gates, operands first."""

    def reads(variable: int) -> Iterator[int]:
        rhs0, rhs1, _ = ands[variable]
        return (operand for operand in (rhs0 >> 1, rhs1 >> 1) if operand in ands)

    try:
        yield from dependency_order(ands, reads)
    except CycleError as error:
        path = error.render(lambda variable: f"{2 * variable} (line {ands[variable].line})")
        raise cursor.error(
            ands[error.path[0]].line,
            0,
            f"AND gates form a cycle: {path}",
            "a loop must go through a latch",
        ) from None
