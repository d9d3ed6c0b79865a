"""f_Conv2D as a sum of a dozen gates, each a ReLU of a sum of functions of single cells.

A gate has the value ``weight * relu(bias + sum over the five places of table[place][cell])``. So a
network with two layers of ReLUs is enough, the first for the tables, and its size grows with the
number of values of a cell, not of patches. With f the phase digit, h the head digit with a state,
c = the middle and B a bound that silences a gate wherever its condition does not hold:

    carry      the middle without its head, plus the heads that come to it
    memorise   -f with slope 1            if c = 0 and (up is padding or a sample)
    spread     (-f) - c                   if c is not memory, and up or down is
    broadcast  +f                         if c is unknown and one of the four is computing
    start      f + h                      if c is a sample, right is 1 and down is padding
    return     h in the state it comes back with, or all that the head left behind
                                          if c is a head that moves to what is padding

Carry is always on. Two gates make ``spread``, one for each sign, and two make ``broadcast``: with n
neighbours computing, relu(2n - 1/2) - relu(2n - 3/2) is 1 for n >= 1 and 0 for n = 0, and neither
has a kink at an integer. There is a ``return`` for each direction, and a second one for what is
negative.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import TypeAlias

from circuits.machines.machine import Machine, Move
from compiler.rcnn.cells import Cell, Neighbour, Phase, is_empty, is_fresh, is_sample, phase_of
from compiler.rcnn.coding import Coding
from compiler.rcnn.places import BESIDE, Place
from compiler.rcnn.specification import seen, step_back

Table: TypeAlias = tuple[Fraction, ...]
"""What a cell adds, by cell number."""


@dataclass(frozen=True)
class Gate:
    """One ReLU of the second layer.

    Attributes:
        name: what it is for.
        tables: place -> what a cell there adds, by cell number.
        bias: added to that.
        weight: of the gate in the sum.
        slopes: cell number -> the derivative that the middle's table has there; 0 elsewhere.
        always: whether it is on for every patch, so that the sum must take its bias back.
    """

    name: str
    tables: Mapping[Place, Table]
    bias: Fraction
    weight: int = 1
    slopes: Mapping[int, int] = field(default_factory=dict)
    always: bool = False


def gates(machine: Machine, coding: Coding) -> tuple[Gate, ...]:
    """All gates that this machine needs."""
    return (
        _carry(machine, coding),
        _memorise(coding),
        *_spread(coding),
        *_broadcast(coding),
        _start(coding),
        *_return(machine, coding),
    )


def _table(coding: Coding, what: Callable[[Neighbour], Fraction | int]) -> Table:
    return tuple(Fraction(what(cell)) for cell in coding.cells)


def _is(coding: Coding, amount: Fraction, what: Callable[[Neighbour], bool]) -> Table:
    return _table(coding, lambda cell: amount if what(cell) else 0)


def _carry(machine: Machine, coding: Coding) -> Gate:
    """What stays of the middle. A memory cell is handed on with its derivative."""

    def middle(cell: Neighbour) -> Fraction:
        return coding.value(None if cell is None else _without_head(machine, cell))

    tables = {
        place: _table(coding, partial(_coming, machine, coding, move))
        for place, move in BESIDE.items()
    }
    tables[Place.MIDDLE] = _table(coding, middle)
    memory = coding.number[Cell(coding.blank, Phase.MEMORY)]
    return Gate("carry", tables, coding.weights[0], slopes={memory: 1}, always=True)


def _coming(machine: Machine, coding: Coding, move: Move, cell: Neighbour) -> Fraction | int:
    """What a head adds to the middle that comes from where this move leads to."""
    state = seen(machine, cell, move).arriving
    return 0 if state is None else coding.state_values[state]


def _without_head(machine: Machine, cell: Cell) -> Cell:
    """What the middle becomes if all cells around it compute and have no head."""
    rule = None if cell.state is None else machine.rule(cell.state, cell.symbol)
    if rule is None:
        return cell
    return Cell(rule.write, Phase.COMPUTING, rule.following if rule.move is Move.STAY else None)


def _memorise(coding: Coding) -> Gate:
    amount, blank = coding.phase, coding.blank
    tables = {
        Place.MIDDLE: _table(coding, lambda cell: amount if is_fresh(cell, blank) else -amount),
        Place.UP: _is(coding, 2 * amount, lambda c: c is None or is_sample(c, blank)),
    }
    fresh = coding.number[Cell(blank, Phase.UNKNOWN)]
    return Gate("memorise", tables, -2 * amount, weight=-1, slopes={fresh: -1})


def _spread(coding: Coding) -> Iterator[Gate]:
    """From what the middle is to -f; the symbol of -1 is below that, all others are above."""

    def fall(cell: Neighbour) -> Fraction:
        changes = is_fresh(cell, coding.blank) or is_sample(cell, coding.blank)
        return coding.value(cell) + coding.phase if changes else Fraction(0)

    falls = _table(coding, fall)
    for sign, name in ((1, "spread, down"), (-1, "spread, up")):
        bound = 2 * max(sign * amount for amount in falls)
        if bound > 0:
            middle = tuple(sign * x if sign * x > 0 else -2 * bound for x in falls)
            memory = _is(coding, bound, lambda cell: phase_of(cell) is Phase.MEMORY)
            tables = {Place.MIDDLE: middle, Place.UP: memory, Place.DOWN: memory}
            yield Gate(name, tables, -bound, weight=-sign)


def _broadcast(coding: Coding) -> Iterator[Gate]:
    amount = coding.phase
    silent = _is(coding, -10 * amount, lambda cell: phase_of(cell) is not Phase.UNKNOWN)
    computing = _is(coding, 2 * amount, lambda cell: phase_of(cell) is Phase.COMPUTING)
    tables = {Place.MIDDLE: silent, **dict.fromkeys(BESIDE, computing)}
    yield Gate("broadcast, any", tables, -amount / 2)
    yield Gate("broadcast, once", tables, -3 * amount / 2, weight=-1)


def _start(coding: Coding) -> Gate:
    """Three conditions give 6 amounts, of which 5 are taken back; two of them give only 4."""
    amount = coding.phase + coding.head
    tables = {
        Place.MIDDLE: _is(coding, 2 * amount, lambda cell: is_sample(cell, coding.blank)),
        Place.RIGHT: _is(coding, 2 * amount, is_empty),
        Place.DOWN: _is(coding, 2 * amount, lambda cell: cell is None),
    }
    return Gate("start", tables, -5 * amount)


def _return(machine: Machine, coding: Coding) -> Iterator[Gate]:
    """Carry has sent the head away, but here is no cell for it."""
    for place, move in BESIDE.items():
        missing = _table(coding, partial(_missing, machine, coding, move))
        for sign, name in ((1, "return"), (-1, "return, less")):
            bound = 2 * max(sign * amount for amount in missing)
            if bound > 0:
                middle = tuple(sign * x if sign * x > 0 else -bound for x in missing)
                padding = _is(coding, bound, lambda cell: cell is None)
                tables = {Place.MIDDLE: middle, place: padding}
                yield Gate(f"{name} from {move.name.lower()}", tables, -bound, weight=sign)


def _missing(machine: Machine, coding: Coding, move: Move, cell: Neighbour) -> Fraction | int:
    """What ``carry`` lacks of a head that moves onto padding; 0 if it does not move there."""
    if cell is None or cell.state is None:
        return 0
    rule = machine.rule(cell.state, cell.symbol)
    if rule is None or rule.move is not move:
        return 0
    back = step_back(machine, rule)
    if back is not None:
        return coding.state_values[back]
    return coding.value(cell) - coding.value(_without_head(machine, cell))
