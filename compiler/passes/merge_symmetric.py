"""Merge vertices that are and stay alike: an equitable partition of the weighted graph.

Two vertices are alike when they have the same number of edges of each weight from, and to, each
class of vertices. Colour refinement finds the coarsest such partition that keeps the constant,
every input, every output and every memory bit apart. If the weights of all edges between two
classes that began equal are equal before a step of SGD, then so are the sums, derivatives and
gradients of all copies, hence the weights after it: the quotient's trajectory is the net's.

The partition is refined by sweeps over the levels, upwards by what a vertex hears and downwards by
what it tells, until a sweep splits nothing. A vertex's neighbourhood is summarised by a 64-bit
hash; that classes do not merge vertices whose hashes agree by accident is checked exactly.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from circuits.errors import InvariantError
from compiler.net import MemoryBit, Net, Port

_Longs = NDArray[np.int64]


def merge_symmetric(net: Net) -> Net:
    """The quotient of a net by its coarsest equitable partition.

    Each class is represented by its first vertex; ``copies`` and ``fan_in_copies`` say how many
    vertices and edges stand behind it.
    """
    if net.is_quotient:
        return net
    return _quotient(net, symmetry_classes(net))


def class_count(net: Net) -> int:
    """How many vertices `merge_symmetric` leaves."""
    return net.vertices if net.is_quotient else int(symmetry_classes(net).max()) + 1


def symmetry_classes(net: Net) -> _Longs:
    """Shape (vertices,): the class of each vertex, numbered in order of first vertices."""
    colour = np.zeros(net.vertices, np.int64)
    apart = [0, *(p.vertex for p in net.inputs), *(p.vertex for p in net.outputs)]
    apart += [int(net.edge_target[bit.edge]) for bit in net.memory]
    colour[list(dict.fromkeys(apart))] = np.arange(1, len(set(apart)) + 1)
    colour = _numbered(np.stack([colour, net.level.astype(np.int64)]))
    source, target = net.edge_source.astype(np.int64), net.edge_target.astype(np.int64)
    upwards = _Sweep(net, source, target, range(1, net.levels + 1))
    downwards = _Sweep(net, target, source, range(net.levels - 1, -1, -1))
    count = -1
    while count != (count := int(colour.max())):
        colour = downwards.refine(upwards.refine(colour))
    return _by_first_vertex(colour)


class _Sweep:
    """One pass over the levels, in which a vertex is split by its edges from already split ones."""

    def __init__(self, net: Net, heard: _Longs, hearer: _Longs, order: range) -> None:
        level = net.level[hearer]
        by_level = np.argsort(level, kind="stable")
        bounds = np.searchsorted(level[by_level], np.arange(net.levels + 2))
        first = np.searchsorted(net.level, np.arange(net.levels + 2))
        self._parts = [
            (slice(first[k], first[k + 1]), by_level[bounds[k] : bounds[k + 1]]) for k in order
        ]
        self._heard, self._hearer = heard, hearer
        rng = np.random.default_rng(0)  # fixed: compilation is deterministic
        self._weight_salt = rng.integers(1, 2**63, len(net.values), dtype=np.uint64)[net.edge_value]

    def refine(self, colour: _Longs) -> _Longs:
        """The finer colouring."""
        colour = colour.copy()
        for vertices, edges in self._parts:
            mixed = _mix(colour[self._heard[edges]].astype(np.uint64), self._weight_salt[edges])
            total = np.zeros(vertices.stop - vertices.start, np.uint64)
            np.add.at(total, self._hearer[edges] - vertices.start, mixed)
            # Colours of a level stay its own, so that they need not be renumbered over all levels.
            split = _numbered(np.stack([colour[vertices], total.view(np.int64)]))
            colour[vertices] = split + vertices.start
        return colour


def _mix(colour: NDArray[np.uint64], salt: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A 64-bit hash of a colour and a weight (the finalizer of splitmix64)."""
    x = (colour + np.uint64(0x9E3779B97F4A7C15)) * (salt | np.uint64(1))
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: NDArray[np.uint64] = x ^ (x >> np.uint64(31))
    return mixed


def _numbered(columns: _Longs) -> _Longs:
    """Number the distinct columns 0, 1, ...; shape (rows, n) to (n,)."""
    order = np.lexsort(columns[::-1])
    ordered = columns[:, order]
    fresh = np.concatenate([[False], (ordered[:, 1:] != ordered[:, :-1]).any(axis=0)])
    number = np.empty(columns.shape[1], np.int64)
    number[order] = np.cumsum(fresh[: columns.shape[1]])
    return number


def _by_first_vertex(colour: _Longs) -> _Longs:
    """Renumber classes in the order in which they first occur."""
    _, first, inverse = np.unique(colour, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]


def _quotient(net: Net, classes: _Longs) -> Net:
    """The net of the classes' first vertices."""
    _, first, size = np.unique(classes, return_index=True, return_counts=True)
    _check_equitable(net, classes, first)
    source, target = classes[net.edge_source], classes[net.edge_target]
    kept = first[target] == net.edge_target  # edges into a representative
    columns = np.stack([target, source, net.edge_value.astype(np.int64)])[:, kept]
    rows, first_edge, count = np.unique(columns, axis=1, return_index=True, return_counts=True)
    edge_of = {tuple(row): i for i, row in enumerate(rows.T.tolist())}

    def edge_class(edge: int) -> int:
        return edge_of[int(target[edge]), int(source[edge]), int(net.edge_value[edge])]

    def port(p: Port) -> Port:
        return Port(int(classes[p.vertex]), p.name)

    return replace(
        net,
        **{
            name: getattr(net, name)[first]
            for name in ("role", "unit", "unit_index", "path_index", "label", "line", "level")
        },
        edge_source=rows[1].astype(np.int32),
        edge_target=rows[0].astype(np.int32),
        edge_value=rows[2].astype(np.int32),
        edge_role=net.edge_role[np.flatnonzero(kept)[first_edge]],
        inputs=tuple(map(port, net.inputs)),
        outputs=tuple(map(port, net.outputs)),
        memory=tuple(MemoryBit(m.name, edge_class(m.edge), m.zero) for m in net.memory),
        copies={int(c): int(size[c]) for c in np.flatnonzero(size > 1)},
        fan_in_copies={int(e): int(count[e]) for e in np.flatnonzero(count > 1)},
    )


def _check_equitable(net: Net, classes: _Longs, first: _Longs) -> None:
    """Refuse classes whose vertices do not all have their first vertex's edges."""
    for near, far in ((net.edge_target, net.edge_source), (net.edge_source, net.edge_target)):
        order = np.lexsort((classes[far], net.edge_value, near))
        ends, value, other = near[order], net.edge_value[order], classes[far[order]]
        begin = np.searchsorted(ends, np.arange(net.vertices))
        place = np.arange(len(ends)) - begin[ends]
        model = begin[first[classes[ends]]] + place
        degree = np.bincount(ends, minlength=net.vertices)
        same = (degree == degree[first[classes]]).all()
        if not same or (value != value[model]).any() or (other != other[model]).any():
            raise InvariantError("vertices with different edges have been merged")
