"""Put gates together again that no single vertex computes: XOR, MUX, and XOR with an AND.

`compiler.passes.lower_to_threshold` writes these as a threshold gate that hears a *hidden* gate.
Two rules find them, whoever wrote them; both are identities, so no function is ever changed:

- ``n x + A - (n + 1) h >= n`` with A the sum of n literals and h the AND of x and all of these is x
  XOR their AND (proved there).
- A threshold gate that is, with one of its sources spelt out, a function of up to three nodes is
  what its truth table says.

In a table over n variables row r, the bit ``1 << r``, is where variable i has the bit i of r.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from itertools import combinations
from operator import xor

from circuits.builder import Builder
from circuits.circuit import FALSE, TRUE, Circuit, Gate, Op
from circuits.errors import InvariantError
from circuits.rebuild import Read, copy_gate, rebuild

_COLUMNS = (0b10101010, 0b11001100, 0b11110000)
"""The tables of three variables themselves; a function of fewer repeats its table."""

_ALL = 0b11111111


def absorb_hidden_gates(circuit: Circuit) -> Circuit:
    """The same functions with XOR and MUX gates where hidden gates were; no labels, no dead gates.

    >>> b = Builder("exclusive or")
    >>> x, y = b.input("x"), b.input("y")
    >>> b.output("z", b.threshold([x, y, b.and_(x, y)], 1, [1, 1, -2]))
    >>> print(absorb_hidden_gates(b.build()), end="")
    circuit exclusive or
      %1 = input x
      %2 = input y
      %3 = xor %1 %2
      output z = %3
    """
    narrow = {
        gate.node: gate
        for gate in circuit.gates()
        if gate.op in (Op.AND, Op.THRESHOLD) and len(gate.operands) <= len(_COLUMNS)
    }
    conjunctions = {g.node: frozenset(g.operands) for g in circuit.gates() if g.op is Op.AND}

    def rule(builder: Builder, gate: Gate, read: Read) -> int:
        for complement, form in enumerate((gate, _complemented(gate))):
            exclusive = _one_or_all(form, conjunctions)
            if exclusive is not None:
                x, literals = exclusive
                return builder.xor(read(x), builder.and_(*map(read, literals))) ^ complement
        found = _leaves_and_table(gate, narrow)
        made = None
        if found is not None:
            made = _from_table(builder, [read(2 * leaf) for leaf in found[0]], found[1])
        return copy_gate(builder, gate, read) if made is None else made

    rewritten = rebuild(circuit, rule)
    return replace(rebuild(rewritten, copy_gate), labels={})  # `rebuild` numbers gates in labels


def _complemented(gate: Gate) -> Gate:
    """The threshold gate that is the gate's complement; any other gate as it is."""
    if gate.op is not Op.THRESHOLD:
        return gate
    operands = tuple(x ^ 1 for x in gate.operands)
    return gate._replace(operands=operands, bound=sum(gate.weights) - gate.bound + 1)


def _one_or_all(
    gate: Gate, conjunctions: Mapping[int, frozenset[int]]
) -> tuple[int, tuple[int, ...]] | None:
    """(x, literals) where a gate is x XOR the AND of the literals, by the first rule."""
    n = len(gate.operands) - 2
    if gate.op is not Op.THRESHOLD or n < 1 or gate.bound != 2 * n + 1:
        return None
    of_weight = {w: x for x, w in zip(gate.operands, gate.weights, strict=True)}
    x, hidden = of_weight.get(n, 0), of_weight.get(n + 1, 0)
    others = tuple(y for y in gate.operands if y not in (x, hidden))
    if sorted(gate.weights) != sorted([n, n + 1] + [1] * n) or not hidden & 1:
        return None
    return (x, others) if conjunctions.get(hidden >> 1) == frozenset((x, *others)) else None


def _leaves_and_table(gate: Gate, narrow: Mapping[int, Gate]) -> tuple[list[int], int] | None:
    """The nodes that a gate is a function of by way of a hidden gate, and its table over them."""
    if gate.op is not Op.THRESHOLD or len(gate.operands) > 1 + len(_COLUMNS):
        return None
    nodes = [x >> 1 for x in gate.operands]
    for hidden in reversed(nodes):
        inner = narrow.get(hidden)
        if inner is None:
            continue
        heard = [x for x in nodes if x != hidden] + [x >> 1 for x in inner.operands]
        leaves = list(dict.fromkeys(heard))
        if len(leaves) <= len(_COLUMNS):
            columns = dict(zip(leaves, _COLUMNS, strict=False))
            columns[hidden] = _table(inner, columns)
            return leaves, _table(gate, columns)
    return None


def _table(gate: Gate, columns: Mapping[int, int]) -> int:
    """The table of an AND or THRESHOLD gate, given those of its operands' nodes."""
    bound = len(gate.operands) if gate.op is Op.AND else gate.bound
    terms = [
        (columns[x >> 1] ^ (_ALL if x & 1 else 0), weight)
        for x, weight in zip(gate.operands, gate.weights, strict=True)
    ]
    return sum(
        1 << row
        for row in range(_ALL.bit_length())
        if sum(weight for column, weight in terms if column >> row & 1) >= bound
    )


def _from_table(builder: Builder, literals: list[int], table: int) -> int | None:
    """The literal of ``x ^ g(y, z)``, a parity among them, or ``x ? y : z``; None for others."""
    known = {0: FALSE, _ALL: TRUE}
    for x, column in zip(literals, _COLUMNS, strict=False):
        known |= {column: x, column ^ _ALL: x ^ 1}
    parity = reduce(xor, _COLUMNS[: len(literals)])
    if table in (parity, parity ^ _ALL):
        return builder.xor(*literals) ^ int(table != parity)
    halves = [_cofactors(table, i) for i in range(len(literals))]
    for x, (otherwise, then) in zip(literals, halves, strict=True):
        if otherwise ^ then == _ALL:
            return builder.xor(x, _of_two(builder, known, otherwise))
    for x, (otherwise, then) in zip(literals, halves, strict=True):
        if otherwise in known and then in known:
            return builder.mux(x, known[then], known[otherwise])
    return None


def _cofactors(table: int, variable: int) -> tuple[int, int]:
    """The tables with the variable false and true; neither depends on it."""
    column, shift = _COLUMNS[variable], 1 << variable
    low, high = table & ~column, table & column
    return low | low << shift, high | high >> shift


def _of_two(builder: Builder, known: Mapping[int, int], table: int) -> int:
    """A function of two variables: constant, one of them, their AND or XOR, or the negation."""
    if table in known:
        return known[table]
    for a, b in combinations(known, 2):
        for found, join in ((a & b, builder.and_), (a ^ b, builder.xor)):
            if table in (found, found ^ _ALL):
                return join(known[a], known[b]) ^ int(table != found)
    raise InvariantError(f"{table:#010b} is a function of three variables")
