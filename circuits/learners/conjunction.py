"""Conjunctions, learned by dropping the literals that a positive sample contradicts."""

from __future__ import annotations

from collections.abc import Sequence

from circuits.arithmetic import all_set, any_set, decrement
from circuits.learner import Learner
from circuits.learners.ranges import check_range
from circuits.trace import Field, Memory, trace_learner
from circuits.words import Bit, Word


def conjunction(bits: int, samples: int, monotone: int = 0) -> Learner:
    """Learn a conjunction of literals such as ``y = x[0] AND NOT x[2]`` (Valiant 1984).

    It starts with all 2n literals (n where ``monotone``) and drops those that are false in a
    sample with label 1. What is left contains the target, so the learner errs on positive samples
    only; after N samples, of any distribution, with probability at most 2n / (e N) in the mean. It
    counts the samples and then stops, as the proof of Theorem 4 has it.

    ======= =========== =====================================================
    field   width       contents
    ======= =========== =====================================================
    left    of N        how many samples are still to come, N at the start
    plain   n           whether the literal ``x[i]`` has been dropped
    negated n, or 0     whether the literal ``NOT x[i]`` has been dropped
    ======= =========== =====================================================

    Args:
        bits: n, at least 1.
        samples: N, at least 1.
        monotone: 1 to do without negated literals, else 0.

    Raises:
        SourceError: an argument out of range.
    """
    check_range("conjunction", "bits", bits, 1)
    check_range("conjunction", "samples", samples, 1)
    check_range("conjunction", "monotone", monotone, 0, 1)
    return trace_learner(
        f"conjunction of {bits} bits",
        memory=[
            Field("left", samples.bit_length(), reset=samples),
            Field("plain", bits),
            Field("negated", 0 if monotone else bits),
        ],
        sample_bits=bits,
        update=_update,
        predict=_predict,
        done=lambda memory: ~any_set(memory[0]),
    )


def _update(memory: Memory, x: Word, y: Bit, r: Word) -> Sequence[Word]:
    left, plain, negated = memory
    return [decrement(left), plain | (~x & y), negated | (x[: len(negated)] & y)]


def _predict(memory: Memory, x: Word) -> Bit:
    _, plain, negated = memory
    return all_set(plain | x) & all_set(negated | ~x[: len(negated)])
