"""Tables of the busy beaver listings: the "standard TM text format" of bbchallenge.org.

    1RB1LB_1LA1RZ Halt 6 4

One row a state, rows joined by ``_``: states A, B, C, ... and in each row an entry for each symbol
0, 1, 2, ...: what to write, where to go, the next state. The machine starts in A on a tape of 0s.
What follows the table on its line, often a verdict, is not read. See
https://www.sligocki.com/2022/10/09/standard-tm-format.html.

A state is one of the n rows, or else the machine halts in it; so in a table of 8 rows H is a state
like any other, and in one of two C halts. All letters that halt become one halting state, called
Z. Lines that begin with ``#`` are skipped.

How this maps to the project's convention: ``---`` (and ``...`` in older lists) stands for ``1RZ``,
as the listings count, so it writes 1, moves right, and is a step. There are no missing entries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from circuits.formats.text import SourceText, Word
from circuits.machines.formats.foreign import open_text
from circuits.machines.formats.table import build_machine, chosen_start
from circuits.machines.formats.writing import cannot_hold, check_whole, entry
from circuits.machines.formats.writing import working_states as working
from circuits.machines.machine import Machine, Move

MOST_STATES, MOST_SYMBOLS = 26, 10

_UNDEFINED = ("---", "...")
_ENTRY = re.compile(r"[0-9][LR][A-Z]|---|\.\.\.")
_MOVES = {"L": Move.LEFT, "R": Move.RIGHT}
_SHAPE = "a table is rows joined by '_', an entry for each symbol, as in 1RB1LB_1LA1RZ"


def read_bb(data: bytes, file: str = "", *, start: str | None = None) -> Machine:
    """The machine of a file that has one.

    An undefined entry writes 1, moves right and halts, and like every halting entry is a step.

    Args:
        data: the file.
        file: its name, for messages.
        start: a state to start in instead of A.

    Raises:
        SourceError: with the place of what is wrong; or the file has several machines.
    """
    source = open_text(data, file)
    lines = _lines(source)
    found = next(lines, None)
    if found is None:
        raise source.error("there is no machine in this file", 1, hint=_SHAPE)
    another = next(lines, None)
    if another is not None:
        hint = "one machine a file; read_bb_list reads a list of them"
        raise source.error_at(another[0], "a second machine", hint)
    return _machine(source, found, start)


def read_bb_list(data: bytes, file: str = "") -> list[tuple[Machine, tuple[str, ...]]]:
    """The machines of a list, one a line, each with the words after its table.

    A machine is called like its table.

    Raises:
        SourceError: with the place of what is wrong.
    """
    source = open_text(data, file)
    return [
        (replace(_machine(source, words), name=words[0].text), tuple(w.text for w in words[1:]))
        for words in _lines(source)
    ]


def _lines(source: SourceText) -> Iterator[list[Word]]:
    """The words of the lines that have a machine."""
    for number in range(1, len(source.lines) + 1):
        words = source.words(number)
        if words and not words[0].text.startswith("#"):
            yield words


def _machine(source: SourceText, words: list[Word], start: str | None = None) -> Machine:
    """The machine whose table is the first word of a line."""
    _refuse_older(source, words)
    rows = _rows(source, words[0])
    states = [chr(ord("A") + i) for i in range(len(rows))]
    symbols = [str(i) for i in range(len(rows[0]))]
    halting = "Z" if len(states) < MOST_STATES else "HALT"
    rules, lines = {}, {}
    for state, row in zip(states, rows, strict=True):
        for symbol, word in zip(symbols, row, strict=True):
            text = "1R?" if word.text in _UNDEFINED else word.text
            if text[0] not in symbols:
                written = "stands for 1RZ and " if word.text in _UNDEFINED else ""
                message = f"{word.text} {written}writes {text[0]}"
                hint = f"rows of {len(symbols)} have the symbols 0 to {symbols[-1]}"
                raise source.error_at(word, message, hint)
            following = text[2] if text[2] in states else halting
            rules[state, symbol] = text[0], _MOVES[text[1]], following
            lines[state, symbol] = word.line
    first = chosen_start(source, start, "A", states)
    return build_machine(
        source,
        rules,
        lines,
        start=first,
        blank="0",
        states=states,
        symbols=symbols,
    )


def _refuse_older(source: SourceText, words: list[Word]) -> None:
    """Refuse entries apart from each other: where a row ends is then anyone's guess."""
    apart = len(words) > 1 and (_ENTRY.fullmatch(words[1].text) or words[1].text in (";", "|"))
    if ";" in words[0].text or (apart and len(words[0].text) == 3):
        raise source.error_at(words[0], "a table of the older form, with blanks or ';'", _SHAPE)


def _rows(source: SourceText, table: Word) -> list[list[Word]]:
    """The entries, each where it is."""
    rows: list[list[Word]] = []
    column = table.column
    for text in table.text.split("_"):
        row = [
            Word(text[i : i + 3], table.line, column + i) for i in range(0, max(len(text), 1), 3)
        ]
        for word in row:
            if not _ENTRY.fullmatch(word.text):
                shown = f"'{word.text}'" if word.text else "nothing"
                hint = f"an entry is a digit, L or R, a capital letter; or ---; {_SHAPE}"
                raise source.error_at(word, f"{shown} where an entry belongs", hint)
        if rows and len(row) != len(rows[0]):
            message = f"a row of {len(row)} after rows of {len(rows[0])}"
            raise source.error_at(row[0], message, _SHAPE)
        rows.append(row)
        column += len(text) + 1
    if len(rows) > MOST_STATES or len(rows[0]) > MOST_SYMBOLS:
        message = f"{len(rows)} states and {len(rows[0])} symbols"
        hint = f"the format has {MOST_STATES} letters and {MOST_SYMBOLS} digits; write it as .tm"
        raise source.error_at(table, message, hint)
    return rows


def write_bb(machine: Machine) -> bytes:
    """The machine as a table; states become letters, the first being that it starts in.

    Raises:
        LimitError: it is not on a tape, it stays somewhere, an entry is missing (which would be a
            step here), it has several halting states, an input, or too many states or symbols.
    """
    check_whole(machine, "bb")
    if machine.planar:
        raise cannot_hold(machine, "bb", "a plane")
    states = sorted(working(machine), key=lambda state: state != machine.start)
    symbols = sorted(range(len(machine.symbols)), key=lambda symbol: symbol != machine.blank)
    halts = any(rule.following not in states for rule in machine.rules())
    if len(states) > MOST_STATES - halts or len(symbols) > MOST_SYMBOLS:
        what = f"{len(states)} states and {len(symbols)} symbols"
        raise cannot_hold(machine, "bb", what)
    letter = {state: chr(ord("A") + i) for i, state in enumerate(states)}
    digit = {symbol: str(i) for i, symbol in enumerate(symbols)}
    direction = {move: text for text, move in _MOVES.items()}
    cells = {}
    for rule in machine.rules():
        if rule.move not in direction:
            stays = f"{entry(machine, rule.state, rule.symbol)}, which does not move"
            raise cannot_hold(machine, "bb", stays)
        target = letter.get(rule.following, "Z")
        cells[rule.state, rule.symbol] = digit[rule.write] + direction[rule.move] + target
    rows = ["".join(cells[state, symbol] for symbol in symbols) for state in states]
    return ("_".join(rows) + "\n").encode()
