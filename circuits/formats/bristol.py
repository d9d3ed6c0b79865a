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

from collections.abc import Sequence
from pathlib import PurePath
from typing import NamedTuple

from circuits.builder import Builder
from circuits.circuit import Circuit
from circuits.errors import SourceError
from circuits.formats.bristol_writer import write_bristol, write_bristol_old
from circuits.formats.suggest import suggest
from circuits.formats.text import SourceText

__all__ = ["read_bristol", "write_bristol", "write_bristol_old"]

_GATES = {"XOR": 2, "AND": 2, "OR": 2, "INV": 1, "NOT": 1, "EQ": 1, "EQW": 1, "MAND": 0}
"""Gates and how many operands they take; MAND takes any even number."""


class _Header(NamedTuple):
    """The sizes that a file starts with, and the first line after them."""

    gates: int
    wires: int
    inputs: list[int]
    outputs: list[int]
    body: int


def read_bristol(data: bytes, file: str = "") -> Circuit:
    """The circuit of a file of either dialect.

    Raises:
        SourceError: with the place of what is wrong.
    """
    source = SourceText.decode(data, file)
    header = _read_header(source)
    builder = Builder(PurePath(file).stem, file)
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
                raise source.error(f"no gate drives wire {wire}, an output", header.body - 1)
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
    return _Header(gates, wires, inputs, outputs, last + 1)


def _words(source: SourceText, line: int, what: str) -> list[int]:
    """The sizes of a line that says first how many they are."""
    count = _number(source, line, 0)
    sizes = _sizes(source, line, count + 1, f"the number of {what} and their sizes")
    return sizes[1:]


def _sizes(source: SourceText, line: int, count: int, what: str) -> list[int]:
    """The numbers of a line, which must be so many."""
    found = len(source.words(line))
    if found != count:
        raise source.error(f"{found} numbers; this line is {what}, {count} numbers", line)
    return [_number(source, line, field) for field in range(count)]


def _number(source: SourceText, line: int, field: int) -> int:
    """A field of a line as a number."""
    word = source.words(line)[field]
    if not (word.text.isascii() and word.text.isdigit() and len(word.text) <= _DIGITS):
        raise source.error(f"'{word.text}' is not a number", line, word.column)
    return int(word.text)


def _read_gates(
    source: SourceText, header: _Header, builder: Builder, literal_of: list[int | None]
) -> None:
    """Build the gates, entering the literals of their wires."""
    xor, and_, or_ = builder.xor, builder.and_, builder.or_
    count = 0
    for line in range(header.body, len(source.lines) + 1):
        fields = source.lines[line - 1].split()
        if not fields:
            continue
        count += 1
        builder.line = line
        kind, operands, results = ...
