"""Arrays that are used again and again.

A step on a large net needs tens of megabytes for a few milliseconds. From the operating system
they come as fresh pages, and touching those for the first time costs more than the step.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import accumulate
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

    def __init__(
        self, parts: Sequence[int], dtype: torch.dtype, *, overlapping: bool = False
    ) -> None:
        """Sizes of the parts that `take_parts` gives, and what they are of.

        Overlapping parts all begin at the front, for who needs one after the other: the memory is
        as small as it can be, and so stays in the processor's cache.
        """
        self._parts = _slices(parts, overlapping)
        self._size = max((part.stop for part in self._parts), default=0)
        self._dtype = str(dtype).removeprefix("torch.")
        self._kept: list[_Memory] = []
        self._lock = Lock()  # else two threads would find the same memory unused

    def take(self) -> Tensor:
        """A tensor with anything in it, of the size of all parts."""
        with self._lock:
            return torch.from_numpy(self._unused().array)

    def take_parts(self) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Likewise, and views of its parts, which are good only as long as the tensor is held."""
        with self._lock:
            memory = self._unused()
            return torch.from_numpy(memory.array), memory.parts(self._parts)

    def note(self, tensor: Tensor, found: Tensor) -> None:
        """Keep what was found out about the numbers in a tensor, which must not change any more.

        >>> buffers, even = Buffers([2], torch.float64), torch.tensor([0])
        >>> numbers = buffers.take()
        >>> buffers.note(numbers, even)
        >>> buffers.noted(numbers), buffers.noted(numbers.clone())
        (tensor([0]), None)
        >>> del numbers
        >>> buffers.noted(buffers.take()) is None
        True
        """
        with self._lock:
            for memory in self._kept:
                if memory.address == tensor.data_ptr():
                    memory.found = found

    def noted(self, tensor: Tensor) -> Tensor | None:
        """What was found out about these very numbers: of a tensor taken here, and still held."""
        with self._lock:
            found = (m.found for m in self._kept if m.address == tensor.data_ptr())
            return next(found, None)

    def _unused(self) -> _Memory:
        for memory in self._kept:
            if memory.is_unused():
                memory.found = None
                return memory
        memory = _Memory(self._size, self._dtype)
        if len(self._kept) < _KEPT:
            self._kept.append(memory)
        return memory


class _Memory:
    """An array; each tensor made from it, with all its views, is a reference to it."""

    def __init__(self, size: int, dtype: str) -> None:
        self.array = np.empty(size, dtype)
        self.address = torch.from_numpy(self.array).data_ptr()
        self.found: Tensor | None = None
        self._parts: tuple[Tensor, ...] = ()

    def is_unused(self) -> bool:
        """Whether only this refers to the array: itself, the question, and the parts."""
        return sys.getrefcount(self.array) == 2 + bool(self._parts)

    def parts(self, parts: Sequence[slice]) -> tuple[Tensor, ...]:
        """Views, made once, as each takes a microsecond or more."""
        if not self._parts:
            # What is made in inference mode cannot be written to outside of it.
            with torch.inference_mode(False):
                self._parts = _views(torch.from_numpy(self.array), parts)
        return self._parts


class LastParts:
    """Views of the parts of a tensor, kept until they are wanted of another tensor.

    The weights of a module are one tensor for all its life, of which every step needs all parts.

    >>> parts, weights = LastParts([1, 2]), torch.zeros(3)
    >>> first = parts.of(weights)
    >>> parts.of(weights.detach()) is first
    True
    >>> parts.of(weights.clone()) is first
    False
    """

    def __init__(self, parts: Sequence[int]) -> None:
        """Their sizes."""
        self._parts = _slices(parts)
        self._last: tuple[Tensor, tuple[Tensor, ...]] | None = None

    def of(self, tensor: Tensor) -> tuple[Tensor, ...]:
        """Views, detached, of one of the size of all parts."""
        last = self._last  # one name for both, as another thread may replace them
        if last is None or not _is_same_memory(last[0], tensor):
            last = tensor.detach(), _views(tensor.detach(), self._parts)
            self._last = last
        return last[1]


def _is_same_memory(a: Tensor, b: Tensor) -> bool:
    """Whether both show the same numbers, now and after any change.

    Both are alive, so what is at one address was not freed and handed out again in between.
    """
    return (a.data_ptr(), a.shape, a.stride(), a.dtype) == (
        b.data_ptr(), b.shape, b.stride(), b.dtype
    )  # fmt: skip


def _views(tensor: Tensor, parts: Sequence[slice]) -> tuple[Tensor, ...]:
    return tuple(tensor[part] for part in parts)


def _slices(sizes: Sequence[int], overlapping: bool = False) -> list[slice]:
    begins = [0] * len(sizes) if overlapping else accumulate(sizes, initial=0)
    return [slice(begin, begin + size) for begin, size in zip(begins, sizes, strict=False)]
