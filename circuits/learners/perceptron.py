"""The perceptron with small integer weights."""

from __future__ import annotations

from collections.abc import Sequence

from circuits.arithmetic import at_least, step_signed_saturating
from circuits.circuit import TRUE
from circuits.learner import Learner
from circuits.learners.ranges import check_range
from circuits.trace import Field, Memory, trace_learner
from circuits.words import Bit, Word, concat


def perceptron(bits: int, width: int) -> Learner:
    """Learn a linear threshold function; mistake-driven (Rosenblatt 1958).

    The prediction is whether the weights of the true bits and the bias sum to 0 or more. A mistake
    adds 1 to the bias and to those weights if the label is 1, and takes 1 away if it is 0. Numbers
    stay at the ends of their range, -2^(w-1) and 2^(w-1) - 1; while none is there, the perceptron
    convergence theorem holds.

    ========== ===== ===============================================
    field      width contents
    ========== ===== ===============================================
    bias       w     two's complement, 0 at the start
    weight *i* w     two's complement, 0 at the start
    ========== ===== ===============================================

    Args:
        bits: n, at least 1.
        width: w, at least 2.

    Raises:
        SourceError: an argument out of range.
    """
    check_range("perceptron", "bits", bits, 1)
    check_range("perceptron", "width", width, 2)
    return trace_learner(
        f"perceptron on {bits} bits",
        memory=[Field("bias", width), *(Field(f"weight{i}", width) for i in range(bits))],
        sample_bits=bits,
        update=_update,
        predict=_predict,
    )


def _update(memory: Memory, x: Word, y: Bit, r: Word) -> Sequence[Word]:
    bias, *weights = memory
    always = Bit(x.builder, TRUE)
    return [
        step_signed_saturating(bias, up=y, by=always),
        *(step_signed_saturating(w, up=y, by=active) for w, active in zip(weights, x, strict=True)),
    ]


def _predict(memory: Memory, x: Word) -> Bit:
    """One threshold gate over all bits of all weights; a sign bit counts negatively."""
    bias, *weights = memory
    active = [weight & bit for weight, bit in zip(weights, x, strict=True)]
    places = [1 << i for i in range(len(bias) - 1)] + [-1 << len(bias) - 1]
    return at_least(concat(bias, *active), 0, places * len(memory))
