"""Collect vertices and edges in any order; number them by level at the end."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compiler.exact import Exact
from compiler.net import EdgeRole, Role, Unit

_GIVEN = (Role.CONSTANT, Role.SAMPLE, Role.RANDOM)
"""Roles of vertices that compute nothing; all others are at level 1 or above."""

CONSTANT = 0
"""The constant vertex of every builder; it outputs 1."""


class NetBuilder:
    """A net being written down: vertices are the numbers that `vertex` returned.

    Sources of an edge must exist before its target, so vertices are made in topological order.
    """

    def __init__(self) -> None:
        self._role: list[int] = []
        self._unit: list[int] = []
        self._unit_index: list[int] = []
        self._path_index: list[int] = []
        self._label: list[int] = []
        self._line: list[int] = []
        self._level: list[int] = []
        self._label_of: dict[str, int] = {}
        self._source: list[int] = []
        self._target: list[int] = []
        self._value: list[int] = []
        self._edge_role: list[int] = []
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
        number, level = len(self._role), 0 if role in _GIVEN else 1
        for source, value, edge_role in edges:
            level = max(level, self._level[source] + 1)
            self._source.append(source)
            self._target.append(number)
            self._value.append(value)
            self._edge_role.append(edge_role)
        self._role.append(role)
        self._unit.append(unit)
        self._unit_index.append(unit_index)
        self._path_index.append(path_index)
        self._label.append(self._label_of.setdefault(label, len(self._label_of)))
        self._line.append(line)
        self._level.append(level)
        return number

    def value(self, weight: Exact | Fraction | int) -> int:
        """The id of an exact weight, for use in `vertex`."""
        found = None if isinstance(weight, Exact) else self._id_of.get(weight)
        if found is None:
            exact = Exact.of(weight)
            found = self._value_of.setdefault(exact, len(self._value_of))
            if not isinstance(weight, Exact):  # hashing an Exact costs as much as this does
                self._id_of[weight] = found
        return found

    def arrays(self) -> tuple[dict[str, Any], NDArray[np.int64], NDArray[np.int64]]:
        """The fields of `compiler.net.Net` that a builder knows, and the new numbers.

        Returns:
            fields, new vertex number by old one, new edge number by old one (in order made).
        """
        level = np.array(self._level, np.int32)
        order = np.argsort(level, kind="stable")
        vertex_of = _inverse(order)
        source = vertex_of[np.array(self._source, np.int64)]
        target = vertex_of[np.array(self._target, np.int64)]
        edge_order = np.lexsort((source, target))
        fields = {
            "role": np.array(self._role, np.uint8)[order],
            "unit": np.array(self._unit, np.uint8)[order],
            "unit_index": np.array(self._unit_index, np.int32)[order],
            "path_index": np.array(self._path_index, np.int16)[order],
            "label": np.array(self._label, np.int32)[order],
            "line": np.array(self._line, np.int32)[order],
            "level": level[order],
            "edge_source": source[edge_order].astype(np.int32),
            "edge_target": target[edge_order].astype(np.int32),
            "edge_value": np.array(self._value, np.int32)[edge_order],
            "edge_role": np.array(self._edge_role, np.uint8)[edge_order],
            "labels": tuple(self._label_of),
            "values": tuple(self._value_of),
        }
        return fields, vertex_of, _inverse(edge_order)

    @property
    def edges(self) -> int:
        """Number of edges so far, which is the number of the next one."""
        return len(self._source)


def _inverse(order: NDArray[np.intp]) -> NDArray[np.int64]:
    inverse = np.empty(len(order), np.int64)
    inverse[order] = np.arange(len(order))
    return inverse
