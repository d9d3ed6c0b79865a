"""The braces of a turmite: Golly evaluates them as Python, here they are parsed."""

from __future__ import annotations

import re
from typing import NamedTuple

from circuits.formats.text import SourceText, Word

_TOKEN = re.compile(r"""[{},]|'[^']*'|"[^"]*"|[A-Za-z0-9+-]+|\S""")
_VALUE = re.compile(r"""'[^']*'|"[^"]*"|[A-Za-z0-9+-]+""")
_NUMBER = re.compile(r"[0-9]{1,9}")
_SHAPE = "a turmite is {{{colour, turn, state}, ...}, ...}: rows for states, triples for colours"


class Triple(NamedTuple):
    """What an ant does in a state on a colour."""

    colour: Word
    turn: Word
    state: Word


def tokens(source: SourceText) -> list[Word]:
    """All words of a file, whose comments begin with ``#``."""
    return [
        Word(match[0], number, match.start() + 1)
        for number, line in enumerate(source.lines, start=1)
        for match in _TOKEN.finditer(line.split("#", 1)[0])
    ]


class Braces:
    """A walk over the words of nested braces; every step says where it is when it cannot go on."""

    def __init__(self, source: SourceText, words: list[Word]) -> None:
        """Start at the first word."""
        self._source = source
        last = words[-1]
        self._words = [*words, Word("", last.line, last.column + len(last.text))]
        self._next = 0

    def table(self) -> list[list[Triple]]:
        """Rows of triples, which are all there is.

        Raises:
            SourceError: with the place of what is wrong; or rows of different lengths.
        """
        rows: list[list[Triple]] = []
        self._take("{")
        while True:
            row = self._row()
            if rows and len(row) != len(rows[0]):
                message = f"a row of {len(row)} colours after rows of {len(rows[0])}"
                raise self._source.error_at(row[0].colour, message, _SHAPE)
            rows.append(row)
            if self._take(",", "}").text == "}":
                self._take("")
                return rows

    def _row(self) -> list[Triple]:
        """The triples of a state."""
        triples = []
        self._take("{")
        while True:
            triples.append(self._triple())
            if self._take(",", "}").text == "}":
                return triples

    def _triple(self) -> Triple:
        self._take("{")
        colour = self._value()
        self._take(",")
        turn = self._value()
        self._take(",")
        state = self._value()
        self._take("}")
        return Triple(colour, turn, state)

    def _value(self) -> Word:
        """A number or a quoted text."""
        word = self._words[self._next]
        if not _VALUE.fullmatch(word.text):
            raise self._unexpected("a number or a text")
        self._next += 1
        return word

    def _take(self, *wanted: str) -> Word:
        """The next word, which must be one of these; ``""`` is the end."""
        word = self._words[self._next]
        if word.text not in wanted:
            names = [f"'{text}'" if text else "the end of the file" for text in wanted]
            raise self._unexpected(" or ".join(names))
        self._next += 1
        return word

    def _unexpected(self, wanted: str) -> Exception:
        word = self._words[self._next]
        shown = f"'{word.text}'" if word.text else "the file ends"
        return self._source.error_at(word, f"{shown} where {wanted} belongs", _SHAPE)


def number(source: SourceText, word: Word, what: str, below: int | None = None) -> int:
    """A number from 0, less than ``below`` if that is given.

    Raises:
        SourceError: it is none.
    """
    if not _NUMBER.fullmatch(word.text):
        raise source.error_at(word, f"{word.text} where a {what} belongs", "a number from 0")
    found = int(word.text)
    if below is not None and found >= below:
        raise source.error_at(word, f"{what} {found} of {below}", f"{what}s count from 0")
    return found
