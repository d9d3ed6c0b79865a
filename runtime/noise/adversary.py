"""The worst noise within a bound: a search over the sign and time of one kick per edge.

The paper bounds, edge by edge, the sum of the absolute values of all noise terms of a run. To first
order every condition on a net is linear in each term, so an adversary loses nothing by spending an
edge's whole budget at once: what is left to choose is when, and in which direction.

A caller says what a pattern of kicks does, as one number for every condition: above 0 where it is
violated, the larger the worse. `PieceDamage` does it for any net by training it. The search takes
each condition in turn, starts from the kicks that hurt it most one by one (the signs of its
gradient), and then changes single kicks for as long as that helps. It is deterministic. It finds
patterns, so what it does not violate is not thereby safe: that is for inequalities to show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from circuits.errors import InvariantError, LimitError
from compiler.exact import ZERO
from compiler.net import Net
from runtime.noise.models import Adversarial, Pattern, Stream
from runtime.noise.trainer import NoisyTrainer

if TYPE_CHECKING:
    from runtime.noise.trainer import Perturbable

Floats: TypeAlias = NDArray[np.float64]

Damage: TypeAlias = Callable[[Pattern], Floats]
"""By condition: positive where a pattern violates it."""

ROUNDS = 4
"""Times that every edge of a condition is looked at again, at most."""


def worst_pattern(
    damage: Damage, edges: Sequence[int], steps: Sequence[int], total: int
) -> tuple[Pattern, float]:
    """The pattern that violates some condition most, and by how much (negative: it does not).

    Args:
        damage: what a pattern does.
        edges: which may be kicked.
        steps: after which a kick may come.
        total: number of edges of the net.
    """
    quiet = Pattern(np.zeros(total, np.int8), np.zeros(total, np.int64))
    options = [(sign, step) for step in steps for sign in (1, -1)]
    alone = {(e, o): damage(_with(quiet, e, o)) for e in edges for o in options}
    worst, most = quiet, damage(quiet)
    best = int(np.argmax(most))
    found = worst, float(most[best])
    for condition in range(len(most)):
        first = quiet
        for edge in edges:
            option = max(options, key=lambda o: float(alone[edge, o][condition]))
            if alone[edge, option][condition] > most[condition]:
                first = _with(first, edge, option)
        pattern, size = _climb(damage, condition, first, edges, options)
        if size > found[1]:
            found = pattern, size
    return found


def _climb(
    damage: Damage,
    condition: int,
    pattern: Pattern,
    edges: Sequence[int],
    options: Sequence[tuple[int, int]],
) -> tuple[Pattern, float]:
    """Change one kick at a time while that makes one condition worse."""
    size = float(damage(pattern)[condition])
    for _ in range(ROUNDS):
        before = size
        for edge in edges:
            for option in options:
                other = _with(pattern, edge, option)
                if (worse := float(damage(other)[condition])) > size:
                    pattern, size = other, worse
        if size == before:
            break
    return pattern, size


def _with(pattern: Pattern, edge: int, option: tuple[int, int]) -> Pattern:
    signs, steps = pattern.signs.copy(), pattern.steps.copy()
    signs[edge], steps[edge] = option
    return Pattern(signs, steps)


class PieceDamage:
    """How far kicks push inputs of f off the pieces that they lie on without noise.

    One condition for every computed vertex and step: its input stays in the dead zone, on the power
    piece or on the plateau, and keeps its sign there. The damage is relative to the break point:
    |x| / dead_zone - 1, |x| / power_to - 1 or 1 - |x| / power_from, 1 - |x| / plateau_from.

    Args:
        net: what is trained; without noise no input may be in a blend.
        start: makes a run of it.
        lesson: (sample, label) of every step.
        bound: of the noise on each edge.

    Raises:
        InvariantError: the activation has no dead zone, so that any noise leaves 0.
    """

    def __init__(
        self,
        net: Net,
        start: Callable[[], Perturbable],
        lesson: Sequence[tuple[Sequence[int], int]],
        bound: float,
    ) -> None:
        if net.activation.dead_zone == ZERO:
            raise InvariantError("without a dead zone any noise moves an input of 0")
        self._start, self._lesson, self._bound = start, lesson, bound
        self._computed = slice(int(np.searchsorted(net.level, 1)), None)
        f = net.activation
        self._dead, self._from, self._to, self._plateau = (
            x.to_float() for x in (f.dead_zone, f.power_from, f.power_to, f.plateau_from)
        )
        quiet = Pattern(np.zeros(net.edges, np.int8), np.zeros(net.edges, np.int64))
        self._without = np.concatenate(list(self._sums(quiet)))

    def __call__(self, pattern: Pattern) -> Floats:
        """See `Damage`; infinite from where the run overflows."""
        sums = np.full(len(self._without), np.inf)
        try:
            done = 0
            for here in self._sums(pattern):
                sums[done : done + len(here)] = here
                done += len(here)
        except LimitError:
            pass
        return self._damage(sums)

    def _damage(self, sums: Floats) -> Floats:
        size = np.where(np.isfinite(sums), np.abs(sums), np.inf)
        along = np.where(np.sign(sums) == np.sign(self._without), size, -size)
        expected = np.abs(self._without)
        damage = np.where(
            expected <= self._dead,
            size / self._dead - 1,
            np.where(
                expected < self._plateau,
                np.maximum(1 - along / self._from, size / self._to - 1),
                1 - along / self._plateau,
            ),
        )
        return np.where(np.isfinite(size), damage, np.inf)

    def _sums(self, pattern: Pattern) -> Iterator[Floats]:
        """The inputs of f in every step."""
        noise = Adversarial(self._bound, pattern)
        run = NoisyTrainer(self._start(), noise, Stream(0))
        for sample, label in self._lesson:
            run.forward_backward([sample], [label])
            yield np.array(run.sums[self._computed], np.float64)
            run.update()
