"""An unrolled machine is where its steps lead to, in no more gates than stated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known_machines import ANT, BEAVER, BEAVER_4
from oracle import abc_equivalent, needs_yosys
from small_machines import fields, machines

from circuits.builder import Builder
from circuits.circuit import Circuit
from circuits.errors import SourceError
from circuits.evaluate import Evaluator
from circuits.machines.configuration import Configuration, Field, Outcome, initial, step
from circuits.machines.encoding import Encoding
from circuits.machines.machine import Machine, Move
from circuits.machines.machine_to_circuit import machine_to_circuit
from circuits.machines.unroll import naive_bound, unroll, unrolled_bound
from circuits.machines.unrolled_steps import run_steps
from compiler.passes.simplify import simplify
from compiler.pipeline import compile_net
from runtime.settings import Settings
from runtime.verify import verify

LANES = 32

Start = tuple[Machine, Field, tuple[int, int], int]


@st.composite
def starts(draw: st.DrawFn) -> Start:
    """A machine, a field, a head and a state to start with."""
    machine = draw(machines())
    field = draw(fields(machine.planar))
    head = draw(st.sampled_from(Encoding.of(machine, field).heads))
    return machine, field, head, draw(st.integers(0, len(machine.states) - 1))


def tapes(machine: Machine, field: Field, seed: int) -> list[np.ndarray]:
    """Cells at random, the first blank."""
    rng = np.random.default_rng(seed)
    shape = field.height, field.width
    drawn = [rng.integers(len(machine.symbols), size=shape).astype(np.int16) for _ in range(LANES)]
    return [np.full(shape, machine.blank, np.int16), *drawn[1:]]


def packed(rows: list[tuple[int, ...]]) -> list[int]:
    """One integer per bit of the rows, row k in bit k."""
    return [sum(bit << k for k, bit in enumerate(column)) for column in zip(*rows, strict=True)]


def lane(values: tuple[int, ...], k: int) -> tuple[int, ...]:
    return tuple(value >> k & 1 for value in values)


@given(starts(), st.integers(0, 25), st.integers(0, 2**32 - 1))
@settings(max_examples=250)
def test_an_unrolled_machine_is_where_its_steps_lead_to(
    start: Start, steps: int, seed: int
) -> None:
    machine, field, head, state = start
    circuit = unroll(machine, field, steps, head, state)
    encoding = Encoding.of(machine, field)
    assert circuit.input_names == encoding.symbol_names
    outputs_named = [o.name.removeprefix("final.") for o in circuit.outputs]
    assert outputs_named == [*encoding.names, "halted"]
    assert circuit.gate_count <= unrolled_bound(machine, field, steps)

    cells = tapes(machine, field, seed)
    symbols = len(encoding.symbol_names)
    begun = [Configuration(tape, head, state) for tape in cells]
    inputs = packed([encoding.encode(configuration)[:symbols] for configuration in begun])
    outputs = Evaluator.of(circuit).step(inputs, width=LANES).outputs
    for k, configuration in enumerate(begun):
        outcome = Outcome.RUNNING
        for _ in range(steps):
            configuration, outcome = step(machine, configuration, field)
        left = outcome in (Outcome.LEFT, Outcome.MARGIN)
        halted = step(machine, configuration, field).outcome is Outcome.HALTED
        assert lane(outputs, k) == (*encoding.encode(configuration, left), halted)


def clocked(machine: Machine, field: Field, steps: int, head: tuple[int, int]) -> Circuit:
    """The same as `unroll`, by copying the circuit of one step."""
    encoding = Encoding.of(machine, field)
    start = initial(machine, [[]], field=field, head=head)
    one = machine_to_circuit(machine, field, start)
    builder = Builder()
    inputs = [builder.input(name) for name in encoding.symbol_names]
    values = [*inputs, *encoding.encode(start)[len(inputs) :]]
    for _ in range(steps + 1):
        literal_of = builder.copy(one, [], values)
        now, (halted,) = values, one.outputs
        values = [literal_of[x.next >> 1] ^ (x.next & 1) for x in one.latches]
    for name, value in zip(encoding.names, now, strict=True):
        builder.output(f"final.{name}", value)
    builder.output("halted", literal_of[halted.literal >> 1] ^ (halted.literal & 1))
    return builder.build()


SMALL = [
    (BEAVER, Field(4), (2, 0), 7),
    (BEAVER, Field(3, margin=True), (2, 0), 6),
    (BEAVER_4, Field(6), (3, 0), 9),
    (ANT, Field(3, 3), (1, 1), 8),
    (ANT, Field(2, 3, margin=True), (0, 1), 7),
]


@needs_yosys
@pytest.mark.parametrize(("machine", "field", "head", "steps"), SMALL)
def test_unrolled_is_proved_equal_to_clocked(
    machine: Machine, field: Field, head: tuple[int, int], steps: int
) -> None:
    unrolled = unroll(machine, field, steps, head)
    assert abc_equivalent(unrolled, clocked(machine, field, steps, head))
    assert not abc_equivalent(unrolled, clocked(machine, field, 1, head))


@pytest.mark.parametrize("machine", [BEAVER_4, ANT])
def test_every_number_of_steps_is_that_many_clocked_steps(machine: Machine) -> None:
    field = Field(9, 5 if machine.planar else 1)
    encoding, head = Encoding.of(machine, field), (4, field.height // 2)
    start = initial(machine, [[]], field=field, head=head)
    one = Evaluator.of(machine_to_circuit(machine, field, start))
    rows = [
        encoding.encode(Configuration(cells, head, machine.start))
        for cells in tapes(machine, field, 5)
    ]
    state = tuple(packed(rows))
    inputs = state[: len(encoding.symbol_names)]
    for steps in range(45):
        circuit = unroll(machine, field, steps, head)
        outputs = Evaluator.of(circuit).step(inputs, width=LANES).outputs
        halted, following = one.step((), state, LANES)
        assert outputs == (*state, *halted)
        state = following


def test_a_known_tape_is_worked_out_while_building() -> None:
    machine = Machine.of_rules(
        {("A", "0"): ("0", Move.RIGHT, "B"), ("B", "0"): ("0", Move.LEFT, "A")},
        start="A",
        blank="0",
    )
    circuit = unroll(machine, Field(2), 9)  # one symbol: nothing is unknown
    assert circuit.gate_count == 0
    assert [o.literal for o in circuit.outputs] == [0, 1, 1, 0, 0]


@pytest.mark.parametrize("steps", [0, 1, 50, 107, 120])
def test_a_run_on_a_known_tape_is_simulated_while_building(steps: int) -> None:
    encoding, builder = Encoding.of(BEAVER_4, Field(14)), Builder()
    blank = {place: [0] * encoding.symbol_bits for place in encoding.cells}
    final = run_steps(builder, encoding, blank, steps, head=(10, 0))
    configuration = initial(BEAVER_4, [[]], field=Field(14), head=(10, 0))
    for _ in range(steps):
        configuration, _ = step(BEAVER_4, configuration, Field(14))
    assert final.heads[configuration.head] == 1
    assert sum(final.heads.values()) == sum(final.states) == final.states[configuration.state] == 1
    assert [final.cells[x, 0][0] for x in range(14)] == configuration.cells[0].tolist()
    assert (final.halted, final.left) == (steps >= 107, 0)
    assert not builder.build().gate_count


def test_cells_out_of_reach_cost_nothing() -> None:
    near, far = (unroll(BEAVER_4, Field(width), 12, (15, 0)) for width in (31, 301))
    assert near.gate_count == far.gate_count


MIXING = Machine.of_rules(
    {
        (state, symbol): (written, move, following)
        for state, symbol, written, move, following in [
            ("A", "0", "1", Move.RIGHT, "B"),
            ("A", "1", "0", Move.LEFT, "A"),
            ("B", "0", "1", Move.LEFT, "A"),
            ("B", "1", "0", Move.RIGHT, "B"),
        ]
    },
    start="A",
    blank="0",
)


PLANAR_MIXING = Machine.of_rules(
    {
        (state, str(number)): (str(3 - number), move, following)
        for state, following in (("A", "B"), ("B", "B"))
        for number, move in enumerate([Move.UP, Move.RIGHT, Move.DOWN, Move.LEFT])
    },
    start="A",
    blank="0",
)


@pytest.mark.parametrize(
    ("machine", "field", "steps"),
    [
        *((BEAVER_4, Field(width), steps) for width, steps in ((14, 107), (41, 60), (101, 50))),
        *((MIXING, Field(width), steps) for width, steps in ((14, 107), (41, 60), (101, 50))),
        (PLANAR_MIXING, Field(41, 41), 20),
        (PLANAR_MIXING, Field(9, 7), 40),
    ],
)
def test_the_bound_is_tight_within_a_factor_of_a_half_for_machines_that_mix(
    machine: Machine, field: Field, steps: int
) -> None:
    """Mix: every state and move is possible at every time, and all symbol bits change."""
    gates = unroll(machine, field, steps, (field.width // 2, field.height // 2)).gate_count
    assert gates <= unrolled_bound(machine, field, steps) <= 1.5 * gates


@given(starts(), st.integers(0, 5))
def test_one_step_after_another_is_at_most_the_naive_bound(start: Start, steps: int) -> None:
    machine, field, head, _ = start
    begun = replace(initial(machine, [[]], field=field), head=head)
    one = machine_to_circuit(machine, field, begun)
    assert steps * one.gate_count <= naive_bound(machine, field, steps)


@pytest.mark.parametrize(
    ("machine", "field", "steps"),
    [(BEAVER_4, Field(14), 107), (BEAVER_4, Field(56), 107), (ANT, Field(20, 20), 30)],
)
def test_knowing_where_the_head_can_be_saves_more_than_half(
    machine: Machine, field: Field, steps: int
) -> None:
    circuit = unroll(machine, field, steps, (field.width // 2, field.height // 2))
    assert circuit.gate_count < 0.45 * naive_bound(machine, field, steps)


def test_little_of_it_is_dead() -> None:
    circuit = unroll(BEAVER_4, Field(14), 107, (10, 0))
    assert simplify(circuit).gate_count > 0.95 * circuit.gate_count


def test_gates_say_when_they_are() -> None:
    circuit = unroll(BEAVER_4, Field(8), 4, (4, 0))
    assert {
        "step 2: read symbol bit 0",
        "step 3: B reads 0",
        "step 3: written symbol bit 0",
        "step 3: head moves left",
        "step 4: state A",
        "step 4: cell[2].head",
        "step 4: cell[3].symbol[0]",
    } <= set(circuit.labels.values())


def test_the_component_of_an_unrolled_machine_is_exact() -> None:
    net = compile_net(unroll(BEAVER, Field(4), 6, (2, 0)))
    report = verify(net, Settings())
    assert report.emulates
    assert report.exhaustive


@pytest.mark.parametrize(
    ("steps", "head", "message"),
    [(-1, (0, 0), "a run of -1 steps"), (1, (4, 0), "the head starts at (4, 0), outside the")],
)
def test_what_cannot_start_is_refused(steps: int, head: tuple[int, int], message: str) -> None:
    with pytest.raises(SourceError) as refusal:
        unroll(BEAVER, Field(4), steps, head)
    assert refusal.value.message.startswith(message)
    if steps < 0:
        with pytest.raises(SourceError):
            unrolled_bound(BEAVER, Field(4), steps)
