"""Rewrite every gate as threshold gates, each of which is one vertex (Lemma 1).

AND and THRESHOLD are threshold gates already, and a complement is a sign. The other two take one
hidden gate each::

    a ^ b          h = a & b             a + b - 2 h >= 1
    a ^ b ^ c      h = [a + b + c >= 2]  a + b + c - 2 h >= 1       (a full adder)
    s ? t : e      h = s & t             2 h + !s + e >= 2
    x ^ (a & b)    h = x & a & b         2 x + a + b - 3 h >= 2     (any number n of a, b, ...)

The last one: with A the sum of the n literals, the condition is ``n x + A - (n + 1) h >= n``. For
x = 0 it reads A >= n, the AND. For x = 1 and A < n it holds; for x = 1 and A = n it reads
n + n - n - 1 >= n, which fails.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from circuits.builder import Builder
from circuits.circuit import Circuit, Gate, Op
from circuits.rebuild import Read, copy_gate, fan_out, live_nodes, rebuild

LEGAL = (Op.AND, Op.THRESHOLD)
"""The gates left after this pass."""


def lower_to_threshold(circuit: Circuit) -> Circuit:
    """The same functions with AND and THRESHOLD gates only."""
    alive = live_nodes(circuit)
    absorbed = _absorbed(circuit, alive, fan_out(circuit, alive))
    absorbing = {reader: node for node, reader in absorbed.items()}

    def rule(builder: Builder, gate: Gate, read: Read) -> int | None:
        if gate.node in absorbed:
            return None
        if gate.op is Op.MUX:
            select, then, otherwise = map(read, gate.operands)
            both = builder.and_(select, then)
            return builder.threshold([both, select ^ 1, otherwise], 2, [2, 1, 1])
        if gate.node in absorbing:
            node = absorbing[gate.node]
            (other,) = (x for x in gate.operands if x >> 1 != node)
            literals = [read(x) for x in circuit.operands_of(node)]
            return _xor_of_and(builder, read(other), literals)
        if gate.op is Op.XOR:
            return _parity(builder, [read(x) for x in gate.operands])
        return copy_gate(builder, gate, read)

    return rebuild(circuit, rule, alive)


def _absorbed(
    circuit: Circuit, alive: NDArray[np.bool_], readers: NDArray[np.int64]
) -> dict[int, int]:
    """ANDs that only an XOR of two operands reads, by node, and which; of two the second."""
    pair = (circuit.ops == Op.XOR) & (np.diff(circuit.starts) == 2) & alive
    gates = np.flatnonzero(pair)
    first, second = (circuit.operands[circuit.starts[gates] + i] >> 1 for i in range(2))
    conjunction = (circuit.ops == Op.AND) & (readers == 1)
    read = np.where(conjunction[second], second, first)
    found = conjunction[read]
    return dict(zip(read[found].tolist(), gates[found].tolist(), strict=True))


def _parity(builder: Builder, literals: list[int]) -> int:
    """A balanced tree of three-input XORs, two gates each."""
    while len(literals) > 3:
        groups = [literals[i : i + 3] for i in range(0, len(literals), 3)]
        literals = [_small_parity(builder, group) for group in groups]
    return _small_parity(builder, literals)


def _small_parity(builder: Builder, literals: list[int]) -> int:
    if len(literals) == 1:
        return literals[0]
    carry = builder.threshold(literals, 2)
    return builder.threshold([*literals, carry], 1, [1] * len(literals) + [-2])


def _xor_of_and(builder: Builder, x: int, literals: list[int]) -> int:
    n = len(literals)
    all_true = builder.and_(x, *literals)
    weights = [n] + [1] * n + [-(n + 1)]
    return builder.threshold([x, *literals, all_true], n, weights)
