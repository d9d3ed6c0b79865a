"""BLIF text to models: one method per kind of statement.

A comment runs from ``#`` to the end of the line. A backslash at the end of a line, blanks and
comment aside, continues it, and separates words as a blank does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import PurePath

from circuits.errors import SourceError
from circuits.formats.blif_model import Instance, Model, Register, Table
from circuits.formats.suggest import suggest
from circuits.formats.text import SourceText, Word

_EDGES = ("fe", "re", "ah", "al", "as")
_RESETS = {"0": 0, "1": 1, "2": None, "3": None}  # 2 is "don't care", 3 "unknown"

# What timing, area and drawing say does not change the value of a signal; nor does a clock's name.
_PHYSICAL = """
    .area .delay .wire .wire_load_slope .input_arrival .input_drive .max_input_load
    .output_required .output_load .default_input_arrival .default_input_drive
    .default_max_input_load .default_output_required .default_output_load
    .clock .clock_event .latch_order .code .search
"""
_SKIPPED = frozenset([*_PHYSICAL.split(), ".attr", ".param"])
_BLOCKS = {".exdc": (".end", ".model"), ".start_kiss": (".end_kiss", ".end", ".model")}
"""Blocks that are not part of the model's logic, and what ends them: the external don't-care
network, and a state table that the logic after it implements."""

_REFUSED = {
    ".gate": "turn gates into .names first, in ABC: read_genlib, read_blif, strash, write_blif",
    ".gateinit": "turn gates into .names first, in ABC: read_genlib, read_blif, strash, write_blif",
    ".mlatch": "turn it into .latch first, in ABC: read_genlib, read_blif, write_blif",
    ".mv": "this is BLIF-MV; write two-valued BLIF",
    ".table": "this is BLIF-MV; write two-valued BLIF",
}


def parse(source: SourceText) -> list[Model]:
    """The models of a file, in order; the first is the top.

    Raises:
        SourceError: with the place of the first statement that is wrong.
    """
    parser = _Parser(source)
    for words in _statements(source):
        parser.take(words)
    parser.end_model()
    if not parser.models:
        raise source.error("there is no circuit in this file", 1)
    return parser.models


def _statements(source: SourceText) -> Iterator[list[Word]]:
    """The words of each logical line."""
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


class _Parser:
    """Takes statements one by one and collects what the current model consists of."""

    def __init__(self, source: SourceText) -> None:
        self.source = source
        self.models: list[Model] = []
        self.skip_to: tuple[str, ...] = ()
        self.previous = ""
        self.start_model(None)

    def start_model(self, name: Word | None) -> None:
        """Forget the model before; None: the next one has not started."""
        self.name = name
        self.inputs: list[Word] | None = None
        self.outputs: list[Word] | None = None
        self.tables: list[Table] = []
        self.registers: list[Register] = []
        self.instances: list[Instance] = []
        self.instance_count: Counter[str] = Counter()  # by model
        self.is_black_box = False
        self.signals: list[Word] = []  # of the .names whose rows follow
        self.rows: list[tuple[str, Word]] = []

    def error(self, message: str, word: Word, hint: str = "") -> SourceError:
        """The error at a word."""
        return self.source.error(message, word.line, word.column, hint=hint)

    def take(self, words: list[Word]) -> None:
        """Take the next statement: a directive, or a row of the cover being read."""
        word = words[0]
        if self.skip_to:
            if word.text not in self.skip_to:
                return
            self.skip_to = ()
            if word.text == ".end_kiss":
                return
        if not word.text.startswith("."):
            self.take_row(words)
            return
        self.end_table()
        read = _READERS.get(word.text)
        if read is not None:
            if self.name is None and word.text not in (".model", ".end"):
                self.start_unnamed(word)
            read(self, words)
            self.previous = word.text
        elif word.text in _BLOCKS:
            self.skip_to = _BLOCKS[word.text]
        elif word.text in _REFUSED:
            raise self.error(f"{word.text} is not supported", word, _REFUSED[word.text])
        elif word.text not in _SKIPPED:
            known = [*_READERS, *_SKIPPED, *_BLOCKS]
            raise self.error(f"unknown directive {word.text}", word, suggest(word.text, known))

    def start_unnamed(self, word: Word) -> None:
        """Start the model of a file that has no ``.model``; it is called like the file."""
        if self.models:
            raise self.error(f"{word.text} outside a model", word, "start one with .model")
        self.start_model(Word(PurePath(self.source.file).stem, word.line, word.column))

    def take_row(self, words: list[Word]) -> None:
        """A row of a cover: the cube, none for a constant, and the value."""
        if not self.signals:
            raise self.error(f"'{words[0].text}' is not a directive", words[0])
        width = len(self.signals) - 1
        if len(words) != (2 if width else 1):
            hint = (
                "a row is one character per input, a blank, and the value; of a constant the value"
            )
            raise self.error(f"a row of {len(words)} words", words[0], hint)
        *cubes, value = words
        cube = "".join(word.text for word in cubes)
        if len(cube) != width:
            message = f"a cube of {len(cube)} characters for {width} inputs"
            raise self.error(message, words[0], f".names is in line {self.signals[0].line}")
        wrong = next((i for i, c in enumerate(cube) if c not in "01-"), None)
        if wrong is not None:
            at = words[0]._replace(column=words[0].column + wrong)
            raise self.error(f"'{cube[wrong]}' in a cube", at, "a cube consists of 0, 1 and -")
        if value.text not in ("0", "1"):
            raise self.error(f"value '{value.text}' of a row", value, "a value is 0 or 1")
        if self.rows and self.rows[0][1].text != value.text:
            raise self.error(
                f"value {value.text} after a row of value {self.rows[0][1].text}",
                value,
                "the rows are the on-set (all 1) or the off-set (all 0)",
            )
        self.rows.append((cube, value))

    def end_table(self) -> None:
        """The ``.names`` being read, if any, is complete."""
        if self.signals:
            *reads, signal = self.signals
            value = not self.rows or self.rows[0][1].text == "1"
            cubes = tuple(cube for cube, _ in self.rows)
            self.tables.append(Table(tuple(reads), signal, cubes, value))
            self.signals, self.rows = [], []

    def end_model(self) -> None:
        """The model being read, if any, is complete."""
        self.end_table()
        if self.name is not None:
            self.models.append(
                Model(
                    self.name,
                    None if self.inputs is None else tuple(self.inputs),
                    None if self.outputs is None else tuple(self.outputs),
                    tuple(self.tables),
                    tuple(self.registers),
                    tuple(self.instances),
                    self.is_black_box,
                )
            )
        self.start_model(None)


def _model(parser: _Parser, words: list[Word]) -> None:
    parser.end_model()
    if len(words) > 2:
        raise parser.error("a model has one name", words[2])
    stem = PurePath(parser.source.file).stem
    parser.start_model(words[1] if len(words) > 1 else words[0]._replace(text=stem))


def _inputs(parser: _Parser, words: list[Word]) -> None:
    parser.inputs = (parser.inputs or []) + words[1:]


def _outputs(parser: _Parser, words: list[Word]) -> None:
    parser.outputs = (parser.outputs or []) + words[1:]


def _names(parser: _Parser, words: list[Word]) -> None:
    if len(words) < 2:
        raise parser.error(".names without a signal", words[0], "the last name is the one defined")
    parser.signals = words[1:]


def _latch(parser: _Parser, words: list[Word]) -> None:
    """``.latch in out [edge clock] [reset]``, told apart by the number of words as in SIS."""
    if not 3 <= len(words) <= 6:
        hint = ".latch input output [type control] [initial value]"
        raise parser.error(f".latch with {len(words) - 1} operands", words[0], hint)
    data, signal, *rest = words[1:]
    edge, clock = rest[:2] if len(rest) > 1 else (None, None)
    reset = rest[-1] if len(rest) % 2 else None
    if edge is not None and edge.text not in _EDGES:
        raise parser.error(f"latch type '{edge.text}'", edge, suggest(edge.text, _EDGES))
    if reset is not None and reset.text not in _RESETS:
        hint = "0, 1, 2 (don't care) or 3 (unknown); a type needs a control after it"
        raise parser.error(f"initial value '{reset.text}'", reset, hint)
    if clock is not None and clock.text == "NIL":
        clock = None
    value = None if reset is None else _RESETS[reset.text]
    parser.registers.append(Register(data, signal, edge, clock, value))


def _subckt(parser: _Parser, words: list[Word]) -> None:
    if len(words) < 2:
        raise parser.error(".subckt without a model", words[0])
    connections = []
    for word in words[2:]:
        formal, equals, actual = word.text.partition("=")
        if not equals or not formal:
            raise parser.error(f"'{word.text}' connects nothing", word, "write port=signal")
        if actual:  # "port=" leaves the port open
            column = word.column + len(formal) + 1
            formal_word = word._replace(text=formal)
            connections.append((formal_word, word._replace(text=actual, column=column)))
    model = words[1].text
    parser.instance_count[model] += 1
    name = f"{model}_{parser.instance_count[model]}"
    parser.instances.append(Instance(words[1], tuple(connections), name))


def _cname(parser: _Parser, words: list[Word]) -> None:
    """Yosys: the name of the cell before; of a table or latch the signal is name enough."""
    if len(words) == 2 and parser.previous == ".subckt":
        parser.instances[-1] = parser.instances[-1]._replace(name=words[1].text)


def _copy(parser: _Parser, words: list[Word]) -> None:
    """Yosys, and ABC's ``.short``: the second signal is the first."""
    if len(words) != 3:
        raise parser.error(f"{words[0].text} with {len(words) - 1} signals", words[0], "two needed")
    parser.tables.append(Table((words[1],), words[2], ("1",)))


def _blackbox(parser: _Parser, words: list[Word]) -> None:
    parser.is_black_box = True


def _end(parser: _Parser, words: list[Word]) -> None:
    parser.end_model()


_READERS: dict[str, Callable[[_Parser, list[Word]], None]] = {
    ".model": _model,
    ".inputs": _inputs,
    ".outputs": _outputs,
    ".names": _names,
    ".latch": _latch,
    ".subckt": _subckt,
    ".cname": _cname,
    ".conn": _copy,
    ".barbuf": _copy,
    ".short": _copy,
    ".blackbox": _blackbox,
    ".end": _end,
}
