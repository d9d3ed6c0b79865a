"""A machine on its cells: what it starts on, where that lies, and how far the head may go.

A net has finitely many memory bits, so a machine that SGD is to run gets a field of cells. By
default that is exactly what the run needs, found by running it on endless cells first.

>>> from circuits.machines.machine import Machine, Move
>>> rules = {
...     ("A", "0"): ("1", Move.RIGHT, "B"), ("A", "1"): ("1", Move.LEFT, "B"),
...     ("B", "0"): ("1", Move.LEFT, "A"), ("B", "1"): ("1", Move.RIGHT, "HALT"),
... }
>>> beaver = Machine.of_rules(rules, start="A", blank="0")
>>> bounded_machine(beaver).field
Field(width=4, height=1, margin=False)
>>> wide = bounded_machine(beaver, MachineOptions(cells=(9, 1)))
>>> wide.origin, len(wide.circuit().latches)
((4, 0), 21)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from circuits.circuit import Circuit
from circuits.errors import SourceError
from circuits.machines.configuration import Configuration, Field, Outcome, initial
from circuits.machines.encoding import Encoding
from circuits.machines.machine import Machine
from circuits.machines.options import MachineOptions
from circuits.machines.run import Box, Run, run
from circuits.machines.tape import Tape, parse_tape

LIMIT_ON_A_TAPE, LIMIT_ON_A_PLANE = 50_000_000, 100_000
"""Steps after which a machine is taken not to halt, where nobody says how many to run."""

MOST_CELLS = 2**22
"""Cells, in the box around those that the head was on, beyond which it is taken not to halt."""

_CHUNK_ON_A_TAPE, _CHUNK_ON_A_PLANE = 2**20, 2**13
"""Steps between two looks at the cells."""


@dataclass(frozen=True)
class BoundedMachine:
    """A machine, the cells that it may use, and what it starts on there.

    Attributes:
        machine: what to run.
        field: the cells.
        configuration: to start in; x and y are those of the field.
        origin: (x, y) of the first symbol of the input.
        needed: (width, height) of the cells that it would be on if there were enough; None with a
            margin, and if nobody knows since it does not halt.
    """

    machine: Machine
    field: Field
    configuration: Configuration
    origin: tuple[int, int]
    needed: tuple[int, int] | None

    @cached_property
    def encoding(self) -> Encoding:
        """Which memory bit stands for what."""
        return Encoding.of(self.machine, self.field)

    def circuit(self) -> Circuit:
        """One step, the configuration in the latches."""
        from circuits.machines.machine_to_circuit import machine_to_circuit

        return machine_to_circuit(self.machine, self.field, self.configuration)

    def unrolled(self, steps: int) -> Circuit:
        """So many steps on any symbols, the head and the state being those to start in."""
        from circuits.machines.unroll import unroll

        return unroll(
            self.machine, self.field, steps, self.configuration.head, self.configuration.state
        )

    def run(self, steps: int | None = None) -> Run:
        """Run it on its cells: so many steps, or until it stops, or to the limit."""
        limit = limit_of(self.machine) if steps is None else steps
        return run(self.machine, self.configuration, limit, self.field)


def run_to_halt(machine: Machine, configuration: Configuration, steps: int | None = None) -> Run:
    """Run a machine on endless cells, until it is taken not to halt.

    Args:
        machine: what to run.
        configuration: where it starts.
        steps: at most so many; by default no more than the limit for such a machine.
    """
    chunk = _CHUNK_ON_A_PLANE if machine.planar else _CHUNK_ON_A_TAPE
    limit = limit_of(machine) if steps is None else steps
    ran = run(machine, configuration, min(chunk, limit))
    while ran.outcome is Outcome.RUNNING and ran.steps < limit:
        if ran.visited.width * ran.visited.height > MOST_CELLS:
            break
        further = run(machine, ran.configuration, min(chunk, limit - ran.steps))
        visited = ran.visited.around(further.visited)
        ran = replace(further, steps=ran.steps + further.steps, visited=visited)
    return ran


def limit_of(machine: Machine) -> int:
    """How many steps to try where nobody says."""
    return LIMIT_ON_A_PLANE if machine.planar else LIMIT_ON_A_TAPE


def with_start(machine: Machine, start: str | None) -> Machine:
    """The machine, to start in the state of this name.

    Raises:
        SourceError: it has no such state.
    """
    if start is None:
        return machine
    if start not in machine.states:
        raise SourceError(
            f"{machine.name or 'the machine'} has no state {start!r} to start in",
            hint=f"its states are {', '.join(machine.states)}",
        )
    return replace(machine, start=machine.states.index(start))


def first_configuration(machine: Machine, options: MachineOptions) -> Configuration:
    """What to start on where the cells go on for ever; the first symbol of the input is at (0, 0).

    Raises:
        SourceError: the input is none of this machine, or its head is off the tape.
    """
    given = options.input
    tape = Tape((machine.input,)) if given is None else parse_tape(machine, given)
    head = tape.head if options.head is None else options.head
    if head[1] and not machine.planar:
        raise SourceError(f"the head is at {head}, but this is a tape", hint="y is 0 there")
    return initial(machine, tape.rows, head=head)


def bounded_machine(
    machine: Machine, options: MachineOptions | None = None, steps: int | None = None
) -> BoundedMachine:
    """Put a machine on cells.

    The field is all cells that the head would be on if there were enough of them, and those of the
    input; with a margin, only those of the input if there is one. If ``options.cells`` says
    otherwise, these are in the middle of the field as far as they fit, and else the input is; of
    an odd number of cells left over, the one more is on the right, and below.

    Args:
        machine: to run.
        options: on what.
        steps: for how many steps the cells must do; to its halt by default.

    Raises:
        SourceError: the input does not fit, or the machine does not halt and neither the cells nor
            the steps are given.
    """
    options = options or MachineOptions()
    machine = with_start(machine, options.start)
    first = first_configuration(machine, options)
    ran, given = run_to_halt(machine, first, steps), _input_box(first, options.margin)
    known = ran.outcome is Outcome.HALTED or ran.steps == steps
    whole = given.around(ran.visited)
    wanted = given if options.margin and first.cells.size else whole
    if options.cells is None and not known and wanted is whole:
        raise SourceError(
            f"{machine.name or 'the machine'} does not halt within {ran.steps} steps",
            hint="say how many cells, or for how many steps",
        )
    width, height = options.cells or (wanted.width, wanted.height)
    if height > 1 and not machine.planar:
        raise SourceError(f"{width} x {height} cells on a tape", hint="a tape is one row")
    inner = wanted if wanted.width <= width and wanted.height <= height else given
    if inner.width > width or inner.height > height:
        raise SourceError(
            f"{width} x {height} cells for a start on {inner.width} x {inner.height}",
            hint="give more cells",
        )
    left = inner.left - (width - inner.width) // 2
    top = inner.top - (height - inner.height) // 2
    field = Field(width, height, options.margin)
    configuration = initial(
        machine,
        first.cells.tolist(),
        head=(first.head[0] - left, first.head[1] - top),
        field=field,
        at=(-left, -top),
    )
    needed = (whole.width, whole.height) if known and not options.margin else None
    return BoundedMachine(machine, field, configuration, (-left, -top), needed)


def _input_box(first: Configuration, margin: bool) -> Box:
    """The cells of the input, and the head's unless that may be on a margin."""
    height, width = first.cells.shape
    symbols, (x, y) = Box(0, 0, width - 1, height - 1), first.head
    return symbols if margin and first.cells.size else symbols.around(Box(x, y, x, y))
