"""Typed arrays as text for a page: byte planes, differences where they are smaller, zlib, base64.

A browser inflates this by itself (``DecompressionStream``) in a tenth of a second for 10^6 edges.
Integers take as few bytes as their range needs. The bytes of an array are stored plane by plane,
all lowest bytes first, since in nets the upper planes hardly change; `page/data.js` reads it.
"""

from __future__ import annotations

import zlib
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]

_WIDTHS = (np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32)
_WORTH_TRYING = 64
"""Shorter arrays are not tried as differences."""


class Packed(NamedTuple):
    """What a page needs to get the arrays back.

    Attributes:
        directory: one entry an array, in order: name, type, length, and whether it is of
            differences.
        size: bytes of all arrays before compression.
        text: the compressed bytes in base64.
    """

    directory: list[dict[str, Any]]
    size: int
    text: str


def pack(arrays: Mapping[str, Array]) -> Packed:
    """Pack one-dimensional arrays of integers below 2^32, of booleans, or of float64.

    >>> packed = pack({"level": np.arange(100) + 1000})
    >>> packed.directory
    [{'name': 'level', 'type': 'uint16', 'length': 100, 'differences': True}]
    >>> unpack(packed)["level"][:3].tolist()
    [1000, 1001, 1002]
    """
    directory, planes = [], []
    for name, array in arrays.items():
        narrow, differences = _coded(array)
        directory.append(
            {
                "name": name,
                "type": narrow.dtype.name,
                "length": len(narrow),
                "differences": differences,
            }
        )
        planes.append(_planes(narrow))
    data = b"".join(planes)
    return Packed(directory, len(data), b64encode(zlib.compress(data, 6)).decode())


def unpack(packed: Packed) -> dict[str, Array]:
    """What a page gets back; for tests of what was written."""
    from base64 import b64decode

    data, at, found = zlib.decompress(b64decode(packed.text)), 0, {}
    for entry in packed.directory:
        dtype = np.dtype(entry["type"])
        end = at + entry["length"] * dtype.itemsize
        planes = np.frombuffer(data[at:end], np.uint8).reshape(dtype.itemsize, -1)
        array: Array = np.ascontiguousarray(planes.T).view(dtype).reshape(-1)
        found[entry["name"]] = np.cumsum(array, dtype=np.int64) if entry["differences"] else array
        at = end
    return found


def bits(array: Array) -> NDArray[np.uint8]:
    """Booleans, or numbers that are positive or not, as bits: the first in the lowest bit."""
    return np.packbits(np.asarray(array).ravel() > 0, bitorder="little")


def _coded(array: Array) -> tuple[Array, bool]:
    """The array in the narrowest type, or its differences if they compress better."""
    if array.dtype == np.float64:
        return array, False
    whole = np.asarray(array, np.int64)
    plain = _narrowed(whole)
    if len(whole) < _WORTH_TRYING:
        return plain, False
    differences = _narrowed(np.diff(whole, prepend=0))
    sizes = [len(zlib.compress(_planes(x), 1)) for x in (plain, differences)]
    return (differences, True) if sizes[1] < sizes[0] else (plain, False)


def _narrowed(array: NDArray[np.int64]) -> Array:
    least, greatest = (int(array.min()), int(array.max())) if len(array) else (0, 0)
    for width in _WIDTHS:
        if np.iinfo(width).min <= least and greatest <= np.iinfo(width).max:
            return array.astype(width)
    raise ValueError(f"numbers from {least} to {greatest} are not packed")


def _planes(array: Array) -> bytes:
    little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
    return np.ascontiguousarray(little.view(np.uint8).reshape(-1, array.itemsize).T).tobytes()
