"""Nearest neighbours: store the first samples, then let the closest of them vote."""

from __future__ import annotations

from collections.abc import Sequence

from circuits.arithmetic import at_least, increment
from circuits.errors import SourceError
from circuits.learner import Learner
from circuits.learners.ranges import check_range
from circuits.selection import one_hot
from circuits.trace import Field, Memory, trace_learner
from circuits.words import Bit, Word, concat, word


def nearest(bits: int, samples: int, k: int = 1) -> Learner:
    """Learn N samples by heart; predict what most of the k nearest ones say.

    Distance is Hamming distance, and of samples equally far the one stored earlier is nearer.

    ========== ===== ====================================================
    field      width contents
    ========== ===== ====================================================
    stored     of N  how many samples have been stored
    labels     N     the label of sample i
    sample *i* n     sample i; 0 until it is written, once
    ========== ===== ====================================================

    Args:
        bits: n, at least 1.
        samples: N, at least 1.
        k: odd, so that votes do not tie; at most N.

    Raises:
        SourceError: an argument out of range.
    """
    check_range("nearest", "bits", bits, 1)
    check_range("nearest", "samples", samples, 1)
    check_range("nearest", "k", k, 1, samples)
    if k % 2 == 0:
        raise SourceError(f"nearest: k must be odd, not {k}", hint="an even vote may tie")
    return trace_learner(
        f"{k} nearest of {samples} samples of {bits} bits",
        memory=[
            Field("stored", samples.bit_length()),
            Field("labels", samples),
            *(Field(f"sample{i}", bits) for i in range(samples)),
        ],
        sample_bits=bits,
        update=_update,
        predict=lambda memory, x: _vote(memory, x, k),
        done=lambda memory: memory[0] == samples,
    )


def _update(memory: Memory, x: Word, y: Bit, r: Word) -> Sequence[Word]:
    """Write the sample to its place; XOR writes, as what is there is 0."""
    stored, labels, *samples = memory
    here = one_hot(stored, len(samples))
    written = [sample ^ (x & place) for sample, place in zip(samples, here, strict=True)]
    return [increment(stored), labels ^ (here & y), *written]


def _vote(memory: Memory, x: Word, k: int) -> Bit:
    """Whether most of the k nearest samples have label 1."""
    _, labels, *samples = memory
    differences = [x ^ sample for sample in samples]
    # A sample's rank counts itself and all that come before it in the order of nearness.
    ranked = [
        word([_is_not_after(differences, i, j) for i in range(len(samples))])
        for j in range(len(samples))
    ]
    near = word([~at_least(not_after, k + 1) for not_after in ranked])
    return at_least(near & labels, k // 2 + 1)


def _is_not_after(differences: Sequence[Word], i: int, j: int) -> Bit:
    """Whether sample i is as near as j or nearer, older ones being nearer than equal ones.

    The distances are compared without being computed: one threshold gate says whether j differs
    in at least as many places, and serves the pair in both directions.
    """
    if i > j:
        return ~_is_not_after(differences, j, i)
    weights = [-1] * len(differences[i]) + [1] * len(differences[j])
    return at_least(concat(differences[i], differences[j]), 0, weights)
