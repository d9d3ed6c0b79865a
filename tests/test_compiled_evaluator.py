"""The compiled evaluator says what the definition says, sample by sample and 64 at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from strategies import circuits

from circuits import compiled_evaluator, evaluate_kernels
from circuits.builder import Builder
from circuits.circuit import Circuit, Op
from circuits.compiled_evaluator import CompiledEvaluator, is_compilable
from circuits.errors import InvariantError
from circuits.evaluate import Evaluator
from circuits.learner_to_update_on_error import learner_to_update_on_error
from circuits.learners.parity import parity
from circuits.update_on_error import UpdateOnError, predict, predict_bits

WORD = 64


def by_definition(circuit: Circuit, words: Sequence[int]) -> list[int]:
    inputs = len(circuit.input_names)
    return Evaluator.of(circuit).values(words[:inputs], words[inputs:], WORD)


def compiled(circuit: Circuit, words: Sequence[int], dtype: type = np.uint64) -> list[int]:
    ports: NDArray[Any] = np.array(words, dtype)
    inputs = len(circuit.input_names)
    return list(CompiledEvaluator.of(circuit).values(ports[:inputs], ports[inputs:]).tolist())


def ports_of(circuit: Circuit) -> int:
    return circuit.first_gate - 1


@given(circuits(max_gates=14), st.randoms(use_true_random=False))
def test_64_samples_in_a_word_are_what_the_definition_says(
    circuit: Circuit, random: Random
) -> None:
    words = [random.getrandbits(WORD) for _ in range(ports_of(circuit))]
    assert compiled(circuit, words) == by_definition(circuit, words)


@given(circuits(max_gates=14), st.randoms(use_true_random=False))
def test_one_sample_is_what_the_definition_says(circuit: Circuit, random: Random) -> None:
    bits = [random.getrandbits(1) for _ in range(ports_of(circuit))]
    inputs = len(circuit.input_names)
    expected = Evaluator.of(circuit).values(bits[:inputs], bits[inputs:])
    assert compiled(circuit, bits, np.uint8) == expected


@given(
    st.lists(st.tuples(st.integers(1, 2**58), st.booleans()), min_size=2, max_size=9),
    st.integers(1, 2**61),
)
def test_heavy_weights_are_summed_without_overflow(
    terms: list[tuple[int, bool]], bound: int
) -> None:
    b = Builder()
    literals = [b.input(f"x{i}") ^ complemented for i, (_, complemented) in enumerate(terms)]
    weights = [weight for weight, _ in terms]
    b.output("y", b.threshold(literals, min(bound, sum(weights)), weights))
    circuit, rng = b.build(), np.random.default_rng(bound)
    words = rng.integers(0, 2**WORD, len(terms), np.uint64, endpoint=False).tolist()
    expected = by_definition(circuit, words)
    assert compiled(circuit, words) == expected
    for k in range(4):
        one = [word >> k & 1 for word in words]
        assert compiled(circuit, one, np.uint8) == [value >> k & 1 for value in expected]


def test_steps_of_a_learner_are_those_of_the_definition() -> None:
    form = learner_to_update_on_error(parity(16))
    rng, state = np.random.default_rng(0), np.array(form.circuit.reset_state, np.uint8)
    evaluator = CompiledEvaluator.of(form.circuit)
    for _ in range(40):
        sample = rng.integers(0, 2, len(form.circuit.input_names), np.uint8)
        step = form.evaluator.step(sample.tolist(), state.tolist())
        outputs, following = evaluator.step(sample, state)
        assert outputs.tolist() == list(step.outputs)
        assert following.tolist() == list(step.next_state)
        state = following
    assert state.any()


@pytest.mark.parametrize("bits", [2, 24])
def test_small_and_large_circuits_predict_the_same_either_way(bits: int) -> None:
    form = learner_to_update_on_error(parity(bits))
    assert (form.compiled_evaluator is None) == (bits == 2)
    rng = np.random.default_rng(1)
    for _ in range(20):
        state = rng.integers(0, 2, len(form.circuit.latches), np.uint8)
        sample = rng.integers(0, 2, len(form.circuit.input_names), np.uint8)
        prediction, following = predict(form, state.tolist(), sample.tolist())
        found = predict_bits(form, state, sample)
        assert (found[0], tuple(found[1].tolist())) == (prediction, following)


def test_a_wrong_kernel_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgets_complements(ops: Any, starts: Any, operands: Any, *rest: Any) -> None:
        one_word(ops, starts, operands & ~np.uint32(1), *rest)

    one_word = evaluate_kernels.one_word

    monkeypatch.setattr(evaluate_kernels, "one_word", forgets_complements)
    b = Builder()
    b.output("y", b.and_(b.input("x") ^ 1, b.input("z")))
    circuit = b.build()
    assert compiled(circuit, [0, 1]) != by_definition(circuit, [0, 1])


def test_what_would_overflow_is_left_to_the_definition() -> None:
    b = Builder()
    x, y, z = (b.input(name) for name in "xyz")
    b.output("y", b.threshold([x, y, z], 2**62, [2**61, 2**61 - 1, 2**61 + 3]))
    circuit = b.build()
    assert circuit.ops[-1] == Op.THRESHOLD
    assert not is_compilable(circuit)
    assert UpdateOnError(circuit).compiled_evaluator is None
    with pytest.raises(InvariantError, match="not for compiled evaluation"):
        CompiledEvaluator.of(circuit)


def test_without_numba_the_definition_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    form = learner_to_update_on_error(parity(24))
    monkeypatch.setattr(compiled_evaluator, "find_spec", lambda _name: None)
    assert form.compiled_evaluator is None


def test_another_number_of_bits_is_refused() -> None:
    b = Builder()
    b.output("y", b.and_(b.input("x"), b.latch("q")))
    evaluator = CompiledEvaluator.of(b.build())
    for inputs, state in ((0, 1), (1, 0), (2, 1)):
        with pytest.raises(InvariantError, match="state values for 1 inputs and 1 latches"):
            evaluator.values(np.zeros(inputs, np.uint8), np.zeros(state, np.uint8))


def test_numba_is_not_loaded_before_it_is_needed() -> None:
    program = (
        "import sys; from circuits.learner_to_update_on_error import learner_to_update_on_error;"
        "from circuits.learners.parity import parity;"
        "form = learner_to_update_on_error(parity(24)); form.compiled_evaluator;"
        "print('numba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr
