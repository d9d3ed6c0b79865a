"""When the engine `boolean` may run: what is proved of a plan, for which weights, and how often.

A proof takes as long as a few hundred steps. Where weights that it rests on do not stay, as under
noise, another engine runs in between, longer each time, so that proofs cost as much as that at
most.
"""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from compiler.flat_vertices import find_flat, wires_of
from runtime.engines.boolean_layout import Packed, pack
from runtime.engines.plan import Plan

FAILURES = 4
"""So many steps may fail, and then one in `SHARE`, before another engine takes over."""

SHARE = 16

WORTH = 4
"""One edge in so many at least must be proved not to move. With fewer, bits gain nothing."""

AT_ONCE = 2
"""Proofs that are made when they are needed."""

WAIT = 64
"""Steps of another engine before the next; before each that follows, twice as many."""


@dataclass(frozen=True, eq=False, slots=True)
class Certificate:
    """What is proved of a plan on some weights.

    Attributes:
        packed: how it runs.
        weights: shape (edges,), those that it was made for.
        ranges: shape (ranges, 2): edges that must have these weights.
    """

    packed: Packed
    weights: NDArray[np.floating]
    ranges: NDArray[np.uint64]

    @classmethod
    def of(cls, plan: Plan, weights: NDArray[np.floating]) -> Certificate:
        """Look for the flat vertices of a plan on these weights."""
        layout = plan.layout
        entering = layout.entering if len(layout.entering) else np.ones(plan.edges)
        flat = find_flat(wires_of(plan.net, weights, entering, layout.constants.dtype.name))
        ends = np.flatnonzero(np.diff(flat.frozen, prepend=False, append=False))
        packed = pack(plan.net, flat, layout)
        return cls(packed, weights.copy(), ends.reshape(-1, 2).astype(np.uint64))

    @property
    def worth_it(self) -> bool:
        """Whether enough is proved for bits to take less time than floats."""
        return WORTH * int(np.diff(self.ranges).sum()) >= len(self.weights)

    def holds(self, weights: NDArray[np.floating]) -> bool:
        """Whether the weights that it rests on are still the same."""
        from runtime.engines.boolean_kernels import same

        return same(weights, self.weights, self.ranges)


@dataclass(slots=True)
class _Proofs:
    """The last certificate of a plan, how many were made, and the wait before the next."""

    last: Certificate | None = None
    made: int = 0
    wait: int = 0


_proofs: WeakKeyDictionary[Plan, _Proofs] = WeakKeyDictionary()


class Prover:
    """Who says whether bits may run: one for a run, and one for all passes of a plan's modules.

    Attributes:
        failed: steps in which a guard failed.
        waited: how many steps another engine does, where there was no proof.
    """

    def __init__(self, plan: Plan) -> None:
        self._proofs = _proofs.setdefault(plan, _Proofs())  # nothing here may hold the plan
        self.failed, self._done, self.waited = 0, 0, 0

    @property
    def trusted(self) -> bool:
        """Whether there is something to gain, and guards have not failed too often."""
        last = self._proofs.last
        if last is not None and not last.worth_it:
            return False
        return self.failed <= FAILURES + self._done // SHARE

    def succeeded(self, steps: int) -> None:
        """So many more steps were done in bits."""
        self._done += steps

    def proof(self, plan: Plan, weights: NDArray[np.floating], steps: int) -> Certificate | None:
        """The certificate that holds for these weights; or nothing, and `waited` of the steps."""
        proofs = self._proofs
        if proofs.last is not None and proofs.last.holds(weights):
            return self._used(proofs.last, steps)
        self.waited = min(steps, proofs.wait)
        if self.waited:
            proofs.wait -= self.waited
            return None
        proofs.last = Certificate.of(plan, weights)
        proofs.made += 1
        late = proofs.made - AT_ONCE
        proofs.wait = WAIT << late if late >= 0 else 0
        return self._used(proofs.last, steps)

    def _used(self, proof: Certificate, steps: int) -> Certificate | None:
        self.waited = 0 if proof.worth_it else steps
        return proof if proof.worth_it else None


_provers: WeakKeyDictionary[Plan, Prover] = WeakKeyDictionary()


def prover(plan: Plan) -> Prover:
    """The one of all passes of modules with this plan."""
    return _provers.setdefault(plan, Prover(plan))


def certificate(plan: Plan, weights: NDArray[np.floating]) -> Certificate:
    """The last one of a plan, or a new one if it does not hold for these weights."""
    proofs = _proofs.setdefault(plan, _Proofs())
    if proofs.last is None or not proofs.last.holds(weights):
        proofs.last = Certificate.of(plan, weights)
    return proofs.last
