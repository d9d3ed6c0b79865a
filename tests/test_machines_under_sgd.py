"""Machines run by SGD: champions, lists of machines, ants, and what solves linear systems."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
import torch
from certified import certified
from known_machines import BEAVER
from machine_behaviour import shown
from oracle import SHARED, needs_shared

from circuits.machines.ant import langton
from circuits.machines.bounded import BoundedMachine, bounded_machine
from circuits.machines.busy_beaver import Champion, busy_beaver, champion
from circuits.machines.configuration import Configuration
from circuits.machines.formats import read_machine
from circuits.machines.formats.bb import read_bb_list
from circuits.machines.machine import Machine
from circuits.machines.options import MachineOptions
from circuits.machines.row_reduction import row_reduction
from runtime.compiled import compile_source
from runtime.engines.threads import one_thread
from runtime.machines.report import MachineReport
from runtime.settings import DTYPES

TURING = SHARED / "turing"

CHAMPIONS = (champion(2), champion(3), champion(3, record="score"), champion(2, 3), champion(4))


def clocked(source: Machine | BoundedMachine, **settings: Any) -> MachineReport:
    """What is said of a machine that SGD runs as it should."""
    report = compile_source(source).verify(**settings)
    assert report.emulates, report
    assert report.configuration_mismatches == 0
    assert report.steps == report.wrong_steps
    assert report.machine is not None
    assert not report.machine.head_left
    return report.machine


def trained_to_halt(machine: BoundedMachine) -> tuple[int, Configuration]:
    """Train the net as anybody would until it says that it has halted; read its weights."""
    compiled = compile_source(machine)
    module = compiled.to_module(torch.float32)
    optimizer = torch.optim.SGD(module.parameters(), lr=compiled.learning_rate)
    steps = 0
    with one_thread():
        while (output := module(torch.zeros(0))) < 0:
            label = -output.detach()
            loss = (output - label) ** 2
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            steps += 1
    return steps, compiled.configuration(module)


def called(found: Champion) -> str:
    return f"{found.states}x{found.symbols}-{found.record}"


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("known", CHAMPIONS, ids=called)
def test_the_champions_halt_in_the_known_steps(known: Champion, dtype: str) -> None:
    beaver = busy_beaver(known.states, known.symbols, known.record)
    machine = clocked(beaver, dtype=dtype)
    assert (machine.machine_steps, machine.halted) == (known.steps, True)
    assert machine.score == known.score
    assert machine.cells == machine.cells_needed == (known.visited, 1)


@pytest.mark.parametrize("known", CHAMPIONS, ids=called)
def test_the_champions_have_certificates(known: Champion) -> None:
    beaver = bounded_machine(busy_beaver(known.states, known.symbols, known.record))
    proof = certified(beaver.circuit()).check()
    assert "float32" in proof.arithmetic
    unrolled = certified(beaver.unrolled(4)).check()
    assert "float32" in unrolled.arithmetic


def test_the_printed_net_runs_a_beaver_in_exact_arithmetic() -> None:
    report = compile_source(BEAVER, preset="printed").verify()
    assert report.emulates, report
    assert (report.arithmetic, report.exponent) == ("exact", "3")
    assert report.configuration_mismatches == 0
    assert report.machine is not None
    assert (report.machine.machine_steps, report.machine.score) == (6, 4)


def test_a_loop_of_ones_own_leaves_the_tape_in_the_weights() -> None:
    beaver = bounded_machine(busy_beaver(4))
    steps, configuration = trained_to_halt(beaver)
    assert steps == 107
    assert shown(beaver.machine, configuration) == "10111111111111"


# Machines of each list that halt within 110 steps, and parts in which they are run.
LISTS = {"2x2": (15, 1), "2x3": (866, 8), "3x2": (1379, 10), "4x2_first_400": (400, 10)}
LONGEST = 110


def halting(name: str) -> list[tuple[Machine, int, int]]:
    """Machines of a list that halt soon enough, with their steps and scores."""
    listed = read_bb_list((TURING / "busy_beaver" / f"{name}.txt").read_bytes(), name)
    found = [(m, int(words[1]), int(words[2])) for m, words in listed if words[0] == "Halt"]
    return [(machine, steps, score) for machine, steps, score in found if steps <= LONGEST]


def assert_halt_as_listed(listed: list[tuple[Machine, int, int]], dtype: str = "float64") -> None:
    for beaver, steps, score in listed:
        machine = clocked(beaver, dtype=dtype)
        assert (machine.machine_steps, machine.halted, machine.score) == (steps, True, score)


@needs_shared
@pytest.mark.parametrize("dtype", DTYPES)
def test_some_of_the_listed_machines_halt_as_listed(dtype: str) -> None:
    for name, (count, _) in LISTS.items():
        listed = halting(name)
        assert len(listed) == count
        assert_halt_as_listed(listed[:: 1 + count // 5], dtype)


@pytest.mark.slow
@needs_shared
@pytest.mark.parametrize(
    ("name", "part"),
    [(name, part) for name, (_, parts) in LISTS.items() for part in range(0, parts, 2)],
)
def test_listed_machines_halt_as_listed(name: str, part: int) -> None:
    """Every other part, for time; `test_busy_beaver_circuits` has all, as circuits."""
    assert_halt_as_listed(halting(name)[part :: LISTS[name][1]])


def test_the_ant_walks_500_steps() -> None:
    """62 black cells; see also `test_ants`."""
    ant = bounded_machine(langton(), steps=500)
    machine = clocked(ant, steps=500, dtype="float32")
    assert (machine.machine_steps, machine.score, machine.cells) == (500, 62, (13, 13))


EXAMPLES = {
    "binaryAdd": ("1011+11001", 92),
    "binaryIncrement": ("1011", 8),
    "binaryMult": ("11*101", 116),
    "busyBeaver3": ("", 13),
    "busyBeaver4": ("", 107),
    "copy1s": ("111", 28),
    "divisibleBy3": ("1001", 5),
    "divisibleBy3Base10": ("4728", 5),
    "lengthMult": ("aabbbcccccc", 108),
    "matchBinaryStrings": ("01001#01001", 72),
    "matchThreeLengths": ("aabbcc", 23),
    "palindrome": ("abba", 15),
    "powersOfTwo": ("0000", 21),
    "unaryMult": ("||*|||", 95),
}
"""What each example of turingmachine.io is started on, and in how many steps it halts."""


@needs_shared
def test_all_examples_but_one_are_run() -> None:
    files = {path.stem for path in (TURING / "turingmachine_io").glob("*.yaml")}
    assert files - set(EXAMPLES) == {"_template", "repeat01"}  # a form to fill in; does not halt


@needs_shared
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_halts_in_the_known_steps(name: str) -> None:
    text, steps = EXAMPLES[name]
    example = read_machine(TURING / "turingmachine_io" / f"{name}.yaml")
    machine = clocked(bounded_machine(example, MachineOptions(input=text)))
    assert (machine.machine_steps, machine.halted) == (steps, True)


@needs_shared
@pytest.mark.parametrize(
    ("name", "text", "tape"),
    [
        ("binaryAdd", "1011+11001", "100100 11001"),
        ("binaryMult", "11*101", "1111"),
        ("copy1s", "111", "1110111"),
        ("unaryMult", "||*|||", "||*||| ||||||"),
    ],
)
def test_the_result_of_the_example_is_in_the_weights(name: str, text: str, tape: str) -> None:
    example = read_machine(TURING / "turingmachine_io" / f"{name}.yaml")
    steps, configuration = trained_to_halt(bounded_machine(example, MachineOptions(input=text)))
    assert steps == EXAMPLES[name][1]
    assert shown(example, configuration) == tape


Bits = tuple[int, ...]


def answer(samples: list[Bits], labels: Bits, query: Bits) -> int | None:
    """What all parities that explain the samples say of the query, by trying all of them."""
    said = {
        dot(secret, query)
        for secret in product((0, 1), repeat=len(query))
        if all(dot(secret, x) == y for x, y in zip(samples, labels, strict=True))
    }
    return said.pop() if len(said) == 1 else None


def dot(secret: Bits, sample: Bits) -> int:
    return sum(a & b for a, b in zip(secret, sample, strict=True)) % 2


def solved_by_sgd(samples: list[Bits], labels: Bits, query: Bits) -> int:
    """The answer that a net's weights hold when it says that it has halted."""
    rows = ["".join(map(str, (*x, y))) for x, y in zip(samples, labels, strict=True)]
    text = "/".join([*rows, "*" + "".join(map(str, query)) + "_"])
    system = bounded_machine(row_reduction(), MachineOptions(input=text))
    x, y = system.origin[0] + len(query), system.origin[1] + len(samples)
    machine, (_, configuration) = system.machine, trained_to_halt(system)
    return int(machine.symbols[configuration.symbol(x, y, machine.blank)])


SYSTEMS = [
    ([(1, 1), (0, 1)], (1, 0), (1, 0)),
    ([(1, 1), (0, 1)], (1, 1), (1, 0)),
    ([(0, 1), (1, 0)], (1, 1), (1, 1)),
    ([(1, 1), (1, 1)], (1, 1), (1, 1)),
    ([(1, 0, 1), (1, 1, 0)], (1, 0), (0, 1, 1)),
    ([(1, 0, 1), (1, 1, 0), (0, 0, 1)], (1, 0, 1), (1, 1, 1)),
]


@pytest.mark.parametrize(("samples", "labels", "query"), SYSTEMS)
def test_sgd_solves_a_linear_system(samples: list[Bits], labels: Bits, query: Bits) -> None:
    assert solved_by_sgd(samples, labels, query) == answer(samples, labels, query)


def test_a_linear_system_is_reduced_step_by_step() -> None:
    options = MachineOptions(input="111/010/*10_")
    machine = clocked(bounded_machine(row_reduction(), options))
    assert machine.halted


@pytest.mark.slow
@pytest.mark.parametrize("query", list(product((0, 1), repeat=2)))
def test_sgd_solves_all_systems_of_two_samples_of_two_bits(query: Bits) -> None:
    for first, second, labels in product(product((0, 1), repeat=2), repeat=3):
        expected = answer([first, second], labels, query)
        if expected is not None:
            assert solved_by_sgd([first, second], labels, query) == expected
