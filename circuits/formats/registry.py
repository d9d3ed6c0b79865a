"""Which formats there are, and how to tell which one a file has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from circuits.circuit import Circuit
from circuits.formats.catalog import Catalog
from circuits.formats.catalog import Format as Format

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


_CIRCUITS = Catalog("circuit", FORMATS)


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
    content = _CIRCUITS.load(Path(path), format)
    circuit: Circuit = content.reader(content.data, content.file)
    return circuit if circuit.name else replace(circuit, name=content.stem)


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
    _CIRCUITS.store(circuit, Path(path), format)
