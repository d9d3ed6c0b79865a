"""What a person may name on the command line: a net file, a circuit file, or a built-in learner."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

from circuits.circuit import Circuit
from circuits.errors import SourceError
from circuits.learner import Learner
from compiler.net import Net
from compiler.netfile import ENDING, is_net_file, load_net
from compiler.pipeline import compile_net

BUILTIN = "builtin:"
"""Prefix of built-in sources: ``builtin:parity:bits=32``."""

Source: TypeAlias = Circuit | Learner
"""What can be compiled."""


def read_source(text: str, format: str | None = None) -> Source | Net:  # noqa: A002 (the option's name)
    """Read a source or net.

    Args:
        text: a path, or ``builtin:NAME[:key=value,...]``.
        format: of a circuit file; by its ending and content by default.

    Raises:
        SourceError: there is no such thing, or it is not valid.
    """
    if text.startswith(BUILTIN):
        from circuits.learners.catalog import builtin

        return builtin(text.removeprefix(BUILTIN))
    path = Path(text)
    if format is None and path.is_file():
        data = path.read_bytes()
        if path.suffix == ENDING or is_net_file(data):
            return load_net(data, text)
    from circuits.formats import read_circuit

    return read_circuit(path, format)


def read_net(
    text: str,
    format: str | None = None,  # noqa: A002
    *,
    preset: str | None = None,
    exponent: Fraction | None = None,
) -> Net:
    """A net: read from its file, or compiled from a source."""
    found = read_source(text, format)
    if isinstance(found, Net):
        return found
    return compile_net(found, preset=preset, exponent=exponent, source_name=text)


def source_of(text: str, format: str | None = None) -> Source:  # noqa: A002
    """A source; a net file is refused.

    Raises:
        SourceError: as `read_source`, or a net file.
    """
    found = read_source(text, format)
    if isinstance(found, Net):
        raise SourceError(f"{text} is a net, not a source", hint="name the circuit or learner")
    return found
