"""Which vertices of a net are one gadget, and what their names say of a hierarchy.

A *gadget* is what one piece of the source became: a memory unit with the vertex that reads it, its
dual, a filler, a cell, the threshold gates of one gate, an input, an output.
"""

from __future__ import annotations

import re
from collections import Counter
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from compiler.net import EdgeRole, Net, Role, Unit

Longs = NDArray[np.int64]

_INDEXED = re.compile(r"([^\[\]./: ]+)\[(\d+)")
_NUMBERED = re.compile(r"([A-Za-z_]\w*) (\d+):")
_DOTTED = re.compile(r"([^./ ]+)[./]")
_ENDS_IN_NUMBER = re.compile(r"(.*?)(\d{1,9})")
_HIDDEN = "/hidden"

_MANY_STEMS = 24
_FAMILY = 8
"""So many stems that differ in a number at their end only are one, if there are many stems."""


class Kind(IntEnum):
    """What a component consists of, in the order in which components are numbered."""

    CONSTANT = 0
    """The constant vertex, and v0."""
    INPUT = 1
    MEMORY = 2
    """Memory units, each with its reader, and their duals."""
    FILLER = 3
    CELL = 4
    """Cells of a noise-tolerant net."""
    GATE = 5
    OUTPUT = 6
    """Outputs, and the output controls of a noise-tolerant net."""


class Names(NamedTuple):
    """What the labels of a net say of a hierarchy, by label; -1 and "" where they say nothing."""

    base: Longs
    """The number of the label without ``/hidden``: helpers of a gate are part of it."""
    stem: Longs
    number: Longs
    stems: tuple[str, ...]
    marks: tuple[tuple[str, str], ...]
    """What stands around the number of a stem: ``row[3]``, ``sample 3``, ``row3``."""


class Gadgets(NamedTuple):
    """By gadget: its kind, its first vertex, the middle of its levels; and the one of a vertex."""

    kind: Longs
    first: Longs
    level: Longs
    of_vertex: Longs


def names_of(labels: tuple[str, ...]) -> Names:
    """Read the labels: ``row[3][0]/flip`` has the stem ``row`` and the number 3.

    >>> names = names_of(("row[3][0]", "row[4][0]/flip", "sample 2: x[0]=1", "top.u1", "G17", "%8"))
    >>> names.stem.tolist(), names.number.tolist(), names.stems
    ([0, 0, 1, 2, -1, -1], [3, 4, 2, -1, -1, -1], ('row', 'sample', 'top'))

    Where there are very many stems, those that differ in a number at the end are one.
    """
    number = {label: i for i, label in enumerate(labels)}
    base = np.arange(len(labels))
    stem = np.full(len(labels), -1, np.int64)
    index = np.full(len(labels), -1, np.int64)
    stems: dict[str, int] = {}
    marks: list[tuple[str, str]] = []
    for i, label in enumerate(labels):
        if label.endswith(_HIDDEN):
            base[i] = number.get(label.removesuffix(_HIDDEN), i)
        found = _INDEXED.match(label) or _NUMBERED.match(label) or _DOTTED.match(label)
        if found and not label.startswith("%"):
            stem[i] = stems.setdefault(found[1], len(stems))
            if stem[i] == len(marks):
                marks.append((" ", "") if found.re is _NUMBERED else ("[", "]"))
            if found.re is not _DOTTED:
                index[i] = min(int(found[2][:15]), 10**15)
    names = Names(base, stem, index, tuple(stems), tuple(marks))
    return names if len(stems) <= _MANY_STEMS else _families(names)


def _families(names: Names) -> Names:
    """``row0``, ``row1``, ... as one stem ``row``."""
    split = [_ENDS_IN_NUMBER.fullmatch(stem) for stem in names.stems]
    count = Counter(found[1] for found in split if found)
    stems: dict[str, int] = {}
    marks: list[tuple[str, str]] = []
    number = np.full(len(split), -1, np.int64)
    of = np.empty(len(split), np.int64)
    for i, found in enumerate(split):
        family = found is not None and count[found[1]] >= _FAMILY
        name = f"{found[1]}#" if found and family else names.stems[i]  # not a stem of that name
        of[i] = stems.setdefault(name, len(stems))
        if of[i] == len(marks):
            marks.append(("", "") if family else names.marks[i])
        if found and family:
            number[i] = int(found[2])
    has = names.stem >= 0
    in_family = number[names.stem]
    return names._replace(
        stem=np.where(has, of[names.stem], -1),
        number=np.where(has & (in_family >= 0), in_family, names.number),
        stems=tuple(name.removesuffix("#") for name in stems),
        marks=tuple(marks),
    )


def gadgets_of(net: Net, names: Names) -> Gadgets:
    """Which vertices are one gadget, from roles and units."""
    role, unit = net.role, net.unit
    kind = np.full(net.vertices, Kind.GATE, np.int64)
    kind[(role == Role.CONSTANT) | (role == Role.SOURCE)] = Kind.CONSTANT
    kind[(role == Role.SAMPLE) | (role == Role.RANDOM)] = Kind.INPUT
    kind[(role == Role.OUTPUT) | (role == Role.OUTPUT_CONTROL)] = Kind.OUTPUT
    for part, of in (
        (Unit.MEMORY, Kind.MEMORY),
        (Unit.DUAL, Kind.MEMORY),
        (Unit.FILLER, Kind.FILLER),
        (Unit.CELL, Kind.CELL),
    ):
        kind[unit == part] = of
    number = net.unit_index + 1  # 0 are the controls that all fillers share
    number = 2 * number.astype(np.int64) + (unit == Unit.DUAL)
    reads = np.flatnonzero(
        (net.edge_role == EdgeRole.READ) & (net.role[net.edge_target] == Role.READ)
    )
    reads = reads[unit[net.edge_target[reads]] == Unit.NONE]
    reader, read = net.edge_target[reads], net.edge_source[reads]
    kind[reader], number[reader] = kind[read], number[read]  # a unit's reader is part of it
    alone = (kind == Kind.INPUT) | (kind == Kind.OUTPUT)
    number[alone] = np.flatnonzero(alone)
    gate = kind == Kind.GATE
    number[gate] = names.base[net.label[gate]]
    number[kind == Kind.CONSTANT] = 0
    gadget, first = numbered(np.stack([kind, number]))
    total = np.bincount(gadget, net.level, len(first))
    level = total / np.bincount(gadget, minlength=len(first))
    return Gadgets(kind[first], first, level.astype(np.int64), gadget)


def gadget_name(net: Net, names: Names, vertex: int) -> str:
    """What the gadget of this first vertex is, in words."""
    unit, role = Unit(net.unit[vertex]), Role(net.role[vertex])
    label = net.labels[names.base[net.label[vertex]]]
    if unit is Unit.FILLER and net.unit_index[vertex] < 0:
        return "controls of all fillers"
    if unit is not Unit.NONE:
        return f"{'cell' if unit is Unit.CELL else f'{unit.name.lower()} unit'} {label}"
    if role is Role.CONSTANT:
        return "constant"
    return f"{role.name.lower().replace('_', ' ')} {label}"


def numbered(columns: Longs) -> tuple[Longs, Longs]:
    """Number the distinct columns in ascending order; the number of each, and each one's first."""
    order = np.lexsort(columns[::-1])
    ordered = columns[:, order]
    fresh = np.ones(len(order), bool)
    fresh[1:] = (ordered[:, 1:] != ordered[:, :-1]).any(axis=0)
    number = np.empty(len(order), np.int64)
    number[order] = np.cumsum(fresh) - 1
    return number, order[fresh]
