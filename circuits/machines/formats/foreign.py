"""Files of machines in formats that are not read, refused by name rather than by their syntax."""

from __future__ import annotations

import re
from typing import NamedTuple

from circuits.formats.text import SourceText

_SUPPORTED = "read are bb, yaml, tm and turmite: one head, one tape or plane, one entry at a time"


class _Foreign(NamedTuple):
    """What a kind of file is called, and patterns that are all found in it."""

    name: str
    patterns: tuple[str, ...]


_FOREIGN = (
    _Foreign("a JFLAP file", (r"<structure\b",)),
    _Foreign("a file of turingmachinesimulator.com", (r"^init[ \t]*:", r"^accept[ \t]*:")),
    _Foreign("YAML of Doty's automata simulator", (r"^states[ \t]*:", r"^delta[ \t]*:")),
)


def open_text(data: bytes, file: str) -> SourceText:
    """The text of a machine's file, without a byte order mark.

    Raises:
        SourceError: not UTF-8, or a file of JFLAP, turingmachinesimulator.com or Doty's simulator;
            all three have machines of several tapes or several entries for one symbol.
    """
    source = SourceText.decode(data.removeprefix(b"\xef\xbb\xbf"), file)
    for name, patterns in _FOREIGN:
        found = [re.search(pattern, source.text, re.MULTILINE) for pattern in patterns]
        if found[0] is not None and None not in found:
            line = source.text.count("\n", 0, found[0].start()) + 1
            raise source.error(f"{name}, which is not read", line, hint=_SUPPORTED)
    return source


def refuse_foreign(data: bytes, file: str) -> None:
    """Refuse what `open_text` refuses by name; say nothing of anything else that is text."""
    open_text(data.decode("utf-8", "replace").encode(), file)
