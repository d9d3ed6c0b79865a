"""Definitions in any order, put in an order in which each follows those that it reads."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)

_SHOWN = 8


class CycleError(Exception, Generic[Key]):
    """Keys that read each other in a circle; each of ``path`` reads the next, the last the first.

    Raised by `dependency_order`, whose callers know what the keys are and say so to the user.
    """

    def __init__(self, path: tuple[Key, ...]) -> None:
        self.path = path
        super().__init__(self.render())

    def render(self, show: Callable[[Key], str] = str) -> str:
        """``a <- b <- a``, each computed from the next; the middle of a long circle left out."""
        shown = [*map(show, self.path), show(self.path[0])]
        if len(shown) > _SHOWN:
            left_out = len(shown) - _SHOWN + 1
            shown[_SHOWN // 2 : _SHOWN // 2 + left_out] = [f"({left_out} more)"]
        return " <- ".join(shown)


def dependency_order(keys: Iterable[Key], reads: Callable[[Key], Iterable[Key]]) -> Iterator[Key]:
    """Each key once, after all that it reads, otherwise in the order given.

    Depth first with an explicit stack: circuits are deeper than Python recurses.

    >>> reads = {"sum": ["carry", "x"], "carry": ["x"], "x": []}
    >>> list(dependency_order(reads, reads.__getitem__))
    ['x', 'carry', 'sum']

    Raises:
        CycleError: keys read each other in a circle.
    """
    done: set[Key] = set()
    for root in keys:
        if root in done:
            continue
        path: dict[Key, Iterator[Key]] = {root: iter(reads(root))}  # what is left to look at
        while path:
            key = next(reversed(path))
            waiting = next((read for read in path[key] if read not in done), None)
            if waiting is None:
                path.popitem()
                done.add(key)
                yield key
            elif waiting in path:
                entered = list(path)
                raise CycleError(tuple(entered[entered.index(waiting) :]))
            else:
                path[waiting] = iter(reads(waiting))
