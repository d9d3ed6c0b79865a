"""Machines of turingmachine.io, in YAML: a file of the site, or the machine alone.

    input: '1011'
    blank: ' '
    start state: right
    table:
      right:
        [1,0]: R
        ' '  : {L: carry}
      carry:
        1      : {write: 0, L}
        [0,' ']: {write: 1, L: done}
      done:

An entry is a direction, ``{write: symbol, L or R: next state}``, or the name of a synonym; without
``write`` the symbol stays, without a next state the state does. A key may list several symbols; a
text with commas is such a list, as on the site. Symbols are single characters.

How this maps to the project's convention: it is the same. A state without entries halts, a missing
entry halts, and neither is a step.

What YAML would take for a number stays a text, so ``input: 0011`` is four symbols. The site reads
9 there; where the two differ there is a `circuits.errors.SourceWarning`. What the site resolves by
the order of JavaScript's keys is refused: two entries for one state and symbol.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from circuits.machines.formats.foreign import open_text
from circuits.machines.formats.table import build_machine, check_size, chosen_start
from circuits.machines.formats.yaml_document import (
    Document,
    Field,
    is_null,
    open_document,
    unknown,
)
from circuits.machines.formats.yaml_writer import write_yaml
from circuits.machines.machine import Machine, Move

__all__ = ["read_yaml", "write_yaml"]

_MOVES = {"L": Move.LEFT, "R": Move.RIGHT}
_SHAPE = "an entry is L, R, {write: x, R: state} or a synonym"
_NEEDED = {
    "blank": "a blank symbol, as in blank: ' '",
    "start state": "a state to start in, as in start state: A",
    "table": "a table: states, under each its symbols with an entry each",
}
_SAME_ON_SITE = re.compile(r"true|false|0|-?[1-9][0-9]{0,14}")
_NO_TEXT_ON_SITE = re.compile(
    r"true|false|[-+]?(?:0b[01_]+|0x[0-9a-f_]+|[0-9][0-9_]*(?::[0-5]?[0-9])*(?:\.[0-9_]*)?"
    r"(?:e[-+]?[0-9]+)?|\.[0-9_]+(?:e[-+][0-9]+)?|\.inf)|\.nan|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*",
    re.IGNORECASE,
)
"""What js-yaml 3 takes for a truth value, a number or a date; and the same text on the way back."""


class _Entry(NamedTuple):
    """An entry before it is known where it stands; None: what is there stays."""

    write: str | None
    move: Move
    following: str | None


def read_yaml(data: bytes, file: str = "", *, start: str | None = None) -> Machine:
    """The machine of a .yaml file.

    A missing entry halts without a step, and a state without entries is a halting state.

    Args:
        data: the file.
        file: its name, for messages.
        start: a state to start in instead of the file's.

    Raises:
        SourceError: with the place of what is wrong.
        LimitError: the table is too large.
    """
    source = open_text(data, file)
    document, name = open_document(source)
    fields = document.fields(document.root, "a machine")
    for needed, what in _NEEDED.items():
        if needed not in fields:
            raise document.error(document.root, f"there is no '{needed}'", f"give {what}")
    blank = _symbol(document, fields["blank"].value, "blank")
    table = document.fields(fields["table"].value, "a table of states")
    usual = _known(document, fields["start state"].value, table)
    given = _input(document, fields["input"].value) if "input" in fields else ""
    synonyms = _synonyms(document, fields, table)
    rules: dict[tuple[str, str], tuple[str, Move, str]] = {}
    lines: dict[tuple[str, str], int] = {}
    symbols = {blank}
    for state, row in table.items():
        cells = _row(document, row)
        symbols |= {symbol for _, symbol, _ in cells}
        check_size(source, len(table), len(symbols))  # a row may be there again by an alias
        for key, symbol, node in cells:
            if (state, symbol) in rules:
                first = lines[state, symbol]
                message = f"symbol '{symbol}' again in state '{state}'; it is first on line {first}"
                raise document.error(key, message, "a symbol has one entry in a state")
            entry = _entry(document, node, table, synonyms)
            written = symbol if entry.write is None else entry.write
            rules[state, symbol] = written, entry.move, entry.following or state
            lines[state, symbol] = document.line(node)
    first_state = chosen_start(source, start, usual, table)
    return build_machine(
        source,
        rules,
        lines,
        start=first_state,
        blank=blank,
        states=tuple(table),
        given=tuple(given),
        name=name,
    )


def _symbol(document: Document, node: Node, what: str) -> str:
    """A single character."""
    text = document.text(node, f"a {what} symbol")
    if len(text) != 1:
        hint = "a symbol is one character, in quotes if YAML would read it as something else"
        if "${" in text:
            hint = "this looks like a template to be filled in"
        raise document.error(node, f"the {what} symbol '{text}' has {len(text)} characters", hint)
    return text


def _input(document: Document, node: Node) -> str:
    """The input; a warning where the site would start on something else."""
    if is_null(node):
        return ""
    text = document.text(node, "an input")
    assert isinstance(node, ScalarNode)
    same = _SAME_ON_SITE.fullmatch(text) and text not in ("0", "false")  # those are no input there
    if node.style is None and _NO_TEXT_ON_SITE.fullmatch(text) and not same:
        message = f"turingmachine.io does not take {text} for a text and starts on something else"
        document.warn(node, message, f"write '{text}' in quotes")
    return text


def _known(document: Document, node: Node, table: dict[str, Field]) -> str:
    """A state of the table."""
    state = document.text(node, "a state")
    if state not in table:
        hint = f"every state is listed in the table; {unknown(state, table)}"
        raise document.error(node, f"no state '{state}' in the table", hint)
    return state


def _synonyms(
    document: Document, fields: dict[str, Field], table: dict[str, Field]
) -> dict[str, _Entry]:
    """Names for entries; none of them stands for another."""
    if "synonyms" not in fields or is_null(fields["synonyms"].value):
        return {}
    named = document.fields(fields["synonyms"].value, "synonyms")
    return {name: _entry(document, field.value, table, {}) for name, field in named.items()}


def _row(document: Document, row: Field) -> list[tuple[Node, str, Node]]:
    """(key, symbol, entry) for each symbol of a state."""
    if is_null(row.value):
        return []
    found = []
    for key, value in document.pairs(row.value, "a row of symbols and entries"):
        parts = key.value if isinstance(key, SequenceNode) else [key]
        for part in parts:
            text = document.text(part, "a symbol")
            for symbol in _split(text):
                if len(symbol) != 1:
                    message = f"'{symbol}' where a symbol of one character belongs"
                    raise document.error(part, message, "write several as [0,1]")
                found.append((key, symbol, value))
    return found


def _split(text: str) -> list[str]:
    """The symbols of a key, as on the site: joined by commas, a comma itself being ``,,``.

    >>> _split("0,1"), _split(","), _split("0,,,1")
    (['0', '1'], [','], ['0', ',', '1'])
    """
    symbols: list[str] = []
    for part in text.split(","):
        if part == "" and symbols and symbols[-1] == "":
            symbols[-1] = ","
        else:
            symbols.append(part)
    return symbols


def _entry(
    document: Document, node: Node, table: dict[str, Field], synonyms: dict[str, _Entry]
) -> _Entry:
    """What to do: a direction, a synonym, or a mapping of what to write and where to go."""
    if not isinstance(node, MappingNode):
        if is_null(node):
            raise document.error(node, "there is no entry", _SHAPE)
        text = document.text(node, "one entry")
        if text in _MOVES:
            return _Entry(None, _MOVES[text], None)
        if text in synonyms:
            return synonyms[text]
        raise document.error(node, f"'{text}' is no entry", _SHAPE)
    fields = document.fields(node, "an entry")
    for name, field in fields.items():
        if name not in ("write", *_MOVES):
            raise document.error(field.key, f"'{name}' in an entry", _SHAPE)
    moves = [name for name in _MOVES if name in fields]
    if len(moves) != 1:
        message = "both L and R" if moves else "neither L nor R"
        raise document.error(node, f"{message} in an entry", "the head moves, one way: " + _SHAPE)
    target = fields[moves[0]].value
    following = None if is_null(target) else _known(document, target, table)
    write = _symbol(document, fields["write"].value, "written") if "write" in fields else None
    return _Entry(write, _MOVES[moves[0]], following)
