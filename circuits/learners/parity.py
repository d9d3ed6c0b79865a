"""Parities, learned by Gaussian elimination as the samples come in (Example 1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from circuits.arithmetic import all_set
from circuits.circuit import FALSE
from circuits.gf2 import add_where
from circuits.learner import Learner
from circuits.learners.ranges import check_range
from circuits.selection import first_set
from circuits.trace import Field, Memory, trace_learner
from circuits.words import Bit, Word, word


def parity(bits: int) -> Learner:
    """Learn ``y = parity of (x AND s)`` for an unknown s of ``bits`` bits.

    The samples are kept in echelon form. Row i has its first 1 in column i, so that entry need not
    be stored, nor the zeros before it, and the memory is a triangle:

    ========== ======= ======================================
    field      width   contents
    ========== ======= ======================================
    occupied   n       whether row i has been written
    labels     n       the label of row i
    row *i*    n-1-i   its entries in columns i+1, ..., n-1
    ========== ======= ======================================

    These are n(n-1)/2 + 2n bits for n = ``bits``; Example 1, which keeps the samples as they come,
    has n(n+1) and a counter.

    A sample is reduced by the rows in turn: where its entry i is 1 and row i is occupied, that row
    is added to it. What is left at the first entry 1 without a row becomes that row; a sample of
    which nothing is left teaches nothing. Once all rows are occupied, the labels added on the way
    sum to the label of any x. Uniform samples span the space after n + 1.6 of them in the mean.

    Raises:
        SourceError: ``bits`` is below 1.
    """
    check_range("parity", "bits", bits, 1)
    return trace_learner(
        f"parity of {bits} bits",
        memory=[
            Field("occupied", bits),
            Field("labels", bits),
            *(Field(f"row{i}", bits - 1 - i) for i in range(bits)),
        ],
        sample_bits=bits,
        update=_update,
        predict=lambda memory, x: _reduce(memory, x)[-1].label,
        done=lambda memory: all_set(memory[0]),
    )


class _Residue(NamedTuple):
    """What is left of a sample when the rows of the columns before these have been added."""

    entries: Word
    label: Bit
    """Sum of the labels of the rows added."""


def _reduce(memory: Memory, x: Word) -> list[_Residue]:
    """What comes to row 0, to row 1, ..., and what is left after the last."""
    occupied, labels, *rows = memory
    left = _Residue(x, Bit(x.builder, FALSE))
    residues = [left]
    for is_there, row_label, row in zip(occupied, labels, rows, strict=True):
        add = left.entries[0] & is_there
        left = _Residue(add_where(add, left.entries[1:], row), left.label ^ (add & row_label))
        residues.append(left)
    return residues


def _update(memory: Memory, x: Word, y: Bit, r: Word) -> Sequence[Word]:
    """Write what is left of the sample to its row.

    Rows start at 0 and are written once, so writing is adding and a memory bit flips under a
    single AND. The label y enters at the very end, so that `_reduce` is shared with the prediction.
    """
    occupied, labels, *rows = memory
    *residues, _ = _reduce(memory, x)
    store = first_set(word([left.entries[0] for left in residues]) & ~occupied)
    written = [
        add_where(here, row, left.entries[1:])
        for here, row, left in zip(store, rows, residues, strict=True)
    ]
    new_labels = word([y ^ left.label for left in residues])
    return [occupied ^ store, labels ^ (new_labels & store), *written]
