"""Files as they are often found: compressed by gzip or xz."""

from __future__ import annotations

import gzip
import lzma
import zlib
from collections.abc import Callable, Mapping
from typing import NamedTuple

from circuits.errors import Position, SourceError


class _Compression(NamedTuple):
    magic: bytes
    compress: Callable[[bytes], bytes]
    decompress: Callable[[bytes], bytes]


COMPRESSIONS: Mapping[str, _Compression] = {
    ".gz": _Compression(b"\x1f\x8b", lambda data: gzip.compress(data, mtime=0), gzip.decompress),
    ".xz": _Compression(b"\xfd7zXZ\x00", lzma.compress, lzma.decompress),
}
"""By ending; equal data compresses equal."""


def compress(data: bytes, ending: str) -> bytes:
    """The content of a file whose name has this ending, compressed if that asks for it."""
    return COMPRESSIONS[ending].compress(data) if ending in COMPRESSIONS else data


def decompress(data: bytes, file: str) -> bytes:
    """What is in a file, compressed or not.

    The first bytes tell, not the ending of the name: browsers decompress and leave that.

    Raises:
        SourceError: the compressed data is damaged.
    """
    for ending, (magic, _, expand) in COMPRESSIONS.items():
        if data.startswith(magic):
            try:
                return expand(data)
            except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
                raise SourceError(
                    f"the {ending} data is damaged: {error}",
                    Position(file),
                    hint="is the file cut off?",
                ) from None
    return data
