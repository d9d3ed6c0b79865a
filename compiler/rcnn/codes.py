"""Integers in base 3 with digits -1, 0, 1, and which of them stand for symbols and states."""

from __future__ import annotations

from collections.abc import Callable

from circuits.machines.machine import Machine


def balanced(code: int, digits: int) -> tuple[int, ...]:
    """The digits -1, 0, 1 of an integer in base 3, the most significant first.

    >>> balanced(5, 3), balanced(-1, 3)
    ((1, -1, -1), (0, 0, -1))
    """
    found = []
    for _ in range(digits):
        digit = (code + 1) % 3 - 1
        found.append(digit)
        code = (code - digit) // 3
    if code:
        raise ValueError("an integer that needs more digits")
    return tuple(reversed(found))


def digits_for(codes: int) -> int:
    """How many digits tell so many codes apart; at least 1."""
    digits = 1
    while 3**digits < codes:
        digits += 1
    return digits


def symbol_codes(symbols: int, blank: int) -> tuple[tuple[int, ...], int]:
    """The code of every symbol, and how many digits they take.

    The blank is 0. The first and second of the others have 1 and -1 as their first digit and no
    other, since these are what samples are written in.

    >>> symbol_codes(3, 0), symbol_codes(5, 1)
    (((0, 1, -1), 1), ((3, 0, -3, 1, -1), 2))
    """
    digits = digits_for(symbols)
    first, most = 3 ** (digits - 1), 3**digits // 2
    by_size = sorted(range(-most, most + 1), key=lambda code: (abs(code), -code))
    codes = iter([first, -first, *(code for code in by_size if abs(code) not in (0, first))])
    return tuple(0 if s == blank else next(codes) for s in range(symbols)), digits


def state_codes(machine: Machine) -> tuple[tuple[int, ...], int]:
    """The code of every state, and how many digits they take.

    The start state is 0: the cell where the head is to start need not know it. States that send the
    head the same way stand together, which saves steps in the functions of a neighbour's value,
    where a head that does not come closer is as good as none. The largest code, with all digits 1,
    would come next to the padding and is left out.

    >>> from circuits.machines.machine import Move
    >>> rules = {("A", "0"): ("1", Move.RIGHT, "B"), ("B", "0"): ("1", Move.LEFT, "C")}
    >>> state_codes(Machine.of_rules(rules, start="A", blank="0"))
    ((0, 1, -1), 2)
    """
    states = len(machine.states)
    order = sorted((q for q in range(states) if q != machine.start), key=_ways(machine))
    codes = {state: at - states // 2 for at, state in enumerate(order)}
    codes = {state: code + (code >= 0) for state, code in codes.items()}
    return tuple(codes.get(state, 0) for state in range(states)), digits_for(states + 1)


def _ways(machine: Machine) -> Callable[[int], tuple[list[int], list[int]]]:
    """Sorts states by where they send the head on each symbol, then by the next state."""
    return lambda q: (machine.move[q].tolist(), machine.following[q].tolist())
