"""How the run of a machine by SGD went, read from the weights."""

from __future__ import annotations

from dataclasses import dataclass

from circuits.machines.configuration import Configuration, Outcome
from circuits.machines.machine import Machine

LEAVES = {
    "left": "leave the cells on the left",
    "right": "leave the cells on the right",
    "up": "leave the cells at the top",
    "down": "leave the cells at the bottom",
    "margin": "write on the margin",
}
"""What a step would do that is not carried out, by where it goes."""


@dataclass(frozen=True, slots=True)
class MachineReport:
    """What the report of a verification says of a machine besides all else.

    Attributes:
        machine_steps: steps that the machine made.
        halted: whether the weights hold a configuration in which it has halted.
        score: cells that are not blank in this configuration; None if the weights hold none.
        head_left: whether a step that would leave the cells, or write on the margin, was due. It
            is not carried out; the memory bit ``left`` is set instead.
        head_left_to: "left", "right", "up" or "down"; "margin" of a symbol on the margin; or None.
        cells: (width, height) of the cells it was given.
        cells_needed: likewise, of those that it would be on if there were enough; None if it does
            not halt, or has a margin.
    """

    machine_steps: int
    halted: bool
    score: int | None
    head_left: bool
    head_left_to: str | None
    cells: tuple[int, int]
    cells_needed: tuple[int, int] | None

    def __str__(self) -> str:
        """A line for a person, and one on a head that left."""
        state = "halted" if self.halted else "not halted"
        score = "no configuration" if self.score is None else f"score {self.score}"
        line = f"{self.machine_steps} machine steps, {state}, {score}, {cell_count(self.cells)}"
        if self.head_left_to is None:
            return line
        last = f"in step {self.machine_steps + 1} the head would {LEAVES[self.head_left_to]}"
        if self.cells_needed is not None:
            last += f"; {cell_count(self.cells_needed)} are needed"
        return f"{line}\n{last}"


def blocked_side(machine: Machine, configuration: Configuration, outcome: Outcome) -> str | None:
    """Where the next step goes if it is not carried out: a key of `LEAVES`; None if it is.

    Args:
        machine: what runs.
        configuration: where it is.
        outcome: of the next step.
    """
    rule = machine.rule(
        configuration.state, configuration.symbol(*configuration.head, machine.blank)
    )
    if rule is None or outcome not in (Outcome.LEFT, Outcome.MARGIN):
        return None
    return "margin" if outcome is Outcome.MARGIN else rule.move.name.lower()


def cell_count(size: tuple[int, int]) -> str:
    """A field's size in words.

    >>> cell_count((14, 1)), cell_count((1, 1)), cell_count((5, 6))
    ('14 cells', '1 cell', '5x6 cells')
    """
    width, height = size
    return f"{width} cell{'s' * (width != 1)}" if height == 1 else f"{width}x{height} cells"
