"""Rewrite circuits into fewer kinds of gates, and wide gates into trees of narrow ones.

The gates that every circuit can be made of are 2-input ANDs (an and-inverter graph):

>>> from circuits.builder import Builder
>>> b = Builder("parity")
>>> b.output("odd", b.xor(b.input("x"), b.input("y")))
>>> print(expand(b.build(), frozenset({Op.AND}), 2), end="")
circuit parity
  %1 = input x
  %2 = input y
  %3 = and %1 %2
  %4 = and !%1 !%2
  %5 = and !%3 !%4
  output odd = %5
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from circuits.builder import Builder
from circuits.circuit import TRUE, Circuit, Op
from circuits.errors import InvariantError


def expand(circuit: Circuit, keep: frozenset[Op], fan_in: int | None = None) -> Circuit:
    """The same circuit with only AND and the gates in ``keep``.

    Names, labels, source lines, latches, outputs and their kinds stay; so do gates that nothing
    reads. The smaller gates that one gate becomes carry its source line.

    Args:
        circuit: any circuit.
        keep: the gates to leave as they are.
        fan_in: the most operands of an AND or XOR gate; wider ones become balanced trees.
    """
    if fan_in is not None and fan_in < 2:
        raise InvariantError(f"gates of at most {fan_in} operands; 2 is the least")
    builder = _Expander(circuit, keep | {Op.AND}, fan_in)
    lines = circuit.lines.tolist()
    inputs, state = [], []
    for node, name in zip(circuit.input_nodes, circuit.input_names, strict=True):
        builder.line = lines[node]
        inputs.append(builder.input(name))
    for node, latch in zip(circuit.latch_nodes, circuit.latches, strict=True):
        builder.line = lines[node]
        state.append(builder.latch(latch.name, latch.reset))
    literal_of = builder.copy(circuit, inputs, state)

    def renew(literal: int) -> int:
        return literal_of[literal >> 1] ^ (literal & 1)

    for latch, literal in zip(circuit.latches, state, strict=True):
        builder.set_next(literal, renew(latch.next))
    for o in circuit.outputs:
        builder.output(o.name, renew(o.literal), o.kind, o.group)
    return builder.build()


class _Expander(Builder):
    """A builder that makes legal gates only.

    Everything that a builder makes comes through `_gate`, folded already, so this is the one place
    where a gate can still turn out to be illegal.
    """

    def __init__(self, circuit: Circuit, legal: frozenset[Op], fan_in: int | None) -> None:
        super().__init__(circuit.name, circuit.source)
        self._legal = legal
        self._fan_in = fan_in

    def _gate(
        self, op: Op, operands: tuple[int, ...], weights: tuple[int, ...] = (), bound: int = 0
    ) -> int:
        limit = self._fan_in or len(operands)
        if op in self._legal and (op not in (Op.AND, Op.XOR) or len(operands) <= limit):
            return super()._gate(op, operands, weights, bound)
        if op is Op.AND:
            return _tree(self.and_, operands, limit)
        if op is Op.MUX:
            select, then, otherwise = operands
            return self.or_(self.and_(select, then), self.and_(select ^ 1, otherwise))
        if op is Op.THRESHOLD:
            return self._at_least(operands, weights, bound)
        if op in self._legal or len(operands) > 2:
            return _tree(self.xor, operands, limit if op in self._legal else 2)
        x, y = operands
        return self.and_(self.and_(x, y) ^ 1, self.and_(x ^ 1, y ^ 1) ^ 1)

    def _at_least(self, operands: Sequence[int], weights: Sequence[int], bound: int) -> int:
        """``sum(weights * operands) >= bound``: add up in binary, then compare.

        ``columns[p]`` holds bits worth ``2**p``. A full adder makes one bit of its column and one
        of the next out of three, so the total stays; a carry out of the last column cannot be 1.
        Comparing from the low end: with the bits below place p at least (or not) those of the
        bound, the bits up to p are so iff bit and that, or bit or that, as the bound's bit is 1
        or 0.
        """
        places = sum(weights).bit_length()
        columns = [
            deque(x for x, w in zip(operands, weights, strict=True) if w >> place & 1)
            for place in range(places)
        ]
        reached = TRUE
        for place, column in enumerate(columns):
            while len(column) > 1:
                x, y = column.popleft(), column.popleft()
                z = column.popleft() if column else 0
                differ = self.xor(x, y)
                column.append(self.xor(differ, z))
                if place + 1 < places:
                    carry = self.or_(self.and_(x, y), self.and_(differ, z))
                    columns[place + 1].append(carry)
            bit = column.pop() if column else 0
            reached = self.and_(bit, reached) if bound >> place & 1 else self.or_(bit, reached)
        return reached


def _tree(join: Callable[..., int], operands: Sequence[int], fan_in: int) -> int:
    """Join all operands, at most ``fan_in`` at a time, in as few layers as that allows."""
    level = list(operands)
    while len(level) > fan_in:
        level = [join(*level[i : i + fan_in]) for i in range(0, len(level), fan_in)]
    return join(*level)
