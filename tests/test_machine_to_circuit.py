"""A machine's step as a sequential circuit is what `step` says, and so is its compiled net."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known_machines import ANT, BEAVER
from small_machines import configurations, fields, machines

from circuits.circuit import Circuit
from circuits.errors import SourceError
from circuits.evaluate import Evaluator
from circuits.machines.configuration import Configuration, Field, Outcome, initial, step
from circuits.machines.encoding import Encoding
from circuits.machines.machine import Machine, Move
from circuits.machines.machine_to_circuit import machine_to_circuit
from compiler.pipeline import compile_net
from runtime.labels import always_wrong
from runtime.settings import Settings
from runtime.verify import verify


@st.composite
def started(draw: st.DrawFn) -> tuple[Machine, Field, Configuration]:
    """A machine, a field, and a configuration with nothing outside the field."""
    machine = draw(machines())
    field = draw(fields(machine.planar))
    drawn = draw(configurations(machine, field))
    cells = [
        [drawn.symbol(x, y, machine.blank) for x in range(field.width)] for y in range(field.height)
    ]
    return machine, field, Configuration(np.array(cells, np.int16), drawn.head, drawn.state)


def assert_steps_agree(
    circuit: Circuit, machine: Machine, field: Field, configuration: Configuration, steps: int
) -> Outcome:
    """Whether the latches hold the configuration after every step; how the last one went."""
    encoding, evaluator = Encoding.of(machine, field), Evaluator.of(circuit)
    assert tuple(latch.name for latch in circuit.latches) == encoding.names
    state, left, outcome = circuit.reset_state, False, Outcome.RUNNING
    for _ in range(steps):
        assert state == encoding.encode(configuration, left)
        (halted,), state = evaluator.step((), state)
        configuration, outcome = step(machine, configuration, field)
        assert halted == (outcome is Outcome.HALTED)
        left = outcome in (Outcome.LEFT, Outcome.MARGIN)
        got = encoding.decode(state)
        assert got.left == left
        assert got.configuration.same(configuration, machine.blank)
    return outcome


@given(started(), st.integers(1, 40))
@settings(max_examples=400)
def test_every_step_of_the_circuit_is_a_step_of_the_machine(
    start: tuple[Machine, Field, Configuration], steps: int
) -> None:
    machine, field, configuration = start
    circuit = machine_to_circuit(machine, field, configuration)
    assert_steps_agree(circuit, machine, field, configuration, steps)


@given(started(), st.booleans())
def test_decoding_undoes_encoding(start: tuple[Machine, Field, Configuration], left: bool) -> None:
    machine, field, configuration = start
    encoding = Encoding.of(machine, field)
    bits = encoding.encode(configuration, left)
    assert len(bits) == len(encoding.names) == len(set(encoding.names))
    decoded = encoding.decode(bits)
    assert decoded.left == left
    assert decoded.configuration.same(configuration, machine.blank)


@given(started(), st.data())
def test_bits_are_a_configuration_or_refused(
    start: tuple[Machine, Field, Configuration], data: st.DataObject
) -> None:
    machine, field, configuration = start
    encoding = Encoding.of(machine, field)
    bits = list(encoding.encode(configuration))
    bits[data.draw(st.integers(0, len(bits) - 1))] ^= 1
    try:
        decoded = encoding.decode(bits)
    except SourceError:
        return
    assert encoding.encode(decoded.configuration, decoded.left) == tuple(bits)


def test_blank_and_start_are_zeros() -> None:
    machine = replace(BEAVER, blank=1, start=2)
    encoding = Encoding.of(machine, Field(2))
    bits = encoding.encode(initial(machine, [[]], field=Field(2)))
    assert dict(zip(encoding.names, bits, strict=True)) == {
        "cell[0].symbol[0]": 0,
        "cell[1].symbol[0]": 0,
        "cell[0].head": 1,
        "cell[1].head": 0,
        "state[0]": 0,
        "state[1]": 0,
        "left": 0,
    }


def test_margins_have_heads_but_no_symbols() -> None:
    tape = Encoding.of(BEAVER, Field(2, margin=True))
    heads = [name for name in tape.names if name.endswith("head")]
    assert heads == ["cell[-1].head", "cell[0].head", "cell[1].head", "cell[2].head"]
    plane = Encoding.of(ANT, Field(1, 1, margin=True))
    assert plane.symbol_names == ("cell[0,0].symbol[0]",)
    assert len([name for name in plane.names if name.endswith("head")]) == 9
    assert "cell[-1,1].head" in plane.names


THREE = Machine.of_rules(
    {("A", "_"): ("x", Move.RIGHT, "B"), ("B", "x"): ("y", Move.STAY, "C")}, start="A", blank="_"
)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"cell[1].symbol[0]": 1, "cell[1].symbol[1]": 1},
            "cell[1] holds code 3, which none of the 3 symbols has",
        ),
        ({"cell[0].head": 0}, "no cell has the head"),
        ({"cell[2].head": 1}, "two heads, on cell[0] and cell[2]"),
        (
            {"state[0]": 1, "state[1]": 1},
            "the state has code 3, which none of the 3 states has",
        ),
    ],
)
def test_impossible_bits_are_refused(changed: dict[str, int], message: str) -> None:
    encoding = Encoding.of(THREE, Field(3))
    bits = dict(zip(encoding.names, encoding.encode(initial(THREE, field=Field(3))), strict=True))
    with pytest.raises(SourceError) as refusal:
        encoding.decode(list((bits | changed).values()))
    assert refusal.value.message == message


def test_bits_of_another_number_are_refused() -> None:
    with pytest.raises(SourceError, match="2 bits for a configuration of 9"):
        Encoding.of(THREE, Field(2)).decode([0, 1])


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        (initial(THREE, [[0]], head=(2, 0)), r"the head is at \(2, 0\), outside the cells"),
        (initial(THREE, [[0, 0, 1]]), r"cell \(2, 0\) is not blank, and is none of the 2 x 1"),
    ],
)
def test_configurations_that_do_not_fit_are_refused(
    configuration: Configuration, message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        machine_to_circuit(THREE, Field(2), configuration)


def run_of(machine: Machine, field: Field, steps: int, head: tuple[int, int]) -> Outcome:
    start = initial(machine, [[]], field=field, head=head)
    circuit = machine_to_circuit(machine, field, start)
    return assert_steps_agree(circuit, machine, field, start, steps)


@pytest.mark.parametrize(
    ("field", "head", "outcome"),
    [
        (Field(4), (2, 0), Outcome.HALTED),
        (Field(4), (1, 0), Outcome.LEFT),
        (Field(3), (2, 0), Outcome.LEFT),
        (Field(3, margin=True), (2, 0), Outcome.MARGIN),
    ],
)
def test_a_head_that_leaves_is_detected(
    field: Field, head: tuple[int, int], outcome: Outcome
) -> None:
    assert run_of(BEAVER, field, 10, head) is outcome


def test_an_ant_walks_off_the_plane() -> None:
    assert run_of(ANT, Field(5, 5), 60, (2, 2)) is Outcome.LEFT


def test_gates_say_what_they_are() -> None:
    field = Field(3)
    circuit = machine_to_circuit(BEAVER, field, initial(BEAVER, [[]], field=field))
    assert {
        "B reads 1",
        "state A",
        "read symbol bit 0",
        "written symbol bit 0 differs",
        "next state bit 0 differs",
        "head moves left",
        "cell[1] head goes left",
        "head would leave",
    } <= set(circuit.labels.values())
    assert circuit.outputs[0].name == "halted"


def size(machine: Machine, field: Field) -> tuple[int, int, int, int]:
    start = initial(machine, [[]], field=field)
    circuit = machine_to_circuit(machine, field, start)
    net = compile_net(circuit, one_filler=True)
    return circuit.gate_count, net.vertices, net.edges, net.levels


def test_a_cell_costs_as_little_as_stated() -> None:
    """One gate to read, an AND and an XOR to write, two and an XOR for the head."""
    gates = [size(BEAVER, Field(cells))[0] for cells in (10, 11, 12)]
    assert gates[2] - gates[1] == gates[1] - gates[0] == 6
    planar = [size(ANT, Field(width, 10))[0] for width in (10, 11, 12)]
    assert planar[2] - planar[1] == planar[1] - planar[0]
    assert (planar[1] - planar[0]) / 10 == pytest.approx(3 + 5, abs=0.5)


@pytest.mark.parametrize(
    ("break_it", "emulates"),
    [(lambda circuit: circuit, True), (lambda circuit: replace_latch(circuit, "left"), False)],
)
def test_sgd_runs_the_two_state_busy_beaver(
    break_it: Callable[[Circuit], Circuit], emulates: bool
) -> None:
    field = Field(4)
    start = initial(BEAVER, [[]], field=field, head=(2, 0))
    circuit = machine_to_circuit(BEAVER, field, start)
    net = replace(compile_net(circuit), circuit=break_it(circuit))
    settings = Settings(labels=always_wrong, steps=8)
    assert verify(net, settings).emulates == emulates


def replace_latch(circuit: Circuit, name: str) -> Circuit:
    """The circuit with what a latch loads complemented."""
    latches = [replace(latch, next=latch.next ^ (latch.name == name)) for latch in circuit.latches]
    return replace(circuit, latches=tuple(latches))


def test_sgd_runs_langtons_ant() -> None:
    field = Field(4, 4)
    start = initial(ANT, [[]], field=field, head=(1, 2))
    net = compile_net(machine_to_circuit(ANT, field, start), one_filler=True)
    assert verify(net, Settings(labels=always_wrong, steps=30)).emulates
