"""Every busy beaver of the lists, as a circuit of one step and as one of all its steps."""

from __future__ import annotations

import random

import pytest
from oracle import SHARED, needs_shared

from circuits.evaluate import Evaluator
from circuits.machines.configuration import Configuration, Field, Outcome, initial, step
from circuits.machines.encoding import Encoding
from circuits.machines.formats.bb import read_bb_list
from circuits.machines.machine import Machine
from circuits.machines.machine_to_circuit import machine_to_circuit
from circuits.machines.run import run
from circuits.machines.unroll import unroll, unrolled_bound
from compiler.pipeline import compile_net
from runtime.labels import always_wrong
from runtime.settings import Settings
from runtime.verify import verify

FOLDER = SHARED / "turing" / "busy_beaver"
FILES = {"2x2": 15, "2x3": 866, "3x2": 1379, "4x2_first_400": 400}
"""The lists, and how many of their machines halt within `LONGEST` steps."""
LONGEST = 110
LANES = 16


def halting(file: str) -> list[tuple[Machine, int, int]]:
    """Machines of a list that halt soon enough, with their steps and scores."""
    found = []
    for machine, words in read_bb_list((FOLDER / f"{file}.txt").read_bytes(), file):
        verdict, steps, score = words[:3]
        if verdict == "Halt" and int(steps) <= LONGEST:
            found.append((machine, int(steps), int(score)))
    return found


def on_its_cells(machine: Machine, steps: int) -> tuple[Field, Configuration]:
    """The cells that it visits, all blank, and its head where it starts."""
    visited = run(machine, initial(machine), steps).visited
    field = Field(visited.width)
    return field, initial(machine, field=field, head=(-visited.left, 0))


def check_clocked(machine: Machine, field: Field, start: Configuration, steps: int) -> None:
    """Step by step until it halts, and once more."""
    encoding = Encoding.of(machine, field)
    evaluator = Evaluator.of(machine_to_circuit(machine, field, start))
    state, configuration = evaluator.circuit.reset_state, start
    for done in range(steps + 1):
        assert state == encoding.encode(configuration)
        (halted,), state = evaluator.step((), state)
        configuration, outcome = step(machine, configuration, field)
        assert outcome is (Outcome.HALTED if done == steps else Outcome.RUNNING)
        assert halted == (done == steps)
    assert state == encoding.encode(configuration)


def check_unrolled(
    machine: Machine, field: Field, start: Configuration, steps: int, score: int
) -> None:
    """On blank cells as listed, and in all lanes, which hold other tapes, as the clocked one."""
    encoding, symbols = Encoding.of(machine, field), len(machine.symbols)
    circuit = unroll(machine, field, steps, start.head)
    assert circuit.gate_count <= unrolled_bound(machine, field, steps)
    rng = random.Random(steps)
    rows = [list(encoding.encode(start))]
    while len(rows) < LANES:
        cells = start.cells.copy()
        cells[0] = [rng.randrange(symbols) for _ in range(field.width)]
        rows.append(list(encoding.encode(Configuration(cells, start.head, start.state))))
    state = tuple(sum(bit << k for k, bit in enumerate(bits)) for bits in zip(*rows, strict=True))
    *got, halted = (
        Evaluator.of(circuit).step(state[: len(encoding.symbol_names)], width=LANES).outputs
    )
    one = Evaluator.of(machine_to_circuit(machine, field, start))
    for _ in range(steps):
        state = one.step((), state, LANES).next_state
    assert tuple(got) == state
    assert (halted,) == one.step((), state, LANES).outputs

    decoded = encoding.decode([value & 1 for value in got])
    assert halted & 1
    assert not decoded.left
    assert decoded.configuration.score(machine.blank) == score


@needs_shared
@pytest.mark.parametrize("file", FILES)
def test_the_champions_of_the_lists_are_their_circuits(file: str) -> None:
    for machine, steps, score in halting(file)[:3]:
        field, start = on_its_cells(machine, steps)
        check_clocked(machine, field, start, steps)
        check_unrolled(machine, field, start, steps, score)


@needs_shared
@pytest.mark.slow
@pytest.mark.parametrize("file", FILES)
def test_all_machines_of_the_lists_are_their_circuits(file: str) -> None:
    listed = halting(file)
    assert len(listed) == FILES[file]
    for machine, steps, score in listed:
        field, start = on_its_cells(machine, steps)
        check_clocked(machine, field, start, steps)
        check_unrolled(machine, field, start, steps, score)


@needs_shared
@pytest.mark.parametrize("file", ["2x3", "3x2"])
def test_sgd_runs_a_champion_until_it_halts(file: str) -> None:
    machine, steps, _ = halting(file)[0]
    field, start = on_its_cells(machine, steps)
    net = compile_net(machine_to_circuit(machine, field, start), one_filler=True)
    settings = Settings(labels=always_wrong, steps=steps + 2)
    assert verify(net, settings).emulates


@needs_shared
def test_sgd_runs_the_four_state_champion_for_its_107_steps() -> None:
    machine, steps, _ = halting("4x2_first_400")[0]
    field, start = on_its_cells(machine, steps)
    assert (steps, field.width) == (107, 14)
    net = compile_net(machine_to_circuit(machine, field, start))
    assert net.edges < 1500
    assert len(net.memory) == 32
    report = verify(net, Settings(labels=always_wrong, steps=steps + 2))
    assert report.emulates
    assert report.wrong_steps == steps + 2
