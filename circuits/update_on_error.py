"""What a net can run: a sequential circuit that changes its memory only when it predicts wrongly.

This is the form of Lemma 3 of Abbe and Sandon: functions h (the prediction) and g (the next
memory) of the sample x and the memory b, and in step t

    y* = h(x, b),    b becomes b if y* = y, and g(x, b) otherwise.

Neither h nor g reads the label y. In a step that counts it is known all the same: y = NOT h(x, b).

>>> from circuits.builder import Builder
>>> b = Builder("says what the last label was")
>>> last = b.latch("last")
>>> b.output("prediction", last)
>>> b.set_next(last, last ^ 1)
>>> form = UpdateOnError(b.build())
>>> reference_step(form, (0,), (), label=1)
(0, (1,))
>>> reference_step(form, (1,), (), label=1)
(1, (1,))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from circuits.circuit import Circuit
from circuits.compiled_evaluator import CompiledEvaluator, is_compilable
from circuits.errors import Position, SourceError
from circuits.evaluate import Evaluator, primary

COMPILED_GATES = 1000
"""Circuits with fewer gates are evaluated sooner than numba is loaded."""


@dataclass(frozen=True)
class UpdateOnError:
    """A sequential circuit, read as Lemma 3 does.

    Attributes:
        circuit: its first primary output is h, what its latches load is g, its latches are the
            memory b. Further outputs mean nothing here. Lemma 3 starts from zeros; here each
            latch starts from its reset value. Without latches the net computes and learns nothing.
        random_inputs: which inputs are fair coins rather than bits of the sample, increasing.

    Raises:
        SourceError: the circuit has no output, or a random input that it has not.
    """

    circuit: Circuit
    random_inputs: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        circuit, inputs = self.circuit, len(self.circuit.input_names)
        if not circuit.primary_outputs:
            raise SourceError(
                f"circuit {circuit.name or '-'} has no output to predict the label with",
                Position(circuit.source) if circuit.source else None,
                hint="the first output is the prediction",
            )
        if any(not 0 <= i < inputs for i in self.random_inputs):
            raise SourceError(
                f"random inputs {self.random_inputs} of a circuit with {inputs} inputs",
                hint="inputs are counted from 0",
            )
        if list(self.random_inputs) != sorted(set(self.random_inputs)):
            raise SourceError(f"random inputs {self.random_inputs} are not in increasing order")

    @property
    def prediction(self) -> int:
        """The literal of h."""
        return self.circuit.primary_outputs[0].literal

    @property
    def sample_inputs(self) -> tuple[int, ...]:
        """The inputs that are not random, in order."""
        coins = set(self.random_inputs)
        return tuple(i for i in range(len(self.circuit.input_names)) if i not in coins)

    @cached_property
    def evaluator(self) -> Evaluator:
        """The circuit made ready for repeated evaluation."""
        return Evaluator.of(self.circuit)

    @cached_property
    def compiled_evaluator(self) -> CompiledEvaluator | None:
        """Likewise, by a compiled loop; None where that does not pay or cannot be had."""
        circuit = self.circuit
        worth = circuit.gate_count >= COMPILED_GATES and is_compilable(circuit)
        return CompiledEvaluator.of(circuit) if worth else None


def from_circuit(circuit: Circuit) -> UpdateOnError:
    """Read any circuit in this form: its first output predicts, no input is random.

    Raises:
        SourceError: the circuit has no output.
    """
    return UpdateOnError(circuit)


def reference_step(
    form: UpdateOnError, state: Sequence[int], inputs: Sequence[int], label: int
) -> tuple[int, tuple[int, ...]]:
    """One step of Lemma 3: the prediction, and the memory after the label has been seen.

    Args:
        form: what to run.
        state: the memory, a 0 or 1 per latch.
        inputs: a 0 or 1 per input of the circuit, random ones included.
        label: 0 or 1, the value that the prediction should have had.
    """
    prediction, when_wrong = predict(form, state, inputs)
    return prediction, tuple(state) if prediction == label else when_wrong


def predict(
    form: UpdateOnError, state: Sequence[int], inputs: Sequence[int]
) -> tuple[int, tuple[int, ...]]:
    """The prediction h(x, b), and g(x, b), the memory that follows if it is wrong."""
    step = form.evaluator.step(inputs, state)
    return primary(form.circuit, step)[0], step.next_state


def predict_bits(
    form: UpdateOnError, state: NDArray[np.uint8], inputs: NDArray[np.uint8]
) -> tuple[int, NDArray[np.uint8]]:
    """As `predict`, with memory and inputs as arrays of 0 and 1; fast for large circuits."""
    if form.compiled_evaluator is None:
        prediction, following = predict(form, state.tolist(), inputs.tolist())
        return prediction, np.array(following, np.uint8)
    values = form.compiled_evaluator.values(inputs, state)
    prediction = int(values[form.prediction >> 1]) ^ (form.prediction & 1)
    return prediction, form.compiled_evaluator.next_state(values)
