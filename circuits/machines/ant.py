"""Ants: machines on a plane that turn by the colour of the cell they stand on.

A rule has a letter for every colour: R right, L left, N not at all, U about. The ant on a cell of
colour c turns by letter c, gives the cell the next colour, the first after the last, and goes one
cell ahead. ``RL`` is Langton's ant (1986). A machine's moves do not depend on where its head faces,
so that is its state: N, E, S or W.
"""

from __future__ import annotations

from circuits.errors import SourceError
from circuits.machines.explore import Entry, explore
from circuits.machines.machine import Machine, Move

_AHEAD = {"N": Move.UP, "E": Move.RIGHT, "S": Move.DOWN, "W": Move.LEFT}
_QUARTERS = {"N": 0, "R": 1, "U": 2, "L": 3}
"""Letter -> quarter turns to the right."""


def ant(rule: str = "RL") -> Machine:
    """The ant of a rule. It starts facing north, on a plane of colour 0.

    >>> ant("RL").states
    ('N', 'E', 'W', 'S')

    Args:
        rule: a letter a colour, of R, L, N and U.

    Raises:
        SourceError: there is another letter, or none.
    """
    if not rule or set(rule) - set(_QUARTERS):
        raise SourceError(f"ant: '{rule}' is no rule", hint="write a letter of RLNU per colour")
    compass, colours = list(_AHEAD), [str(colour) for colour in range(len(rule))]

    def transition(facing: str, symbol: str) -> Entry:
        colour = int(symbol)
        turned = compass[(compass.index(facing) + _QUARTERS[rule[colour]]) % 4]
        return colours[(colour + 1) % len(rule)], _AHEAD[turned], turned

    return explore(transition, start="N", symbols=colours, blank="0", name=f"ant {rule}")


def langton() -> Machine:
    """Langton's ant.

    Some 10,000 steps look irregular. From step 9,977 on it repeats itself every 104 steps, two
    columns and two rows away from where it was.
    """
    return ant("RL")
