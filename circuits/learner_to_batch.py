"""The pass from a learner to one function of all its samples, by unrolling (proof of Theorem 5).

The memory starts as the constant bits of ``learner.reset``, goes through T copies of the update,
and is read by the prediction:

    b_0 = reset,   b_(t+1) = learn(b_t, x_t, y_t, r_t),   h = P(b_T, x)

where ``learn`` is that of `circuits.learner`: A(b, x, y, r), but b where the learner is done, or is
mistake-driven and right. All copies are built in one builder, so what is known of the memory
in step t, such as a counter, folds away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from circuits.batch import Batch
from circuits.builder import Builder
from circuits.circuit import Circuit
from circuits.errors import SourceError
from circuits.learner import LABEL, Learner


def learner_to_batch(learner: Learner, samples: int) -> Batch:
    """What the learner would answer after so many samples, as one combinational circuit.

    Inputs are called after the learner's, those of sample t with ``@t`` behind; a gate inside the
    update by sample t is called ``sample t: name``.

    Raises:
        SourceError: fewer than one sample, or a learner of samples without any bit.
    """
    if samples < 1:
        raise SourceError(f"learner {learner.name}: {samples} samples", hint="at least 1")
    builder = Builder(f"{learner.name} from {samples} samples", learner.update.source)
    state = list(learner.reset)  # the literals 0 and 1 are the constants
    for t in range(samples):
        x = [builder.input(f"{name}@{t}") for name in learner.sample_names]
        y = builder.input(f"{LABEL}@{t}")
        r = [builder.input(f"{name}@{t}") for name in learner.random_names]
        prefix = f"sample {t}: "
        if learner.done is None:
            (prediction,) = _copy(builder, learner.predict, [*state, *x], prefix)
            keep = builder.xor(prediction, y) ^ 1
        else:
            (keep,) = _copy(builder, learner.done, state, prefix)
        updated = _copy(builder, learner.update, [*state, *x, y, *r], prefix)
        state = [builder.mux(keep, *bits) for bits in zip(state, updated, strict=True)]
    x = [builder.input(name) for name in learner.sample_names]
    (prediction,) = _copy(builder, learner.predict, [*state, *x])
    builder.output("prediction", prediction)
    return Batch(builder.build(), samples, learner.sample_names, learner.random_names)


def _copy(builder: Builder, circuit: Circuit, inputs: Sequence[int], prefix: str = "") -> list[int]:
    """The outputs of a copy of ``circuit`` that reads these literals, its gates renamed."""
    if prefix and circuit.labels:
        labels = {literal: prefix + name for literal, name in circuit.labels.items()}
        circuit = replace(circuit, labels=labels)
    literal_of = builder.copy(circuit, inputs)
    return [literal_of[o.literal >> 1] ^ (o.literal & 1) for o in circuit.outputs]
