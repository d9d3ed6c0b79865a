"""The loop of `runtime.engines.bit_forward`, compiled by numba; importing this imports numba."""

from __future__ import annotations

import numpy as np

from runtime.engines.scalar_kernels import compiled
from runtime.engines.word_kernels import Words, word_run


@compiled
def evaluate(
    runs: Words,
    operands: Words,
    coefficients: Words,
    numbers: Words,
    inputs: Words,
    outputs: Words,
    words: Words,
    found: Words,
) -> None:
    """Fill in ``found``, shape (batch, outputs), from ``inputs``, shape (batch, inputs)."""
    planes, one = np.empty(32, np.uint64), np.uint64(1)
    for i in range(len(inputs)):
        for j in range(inputs.shape[1]):
            words[j + 1] = inputs[i, j]
        for r in range(len(runs)):
            word_run(runs[r], operands, coefficients, numbers, words, planes)
        for j in range(len(outputs)):
            found[i, j] = words[outputs[j] >> one] ^ (np.uint64(0) - (outputs[j] & one))
