"""The text of a line of a source."""

from __future__ import annotations

from pathlib import Path

from circuits.errors import SgdccError
from circuits.formats import FORMATS
from circuits.formats.catalog import split_name
from circuits.formats.compression import decompress
from circuits.machines.formats import MACHINE_FORMATS


def is_named_like_a_source(path: Path) -> bool:
    """Whether a file is called like one of a circuit or a machine.

    Others are not read: a net file may come from anybody, and name any file.
    """
    known = {end for form in (*FORMATS.values(), *MACHINE_FORMATS.values()) for end in form.endings}
    return split_name(path)[1] in known


def line_of(source: str, line: int, folder: Path | None) -> str:
    """A line, if the file is still there and is text; else "".

    Only files that `is_named_like_a_source` are read.

    Args:
        source: the file, as it was named.
        line: counted from 1.
        folder: where else to look for it.
    """
    path = Path(source)
    if not is_named_like_a_source(path):
        return ""
    for place in (path, *([folder / path.name] if folder is not None else [])):
        try:
            lines = decompress(place.read_bytes(), str(place)).decode().splitlines()
        except (OSError, SgdccError, UnicodeDecodeError):
            continue
        return lines[line - 1].strip() if line <= len(lines) else ""
    return ""
