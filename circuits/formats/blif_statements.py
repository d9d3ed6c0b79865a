"""BLIF text as statements, and what the words of a statement say.

A comment runs from ``#`` to the end of the line. A backslash at the end of a line, blanks and
comment aside, continues it, and separates words as a blank does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from circuits.formats.blif_model import Register, Table
from circuits.formats.suggest import suggest
from circuits.formats.text import SourceText, Word

_EDGES = ("fe", "re", "ah", "al", "as")
_RESETS = {"0": 0, "1": 1, "2": None, "3": None}  # 2 is "don't care", 3 "unknown"


def statements(source: SourceText) -> Iterator[list[Word]]:
    """The words of each logical line that has any."""
    words: list[Word] = []
    for line in range(1, len(source.lines) + 1):
        found = source.words(line, "#")
        continued = bool(found) and found[-1].text.endswith("\\")
        if continued:
            last = found.pop()
            if last.text != "\\":
                found.append(last._replace(text=last.text[:-1]))
        words += found
        if words and not continued:
            yield words
            words = []
    if words:
        yield words


def table(source: SourceText, names: Sequence[Word], rows: Sequence[Sequence[Word]]) -> Table:
    """A ``.names`` statement and its rows: cube and value, of a constant the value alone."""
    directive, *signals = names
    if not signals:
        raise source.error_at(directive, ".names without a signal", "the last one is defined")
    *reads, signal = signals
    cubes = tuple(_cube(source, row, directive.line, len(reads)) for row in rows)
    values = [row[-1] for row in rows]
    for value in values:
        if value.text not in ("0", "1"):
            raise source.error_at(value, f"value '{value.text}' of a row", "a value is 0 or 1")
        if value.text != values[0].text:
            message = f"a row of value {value.text} after rows of value {values[0].text}"
            hint = "the rows are all of the on-set (1) or all of the off-set (0)"
            raise source.error_at(value, message, hint)
    return Table(tuple(reads), signal, cubes, not values or values[0].text == "1")


def _cube(source: SourceText, row: Sequence[Word], line: int, width: int) -> str:
    """The cube of a row of a table with so many inputs."""
    if len(row) != (2 if width else 1):
        hint = "a row is a character per input, a blank and the value; of a constant the value"
        raise source.error_at(row[0], f"not a row of a table with {width} inputs", hint)
    cube = row[0].text if width else ""
    if len(cube) != width:
        message = f"cube '{cube[:40]}' for {width} inputs"
        raise source.error_at(row[0], message, f"the inputs are those of .names in line {line}")
    for offset, c in enumerate(cube):
        if c not in "01-":
            at = row[0]._replace(column=row[0].column + offset)
            raise source.error_at(at, f"'{c}' in a cube", "a cube consists of 0, 1 and -")
    return cube


def register(source: SourceText, words: Sequence[Word]) -> Register:
    """``.latch in out [type control] [value]``, told apart by the number of words as in SIS."""
    if not 3 <= len(words) <= 6:
        hint = ".latch input output [type control] [initial value]"
        message = f".latch takes 2 to 5 words, not {len(words) - 1}"
        raise source.error_at(words[0], message, hint)
    data, signal, *rest = words[1:]
    edge, clock = rest[:2] if len(rest) > 1 else (None, None)
    reset = rest[-1] if len(rest) % 2 else None
    if edge is not None and edge.text not in _EDGES:
        raise source.error_at(edge, f"latch type '{edge.text}'", suggest(edge.text, _EDGES))
    if reset is not None and reset.text not in _RESETS:
        hint = "it is 0, 1, 2 (don't care) or 3 (unknown); after a type comes its control"
        raise source.error_at(reset, f"initial value '{reset.text}'", hint)
    if clock is not None and clock.text == "NIL":
        clock = None
    return Register(data, signal, edge, clock, None if reset is None else _RESETS[reset.text])


def connections(source: SourceText, words: Sequence[Word]) -> tuple[tuple[Word, Word], ...]:
    """The ``port=signal`` of ``.subckt``; ``port=`` leaves a port open."""
    if len(words) < 2:
        raise source.error_at(words[0], ".subckt without a model")
    pairs = []
    for word in words[2:]:
        formal, equals, actual = word.text.partition("=")
        if not equals or not formal:
            raise source.error_at(word, f"'{word.text}' connects nothing", "write port=signal")
        if actual:
            at = word.column + len(formal) + 1
            pairs.append((word._replace(text=formal), word._replace(text=actual, column=at)))
    return tuple(pairs)


def copy(source: SourceText, words: Sequence[Word]) -> Table:
    """``.conn`` and ``.barbuf`` of Yosys, ``.short`` of ABC: the second signal is the first."""
    if len(words) != 3:
        message = f"{words[0].text} takes 2 signals, not {len(words) - 1}"
        raise source.error_at(words[0], message, f"write {words[0].text} from to")
    return Table((words[1],), words[2], ("1",))
