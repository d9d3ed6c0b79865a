"""Learning algorithms as circuits, and what they mean, step by step.

A learner is the algorithm of Theorem 4 of Abbe and Sandon: a memory b of a fixed number of bits and

- ``A(b, x, y, r)``, the memory after a labelled sample (x, y) and random bits r,
- ``P(b, x)``, the label that it predicts for x,
- ``D(b)``, whether it has learned enough.

A learner without D is *mistake-driven* (the perceptron, Winnow): it never stops, and learns from
the samples that it predicts wrongly, so A matters only where y = NOT P(b, x). That is all that
Lemma 3 asks for; see `circuits.learner_to_update_on_error` for both kinds.

`circuits.trace` writes learners in Python; `circuits.learners` has some.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from circuits.circuit import Circuit
from circuits.errors import SourceError
from circuits.evaluate import Evaluator

LABEL = "label"
"""The input of `Learner.update` that carries y."""
GUESS = "guess"
"""The random input r' that `circuits.learner_to_update_on_error` adds."""


@dataclass(frozen=True)
class Learner:
    """A learning algorithm as circuits, whose arities and names agree from birth.

    Attributes:
        name: of the algorithm.
        memory_names: one per memory bit.
        reset: the memory before the first sample, a 0 or 1 per bit.
        sample_names: one per bit of a sample.
        random_names: one per random bit; fresh fair coins in every step.
        update: A; reads memory, sample, label and random bits, in this order and by these names,
            and gives the next memory, by its names.
        predict: P; reads memory and sample, gives one bit.
        done: D; reads memory, gives one bit. None makes the learner mistake-driven.

    Raises:
        SourceError: the circuits do not fit together; says which, and what was expected.
    """

    name: str
    memory_names: tuple[str, ...]
    reset: tuple[int, ...]
    sample_names: tuple[str, ...]
    random_names: tuple[str, ...]
    update: Circuit
    predict: Circuit
    done: Circuit | None = None

    def __post_init__(self) -> None:
        memory, sample = self.memory_names, self.sample_names
        _check_names(self)
        _check_circuit(self, "update", self.update, (*memory, *sample, LABEL, *self.random_names))
        _check_circuit(self, "predict", self.predict, (*memory, *sample), outputs=1)
        if self.done is not None:
            _check_circuit(self, "done", self.done, memory, outputs=1)
        given = tuple(output.name for output in self.update.outputs)
        if given != memory:
            raise SourceError(
                f"learner {self.name}: update must give the memory bits {_list(memory)}, "
                f"not {_list(given)}"
            )

    @cached_property
    def evaluators(self) -> tuple[Evaluator, Evaluator, Evaluator | None]:
        """Update, predict and done made ready for repeated evaluation."""
        done = Evaluator.of(self.done) if self.done is not None else None
        return Evaluator.of(self.update), Evaluator.of(self.predict), done


def predict(learner: Learner, state: Sequence[int], x: Sequence[int]) -> int:
    """P(b, x): the label that this memory predicts for the sample x."""
    _, evaluator, _ = learner.evaluators
    return evaluator.step((*state, *x)).outputs[0]


def is_done(learner: Learner, state: Sequence[int]) -> bool:
    """D(b): whether this memory has learned enough; a mistake-driven learner never has."""
    _, _, evaluator = learner.evaluators
    return evaluator is not None and evaluator.step(state).outputs[0] == 1


def learn(
    learner: Learner, state: Sequence[int], x: Sequence[int], y: int, r: Sequence[int] = ()
) -> tuple[int, ...]:
    """The memory after the sample x with label y and random bits r.

    A(b, x, y, r); the old memory where the learner is done, or is mistake-driven and right.
    """
    mistake_driven = learner.done is None
    keep = predict(learner, state, x) == y if mistake_driven else is_done(learner, state)
    evaluator, _, _ = learner.evaluators
    return tuple(state) if keep else evaluator.step((*state, *x, y, *r)).outputs


def _check_names(learner: Learner) -> None:
    """Refuse repeated names and a start that does not fit the memory."""
    ports = (*learner.memory_names, *learner.sample_names, *learner.random_names, LABEL, GUESS)
    repeated = tuple(name for name, count in Counter(ports).items() if count > 1)
    if repeated:
        raise SourceError(
            f"learner {learner.name}: more than one bit is called {_list(repeated)}",
            hint=f"'{LABEL}' and '{GUESS}' are taken",
        )
    if len(learner.reset) != len(learner.memory_names) or not set(learner.reset) <= {0, 1}:
        raise SourceError(
            f"learner {learner.name}: reset must be {len(learner.memory_names)} zeros and ones, "
            f"not {learner.reset}"
        )


def _check_circuit(
    learner: Learner, role: str, circuit: Circuit, inputs: tuple[str, ...], outputs: int = 0
) -> None:
    """Refuse a circuit with latches, other inputs, or another number of outputs (0: any)."""
    if circuit.latches:
        raise SourceError(
            f"learner {learner.name}: {role} has {len(circuit.latches)} latches of its own",
            hint="the memory comes in as inputs and leaves as the outputs of update",
        )
    if circuit.input_names != inputs:
        raise SourceError(
            f"learner {learner.name}: {role} must read {_list(inputs)}, "
            f"not {_list(circuit.input_names)}"
        )
    if outputs and len(circuit.outputs) != outputs:
        raise SourceError(
            f"learner {learner.name}: {role} must have one output, not {len(circuit.outputs)}"
        )


def _list(names: tuple[str, ...]) -> str:
    """Names for a message, shortened where there are many."""
    if not names:
        return "nothing"
    shown = ", ".join(names if len(names) <= 6 else (*names[:3], "...", *names[-2:]))
    return f"{shown} ({len(names)} in all)" if len(names) > 6 else shown
