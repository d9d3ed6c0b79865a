"""A text file on the way in: its lines, its words with their columns, its errors with a place."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from circuits.errors import Position, SourceError, SourceWarning


class Word(NamedTuple):
    """A run of non-blank characters and where it starts (from 1)."""

    text: str
    line: int
    column: int


@dataclass(frozen=True)
class SourceText:
    """The text of a source file, kept so that an error can show the line that it is about."""

    text: str
    file: str = ""

    @classmethod
    def decode(cls, data: bytes, file: str) -> SourceText:
        """Decode UTF-8, refusing anything else at its line and column."""
        try:
            return cls(data.decode("utf-8"), file)
        except UnicodeDecodeError as error:
            before = data[: error.start]
            line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
            raise SourceError(
                f"byte 0x{data[error.start]:02x} is not text",
                Position(file, line, column),
                hint="this format is a text format; is the file of another format or compressed?",
            ) from None

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines, without their ends; line n is ``lines[n - 1]``."""
        return tuple(line.removesuffix("\r") for line in self.text.split("\n"))

    def words(self, line: int, comment: str = "") -> list[Word]:
        """The words of a line (from 1), up to the comment character if there is one."""
        text = self.lines[line - 1]
        if comment:
            text = text.split(comment, 1)[0]
        return [Word(m[0], line, m.start() + 1) for m in re.finditer(r"\S+", text)]

    def error(self, message: str, line: int, column: int = 0, *, hint: str = "") -> SourceError:
        """The error for this place, to be raised by the caller."""
        shown = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        return SourceError(message, Position(self.file, line, column), hint=hint, text=shown)

    def error_at(self, word: Word, message: str, hint: str = "") -> SourceError:
        """The error about a word, to be raised by the caller."""
        return self.error(message, word.line, word.column, hint=hint)

    def warn(self, message: str, line: int, column: int = 0, *, hint: str = "") -> None:
        """Say that this place is odd, and go on."""
        said = self.error(message, line, column, hint=hint)
        warnings.warn(str(said), SourceWarning, stacklevel=2)
