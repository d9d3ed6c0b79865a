"""Busy beavers: of all machines that halt, started on a tape of 0s, the one that goes on longest.

`CHAMPIONS` has the published machines and what is known of them. S is the most steps that a halting
machine with so many states and symbols carries out, the step that halts included; Sigma is the most
cells that such a machine leaves other than 0, its *score*. Of most sizes one machine has both.

Steps and scores are proven maxima but for the *surprise in a box*. For two symbols and 2 to 4
states see Rado (1962), Lin (1963), Brady (1983); for (2, 3) Lafitte and Papazian (2007); for 5
states and for (2, 4) bbchallenge.org (2024, arXiv 2509.12337), who proved all of them again in Coq.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from circuits.errors import SourceError
from circuits.machines.formats.bb import read_bb
from circuits.machines.machine import Machine


class Champion(NamedTuple):
    """A machine and what it does on a tape of 0s."""

    states: int
    """Without the halting state."""
    symbols: int
    record: str
    """``steps``: no halting machine of its size needs more; ``score``: none leaves more cells other
    than 0; ``box``: a long run on few cells."""
    table: str
    """As on bbchallenge.org; see `circuits.machines.formats.bb`."""
    steps: int
    score: int
    visited: int
    """Cells that the head has been on when it has halted."""


CHAMPIONS = (
    Champion(2, 2, "steps", "1RB1LB_1LA1RZ", 6, 4, 4),
    Champion(3, 2, "steps", "1RB1RZ_1LB0RC_1LC1LA", 21, 5, 5),
    Champion(3, 2, "score", "1RB1RZ_0RC1RB_1LC1LA", 14, 6, 6),
    Champion(4, 2, "steps", "1RB1LB_1LA0LC_1RZ1LD_1RD0RA", 107, 13, 14),
    Champion(5, 2, "steps", "1RB1LC_1RC1RB_1RD0LE_1LA1LD_1RZ0LA", 47_176_870, 4098, 12_289),
    Champion(2, 3, "steps", "1RB2LB1RZ_2LA2RB1LB", 38, 9, 9),
    Champion(2, 4, "steps", "1RB2LA1RA1RA_1LB1LA3RB1RZ", 3_932_964, 2050, 2050),
    Champion(3, 3, "box", "1RB2LB1LC_1LA2RB1RB_1RZ2LA0LC", 2_315_619, 31, 51),
)


def champion(states: int, symbols: int = 2, record: str = "steps") -> Champion:
    """The champion of a size.

    >>> champion(5).steps
    47176870

    Raises:
        SourceError: none is listed.
    """
    for found in CHAMPIONS:
        if (found.states, found.symbols, found.record) == (states, symbols, record):
            return found
    listed = ", ".join(f"({c.states}, {c.symbols}) for {c.record}" for c in CHAMPIONS)
    raise SourceError(
        f"busy beaver: no champion of {states} states and {symbols} symbols for {record}",
        hint=f"there are those of {listed}",
    )


def busy_beaver(states: int, symbols: int = 2, record: str = "steps") -> Machine:
    """The champion of a size, as a machine; it starts on a blank tape and halts in Z.

    Args:
        states: without the halting state.
        symbols: with the blank, 0.
        record: ``steps``, ``score`` or ``box``.

    Raises:
        SourceError: none is listed.
    """
    table = champion(states, symbols, record).table
    name = f"busy beaver of {states} states and {symbols} symbols"
    if record != "steps":
        name = f"{name}, {record}"
    return replace(read_bb(table.encode()), name=name)
