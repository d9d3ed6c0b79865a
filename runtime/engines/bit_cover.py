"""Bits as few functions of three others each, compiled by numba; importing this imports numba.

A circuit's xor is two or three threshold gates in a net, and functions of three bits, such as the
carry of an adder, are several xors and ands in a circuit. What a gate computes of a *cut*, bits on
which alone it depends through others, is one operation if there are three of them at most. Cuts are
found from below and chosen for the least work as in the mapping of circuits to look-up tables
(Mishchenko, Chatterjee, Brayton, "Improvements to technology mapping for LUT-based FPGAs", 2007,
without its exact-area pass); what nobody reads any more is left out.
"""

from __future__ import annotations

import numpy as np

from runtime.engines.scalar_kernels import Floats, Indices, compiled

CUTS = 8
"""Kept of each gate; the first is the gate itself, for its readers."""

_TRIED = 24
"""Unions of operands' cuts that are looked at."""

_ROUNDS = 3
"""Of choosing; after the first it is known how many read a gate."""

MOST = 4
"""Operands of gates that are looked into."""


@compiled
def cover(
    given: int,
    first: Indices,
    operands: Indices,
    truth: Indices,
    own: Floats,
    prices: Floats,
    root: Indices,
    leaves: Indices,
    tables: Indices,
) -> None:
    """Which gates are needed, and what each is a function of.

    Args:
        given: how many nodes are no gates, the first ones.
        first: shape (nodes + 1,): where each one's operands begin.
        operands: literals of nodes before it.
        truth: by node: bit i is its value where its operands, as bits, are i; -1 where there are
            more than `MOST`.
        own: by node, the price of computing it as it is; infinite where that is by its table.
        prices: by table.
        root: by node, whether it is needed.
        leaves: shape (nodes, 3), filled in, in ascending order; the rest is 0.
        tables: by node, filled in: of its leaves; -1 where it is computed as it is, -2 where it
            is not needed.
    """
    nodes = len(first) - 1
    leaf, count = np.zeros((nodes, CUTS, 3), np.int32), np.ones(nodes, np.int8)
    size, table = np.ones((nodes, CUTS), np.int8), np.zeros((nodes, CUTS), np.int16)
    for v in range(nodes):
        leaf[v, 0, 0], table[v, 0] = v, 0xAA
    size[0, 0], table[0, 0] = 0, 0
    readers = np.zeros(nodes, np.float64)
    for literal in operands:
        readers[literal >> 1] += 1.0
    flow, best = np.zeros(nodes, np.float64), np.full(nodes, -1)
    for v in range(given, nodes):
        if truth[v] >= 0:
            _cuts(v, operands[first[v] : first[v + 1]], truth[v], leaf, size, table, count)
        _choose(v, first, operands, own, prices, readers, leaf, size, table, count, flow, best)
        if best[v] >= 0 and size[v, best[v]] <= 1:  # readers see what it copies
            leaf[v, 0, 0], table[v, 0] = leaf[v, best[v], 0], table[v, best[v]]
            size[v, 0] = size[v, best[v]]
    for turn in range(_ROUNDS):
        needed, reading = np.zeros(nodes, np.bool_), np.zeros(nodes, np.float64)
        for v in range(nodes):
            needed[v] = root[v]
        for v in range(nodes - 1, given - 1, -1):
            if needed[v] and best[v] >= 0:
                for i in range(size[v, best[v]]):
                    needed[leaf[v, best[v], i]] = True
                    reading[leaf[v, best[v], i]] += 1.0
            elif needed[v]:
                for i in range(first[v], first[v + 1]):
                    needed[operands[i] >> 1] = True
                    reading[operands[i] >> 1] += 1.0
        if turn == _ROUNDS - 1:
            break
        for v in range(nodes):
            readers[v] = (readers[v] + 2.0 * reading[v]) / 3.0
        for v in range(given, nodes):
            _choose(v, first, operands, own, prices, readers, leaf, size, table, count, flow, best)
    for v in range(given, nodes):
        tables[v] = -2 if not needed[v] else (table[v, best[v]] if best[v] >= 0 else -1)
        if needed[v] and best[v] >= 0:
            for i in range(3):
                leaves[v, i] = leaf[v, best[v], i]


@compiled
def _cuts(
    v: int,
    operands: Indices,
    truth: int,
    leaf: Indices,
    size: Indices,
    table: Indices,
    count: Indices,
) -> None:
    """Fill in the cuts of a gate from those of its operands."""
    # Unions so far, and those with the next operand's cuts: leaves, and which cut of each operand.
    tried, sizes = np.zeros((2, _TRIED, 3), np.int32), np.zeros((2, _TRIED), np.int8)
    choice, many, now = np.zeros((2, _TRIED, MOST), np.int64), 1, 0
    for n in range(len(operands)):
        x, made, then = operands[n] >> 1, 0, 1 - now
        for t in range(many):
            for c in range(count[x]):
                if made == _TRIED:
                    break
                length = _union(tried, sizes, now, t, leaf, size, x, c, then, made)
                if length < 0:
                    continue
                sizes[then, made] = length
                known = False
                for other in range(made):
                    same = sizes[then, other] == length
                    for i in range(length):
                        same &= tried[then, other, i] == tried[then, made, i]
                    known |= same
                if known:
                    continue
                for i in range(n):
                    choice[then, made, i] = choice[now, t, i]
                choice[then, made, n] = c
                made += 1
        now, many = then, made
    for t in range(many):
        if count[v] == CUTS:
            break
        found = 0
        for row in range(8):
            index = 0
            for n in range(len(operands)):
                x, c = operands[n] >> 1, choice[now, t, n]
                place = 0
                for i in range(size[x, c]):
                    for j in range(sizes[now, t]):
                        if tried[now, t, j] == leaf[x, c, i]:
                            place |= ((row >> j) & 1) << i
                index |= (((table[x, c] >> place) & 1) ^ np.int64(operands[n] & 1)) << n
            found |= ((truth >> index) & 1) << row
        _reduced(v, count[v], tried, sizes, now, t, found, leaf, size, table)
        count[v] += 1


@compiled
def _union(
    tried: Indices,
    sizes: Indices,
    now: int,
    t: int,
    leaf: Indices,
    size: Indices,
    x: int,
    c: int,
    then: int,
    made: int,
) -> int:
    """Write down the union of two ascending lists; its length, -1 where that is more than three."""
    i = j = length = 0
    while i < sizes[now, t] or j < size[x, c]:
        if length == 3:
            return -1
        if j == size[x, c] or (i < sizes[now, t] and tried[now, t, i] < leaf[x, c, j]):
            tried[then, made, length] = tried[now, t, i]
            i += 1
        else:
            if i < sizes[now, t] and tried[now, t, i] == leaf[x, c, j]:
                i += 1
            tried[then, made, length] = leaf[x, c, j]
            j += 1
        length += 1
    return length


@compiled
def _reduced(
    v: int,
    c: int,
    tried: Indices,
    sizes: Indices,
    now: int,
    t: int,
    found: int,
    leaf: Indices,
    size: Indices,
    table: Indices,
) -> None:
    """Keep a cut without the leaves that do not matter; rows repeat in those that are not there."""
    kept, left = 0, 0
    for i in range(sizes[now, t]):
        differs = False
        for row in range(8):
            differs |= ((found >> row) & 1) != ((found >> (row ^ (1 << i))) & 1)
        if differs:
            leaf[v, c, kept] = tried[now, t, i]
            left |= i << (2 * kept)
            kept += 1
    for i in range(kept, 3):
        leaf[v, c, i] = 0
    result = 0
    for row in range(8):
        old = 0
        for i in range(kept):
            old |= ((row >> i) & 1) << ((left >> (2 * i)) & 3)
        result |= ((found >> old) & 1) << row
    size[v, c], table[v, c] = kept, result


@compiled
def _choose(
    v: int,
    first: Indices,
    operands: Indices,
    own: Floats,
    prices: Floats,
    readers: Floats,
    leaf: Indices,
    size: Indices,
    table: Indices,
    count: Indices,
    flow: Floats,
    best: Indices,
) -> None:
    """The cheapest cut: its price, and a share of that of each leaf, which others read as well."""
    least, which = own[v], -1
    if least < np.inf:
        for i in range(first[v], first[v + 1]):
            x = operands[i] >> 1
            least += flow[x] / max(readers[x], 1.0)
    for c in range(1, count[v]):
        price = prices[table[v, c]]
        for i in range(size[v, c]):
            price += flow[leaf[v, c, i]] / max(readers[leaf[v, c, i]], 1.0)
        if price < least:
            least, which = price, c
    flow[v], best[v] = least, which


# For numba's cache, a digest of what is imported: 74c614b9a201d54f
