"""Functions to learn: drawn from a class by a seed, they label the samples of a run.

>>> rule = target("parity", bits=4, seed=1)
>>> [rule(x) for x in ((0, 0, 0, 0), (1, 0, 0, 0), (0, 1, 0, 0), (1, 1, 1, 1))]
[0, 1, 1, 0]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from circuits.errors import SourceError

TARGETS = ("parity", "conjunction", "disjunction", "majority")
"""parity: of a random non-empty set of bits. conjunction, disjunction: of two or three random
literals, respectively bits. majority: of a random set of an odd number of bits."""

Target: TypeAlias = Callable[[Sequence[int]], int]
"""From the bits of a sample to its label."""


def target(name: str, bits: int, seed: int) -> Target:
    """A function of this class on samples of ``bits`` bits.

    Raises:
        SourceError: an unknown class, or samples without bits.
    """
    if name not in TARGETS:
        raise SourceError(f"no target is called {name!r}", hint=f"one of: {', '.join(TARGETS)}")
    if bits < 1:
        raise SourceError(f"a {name} of samples without bits")
    rng = np.random.default_rng([seed, 4])
    order = rng.permutation(bits).tolist()
    if name == "parity":
        chosen = np.flatnonzero(rng.integers(0, 2, bits)).tolist() or order[:1]
        return lambda x: sum(x[i] for i in chosen) % 2
    if name == "majority":
        odd = order[: 2 * int(rng.integers((bits + 1) // 2)) + 1]
        return lambda x: int(2 * sum(x[i] for i in odd) > len(odd))
    few = order[: min(bits, int(rng.integers(2, 4)))]
    if name == "disjunction":
        return lambda x: max(x[i] for i in few)
    wanted = dict(zip(few, rng.integers(0, 2, len(few)).tolist(), strict=True))
    return lambda x: int(all(x[i] == bit for i, bit in wanted.items()))
