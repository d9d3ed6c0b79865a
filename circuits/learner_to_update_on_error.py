"""The pass from a learner to the form that a net can run: the proof of Theorem 4.

The net of Lemma 3 can change its memory only in steps in which its output is wrong, but a learner
wants samples that do not depend on what it has guessed so far. So, while it learns, let the net
output a fair coin r': it is wrong in half of the steps, chosen independently of everything else,
and learns from exactly those samples, distributed as all samples are. That needs twice the
learner's samples in the mean (Remark 10). When the learner is done, let the net output its
prediction and keep its memory:

    h(x, r, r', b) = P(b, x) if D(b), else r'
    g(x, r, r', b) = b       if D(b), else A(b, x, NOT r', r)

In the paper A' reads the label y as well, to keep the memory where y = r'. But the net keeps it
there by itself, since its output is right; where g takes effect while learning, y = NOT r'. So g
never needs to see y.

A mistake-driven learner wants the samples it is wrong about and no others, which is Lemma 3 as it
stands, without r': h = P(b, x) and g = A(b, x, NOT P(b, x), r).
"""

from __future__ import annotations

from circuits.builder import Builder
from circuits.circuit import Circuit
from circuits.learner import GUESS, Learner
from circuits.update_on_error import UpdateOnError


def learner_to_update_on_error(learner: Learner) -> UpdateOnError:
    """A circuit that, updating only on error, learns what the learner learns.

    Inputs are the sample, then the learner's random bits r, then the guess r' unless the learner
    is mistake-driven; r and r' are the random inputs. All parts are built in one builder, so what
    update, predict and done have in common is there once.
    """
    builder = Builder(learner.name)
    sample = [builder.input(name) for name in learner.sample_names]
    coins = [builder.input(name) for name in learner.random_names]
    guess = [builder.input(GUESS)] if learner.done is not None else []
    memory = [
        builder.latch(name, reset)
        for name, reset in zip(learner.memory_names, learner.reset, strict=True)
    ]

    (prediction,) = _copy(builder, learner.predict, [*memory, *sample])
    if learner.done is None:
        output = prediction
        following = _copy(builder, learner.update, [*memory, *sample, prediction ^ 1, *coins])
    else:
        (done,) = _copy(builder, learner.done, memory)
        output = builder.mux(done, prediction, guess[0])
        updated = _copy(builder, learner.update, [*memory, *sample, guess[0] ^ 1, *coins])
        following = [builder.mux(done, *bits) for bits in zip(memory, updated, strict=True)]

    builder.output("prediction", output)
    for bit, loaded in zip(memory, following, strict=True):
        builder.set_next(bit, loaded)
    inputs = len(sample) + len(coins) + len(guess)
    return UpdateOnError(builder.build(), tuple(range(len(sample), inputs)))


def _copy(builder: Builder, circuit: Circuit, inputs: list[int]) -> list[int]:
    """The outputs of a copy of ``circuit`` that reads these literals."""
    literal_of = builder.copy(circuit, inputs)
    return [literal_of[o.literal >> 1] ^ (o.literal & 1) for o in circuit.outputs]
