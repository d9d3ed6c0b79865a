"""Machines as circuits and nets are as large as the documents say, and grow by the formulas."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from circuits.machines.ant import langton
from circuits.machines.busy_beaver import busy_beaver
from circuits.machines.configuration import Field, initial
from circuits.machines.machine import Machine
from circuits.machines.machine_to_circuit import machine_to_circuit
from circuits.machines.row_reduction import row_reduction
from circuits.machines.unroll import naive_bound, unroll, unrolled_bound
from compiler.pipeline import compile_net

ROOT = Path(__file__).parent.parent
SIZES = ROOT / "benchmarks" / "machine_sizes.py"

BEAVER, LANGTON = busy_beaver(4), langton()

Row = list[str]


def rows() -> list[Row]:
    """The rows of the tables of sizes in the document, without commas in numbers."""
    found = re.findall(r"^\| .* [\d,]+ \|$", (ROOT / "docs" / "machines.md").read_text(), re.M)
    return [line.replace(",", "").strip("| ").split(" | ") for line in found]


CLOCKED = [row for row in rows() if not row[0].isdigit()]
UNROLLED = [row for row in rows() if row[0].isdigit()]


@pytest.mark.parametrize("row", CLOCKED, ids=" ".join)
def test_one_step_is_as_large_as_documented(row: Row) -> None:
    name, cells, *counts = row
    width, _, height = cells.partition(" x ")
    field = Field(int(width), int(height or 1))
    machine = {"BB(4)": BEAVER, "Langton's ant": LANGTON}[name]
    circuit = machine_to_circuit(machine, field, initial(machine, field=field))
    net = compile_net(circuit)
    expected = [circuit.gate_count, naive_bound(machine, field, 1), len(net.memory)]
    assert list(map(int, counts)) == [*expected, net.vertices, net.edges, net.levels]


@pytest.mark.parametrize("row", [row for row in UNROLLED if int(row[2]) < 4000], ids=" ".join)
def test_some_steps_are_as_large_as_documented(row: Row) -> None:
    width, steps, *counts = map(int, row)
    field = Field(width)
    circuit = unroll(BEAVER, field, steps, (width // 2, 0))
    net = compile_net(circuit)
    bounds = [unrolled_bound(BEAVER, field, steps), naive_bound(BEAVER, field, steps)]
    assert counts == [circuit.gate_count, *bounds, net.vertices, net.edges, net.levels]


@pytest.mark.slow
def test_the_tables_are_what_the_benchmark_prints() -> None:
    done = subprocess.run([sys.executable, str(SIZES)], capture_output=True, text=True, check=True)
    document = (ROOT / "docs" / "machines.md").read_text()
    first, second = done.stdout.split("\n\n")
    assert first in document
    assert second in document


def gates_of_a_step(machine: Machine, field: Field) -> int:
    return machine_to_circuit(machine, field, initial(machine, field=field)).gate_count


@pytest.mark.parametrize("machine", [BEAVER, busy_beaver(2, 3), busy_beaver(2, 4)])
def test_every_further_cell_of_a_tape_costs_what_the_formula_says(machine: Machine) -> None:
    """(s + 1) + 2 s + (D + 1) - s gates: an AND to read, an AND and an XOR to write, the head."""
    for cells in range(6, 40):
        one, other = Field(cells), Field(cells + 1)
        formula = naive_bound(machine, other, 1) - naive_bound(machine, one, 1)
        assert gates_of_a_step(machine, other) - gates_of_a_step(machine, one) == formula


@pytest.mark.parametrize("machine", [LANGTON, row_reduction()])
def test_a_plane_costs_no_more_than_the_formula_says(machine: Machine) -> None:
    for width, height in [(2, 2), (3, 5), (8, 4), (12, 12)]:
        field = Field(width, height)
        gates, formula = gates_of_a_step(machine, field), naive_bound(machine, field, 1)
        assert formula * 0.7 < gates <= formula


@pytest.mark.parametrize("steps", [1, 2, 5, 10, 20, 40])
def test_unrolled_steps_cost_no_more_than_the_formula_says(steps: int) -> None:
    for width in {14, 2 * steps + 1}:
        field = Field(width)
        gates = unroll(BEAVER, field, steps, (width // 2, 0)).gate_count
        assert gates <= unrolled_bound(BEAVER, field, steps)
        assert gates < naive_bound(BEAVER, field, steps)


def test_the_levels_of_a_step_do_not_depend_on_the_cells() -> None:
    levels = {int(row[-1]) for row in CLOCKED}
    assert max(levels) - min(levels) <= 1  # paths of memory units have an even number of edges
    assert len({row[1] for row in CLOCKED}) > 5
