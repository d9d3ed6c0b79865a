"""A place in the bytes of an AIGER file: takes lines of numbers, and says where one is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass

from circuits.errors import Position, SourceError

# Ten digits hold every literal that a header may allow; longer ones are no numbers to us.
_NUMBER = rb"(?:0|[1-9][0-9]{0,9})"
_NUMBERS = re.compile(_NUMBER + rb"(?: " + _NUMBER + rb")*")
_GOOD_PREFIX = re.compile(rb"(?:" + _NUMBER + rb" )*")

_COUNTS = "do the counts in the header agree with the sections?"


@dataclass(slots=True)
class Cursor:
    """Reads ``data`` from front to back.

    Attributes:
        offset: of the next byte.
        start: offset of the line last taken.
        line: number of the line last taken, from 1; of no use after the gates of a binary file,
            which may contain newlines.
    """

    data: bytes
    file: str
    offset: int = 0
    start: int = 0
    line: int = 0

    def take_line(self, what: str) -> bytes:
        """The next line without its newline; ``what`` names it should it be missing."""
        end = self.data.find(b"\n", self.offset)
        if end < 0 and self.offset < len(self.data):
            raise self.error_at(
                len(self.data),
                f"the file ends inside the line of {what}",
                "every line ends with a newline; is the file cut off?",
            )
        if end < 0:
            raise self.error_at(
                len(self.data),
                f"the file ends before the line of {what}",
                "is the file cut off, or a count in the header too large?",
            )
        self.start, self.offset = self.offset, end + 1
        self.line += 1
        return self.data[self.start : end]

    def take_numbers(self, what: str, fields: str, least: int, most: int) -> list[int]:
        """The numbers of the next line, which says ``fields``, between ``least`` and ``most``."""
        line = self.take_line(what)
        if _NUMBERS.fullmatch(line) is None:
            raise self._malformed(line)
        numbers = line.split(b" ")
        if not least <= len(numbers) <= most:
            raise self.error_at(
                self.start + len(line),
                f"the line of {what} is '{fields}', but has {len(numbers)} "
                + ("number" if len(numbers) == 1 else "numbers"),
                _COUNTS if self.line > 1 else "trailing zeros after A may be left out",
            )
        return list(map(int, numbers))

    def error(self, line: int, field: int, message: str, hint: str) -> SourceError:
        """The error about field ``field`` (from 0) of an earlier line."""
        lines = self.data.split(b"\n", line)
        starts = [match.start() for match in re.finditer(rb"\S+", lines[line - 1])]
        before = sum(len(text) + 1 for text in lines[: line - 1])
        return self.error_at(before + starts[field], message, hint)

    def error_at(self, offset: int, message: str, hint: str) -> SourceError:
        """The error about the byte at ``offset``."""
        begin = self.data.rfind(b"\n", 0, offset) + 1
        end = self.data.find(b"\n", offset)
        line = self.data.count(b"\n", 0, begin) + 1
        column = len(_readable(self.data[begin:offset])) + 1
        text = _readable(self.data[begin : end if end >= 0 else None].removesuffix(b"\r"))
        return SourceError(message, Position(self.file, line, column), hint=hint, text=text)

    def _malformed(self, line: bytes) -> SourceError:
        """What keeps a line from being numbers with one space between them."""
        good = _GOOD_PREFIX.match(line)
        at = good.end() if good else 0
        rest = line[at:]
        digits = len(rest) - len(rest.lstrip(b"0123456789"))
        hint = "numbers are separated by exactly one space, and nothing follows the last"
        if line.endswith(b"\r"):
            at, message = len(line) - 1, "the line ends with a carriage return"
            hint = "AIGER lines end with a newline alone; convert the line ends"
        elif not line:
            message, hint = "the line is empty", _COUNTS
        elif not rest:
            at, message = len(line) - 1, "the line ends with a space"
        elif digits > 1 and rest.startswith(b"0"):
            message, hint = "a number has leading zeros", "write it without them"
        elif digits > 10:
            message, hint = f"a number of {digits} digits", "no literal needs more than 10"
        elif digits:
            at, message = at + digits, f"{_first_word(rest[digits:])} after a number"
        else:
            message = f"expected a number, found {_first_word(rest)}"
            hint = _COUNTS if self.line > 1 and not at else hint
        return self.error_at(self.start + at, message, hint)


def _first_word(text: bytes) -> str:
    """The first character or word of a text, in quotes."""
    found = re.match(rb"[!-~]+|.", text, re.DOTALL)
    return repr(found[0].decode("utf-8", "replace")) if found else "nothing"


def _readable(text: bytes) -> str:
    """Text for an error message: what cannot be printed becomes a replacement character."""
    decoded = text.decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in decoded)
