"""What net files and filter files are: one safetensors file with a JSON header, and no code in it.

A digest of the header and of all arrays tells a damaged file from one of another kind.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from circuits.errors import Position, SourceError

DIGEST = "sha256"
"""The name of the array with the digest. It is not in the metadata, which safetensors shuffles."""


@dataclass(frozen=True, slots=True)
class Container:
    """A kind of file.

    Attributes:
        format: what it calls itself; also the name of its header.
        version: of the format.
        what: is in it.
        hint: for who gives another file.
    """

    format: str
    version: int
    what: str
    hint: str

    def dump(self, header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> bytes:
        """The bytes of a file; the same content gives the same bytes."""
        from safetensors.numpy import save

        text = compact_json({"format": self.format, "version": self.version, **header}).decode()
        return save({**arrays, DIGEST: digest(text, arrays)}, {self.format: text})

    def load(self, data: bytes, file: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Header and arrays of a file.

        Raises:
            SourceError: of another kind or version, or damaged.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load

        try:
            length = int.from_bytes(data[:8], "little")
            text = json.loads(data[8 : 8 + length])["__metadata__"][self.format]
            header: dict[str, Any] = json.loads(text)
            version = header["version"]
        except (ValueError, KeyError, TypeError, RecursionError):
            wrong = "damaged" if self.is_begun_by(data) else f"not a {self.what} file"
            raise self.refused(file, wrong) from None
        if version != self.version:
            wrong = f"{self.what} format version {version}, this program reads {self.version}"
            raise self.refused(file, wrong)
        try:
            arrays = load(data)
            due = digest(text, arrays)
        except (SafetensorError, KeyError, ValueError) as error:
            raise self.refused(file, f"damaged: {error}") from None
        if not np.array_equal(arrays.get(DIGEST, due[:0]), due):
            raise self.refused(file, "damaged: its content has another digest than it says")
        return header, arrays

    def is_begun_by(self, data: bytes) -> bool:
        """Whether the bytes begin like such a file."""
        length = int.from_bytes(data[:8], "little")
        return data[8:9] == b"{" and self.format.encode() in data[8 : 8 + min(length, 10**8)]

    def refused(self, file: str, message: str) -> SourceError:
        """What is wrong with a file."""
        return SourceError(message, Position(file), hint=self.hint)


def digest(text: str, arrays: dict[str, NDArray[Any]]) -> NDArray[np.uint8]:
    """SHA-256 of the header and then of all other arrays in the order of their names."""
    found = sha256(text.encode())
    for name in sorted(arrays.keys() - {DIGEST}):
        found.update(arrays[name].tobytes())
    return np.frombuffer(found.digest(), np.uint8)


def typed_array(
    arrays: dict[str, NDArray[Any]], name: str, dtype: type, axes: int = 1
) -> NDArray[Any]:
    """An array that may be changed.

    Raises:
        KeyError: there is none of this name.
        ValueError: it has another type, or another number of axes.
    """
    array = arrays[name]
    if array.dtype != dtype or array.ndim != axes:
        raise ValueError(f"{name} is {array.dtype} of shape {array.shape}")
    return array.copy()


def compact_json(value: object) -> bytes:
    """JSON without blanks, in UTF-8."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
