"""What every circuit-to-circuit pass promises, on random circuits."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import circuits

from circuits.builder import Builder
from circuits.circuit import Circuit, Op
from circuits.evaluate import Step, all_inputs, evaluate, primary, simulate
from circuits.learner import GUESS, LABEL, Learner, is_done, learn, predict
from circuits.learner_to_update_on_error import learner_to_update_on_error
from circuits.rebuild import live_nodes
from circuits.update_on_error import UpdateOnError, reference_step
from compiler.passes.lower_to_threshold import LEGAL, lower_to_threshold
from compiler.passes.simplify import simplify
from compiler.passes.update_on_error_to_control import update_on_error_to_control

Pass = Callable[[Circuit], Circuit]


def simplify_and_lower(circuit: Circuit) -> Circuit:
    return lower_to_threshold(simplify(circuit))


PASSES: list[Pass] = [simplify, lower_to_threshold, simplify_and_lower]
every_pass = pytest.mark.parametrize("rewrite", PASSES)


def behaviour(circuit: Circuit) -> Step:
    """Outputs and next state in every state and for every input."""
    inputs = len(circuit.input_names)
    leaves = all_inputs(inputs + len(circuit.latches))
    return evaluate(circuit, leaves[:inputs], leaves[inputs:], 1 << len(leaves))


@every_pass
@given(circuit=circuits(max_gates=20))
def test_outputs_and_next_states_stay(rewrite: Pass, circuit: Circuit) -> None:
    assert behaviour(rewrite(circuit)) == behaviour(circuit)


@every_pass
@given(circuit=circuits(), seed=st.integers(0, 2**32))
def test_a_run_from_the_reset_state_stays(rewrite: Pass, circuit: Circuit, seed: int) -> None:
    samples = np.random.default_rng(seed).integers(0, 2, (20, len(circuit.input_names))).tolist()
    assert simulate(rewrite(circuit), samples) == simulate(circuit, samples)


@every_pass
@given(circuit=circuits())
def test_ports_latches_and_names_stay(rewrite: Pass, circuit: Circuit) -> None:
    circuit = replace(circuit, source="random.txt")
    after = rewrite(circuit)
    assert (after.name, after.source) == (circuit.name, circuit.source)
    assert after.input_names == circuit.input_names
    assert [(x.name, x.reset) for x in after.latches] == [
        (x.name, x.reset) for x in circuit.latches
    ]
    assert [(o.name, o.kind, o.group) for o in after.outputs] == [
        (o.name, o.kind, o.group) for o in circuit.outputs
    ]


@every_pass
@given(circuit=circuits())
def test_every_gate_says_which_gate_and_line_it_came_from(rewrite: Pass, circuit: Circuit) -> None:
    names = {circuit.node_name(g.node) for g in circuit.gates()}
    lines = {int(circuit.lines[g.node]) for g in circuit.gates()}
    after = rewrite(circuit)
    for gate in after.gates():
        if gate.node in after.labels:  # the helpers of one gate may share a name, or have none
            assert after.labels[gate.node].removesuffix("/hidden").removesuffix("/hidden") in names
        assert int(after.lines[gate.node]) in lines


@every_pass
@given(circuit=circuits())
def test_the_output_depends_on_the_input_alone(rewrite: Pass, circuit: Circuit) -> None:
    first, second = rewrite(circuit), rewrite(replace(circuit))
    assert str(first) == str(second)
    assert first == second
    assert np.array_equal(first.lines, second.lines)


@given(circuits(max_gates=20))
def test_simplifying_never_adds_a_gate(circuit: Circuit) -> None:
    assert simplify(circuit).gate_count <= int(live_nodes(circuit)[circuit.first_gate :].sum())


@given(circuits(max_gates=20))
def test_lowering_leaves_legal_gates_only(circuit: Circuit) -> None:
    after = lower_to_threshold(circuit)
    assert {gate.op for gate in after.gates()} <= set(LEGAL) == {Op.AND, Op.THRESHOLD}
    assert {gate.op for gate in lower_to_threshold(after).gates()} <= set(LEGAL)


@given(circuits(max_gates=20))
def test_lowering_costs_one_gate_more_for_a_multiplexer_and_two_for_three_more_xor_inputs(
    circuit: Circuit,
) -> None:
    alive = live_nodes(circuit)
    most = 0
    for gate in circuit.gates():
        if alive[gate.node]:
            many = len(gate.operands)
            most += {Op.XOR: 2 * (-(-(many - 1) // 2)), Op.MUX: 2}.get(gate.op, 1)
    assert lower_to_threshold(circuit).gate_count <= most


@given(circuits())
def test_the_control_circuit_gives_the_prediction_and_which_bits_flip(circuit: Circuit) -> None:
    assume(circuit.primary_outputs)
    form = UpdateOnError(circuit)
    control = update_on_error_to_control(form)
    assert control.input_names == (*circuit.input_names, *(x.name for x in circuit.latches))
    assert not control.latches
    assert [o.name for o in control.outputs] == [
        "prediction",
        *(f"{x.name}/flip" for x in circuit.latches),
    ]
    leaves = all_inputs(len(control.input_names))
    state = leaves[len(circuit.input_names) :]
    step = behaviour(circuit)
    prediction, *flips = behaviour(control).outputs
    assert prediction == primary(circuit, step)[0]
    assert [bit ^ flip for bit, flip in zip(state, flips, strict=True)] == list(step.next_state)


@st.composite
def combinational(draw: st.DrawFn, inputs: Iterable[str], outputs: Iterable[str]) -> Circuit:
    """A random circuit with these ports."""
    builder = Builder()
    literals = [0, *map(builder.input, inputs)]

    def literal() -> int:
        return draw(st.sampled_from(literals)) ^ draw(st.integers(0, 1))

    for _ in range(draw(st.integers(0, 6))):
        literals.append(builder.mux(literal(), literal(), literal()))
    for name in outputs:
        builder.output(name, literal())
    return builder.build()


@st.composite
def learners(draw: st.DrawFn) -> Learner:
    """Learners that learn nothing in particular."""
    memory = tuple(f"b{i}" for i in range(draw(st.integers(0, 3))))
    sample = tuple(f"x{i}" for i in range(draw(st.integers(0, 2))))
    coins = tuple(f"r{i}" for i in range(draw(st.integers(0, 2))))
    done = draw(st.none() | combinational(memory, ["done"]))
    return Learner(
        name="random",
        memory_names=memory,
        reset=tuple(draw(st.integers(0, 1)) for _ in memory),
        sample_names=sample,
        random_names=coins,
        update=draw(combinational((*memory, *sample, LABEL, *coins), memory)),
        predict=draw(combinational((*memory, *sample), ["prediction"])),
        done=done,
    )


@given(learners(), st.integers(0, 2**32))
def test_the_form_of_a_learner_learns_what_it_learns(learner: Learner, seed: int) -> None:
    form = learner_to_update_on_error(learner)
    rng = np.random.default_rng(seed)
    guesses = [] if learner.done is None else [GUESS]
    assert form.circuit.input_names == (*learner.sample_names, *learner.random_names, *guesses)
    state = learner.reset
    assert form.circuit.reset_state == state
    for _ in range(10):
        x = rng.integers(0, 2, len(learner.sample_names)).tolist()
        r = rng.integers(0, 2, len(learner.random_names)).tolist()
        guess, y = rng.integers(0, 2, 2).tolist()
        expected = predict(learner, state, x)
        if learner.done is not None and not is_done(learner, state):
            expected = guess
        after = state if expected == y else learn(learner, state, x, y, r)
        coins = [*r, guess] if guesses else r
        assert reference_step(form, state, [*x, *coins], y) == (expected, after)
        state = after


def test_the_passes_can_be_seen_one_after_the_other() -> None:
    """The order is data: each pass reads what the one before it wrote."""
    names = [rewrite.__name__ for rewrite in PASSES]
    assert list(pairwise(names))[0] == ("simplify", "lower_to_threshold")
