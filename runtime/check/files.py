"""Read a net file (a safetensors container) and a certificate with the standard library alone."""

from __future__ import annotations

import json
import sys
from array import array
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

_CODES = {"U8": "B", "I16": "h", "I32": "i"}
_ARRAYS = ("role", "unit", "unit_index", "path_index", "level")
_EDGE_ARRAYS = ("edge_source", "edge_target", "edge_value", "edge_role")


class UnreadableError(Exception):
    """A file that is not what it should be; no verdict on what it means."""


class RefusedError(Exception):
    """An obligation that does not hold."""

    def __init__(self, obligation: str, message: str, vertex: int | None = None) -> None:
        super().__init__(obligation, message, vertex)
        self.obligation, self.message, self.vertex = obligation, message, vertex

    def __str__(self) -> str:
        at = "" if self.vertex is None else f"vertex {self.vertex}: "
        return f"{self.obligation}: {at}{self.message}"

    def at(self, vertex: int, sources: list[int]) -> RefusedError:
        """The same of a vertex and its sources."""
        return RefusedError(self.obligation, f"with sources {sources}, {self.message}", vertex)


@dataclass
class NetFile:
    """What a net file says, nothing of it checked.

    Attributes:
        header: constants, as text.
        names: ports, memory bits and multiplicities.
        digest: SHA-256 of the header and all arrays, computed here.
        stated: the digest that the file states.
        role ... edge_role: the arrays ``net.*``; `docs/net-format.md` has their meaning.
    """

    header: dict[str, Any]
    names: dict[str, Any]
    digest: str
    stated: str
    role: list[int]
    unit: list[int]
    unit_index: list[int]
    path_index: list[int]
    level: list[int]
    edge_source: list[int]
    edge_target: list[int]
    edge_value: list[int]
    edge_role: list[int]


def read_net(path: Path) -> NetFile:
    """Read a net file; UnreadableError where it is none."""
    try:
        return parse_net(path.read_bytes())
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableError(f"{path} is not a net file: {_short(error)}") from None


def parse_net(data: bytes) -> NetFile:
    """Eight bytes of length, a JSON header with the place of each array, the arrays."""
    body = 8 + int.from_bytes(data[:8], "little")
    table = json.loads(data[8:body])
    text = table.pop("__metadata__")["sgdcc-net"]
    view, raw = memoryview(data), {}
    for name, entry in table.items():
        begin, end = entry["data_offsets"]
        if not 0 <= begin <= end <= len(data) - body:
            raise ValueError(f"{name} is outside the file")
        raw[name] = view[body + begin : body + end]
    digest = sha256(text.encode())
    for name in sorted(raw.keys() - {"sha256"}):
        digest.update(raw[name])
    return NetFile(
        json.loads(text),
        json.loads(bytes(raw["names"])),
        digest.hexdigest(),
        bytes(raw["sha256"]).hex(),
        **{n: _integers(raw[f"net.{n}"], table[f"net.{n}"]) for n in _ARRAYS + _EDGE_ARRAYS},
    )


def _integers(raw: memoryview, entry: dict[str, Any]) -> list[int]:
    found = array(_CODES[entry["dtype"]])
    found.frombytes(raw)
    if sys.byteorder == "big":
        found.byteswap()
    return found.tolist()


def read_certificate(path: Path) -> dict[str, Any]:
    """Read a certificate; UnreadableError where it is none."""
    try:
        found = json.loads(path.read_bytes())
        kind = (found["format"], found["version"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise UnreadableError(f"{path} is not a certificate: {_short(error)}") from None
    if kind != ("sgdcc-certificate", 1):
        raise UnreadableError(f"{path} is {kind[0]} version {kind[1]}, not sgdcc-certificate 1")
    return dict(found)


def _short(error: Exception) -> str:
    return str(error.strerror) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
