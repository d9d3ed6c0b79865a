"""A net in boxes: at most 500 components, in them gadgets, in them vertices.

A component is a group of gadgets (`compiler.gadgets`) of one kind with one name: ``row[3][0]`` and
``row[4][1]`` belong to ``row``, which is cut by its first index where it is large. Gates whose
names say nothing of a hierarchy are cut into bands of levels. All of it comes from what every
vertex has anyway, its role, unit, name and level.

>>> from circuits.builder import Builder
>>> from compiler.pipeline import compile_net
>>> b = Builder("two bits")
>>> bits = [b.latch(f"row[{i}]") for i in range(2)]
>>> b.output("prediction", b.and_(*bits))
>>> for bit in bits:
...     b.set_next(bit, bit ^ 1)
>>> boxes = hierarchy_of(compile_net(b.build()))
>>> boxes.component_names
('constant', 'memory row', 'fillers 0..14', ...)
>>> boxes.gadget_names[1:4]
('memory unit row[0]', 'memory unit row[1]', 'dual unit row[0]')
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from compiler.gadgets import (
    Gadgets,
    Kind,
    Longs,
    Names,
    gadget_name,
    gadgets_of,
    names_of,
    numbered,
)
from compiler.net import Net

Ints = NDArray[np.int32]

BOXES = 500
"""How many components there are at most."""

_FEWEST = 24
"""A component of so many gadgets is not cut."""

_MOST = 400
"""How many gadgets a component should have at most, as far as there may be so many components."""

_SMALL = 3
"""Gates that share a name with fewer gadgets than so many go to the bands of levels."""

_SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")

_KIND_WORDS = ("constant", "inputs", "memory", "fillers", "cells", "gates", "outputs")


@dataclass(frozen=True, eq=False, slots=True)
class Hierarchy:
    """Which vertex is in which box.

    Gadgets are numbered by component and then by their first vertex, components by kind.

    Attributes:
        component_of_vertex, gadget_of_vertex: shape (vertices,).
        component_of_gadget: shape (gadgets,), ascending.
        component_kind: shape (components,), values of `Kind`.
        component_names, gadget_names: as many.
        edge_source, edge_target: shape (pairs,), components with edges between them, each pair
            once, sorted; a component is paired with itself where it has edges inside.
        edge_count: shape (pairs,), how many edges of the net there are between the two.
    """

    component_of_vertex: Ints
    gadget_of_vertex: Ints
    component_of_gadget: Ints
    component_kind: NDArray[np.uint8]
    component_names: tuple[str, ...]
    gadget_names: tuple[str, ...]
    edge_source: Ints
    edge_target: Ints
    edge_count: Longs

    @property
    def components(self) -> int:
        """Number of components."""
        return len(self.component_names)

    @property
    def gadgets(self) -> int:
        """Number of gadgets."""
        return len(self.gadget_names)


def hierarchy_of(net: Net, boxes: int = BOXES) -> Hierarchy:
    """Put a net into boxes.

    Args:
        net: of any target.
        boxes: how many components there are at most; at least 16.
    """
    names = names_of(net.labels)
    gadgets = gadgets_of(net, names)
    label = names.base[net.label[gadgets.first]]
    stem, index = names.stem[label], names.number[label]
    stem[(gadgets.kind == Kind.CONSTANT) | (gadgets.kind == Kind.FILLER)] = -1
    unit_index = net.unit_index[gadgets.first].astype(np.int64)
    alone = (gadgets.kind == Kind.INPUT) | (gadgets.kind == Kind.OUTPUT)
    unit_index[alone] = np.arange(int(alone.sum()))
    index = np.where(index >= 0, index, np.maximum(unit_index, 0))
    stem = _stems_kept(gadgets.kind, stem, boxes)
    size = max(_FEWEST, min(_MOST, int(2 * len(label) ** 0.5)))
    while True:  # twice the size, half the boxes; ends, as one box a group is always few enough
        part, low, high = _parts(gadgets, stem, index, size)
        key = np.stack([gadgets.kind, np.where(stem < 0, len(names.stems), stem), part])
        component, first = numbered(key)
        if len(first) <= boxes or size > len(label):
            break
        size *= 2
    order = np.lexsort((gadgets.first, component))
    renumbered = np.empty(len(order), np.int64)
    renumbered[order] = np.arange(len(order))
    gadget_of_vertex = renumbered[gadgets.of_vertex]
    component_of_vertex = component[gadgets.of_vertex]
    source, target, count = _pairs(net, component_of_vertex, len(first))
    gadget_names = tuple(gadget_name(net, names, int(v)) for v in gadgets.first)
    return Hierarchy(
        component_of_vertex=component_of_vertex.astype(np.int32),
        gadget_of_vertex=gadget_of_vertex.astype(np.int32),
        component_of_gadget=component[order].astype(np.int32),
        component_kind=gadgets.kind[first].astype(np.uint8),
        component_names=_component_names(
            gadgets, names, stem, component, first, (low, high), gadget_names
        ),
        gadget_names=tuple(gadget_names[g] for g in order.tolist()),
        edge_source=source,
        edge_target=target,
        edge_count=count,
    )


def _stems_kept(kind: Longs, stem: Longs, boxes: int) -> Longs:
    """The stems without those of few gadgets, and of at most half as many boxes."""
    group, first = numbered(np.stack([kind, stem]))
    size = np.bincount(group)
    keep = (stem[first] >= 0) & ((size >= _SMALL) | (kind[first] != Kind.GATE))
    if keep.sum() > boxes // 2:
        least = np.sort(size[keep])[-(boxes // 2)]
        keep &= size > least
    return np.where(keep[group], stem, -1)


def _parts(gadgets: Gadgets, stem: Longs, index: Longs, most: int) -> tuple[Longs, Longs, Longs]:
    """Cut groups of more than ``most`` gadgets: by index, or by level where there is none.

    Returns:
        by gadget: number of its part, and the least and greatest index or level of the part.
    """
    by_level = (stem < 0) & (gadgets.kind == Kind.GATE)
    along = np.where(by_level, gadgets.level, index)
    group, _ = numbered(np.stack([gadgets.kind, stem]))
    order = np.lexsort((gadgets.first, along, group))
    ordered_group, ordered = group[order], along[order]
    begin, end = (np.searchsorted(ordered_group, ordered_group, side) for side in _SIDES)
    place = np.arange(len(order)) - begin
    size = -(-(end - begin) // -(-(end - begin) // most))  # parts of one group are about equal
    fresh = np.concatenate([[True], np.diff(ordered) != 0]) | (place == 0)
    start = np.maximum.accumulate(np.where(fresh, np.arange(len(order)), 0))
    # Of equal index or level only what is itself more than a part is cut: a cell stays whole.
    part = (start - begin) // size * len(order) + (np.arange(len(order)) - start) // size
    number, first = numbered(np.stack([ordered_group, part]))
    low = np.full(len(first), np.iinfo(np.int64).max)
    high = np.full(len(first), -1)
    np.minimum.at(low, number, ordered)
    np.maximum.at(high, number, ordered)
    result = np.empty((3, len(order)), np.int64)
    result[:, order] = part, low[number], high[number]
    return result[0], result[1], result[2]


def _component_names(
    gadgets: Gadgets,
    names: Names,
    stem: Longs,
    component: Longs,
    first: Longs,
    spans: tuple[Longs, Longs],
    gadget_names: tuple[str, ...],
) -> tuple[str, ...]:
    """Kind, stem, and the indices or levels that a part spans; of one gadget that one's name."""
    groups: dict[tuple[int, int], int] = {}
    keys = [(int(gadgets.kind[g]), int(stem[g])) for g in first]
    for key in keys:
        groups[key] = groups.get(key, 0) + 1
    size = np.bincount(component)
    said: dict[str, int] = {}
    found = []
    for gadget, key, count in zip(first.tolist(), keys, size.tolist(), strict=True):
        kind, of = key
        name = _KIND_WORDS[kind]
        low, high = int(spans[0][gadget]), int(spans[1][gadget])
        span = f"{low}" if low == high else f"{low}..{high}"
        if count == 1:
            name = gadget_names[gadget]
        elif of >= 0:
            name += f" {names.stems[of]}" + (span.join(names.marks[of]) if groups[key] > 1 else "")
        elif kind == Kind.GATE:
            name += f", level{'' if low == high else 's'} {span}"
        elif groups[key] > 1:
            name += f" {span}"
        said[name] = said.get(name, 0) + 1
        found.append(name if said[name] == 1 else f"{name} ({said[name]})")
    return tuple(found)


def _pairs(net: Net, component: Longs, components: int) -> tuple[Ints, Ints, Longs]:
    """Components with edges between them, and how many."""
    key = component[net.edge_source] * components + component[net.edge_target]
    pair, count = np.unique(key, return_counts=True)
    source, target = np.divmod(pair, max(components, 1))
    return source.astype(np.int32), target.astype(np.int32), count.astype(np.int64)
