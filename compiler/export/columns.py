"""What is said of every vertex and edge in the graph formats, as columns of few distinct values.

A text format writes every distinct value once and then only joins, so a million edges take
seconds; `texts` does that for any format that writes a row as a head, pairs and an end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice, repeat
from operator import add
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from compiler.export.unit_names import unit_names
from compiler.hierarchy import hierarchy_of
from compiler.net import EdgeRole, Net, Role

Value: TypeAlias = str | int | float | bool | None

_CHUNK = 20_000

_NAMELESS = (Role.CONSTANT, Role.SOURCE)
"""Vertices that come from nothing in the source."""


class Column(NamedTuple):
    """An attribute: its name, the distinct values, and which of them each row has.

    A row of the value None does not have the attribute.
    """

    key: str
    values: list[Any]
    codes: NDArray[np.intp]

    def value(self, row: int) -> Value:
        """The attribute of one row."""
        value: Value = self.values[self.codes[row]]
        return value


def vertex_columns(net: Net) -> list[Column]:
    """By vertex: name, unit, role, level, component, gadget, file, line, input, outputs, copies."""
    boxes = hierarchy_of(net)
    everything = np.arange(net.vertices)
    line, line_codes = np.unique(net.line, return_inverse=True)
    inputs = {port.vertex: i for i, port in enumerate(net.inputs)}
    outputs: dict[int, str] = {}
    for i, port in enumerate(net.outputs):
        outputs[port.vertex] = f"{outputs[port.vertex]} {i}" if port.vertex in outputs else str(i)
    return [
        Column("name", vertex_names(net), everything),
        Column("unit", unit_names(net), everything),
        Column("role", [role.name.lower() for role in Role], net.role.astype(np.intp)),
        Column("level", list(range(net.levels + 1)), net.level.astype(np.intp)),
        Column("component", list(boxes.component_names), _index(boxes.component_of_vertex)),
        Column("gadget", list(boxes.gadget_names), _index(boxes.gadget_of_vertex)),
        Column("file", [None, net.circuit.source or None], (net.line > 0).astype(np.intp)),
        Column("line", [n or None for n in line.tolist()], line_codes),
        _sparse("input", net.vertices, inputs),
        _sparse("outputs", net.vertices, outputs),
        _sparse("copies", net.vertices, {v: str(n) for v, n in net.copies.items()}),
    ]


def edge_columns(net: Net, weights: NDArray[np.floating] | None = None) -> list[Column]:
    """By edge: weight, weight_exact, role, trainable, memory, zero, zero_exact, copies.

    Args:
        net: any net.
        weights: float64 of shape (edges,); as built by default.

    Raises:
        LimitError: a weight does not fit float64.
    """
    role = net.edge_role.astype(np.intp)
    bits = {bit.edge: bit for bit in net.memory}
    zeros = {edge: bit.zero.to_float() for edge, bit in bits.items()}
    zeros_exact = {edge: str(bit.zero) for edge, bit in bits.items()}
    return [
        *weight_columns(net, weights),
        Column("role", [role.name.lower() for role in EdgeRole], role),
        Column("trainable", [False, True], net.trainable.astype(np.intp)),
        _sparse("memory", net.edges, {edge: bit.name for edge, bit in bits.items()}),
        _sparse("zero", net.edges, zeros),
        _sparse("zero_exact", net.edges, zeros_exact),
        _sparse("copies", net.edges, {e: str(n) for e, n in net.fan_in_copies.items()}),
    ]


def weight_columns(net: Net, weights: NDArray[np.floating] | None = None) -> list[Column]:
    """The columns ``weight``, a float64, and ``weight_exact``, a text.

    A weight other than it was built, and other than its negative, is exactly the float, and its
    text is hexadecimal: ``0x1.8p-3``.
    """
    built = np.array([value.to_float() for value in net.values], np.float64)
    texts = [str(value) for value in net.values]
    codes = net.edge_value.astype(np.intp)
    if weights is None:
        return [Column("weight", built.tolist(), codes), Column("weight_exact", texts, codes)]
    weights = np.asarray(weights, np.float64)
    with np.errstate(over="ignore"):  # a run in float32 holds what the value was rounded to
        rounded = built.astype(np.float32).astype(np.float64)
    same, negated = (
        (weights == sign * built[codes]) | (weights == sign * rounded[codes]) for sign in (1, -1)
    )
    others, number = np.unique(weights, return_inverse=True)
    texts += [str(-value) for value in net.values] + [x.hex() for x in others.tolist()]
    exact = np.where(same, codes, np.where(negated, codes + len(built), number + 2 * len(built)))
    return [
        Column("weight", others.tolist(), number),
        Column("weight_exact", texts, exact),
    ]


def vertex_names(net: Net) -> list[str]:
    """`Net.vertex_name` of every vertex."""
    parts = np.stack([net.role, net.unit, net.path_index]).astype(np.int32)
    _, first, kind = np.unique(parts, axis=1, return_index=True, return_inverse=True)
    prefixes = np.array([_prefix(net, int(vertex)) for vertex in first], object)
    labels = np.array([*net.labels, ""], object)
    nameless = np.isin(net.role, _NAMELESS)
    label = np.where(nameless, len(net.labels), net.label)
    return list(map(add, prefixes[kind.reshape(-1)].tolist(), labels[label].tolist()))


def texts(
    columns: list[Column], pair: Callable[[str, Any], str], heads: Iterable[str], end: str
) -> Iterator[bytes]:
    """Rows as text, thousands at a time.

    Args:
        columns: of equal length.
        pair: an attribute as text.
        heads: what each row begins with.
        end: what each row ends with.
    """
    heads = iter(heads)
    tables = [
        np.array([*("" if v is None else pair(key, v) for v in values), ""], object)
        for key, values, _ in columns
    ]
    for begin in range(0, len(columns[0].codes), _CHUNK):
        parts = (
            table[column.codes[begin : begin + _CHUNK]].tolist()
            for table, column in zip(tables, columns, strict=True)
        )
        lines = map("".join, zip(islice(heads, _CHUNK), *parts, repeat(end)))
        yield "".join(lines).encode()


def _prefix(net: Net, vertex: int) -> str:
    """`Net.vertex_name` without the label, which it ends with."""
    name, label = net.vertex_name(vertex), net.labels[net.label[vertex]]
    return name if net.role[vertex] in _NAMELESS else name.removesuffix(label)


def _index(array: NDArray[np.int32]) -> NDArray[np.intp]:
    return array.astype(np.intp)


def _sparse(key: str, rows: int, values: dict[int, Any]) -> Column:
    """A column that few rows have."""
    codes = np.zeros(rows, np.intp)
    codes[list(values)] = np.arange(1, len(values) + 1)
    return Column(key, [None, *values.values()], codes)
