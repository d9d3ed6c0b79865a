"""A running machine at one time of an unrolled circuit, and what it may do next.

State and head are one-hot, and all zero once the machine has stopped. Besides literals there is
what is known while building: in which states and places the machine can be at this time, whatever
it reads. Only for these are there gates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from circuits.builder import Builder
from circuits.circuit import FALSE
from circuits.machines.encoding import Place
from circuits.machines.gates import TableGates, moved
from circuits.machines.machine import Move, Rule

Places: TypeAlias = frozenset[Place]


@dataclass(frozen=True)
class Moment:
    """The literals at one time.

    Attributes:
        time: steps before this.
        cells: by cell, the bits of its symbol.
        symbols: by cell, the symbols that it may hold.
        heads: by place, whether the machine runs and its head is there.
        states: by number, whether the machine runs and is in this state.
        reachable: by state, the places where the head may be in it.
    """

    time: int
    cells: Mapping[Place, Sequence[int]]
    symbols: Mapping[Place, frozenset[int]]
    heads: Mapping[Place, int]
    states: Mapping[int, int]
    reachable: Mapping[int, Places]


class Entry(NamedTuple):
    """An entry of the table, and when it is carried out."""

    rule: Rule
    literal: int
    places: Places
    """Where the head may be then."""


class Entries(NamedTuple):
    """What a machine may do at one time. While it runs exactly one is true, or it leaves."""

    read: list[int]
    """The bits of the symbol under the head."""
    present: list[Entry]
    """Entries that may be carried out."""
    missing: list[Entry]
    """Entries that the table has not, as rules that change nothing and stay."""
    blocked: dict[int, Places]
    """By state, where the head may be when an entry is not carried out: the machine leaves."""


def entries(builder: Builder, table: TableGates, now: Moment) -> Entries:
    """The gates that read, and one per entry."""
    read = _read(builder, table, now)
    symbols = [table.holds(builder, read, s) for s in range(len(table.encoding.symbol_codes))]
    readable = _readable(table, now)
    obstacles = _Obstacles(builder, table, now)
    found = Entries(read, [], [], {})
    for state, literal in now.states.items():
        for symbol in table.missing[state]:
            places = now.reachable[state] & readable[symbol]
            made = builder.and_(literal, symbols[symbol]) if places else FALSE
            if made != FALSE:
                rule = Rule(state, symbol, symbol, Move.STAY, state)
                found.missing.append(Entry(rule, made, places))
        for rule in table.rules[state]:
            places = now.reachable[state] & readable[rule.symbol]
            met = [obstacle for obstacle in obstacles.of(rule) if obstacle & places]
            blocked = places & frozenset().union(*met)
            free = [obstacles.is_met(obstacle) ^ 1 for obstacle in met]
            builder.line = int(table.encoding.machine.lines[state, rule.symbol])
            made = builder.and_(literal, symbols[rule.symbol], *free) if places else FALSE
            builder.line = 0
            builder.label(made, f"step {now.time}: {table.rule_name(rule)}")
            if blocked:
                found.blocked[state] = found.blocked.get(state, frozenset()) | blocked
            if made != FALSE and places != blocked:
                found.present.append(Entry(rule, made, places - blocked))
    return found


class _Obstacles:
    """Places where an entry is not carried out: at an edge, or on the margin."""

    def __init__(self, builder: Builder, table: TableGates, now: Moment) -> None:
        encoding = table.encoding
        places = frozenset(encoding.heads)
        self._builder = builder
        self._heads = now.heads
        self._blank = encoding.machine.blank
        self._margin = frozenset(place for place in now.heads if place not in now.cells)
        self._edges = {
            move: frozenset(place for place in now.heads if moved(place, move) not in places)
            for move in table.directions
        }
        self._met: dict[Places, int] = {}

    def of(self, rule: Rule) -> list[Places]:
        """The places where this entry would leave, and those where it would mark the margin."""
        marks = rule.symbol == self._blank != rule.write
        edge = [self._edges[rule.move]] if rule.move else []
        return [*edge, self._margin] if marks else edge

    def is_met(self, places: Places) -> int:
        """Whether the head is in one of these places."""
        if places not in self._met:
            heads = (self._heads[place] for place in sorted(places))
            self._met[places] = self._builder.or_(*heads)
        return self._met[places]


def _read(builder: Builder, table: TableGates, now: Moment) -> list[int]:
    """The bits of the symbol under the head; on the margin 0, which is blank's code."""
    read = []
    for i in range(table.encoding.symbol_bits):
        cells = (place for place in now.heads if place in now.cells)
        read.append(builder.or_(*(builder.and_(now.heads[p], now.cells[p][i]) for p in cells)))
        builder.label(read[-1], f"step {now.time}: read symbol bit {i}")
    return read


def _readable(table: TableGates, now: Moment) -> list[Places]:
    """By symbol, the places that may hold it; the margin is blank."""
    machine = table.encoding.machine
    margin = frozenset([machine.blank])
    held = [(place, now.symbols.get(place, margin)) for place in now.heads]
    return [
        frozenset(place for place, symbols in held if symbol in symbols)
        for symbol in range(len(machine.symbols))
    ]
