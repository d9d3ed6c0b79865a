"""BLIF statements sorted into models: what belongs to one, what is skipped, what is refused."""

from __future__ import annotations

from collections import Counter

from circuits.formats.blif_model import Instance, Model, Register, Table
from circuits.formats.blif_statements import connections, copy, register, statements, table
from circuits.formats.suggest import suggest
from circuits.formats.text import SourceText, Word

_OF_SIS = (".model", ".inputs", ".outputs", ".names", ".latch", ".subckt", ".end")
_OF_OTHERS = (".conn", ".barbuf", ".short", ".cname", ".blackbox")
_READ = (*_OF_SIS, *_OF_OTHERS)

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
network, and the state table that the logic after it implements."""

_REFUSED = {
    ".gate": "make .names of it in ABC: read_genlib, read_blif, strash, write_blif",
    ".gateinit": "make .names of gates in ABC: read_genlib, read_blif, strash, write_blif",
    ".mlatch": "make .latch of it in ABC: read_genlib, read_blif, write_blif",
    ".mv": "this is BLIF-MV; write two-valued BLIF",
    ".table": "this is BLIF-MV; write two-valued BLIF",
}


def parse(source: SourceText) -> list[Model]:
    """The models of a file, in order; the first is the top.

    Raises:
        SourceError: with the place of the first statement that is wrong.
    """
    parser = _Parser(source)
    for words in statements(source):
        parser.take(words)
    parser.end_model()
    if not parser.models:
        raise source.error("there is no circuit in this file", 1)
    return parser.models


class _Parser:
    """Takes statements one by one and collects what the current model consists of."""

    def __init__(self, source: SourceText) -> None:
        self.source = source
        self.models: list[Model] = []
        self._skip_to: tuple[str, ...] = ()
        self._previous = ""
        self._start_model(None)

    def _start_model(self, name: Word | None) -> None:
        """Start afresh; None: the next model's first statement is still to come."""
        self._name = name
        self._inputs: list[Word] | None = None
        self._outputs: list[Word] | None = None
        self._tables: list[Table] = []
        self._registers: list[Register] = []
        self._instances: list[Instance] = []
        self._instance_count: Counter[str] = Counter()  # by model
        self._is_black_box = False
        self._names: list[Word] = []  # the .names statement whose rows follow
        self._rows: list[list[Word]] = []

    def take(self, words: list[Word]) -> None:
        """Take the next statement: a directive, or a row of the table being read."""
        word = words[0]
        if self._skip_to:
            if word.text not in self._skip_to:
                return
            self._skip_to = ()
            if word.text == ".end_kiss":
                return
        if not word.text.startswith("."):
            if not self._names:
                raise self.source.error_at(word, f"'{word.text}' is not a directive")
            self._rows.append(words)
            return
        self._end_table()
        if word.text in _READ:
            self._directive(words)
            self._previous = word.text
        elif word.text in _BLOCKS:
            self._skip_to = _BLOCKS[word.text]
        elif word.text in _REFUSED:
            raise self.source.error_at(word, f"{word.text} is not supported", _REFUSED[word.text])
        elif word.text not in _SKIPPED:
            hint = suggest(word.text, _READ)
            raise self.source.error_at(word, f"unknown directive {word.text}", hint)

    def _directive(self, words: list[Word]) -> None:
        """Take a statement that says something about the model."""
        word, *rest = words
        unnamed = word._replace(text="")
        if self._name is None and word.text not in (".model", ".end"):
            if self.models:
                raise self.source.error_at(
                    word, f"{word.text} outside a model", "start it by .model"
                )
            self._start_model(unnamed)
        match word.text:
            case ".model":
                self.end_model()
                if len(rest) > 1:
                    raise self.source.error_at(rest[1], "a model has one name")
                self._start_model(rest[0] if rest else unnamed)
            case ".inputs":
                self._inputs = (self._inputs or []) + rest
            case ".outputs":
                self._outputs = (self._outputs or []) + rest
            case ".names":
                self._names = words
            case ".latch":
                self._registers.append(register(self.source, words))
            case ".subckt":
                pairs = connections(self.source, words)
                model = rest[0].text
                self._instance_count[model] += 1
                name = f"{model}_{self._instance_count[model]}"
                self._instances.append(Instance(rest[0], pairs, name))
            case ".cname":
                # Yosys names every cell; of a table or latch the signal is name enough.
                if self._previous == ".subckt" and len(rest) == 1:
                    self._instances[-1] = self._instances[-1]._replace(name=rest[0].text)
            case ".blackbox":
                self._is_black_box = True
            case ".end":
                self.end_model()
            case _:
                self._tables.append(copy(self.source, words))

    def _end_table(self) -> None:
        """The table being read, if any, is complete."""
        if self._names:
            self._tables.append(table(self.source, self._names, self._rows))
            self._names, self._rows = [], []

    def end_model(self) -> None:
        """The model being read, if any, is complete."""
        self._end_table()
        if self._name is not None:
            model = Model(
                self._name,
                None if self._inputs is None else tuple(self._inputs),
                None if self._outputs is None else tuple(self._outputs),
                tuple(self._tables),
                tuple(self._registers),
                tuple(self._instances),
                self._is_black_box,
            )
            self.models.append(model)
        self._start_model(None)
