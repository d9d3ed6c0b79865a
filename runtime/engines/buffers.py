"""Arrays that are used again and again.

A step on a large net needs tens of megabytes for a few milliseconds. From the operating system
they come as fresh pages, and touching those for the first time costs more than the step.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from threading import Lock

import numpy as np
import torch
from torch import Tensor

_KEPT = 8
"""More arrays than a step needs; who holds on to more of them gets them for good."""


class Buffers:
    """Tensors of one size and dtype. Memory is handed out again when nothing refers to it.

    >>> buffers = Buffers([1, 2], torch.float64)
    >>> first, second = buffers.take(), buffers.take()
    >>> place = first.data_ptr()
    >>> view = first[:1]
    >>> del first
    >>> buffers.take().data_ptr() == place
    False
    >>> del view
    >>> buffers.take().data_ptr() == place
    True
    """

    def __init__(self, parts: Sequence[int], dtype: torch.dtype) -> None:
        """Sizes of the parts that `take_parts` gives, and what they are of."""
        self._sizes, self._dtype = list(parts), str(dtype).removeprefix("torch.")
        self._kept: list[_Memory] = []
        self._lock = Lock()  # else two threads would find the same memory unused

    def take(self) -> Tensor:
        """A tensor with anything in it; its shape is the sum of the sizes."""
        with self._lock:
            return torch.from_numpy(self._unused().array)

    def take_parts(self) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Likewise, and views of its parts, which are good only as long as the tensor is held."""
        with self._lock:
            memory = self._unused()
            return torch.from_numpy(memory.array), memory.parts(self._sizes)

    def _unused(self) -> _Memory:
        for memory in self._kept:
            if memory.is_unused():
                return memory
        memory = _Memory(sum(self._sizes), self._dtype)
        if len(self._kept) < _KEPT:
            self._kept.append(memory)
        return memory


class _Memory:
    """An array; each tensor made from it, with all its views, is a reference to it."""

    def __init__(self, size: int, dtype: str) -> None:
        self.array = np.empty(size, dtype)
        self._parts: tuple[Tensor, ...] = ()

    def is_unused(self) -> bool:
        """Whether only this refers to the array: itself, the question, and the parts."""
        return sys.getrefcount(self.array) == 2 + bool(self._parts)

    def parts(self, sizes: list[int]) -> tuple[Tensor, ...]:
        """Views, made once, as each takes a microsecond or more."""
        self._parts = self._parts or torch.split(torch.from_numpy(self.array), sizes)
        return self._parts
