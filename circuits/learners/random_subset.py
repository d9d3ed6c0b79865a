"""Parities by guessing: a learner that needs coins, and little memory."""

from __future__ import annotations

from collections.abc import Sequence

from circuits.arithmetic import any_set, decrement
from circuits.gf2 import dot
from circuits.learner import Learner
from circuits.learners.ranges import check_range
from circuits.selection import where
from circuits.trace import Field, Memory, trace_learner
from circuits.words import Bit, Word


def random_subset(bits: int, confirmations: int) -> Learner:
    """Learn ``y = parity of (x AND s)`` by trying random subsets s; uses n random bits a step.

    A subset is kept until a sample contradicts it, then the next is drawn; the learner stops at
    the first that m samples in a row confirm. On uniform samples it stops after about 2^(n+1) + m
    of them, and at a wrong subset with probability below 2^(n-m). It trades time for memory:
    `circuits.learners.parity` needs n + 2 samples and n^2 / 2 bits.

    ======= ===== =================================================================
    field   width contents
    ======= ===== =================================================================
    left    of m  how many confirmations are still wanted, m at the start
    subset  n     the subset on trial, empty at the start
    ======= ===== =================================================================

    Args:
        bits: n, at least 1.
        confirmations: m, at least 1.

    Raises:
        SourceError: an argument out of range.
    """
    check_range("random_subset", "bits", bits, 1)
    check_range("random_subset", "confirmations", confirmations, 1)

    def update(memory: Memory, x: Word, y: Bit, r: Word) -> Sequence[Word]:
        left, subset = memory
        confirmed = dot(subset, x) == y
        return [
            where(confirmed, decrement(left), confirmations),
            where(confirmed, subset, r),
        ]

    return trace_learner(
        f"random subset of {bits} bits",
        memory=[
            Field("left", confirmations.bit_length(), reset=confirmations),
            Field("subset", bits),
        ],
        sample_bits=bits,
        random_bits=bits,
        update=update,
        predict=lambda memory, x: dot(memory[1], x),
        done=lambda memory: ~any_set(memory[0]),
    )
