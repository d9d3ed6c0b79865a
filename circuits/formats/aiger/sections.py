"""The sections of an AIGER file between the header and the symbol table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from circuits.circuit import OutputKind
from circuits.formats.aiger.cursor import Cursor
from circuits.formats.aiger.gates import AndLine, read_ascii_gates, read_binary_gates
from circuits.formats.aiger.header import Header
from circuits.formats.aiger.literals import Literals


class InputLine(NamedTuple):
    """An input; ``line`` is 0 in a binary file, which has no line for it."""

    variable: int
    line: int


class LatchLine(NamedTuple):
    """A latch; ``reset`` None means uninitialised."""

    variable: int
    next: int
    reset: int | None
    line: int


class OutputLine(NamedTuple):
    """An output or a literal of a property; ``position`` numbers it within its kind."""

    kind: OutputKind
    position: int
    literal: int
    line: int


@dataclass(frozen=True, slots=True)
class Sections:
    """What the sections say, in file order; ``ands`` by variable."""

    inputs: list[InputLine]
    latches: list[LatchLine]
    outputs: list[OutputLine]
    ands: dict[int, AndLine]


def read_sections(cursor: Cursor, header: Header) -> Sections:
    """Read the sections; every variable is defined once and every literal used is defined.

    Raises:
        SourceError: a line is malformed or a literal wrong.
    """
    literals = Literals(cursor, header.maximum)
    if header.binary:
        return Sections(
            [InputLine(variable, 0) for variable in range(1, header.inputs + 1)],
            list(_binary_latches(cursor, header, literals)),
            list(_outputs(cursor, header, literals)),
            read_binary_gates(cursor, header),
        )
    sections = Sections(
        list(_ascii_inputs(cursor, header, literals)),
        list(_ascii_latches(cursor, header, literals)),
        list(_outputs(cursor, header, literals)),
        read_ascii_gates(cursor, header, literals),
    )
    for latch in sections.latches:
        literals.check_defined(latch.next, latch.line, 1)
    for output in sections.outputs:
        literals.check_defined(output.literal, output.line, 0)
    for rhs0, rhs1, line in sections.ands.values():
        literals.check_defined(rhs0, line, 1)
        literals.check_defined(rhs1, line, 2)
    return sections


def _ascii_inputs(cursor: Cursor, header: Header, literals: Literals) -> Iterator[InputLine]:
    for _ in range(header.inputs):
        (literal,) = cursor.take_numbers("an input", "literal", 1, 1)
        yield InputLine(literals.define(literal), cursor.line)


def _ascii_latches(cursor: Cursor, header: Header, literals: Literals) -> Iterator[LatchLine]:
    for _ in range(header.latches):
        current, *rest = cursor.take_numbers("a latch", "current next [reset]", 2, 3)
        yield _latch(cursor, literals, literals.define(current), rest, 1)


def _binary_latches(cursor: Cursor, header: Header, literals: Literals) -> Iterator[LatchLine]:
    for variable in range(header.inputs + 1, header.inputs + header.latches + 1):
        rest = cursor.take_numbers("a latch", "next [reset]", 1, 2)
        yield _latch(cursor, literals, variable, rest, 0)


def _latch(
    cursor: Cursor, literals: Literals, variable: int, rest: list[int], field: int
) -> LatchLine:
    """A latch from the numbers ``next [reset]``, of which the first stands in ``field``."""
    loaded = literals.in_range(rest[0], field)
    reset = literals.reset(2 * variable, rest[1], field + 1) if len(rest) > 1 else 0
    return LatchLine(variable, loaded, reset, cursor.line)


def _outputs(cursor: Cursor, header: Header, literals: Literals) -> Iterator[OutputLine]:
    def literal_of(what: str) -> int:
        (literal,) = cursor.take_numbers(what, "literal", 1, 1)
        return literals.in_range(literal, 0)

    def lines(kind: OutputKind, count: int, what: str) -> Iterator[OutputLine]:
        for position in range(count):
            yield OutputLine(kind, position, literal_of(what), cursor.line)

    yield from lines(OutputKind.OUTPUT, header.outputs, "an output")
    yield from lines(OutputKind.BAD, header.bad, "a bad state property")
    yield from lines(OutputKind.CONSTRAINT, header.constraints, "a constraint")
    for position, size in enumerate(_justice_sizes(cursor, header)):
        for _ in range(size):
            literal = literal_of("a justice literal")
            yield OutputLine(OutputKind.JUSTICE, position, literal, cursor.line)
    yield from lines(OutputKind.FAIRNESS, header.fairness, "a fairness constraint")


def _justice_sizes(cursor: Cursor, header: Header) -> list[int]:
    """How many literals each justice property has; all sizes come before all literals."""
    sizes: list[int] = []
    for position in range(header.justice):
        sizes += cursor.take_numbers("a justice property", "size", 1, 1)
        if sizes[-1] == 0:
            raise cursor.error(
                cursor.line,
                0,
                f"justice property {position} has no literals",
                "leave it out: every run satisfies it",
            )
    return sizes
