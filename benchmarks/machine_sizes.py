"""How large machines become, as circuits and as nets: prints the tables of docs/machines.md."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from circuits.machines.ant import langton
from circuits.machines.busy_beaver import busy_beaver
from circuits.machines.configuration import Field, initial
from circuits.machines.machine import Machine
from circuits.machines.machine_to_circuit import machine_to_circuit
from circuits.machines.unroll import naive_bound, unroll, unrolled_bound
from compiler.pipeline import compile_net

TAPES, PLANES = (8, 16, 32, 64, 128, 256), (4, 8, 16)
STEPS = (8, 16, 32, 64, 107)

_STEP_HEAD = (
    "| machine | cells N | gates | formula | memory bits | vertices | edges | levels |\n"
    "|---|---|---|---|---|---|---|---|\n"
)
_UNROLLED_HEAD = (
    "| cells N | steps T | gates | formula | T copies of a step | vertices | edges | levels |\n"
    "|---|---|---|---|---|---|---|---|\n"
)


def step_row(name: str, machine: Machine, field: Field) -> str:
    """One step of a machine, and the net that SGD clocks."""
    circuit = machine_to_circuit(machine, field, initial(machine, field=field))
    net = compile_net(circuit)
    size = f"{field.width} x {field.height}" if field.height > 1 else str(field.width)
    counts = circuit.gate_count, naive_bound(machine, field, 1), len(net.memory)
    return _row([name, size, *map(_count, (*counts, net.vertices, net.edges, net.levels))])


def unrolled_row(machine: Machine, field: Field, steps: int) -> str:
    """Steps of a machine that begins in the middle, and Lemma 1's component."""
    circuit = unroll(machine, field, steps, (field.width // 2, field.height // 2))
    net = compile_net(circuit)
    bounds = unrolled_bound(machine, field, steps), naive_bound(machine, field, steps)
    counts = field.width, steps, circuit.gate_count, *bounds, net.vertices, net.edges, net.levels
    return _row(list(map(_count, counts)))


def step_table() -> Iterator[str]:
    """Lines of the first table."""
    yield _STEP_HEAD
    for cells in TAPES:
        yield step_row("BB(4)", busy_beaver(4), Field(cells))
    for side in PLANES:
        yield step_row("Langton's ant", langton(), Field(side, side))


def unrolled_table() -> Iterator[str]:
    """Lines of the second table."""
    yield _UNROLLED_HEAD
    for steps in STEPS:
        yield unrolled_row(busy_beaver(4), Field(14), steps)
    for steps in STEPS:
        yield unrolled_row(busy_beaver(4), Field(2 * steps + 1), steps)


def _count(number: int) -> str:
    return f"{number:,}"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    sys.stdout.writelines(step_table())
    sys.stdout.write("\n")
    sys.stdout.writelines(unrolled_table())
