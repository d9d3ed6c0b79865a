"""The lines and directives of a .tm file, one by one; see `circuits.machines.formats.tm`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from circuits.formats.suggest import suggest
from circuits.formats.text import SourceText, Word
from circuits.machines.machine import Move

ANY = "*"
BLANK = "_"

MOVES = {
    "l": Move.LEFT, "r": Move.RIGHT, "u": Move.UP, "d": Move.DOWN, "s": Move.STAY, ANY: Move.STAY,
}  # fmt: skip

_SHAPE = "a line is 'state symbol newsymbol direction newstate'; the site would skip this one"
_DIRECTIVES = {"START", "INITIAL_TAPE", "UNDEFINED", "PLANAR", "DEBUG"}
_DIRECTIVE = re.compile(r"\$(?:(INITIAL_TAPE):?|([A-Z_]+):)[ \t]*(.*)")
_ONLY = {"UNDEFINED": "halt", "PLANAR": "yes"}
"""Directives that say one thing or nothing."""


class Line(NamedTuple):
    """One line; `ANY` where it has a ``*``."""

    state: str
    symbol: str
    write: str
    move: Move
    following: str
    number: int


@dataclass(frozen=True)
class Program:
    """A whole file.

    Attributes:
        lines: in order.
        directives: by name, what each says and where.
        given: the symbols of the input.
    """

    lines: tuple[Line, ...]
    directives: dict[str, Word]
    given: tuple[str, ...]

    @property
    def undefined_halts(self) -> bool:
        """Whether to halt for want of a line is no step."""
        return "UNDEFINED" in self.directives

    @property
    def planar(self) -> bool:
        """Whether the file says that the cells form a plane."""
        return "PLANAR" in self.directives


def halts(state: str) -> bool:
    """Whether a state halts by its name."""
    return state.lower().startswith("halt")


def read_program(source: SourceText) -> Program:
    """All lines and directives of a file.

    Raises:
        SourceError: one of them is wrong.
    """
    lines: list[Line] = []
    directives: dict[str, Word] = {}
    places: dict[tuple[str, str], Line] = {}
    for number, text in enumerate(source.lines, start=1):
        words = source.words(number, ";")
        if words:
            line = _line(source, words)
            _check_against(source, words, line, places)
            lines.append(line)
            places[line.state, line.symbol] = line
        _, mark, comment = text.partition(";")
        if mark:
            _directive(source, directives, comment, number, len(text) - len(comment) + 1)
    return Program(tuple(lines), directives, _given(source, directives))


def _line(source: SourceText, words: list[Word]) -> Line:
    """One line of five or six words."""
    if len(words) < 5 or len(words) > 6:
        wrong = words[-1] if len(words) < 5 else words[6]
        raise source.error_at(wrong, f"{len(words)} words in a line of five", _SHAPE)
    if len(words) == 6 and words[5].text != "!":
        message = f"'{words[5].text}' as a sixth word, which can only be '!'"
        raise source.error_at(words[5], message, _SHAPE)
    for word in words[1:3]:
        if len(word.text) != 1:
            message = f"the symbol '{word.text}' has {len(word.text)} characters"
            hint = "a symbol is one character, on one tape; the site would skip this line"
            raise source.error_at(word, message, hint)
    direction = words[3].text.lower()
    if direction not in MOVES:
        hint = "directions are l r u d s *; the site would skip this line"
        raise source.error_at(words[3], f"the direction '{words[3].text}'", hint)
    state, symbol, write, _, following = (word.text for word in words[:5])
    return Line(state, symbol, write, MOVES[direction], following, words[0].line)


def _check_against(
    source: SourceText, words: list[Word], line: Line, places: dict[tuple[str, str], Line]
) -> None:
    """Warn of a line that will not be used, or because of which another will not."""
    at = words[0].line, words[0].column
    if halts(line.state):
        message = f"state '{line.state}' halts by its name, so this line is never used"
        source.warn(message, *at, hint="call it something else")
    earlier = places.get((line.state, line.symbol))
    if earlier is not None and earlier[:-1] != line[:-1]:
        message = (
            f"state '{line.state}' and symbol '{line.symbol}' are on line {earlier.number} too"
        )
        source.warn(message, *at, hint="the last line holds; a machine does one thing")


def _directive(
    source: SourceText, directives: dict[str, Word], comment: str, number: int, column: int
) -> None:
    """Take note of the directive in a comment, if it has one."""
    found = _DIRECTIVE.search(comment)
    if found is None:
        return
    name = found[1] or found[2]
    value = Word(found[3].rstrip(), number, column + found.start(3))
    if name not in _DIRECTIVES:
        message = f"${name} means nothing here"
        source.warn(message, number, column + found.start(), hint=suggest(name, _DIRECTIVES))
    elif name in directives:
        first = directives[name].line
        raise source.error_at(value, f"${name} again; it is first on line {first}", "keep one")
    elif name in _ONLY and value.text != _ONLY[name]:
        raise source.error_at(value, f"'{value.text}' for ${name}", f"say {_ONLY[name]}")
    elif name == "START" and not re.fullmatch(r"[^\s;]+", value.text):
        raise source.error_at(value, f"'{value.text}' for $START", "give one state")
    else:
        directives[name] = value


def _given(source: SourceText, directives: dict[str, Word]) -> tuple[str, ...]:
    """The symbols of the input; a ``*`` before one marks the head, which must be on the first."""
    if "INITIAL_TAPE" not in directives:
        return ()
    tape = directives["INITIAL_TAPE"]
    text = tape.text.removeprefix(ANY)
    if ANY in text:
        at = tape._replace(column=tape.column + tape.text.rindex(ANY))
        hint = "leave out the '*', and say where the head starts when the machine is run"
        raise source.error_at(at, "the head starts on the first symbol of an input", hint)
    return tuple(BLANK if symbol.isspace() else symbol for symbol in text)
