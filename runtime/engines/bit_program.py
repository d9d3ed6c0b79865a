"""The bits of a net's flat vertices as a program: which bit is which function of which.

A *literal* is ``2 * slot + 1`` for the complement of a slot's bit, else ``2 * slot``; slot 0 is
false. Every input, read and bit of `compiler.flat_vertices` has a literal. A vertex that copies or
negates one bit shares its slot; the others have a slot each, filled in by the operations.

Bits and floats take turns in *phases*. An even phase has bits, an odd one floats; a vertex is in
the first phase of its kind that is not before those of its sources. Phase 1 are the floats that no
input reaches: they change only when a weight does.
"""

from __future__ import annotations

from enum import IntEnum
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from compiler.flat_vertices import FlatVertices, Kind
from compiler.net import Net

FIRST_BITS = 2
"""The phase of inputs, and of bits of them only."""

Longs = NDArray[np.int64]


class Operation(IntEnum):
    """How a slot's bit follows from the bits of its operands, which are literals."""

    AND = 0
    """Of two."""
    TABLE = 1
    """Of three: bit a + 2 b + 4 c of a number."""
    ALL = 2
    """Of any number."""
    THRESHOLD = 3
    """Of any number: whether coefficients add up to a bound."""


class BitProgram(NamedTuple):
    """See the module.

    Attributes:
        slots: how many.
        literal: int64 by vertex: its bit; 0 of fixed vertices and floats.
        phase: int64 by vertex.
        runs: uint32, shape (runs, 5): operation, first slot, one past the last, number of operands
            of each, place of the first operand.
        run_phase: int64 by run, not decreasing.
        operands: uint32 literals.
        coefficients: int32 by operand; of operation THRESHOLD.
        numbers: int32 by slot: the table, or the bound.
        reads: int64 vertices, in the order of their slots, which follow those of the inputs.
    """

    slots: int
    literal: Longs
    phase: Longs
    runs: NDArray[np.uint32]
    run_phase: Longs
    operands: NDArray[np.uint32]
    coefficients: NDArray[np.int32]
    numbers: NDArray[np.int32]
    reads: Longs


def bit_program(net: Net, flat: FlatVertices) -> BitProgram:
    """The program of what is known of a net; the input slots are 1, 2, ... in order."""
    phase = phases(net, flat)
    return _Lowering(net, flat, phase).program()


def phases(net: Net, flat: FlatVertices) -> Longs:
    """The phase of each vertex; 0 of the constant and of fixed vertices."""
    phase = np.zeros(net.vertices, np.int64)
    phase[[port.vertex for port in net.inputs]] = FIRST_BITS
    phase[flat.kind >= Kind.READ] = 1
    is_bit = flat.kind == Kind.BIT
    counted = (is_bit | (flat.kind >= Kind.READ)) & (
        np.bincount(net.edge_target, minlength=net.vertices) > 0
    )
    wired = np.flatnonzero(counted)
    first = np.searchsorted(net.edge_target, np.arange(net.vertices + 1))
    ends = np.searchsorted(net.level[wired], np.arange(1, net.levels + 2)).tolist()
    for begin, end in pairwise(ends):
        if begin == end:
            continue
        here = wired[begin:end]
        sizes = first[here + 1] - first[here]
        starts = np.cumsum(sizes) - sizes
        edges = np.arange(sizes.sum()) + np.repeat(first[here] - starts, sizes)
        latest = np.maximum.reduceat(phase[net.edge_source[edges]], starts)
        bit = is_bit[here]
        phase[here] = np.where(bit, np.maximum(latest + latest % 2, FIRST_BITS), latest | 1)
    return phase


class _Lowering:
    """From threshold functions of vertices to operations on literals."""

    def __init__(self, net: Net, flat: FlatVertices, phase: Longs) -> None:
        self._net, self._flat, self._phase = net, flat, phase
        vertices = net.vertices
        self._size = np.diff(flat.first)
        bits = flat.kind == Kind.BIT
        self._operation = np.full(vertices, -1)
        self._number = np.zeros(vertices, np.int64)
        # Of a vertex without an operation: whose bit it shares, and whether it is its complement.
        self._shares = np.arange(vertices)
        self._complement = np.zeros(vertices, bool)
        # Of one with an operation: whether its slot holds its complement.
        self._inverted = np.zeros(vertices, bool)
        self._flipped = np.zeros(len(flat.operand), bool)
        self._used = np.ones(len(flat.operand), bool)
        for size in np.unique(self._size[bits]).tolist():
            alike = np.flatnonzero(bits & (self._size == size))
            places = flat.first[alike][:, None] + np.arange(size)
            if size <= 3:
                self._small(alike, places)
            else:
                self._large(alike, places)

    def _small(self, vertices: NDArray[np.intp], places: Longs) -> None:
        """Up to three operands: by truth table."""
        size = places.shape[1]
        rows = np.arange(1 << size)
        columns = rows[:, None] >> np.arange(size) & 1
        coefficient = self._flat.coefficient[places].astype(np.int64)
        truth = coefficient @ columns.T >= self._flat.bound[vertices][:, None]
        matters = np.stack(
            [(truth != truth[:, rows ^ (1 << i)]).any(axis=1) for i in range(size)], axis=1
        )
        count = matters.sum(axis=1)
        self._used[places] = matters
        one = np.flatnonzero(count == 1)
        operand = np.take_along_axis(places[one], matters[one].argmax(axis=1)[:, None], 1)[:, 0]
        self._shares[vertices[one]] = self._flat.operand[operand]
        self._complement[vertices[one]] = self._flat.coefficient[operand] < 0
        self._two(vertices, places, truth, np.flatnonzero(count == 2))
        three = np.flatnonzero(count == 3)
        if len(three):
            self._operation[vertices[three]] = Operation.TABLE
            self._number[vertices[three]] = truth[three] @ (1 << rows)

    def _two(
        self,
        vertices: NDArray[np.intp],
        places: Longs,
        truth: NDArray[np.bool_],
        which: NDArray[np.intp],
    ) -> None:
        """A threshold function of two bits is true, or false, for one pair only."""
        if not len(which):
            return
        vertices, truth = vertices[which], truth[which]
        places = places[which][self._used[places[which]]].reshape(-1, 2)
        often = truth.sum(axis=1) > truth.shape[1] // 2
        self._inverted[vertices] = often
        self._operation[vertices] = Operation.AND
        # The pair is that of the greatest sum, or of the least where it is often true.
        self._flipped[places] = (self._flat.coefficient[places] < 0) ^ often[:, None]

    def _large(self, vertices: NDArray[np.intp], places: Longs) -> None:
        """More: all of them, any of them, or a sum."""
        coefficient = self._flat.coefficient[places].astype(np.int64)
        size = np.abs(coefficient)
        bound = self._flat.bound[vertices] - np.minimum(coefficient, 0).sum(axis=1)
        total, least = size.sum(axis=1), size.min(axis=1)
        every, some = (bound > total - least) & (bound <= total), (bound >= 1) & (bound <= least)
        self._operation[vertices] = np.where(every | some, Operation.ALL, Operation.THRESHOLD)
        self._number[vertices] = np.where(every | some, 0, self._flat.bound[vertices])
        self._inverted[vertices] = some & ~every
        self._flipped[places] = ((coefficient < 0) ^ (some & ~every)[:, None]) & (every | some)[
            :, None
        ]

    def _share(self) -> None:
        """Whoever shares a bit with one that shares shares that one's."""
        while True:
            further = self._shares[self._shares]
            if (further == self._shares).all():
                return
            self._complement ^= self._complement[self._shares]
            self._shares = further

    def program(self) -> BitProgram:
        """Slots, and runs of vertices of one phase, level, operation and number of operands."""
        flat, net = self._flat, self._net
        self._share()
        owner = np.flatnonzero(self._operation >= 0)
        used = np.append(0, np.cumsum(self._used))
        kept = used[flat.first[owner + 1]] - used[flat.first[owner]]
        keys = (owner, kept, self._operation[owner], net.level[owner], self._phase[owner])
        order = np.lexsort(keys)
        owner, kept = owner[order], kept[order]
        inputs = np.array([port.vertex for port in net.inputs], np.int64)
        reads = np.flatnonzero(flat.kind == Kind.READ)
        before = 1 + len(inputs) + len(reads)
        slot = np.zeros(net.vertices, np.int64)
        slot[inputs] = 1 + np.arange(len(inputs))
        slot[reads] = 1 + len(inputs) + np.arange(len(reads))
        slot[owner] = before + np.arange(len(owner))
        root = self._shares
        literal = 2 * slot[root] + (self._complement ^ self._inverted[root])
        literal[(flat.kind == Kind.FIXED) | (flat.kind == Kind.FLOAT)] = 0
        literal[0] = 0
        sizes = self._size[owner]
        starts = np.cumsum(sizes) - sizes
        places = np.arange(sizes.sum()) + np.repeat(flat.first[owner] - starts, sizes)
        places = places[self._used[places]]
        sorted_keys = [key[order] for key in keys[1:]]
        new = np.ones(len(owner), bool)
        new[1:] = np.any([np.diff(key) != 0 for key in sorted_keys], axis=0)
        begin = np.flatnonzero(new)
        place = np.cumsum(kept) - kept
        end = np.append(begin[1:], len(owner))[: len(begin)]
        runs = np.stack(
            [
                self._operation[owner[begin]],
                before + begin,
                before + end,
                kept[begin],
                place[begin],
            ],
            1,
        )
        numbers = np.zeros(before + len(owner), np.int32)
        numbers[before:] = self._number[owner]
        return BitProgram(
            slots=before + len(owner),
            literal=literal,
            phase=self._phase,
            runs=runs.astype(np.uint32),
            run_phase=self._phase[owner[begin]],
            operands=(literal[flat.operand[places]] ^ self._flipped[places]).astype(np.uint32),
            coefficients=flat.coefficient[places],
            numbers=numbers,
            reads=reads,
        )
