"""From one time of an unrolled circuit to the next: cells, head and state after a step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from circuits.builder import Builder
from circuits.circuit import FALSE, TRUE
from circuits.machines.encoding import Encoding, Place
from circuits.machines.gates import TableGates, any_or_both, moved
from circuits.machines.machine import Move
from circuits.machines.moment import Entries, Entry, Moment, Places


class Moves(NamedTuple):
    """All entries with one move."""

    move: Move
    literal: int
    places: Places
    """From where."""


def next_cells(
    builder: Builder, table: TableGates, now: Moment, found: Entries, leaving: int
) -> tuple[dict[Place, Sequence[int]], dict[Place, frozenset[int]]]:
    """Where the head may be stands what is written; a machine that stops writes what it read."""
    encoding, cells, symbols = table.encoding, dict(now.cells), dict(now.symbols)
    codes = encoding.symbol_codes
    changing = [entry for entry in found.present if entry.rule.write != entry.rule.symbol]
    written: dict[Place, set[int]] = {}
    for entry in changing:
        for place in entry.places & cells.keys():
            written.setdefault(place, set()).add(entry.rule.write)
    for i in range(encoding.symbol_bits):
        bit_changes = [e for e in changing if (codes[e.rule.write] ^ codes[e.rule.symbol]) >> i & 1]
        places = frozenset().union(*(entry.places for entry in bit_changes)) & cells.keys()
        if not places:
            continue
        ones = [e.literal for e in found.present + found.missing if codes[e.rule.write] >> i & 1]
        one = builder.or_(*ones, builder.and_(leaving, found.read[i]))
        builder.label(one, f"step {now.time}: written symbol bit {i}")
        for place in sorted(places):
            bits = list(cells[place])
            bits[i] = builder.mux(now.heads[place], one, bits[i])
            cells[place] = bits
            name = f"{encoding.cell_name(*place)}.symbol[{i}]"
            builder.label(bits[i], f"step {now.time + 1}: {name}")
    for place, new in written.items():
        symbols[place] = fitting(encoding, cells[place], symbols[place] | new)
    return cells, symbols


def fitting(encoding: Encoding, bits: Sequence[int], symbols: Iterable[int]) -> frozenset[int]:
    """Those of the symbols whose codes have no bit other than a constant one here."""
    known = [(i, bit) for i, bit in enumerate(bits) if bit <= TRUE]
    codes = encoding.symbol_codes
    return frozenset(s for s in symbols if all(codes[s] >> i & 1 == bit for i, bit in known))


def next_heads(builder: Builder, now: Moment, going: Sequence[Moves]) -> dict[Place, int]:
    """The head is where it came to; of the ways to come to a place the last shares its gate."""
    arrivals: defaultdict[Place, list[tuple[int, int]]] = defaultdict(list)
    for move, literal, places in going:
        for place in places:
            arrivals[moved(place, move)].append((now.heads[place], literal))
    heads = {}
    for place in sorted(arrivals):
        *others, last = arrivals[place]
        heads[place] = any_or_both(builder, (builder.and_(*pair) for pair in others), *last)
    return {place: literal for place, literal in heads.items() if literal != FALSE}


def next_states(
    builder: Builder, running: Sequence[Entry], heads: Mapping[Place, int]
) -> tuple[dict[int, int], dict[int, Places]]:
    """The state is that of the entry carried out; and where the head may be in it."""
    literals: defaultdict[int, list[int]] = defaultdict(list)
    reachable: defaultdict[int, set[Place]] = defaultdict(set)
    for entry in running:
        literals[entry.rule.following].append(entry.literal)
        reachable[entry.rule.following] |= {moved(p, entry.rule.move) for p in entry.places}
    states = {state: builder.or_(*literals[state]) for state in sorted(literals)}
    return states, {state: frozenset(reachable[state] & heads.keys()) for state in states}
