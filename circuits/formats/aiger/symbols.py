"""The symbol table and the comment at the end of an AIGER file."""

from __future__ import annotations

import re

from circuits.formats.aiger.cursor import Cursor
from circuits.formats.aiger.header import Header

_SYMBOL = re.compile(rb"([ilobcjf])(0|[1-9][0-9]{0,9}) (.*)", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def read_symbols(cursor: Cursor, header: Header) -> dict[str, str]:
    """Names by letter and position, as ``{"i0": "clock"}``; checks the comment, which may follow.

    A name runs to the end of its line, spaces and all, and need not be unique.

    Raises:
        SourceError: a line is neither, or names what does not exist or has a name already.
    """
    names: dict[str, str] = {}
    counts = header.counts
    while cursor.offset < len(cursor.data):
        if _at_comment(cursor, header):
            _check_comment(cursor)
            break
        line = cursor.take_line("a symbol")
        match = _SYMBOL.fullmatch(line)
        if match is None:
            raise cursor.error_at(
                cursor.start,
                "neither a symbol nor a comment",
                "a symbol is 'i0 name' (letters i l o b c j f), a comment starts with a line 'c'",
            )
        letter, position = match[1].decode(), int(match[2])
        if position >= counts[letter]:
            raise cursor.error_at(
                cursor.start + 1,
                f"there is no {letter}{position}: the header counts {counts[letter]}",
                "positions count from 0",
            )
        key = f"{letter}{position}"
        if key in names:
            raise cursor.error_at(
                cursor.start, f"{key} has a name already: {names[key]!r}", "keep one of the two"
            )
        names[key] = _name(cursor, match[3], cursor.start + match.start(3))
    return names


def _at_comment(cursor: Cursor, header: Header) -> bool:
    """Whether the comment starts here: ``c`` and a newline; ``c0 name`` is a constraint's symbol.

    ABC's ``&write`` puts binary data right after the ``c`` instead of a newline.
    """
    if cursor.data[cursor.offset : cursor.offset + 1] != b"c":
        return False
    following = cursor.data[cursor.offset + 1 : cursor.offset + 2]
    return following == b"\n" or (header.binary and not following.isdigit())


def _check_comment(cursor: Cursor) -> None:
    if not cursor.data.endswith(b"\n"):
        raise cursor.error_at(
            len(cursor.data),
            "the comment does not end with a newline",
            "every line ends with a newline; is the file cut off?",
        )


def _name(cursor: Cursor, name: bytes, offset: int) -> str:
    try:
        text = name.decode("utf-8")
    except UnicodeDecodeError as error:
        raise cursor.error_at(
            offset + error.start, "the name is not UTF-8", "rename it, or convert the file"
        ) from None
    control = _CONTROL.search(text)
    if control or not text:
        at = len(text[: control.start()].encode()) if control else 0
        message = "a control character in a name" if control else "an empty name"
        raise cursor.error_at(
            offset + at, message, "names are printable; lines end with a newline alone"
        )
    return text
