"""Corollary 2: random restarts, and a validation set that picks the best.

The paper draws every weight at random until they are those of a machine. The weights of a machine
are a function of its table, so here tables are drawn: each entry on its own, uniformly over what to
write, where to go, and the next state or to halt. What a table answers is what the net of
its filter outputs, without the net: the sum of the signs in the main grid after L layers. Its sign
is the prediction, so that a machine need not erase all it has read.

A *problem* is a distribution over learning problems, as in the discussion of reusable algorithms
(section 5): every example of the validation set has its own samples and its own hidden rule. So
what is found is a learner, not a rule.

>>> search = find_learner(PROBLEMS["bit"], states=1, restarts=3000, seed=1)
>>> search.best.validation
1.0
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from circuits.machines.classical_learners import Signs
from circuits.machines.machine import Machine, Move
from compiler.rcnn.initial import memory

VALIDATION = 64
"""Examples in the validation set."""


class Example(NamedTuple):
    """A learning problem, and one question about it."""

    samples: Signs
    labels: Signs
    query: Signs
    answer: int


@dataclass(frozen=True)
class Problem:
    """A distribution over learning problems.

    Attributes:
        name: of it.
        bits: d.
        samples: m.
        label: from signs of shape (..., d) and a hidden sign to labels.
    """

    name: str
    bits: int
    samples: int
    label: Callable[[Signs, int], Signs]

    @property
    def layers(self) -> int:
        """L: enough to cross the grid a few times."""
        return 4 * (self.samples + self.bits + 2)

    def draw(self, rng: np.random.Generator) -> Example:
        """One example."""
        x = rng.choice([-1, 1], (self.samples + 1, self.bits))
        y = self.label(x, int(rng.choice([-1, 1])))
        return Example(x[:-1], y[:-1], x[-1], int(y[-1]))

    def examples(self, count: int, seed: int) -> list[Example]:
        """Several; half of them with each answer, as far as chance will."""
        rng = np.random.default_rng([seed, 7])
        return [self.draw(rng) for _ in range(count)]


PROBLEMS = {
    "bit": Problem("bit", 1, 3, lambda x, hidden: hidden * x[..., 0]),
    "constant": Problem("constant", 1, 3, lambda x, hidden: hidden + 0 * x[..., 0]),
    "first-bit": Problem("first-bit", 2, 4, lambda x, hidden: hidden * x[..., 0]),
}
"""The label is the only bit or its complement; it is always the same, whatever the bit; it is the
first of two bits or its complement."""


class Found(NamedTuple):
    """A table, and how often it is right."""

    machine: Machine
    validation: float


class Search(NamedTuple):
    """What came of the restarts."""

    best: Found
    right: int
    """Tables without an error on the validation set."""
    restarts: int

    @property
    def exponent(self) -> float:
        """The c for which the share of right tables is s^(-c s), with s the states and HALT.

        Infinite where none was found.
        """
        states = len(self.best.machine.states)
        if not self.right:
            return float("inf")
        return -log(self.right / self.restarts) / (states * log(states))


def random_table(rng: np.random.Generator, states: int) -> Machine:
    """A machine on a plane with so many states that work, and HALT."""
    shape = states, 3
    following = rng.integers(states + 1, size=shape).astype(np.int16)
    last = np.full((1, 3), -1)  # HALT has no entries
    return Machine(
        states=(*(f"q{i}" for i in range(states)), "HALT"),
        symbols=("_", "0", "1"),
        start=0,
        blank=0,
        halting=frozenset([states]),
        write=np.vstack([rng.integers(3, size=shape), last]).astype(np.int16),
        move=np.vstack([rng.choice(list(Move), size=shape), last]).astype(np.int8),
        following=np.vstack([following, last]).astype(np.int16),
        planar=True,
        name=f"a table of {states} states",
    )


def grids_of(problem: Problem, examples: list[Example]) -> NDArray[np.int16]:
    """The symbols that tables start on, with a column of workspace: (N, m + 1, d + 2)."""
    grids = np.zeros((len(examples), problem.samples + 1, problem.bits + 2), np.int16)
    for grid, (samples, labels, query, _) in zip(grids, examples, strict=True):
        signs = memory(samples, labels, len(samples) + 1) * np.append(query, 1)
        grid[:, :-1] = np.where(signs > 0, 1, 2)
    return grids


def outputs(machine: Machine, problem: Problem, grids: NDArray[np.int16]) -> NDArray[np.int64]:
    """What the net of the machine's filter outputs, once it has memorised the samples.

    As `compiler.rcnn.layers.run_layers` says, 100 times faster.

    Args:
        machine: with the symbols of `random_table`.
        problem: whose number of layers to run.
        grids: as `grids_of` gives them.
    """
    from runtime.rcnn.layer_kernel import run_all

    move = np.array([(m.dx, m.dy) for m in Move])[machine.move]
    parts = machine.write, move[..., 0], move[..., 1], machine.following
    after = grids.copy()
    # The first layer puts the head on its cell.
    run_all(np.stack(parts, axis=-1).astype(np.int64), after, machine.start, problem.layers - 1)
    main = after[:, :, :-1]
    found: NDArray[np.int64] = (main == 1).sum(axis=(1, 2)) - (main == 2).sum(axis=(1, 2))
    return found


def find_learner(problem: Problem, states: int, restarts: int, seed: int) -> Search:
    """Draw tables and keep the one that does best on the validation set.

    Args:
        problem: what to learn.
        states: of the tables, without HALT.
        restarts: how many to draw.
        seed: of all.
    """
    rng = np.random.default_rng([seed, states])
    examples = problem.examples(VALIDATION, seed)
    grids, answers = grids_of(problem, examples), np.array([e.answer for e in examples])
    best: Found | None = None
    right = 0
    for _ in range(restarts):
        machine = random_table(rng, states)
        share = float((outputs(machine, problem, grids) * answers > 0).mean())
        right += share == 1
        if best is None or share > best.validation:
            best = Found(machine, share)
    if best is None:
        raise ValueError("no restarts")
    return Search(best, right, restarts)


def accuracy(machine: Machine, problem: Problem, examples: list[Example]) -> float:
    """The share of examples for which the output has the sign of the answer."""
    answers = np.array([example.answer for example in examples])
    found = outputs(machine, problem, grids_of(problem, examples))
    return float((found * answers > 0).mean())
