"""What every circuit-to-circuit pass promises, on random circuits."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import circuits

from circuits.builder import Builder
from circuits.circuit import GATES, Circuit, Op
from circuits.evaluate import Step, all_inputs, evaluate, primary, simulate
from circuits.expand import expand
from circuits.learner import GUESS, LABEL, Learner, is_done, learn, predict
from circuits.learner_to_update_on_error import learner_to_update_on_error
from circuits.rebuild import live_nodes
from circuits.update_on_error import UpdateOnError, reference_step
from compiler.passes.lower_to_threshold import LEGAL, lower_to_threshold
from compiler.passes.simplify import simplify
from compiler.passes.update_on_error_to_control import update_on_error_to_control
from compiler.pipeline import compile_net

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


@st.composite
def pairs(draw: st.DrawFn) -> Circuit:
    """Gates of two or three operands over four inputs; much of it is read by nothing."""
    builder = Builder()
    literals = [builder.input(name) for name in "wxyz"]
    for kind, *operands in draw(st.lists(st.tuples(st.integers(0, 2), *[st.integers(0, 99)] * 3))):
        a, b, c = (literals[n // 2 % len(literals)] ^ (n & 1) for n in operands)
        make = (builder.and_, builder.xor, builder.mux)[kind]
        literals.append(make(*(a, b, c)[: 2 + kind // 2]))
    for n in draw(st.lists(st.integers(0, 9), min_size=1, max_size=2)):
        builder.output("out", literals[-1 - n % len(literals)])
    return builder.build()


@every_pass
@given(circuit=circuits(max_gates=20))
def test_outputs_and_next_states_stay(rewrite: Pass, circuit: Circuit) -> None:
    assert behaviour(rewrite(circuit)) == behaviour(circuit)


@every_pass
@settings(max_examples=300)
@given(circuit=pairs(), keep=st.sets(st.sampled_from(GATES)))
def test_they_stay_in_circuits_of_small_gates_too(
    rewrite: Pass, circuit: Circuit, keep: set[Op]
) -> None:
    small = expand(circuit, frozenset(keep), 2)
    assert behaviour(rewrite(small)) == behaviour(circuit)


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
        literal, name = after.label(gate.node)
        if literal in after.labels:  # the helpers of one gate may share a name, or have none
            assert name.removesuffix("/hidden").removesuffix("/hidden") in names
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
def test_lowering_costs_two_gates_for_a_multiplexer_or_xor_of_two_or_three(
    circuit: Circuit,
) -> None:
    alive, most = live_nodes(circuit), 0
    for gate in circuit.gates():
        wide = gate.op is Op.XOR and len(gate.operands) > 3
        cost = 2 * len(gate.operands) - 2 if wide else 2 if gate.op in (Op.XOR, Op.MUX) else 1
        most += cost * bool(alive[gate.node])
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


@pytest.mark.parametrize(
    ("latches", "names"),
    [
        (0, ["simplify", "lower_to_threshold"]),
        (
            1,
            [
                "learner_to_update_on_error",
                "update_on_error_to_control",
                "simplify",
                "lower_to_threshold",
            ],
        ),
    ],
)
def test_every_pass_can_be_watched(latches: int, names: list[str]) -> None:
    b = Builder("watched")
    bits = [b.latch("bit") for _ in range(latches)]
    b.output("out", b.xor(b.input("x"), b.input("y"), *bits))
    seen: dict[str, Circuit] = {}
    compile_net(b.build(), observe=lambda name, circuit: seen.update({name: circuit}))
    assert list(seen) == names
    assert seen["lower_to_threshold"] == lower_to_threshold(seen["simplify"])
