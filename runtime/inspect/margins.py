"""How far sums stay from the ends of the flat pieces of f, for the whole net.

Vertices that hear the same weights from sources of the same level sets have the same sums, so one
of each such type is looked at; likewise one vertex of each role and place in a memory unit or
cell. That costs the number of types, not of vertices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compiler.net import Net, Role, Target
from runtime.inspect.level_sets import Cases, cases_of, distinct_sums
from runtime.inspect.quantity import Quantity, less

_FREE = (Role.GATE, Role.CONTROL, Role.CONTROL_PRIMED, Role.OUTPUT_CONTROL, Role.SOURCE)
"""Their sources do not depend on each other."""


@dataclass(frozen=True, slots=True)
class FlatType:
    """Vertices that are alike, on one flat piece.

    Attributes:
        role: of all of them.
        piece: ``dead zone`` or ``plateau``.
        vertices: how many.
        example: one of them.
        margin: the least distance of a sum on this piece to the piece's end.
    """

    role: Role
    piece: str
    vertices: int
    example: int
    margin: Quantity


def flat_types(net: Net) -> tuple[FlatType, ...]:
    """All types, by role, then by the first vertex; a type on two pieces has an entry for each."""
    found = []
    for example, count in types(net):
        cases = _cases(net, example)
        role = Role(net.role[example])
        least: dict[str, Quantity] = {}
        for case in cases.cases:
            piece, margin, _ = case.landing
            if case.landing.flat and (piece not in least or less(margin, least[piece])):
                least[piece] = margin
        found += [FlatType(role, piece, count, example, margin) for piece, margin in least.items()]
    return tuple(sorted(found, key=lambda one: (one.role, one.example, one.piece)))


def least_margins(found: tuple[FlatType, ...]) -> tuple[FlatType, ...]:
    """By role and piece the type with the least margin, with the vertices of all of them."""
    least: dict[tuple[Role, str], FlatType] = {}
    count: dict[tuple[Role, str], int] = {}
    for one in found:
        key = one.role, one.piece
        count[key] = count.get(key, 0) + one.vertices
        if key not in least or less(one.margin, least[key].margin):
            least[key] = one
    return tuple(
        FlatType(x.role, x.piece, count[key], x.example, x.margin) for key, x in least.items()
    )


def types(net: Net) -> list[tuple[int, int]]:
    """(first vertex, how many) of vertices with the same sums, of all that compute something."""
    return [*_free_types(net), *_path_types(net)]


def free_vertices(net: Net) -> NDArray[np.bool_]:
    """Shape (vertices,): those whose sources do not depend on each other."""
    free = np.isin(net.role, _FREE)
    return free | (net.role == Role.OUTPUT) if net.target is Target.COMPONENT else free


def _cases(net: Net, vertex: int) -> Cases:
    free = free_vertices(net)[vertex]
    return distinct_sums(net, vertex) if free else cases_of(net, vertex)


def _free_types(net: Net) -> list[tuple[int, int]]:
    free = np.flatnonzero(free_vertices(net))
    first, last = (np.searchsorted(net.edge_target, free + more) for more in (0, 1))
    given = np.isin(net.role, (Role.SAMPLE, Role.RANDOM))
    kind = np.where(net.role == Role.CONSTANT, 0, np.where(given, 1, 2))
    wire = net.edge_value.astype(np.int64) * 3 + kind[net.edge_source]
    found: list[tuple[int, int]] = []
    for fan_in in np.unique(last - first).tolist():
        chosen = np.flatnonzero(last - first == fan_in)
        rows = wire[first[chosen][:, None] + np.arange(fan_in)]
        rows.sort(axis=1)
        rows = np.column_stack([net.role[free[chosen]], rows])
        _, example, count = np.unique(rows, axis=0, return_index=True, return_counts=True)
        found += zip(free[chosen[example]].tolist(), count.tolist(), strict=True)
    return sorted(found)


def _path_types(net: Net) -> list[tuple[int, int]]:
    rest = np.flatnonzero(~free_vertices(net) & (net.level > 0))
    key = (net.role[rest].astype(np.int64) * 8 + net.unit[rest]) * 2**16 + net.path_index[rest]
    _, example, count = np.unique(key, return_index=True, return_counts=True)
    return [(int(rest[i]), int(n)) for i, n in zip(example, count, strict=True)]
