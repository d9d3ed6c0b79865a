"""Functions to learn: drawn from a class by a seed, they label the samples of a run.

>>> rule = target("parity", bits=4, seed=1)
>>> [rule(x) for x in ((0, 0, 0, 0), (1, 0, 0, 0), (0, 1, 0, 0), (1, 1, 1, 1))]
[0, 1, 1, 0]
>>> print(rule)
0 1 2 3
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from circuits.errors import SourceError

TARGETS = ("parity", "conjunction", "disjunction", "majority")
"""parity: of a random non-empty set of bits. conjunction, disjunction: of two or three random
literals, respectively bits. majority: of a random set of an odd number of bits."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A function of a class; called with the bits of a sample, it gives the label.

    Attributes:
        kind: one of `TARGETS`.
        bits: the bits that it reads, increasing, counted from 0.
        wanted: of a conjunction, what each of them must be; else ones.
    """

    kind: str
    bits: tuple[int, ...]
    wanted: tuple[int, ...]

    def __call__(self, sample: Sequence[int]) -> int:
        """The label of a sample."""
        if self.kind == "parity":
            return sum(sample[i] for i in self.bits) % 2
        if self.kind == "majority":
            return int(2 * sum(sample[i] for i in self.bits) > len(self.bits))
        if self.kind == "disjunction":
            return max(sample[i] for i in self.bits)
        return int(all(sample[i] == bit for i, bit in zip(self.bits, self.wanted, strict=True)))

    def labels(self, samples: NDArray[np.integer]) -> NDArray[np.int8]:
        """The labels of many samples, shape (samples, bits), of 0 and 1."""
        read = samples[:, self.bits]
        found = (read == np.array(self.wanted)).all(1)
        if self.kind == "parity":
            found = read.sum(1) % 2 == 1
        elif self.kind == "majority":
            found = 2 * read.sum(1) > len(self.bits)
        elif self.kind == "disjunction":
            found = read.any(1)
        labels: NDArray[np.int8] = found.astype(np.int8)
        return labels

    def __str__(self) -> str:
        """The bits, and a ``!`` before one that must be 0: ``0 !3 7``."""
        pairs = zip(self.bits, self.wanted, strict=True)
        return " ".join(f"{'' if bit else '!'}{i}" for i, bit in pairs)


def target(name: str, bits: int, seed: int) -> Rule:
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
    elif name == "majority":
        chosen = sorted(order[: 2 * int(rng.integers((bits + 1) // 2)) + 1])
    else:
        few = order[: min(bits, int(rng.integers(2, 4)))]
        chosen = sorted(few)
        if name == "conjunction":
            wanted = dict(zip(few, rng.integers(0, 2, len(few)).tolist(), strict=True))
            return Rule(name, tuple(chosen), tuple(wanted[i] for i in chosen))
    return Rule(name, tuple(chosen), (1,) * len(chosen))
