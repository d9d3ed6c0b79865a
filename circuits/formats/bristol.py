"""Bristol circuits of secure computation: Bristol Fashion, and the older Bristol Format.

    3 7             gates, wires
    2 2 2           input words: how many, then the bits of each
    1 1             output words, likewise

    2 1 0 2 4 XOR   operands, results, operand wires, result wires, gate
    2 1 1 3 5 XOR
    2 1 4 5 6 AND

Inputs are the first wires, outputs the last, gates in topological order; blank lines may stand
anywhere. The older format has one line ``bits bits bits`` of two inputs and the output in place of
lines two and three, and nothing else that tells it apart. Gates are XOR, AND, INV (also NOT), in
the older format OR as well, and in the newer EQ (a constant, 0 or 1 in place of the wire), EQW (a
copy) and MAND (k ANDs: results i is the AND of operands i and k + i).

Ports are called ``in0[0]``, ``in0[1]``, ..., ``in1[0]``, ..., ``out0[0]``, ... Which bit of a
number comes first is up to the author of a circuit: bit 0 does in the arithmetic ones of Bristol
Fashion, whose AES and SHA take byte strings as big-endian numbers.

Sources: https://nigelsmart.github.io/MPC-Circuits/ and its old-circuits page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from circuits.builder import Builder
from circuits.circuit import Circuit
from circuits.errors import LimitError, Position, SourceError
from circuits.formats.bristol_writer import write_bristol, write_bristol_old
from circuits.formats.suggest import suggest
from circuits.formats.text import SourceText

__all__ = ["read_bristol", "write_bristol", "write_bristol_old"]

_GATES = {"XOR": 2, "AND": 2, "OR": 2, "INV": 1, "NOT": 1, "EQ": 1, "EQW": 1, "MAND": 0}
"""Gates and how many operands they take; MAND takes any even number."""

MAX_WIRES = 10_000_000
"""So that a wrong number in the header is an error, not memory asked for."""

_NUMBER = re.compile(r"[0-9]{1,9}")


class _Header(NamedTuple):
    """The sizes that a file starts with, and the first and last line that they take."""

    gates: int
    wires: int
    inputs: list[int]
    outputs: list[int]
    first: int
    last: int


def read_bristol(data: bytes, file: str = "") -> Circuit:
    """The circuit of a file of either dialect.

    Raises:
        SourceError: with the place of what is wrong.
        LimitError: more than `MAX_WIRES` wires.
    """
    source = SourceText.decode(data, file)
    header = _read_header(source)
    if header.wires > MAX_WIRES:
        place = Position(file, header.first)
        raise LimitError(f"{place}: {header.wires:,} wires; {MAX_WIRES:,} is the most")
    builder = Builder(source=file)
    literal_of: list[int | None] = [None] * header.wires
    names = (f"in{i}[{bit}]" for i, size in enumerate(header.inputs) for bit in range(size))
    for wire, name in enumerate(names):
        literal_of[wire] = builder.input(name)
    _read_gates(source, header, builder, literal_of)
    wire = header.wires - sum(header.outputs)
    for i, size in enumerate(header.outputs):
        for bit in range(size):
            literal = literal_of[wire]
            if literal is None:
                raise source.error(f"no gate drives wire {wire}, an output", header.last)
            builder.output(f"out{i}[{bit}]", literal)
            wire += 1
    return builder.build()


def _read_header(source: SourceText) -> _Header:
    """The sizes, of either dialect: only the newer has a third line without a gate in it."""
    numbers = [n for n, line in enumerate(source.lines, start=1) if line and not line.isspace()][:3]
    if len(numbers) < 2:
        raise source.error("the file ends in its header", max(1, len(source.lines) - 1))
    gates, wires = _sizes(source, numbers[0], 2, "'gates wires'")
    is_old = len(numbers) < 3 or not source.words(numbers[2])[-1].text.isdigit()
    if is_old:
        sizes = _sizes(source, numbers[1], 3, "'bits bits bits' of two inputs and the output")
        inputs, outputs = [size for size in sizes[:2] if size], sizes[2:]
    else:
        inputs = _words(source, numbers[1], "inputs")
        outputs = _words(source, numbers[2], "outputs")
    last = numbers[1] if is_old else numbers[2]
    if sum(inputs) > wires or sum(outputs) > wires:
        ports = f"{sum(inputs)} input and {sum(outputs)} output bits"
        raise source.error(f"{ports}, but {wires} wires", numbers[0])
    return _Header(gates, wires, inputs, outputs, numbers[0], last)


def _words(source: SourceText, line: int, what: str) -> list[int]:
    """The sizes of a line that says first how many they are."""
    count = _number(source, line, 0)
    sizes = _sizes(source, line, count + 1, f"the number of {what} and their sizes")
    return sizes[1:]


def _sizes(source: SourceText, line: int, count: int, what: str) -> list[int]:
    """The numbers of a line, which must be so many."""
    found = len(source.words(line))
    if found != count:
        raise source.error(f"expected {count} numbers, {what}; found {found}", line)
    return [_number(source, line, field) for field in range(count)]


def _number(source: SourceText, line: int, field: int) -> int:
    """A field of a line as a number."""
    text = source.words(line)[field].text
    if not _NUMBER.fullmatch(text):
        raise _at(source, line, field, f"'{text}' is not a number")
    return int(text)


def _read_gates(
    source: SourceText, header: _Header, builder: Builder, literal_of: list[int | None]
) -> None:
    """Build the gates and enter the literals of the wires that they drive."""
    count = 0
    for line, text in enumerate(source.lines[header.last :], start=header.last + 1):
        fields = text.split()
        if not fields:
            continue
        count += 1
        builder.line = line
        kind, operands, results = _gate(source, line, fields)
        if kind == "EQ":
            if operands[0] > 1:
                raise _at(source, line, 2, f"EQ of {operands[0]}", "EQ sets a wire to 0 or 1")
            made = operands
        else:
            read = [_driven(source, line, i, literal_of, wire) for i, wire in enumerate(operands)]
            made = _make(builder, kind, read)
        for i, (wire, literal) in enumerate(zip(results, made, strict=True), 2 + len(operands)):
            if wire >= len(literal_of):
                hint = f"{len(literal_of)} wires are announced, counted from 0"
                raise _at(source, line, i, f"there is no wire {wire}", hint)
            if literal_of[wire] is not None:
                raise _at(source, line, i, f"wire {wire} is driven twice")
            literal_of[wire] = literal
    builder.line = 0
    if count != header.gates:
        message = f"{header.gates} gates announced, {count} found"
        raise source.error(message, header.first, 1, hint="is the file cut off?")


def _gate(source: SourceText, line: int, fields: list[str]) -> tuple[str, list[int], list[int]]:
    """The kind, operand wires and result wires of a gate."""
    kind = fields.pop()
    if kind not in _GATES:
        hint = suggest(kind.upper(), _GATES)
        raise _at(source, line, len(fields), f"unknown gate '{kind}'", hint)
    if not all(map(_NUMBER.fullmatch, fields)):
        wrong = next(i for i, field in enumerate(fields) if not _NUMBER.fullmatch(field))
        raise _at(source, line, wrong, f"'{fields[wrong]}' is not a number")
    numbers = list(map(int, fields))
    if len(numbers) < 2 or len(numbers) != 2 + numbers[0] + numbers[1]:
        hint = "a gate says how many operands and results it has, then their wires, then its kind"
        raise _at(source, line, 0, f"counts and wires of {kind} do not agree", hint)
    taken, given = numbers[:2]
    fits = taken == 2 * given > 0 if kind == "MAND" else (taken, given) == (_GATES[kind], 1)
    if not fits:
        operands = {1: "1 operand", 2: "2 operands"}.get(_GATES[kind])
        right = f"{operands} and 1 result" if operands else "two operands for each result"
        raise _at(source, line, 0, f"{kind} has {right}, not {taken} and {given}")
    return kind, numbers[2 : 2 + taken], numbers[2 + taken :]


def _driven(
    source: SourceText, line: int, operand: int, literal_of: Sequence[int | None], wire: int
) -> int:
    """The literal of an operand."""
    literal = literal_of[wire] if wire < len(literal_of) else None
    if literal is None:
        message = f"wire {wire} is read, and nothing before drives it"
        raise _at(source, line, 2 + operand, message, "gates come in topological order")
    return literal


def _make(builder: Builder, kind: str, operands: list[int]) -> list[int]:
    """The literals of a gate's results."""
    match kind:
        case "XOR":
            return [builder.xor(*operands)]
        case "AND":
            return [builder.and_(*operands)]
        case "OR":
            return [builder.or_(*operands)]
        case "INV" | "NOT":
            return [operands[0] ^ 1]
        case "EQW":
            return operands
        case _:
            half = len(operands) // 2
            return list(map(builder.and_, operands[:half], operands[half:]))


def _at(source: SourceText, line: int, field: int, message: str, hint: str = "") -> SourceError:
    """The error about a field of a line."""
    return source.error(message, line, source.words(line)[field].column, hint=hint)
