from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circuits.builder import Builder
from circuits.circuit import TRUE, Circuit, Op, OutputKind
from circuits.errors import InvariantError, LimitError
from circuits.evaluate import (
    Evaluator,
    all_inputs,
    evaluate,
    primary,
    simulate,
    truth_table,
)


def one_sample(circuit: Circuit, inputs: Sequence[int], state: Sequence[int]) -> list[int]:
    """The value of every node in one sample, by the definition of each gate."""
    values = [0, *inputs, *state]
    for gate in circuit.gates():
        read = [values[x >> 1] ^ (x & 1) for x in gate.operands]
        if gate.op is Op.AND:
            values.append(min(read))
        elif gate.op is Op.XOR:
            values.append(sum(read) % 2)
        elif gate.op is Op.MUX:
            values.append(read[1] if read[0] else read[2])
        else:
            total = sum(w * v for w, v in zip(gate.weights, read, strict=True))
            values.append(int(total >= gate.bound))
    return values


@st.composite
def circuits(draw: st.DrawFn, leaves: int = 4) -> Circuit:
    """A sequential circuit with an input and a latch at least and gates of every kind."""
    b = Builder()
    literals = [TRUE]
    inputs = draw(st.integers(1, leaves - 1))
    literals += [b.input(f"x{i}") for i in range(inputs)]
    latches = [
        b.latch(f"q{i}", draw(st.sampled_from([0, 1, None]))) for i in range(leaves - inputs)
    ]
    literals += latches
    for _ in range(draw(st.integers(0, 12))):
        pick = st.builds(lambda x, c: x ^ c, st.sampled_from(literals), st.integers(0, 1))
        read = draw(st.lists(pick, min_size=3, max_size=6))
        weights = draw(st.lists(st.integers(1, 9), min_size=len(read), max_size=len(read)))
        bound = draw(st.integers(1, sum(weights)))
        kind = draw(st.sampled_from(Op))
        if kind is Op.XOR:
            literals.append(b.xor(*read))
        elif kind is Op.MUX:
            literals.append(b.mux(*read[:3]))
        elif kind is Op.THRESHOLD:
            literals.append(b.threshold(read, bound, weights))
        else:
            literals.append(b.and_(*read))
    for latch in latches:
        b.set_next(latch, draw(st.sampled_from(literals)))
    b.output("last", literals[-1])
    b.output("complement", literals[-2] ^ 1)
    return b.build()


@given(circuits())
def test_all_samples_at_once_are_each_sample_by_itself(circuit: Circuit) -> None:
    columns = all_inputs(4)
    inputs, state = columns[: len(circuit.input_names)], columns[len(circuit.input_names) :]
    together = Evaluator.of(circuit).values(inputs, state, width=16)
    for k in range(16):
        alone = one_sample(circuit, [x >> k & 1 for x in inputs], [q >> k & 1 for q in state])
        assert [value >> k & 1 for value in together] == alone


@given(circuits(), st.lists(st.tuples(*[st.integers(0, 1)] * 4), max_size=6))
def test_simulation_starts_from_reset_and_carries_the_state_over(
    circuit: Circuit, stimulus: list[tuple[int, ...]]
) -> None:
    inputs = [values[: len(circuit.input_names)] for values in stimulus]
    state: Sequence[int] = [latch.reset or 0 for latch in circuit.latches]
    steps = simulate(circuit, inputs)
    assert len(steps) == len(inputs)
    for values, step in zip(inputs, steps, strict=True):
        nodes = one_sample(circuit, values, state)
        state = [nodes[latch.next >> 1] ^ (latch.next & 1) for latch in circuit.latches]
        outputs = [nodes[o.literal >> 1] ^ (o.literal & 1) for o in circuit.outputs]
        assert step == (tuple(outputs), tuple(state))


def test_simulation_of_many_samples_resets_all_of_them() -> None:
    b = Builder()
    x, q = b.input("x"), b.latch("q", reset=1)
    b.set_next(q, b.xor(x, q))
    b.output("q", q)
    steps = simulate(b.build(), [[0b01], [0b11]], width=2)
    assert [step.outputs for step in steps] == [(0b11,), (0b10,)]
    assert steps[-1].next_state == (0b01,)


def test_inputs_of_a_truth_table_count() -> None:
    for count in range(6):
        columns = all_inputs(count)
        rows = [
            sum((column >> k & 1) << i for i, column in enumerate(columns))
            for k in range(1 << count)
        ]
        assert rows == list(range(1 << count))
        assert all(column < 1 << (1 << count) for column in columns)


def test_a_truth_table_has_an_integer_per_output() -> None:
    b = Builder()
    x, y = b.input("x"), b.input("y")
    for literal in (b.and_(x, y), b.or_(x, y), TRUE, y ^ 1):
        b.output("out", literal)
    assert truth_table(b.build()) == [0b1000, 0b1110, 0b1111, 0b0011]


def test_a_truth_table_is_refused_where_it_would_not_end() -> None:
    b = Builder()
    for i in range(21):
        b.input(f"x{i}")
    with pytest.raises(LimitError, match="a truth table of 21 inputs; 20 is the most"):
        truth_table(b.build())


def test_a_sequential_circuit_has_no_truth_table() -> None:
    b = Builder()
    b.latch("q")
    with pytest.raises(InvariantError, match="a sequential circuit has no truth table"):
        truth_table(b.build())


def test_every_input_and_latch_needs_a_value() -> None:
    b = Builder()
    b.input("x")
    b.latch("q")
    message = "2 input and 0 state values for 1 inputs and 1 latches"
    with pytest.raises(InvariantError, match=message):
        evaluate(b.build(), [0, 1])


def test_primary_outputs_are_the_outputs_or_else_the_bad_states() -> None:
    b = Builder()
    b.output("bad", TRUE, OutputKind.BAD)
    old = b.build()
    assert primary(old, evaluate(old, ())) == (1,)
    b.output("plain", TRUE ^ 1)
    new = b.build()
    assert primary(new, evaluate(new, ())) == (0,)
    assert [o.name for o in new.primary_outputs] == ["plain"]
    empty = Builder().build()
    assert primary(empty, evaluate(empty, ())) == ()
