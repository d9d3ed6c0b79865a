"""The bits of a net's flat vertices as a program: which bit is which function of which.

A *literal* is ``2 * slot + 1`` for the complement of a slot's bit, else ``2 * slot``; slot 0 is
false. Inputs and reads of `compiler.flat_vertices` have a slot each, and so have the bits that are
computed; what is computed are not all vertices, but as few operations as `bit_cover` finds, in an
order and with slots of `bit_order`.

Bits and floats take turns in *phases*. An even phase has bits, an odd one floats; a vertex is in
the first phase of its kind that is not before those of its sources. Phase 1 are the floats that no
input reaches: they change only when a weight does.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from compiler.flat_vertices import FlatVertices, Kind
from compiler.net import Net
from runtime.engines.bit_functions import COST, PATTERNS, A, Operation
from runtime.engines.bit_gates import Gates, Longs, gates_of, truths, wide_of

FIRST_BITS = 2
"""The phase of inputs, and of bits of them only."""


class BitProgram(NamedTuple):
    """See the module.

    Attributes:
        slots: how many.
        literal: int64 by vertex: the bit of those asked for and of reads, 0 where they are fixed or
            floats; -1 of the others.
        runs: uint32, shape (runs, 5): operation, first place in ``targets``, one past the last,
            number of operands of each, place of the first operand.
        run_phase: int64 by run, not decreasing.
        targets: uint32 slots, in the order in which they are filled in.
        operands: uint32 literals.
        coefficients: int32 by operand; of operation THRESHOLD.
        numbers: int32 by target: the table, or the bound.
        reads: int64 vertices, in the order of their slots, which follow those of the inputs.
    """

    slots: int
    literal: Longs
    runs: NDArray[np.uint32]
    run_phase: Longs
    targets: NDArray[np.uint32]
    operands: NDArray[np.uint32]
    coefficients: NDArray[np.int32]
    numbers: NDArray[np.int32]
    reads: Longs


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


class _Operations(NamedTuple):
    """What is computed, from below.

    Attributes:
        literal: by node of `Gates`: with its node for a slot, or that of another.
        owner: by operation: the node that it computes.
        operation: by operation.
        first: shape (operations + 1,): where each one's operands begin.
        operands: literals.
        coefficients: by operand.
        numbers: by operation; see `BitProgram`.
    """

    literal: Longs
    owner: Longs
    operation: Longs
    first: Longs
    operands: Longs
    coefficients: Longs
    numbers: Longs


def _operations(gates: Gates, root: NDArray[np.bool_]) -> _Operations:
    """As few as `cover` finds, for the nodes that are roots."""
    from runtime.engines.bit_cover import cover

    nodes, size, wide = len(gates.vertex), np.diff(gates.first), wide_of(gates)
    price = np.array(COST, np.float64)
    own = np.where(size <= 3, np.inf, price[wide.operation] * size / 2)
    prices = np.where(PATTERNS.operation < 0, 0.0, price[PATTERNS.operation])
    leaves, tables = np.zeros((nodes, 3), np.int64), np.full(nodes, -2)
    literals = 2 * gates.operands
    cover(gates.given, gates.first, literals, truths(gates), own, prices, root, leaves, tables)
    is_few, is_wide = (tables >= 0) & (PATTERNS.operation[tables] >= 0), tables == -1
    inverted = np.where(is_few, PATTERNS.inverted[tables], is_wide & wide.inverted)
    literal = 2 * np.arange(nodes) + inverted
    for v in np.flatnonzero((tables >= 0) & ~is_few).tolist():
        # Of roots, and of what wide gates read: a copy, a complement or a constant.
        copied = literal[leaves[v, 0]] if tables[v] in (A, 0xFF ^ A) else 0
        literal[v] = copied ^ int(tables[v] in (0xFF ^ A, 0xFF))
    owner = np.flatnonzero(is_few | is_wide)
    few, table = is_few[owner], tables[owner]
    count = np.where(few, PATTERNS.operands[table], size[owner])
    operation = np.where(few, PATTERNS.operation[table], wide.operation[owner])
    first = np.append(0, np.cumsum(count))
    by = np.repeat(np.arange(len(owner)), count)
    column = np.arange(first[-1]) - first[by]
    narrow = np.minimum(column, 2)
    at = np.where(few[by], 0, gates.first[owner[by]] + column)
    leaf = leaves[owner[by], PATTERNS.place[table[by], narrow]]
    source = np.where(few[by], leaf, gates.operands[at])
    flipped = np.where(few[by], PATTERNS.flipped[table[by], narrow], wide.flipped[at])
    bound = np.where(operation == Operation.THRESHOLD, gates.bound[owner], 0)
    return _Operations(
        literal=literal,
        owner=owner,
        operation=operation,
        first=first,
        operands=literal[source] ^ flipped,
        coefficients=np.where(few[by], 0, gates.coefficients[at]),
        numbers=np.where(few, table, bound),
    )


def bit_program(net: Net, flat: FlatVertices, phase: Longs, wanted: Longs) -> BitProgram:
    """The program of what is known of a net; the input slots are 1, 2, ... in order.

    ``phase`` is that of `phases`, and ``wanted`` are the vertices whose bits are asked for; they
    keep their slots to the end.
    """
    from runtime.engines.bit_order import ordered, slots

    gates = gates_of(net, flat, phase)
    nodes, reads = len(gates.vertex), np.flatnonzero(flat.kind == Kind.READ)
    root = np.zeros(nodes, bool)
    root[gates.node[wanted]] = True
    made = _operations(gates, root)
    count, when = np.diff(made.first), phase[gates.vertex[made.owner]]
    kinds, kind = np.unique(np.stack([made.operation, count], 1), axis=0, return_inverse=True)
    graph = made.first, made.operands >> 1, made.owner
    order = ordered(nodes, *graph, when, kind.ravel(), len(kinds))
    slot, held = np.zeros(nodes, np.int64), np.zeros(nodes, bool)
    held[made.literal[root] >> 1] = held[gates.node[reads]] = held[0] = True
    used = slots(gates.given, order, *graph, held, slot)
    literal, operands = (2 * slot[x >> 1] + (x & 1) for x in (made.literal, made.operands))
    by_vertex = np.full(net.vertices, -1)
    for some in (wanted, reads):
        by_vertex[some] = literal[gates.node[some]]
    count, operation, when = count[order], made.operation[order], when[order]
    new = np.ones(len(order), bool)
    new[1:] = np.any([np.diff(key) != 0 for key in (count, operation, when)], axis=0)
    begin, place = np.flatnonzero(new), np.cumsum(count) - count
    end = np.append(begin[1:], len(order))[: len(begin)]
    places = np.arange(count.sum()) + np.repeat(made.first[order] - place, count)
    runs = np.stack([operation[begin], begin, end, count[begin], place[begin]], axis=1)
    return BitProgram(
        slots=used,
        literal=by_vertex,
        runs=runs.astype(np.uint32),
        run_phase=when[begin],
        targets=slot[made.owner[order]].astype(np.uint32),
        operands=operands[places].astype(np.uint32),
        coefficients=made.coefficients[places].astype(np.int32),
        numbers=made.numbers[order].astype(np.int32),
        reads=reads,
    )
