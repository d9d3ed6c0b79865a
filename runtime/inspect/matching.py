"""Which vertices and edges of two nets are to be compared with each other.

Everything to be matched has a key, an integer. The k-th with some key in one net is matched with
the k-th in the other, and gets the same number.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from compiler.net import Net

_UNNAMED = "%"
"""Begins what gates are called that have no name: their number, which says little."""

Longs = NDArray[np.int64]


def vertex_numbers(first: Net, second: Net) -> tuple[Longs, Longs]:
    """By role, place in a unit, and name."""
    label_of = {_UNNAMED: 0}
    keys = []
    for net in (first, second):
        label = [
            0 if text.startswith(_UNNAMED) else label_of.setdefault(text, len(label_of))
            for text in net.labels
        ]
        key = np.array(label, np.int64)[net.label]
        for part, values in ((net.role, 2**8), (net.unit, 2**8), (net.path_index, 2**16)):
            key = key * values + part.astype(np.int64) % values
        keys.append(key)
    return _numbered_alike(*keys)


def edge_numbers(first: Net, second: Net, vertices: tuple[Longs, Longs]) -> tuple[Longs, Longs]:
    """By the numbers of the vertices at their ends."""
    several = 1 + max((int(number.max(initial=0)) for number in vertices), default=0)
    keys = [
        vertex[net.edge_target] * several + vertex[net.edge_source]
        for net, vertex in zip((first, second), vertices, strict=True)
    ]
    return _numbered_alike(*keys)


def matched(first: Longs, second: Longs) -> tuple[Longs, Longs, Longs]:
    """Indices only in the first, only in the second, and shape (2, pairs) of those in both."""
    size = 1 + max(int(first.max(initial=-1)), int(second.max(initial=-1)))
    place = np.full(size, -1, np.int64)
    place[second] = np.arange(len(second))
    other = place[first]
    both = np.flatnonzero(other >= 0)
    met = np.zeros(len(second), bool)
    met[other[both]] = True
    return np.flatnonzero(other < 0), np.flatnonzero(~met), np.stack([both, other[both]])


def _numbered_alike(first: Longs, second: Longs) -> tuple[Longs, Longs]:
    """Numbers below that of all items: equal for the k-th of a key in each."""
    key = np.concatenate([first, second])
    which = np.repeat([0, 1], [len(first), len(second)])
    order = np.argsort(key, kind="stable")  # of a key those of the first net come first
    places = np.arange(len(order))
    fresh = np.ones(len(order), bool)
    fresh[1:] = np.diff(key[order]) != 0
    turn = fresh.copy()
    turn[1:] |= np.diff(which[order]) != 0
    group = np.maximum.accumulate(np.where(fresh, places, 0))
    begin = np.maximum.accumulate(np.where(turn, places, 0))
    number = np.empty(len(order), np.int64)
    number[order] = group + places - begin
    return number[: len(first)], number[len(first) :]
