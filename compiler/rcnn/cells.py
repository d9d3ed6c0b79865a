"""What one cell of the grid holds."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple, TypeAlias

from circuits.machines.machine import Machine


class Phase(IntEnum):
    """What a cell knows about the run."""

    MEMORY = -1
    """A sample is being memorised, as far as this cell knows."""
    UNKNOWN = 0
    COMPUTING = 1


class Cell(NamedTuple):
    """What one cell holds; symbol and state by their numbers in the machine."""

    symbol: int
    phase: Phase
    state: int | None = None
    """Of the head; None where the head is not."""
    workspace: bool = False
    """Whether this is a cell of the workspace that nothing was written to; its symbol is blank."""


Neighbour: TypeAlias = Cell | None
"""A cell, or None for the padding around the grid."""


def phase_of(cell: Neighbour) -> Phase | None:
    """None for padding."""
    return None if cell is None else cell.phase


def is_empty(cell: Neighbour) -> bool:
    """Whether this is a cell of the workspace that does not compute yet: 1 in the paper."""
    return cell is not None and cell.workspace and cell.phase is Phase.UNKNOWN


def is_sample(cell: Neighbour, blank: int) -> bool:
    """Whether this is a cell of the main grid that is memorised and does not compute yet."""
    return cell is not None and cell.phase is Phase.UNKNOWN and cell.symbol != blank


def is_fresh(cell: Neighbour, blank: int) -> bool:
    """Whether this is a cell of the main grid that is not memorised: 0 in the paper."""
    unknown = cell is not None and cell.phase is Phase.UNKNOWN
    return unknown and not is_sample(cell, blank) and not is_empty(cell)


def described(machine: Machine, cell: Neighbour) -> str:
    """A cell in words.

    >>> from circuits.machines.machine import Move
    >>> machine = Machine.of_rules({("A", "_"): ("1", Move.RIGHT, "H")}, start="A", blank="_")
    >>> described(machine, Cell(1, Phase.COMPUTING, 0))
    "'1' with the head in A"
    """
    if cell is None:
        return "padding"
    symbol = repr(machine.symbols[cell.symbol])
    if cell.phase is Phase.COMPUTING:
        place = " of the workspace" if cell.workspace else ""
        head = "" if cell.state is None else f" with the head in {machine.states[cell.state]}"
        return symbol + place + head
    if cell.phase is Phase.MEMORY:
        return "memory"
    if cell.workspace:
        return "workspace"
    return "not memorised" if cell.symbol == machine.blank else f"sample {symbol}"
