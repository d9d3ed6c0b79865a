"""Machines as lines of five words; see `circuits.machines.formats.tm`."""

from __future__ import annotations

import re

from circuits.machines.formats.tm_lines import ANY, BLANK, MOVES, halts
from circuits.machines.formats.writing import (
    cannot_hold,
    encoded,
    used_symbols,
    working_states,
)
from circuits.machines.machine import Machine, Move

_WORD = re.compile(r"[^\s;]+")
_LETTERS = {move: letter for letter, move in MOVES.items() if letter != ANY}


def write_tm(machine: Machine) -> bytes:
    """The machine as text; the blank becomes ``_``.

    A symbol that is neither read nor written is not mentioned. States that halt under another name
    than ``halt...``, and missing entries, need ``$UNDEFINED: halt``, which the site does not know:
    there they cost a step more.

    Raises:
        LimitError: a symbol has several characters or one that the format uses, a state has such a
            name, a state with entries is called ``halt...``, or no line would name the start state.
    """
    letters = {symbol: _symbol(machine, symbol) for symbol in used_symbols(machine)}
    working = working_states(machine)
    entered = {rule.following for rule in machine.rules()}
    for state in sorted({machine.start, *working, *entered}):
        _check_state(machine, state, state in working)
    start = machine.states[machine.start]
    if len(machine) and machine.start not in entered.union(working) and not halts(start):
        what = f"the start state {start!r}, which has no entries and follows on none"
        raise cannot_hold(machine, "tm", what)
    header = [f"; $START: {start}"]
    if machine.input:
        header.append(f"; $INITIAL_TAPE: {''.join(letters[symbol] for symbol in machine.input)}")
    halting = {machine.start, *entered} - set(working)
    if len(machine) < len(working) * len(letters) or not all(
        halts(machine.states[state]) for state in halting
    ):
        header.append("; $UNDEFINED: halt")
    if machine.planar and not (machine.move >= Move.UP).any():
        header.append("; $PLANAR: yes")
    lines = [
        f"{machine.states[rule.state]} {letters[rule.symbol]} {letters[rule.write]} "
        f"{_LETTERS[rule.move]} {machine.states[rule.following]}"
        for rule in machine.rules()
    ]
    return encoded(machine, "tm", "\n".join(header + lines) + "\n")


def _symbol(machine: Machine, symbol: int) -> str:
    """What a symbol is called in the file."""
    if symbol == machine.blank:
        return BLANK
    name = machine.symbols[symbol]
    if name == BLANK:
        raise cannot_hold(machine, "tm", f"the symbol {name!r}, which is its blank")
    if len(name) != 1 or name == ANY or not _WORD.fullmatch(name):
        raise cannot_hold(machine, "tm", f"the symbol {name!r}")
    return name


def _check_state(machine: Machine, state: int, works: bool) -> None:
    """Refuse a state that the format would read as another."""
    name = machine.states[state]
    if name == ANY or not _WORD.fullmatch(name):
        raise cannot_hold(machine, "tm", f"the state {name!r}")
    if works and halts(name):
        raise cannot_hold(machine, "tm", f"the state {name!r}, which halts there by its name")
