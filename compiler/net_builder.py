"""Collect vertices and edges in any order; number them by level at the end."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from compiler.exact import Exact
from compiler.net import EdgeRole, Role, Unit

_GIVEN = (Role.CONSTANT, Role.SAMPLE, Role.RANDOM)
"""Roles of vertices that compute nothing; all others are at level 1 or above."""

CONSTANT = 0
"""The constant vertex of every builder; it outputs 1."""

_CHUNK = 1 << 16
"""So many edges at a time become Python numbers, which take nine times the memory."""

Ids: TypeAlias = NDArray[Any]
"""Integers: numbers of vertices, or ids of labels or values."""

_VERTEX = {
    "role": "B",
    "unit": "B",
    "unit_index": "i",
    "path_index": "h",
    "label": "i",
    "line": "i",
}
_EDGE = {"source": "i", "target": "i", "value": "i", "role": "B"}


class Edges(NamedTuple):
    """Many edges at once: arrays of one shape, or one number for all.

    Attributes:
        source, target: vertices.
        value: ids of weights.
        role: values of `EdgeRole`.
    """

    source: Ids | int
    target: Ids
    value: Ids | int
    role: Ids | int


class NetBuilder:
    """A net being written down: vertices are the numbers that `vertex` and `vertices` return.

    Sources of an edge must exist before its target, so vertices are made in topological order.
    """

    def __init__(self) -> None:
        self._vertex = {name: array(kind) for name, kind in _VERTEX.items()}
        self._edge = {name: array(kind) for name, kind in _EDGE.items()}
        self._label_of: dict[str, int] = {}
        self._value_of: dict[Exact, int] = {}
        self._id_of: dict[Fraction | int, int] = {}
        self.vertex(Role.CONSTANT, "")

    def vertex(
        self,
        role: Role,
        label: str,
        edges: Iterable[tuple[int, int, EdgeRole]] = (),
        *,
        line: int = 0,
        unit: Unit = Unit.NONE,
        unit_index: int = -1,
        path_index: int = -1,
    ) -> int:
        """A new vertex with its incoming edges as (source, value id, edge role)."""
        number, name = self.count, self._label_of.setdefault(label, len(self._label_of))
        fields = (role, unit, unit_index, path_index, name, line)
        for column, field in zip(self._vertex.values(), fields, strict=True):
            column.append(field)
        for source, value, edge_role in edges:
            ends = (source, number, value, edge_role)
            for column, field in zip(self._edge.values(), ends, strict=True):
                column.append(field)
        return number

    def vertices(
        self,
        role: Ids | Role,
        labels: Ids,
        edges: Edges,
        *,
        line: Ids | int = 0,
        unit: Unit = Unit.NONE,
        unit_index: Ids | int = -1,
        path_index: Ids | int = -1,
    ) -> Ids:
        """New vertices, numbered on from `count`; they may read each other.

        Args:
            role: of each, or of all.
            labels: shape (vertices,), of `labels`.
            edges: into them.
            line: of each, or of all.
            unit: of all.
            unit_index: of each, or of all.
            path_index: of each, or of all.

        Returns:
            Their numbers.
        """
        numbers = np.arange(self.count, self.count + len(labels))
        given = (role, unit, unit_index, path_index, labels, line)
        for column, field in zip(self._vertex.values(), given, strict=True):
            _extend(column, field, len(labels))
        if (np.diff(edges.target) < 0).any():
            order = np.argsort(edges.target, kind="stable")
            edges = Edges._make(x[order] if isinstance(x, np.ndarray) else x for x in edges)
        for column, field in zip(self._edge.values(), edges, strict=True):
            _extend(column, field, len(edges.target))
        return numbers

    def labels(self, names: Sequence[str]) -> Ids:
        """The ids of names, for use in `vertices`."""
        known = self._label_of
        return np.array([known.setdefault(name, len(known)) for name in names], np.int64)

    def value(self, weight: Exact | Fraction | int) -> int:
        """The id of an exact weight, for use in `vertex`."""
        found = None if isinstance(weight, Exact) else self._id_of.get(weight)
        if found is None:
            exact = Exact.of(weight)
            found = self._value_of.setdefault(exact, len(self._value_of))
            if not isinstance(weight, Exact):  # hashing an Exact costs as much as this does
                self._id_of[weight] = found
        return found

    def values(self, numerators: NDArray[Any], denominator: int = 1) -> Ids:
        """The ids of rational weights over one denominator, for use in `vertices`."""
        distinct, first, inverse = np.unique(numerators, return_index=True, return_inverse=True)
        ids = np.empty(len(distinct), np.int64)
        for i in np.argsort(first).tolist():  # in the order in which they are met
            ids[i] = self.value(Fraction(int(distinct[i]), denominator))
        return ids[inverse]

    def arrays(self) -> tuple[dict[str, Any], NDArray[np.int64], NDArray[np.int64]]:
        """The fields of `compiler.net.Net` that a builder knows, and the new numbers.

        Returns:
            fields, new vertex number by old one, new edge number by old one (in order made).
        """
        vertex = {name: np.array(column) for name, column in self._vertex.items()}
        edge = {name: np.array(column) for name, column in self._edge.items()}
        level = _levels(vertex["role"], edge["source"], edge["target"])
        order = np.argsort(level, kind="stable")
        vertex_of = _inverse(order)
        source, target = vertex_of[edge["source"]], vertex_of[edge["target"]]
        edge_order = np.argsort(target * len(level) + source, kind="stable")
        fields = {
            **{name: column[order] for name, column in vertex.items()},
            "level": level[order],
            "edge_source": source[edge_order].astype(np.int32),
            "edge_target": target[edge_order].astype(np.int32),
            "edge_value": edge["value"][edge_order],
            "edge_role": edge["role"][edge_order],
            "labels": tuple(self._label_of),
            "values": tuple(self._value_of),
        }
        return fields, vertex_of, _inverse(edge_order)

    @property
    def count(self) -> int:
        """Number of vertices so far, which is the number of the next one."""
        return len(self._vertex["role"])

    @property
    def edges(self) -> int:
        """Number of edges so far, which is the number of the next one."""
        return len(self._edge["source"])


def _extend(column: array[int], field: Ids | int, count: int) -> None:
    """Add ``count`` numbers to a column."""
    numbers = np.broadcast_to(np.asarray(field), count).astype(column.typecode)
    column.frombytes(numbers.tobytes())


def _levels(
    role: NDArray[np.uint8], sources: NDArray[np.int32], targets: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Shape (vertices,): 0 for what is given, else 1 + the greatest of the sources'."""
    level: list[int] = (~np.isin(role, _GIVEN)).astype(np.int64).tolist()
    for start in range(0, len(sources), _CHUNK):
        part = slice(start, start + _CHUNK)
        for source, target in zip(sources[part].tolist(), targets[part].tolist(), strict=True):
            if level[source] >= level[target]:
                level[target] = level[source] + 1
    return np.array(level, np.int32)


def _inverse(order: NDArray[np.intp]) -> NDArray[np.int64]:
    inverse = np.empty(len(order), np.int64)
    inverse[order] = np.arange(len(order))
    return inverse
