"""Independent runs as the bits of one number, as `circuits.evaluate` wants them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def word_of(bits: NDArray[Any]) -> int:
    """The number whose bit i is ``bits[i]``, of 0 and 1.

    >>> word_of(np.array([1, 1, 0, 1]))
    11
    """
    return int.from_bytes(np.packbits(bits != 0, bitorder="little").tobytes(), "little")


def bits_of(word: int, count: int) -> NDArray[np.int8]:
    """And back: so many bits of a number, the lowest first.

    >>> bits_of(11, 6).tolist()
    [1, 1, 0, 1, 0, 0]
    """
    data = np.frombuffer(word.to_bytes(-(-count // 8), "little"), np.uint8)
    found: NDArray[np.int8] = np.unpackbits(data, count=count, bitorder="little").view(np.int8)
    return found
