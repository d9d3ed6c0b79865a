"""The last step of every reader: entries by name become a machine, within limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from circuits.errors import LimitError, Position, SourceError
from circuits.formats.suggest import suggest
from circuits.formats.text import SourceText
from circuits.machines.machine import MOST, Machine, Move

MOST_PLACES = 1 << 20
"""States times symbols that a machine read from a file may have."""

Rules = Mapping[tuple[str, str], tuple[str, Move, str]]
"""(state, symbol) -> (what to write, move, next state), by name."""


def check_size(source: SourceText, states: int, symbols: int) -> None:
    """Refuse a table too large to hold.

    Raises:
        LimitError: more states or symbols than a machine may have, or too many of both.
    """
    if max(states, symbols) > MOST or states * symbols > MOST_PLACES:
        raise LimitError(
            f"{Position(source.file)}: {states} states and {symbols} symbols; at most {MOST} of "
            f"each and a table of {MOST_PLACES}"
        )


def build_machine(
    source: SourceText,
    rules: Rules,
    lines: Mapping[tuple[str, str], int],
    *,
    start: str,
    blank: str,
    states: Sequence[str] = (),
    symbols: Sequence[str] = (),
    planar: bool = False,
    given: Sequence[str] = (),
    name: str = "",
) -> Machine:
    """The machine with these entries.

    Args:
        source: the file.
        rules: the entries.
        lines: where each was read.
        start: the state to begin in.
        blank: the blank symbol.
        states: an order for the states; others follow as they are met.
        symbols: likewise for the symbols.
        planar: whether the cells form a plane.
        given: symbols to start on.
        name: of the machine.

    Raises:
        LimitError: the table is too large.
    """
    known_states = {start, *states}
    known_symbols = {blank, *symbols, *given}
    for (state, symbol), (written, _, following) in rules.items():
        known_states |= {state, following}
        known_symbols |= {symbol, written}
    check_size(source, len(known_states), len(known_symbols))
    return Machine.of_rules(
        rules,
        start=start,
        blank=blank,
        states=tuple(states),
        symbols=tuple(symbols),
        planar=planar,
        input=tuple(given),
        name=name,
        source=source.file,
        lines=lines,
    )


def chosen_start(source: SourceText, start: str | None, usual: str, states: Iterable[str]) -> str:
    """The state to start in: the one asked for, or else the usual one.

    Raises:
        SourceError: none of this name.
    """
    if start is None:
        return usual
    known = list(states)
    if start not in known:
        message = f"no state '{start}' to start in"
        raise SourceError(message, Position(source.file), hint=suggest(start, known))
    return start
