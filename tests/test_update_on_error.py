from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circuits.builder import Builder
from circuits.catalog import builtin_learner
from circuits.circuit import Circuit, Op, OutputKind
from circuits.errors import SourceError
from circuits.learner import Learner, is_done, learn, predict
from circuits.learner_to_update_on_error import learner_to_update_on_error
from circuits.learners.parity import parity
from circuits.update_on_error import UpdateOnError, from_circuit, reference_step

SMALL = [
    "parity:bits=5",
    "conjunction:bits=4,samples=7",
    "conjunction:bits=4,samples=6,monotone=1",
    "nearest:bits=3,samples=5,k=3",
    "random_subset:bits=3,confirmations=4",
    "perceptron:bits=4,width=3",
    "winnow:bits=5",
]


def coins(rng: random.Random, count: int) -> tuple[int, ...]:
    return tuple(rng.getrandbits(1) for _ in range(count))


def toggle(outputs: Sequence[tuple[str, OutputKind]] = (("h", OutputKind.OUTPUT),)) -> Circuit:
    """Says its memory bit, which g inverts where x is 1."""
    b = Builder("toggle", source="toggle.aag")
    x, q = b.input("x"), b.latch("q")
    b.set_next(q, b.xor(x, q))
    for name, kind in outputs:
        b.output(name, q, kind)
    return b.build()


def test_memory_changes_only_where_the_prediction_is_wrong() -> None:
    form = from_circuit(toggle())
    assert reference_step(form, [0], [1], label=0) == (0, (0,))
    assert reference_step(form, [0], [1], label=1) == (0, (1,))
    assert reference_step(form, [1], [1], label=0) == (1, (0,))
    assert reference_step(form, [1], [0], label=0) == (1, (1,))


def test_a_circuit_without_latches_is_a_form_that_learns_nothing() -> None:
    b = Builder()
    b.output("h", b.input("x") ^ 1)
    assert reference_step(from_circuit(b.build()), (), (1,), label=1) == (0, ())


def test_the_first_primary_output_predicts() -> None:
    kinds = [("justice", OutputKind.JUSTICE), ("bad", OutputKind.BAD)]
    form = from_circuit(toggle(kinds))
    assert reference_step(form, [1], [0], label=1)[0] == 1
    assert form.prediction == form.circuit.outputs[1].literal


def test_a_circuit_without_outputs_cannot_predict() -> None:
    with pytest.raises(SourceError) as refusal:
        from_circuit(toggle([]))
    assert str(refusal.value) == (
        "toggle.aag: circuit toggle has no output to predict the label with\n"
        "  help: the first output is the prediction"
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ((1,), "random inputs (1,) of a circuit with 1 inputs"),
        ((-1,), "random inputs (-1,) of a circuit with 1 inputs"),
        ((0, 0), "random inputs (0, 0) are not in increasing order"),
    ],
)
def test_random_inputs_must_be_inputs(wrong: tuple[int, ...], message: str) -> None:
    with pytest.raises(SourceError) as refusal:
        UpdateOnError(toggle(), wrong)
    assert refusal.value.message == message


@pytest.mark.parametrize("spec", SMALL)
def test_inputs_are_the_sample_then_the_coins(spec: str) -> None:
    learner = builtin_learner(spec)
    form = learner_to_update_on_error(learner)
    guess = ("guess",) if learner.done is not None else ()
    names = (*learner.sample_names, *learner.random_names, *guess)
    assert form.circuit.input_names == names
    assert [names[i] for i in form.sample_inputs] == list(learner.sample_names)
    assert [names[i] for i in form.random_inputs] == [*learner.random_names, *guess]
    assert tuple(latch.name for latch in form.circuit.latches) == learner.memory_names
    assert form.circuit.reset_state == learner.reset


@pytest.mark.parametrize("spec", SMALL)
@given(st.randoms(use_true_random=False), st.data())
def test_prediction_and_memory_are_those_of_theorem_4_in_every_state(
    spec: str, rng: random.Random, data: st.DataObject
) -> None:
    learner = builtin_learner(spec)
    form = learner_to_update_on_error(learner)
    state = coins(rng, len(learner.reset))
    x, r = coins(rng, len(learner.sample_names)), coins(rng, len(learner.random_names))
    guess, y = coins(rng, 2)
    driven = learner.done is None
    predicted, following = reference_step(form, state, (*x, *r, *(() if driven else [guess])), y)
    asked = driven or is_done(learner, state)
    assert predicted == (predict(learner, state, x) if asked else guess)
    assert following == (learn(learner, state, x, y, r) if predicted != y else state)


def run(learner: Learner, form: UpdateOnError, steps: int, rng: random.Random) -> tuple[int, int]:
    """Run Lemma 3 beside the learner fed with what the net was wrong about.

    Returns:
        Samples learned from, and samples seen, until the learner was done.
    """
    secret = coins(rng, len(learner.sample_names))
    state = mirror = learner.reset
    learned = seen = 0
    for _ in range(steps):
        x = coins(rng, len(secret))
        y = sum(a & b for a, b in zip(x, secret, strict=True)) % 2
        r, (guess,) = coins(rng, len(learner.random_names)), coins(rng, 1)
        learning = not is_done(learner, mirror)
        predicted, state = reference_step(form, state, (*x, *r, guess), y)
        if learning:
            assert predicted == guess
            seen += 1
            learned += guess != y
            if guess != y:
                mirror = learn(learner, mirror, x, y, r)
        else:
            assert predicted == predict(learner, mirror, x) == y
        assert state == mirror
    assert is_done(learner, mirror)
    return learned, seen


@pytest.mark.parametrize(("bits", "runs"), [(4, 40), (8, 20), (16, 10), (32, 4)])
def test_parity_is_learned_from_twice_the_samples_and_right_ever_after(
    bits: int, runs: int
) -> None:
    rng = random.Random(bits)
    learner = parity(bits)
    form = learner_to_update_on_error(learner)
    figures = [run(learner, form, 6 * bits + 60, rng) for _ in range(runs)]
    learned = sum(a for a, _ in figures) / runs
    seen = sum(b for _, b in figures) / runs
    assert abs(learned - (bits + 1.6)) < 2
    assert 1.6 < seen / learned < 2.4


def test_random_subset_learns_the_same_way() -> None:
    rng = random.Random(3)
    learner = builtin_learner("random_subset:bits=3,confirmations=14")
    form = learner_to_update_on_error(learner)
    learned, seen = run(learner, form, 400, rng)
    assert 14 <= learned < seen


def test_every_memory_bit_of_the_parity_net_flips_under_two_ands() -> None:
    circuit = learner_to_update_on_error(parity(6)).circuit
    b = Builder()
    state = [b.latch(latch.name) for latch in circuit.latches]
    literal_of = b.copy(circuit, [b.input(name) for name in circuit.input_names], state)
    for latch, bit in zip(circuit.latches, state, strict=True):
        b.output(latch.name, b.xor(bit, literal_of[latch.next >> 1] ^ (latch.next & 1)))
    flips = b.build()
    gates = {gate.node: gate for gate in flips.gates()}
    common = set.intersection(*(set(gates[o.literal >> 1].operands) for o in flips.outputs))
    assert len(common) == 1  # NOT done
    for output in flips.outputs:
        flip = gates[output.literal >> 1]
        (write,) = set(flip.operands) - common
        assert (flip.op, len(flip.operands), output.literal & 1) == (Op.AND, 2, 0)
        assert (gates[write >> 1].op, len(gates[write >> 1].operands)) == (Op.AND, 2)
