"""Write a machine as a Python function of its state and symbol; exploring it makes the table.

The states may have structure: a phase, a bit to carry, a counter. This one adds 1 to a binary
number, the head on its last digit.

>>> from typing import NamedTuple
>>> from circuits.machines.machine import Move
>>> class Add(NamedTuple):
...     carry: int
>>> def increment(state, symbol):
...     match symbol, state.carry:
...         case "_", carry:
...             return str(carry), Move.STAY, HALT
...         case "1", 1:
...             return "0", Move.LEFT, Add(carry=1)
...         case digit, carry:
...             return str(int(digit) + carry), Move.LEFT, Add(carry=0)
>>> machine = explore(increment, start=Add(carry=1), symbols="_01", blank="_", name="increment")
>>> machine.states, len(machine)
(('add.1', 'HALT', 'add.0'), 6)
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, TypeAlias

from circuits.errors import LimitError, SourceError
from circuits.machines.machine import Machine, Move


class Halt(Enum):
    """The type of `HALT`."""

    HALT = "HALT"


HALT = Halt.HALT
"""A next state in which the machine has halted; its name is ``HALT``."""

Entry: TypeAlias = tuple[str, Move, Hashable] | None
"""What to write, where to go, the next state; None for no entry: the machine halts."""

Transition: TypeAlias = Callable[[Any, str], Entry]
"""State and symbol to the entry of the table."""

MOST_STATES = 10_000
"""States that an exploration finds by default before it gives up."""


def explore(
    transition: Transition,
    *,
    start: Hashable,
    symbols: Sequence[str],
    blank: str,
    name: str = "",
    name_of: Callable[[Hashable], str] | None = None,
    limit: int = MOST_STATES,
) -> Machine:
    """The machine of all states that ``transition`` reaches from ``start``, breadth first.

    A state for which ``transition`` gives no entry at all is a halting state; there may be several.

    Args:
        transition: the machine, as a function.
        start: the state to begin in.
        symbols: all of them; their order is the machine's.
        blank: one of them.
        name: of the machine.
        name_of: names of the states; `state_name` by default.
        limit: states at most.

    Raises:
        SourceError: two states have the same name, or a symbol is written that is none.
        LimitError: there are more than ``limit`` states.
    """
    named = name_of or state_name
    # Known by name: named tuples of two classes are equal in Python if their fields are.
    states: dict[str, Hashable] = {named(start): start}
    rules: dict[tuple[str, str], tuple[str, Move, str]] = {}
    unseen = deque([(named(start), start)])
    while unseen:
        called, state = unseen.popleft()
        for symbol in symbols:
            entry = transition(state, symbol)
            if entry is None:
                continue
            write, move, following = entry
            here = f"{name or 'machine'}: state {called} on {symbol!r}"
            if write not in symbols:
                raise SourceError(f"{here} writes {write!r}, which is no symbol")
            target = named(following)
            if target not in states and not isinstance(following, Halt):
                unseen.append((target, following))
            known = states.setdefault(target, following)
            if type(known) is not type(following) or known != following:
                raise SourceError(
                    f"{here}: {known!r} and {following!r} are both called {target!r}",
                    hint="every state needs a name of its own: give name_of",
                )
            if len(states) > limit:
                raise LimitError(f"{here}: more than {limit} states")
            rules[called, symbol] = write, move, target
    return Machine.of_rules(
        rules,
        start=named(start),
        blank=blank,
        states=tuple(states),
        symbols=tuple(symbols),
        name=name,
    )


def state_name(state: object) -> str:
    """A readable name of a structured state, without blanks: its parts, joined by dots.

    >>> state_name(("carry", 1, None)), state_name(Move.LEFT), state_name(HALT)
    ('carry.1.none', 'left', 'HALT')
    """
    if isinstance(state, Halt):
        return state.name
    if isinstance(state, Enum):
        return state.name.lower()
    if state is None or isinstance(state, bool):
        return str(state).lower()
    parts: tuple[object, ...]
    if isinstance(state, tuple):
        parts = state
    elif is_dataclass(state) and not isinstance(state, type):
        parts = tuple(getattr(state, field.name) for field in fields(state))
    else:
        return "".join(str(state).split())
    own = [] if type(state) is tuple else [type(state).__name__.lower()]
    return ".".join([*own, *map(state_name, parts)])
