"""The distinct weights of a net: exact, as floats, and how many edges have them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from circuits.errors import LimitError
from compiler.exact import Exact
from compiler.net import EdgeRole, Net


class Weight(NamedTuple):
    """A distinct weight.

    Attributes:
        exact: its exact form, m' as a symbol where that is shorter.
        value: rounded to float64; None where none is near.
        log2: of its magnitude; None of 0.
        edges: how many have it, as built.
        by_role: of them, by the name of their class.
    """

    exact: str
    value: float | None
    log2: float | None
    edges: int
    by_role: dict[str, int]


def weights_of(net: Net) -> tuple[Weight, ...]:
    """The distinct weights, ascending, with what they are the weights of."""
    kinds = len(EdgeRole)
    pairs = net.edge_value.astype(np.int64) * kinds + net.edge_role
    count = np.bincount(pairs, minlength=len(net.values) * kinds).reshape(-1, kinds)
    found = []
    for number in sorted(range(len(net.values)), key=net.values.__getitem__):
        value, row = net.values[number], count[number].tolist()
        roles = {EdgeRole(i).name.lower(): n for i, n in enumerate(row) if n}
        if roles:  # a table may have a value and its negative, of which a net uses one
            found.append(Weight(net.show(value), _float(value), _log2(value), sum(row), roles))
    return tuple(found)


def _float(value: Exact) -> float | None:
    try:
        return value.to_float()
    except LimitError:
        return None


def _log2(value: Exact) -> float | None:
    return value.log2() if value.sign else None
