"""What `sgdcc simulate` and `sgdcc info` say of machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from circuits.errors import LimitError

if TYPE_CHECKING:
    from circuits.machines.configuration import Configuration, Field
    from circuits.machines.machine import Machine
    from circuits.machines.options import MachineOptions
    from circuits.machines.run import Run

CONVENTIONS = {
    "bb": "--- stands for 1RZ: it writes, moves, and is a step",
    "yaml": "a missing entry halts, and that is no step",
    "tm": "a state and symbol without a line halt, which is a step; unless $UNDEFINED: halt",
    "turmite": "turn 0, or the move '', writes and halts, which is a step",
}
"""How each format of machines is mapped to the project's convention."""

_MOST_SHOWN = 4000
"""Cells that are printed; --json has them all."""


class Simulation(NamedTuple):
    """A run: what it started on, the cells it could use if these ended, and what came of it."""

    start: Configuration
    field: Field | None
    ran: Run


def simulate(machine: Machine, options: MachineOptions, steps: int | None) -> Simulation:
    """Run a machine, to its halt or a limit by default; on endless cells if the user gives none."""
    from circuits.machines.bounded import bounded_machine, first_configuration, run_to_halt
    from circuits.machines.run import run

    if options.cells is None and not options.margin:
        start = first_configuration(machine, options)
        ran = run_to_halt(machine, start) if steps is None else run(machine, start, steps)
        return Simulation(start, None, ran)
    bounded = bounded_machine(machine, options, steps)
    return Simulation(bounded.configuration, bounded.field, bounded.run(steps))


def run_facts(machine: Machine, ran: Run) -> dict[str, Any]:
    """How a run went, for JSON; ``cells`` are rows of symbols, from ``origin`` on."""
    configuration = ran.configuration
    between = " " if any(len(name) > 1 for name in machine.symbols) else ""
    return {
        "steps": ran.steps,
        "outcome": ran.outcome.value,
        "state": machine.states[configuration.state],
        "score": configuration.score(machine.blank),
        "visited": [ran.visited.width, ran.visited.height],
        "head": list(configuration.head),
        "origin": list(configuration.origin),
        "cells": [
            between.join(machine.symbols[symbol] for symbol in row)
            for row in configuration.cells.tolist()
        ],
    }


def run_lines(machine: Machine, ran: Run) -> Iterator[str]:
    """How a run went, for a person."""
    from runtime.machines.report import cell_count

    state = machine.states[ran.configuration.state]
    visited = cell_count((ran.visited.width, ran.visited.height))
    yield f"{_how(machine, ran)} after {ran.steps} steps, in state {state}"
    yield f"score {ran.configuration.score(machine.blank)}, {visited} visited"


def cell_lines(machine: Machine, configuration: Configuration) -> list[str]:
    """The cells from the first to the last that is not blank, with the head among them."""
    import numpy as np

    from circuits.machines.run import Box
    from circuits.machines.tape import show_tape

    x, y = configuration.head
    box = Box(x, y, x, y)
    rows, columns = np.nonzero(configuration.cells != machine.blank)
    if rows.size:
        left, top = configuration.origin
        written = columns.min() + left, rows.min() + top, columns.max() + left, rows.max() + top
        box = box.around(Box(*map(int, written)))
    if box.width * box.height > _MOST_SHOWN:
        return [f"({box.width}x{box.height} cells are not shown; --json has them)"]
    symbols = [
        [
            configuration.symbol(column, row, machine.blank)
            for column in range(box.left, box.right + 1)
        ]
        for row in range(box.top, box.bottom + 1)
    ]
    head = x - box.left, y - box.top
    try:
        if "*" not in machine.symbols:
            return show_tape(machine, symbols, head).split("\n")
        place = f"cell {head[0]}" if box.height == 1 else f"cell {head[0]} of row {head[1]}"
        return [*show_tape(machine, symbols).split("\n"), f"(the head is on {place}, from 0)"]
    except LimitError as error:
        return [f"(cells not shown: {error.args[0]})"]


def fact_lines(facts: Mapping[str, Any]) -> Iterator[str]:
    """What a machine consists of, for a person."""
    from runtime.commands.text import table
    from runtime.machines.report import cell_count

    shown = {name: value for name, value in facts.items() if value is not None}
    for name in ("states", "halting_states"):
        shown[name] = ", ".join(facts[name])
    shown["symbols"] = " ".join(map(_visible, facts["symbols"]))
    shown["blank"] = _visible(facts["blank"])
    shown["visited"] = cell_count(facts["visited"])
    return table(shown)


def machine_facts(
    source: str, machine: Machine, options: MachineOptions, format_: str | None
) -> dict[str, Any]:
    """What a machine consists of, and how its run from where it starts goes."""
    from circuits.machines.bounded import bounded_machine
    from circuits.machines.configuration import Outcome

    _, field, ran = simulate(machine, options, None)
    working = len(machine.states) - len(machine.halting)
    facts: dict[str, Any] = {
        "source": source,
        "kind": "machine",
        "name": machine.name,
        "planar": machine.planar,
        "states": list(machine.states),
        "start": machine.states[machine.start],
        "halting_states": [machine.states[q] for q in sorted(machine.halting)],
        "symbols": list(machine.symbols),
        "blank": machine.symbols[machine.blank],
        "entries": len(machine),
        "missing_entries": working * len(machine.symbols) - len(machine),
        "convention": CONVENTIONS.get(_format(machine, format_), CONVENTIONS["yaml"]),
        "known": _known(machine),
    }
    facts |= {name: value for name, value in run_facts(machine, ran).items() if name in _OF_A_RUN}
    halts = ran.outcome is Outcome.HALTED
    bounded = bounded_machine(machine, options) if halts or field is not None else None
    facts["memory_bits"] = None if bounded is None else len(bounded.encoding.names)
    return facts


_OF_A_RUN = ("steps", "outcome", "score", "visited")


def _format(machine: Machine, format_: str | None) -> str:
    """The format that the machine was read in, as far as its file's name tells; else ``""``."""
    from circuits.formats.catalog import split_name
    from circuits.machines.formats import MACHINE_FORMATS

    _, ending = split_name(Path(machine.source))
    found = [name for name, known in MACHINE_FORMATS.items() if ending in known.endings]
    return format_ or next(iter(found), "")


def _known(machine: Machine) -> str | None:
    """What is known of a champion among the busy beavers, wherever its table comes from."""
    from circuits.machines.busy_beaver import CHAMPIONS
    from circuits.machines.formats.bb import write_bb

    try:
        table = write_bb(machine).decode().strip()
    except LimitError:
        return None
    for found in CHAMPIONS:
        if found.table == table:
            size = f"{found.states} states and {found.symbols} symbols"
            return {
                "steps": f"no halting machine of {size} makes more than {found.steps} steps",
                "score": f"no halting machine of {size} has a score above {found.score}",
                "box": f"{found.steps} steps on {found.visited} cells",
            }[found.record]
    return None


def _visible(symbol: str) -> str:
    """A symbol, in quotes if it has blanks or cannot be seen."""
    return symbol if symbol.isprintable() and " " not in symbol else repr(symbol)


def _how(machine: Machine, ran: Run) -> str:
    """The outcome in words."""
    from circuits.machines.configuration import Outcome
    from runtime.machines.report import LEAVES, blocked_side

    side = blocked_side(machine, ran.configuration, ran.outcome)
    if side is not None:
        return f"would {LEAVES[side]}"
    return "halted" if ran.outcome is Outcome.HALTED else "still running"
