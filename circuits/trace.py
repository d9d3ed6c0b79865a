"""Write a learner as Python functions over words; calling them once records its circuits.

>>> from circuits.learner import learn, predict
>>> from circuits.selection import where
>>> majority = trace_learner(
...     "majority of the labels so far",
...     memory=[Field("balance", 4, reset=8)],
...     sample_bits=0,
...     update=lambda memory, x, y, r: [where(y, memory[0] + 1, memory[0] - 1)],
...     predict=lambda memory, x: memory[0] >= 8,
...     done=lambda memory: (memory[0] == 0) | (memory[0] == 15),
... )
>>> majority.memory_names
('balance[0]', 'balance[1]', 'balance[2]', 'balance[3]')
>>> state = learn(majority, majority.reset, (), y=0)
>>> predict(majority, state, ())
0
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from circuits.builder import Builder
from circuits.circuit import Circuit
from circuits.errors import SourceError
from circuits.learner import LABEL, Learner
from circuits.ports import bit_names, input_word
from circuits.words import Bit, Word, constant

Memory: TypeAlias = Sequence[Word]
"""The memory as words, one per `Field`, in order."""

Update: TypeAlias = Callable[[Memory, Word, Bit, Word], Sequence[Word]]
"""A(b, x, y, r): memory, sample, label and random bits to the next memory."""

Predict: TypeAlias = Callable[[Memory, Word], Bit]
"""P(b, x): memory and sample to the predicted label."""

Done: TypeAlias = Callable[[Memory], Bit]
"""D(b): memory to whether it has learned enough."""


class Field(NamedTuple):
    """A word of the memory; width 0 is allowed."""

    name: str
    width: int
    reset: int = 0
    """The number that it starts with."""


def trace_learner(
    name: str,
    *,
    memory: Sequence[Field],
    sample_bits: int,
    random_bits: int = 0,
    update: Update,
    predict: Predict,
    done: Done | None = None,
) -> Learner:
    """The learner that computes what these functions compute.

    Its bits are called ``field[i]``, those of the sample ``x[i]``, the random ones ``r[i]``.

    Args:
        name: of the algorithm.
        memory: its fields.
        sample_bits: length of a sample.
        random_bits: fair coins that update needs in a step.
        update: A; gives a word per field, each as wide as the field.
        predict: P.
        done: D; None makes the learner mistake-driven.

    Raises:
        SourceError: update gives other words than the fields.
    """
    updater = Builder(f"{name}: update")
    state = _read_memory(updater, memory)
    x, y = input_word(updater, "x", sample_bits), Bit(updater, updater.input(LABEL))
    following = update(state, x, y, input_word(updater, "r", random_bits))
    widths, wanted = [len(word) for word in following], [field.width for field in memory]
    if widths != wanted:
        raise SourceError(f"learner {name}: update gives words of {widths} bits, not {wanted}")
    names = [bit for field in memory for bit in bit_names(field.name, field.width)]
    literals = [literal for word in following for literal in word.literals]
    for bit, literal in zip(names, literals, strict=True):
        updater.output(bit, literal)

    predictor = Builder(f"{name}: predict")
    state = _read_memory(predictor, memory)
    predictor.output("prediction", predict(state, input_word(predictor, "x", sample_bits)).literal)

    starts = [constant(updater, field.reset, field.width).literals for field in memory]
    return Learner(
        name=name,
        memory_names=tuple(names),
        reset=tuple(bit for start in starts for bit in start),
        sample_names=bit_names("x", sample_bits),
        random_names=bit_names("r", random_bits),
        update=updater.build(),
        predict=predictor.build(),
        done=_trace_done(name, memory, done) if done is not None else None,
    )


def _trace_done(name: str, memory: Sequence[Field], done: Done) -> Circuit:
    builder = Builder(f"{name}: done")
    builder.output("done", done(_read_memory(builder, memory)).literal)
    return builder.build()


def _read_memory(builder: Builder, memory: Sequence[Field]) -> list[Word]:
    return [input_word(builder, field.name, field.width) for field in memory]
