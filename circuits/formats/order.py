"""Definitions in any order, put in an order in which each follows those that it reads."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class CycleError(Exception, Generic[Key]):
    """Definitions that read each other in a ring; ``path`` goes round it once, ends included."""

    def __init__(self, path: tuple[Key, ...]) -> None:
        super().__init__(" -> ".join(map(str, path)))
        self.path = path


def definition_order(reads: Mapping[Key, Iterable[Key]]) -> list[Key]:
    """Sort keys so that each comes after the keys that it reads.

    The order of the mapping stays wherever it already serves; what a key reads that is no key
    itself (an input, say) is passed over. No recursion: circuits are deep.

    >>> definition_order({"sum": ["carry", "x"], "carry": ["x", "y"]})
    ['carry', 'sum']

    Raises:
        CycleError: a key reads itself, directly or through others.
    """
    done: dict[Key, None] = {}
    for root in reads:
        if root in done:
            continue
        path: dict[Key, Iterator[Key]] = {root: iter(reads[root])}  # what is left to look at
        while path:
            key = next(reversed(path))
            waiting = next((x for x in path[key] if x in reads and x not in done), None)
            if waiting is None:
                done[key] = None
                path.popitem()
            elif waiting in path:
                ring = list(path)
                raise CycleError((*ring[ring.index(waiting) :], waiting))
            else:
                path[waiting] = iter(reads[waiting])
    return list(done)
