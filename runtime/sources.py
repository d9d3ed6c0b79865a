"""What a person may name: a net file, a circuit file, a machine's file, or something built in."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from circuits.circuit import Circuit
from circuits.errors import SourceError
from circuits.learner import Learner
from circuits.machines.machine import Machine
from compiler.net import Net
from compiler.netfile import ENDING, is_net_file, load_net

BUILTIN = "builtin:"
"""Prefix of built-in sources: ``builtin:parity:bits=32``."""

Source: TypeAlias = Circuit | Learner | Machine
"""What can be compiled; a machine once it is on cells, see `circuits.machines.bounded`."""


def read_source(
    text: str,
    format: str | None = None,  # noqa: A002 (the option's name)
    start: str | None = None,
) -> Source | Net:
    """Read a source or net.

    Args:
        text: a path, or ``builtin:NAME[:key=value,...]``.
        format: of a circuit's or a machine's file; by its ending and content by default.
        start: a machine's state to start in, where its file says another or none.

    Raises:
        SourceError: there is no such thing, or it is not valid.
    """
    if text.startswith(BUILTIN):
        from circuits.catalog import builtin
        from circuits.machines.bounded import with_start

        found = builtin(text.removeprefix(BUILTIN))
        return with_start(found, start) if isinstance(found, Machine) else found
    path = Path(text)
    guess = format is None and path.is_file()
    data = path.read_bytes() if guess else b""
    if guess and (path.suffix == ENDING or is_net_file(data)):
        return load_net(data, text)
    from circuits.formats import read_circuit
    from circuits.machines.formats import is_machine_file, read_machine

    if is_machine_file(path, format) or _looks_like_a_machine(path, data):
        return read_machine(path, format, start=start)
    return read_circuit(path, format)


def _looks_like_a_machine(path: Path, data: bytes) -> bool:
    """Whether a file is a machine's by its content, where its name says nothing.

    Raises:
        SourceError: it is a machine's, of a kind that is not read.
    """
    from circuits.formats import FORMATS
    from circuits.formats.catalog import split_name
    from circuits.formats.compression import decompress
    from circuits.machines.formats import MACHINE_FORMATS
    from circuits.machines.formats.foreign import refuse_foreign

    _, ending = split_name(path)
    named = [known for known in FORMATS.values() if ending in known.endings]
    if len(named) == 1 or not data:
        return False
    data = decompress(data, str(path))
    if any(known.matches(data) for known in named or FORMATS.values()):
        return False
    refuse_foreign(data, str(path))
    return any(known.matches(data) for known in MACHINE_FORMATS.values())


def source_of(text: str, format: str | None = None) -> Circuit | Learner:  # noqa: A002
    """What to compile; a machine becomes the circuit of one step, on the cells that it needs.

    Raises:
        SourceError: as `read_source`; or a net file; or a machine that does not halt.
    """
    found = read_source(text, format)
    if isinstance(found, Net):
        raise SourceError(f"{text} is a net, not a source", hint="name the circuit or learner")
    if isinstance(found, Machine):
        from circuits.machines.bounded import bounded_machine

        return bounded_machine(found).circuit()
    return found
