"""What a user may say about a machine, apart from its table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MachineOptions:
    """What a machine starts on, and the cells that it may use.

    Attributes:
        input: symbols to start on, as `circuits.machines.tape` reads them; those that the
            machine's file suggests by default.
        cells: (width, height) of the field; by default what the run needs.
        head: (x, y) from the first symbol of the input; by default there, or on what a ``*`` marks.
        margin: whether the head may step onto blank cells around the field, which cannot be
            written. Then the field is by default that of the input.
        start: the name of a state to start in.
    """

    input: str | None = None
    cells: tuple[int, int] | None = None
    head: tuple[int, int] | None = None
    margin: bool = False
    start: str | None = None
