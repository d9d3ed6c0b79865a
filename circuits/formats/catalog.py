"""The formats of one kind of file: which one a file has, and the way to its reader and writer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from circuits.errors import Position, SourceError
from circuits.files import write_whole
from circuits.formats.compression import COMPRESSIONS, compress, decompress
from circuits.formats.suggest import suggest

_HEAD = 1 << 16
"""How many bytes are looked at to tell a format."""


@dataclass(frozen=True, slots=True)
class Format:
    """A file format.

    Attributes:
        endings: of its files' names.
        reader: ``(data: bytes, file: str) -> what is read``, as ``module:function``.
        writer: ``(what is written) -> bytes`` likewise; empty for a format that is only read.
        looks: a pattern that matches somewhere near the start of its files.
    """

    endings: tuple[str, ...]
    reader: str
    writer: str
    looks: str

    def matches(self, data: bytes) -> bool:
        """Whether a file of unknown format may be of this one."""
        return re.search(self.looks.encode(), data[:_HEAD], re.MULTILINE) is not None


class Content(NamedTuple):
    """What is in a file, decompressed, and how to read it.

    Attributes:
        data: the content.
        file: the path, for messages.
        stem: the name of the file without its endings.
        reader: of its format.
    """

    data: bytes
    file: str
    stem: str
    reader: Callable[..., Any]


def _nothing(data: bytes, file: str) -> None:
    """No format is known by sight that cannot be read."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """All formats of one kind of file.

    Attributes:
        kind: what the files hold, for messages: ``circuit``.
        formats: by name; of several that a file may have, the first is taken.
        refuse: raises for the content of files known by sight that cannot be read; it is asked
            before a file is refused for being of no known format.
    """

    kind: str
    formats: Mapping[str, Format]
    refuse: Callable[[bytes, str], None] = _nothing

    def load(self, path: Path, name: str | None) -> Content:
        """The content of a file, decompressed first if it is gzip or xz, and its reader.

        The ending of its name says which format it is, and the content where the ending does not.

        Raises:
            SourceError: there is no such file, or its format is not known.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            message = f"cannot read the file: {error.strerror}"
            raise SourceError(message, Position(str(path)), hint="is the path right?") from None
        data = decompress(data, str(path))
        stem, ending = split_name(path)
        found = self._named(name) if name is not None else self._detect(path, ending, data)
        return Content(data, str(path), stem, _function(found.reader))

    def store(self, thing: object, path: Path, name: str | None) -> None:
        """Write a file, which appears whole or not at all; ``.gz`` and ``.xz`` compress it.

        Raises:
            SourceError: the format is not known or cannot be written, or the file cannot.
            LimitError: the format cannot hold it.
        """
        _, ending = split_name(path)
        found = self._named(name) if name is not None else self._by_ending(path, ending)
        if not found.writer:
            names = [name for name, known in self.formats.items() if known.writer]
            raise SourceError(
                "this format can only be read",
                Position(str(path)),
                hint=f"formats that can be written: {', '.join(names)}",
            )
        data: bytes = _function(found.writer)(thing)
        write_whole(path, compress(data, path.suffix))

    def _named(self, name: str) -> Format:
        if name not in self.formats:
            raise SourceError(f"no {self.kind} format '{name}'", hint=suggest(name, self.formats))
        return self.formats[name]

    def _by_ending(self, path: Path, ending: str) -> Format:
        for known in self.formats.values():
            if ending in known.endings:
                return known
        raise self._unknown(f"the ending names no {self.kind} format", path)

    def _detect(self, path: Path, ending: str, data: bytes) -> Format:
        """By ending where only one format has it, else by content."""
        named = [known for known in self.formats.values() if ending in known.endings]
        if len(named) == 1:
            return named[0]
        for known in named or self.formats.values():
            if known.matches(data):
                return known
        self.refuse(data, str(path))
        raise self._unknown(f"neither name nor content tells the {self.kind} format", path)

    def _unknown(self, message: str, path: Path) -> SourceError:
        known = ", ".join(f"{name} ({' '.join(f.endings)})" for name, f in self.formats.items())
        return SourceError(message, Position(str(path)), hint=f"name the format; known are {known}")


def split_name(path: Path) -> tuple[str, str]:
    """Stem and ending of a file's name, less the ending of a compressed file.

    >>> split_name(Path("folder/adder.v2.AAG.gz"))
    ('adder.v2', '.aag')
    """
    name = Path(path.stem if path.suffix in COMPRESSIONS else path.name)
    return name.stem, name.suffix.lower()


def _function(place: str) -> Callable[..., Any]:
    """Import a reader or a writer at its first use."""
    module, name = place.split(":")
    found: Callable[..., Any] = getattr(import_module(module), name)
    return found
