"""An order of operations, and slots for their bits, compiled by numba; importing this imports it.

Operations of one kind follow each other as long as there are any whose operands are known, whatever
their levels: a loop over a run of them starts seldom. A slot is given to another bit as soon as the
last reader of its bit has run, the last one that was freed first; so what is worked on stays in the
cache.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from runtime.engines.scalar_kernels import Indices, compiled


@compiled
def ordered(
    nodes: int,
    first: Indices,
    operand: Indices,
    owner: Indices,
    phase: Indices,
    kind: Indices,
    kinds: int,
) -> Indices:
    """Operations in an order in which they can run: by phases, and in these in runs of a kind.

    Args:
        nodes: how many bits there are.
        first: shape (operations + 1,): where each one's operands begin.
        operand: nodes.
        owner: by operation: the node that it computes.
        phase: by operation, not decreasing.
        kind: by operation.
        kinds: how many there are.
    """
    many = len(owner)
    computed = np.full(nodes, -1)
    for i in range(many):
        computed[owner[i]] = i
    begin = np.zeros(many + 1, np.int64)
    for place in range(len(operand)):
        if computed[operand[place]] >= 0:
            begin[computed[operand[place]] + 1] += 1
    for i in range(many):
        begin[i + 1] += begin[i]
    reader, filled, waits = np.zeros(begin[-1], np.int64), begin.copy(), np.zeros(many, np.int64)
    for i in range(many):
        for place in range(first[i], first[i + 1]):
            x = computed[operand[place]]
            if x >= 0:
                reader[filled[x]] = i
                filled[x] += 1
                waits[i] += 1
    # Of each kind, a list of what is ready: linked from the oldest to the newest.
    following, oldest, newest = np.full(many, -1), np.full(kinds, -1), np.full(kinds, -1)
    ready, order, made, start = np.zeros(kinds, np.int64), np.empty(many, np.int64), 0, 0
    now: Any = 0
    for i in range(many):
        waits[i] += 1  # for its phase
    while start < many:
        stop = start
        while stop < many and phase[stop] == phase[start]:
            stop += 1
        for i in range(start, stop):
            waits[i] -= 1
            if waits[i] == 0:
                _append(i, kind[i], following, oldest, newest, ready)
        while made < stop:
            if ready[now] == 0:
                now = np.argmax(ready)
            i = oldest[now]
            oldest[now] = following[i]
            ready[now] -= 1
            order[made] = i
            made += 1
            for place in range(begin[i], begin[i + 1]):
                r = reader[place]
                waits[r] -= 1
                if waits[r] == 0:
                    _append(r, kind[r], following, oldest, newest, ready)
        start = stop
    return order


@compiled
def _append(
    i: int, kind: int, following: Indices, oldest: Indices, newest: Indices, ready: Indices
) -> None:
    if ready[kind]:
        following[newest[kind]] = i
    else:
        oldest[kind] = i
    newest[kind] = i
    following[i] = -1
    ready[kind] += 1


@compiled
def slots(
    given: int,
    order: Indices,
    first: Indices,
    operand: Indices,
    owner: Indices,
    kept: Indices,
    slot: Indices,
) -> int:
    """Fill in the slot of each node that is computed; how many slots there are.

    Args:
        given: how many nodes have a slot, that of their number.
        order: of operations.
        first: as in `ordered`, and so are ``operand`` and ``owner``.
        operand: see there.
        owner: see there.
        kept: by node: whether its slot may not be given away.
        slot: by node, filled in.
    """
    reads = np.zeros(len(kept), np.int64)
    for x in operand:
        reads[x] += 1
    free, many, used = np.empty(len(kept), np.int64), 0, given
    for v in range(given):
        slot[v] = v
    for i in order:
        if many:
            many -= 1
            slot[owner[i]] = free[many]
        else:
            slot[owner[i]] = used
            used += 1
        for place in range(first[i], first[i + 1]):
            x = operand[place]
            reads[x] -= 1
            if reads[x] == 0 and not kept[x]:
                free[many] = slot[x]
                many += 1
    return used


# For numba's cache, a digest of what is imported: 74c614b9a201d54f
