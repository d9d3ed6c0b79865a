"""Turing machines as tables: one head, on a tape or on a plane of cells.

One convention counts the steps of all machines, whatever file they come from. A *step* carries
out one entry of the table: write, move, change state. A machine has *halted* when its state is a
halting state, or when its table has no entry for what it reads; to find that out is no step. So
the step that enters a halting state counts, and a missing entry does not. Each reader says how it
maps its own convention to this one.

A machine never has two entries for one state and symbol: nondeterminism is unrepresentable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from circuits.errors import LimitError, Position, SourceError

MISSING = -1
"""In all three tables: no entry for this state and symbol."""

MOST = np.iinfo(np.int16).max
"""States, or symbols, that a machine may have: 32767."""


class Move(IntEnum):
    """Where the head goes; y grows downwards."""

    STAY = 0
    LEFT = 1
    RIGHT = 2
    UP = 3
    DOWN = 4

    @property
    def dx(self) -> int:
        """Columns to the right."""
        return (0, -1, 1, 0, 0)[self]

    @property
    def dy(self) -> int:
        """Rows down."""
        return (0, 0, 0, -1, 1)[self]


class Rule(NamedTuple):
    """One entry of the table; states and symbols by number."""

    state: int
    symbol: int
    write: int
    move: Move
    following: int


@dataclass(frozen=True, eq=False)
class Machine:
    """A deterministic Turing machine with one head, valid from birth.

    Attributes:
        states: names; their numbers are their places here.
        symbols: names, usually one character each.
        start: the state to begin in.
        blank: the symbol of every cell that nothing was written to.
        halting: states in which the machine has halted; they have no entries.
        write, move, following: shape (states, symbols); what to write, a `Move`, the next state.
            All three are `MISSING` where there is no entry.
        planar: the cells form a plane rather than a tape; only then may the head go up or down.
        input: symbols that the file suggests to start on, the head on the first; one row.
        name: of the machine.
        source: the file it was read from, or ``""``.
        lines: shape (states, symbols); the source line of an entry, 0 where unknown.

    Raises:
        SourceError: the parts do not fit together; says which.
    """

    states: tuple[str, ...]
    symbols: tuple[str, ...]
    start: int
    blank: int
    halting: frozenset[int]
    write: NDArray[np.int16]
    move: NDArray[np.int8]
    following: NDArray[np.int16]
    planar: bool = False
    input: tuple[int, ...] = ()
    name: str = ""
    source: str = ""
    lines: NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, 0), np.int32))

    def __post_init__(self) -> None:
        if not self.lines.size:
            object.__setattr__(self, "lines", np.zeros(self.write.shape, np.int32))
        _check(self)
        for table in (self.write, self.move, self.following, self.lines):
            table.setflags(write=False)

    @classmethod
    def of_rules(
        cls,
        rules: Mapping[tuple[str, str], tuple[str, Move, str]],
        *,
        start: str,
        blank: str,
        states: tuple[str, ...] = (),
        symbols: tuple[str, ...] = (),
        planar: bool | None = None,
        input: tuple[str, ...] = (),  # noqa: A002 (the field's name)
        name: str = "",
        source: str = "",
        lines: Mapping[tuple[str, str], int] | None = None,
    ) -> Machine:
        """A machine from entries (state, symbol) -> (write, move, next state), all by name.

        Args:
            rules: the entries; a state without any halts.
            start: the state to begin in.
            blank: the blank symbol, which becomes number 0 unless ``symbols`` says otherwise.
            states: an order for the states; those it lacks follow as they are met.
            symbols: likewise for the symbols.
            planar: whether the cells form a plane; by default if an entry moves up or down.
            input: symbols to start on.
            name: of the machine.
            source: its file.
            lines: source lines of entries.

        Raises:
            SourceError: as the machine itself.
            LimitError: more than `MOST` states or symbols.

        >>> machine = Machine.of_rules({("A", "0"): ("1", Move.RIGHT, "H")}, start="A", blank="0")
        >>> machine.states, machine.symbols, machine.halting
        (('A', 'H'), ('0', '1'), frozenset({1}))
        """
        met_states = dict.fromkeys([*states, start])
        met_symbols = dict.fromkeys([*symbols, blank])
        for (state, symbol), (written, _, following) in rules.items():
            met_states |= dict.fromkeys([state, following])
            met_symbols |= dict.fromkeys([symbol, written])
        met_symbols |= dict.fromkeys(input)
        state_of = {state: i for i, state in enumerate(met_states)}
        symbol_of = {symbol: i for i, symbol in enumerate(met_symbols)}
        shape = len(state_of), len(symbol_of)
        if max(shape) > MOST:
            raise LimitError(f"{shape[0]} states and {shape[1]} symbols; at most {MOST} of each")
        write, following_table = (
            np.full(shape, MISSING, np.int16),
            np.full(shape, MISSING, np.int16),
        )
        move, line = np.full(shape, MISSING, np.int8), np.zeros(shape, np.int32)
        for (state, symbol), (written, moved, following) in rules.items():
            place = state_of[state], symbol_of[symbol]
            write[place], move[place] = symbol_of[written], moved
            following_table[place] = state_of[following]
            line[place] = (lines or {}).get((state, symbol), 0)
        working = {state for state, _ in rules}
        if planar is None:
            planar = any(moved in (Move.UP, Move.DOWN) for _, moved, _ in rules.values())
        return cls(
            states=tuple(state_of),
            symbols=tuple(symbol_of),
            start=state_of[start],
            blank=symbol_of[blank],
            halting=frozenset(i for state, i in state_of.items() if state not in working),
            write=write,
            move=move,
            following=following_table,
            planar=planar,
            input=tuple(symbol_of[symbol] for symbol in input),
            name=name,
            source=source,
            lines=line,
        )

    def __len__(self) -> int:
        """Number of entries."""
        return int((self.write != MISSING).sum())

    def rules(self) -> Iterator[Rule]:
        """All entries, by state and symbol."""
        for state, symbol in np.argwhere(self.write != MISSING).tolist():
            yield Rule(
                state,
                symbol,
                int(self.write[state, symbol]),
                Move(self.move[state, symbol]),
                int(self.following[state, symbol]),
            )

    def rule(self, state: int, symbol: int) -> Rule | None:
        """The entry for a state and a symbol; None where the machine halts."""
        if self.write[state, symbol] == MISSING:
            return None
        write, following = int(self.write[state, symbol]), int(self.following[state, symbol])
        return Rule(state, symbol, write, Move(self.move[state, symbol]), following)


def _check(machine: Machine) -> None:
    """Refuse what is not a machine."""

    def refuse(message: str, hint: str = "") -> SourceError:
        place = Position(machine.source) if machine.source else None
        return SourceError(f"machine {machine.name or '-'}: {message}", place, hint=hint)

    states, symbols = len(machine.states), len(machine.symbols)
    for what, names in (("state", machine.states), ("symbol", machine.symbols)):
        repeated = [name for name, count in Counter(names).items() if count > 1]
        if repeated:
            raise refuse(f"two {what}s are called {repeated[0]!r}")
        if "" in names:
            raise refuse(f"a {what} without a name")
    for what, number, count in (
        ("start state", machine.start, states),
        ("blank symbol", machine.blank, symbols),
        *(("halting state", state, states) for state in machine.halting),
        *(("input symbol", symbol, symbols) for symbol in machine.input),
    ):
        if not 0 <= number < count:
            raise refuse(f"{what} {number} of {count}")
    for table, limit in (
        (machine.write.astype(np.int64), symbols),
        (machine.move.astype(np.int64), len(Move)),
        (machine.following.astype(np.int64), states),
    ):
        if table.shape != (states, symbols):
            raise refuse(f"a table of shape {table.shape}, not {(states, symbols)}")
        if table.min() < MISSING or table.max() >= limit:
            raise refuse(f"a table with entries outside 0..{limit - 1}")
        if ((table == MISSING) != (machine.write == MISSING)).any():
            raise refuse("an entry is missing in one table and there in another")
    if machine.lines.shape != (states, symbols):
        raise refuse(f"source lines of shape {machine.lines.shape}, not {(states, symbols)}")
    for state in machine.halting:
        if (machine.write[state] != MISSING).any():
            raise refuse(
                f"halting state {machine.states[state]!r} has entries",
                "a machine stops in a halting state, so they would never be used",
            )
    if not machine.planar and (machine.move >= Move.UP).any():
        raise refuse("an entry moves up or down on a tape", "up and down need a plane")
