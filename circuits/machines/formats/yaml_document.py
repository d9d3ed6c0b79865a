"""YAML as a tree whose scalars are text and whose nodes know their line and column.

PyYAML composes the tree and resolves nothing else: numbers stay as they are written, a list may be
a key, and a repeated key is seen. turingmachine.io wraps its files: the machine is then the text
under ``source code``, and places in it are counted in the file around it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode

from circuits.errors import SourceError
from circuits.formats.suggest import suggest
from circuits.formats.text import SourceText

MOST_NESTED = 32
"""Levels of a document; a machine has five."""

_TAG = "tag:yaml.org,2002:"
_TAGS = {_TAG + name for name in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq")}
_VALUE = {"=": _TAG + "value"}

_Locate = Callable[[int, int], tuple[int, int]]
"""Line and column of a YAML text, from 0, to those of the file, from 1."""


class Field(NamedTuple):
    """A key of a mapping and what it stands for."""

    key: ScalarNode
    value: Node


@dataclass(frozen=True)
class Document:
    """A document, and where its nodes are in the file.

    Attributes:
        source: the file.
        root: the node of the whole.
        locate: where in the file a line and column of the document are.
    """

    source: SourceText
    root: Node
    locate: _Locate

    def place(self, node: Node) -> tuple[int, int]:
        """Line and column, from 1, where a node starts."""
        return self.locate(node.start_mark.line, node.start_mark.column)

    def error(self, node: Node, message: str, hint: str = "") -> SourceError:
        """The error about a node, to be raised by the caller."""
        return self.source.error(message, *self.place(node), hint=hint)

    def warn(self, node: Node, message: str, hint: str = "") -> None:
        """Say that a node is odd, and go on."""
        self.source.warn(message, *self.place(node), hint=hint)

    def line(self, node: Node) -> int:
        """The line where a node starts."""
        return self.place(node)[0]

    def pairs(self, node: Node, what: str) -> Iterator[tuple[Node, Node]]:
        """Keys and values of a mapping; ``what`` says what it should be, should it not be one."""
        if not isinstance(node, MappingNode):
            raise self.error(node, f"{_kind(node)} where {what} belongs")
        for key, value in node.value:
            if isinstance(key, ScalarNode) and key.tag == f"{_TAG}merge":
                raise self.error(key, "merging by '<<' is not read", "write the entries out")
            yield key, value

    def fields(self, node: Node, what: str) -> dict[str, Field]:
        """The fields of a mapping by name.

        Raises:
            SourceError: it is no mapping, or a key is no text or is given twice.
        """
        fields: dict[str, Field] = {}
        for key, value in self.pairs(node, what):
            name = self.text(key, "a key")
            if name in fields:
                first = self.line(fields[name].key)
                raise self.error(key, f"'{name}' again; it is first on line {first}", "keep one")
            assert isinstance(key, ScalarNode)
            fields[name] = Field(key, value)
        return fields

    def text(self, node: Node, what: str) -> str:
        """The text of a scalar as it is written, less quotes.

        Raises:
            SourceError: it is none, or one without a value (``~``), which needs quotes.
        """
        if not isinstance(node, ScalarNode):
            raise self.error(node, f"{_kind(node)} where {what} belongs")
        if node.tag not in _TAGS and node.tag != _VALUE.get(node.value):
            raise self.error(node, f"the tag {node.tag} is not read")
        if is_null(node):
            shown = f"'{node.value}', which is YAML for nothing," if node.value else "nothing"
            raise self.error(node, f"{shown} where {what} belongs", "put it into quotes")
        text: str = node.value
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise self.error(node, "half a surrogate pair is no character")
        return text


def is_null(node: Node) -> bool:
    """Whether there is no value: nothing at all, ``~`` or ``null`` without quotes."""
    return isinstance(node, ScalarNode) and node.tag == f"{_TAG}null"


def _kind(node: Node) -> str:
    if isinstance(node, MappingNode):
        return "a mapping"
    return "a text" if isinstance(node, ScalarNode) else "a list"


def open_document(source: SourceText) -> tuple[Document, str]:
    """The machine's document, unwrapped if the file wraps it, and the name that the file gives it.

    Raises:
        SourceError: not YAML, with the place.
    """
    around = Document(source, _compose(source, source.text, _plainly), _plainly)
    if not isinstance(around.root, MappingNode):
        return around, ""
    keys = [key.value for key, _ in around.root.value if isinstance(key, ScalarNode)]
    if "source code" not in keys:
        return around, ""
    fields = around.fields(around.root, "a machine")
    code = fields["source code"].value
    text = around.text(code, "a machine in YAML")
    name = around.text(fields["name"].value, "a name") if "name" in fields else ""
    locate = _within(source, code, text)
    return Document(source, _compose(source, text, locate), locate), name


def _plainly(line: int, column: int) -> tuple[int, int]:
    return line + 1, column + 1


def _within(source: SourceText, code: Node, text: str) -> _Locate:
    """Places of a document that is itself a scalar of the file.

    A block keeps its lines, all of them indented alike. Of another scalar only the start is known.
    """
    start, first = _plainly(code.start_mark.line, code.start_mark.column)
    inner = text.split("\n")
    outer = source.lines[start : start + len(inner)]
    indents = {
        len(whole) - len(line) if whole.endswith(line) else -1
        for whole, line in zip(outer, inner, strict=False)
        if line.strip()
    }
    if not isinstance(code, ScalarNode) or code.style != "|" or len(indents) != 1 or -1 in indents:
        return lambda line, column: (start, first)
    (indent,) = indents
    return lambda line, column: (start + line + 1, indent + column + 1)


class _Loader(yaml.SafeLoader):
    """Composes nodes, not too deep: PyYAML calls itself once a level."""

    _depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        self._depth += 1
        if self._depth > MOST_NESTED:
            message = f"more than {MOST_NESTED} levels"
            mark = parent.start_mark if parent is not None else None
            raise yaml.composer.ComposerError(None, None, message, mark)
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def _compose(source: SourceText, text: str, locate: _Locate) -> Node:
    """The tree of a text."""
    try:
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
        except (ValueError, OverflowError):  # chr and int of what the text says
            mark = loader.get_mark()
            place = locate(mark.line, mark.column)
            raise source.error("not YAML: a character that does not exist", *place) from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        place = locate(before.count("\n"), len(before) - (before.rfind("\n") + 1))
        message = f"character U+{int(error.character):04X}, which YAML refuses"
        raise source.error(message, *place) from None
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(source, error, locate) from None
    if root is None:
        raise source.error("there is no machine in this file", 1)
    return root


def _syntax_error(source: SourceText, error: yaml.MarkedYAMLError, locate: _Locate) -> SourceError:
    """What PyYAML says, where it says it."""
    mark = error.problem_mark or error.context_mark
    line, column = locate(mark.line, mark.column) if mark is not None else (1, 0)
    context = f" {error.context}:" if error.context else ""
    tab = "\\t" in str(error.problem)
    hint = "indent by blanks, not by tabs" if tab else "a symbol like * ! # & : ' needs quotes"
    return source.error(f"not YAML:{context} {error.problem}", line, column, hint=hint)


def unknown(name: str, known: dict[str, Field]) -> str:
    """The hint about a name that is not a key."""
    return suggest(name, known) if known else "there are none"
