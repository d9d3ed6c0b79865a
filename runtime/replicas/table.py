"""The table file of a sweep: CSV whose first line, a comment, says what sweep it is of.

Rows are added at the end, so that what an interrupted sweep leaves is a valid table of its first
runs, but perhaps for a last line without an end, which does not count.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

from circuits.errors import Position, SourceError
from circuits.files import write_whole
from runtime.replicas.row import COLUMNS, Row

_MARK = "# sgdcc sweep "


@dataclass(frozen=True, slots=True)
class Table:
    """The runs of a sweep.

    Attributes:
        facts: the net, the settings, and the version of sgdcc; see `runtime.replicas.sweep`.
        rows: run 0, 1, ... in order.
    """

    facts: Mapping[str, Any]
    rows: tuple[Row, ...]

    def text(self) -> str:
        """What the file of this table holds."""
        return _head(self.facts) + "".join(f"{row.line()}\n" for row in self.rows)


def read_table(path: Path) -> Table:
    """Read a table file; a last line without an end is left out.

    Raises:
        SourceError: it cannot be read, or a line is not of a table: file and line.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror}") from None
    return _parse(data, str(path))


def _parse(data: bytes, name: str) -> Table:
    lines = data.split(b"\n")[:-1]
    if len(lines) < 2:
        raise _damaged(name, 1, "this is no table of a sweep")
    facts = _facts(lines[0], name)
    if lines[1] != ",".join(COLUMNS).encode():
        raise _damaged(name, 2, "the columns of a table are others")
    rows = []
    for number, line in enumerate(lines[2:]):
        try:
            row = Row.parse(line.decode())
            if row.run != number:
                raise ValueError(f"run {row.run} stands where run {number} belongs")
        except ValueError as error:
            raise _damaged(name, number + 3, f"damaged: {error}") from None
        rows.append(row)
    return Table(facts, tuple(rows))


def _facts(line: bytes, name: str) -> Mapping[str, Any]:
    mark = _MARK.encode()
    try:
        facts = json.loads(line.removeprefix(mark)) if line.startswith(mark) else None
    except ValueError:
        facts = None
    if not isinstance(facts, dict) or line != _head(facts).split("\n")[0].encode():
        raise _damaged(name, 1, "the first line of a table says what it is of; this one does not")
    return facts


def _head(facts: Mapping[str, Any]) -> str:
    return f"{_MARK}{json.dumps(facts)}\n{','.join(COLUMNS)}\n"


def _damaged(name: str, line: int, what: str) -> SourceError:
    return SourceError(what, Position(name, line), hint="name another file, or remove this one")


class TableFile:
    """A table file that is being written; it is made when there is something to write.

    Attributes:
        rows: that it held before.

    Raises:
        SourceError: it is of another sweep, damaged, being written by another process, or cannot be
            written.
    """

    def __init__(self, path: Path, facts: Mapping[str, Any]) -> None:
        self.rows: tuple[Row, ...] = ()
        self._path, self._facts = path, facts
        self._file: BinaryIO | None = None
        if path.exists():
            self._open()

    def append(self, rows: Sequence[Row]) -> None:
        """Add rows at the end: all of them, or none where the disk is full."""
        if self._file is None:
            if self._path.exists():
                raise _busy(self._path)
            write_whole(self._path, _head(self._facts).encode())
            self._open()
        assert self._file is not None
        size = self._file.tell()
        try:
            self._file.write("".join(f"{row.line()}\n" for row in rows).encode())
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError:
            self._file.truncate(size)
            raise

    def close(self) -> None:
        """Let others write to it."""
        if self._file is not None:
            self._file.close()

    def _open(self) -> None:
        try:
            self._file = self._path.open("r+b")
        except OSError as error:
            raise SourceError(f"cannot write {self._path}: {error.strerror}") from None
        try:
            self._go_on(self._file)
        except BaseException:
            self._file.close()
            raise

    def _go_on(self, file: BinaryIO) -> None:
        """Read what there is, and stand at the end of its last line."""
        _lock(file, self._path)
        data = file.read()
        table = _parse(data, str(self._path))
        for name in self._facts.keys() | table.facts.keys():
            there, here = table.facts.get(name), self._facts.get(name)
            if there != here:
                raise SourceError(
                    f"a table of another sweep: its {name} is {there}, not {here}",
                    Position(str(self._path), 1),
                    hint="name another file",
                )
        self.rows = table.rows
        file.seek(data.rfind(b"\n") + 1)
        file.truncate()


def _busy(path: Path) -> SourceError:
    return SourceError(f"{path} is being written by another sweep", hint="name another file")


def _lock(file: BinaryIO, path: Path) -> None:
    """Keep two sweeps from writing to one table, where the system can."""
    if find_spec("fcntl") is None:
        return
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _busy(path) from None
    except OSError:  # a file system without locks
        return
