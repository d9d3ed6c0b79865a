"""What writers share: what a format cannot hold is refused, never left out."""

from __future__ import annotations

import numpy as np

from circuits.errors import LimitError
from circuits.machines.machine import MISSING, Machine


def cannot_hold(machine: Machine, format: str, what: str) -> LimitError:  # noqa: A002 plain word
    """The error for a machine that a format cannot hold, to be raised by the caller."""
    return LimitError(f"machine {machine.name or '-'}: the {format} format cannot hold {what}")


def entry(machine: Machine, state: int, symbol: int) -> str:
    """What an error calls an entry."""
    return f"the entry of state {machine.states[state]!r} at {machine.symbols[symbol]!r}"


def working_states(machine: Machine) -> list[int]:
    """The states that have entries. A machine does nothing in any other, halting by name or not."""
    return np.flatnonzero((machine.write != MISSING).any(axis=1)).tolist()


def used_symbols(machine: Machine) -> list[int]:
    """The blank, and the symbols that an entry reads or writes or that the input has."""
    read = np.flatnonzero((machine.write != MISSING).any(axis=0)).tolist()
    written = {rule.write for rule in machine.rules()}
    return sorted({machine.blank, *read, *written, *machine.input})


def check_whole(machine: Machine, format: str) -> None:  # noqa: A002 plain word
    """Refuse a table with holes, and halting states that tell more than that the machine halted.

    Raises:
        LimitError: a state has entries for some symbols only, the start state has none, several
            halting states are entered, or there is an input to start on.
    """
    working = working_states(machine)
    if machine.start not in working:
        start = machine.states[machine.start]
        raise cannot_hold(machine, format, f"the start state {start!r}, which has no entries")
    for state in working:
        holes = np.flatnonzero(machine.write[state] == MISSING).tolist()
        if holes:
            missing = entry(machine, state, holes[0])
            raise cannot_hold(
                machine, format, f"that {missing} is missing: to halt there would be a step"
            )
    entered = sorted({rule.following for rule in machine.rules()} - set(working))
    if len(entered) > 1:
        names = " and ".join(repr(machine.states[state]) for state in entered[:2])
        raise cannot_hold(machine, format, f"several halting states: {names}")
    if machine.input:
        raise cannot_hold(machine, format, "an input: it starts on blanks")


def encoded(machine: Machine, format: str, text: str) -> bytes:  # noqa: A002 plain word
    """The text as UTF-8.

    Raises:
        LimitError: a name is no text that UTF-8 can hold.
    """
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        lost = text[error.start]
        raise cannot_hold(machine, format, f"the character {lost!a} of a name") from None
