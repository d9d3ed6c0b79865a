"""Truth tables as text, our own format around the notation of ABC and kitty.

    inputs x y
    both = 1000
    either = 0xe

A line per output, ``name =`` in front if it has one. A table is either one digit 0 or 1 for every
row, or ``0x`` and a hexadecimal digit for every four. The *last* row comes first, so that the text
reads as a number in which bit k is row k; in row k the first input is bit 0 of k. AND is 1000.

The first line may name the inputs; without it they are x0, x1, ... and as many as the first table
needs, two for a single hexadecimal digit. Outputs without a name are y0, y1, ... ``#`` starts a
comment. A circuit of 20 inputs is the largest.

Source: ABC's ``read_truth``; Soeken et al., "The EPFL logic synthesis libraries", 2018 (kitty).
"""

from __future__ import annotations

import re

from circuits.builder import Builder
from circuits.circuit import Circuit
from circuits.errors import LimitError
from circuits.evaluate import MAX_TABLE_INPUTS, truth_table
from circuits.formats.covers import build_table
from circuits.formats.naming import escape, unique_names
from circuits.formats.text import SourceText, Word

_TOKEN = re.compile(r"=|[^\s=]+")
_BINARY = re.compile(r"[01]+")
_HEX = re.compile(r"0[xX]([0-9a-fA-F]+)")
_SHORT = 4  # inputs up to which a table is easier to read in binary


def read_truth(data: bytes, file: str = "") -> Circuit:
    """The combinational circuit of a file of truth tables.

    Raises:
        SourceError: with the place of what is wrong.
        LimitError: more than 20 inputs.
    """
    source = SourceText.decode(data, file)
    lines = [tokens for n in range(1, len(source.lines) + 1) if (tokens := _tokens(source, n))]
    if not lines:
        raise source.error("there is no truth table in this file", 1)
    names = _input_names(source, lines[0])
    if names is None:
        _, first = _split(source, lines[0], 0)
        names = [f"x{i}" for i in range(_inputs_of(source, first))]
    else:
        del lines[0]
    if len(names) > MAX_TABLE_INPUTS:
        raise LimitError(f"a truth table of {len(names)} inputs; {MAX_TABLE_INPUTS} is the most")
    builder = Builder(source=file)
    operands = [builder.input(name) for name in names]
    for i, tokens in enumerate(lines):
        name, word = _split(source, tokens, i)
        builder.line = word.line
        builder.output(name, build_table(builder, operands, _table(source, word, len(names))))
    return builder.build()


def write_truth(circuit: Circuit) -> bytes:
    """A combinational circuit of up to 20 inputs as truth tables.

    Raises:
        LimitError: the circuit has latches or more inputs.
    """
    if circuit.latches:
        raise LimitError("a truth table has no memory, and the circuit has latches")
    width = len(circuit.input_names)
    rows = 1 << width
    lines = [" ".join(["inputs", *unique_names(circuit.input_names, _legal)])]
    names = unique_names([output.name for output in circuit.outputs], _legal)
    for name, table in zip(names, truth_table(circuit), strict=True):
        digits = f"{table:0{rows}b}" if width <= _SHORT else f"0x{table:0{rows // 4}x}"
        lines.append(f"{name} = {digits}")
    return ("\n".join(lines) + "\n").encode()


def _legal(name: str) -> str:
    return escape(name, "#=")


def _tokens(source: SourceText, line: int) -> list[Word]:
    text = source.lines[line - 1].split("#", 1)[0]
    return [Word(match[0], line, match.start() + 1) for match in _TOKEN.finditer(text)]


def _input_names(source: SourceText, tokens: list[Word]) -> list[str] | None:
    """The names that a first line gives, None if it is a table (of an output called inputs)."""
    first, *words = tokens
    if first.text != "inputs" or (words and words[0].text == "="):
        return None
    names = [word.text for word in words]
    for i, word in enumerate(words):
        if word.text in names[:i]:
            raise source.error_at(word, f"input '{word.text}' is named twice")
    return names


def _split(source: SourceText, tokens: list[Word], index: int) -> tuple[str, Word]:
    """The name and the table of a line."""
    match tokens:
        case [table]:
            return f"y{index}", table
        case [name, equals, table] if equals.text == "=":
            return name.text, table
    hint = "a line is a table, 'name = table', or first of all 'inputs' and their names"
    raise source.error_at(tokens[0], "not a truth table", hint)


def _inputs_of(source: SourceText, word: Word) -> int:
    """How many inputs a table has, by its length."""
    bits = len(word.text)
    if word.text[:2] in ("0x", "0X"):
        bits = 4 * (bits - 2)
    if bits.bit_count() != 1:
        raise source.error_at(word, f"a table of {bits} rows", "their number is a power of two")
    return bits.bit_length() - 1


def _table(source: SourceText, word: Word, inputs: int) -> int:
    """The number that a table spells."""
    rows = 1 << inputs
    binary, hexadecimal = _BINARY.fullmatch(word.text), _HEX.fullmatch(word.text)
    if not binary and not hexadecimal:
        hint = "a table consists of 0 and 1, or of 0x and hexadecimal digits"
        raise source.error_at(word, f"'{word.text[:40]}' is not a truth table", hint)
    digits, wanted = len(word.text), rows
    if hexadecimal:
        digits, wanted = digits - 2, max(1, rows // 4)
    if digits != wanted:
        message = f"a table of {digits} digits, not {wanted}"
        hint = f"the number of inputs is {inputs}, of rows {rows}"
        raise source.error_at(word, message, hint)
    table = int(word.text, 16 if hexadecimal else 2)
    if table >> rows:
        raise source.error_at(word, f"{word.text} has more than {rows} rows")
    return table
