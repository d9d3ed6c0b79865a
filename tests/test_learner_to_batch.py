"""A learner unrolled over its samples: against the learner, step by step; and the component."""

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import pytest
from sampling import mutated

from circuits.batch import Batch, Example, answer
from circuits.batch_to_memorising import batch_to_memorising, cell_names
from circuits.builder import Builder
from circuits.circuit import Circuit
from circuits.errors import SourceError
from circuits.evaluate import evaluate
from circuits.learner import Learner, learn, predict
from circuits.learner_to_batch import learner_to_batch
from circuits.learners.conjunction import conjunction
from circuits.learners.nearest import nearest
from circuits.learners.parity import parity
from circuits.learners.perceptron import perceptron
from circuits.learners.random_subset import random_subset
from circuits.learners.winnow import winnow
from compiler.passes.lower_to_threshold import lower_to_threshold
from compiler.passes.simplify import simplify

LEARNERS = [
    (parity(4), 12),
    (parity(8), 16),
    (nearest(4, 5, 3), 7),
    (conjunction(6, 9), 11),
    (perceptron(4, 4), 9),
    (winnow(4), 9),
    (random_subset(3, 2), 9),
]


def interpreted(learner: Learner, examples: Sequence[Example], x: Sequence[int]) -> int:
    state = learner.reset
    for sample, y, r in examples:
        state = learn(learner, state, sample, y, r)
    return predict(learner, state, x)


def examples_of(learner: Learner, bits: Sequence[int], samples: int) -> list[Example]:
    n, width = len(learner.sample_names), len(learner.sample_names + learner.random_names) + 1
    parts = [bits[t * width :][:width] for t in range(samples)]
    return [(part[:n], part[n], part[n + 1 :]) for part in parts]


@pytest.mark.parametrize(
    ("learner", "samples"),
    [
        (parity(1), 3),
        (parity(2), 2),
        (nearest(1, 2), 3),
        (conjunction(2, 2), 3),
        (perceptron(2, 2), 2),
        (winnow(2), 2),
        (random_subset(1, 1), 3),
    ],
    ids=lambda value: value.name if isinstance(value, Learner) else str(value),
)
def test_a_batch_is_its_learner_on_all_inputs(learner: Learner, samples: int) -> None:
    batch = learner_to_batch(learner, samples)
    n = len(learner.sample_names)
    for bits in product((0, 1), repeat=len(batch.circuit.input_names)):
        examples, x = examples_of(learner, bits[: len(bits) - n], samples), bits[len(bits) - n :]
        assert answer(batch, examples, x) == interpreted(learner, examples, x)


@pytest.mark.parametrize(("learner", "samples"), LEARNERS, ids=[x.name for x, _ in LEARNERS])
def test_a_batch_is_its_learner_on_random_inputs(learner: Learner, samples: int) -> None:
    batch, rng = learner_to_batch(learner, samples), random.Random(0)
    answers = set()
    for _ in range(40):
        rule = [rng.getrandbits(1) for _ in learner.sample_names]
        examples: list[Example] = []
        for _ in range(samples):
            x = [rng.getrandbits(1) for _ in learner.sample_names]
            y = sum(a & b for a, b in zip(x, rule, strict=True)) % 2
            examples.append((x, y, [rng.getrandbits(1) for _ in learner.random_names]))
        asked = [rng.getrandbits(1) for _ in learner.sample_names]
        answers.add(answer(batch, examples, asked))
        assert answer(batch, examples, asked) == interpreted(learner, examples, asked)
    assert answers == {0, 1}


def test_a_parity_is_known_from_samples_that_span() -> None:
    batch = learner_to_batch(parity(3), 4)
    examples: list[Example] = [((1, 1, 0), 0, ()), ((1, 1, 0), 0, ()), ((0, 1, 1), 1, ()),
                               ((0, 0, 1), 0, ())]  # fmt: skip
    for x in product((0, 1), repeat=3):
        assert answer(batch, examples, x) == x[0] ^ x[1]


def test_another_circuit_is_told_from_the_learner() -> None:
    learner, samples = parity(2), 2
    batch = learner_to_batch(learner, samples)
    last = (batch.circuit.outputs[0].literal >> 1) - batch.circuit.first_gate
    broken = replace(batch, circuit=mutated(batch.circuit, last))
    differs = []
    for bits in product((0, 1), repeat=8):
        examples = examples_of(learner, bits[:6], samples)
        differs.append(
            answer(broken, examples, bits[6:]) != interpreted(learner, examples, bits[6:])
        )
    assert any(differs)


def test_inputs_are_named_after_the_learner_and_gates_after_the_sample() -> None:
    batch = learner_to_batch(random_subset(2, 1), 2)
    first = ("x[0]@0", "x[1]@0", "label@0", "r[0]@0", "r[1]@0")
    second = tuple(name.replace("@0", "@1") for name in first)
    assert batch.circuit.input_names == (*first, *second, "x[0]", "x[1]")
    assert (batch.bit_names, batch.inputs) == (("x[0]", "x[1]", "r[0]", "r[1]"), 4)
    b = Builder()
    m, x, y = map(b.input, ("m", "x", "label"))
    differs = b.and_(b.xor(x, y), m ^ 1)
    b.label(differs, "differs")
    b.output("m", differs)
    p = Builder()
    m, x = p.input("m"), p.input("x")
    p.output("p", p.xor(m, x))
    learner = Learner("named", ("m",), (0,), ("x",), (), b.build(), p.build())
    names = set(learner_to_batch(learner, 3).circuit.labels.values())
    assert {"sample 1: differs", "sample 2: differs"} <= names


def test_what_is_known_in_a_step_folds_away() -> None:
    # The place that a sample is stored at is known; so is when the counter has reached its end.
    assert learner_to_batch(nearest(2, 1), 3).circuit.gate_count <= 3


REFUSED = [
    (lambda c: Batch(c, 0, ("x",)), "0 samples; at least 1 is needed"),
    (lambda c: Batch(c, 1, ()), "samples of no bits leave no trace in a net"),
    (lambda c: Batch(c, 1, ("x",), ("x",)), "more than one bit is called x"),
    (lambda c: Batch(c, 2, ("x",)), "2 samples of 1 bits and 0 random ones are 5 inputs, not 3"),
    (lambda c: Batch(replace(c, outputs=c.outputs * 2), 1, ("x",)), "it has 2 outputs, not one"),
]


def one_sample() -> Circuit:
    b = Builder("h", "h.aag")
    b.output("y", b.xor(*(b.input(name) for name in ("x@0", "label@0", "x"))))
    return b.build()


@pytest.mark.parametrize(("make", "message"), REFUSED)
def test_a_circuit_that_is_no_batch_is_refused(make: object, message: str) -> None:
    assert callable(make)
    with pytest.raises(SourceError) as caught:
        make(one_sample())
    hint = "\n  help: inputs are x, y and r of each sample, then the x asked about"
    assert str(caught.value) == f"h.aag: batch h: {message}{hint}"


def test_a_batch_with_latches_and_a_learner_without_samples_are_refused() -> None:
    b = Builder("h")
    b.output("y", b.latch("q"))
    with pytest.raises(SourceError, match=r"^batch h: it has 1 latches; a batch has no memory"):
        Batch(b.build(), 1, ("x",))
    with pytest.raises(SourceError, match=r"^learner parity of 2 bits: 0 samples"):
        learner_to_batch(parity(2), 0)


@pytest.mark.parametrize("lowered", [False, True])
@pytest.mark.parametrize(
    ("learner", "samples"), [(parity(1), 3), (nearest(2, 1), 2), (random_subset(1, 1), 2)]
)
def test_the_component_memorises_and_then_answers_for_all_samples_that_may_come(
    learner: Learner, samples: int, lowered: bool
) -> None:
    batch = learner_to_batch(learner, samples)
    component = batch_to_memorising(batch)
    if lowered:
        component = lower_to_threshold(simplify(component))
    names, inputs, n = list(cell_names(batch)), batch.inputs, len(batch.sample_names)
    for bits in product((0, 1), repeat=samples * (inputs + 1)):
        examples = examples_of(learner, bits, samples)
        is_set, labels = [0] * len(names), [1] * (2 * samples)
        for t in range(samples + 1):
            for x in product((0, 1), repeat=inputs) if t == samples else [None]:
                now = x or (*examples[t][0], *examples[t][2])
                outputs = evaluate(component, [*is_set, *labels, *now]).outputs
                writes = [2 * (inputs * t + i) + z for i, z in enumerate(now) if t < samples]
                hold = [int(not s and c not in writes) for c, s in enumerate(is_set)]
                assert list(outputs[: len(names)]) == hold
                assert list(outputs[len(names) :][: len(names)]) == is_set
                *current, both, either = outputs[2 * len(names) :]
                assert current == [int(t == u) for u in range(samples)]
                h = interpreted(learner, examples, now[:n])
                assert (both, either) == ((h, h) if t == samples else (0, 1))
            if t < samples:
                for cell in writes:
                    is_set[cell] = 1
                labels[2 * t + now[0]] = examples[t][1]


def test_the_ports_of_the_component_are_named_after_sample_bit_and_value() -> None:
    component = batch_to_memorising(Batch(one_sample(), 1, ("x",)))
    assert component.input_names == (
        "sample 0: x=0/set", "sample 0: x=1/set", "sample 0: label 0", "sample 0: label 1", "x",
    )  # fmt: skip
    assert [o.name for o in component.outputs] == [
        "sample 0: x=0/hold", "sample 0: x=1/hold", "sample 0: x=0/held", "sample 0: x=1/held",
        "sample 0: current", "y/and", "y/or",
    ]  # fmt: skip
    holds = {name: literal for literal, name in component.labels.items()}
    assert holds["sample 0: x=0/hold"] == component.outputs[0].literal
