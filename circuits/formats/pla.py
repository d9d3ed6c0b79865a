"""PLA, espresso's two-level format: cubes of inputs, and what each says about every output.

    .i 2
    .o 2
    .ilb x y
    .ob both either
    11 11
    1- 01
    -1 01
    .e

A cube is as many characters as there are inputs and outputs; blanks, ``|`` and line ends between
them mean nothing. Inputs are 0, 1 or either (``-``, also 2 and ``~``). Outputs are 1 (also 4) for
the on-set, 0 for the off-set, ``-`` (also 2) for don't care, ``~`` (also 3) for nothing at all.
``.type`` says which of those sets are listed: f, fd (the default), fr or fdr. Where the off-set is
not listed, 0 means nothing; where it is, no cube of it may meet one of the on-set.

An output is the OR of its on-set cubes, so 0 wherever the file leaves a choice.

Source: espresso(5), Berkeley; ABC refuses cubes that run over several lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

from circuits.builder import Builder
from circuits.circuit import Circuit
from circuits.formats.covers import build_cube
from circuits.formats.pla_writer import write_pla
from circuits.formats.suggest import suggest
from circuits.formats.text import SourceText, Word

__all__ = ["read_pla", "write_pla"]

_INPUT = {"0": "0", "1": "1", "-": "-", "2": "-", "~": "-"}
_OUTPUT = {"0": "0", "1": "1", "4": "1", "-": "-", "2": "-", "~": "~", "3": "~"}
_SIZE = re.compile(r"[0-9]{1,6}")
_TYPES = ("f", "fd", "fr", "fdr")
_KNOWN = (".i", ".o", ".ilb", ".ob", ".p", ".type", ".e", ".end")
_REFUSED = {
    ".mv": "write a two-valued PLA",
    ".symbolic": "write a two-valued PLA",
    ".symbolic-output": "write a two-valued PLA",
    ".kiss": "this is a state machine; assign states and write a PLA of its logic",
    ".phase": "write every output in its positive phase",
    ".pair": "write every input as a column of its own",
}


class _Cube(NamedTuple):
    inputs: str
    outputs: str
    line: int
    column: int


def read_pla(data: bytes, file: str = "") -> Circuit:
    """The combinational circuit of a PLA file.

    Raises:
        SourceError: with the place of what is wrong.
    """
    source = SourceText.decode(data, file)
    parser = _Parser(source)
    parser.read()
    output_names = parser.output_names()
    if "r" in parser.type:
        _check_disjoint(source, parser.cubes, output_names)
    builder = Builder(source=file)
    operands = [builder.input(name) for name in parser.input_names()]
    on_sets: list[list[int]] = [[] for _ in range(parser.outputs)]
    for cube in parser.cubes:
        if "1" not in cube.outputs:
            continue
        builder.line = cube.line
        literal = build_cube(builder, operands, cube.inputs)
        for on_set, value in zip(on_sets, cube.outputs, strict=True):
            if value == "1":
                on_set.append(literal)
    builder.line = 0
    for name, on_set in zip(output_names, on_sets, strict=True):
        builder.output(name, builder.or_(*on_set))
    return builder.build()


class _Parser:
    """Takes a file line by line; its sizes are -1 until they are known."""

    def __init__(self, source: SourceText) -> None:
        self.source = source
        self.inputs = -1
        self.outputs = -1
        self.type = "fd"
        self.names: dict[str, list[Word]] = {}
        self.cubes: list[_Cube] = []
        self._cube = ""
        self._start = (0, 0)

    def read(self) -> None:
        """Read the whole file."""
        for line in range(1, len(self.source.lines) + 1):
            words = self.source.words(line, "#")
            if not words:
                continue
            if not words[0].text.startswith("."):
                for word in words:
                    self._characters(word)
                continue
            self._check_complete()
            if words[0].text in (".e", ".end"):
                break
            self._directive(*words)
        self._check_complete()
        if self.inputs < 0 or self.outputs < 0:
            raise self.source.error("there is no .i or no .o", 1, hint="they give the two sizes")

    def input_names(self) -> list[str]:
        """The names of ``.ilb``, or x0, x1, ..."""
        return self._names(".ilb", self.inputs, "x")

    def output_names(self) -> list[str]:
        """The names of ``.ob``, or y0, y1, ..."""
        return self._names(".ob", self.outputs, "y")

    def _names(self, directive: str, count: int, default: str) -> list[str]:
        words = self.names.get(directive)
        if words is None:
            return [f"{default}{i}" for i in range(count)]
        if len(words) != count + 1:
            message = f"{directive} gives {len(words) - 1} of {count} names"
            raise self.source.error_at(words[0], message)
        first = {word.text: word for word in reversed(words)}
        for word in words:
            if first[word.text] is not word:
                raise self.source.error_at(word, f"name '{word.text}' is given twice")
        return [word.text for word in words[1:]]

    def _directive(self, word: Word, *rest: Word) -> None:
        text = word.text
        if text in _REFUSED:
            raise self.source.error_at(word, f"{text} is not supported", _REFUSED[text])
        if text not in _KNOWN:
            raise self.source.error_at(word, f"unknown directive {text}", suggest(text, _KNOWN))
        if text in self.names:
            raise self.source.error_at(word, f"{text} is given twice")
        self.names[text] = [word, *rest]
        if text == ".i":
            self.inputs = self._size(word, *rest)
        elif text == ".o":
            self.outputs = self._size(word, *rest)
        elif text == ".type":
            if len(rest) != 1 or rest[0].text not in _TYPES:
                at = rest[0] if rest else word
                raise self.source.error_at(at, f"the type is one of {', '.join(_TYPES)}")
            self.type = rest[0].text

    def _size(self, word: Word, *rest: Word) -> int:
        if len(rest) != 1 or not _SIZE.fullmatch(rest[0].text):
            at = rest[0] if rest else word
            raise self.source.error_at(at, f"{word.text} takes one number below 1,000,000")
        return int(rest[0].text)

    def _characters(self, word: Word) -> None:
        """Add a run of characters to the cube being read."""
        width = self.inputs + self.outputs
        if self.inputs < 0 or self.outputs < 0 or not width:
            hint = "give .i and .o first, not both 0"
            raise self.source.error_at(word, "a cube before its size", hint)
        for offset, c in enumerate(word.text):
            if c == "|":
                continue
            if not self._cube:
                self._start = (word.line, word.column + offset)
            known = _INPUT if len(self._cube) < self.inputs else _OUTPUT
            if c not in known:
                part = "input" if known is _INPUT else "output"
                at = word._replace(column=word.column + offset)
                raise self.source.error_at(at, f"'{c}' for an {part} of a cube", suggest(c, known))
            self._cube += known[c]
            if len(self._cube) == width:
                inputs, outputs = self._cube[: self.inputs], self._cube[self.inputs :]
                self.cubes.append(_Cube(inputs, outputs, *self._start))
                self._cube = ""

    def _check_complete(self) -> None:
        """Refuse to leave a cube unfinished."""
        if self._cube:
            raise self.source.error(
                f"a cube of {len(self._cube)} of {self.inputs + self.outputs} characters",
                *self._start,
                hint=f"it has {self.inputs} for inputs and {self.outputs} for outputs",
            )


def _check_disjoint(source: SourceText, cubes: Sequence[_Cube], names: Sequence[str]) -> None:
    """Refuse an off-set that meets the on-set."""
    for first, second in combinations(cubes, 2):
        clash = _opposite(first.outputs, second.outputs)
        if clash is not None and _opposite(first.inputs, second.inputs) is None:
            raise source.error(
                f"output {names[clash]} is both 0 and 1, by the cube of line {first.line}",
                second.line,
                second.column,
                hint="with .type fr or fdr a 0 means 0; elsewhere it means nothing",
            )


def _opposite(first: str, second: str) -> int | None:
    """The first column in which one has 0 and the other 1."""
    pairs = zip(first, second, strict=True)
    return next((i for i, pair in enumerate(pairs) if pair in (("0", "1"), ("1", "0"))), None)
