"""Gates that both lowerings of machines use: reading, decoding, and moving a head."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from circuits.builder import Builder
from circuits.machines.encoding import Encoding, Place, distinguishing
from circuits.machines.machine import MISSING, Move, Rule


class TableGates:
    """What the lowerings ask of a machine's table, looked up once.

    Attributes:
        rules: by state, the entries.
        missing: by state, the symbols without an entry; empty for halting states.
    """

    def __init__(self, encoding: Encoding) -> None:
        machine = encoding.machine
        self.encoding = encoding
        self.rules: dict[int, list[Rule]] = {q: [] for q in range(len(machine.states))}
        for rule in machine.rules():
            self.rules[rule.state].append(rule)
        self.missing: dict[int, list[int]] = {
            q: [s for s, write in enumerate(machine.write[q].tolist()) if write == MISSING]
            if q not in machine.halting
            else []
            for q in range(len(machine.states))
        }
        self._tells = distinguishing(encoding.symbol_codes, encoding.symbol_bits)

    @cached_property
    def directions(self) -> tuple[Move, ...]:
        """The ways in which the head can leave a cell; all entries' moves but STAY."""
        moves = {rule.move for rules in self.rules.values() for rule in rules}
        return tuple(sorted(moves - {Move.STAY}))

    def rule_name(self, rule: Rule) -> str:
        """As a person says which entry it is: ``B reads 1``."""
        machine = self.encoding.machine
        return f"{machine.states[rule.state]} reads {machine.symbols[rule.symbol]}"

    def holds(self, builder: Builder, bits: Sequence[int], symbol: int) -> int:
        """Whether these bits are the symbol's code."""
        return builder.and_(*(bits[i] ^ 1 ^ value for i, value in self._tells[symbol]))


def any_or_both(builder: Builder, some: Iterable[int], x: int, y: int) -> int:
    """``some[0] | some[1] | ... | (x & y)`` as one threshold gate.

    ``2 some[0] + 2 some[1] + ... + x + y >= 2``: the AND needs no gate of its own.

    >>> from circuits.circuit import TRUE
    >>> b = Builder()
    >>> x, y, z = b.input("x"), b.input("y"), b.input("z")
    >>> any_or_both(b, [], x, y) == b.and_(x, y), any_or_both(b, [z], x, TRUE) == b.or_(z, x)
    (True, True)
    """
    listed = list(some)
    return builder.threshold([*listed, x, y], 2, [2] * len(listed) + [1, 1])


def moved(place: Place, move: Move, times: int = 1) -> Place:
    """Where a head comes to from here."""
    return place[0] + times * move.dx, place[1] + times * move.dy


def move_name(move: Move) -> str:
    """What the head does: ``stays`` or, say, ``moves left``."""
    return f"moves {move.name.lower()}" if move else "stays"
