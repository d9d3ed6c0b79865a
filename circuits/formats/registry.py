"""Which formats there are, and how to tell which one a file has."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from circuits.circuit import Circuit
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
        reader: ``(data: bytes, file: str) -> Circuit``, as ``module:function``.
        writer: ``(circuit) -> bytes`` likewise; empty for a format that is only read.
        looks: a pattern that matches somewhere near the start of its files.
    """

    endings: tuple[str, ...]
    reader: str
    writer: str
    looks: str

    def matches(self, data: bytes) -> bool:
        """Whether a file of unknown format may be of this one."""
        return re.search(self.looks.encode(), data[:_HEAD], re.MULTILINE) is not None


FORMATS: Mapping[str, Format] = {
    "aag": Format(
        (".aag",),
        "circuits.formats.aiger:read_aiger",
        "circuits.formats.aiger:write_aiger_ascii",
        r"\Aaag ",
    ),
    "aig": Format(
        (".aig",),
        "circuits.formats.aiger:read_aiger",
        "circuits.formats.aiger:write_aiger_binary",
        r"\Aaig ",
    ),
    "blif": Format(
        (".blif",),
        "circuits.formats.blif:read_blif",
        "circuits.formats.blif:write_blif",
        r"^\.(model|inputs|outputs|names)\b",
    ),
    "bench": Format(
        (".bench",),
        "circuits.formats.bench:read_bench",
        "circuits.formats.bench:write_bench",
        r"^[ \t]*(INPUT|OUTPUT)\s*\(",
    ),
    "pla": Format(
        (".pla",),
        "circuits.formats.pla:read_pla",
        "circuits.formats.pla:write_pla",
        r"^[ \t]*\.i\s+\d",
    ),
    "bristol": Format(
        (".bristol", ".txt"),
        "circuits.formats.bristol:read_bristol",
        "circuits.formats.bristol:write_bristol",
        r"\A\s*\d+\s+\d+\s*$",
    ),
    "bristol-old": Format(  # read_bristol tells the two apart
        (".bristol-old",),
        "circuits.formats.bristol:read_bristol",
        "circuits.formats.bristol:write_bristol_old",
        r"\A\s*\d+\s+\d+\s*$",
    ),
    "truth": Format(
        (".truth", ".txt"),
        "circuits.formats.truth:read_truth",
        "circuits.formats.truth:write_truth",
        r"\A(?:[ \t]*(?:#.*)?\r?\n)*(?:inputs\b|(?:\S+ *= *)?(?:0x[0-9a-fA-F]+|[01]+)\s*$)",
    ),
    "verilog": Format(
        (".v", ".sv"),
        "circuits.formats.verilog:read_verilog",
        "",
        r"^[ \t]*module\s+[A-Za-z_\\]",
    ),
}
"""All formats by name; of several that a file may have, the first is taken."""


def read_circuit(path: str | Path, format: str | None = None) -> Circuit:  # noqa: A002 plain word
    """Read a circuit from a file, decompressed first if it is gzip or xz.

    The ending of the name says which format it is, and the content where the ending does not. A
    circuit without a name of its own is called like the file.

    Args:
        path: the file.
        format: a name in `FORMATS`, should the file not tell.

    Raises:
        SourceError: there is no such file, its format is not known, or it is malformed.
        LimitError: the format has something that circuits cannot hold.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"cannot read the file: {error.strerror}"
        raise SourceError(message, Position(str(path)), hint="is the path right?") from None
    data = decompress(data, str(path))
    stem, ending = _split(path)
    found = _named(format) if format is not None else _detect(path, ending, data)
    circuit: Circuit = _function(found.reader)(data, str(path))
    return circuit if circuit.name else replace(circuit, name=stem)


def write_circuit(
    circuit: Circuit,
    path: str | Path,
    format: str | None = None,  # noqa: A002 plain word
) -> None:
    """Write a circuit to a file, which appears whole or not at all.

    Args:
        circuit: any circuit.
        path: the file; its ending says which format, and ``.gz`` or ``.xz`` compresses it.
        format: a name in `FORMATS`, should the ending not say.

    Raises:
        SourceError: the format is not known or cannot be written, or the file cannot.
        LimitError: the format cannot hold the circuit.
    """
    path = Path(path)
    _, ending = _split(path)
    found = _named(format) if format is not None else _by_ending(path, ending)
    if not found.writer:
        names = [name for name, known in FORMATS.items() if known.writer]
        raise SourceError(
            "this format can only be read",
            Position(str(path)),
            hint=f"formats that can be written: {', '.join(names)}",
        )
    data: bytes = _function(found.writer)(circuit)
    write_whole(path, compress(data, path.suffix))


def _split(path: Path) -> tuple[str, str]:
    """Stem and ending of a file's name, less the ending of a compressed file."""
    name = Path(path.stem if path.suffix in COMPRESSIONS else path.name)
    return name.stem, name.suffix.lower()


def _named(name: str) -> Format:
    if name not in FORMATS:
        raise SourceError(f"no circuit format '{name}'", hint=suggest(name, FORMATS))
    return FORMATS[name]


def _by_ending(path: Path, ending: str) -> Format:
    for known in FORMATS.values():
        if ending in known.endings:
            return known
    raise _unknown("the ending names no circuit format", path)


def _detect(path: Path, ending: str, data: bytes) -> Format:
    """By ending where only one format has it, else by content."""
    named = [known for known in FORMATS.values() if ending in known.endings]
    if len(named) == 1:
        return named[0]
    for known in named or FORMATS.values():
        if known.matches(data):
            return known
    raise _unknown("neither name nor content tells the circuit format", path)


def _unknown(message: str, path: Path) -> SourceError:
    known = ", ".join(f"{name} ({' '.join(f.endings)})" for name, f in FORMATS.items())
    return SourceError(message, Position(str(path)), hint=f"name the format; known are {known}")


def _function(place: str) -> Callable[..., Any]:
    """Import a reader or a writer at its first use."""
    module, name = place.split(":")
    found: Callable[..., Any] = getattr(import_module(module), name)
    return found
