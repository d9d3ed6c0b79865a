"""Winnow: disjunctions of few of many attributes, learned with few mistakes."""

from __future__ import annotations

from collections.abc import Sequence

from circuits.arithmetic import any_set, at_least, increment
from circuits.learner import Learner
from circuits.learners.ranges import check_range
from circuits.selection import one_hot, where
from circuits.trace import Field, Memory, trace_learner
from circuits.words import Bit, Word, concat


def winnow(bits: int, threshold: int | None = None) -> Learner:
    """Learn a monotone disjunction such as ``y = x[3] OR x[8]``; mistake-driven (WINNOW1).

    Every attribute has a weight, 1 at the start; the prediction is whether the weights of the true
    ones sum to the threshold t. A mistake doubles the weights of the true attributes if the label
    is 1, and sets them to 0 if it is 0. On any sequence of samples labelled by a disjunction of k
    of n attributes it makes at most 2k (log2 t + 1) + n / t mistakes (Littlestone 1988, Theorem 7).

    ========== ========== ================================================================
    field      width      contents
    ========== ========== ================================================================
    weight *i* of top + 1 0 for weight 0, e + 1 for weight 2^e; top = log2 t, rounded up
    ========== ========== ================================================================

    No weight passes 2^top: one that has reached t is not doubled any more, since whenever its
    attribute is true the prediction is 1.

    Args:
        bits: n, at least 1.
        threshold: t, at least 1; n by default.

    Raises:
        SourceError: an argument out of range.
    """
    bound = bits if threshold is None else threshold
    check_range("winnow", "bits", bits, 1)
    check_range("winnow", "threshold", bound, 1)
    top = (bound - 1).bit_length()
    return trace_learner(
        f"winnow on {bits} bits",
        memory=[Field(f"weight{i}", (top + 1).bit_length(), reset=1) for i in range(bits)],
        sample_bits=bits,
        update=_update,
        predict=lambda memory, x: _predict(memory, x, bound, top),
    )


def _update(memory: Memory, x: Word, y: Bit, r: Word) -> Sequence[Word]:
    """The weights after a mistake, written as what flips."""
    following = []
    for weight, active in zip(memory, x, strict=True):
        doubled = increment(weight, active & any_set(weight))
        following.append(weight ^ where(y, weight ^ doubled, weight & active))
    return following


def _predict(memory: Memory, x: Word, bound: int, top: int) -> Bit:
    """One threshold gate: bit e of a decoded weight counts 2^e."""
    decoded = [one_hot(weight, top + 2)[1:] for weight in memory]
    active = [powers & attribute for powers, attribute in zip(decoded, x, strict=True)]
    return at_least(concat(*active), bound, [1 << e for e in range(top + 1)] * len(memory))
