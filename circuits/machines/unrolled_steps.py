"""The gates of several steps of a machine, one after the other, in a builder.

When the machine stops, the state and the place in which it stopped are noted; final values are
ORs of the notes. So nothing is carried along for machines that have stopped.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from circuits.builder import Builder
from circuits.circuit import FALSE, TRUE
from circuits.errors import SourceError
from circuits.machines.encoding import Encoding, Place
from circuits.machines.gates import TableGates, move_name, moved
from circuits.machines.machine import Move
from circuits.machines.moment import Entries, Entry, Moment, entries
from circuits.machines.next_moment import Moves, fitting, next_cells, next_heads, next_states


@dataclass(frozen=True)
class Final:
    """Literals for the configuration after the last step.

    Attributes:
        cells: by cell, the bits of its symbol.
        symbols: by cell, the symbols that it may hold.
        heads: by place, whether the head is there; places that it cannot reach are not in it.
        states: by number, whether the machine is in this state.
        halted: whether the machine has halted.
        left: whether a step was due that would have left the field or written on the margin.
    """

    cells: Mapping[Place, Sequence[int]]
    symbols: Mapping[Place, frozenset[int]]
    heads: Mapping[Place, int]
    states: Sequence[int]
    halted: int
    left: int


def run_steps(
    builder: Builder,
    encoding: Encoding,
    cells: Mapping[Place, Sequence[int]],
    steps: int,
    head: Place = (0, 0),
    state: int | None = None,
    symbols: Mapping[Place, frozenset[int]] | None = None,
) -> Final:
    """Add the gates of ``steps`` steps.

    Args:
        builder: to add them to.
        encoding: of the machine and its field.
        cells: by cell, the bits of its symbol; where they are constants, what follows from them
            is worked out while building.
        steps: T, 0 or more.
        head: (x, y) to start on.
        state: to start in; the machine's start state by default.
        symbols: by cell, those that it may hold; others than these mean nothing. By default all
            that its constant bits allow.

    Raises:
        SourceError: a negative number of steps, or a head outside the field.
    """
    if steps < 0:
        raise SourceError(f"a run of {steps} steps")
    if head not in encoding.heads:
        raise SourceError(f"the head starts at {head}, outside the cells")
    table, notes = TableGates(encoding), _Notes()
    if symbols is None:
        every = range(len(encoding.machine.symbols))
        symbols = {place: fitting(encoding, bits, every) for place, bits in cells.items()}
    now = _first(Moment(0, cells, symbols, {}, {}, {}), encoding, head, state, notes)
    for _ in range(steps):
        if not now.states:
            break
        now = _step(builder, table, now, notes)
    return _final(builder, table, now, notes)


@dataclass
class _Notes:
    """Literals for stops so far: where, in which state, and why."""

    places: defaultdict[Place, list[int]] = field(default_factory=lambda: defaultdict(list))
    states: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    stuck: list[int] = field(default_factory=list)
    """For want of an entry."""
    left: list[int] = field(default_factory=list)


def _first(
    cells: Moment, encoding: Encoding, head: Place, state: int | None, notes: _Notes
) -> Moment:
    """The first moment: that of the cells, with a head."""
    state = encoding.machine.start if state is None else state
    if state in encoding.machine.halting:
        notes.places[head].append(TRUE)
        notes.states[state].append(TRUE)
        return cells
    reachable = {state: frozenset([head])}
    return replace(cells, heads={head: TRUE}, states={state: TRUE}, reachable=reachable)


def _step(builder: Builder, table: TableGates, now: Moment, notes: _Notes) -> Moment:
    """The gates of one step: the next moment, and notes on stops."""
    found, halting = entries(builder, table, now), table.encoding.machine.halting
    running = [entry for entry in found.present if entry.rule.following not in halting]
    last = [entry for entry in found.present if entry.rule.following in halting] + found.missing
    going = _by_move(builder, running, f"step {now.time}: head")
    stopping = _by_move(builder, last, f"step {now.time}: the last, head")
    for entry in last:
        notes.states[entry.rule.following].append(entry.literal)
    for move, literal, places in stopping:
        for place in sorted(places):
            notes.places[moved(place, move)].append(builder.and_(now.heads[place], literal))
    notes.stuck += [entry.literal for entry in found.missing]
    leaving = _leave(builder, now, found, [moves.literal for moves in going + stopping], notes)

    heads = next_heads(builder, now, going)
    states, reachable = next_states(builder, running, heads)
    for place, literal in heads.items():
        builder.label(literal, f"step {now.time + 1}: {table.encoding.cell_name(*place)}.head")
    for state, literal in states.items():
        builder.label(literal, f"step {now.time + 1}: state {table.encoding.machine.states[state]}")
    cells, symbols = next_cells(builder, table, now, found, leaving)
    return Moment(now.time + 1, cells, symbols, heads, states, reachable)


def _by_move(builder: Builder, listed: Sequence[Entry], label: str) -> list[Moves]:
    """The OR of all entries with one move, for each move."""
    made = []
    for move in Move:
        those = [entry for entry in listed if entry.rule.move is move]
        if those:
            literal = builder.or_(*(entry.literal for entry in those))
            builder.label(literal, f"{label} {move_name(move)}")
            places = frozenset().union(*(entry.places for entry in those))
            made.append(Moves(move, literal, places))
    return made


def _leave(
    builder: Builder, now: Moment, found: Entries, others: Sequence[int], notes: _Notes
) -> int:
    """Whether an entry is not carried out: the head is where that may be, and nothing else is."""
    if not found.blocked:
        return FALSE
    places = sorted(frozenset().union(*found.blocked.values()))
    at_obstacle = builder.or_(*(now.heads[place] for place in places))
    leaving = builder.and_(at_obstacle, *(other ^ 1 for other in others))
    builder.label(leaving, f"step {now.time}: head would leave")
    notes.left.append(leaving)
    for place in places:
        notes.places[place].append(builder.and_(now.heads[place], leaving))
    for state in found.blocked:
        notes.states[state].append(builder.and_(now.states[state], leaving))
    return leaving


def _final(builder: Builder, table: TableGates, now: Moment, notes: _Notes) -> Final:
    """The literals after the last step; where the machine still runs, it is where it is."""
    if any(table.missing[state] for state in now.states):
        missing = entries(builder, table, now).missing
        notes.stuck += [entry.literal for entry in missing]
    for place, literal in now.heads.items():
        notes.places[place].append(literal)
    for state, literal in now.states.items():
        notes.states[state].append(literal)
    machine = table.encoding.machine
    states = [builder.or_(*notes.states[state]) for state in range(len(machine.states))]
    return Final(
        cells=now.cells,
        symbols=now.symbols,
        heads={place: builder.or_(*literals) for place, literals in notes.places.items()},
        states=states,
        halted=builder.or_(*(states[q] for q in sorted(machine.halting)), *notes.stuck),
        left=builder.or_(*notes.left),
    )
