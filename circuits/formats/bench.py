"""The .bench netlists of ISCAS-85, ISCAS-89 and ITC-99, which nobody ever specified.

    INPUT(x)
    OUTPUT(sum)
    q = DFF(sum)        # use before definition is usual
    sum = XOR(x, q)

Gates take any number of operands; XOR is their parity. Names are anything but blanks and
``( ) , = #``. A DFF has no reset in the text; by convention it starts at 0. ABC reads it as
uninitialised, and aborts at an XOR of more than two. Its additions are read as well: ``DFF0`` and
``DFF1`` with their initial value, ``z = LUT 0x8 (a, b)`` with the first operand as least bit of
the row number, ``MUX(select, then, else)``, and the constants ``gnd`` and ``vdd``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from circuits.builder import Builder
from circuits.circuit import FALSE, TRUE, Circuit
from circuits.errors import LimitError, Position
from circuits.formats.bench_writer import write_bench
from circuits.formats.covers import build_table
from circuits.formats.netlist import Definition, Memory, Netlist, build_netlist, undriven
from circuits.formats.suggest import suggest
from circuits.formats.text import SourceText, Word

__all__ = ["read_bench", "write_bench"]

MAX_LUT_INPUTS = 16

_Make = Callable[[Builder, Sequence[int]], int]


class _Gate(NamedTuple):
    """How to make a gate, and how many operands it takes (None: one or more)."""

    operands: int | None
    make: _Make


_GATES = {
    "AND": _Gate(None, lambda b, xs: b.and_(*xs)),
    "NAND": _Gate(None, lambda b, xs: b.and_(*xs) ^ 1),
    "OR": _Gate(None, lambda b, xs: b.or_(*xs)),
    "NOR": _Gate(None, lambda b, xs: b.or_(*xs) ^ 1),
    "XOR": _Gate(None, lambda b, xs: b.xor(*xs)),
    "XNOR": _Gate(None, lambda b, xs: b.xor(*xs) ^ 1),
    "NXOR": _Gate(None, lambda b, xs: b.xor(*xs) ^ 1),
    "NOT": _Gate(1, lambda b, xs: xs[0] ^ 1),
    "INV": _Gate(1, lambda b, xs: xs[0] ^ 1),
    "BUF": _Gate(1, lambda b, xs: xs[0]),
    "BUFF": _Gate(1, lambda b, xs: xs[0]),
    "MUX": _Gate(3, lambda b, xs: b.mux(*xs)),
    "GND": _Gate(0, lambda b, xs: FALSE),
    "VDD": _Gate(0, lambda b, xs: TRUE),
}
_RESETS = {"DFF": 0, "DFF0": 0, "DFF1": 1}
_CONSTANTS = {"gnd": FALSE, "vdd": TRUE}
_TOKEN = re.compile(r"[(),=]|[^\s(),=]+")
_HEX = re.compile(r"0[xX][0-9a-fA-F]+")
_PUNCTUATION = ("(", ")", ",", "=")
_NAME, _END = "a signal", "the end of the line"
_SHAPES = "a line is INPUT(x), OUTPUT(y) or z = GATE(a, b)"
_FOLLOWS = {"(": (_NAME, ")"), _NAME: (",", ")"), ",": (_NAME,), ")": (_END,)}


def read_bench(data: bytes, file: str = "", tie_undriven: bool = False) -> Circuit:
    """The circuit of a .bench file.

    Args:
        data: the file.
        file: its name, for messages.
        tie_undriven: take signals that nothing drives to be 0 instead of refusing them.

    Raises:
        SourceError: with the place of what is wrong.
        LimitError: a LUT has more than 16 inputs.
    """
    source = SourceText.decode(data, file)
    netlist = _parse(source)
    if not netlist.inputs and not netlist.outputs:
        raise source.error("there is no circuit in this file", 1, hint="a port is INPUT(x)")

    def resolve(word: Word) -> int:
        if word.text in _CONSTANTS:
            return _CONSTANTS[word.text]
        if tie_undriven:
            return FALSE
        hint = "define it or declare it INPUT; if nothing depends on it, tie undriven signals to 0"
        raise undriven(source, word, hint)

    return build_netlist(source, netlist, resolve)


def _parse(source: SourceText) -> Netlist:
    """The statements, sorted by what they are."""
    inputs: list[Word] = []
    outputs: list[Word] = []
    memories: list[Memory] = []
    definitions: list[Definition] = []
    ports = {"INPUT": inputs, "OUTPUT": outputs}
    for number, line in enumerate(source.lines, start=1):
        tokens = [
            Word(match[0], number, match.start() + 1)
            for match in _TOKEN.finditer(line.split("#", 1)[0])
        ]
        if not tokens:
            continue
        if len(tokens) > 2 and tokens[1].text == "=" and tokens[0].text not in _FOLLOWS:
            statement = _assignment(source, *tokens)
            if isinstance(statement, Memory):
                memories.append(statement)
            else:
                definitions.append(statement)
        elif tokens[0].text.upper() in ports:
            names = _names(source, tokens[0], tokens[1:])
            if len(names) != 1:
                message = f"{tokens[0].text} takes 1 signal, not {len(names)}"
                raise source.error_at(tokens[0], message)
            ports[tokens[0].text.upper()] += names
        else:
            raise source.error_at(tokens[0], "not a statement", _SHAPES)
    return Netlist("", inputs, memories, definitions, outputs)


def _assignment(
    source: SourceText, signal: Word, equals: Word, gate: Word, *rest: Word
) -> Definition | Memory:
    """``z = GATE(a, b)``, where the words after GATE are still to be checked."""
    if gate.text in _PUNCTUATION:
        raise source.error_at(gate, f"'{gate.text}' where a gate belongs", _SHAPES)
    kind = gate.text.upper()
    if kind == "LUT":
        return _lookup(source, signal, gate, *rest)
    stands_alone = not rest and kind in ("GND", "VDD")
    names = [] if stands_alone else _names(source, gate, rest)
    if kind in _RESETS:
        _check_count(source, gate, names, 1)
        return Memory(signal, names[0], _RESETS[kind])
    if kind not in _GATES:
        if kind.startswith("DFF"):
            hint = "a DFF has one operand here, what it loads"
            raise source.error_at(gate, f"{gate.text} is not supported", hint)
        hint = suggest(kind, [*_GATES, *_RESETS, "LUT"])
        raise source.error_at(gate, f"unknown gate '{gate.text}'", hint)
    _check_count(source, gate, names, _GATES[kind].operands)
    return Definition(signal, tuple(names), _GATES[kind].make)


def _lookup(source: SourceText, signal: Word, gate: Word, *rest: Word) -> Definition:
    """``z = LUT 0x8 (a, b)``."""
    if not rest or not _HEX.fullmatch(rest[0].text):
        at = rest[0] if rest else gate
        raise source.error_at(at, "LUT without a truth table", "write it as in LUT 0x8 (a, b)")
    names = _names(source, rest[0], rest[1:])
    if len(names) > MAX_LUT_INPUTS:
        place = Position(source.file, gate.line, gate.column)
        raise LimitError(f"{place}: a LUT of {len(names)} inputs; {MAX_LUT_INPUTS} is the most")
    table = int(rest[0].text, 16)
    rows = 1 << len(names)
    if table >> rows:
        message = f"a truth table of more than {rows} bits for {len(names)} operands"
        raise source.error_at(rest[0], message)
    return Definition(signal, tuple(names), partial(_make_lookup, table))


def _make_lookup(table: int, builder: Builder, operands: Sequence[int]) -> int:
    return build_table(builder, operands, table)


def _check_count(source: SourceText, gate: Word, names: Sequence[Word], wanted: int | None) -> None:
    """Refuse a gate with another number of operands than it takes."""
    if wanted is None and not names:
        raise source.error_at(gate, f"{gate.text} takes at least 1 operand, not 0")
    if wanted is not None and len(names) != wanted:
        operands = "1 operand" if wanted == 1 else f"{wanted} operands"
        raise source.error_at(gate, f"{gate.text} takes {operands}, not {len(names)}")


def _names(source: SourceText, before: Word, words: Sequence[Word]) -> list[Word]:
    """The names in ``(a, b)``, which is all that is left of a line."""
    expected: tuple[str, ...] = ("(",)
    names = []
    for word in words:
        kind = word.text if word.text in _PUNCTUATION else _NAME
        if kind not in expected:
            message = f"'{word.text}' where {_either(expected)} belongs"
            raise source.error_at(word, message, _SHAPES)
        if kind == _NAME:
            names.append(word)
        expected = _FOLLOWS[kind]
    if _END not in expected:
        last = words[-1] if words else before
        end = last._replace(column=last.column + len(last.text))
        message = f"the line ends where {_either(expected)} belongs"
        raise source.error_at(end, message, _SHAPES)
    return names


def _either(kinds: tuple[str, ...]) -> str:
    return " or ".join(kind if kind in (_NAME, _END) else f"'{kind}'" for kind in kinds)
