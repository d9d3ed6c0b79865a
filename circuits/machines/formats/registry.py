"""Which formats of machines there are, and how to tell a machine's file from a circuit's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from circuits.formats.catalog import Catalog, Format, split_name
from circuits.machines.formats.foreign import refuse_foreign
from circuits.machines.machine import Machine

_FORMATS = "circuits.machines.formats"

MACHINE_FORMATS: Mapping[str, Format] = {
    "bb": Format(
        (".bb",),
        f"{_FORMATS}.bb:read_bb",
        f"{_FORMATS}.bb:write_bb",
        r"\A(?:\s|#.*)*+(?:[0-9][LR][A-Z]|---|\.\.\.)+(?:[_\s]|\Z)",
    ),
    "yaml": Format(
        (".yaml", ".yml"),
        f"{_FORMATS}.yaml_machine:read_yaml",
        f"{_FORMATS}.yaml_machine:write_yaml",
        r"^[ \t]*(?:source code|start state)[ \t]*:",
    ),
    "tm": Format(
        (".tm",),
        f"{_FORMATS}.tm:read_tm",
        f"{_FORMATS}.tm:write_tm",
        r"^[ \t]*[^\s;]+[ \t]+[^\s;][ \t]+[^\s;][ \t]+[lrudsLRUDS*][ \t]+[^\s;]+",
    ),
    "turmite": Format(
        (".turmite",),
        f"{_FORMATS}.turmite:read_turmite",
        f"{_FORMATS}.turmite:write_turmite",
        r"\A(?:\s|#.*)*+(?:\{\s*\{\s*\{|[RLNU]+\s*\Z)",
    ),
}
"""All formats of machines by name; of several that a file may have, the first is taken."""

_MACHINES = Catalog("machine", MACHINE_FORMATS, refuse_foreign)


def is_machine_file(path: str | Path, format: str | None = None) -> bool:  # noqa: A002 plain word
    """Whether a file is a machine's, by the name of its format if given, else by its ending.

    No circuit format has an ending or a name of these; the content is not looked at.

    >>> is_machine_file("beaver.bb"), is_machine_file("beaver.tm.gz"), is_machine_file("adder.aag")
    (True, True, False)
    >>> is_machine_file("beaver.txt"), is_machine_file("beaver.txt", "tm")
    (False, True)
    """
    if format is not None:
        return format in MACHINE_FORMATS
    _, ending = split_name(Path(path))
    return any(ending in known.endings for known in MACHINE_FORMATS.values())


def read_machine(
    path: str | Path,
    format: str | None = None,  # noqa: A002 plain word
    *,
    start: str | None = None,
) -> Machine:
    """Read a machine from a file, decompressed first if it is gzip or xz.

    The ending of the name says which format it is, and the content where the ending does not. A
    machine without a name of its own is called like the file.

    Args:
        path: the file.
        format: a name in `MACHINE_FORMATS`, should the file not tell.
        start: a state to start in instead of the one that the file says.

    Raises:
        SourceError: there is no such file, its format is not known, it is malformed, or it has no
            such state.
        LimitError: its table is too large.
    """
    content = _MACHINES.load(Path(path), format)
    machine: Machine = content.reader(content.data, content.file, start=start)
    return machine if machine.name else replace(machine, name=content.stem)


def write_machine(
    machine: Machine,
    path: str | Path,
    format: str | None = None,  # noqa: A002 plain word
) -> None:
    """Write a machine to a file, which appears whole or not at all.

    What is read back does the same in as many steps; states and symbols may have other names.

    Args:
        machine: any machine.
        path: the file; its ending says which format, and ``.gz`` or ``.xz`` compresses it.
        format: a name in `MACHINE_FORMATS`, should the ending not say.

    Raises:
        SourceError: the format is not known, or the file cannot be written.
        LimitError: the format cannot hold the machine.
    """
    _MACHINES.store(machine, Path(path), format)
