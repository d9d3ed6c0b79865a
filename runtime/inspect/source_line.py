"""The text of a line of a source."""

from __future__ import annotations

from pathlib import Path

from circuits.errors import SgdccError
from circuits.formats import FORMATS
from circuits.formats.catalog import split_name
from circuits.formats.compression import decompress
from circuits.machines.formats import MACHINE_FORMATS


def line_of(source: str, line: int, folder: Path | None) -> str:
    """A line, if the file is still there and is text; else "".

    Only files named like circuits and machines are read: a net file may come from anybody, and
    name any file.

    Args:
        source: the file, as it was named.
        line: counted from 1.
        folder: where else to look for it.
    """
    known = {end for form in (*FORMATS.values(), *MACHINE_FORMATS.values()) for end in form.endings}
    path = Path(source)
    if split_name(path)[1] not in known:
        return ""
    for place in (path, *([folder / path.name] if folder is not None else [])):
        try:
            lines = decompress(place.read_bytes(), str(place)).decode().splitlines()
        except (OSError, SgdccError, UnicodeDecodeError):
            continue
        return lines[line - 1].strip() if line <= len(lines) else ""
    return ""
