"""What every weight must be after each step, from the reference alone (Lemma 2).

In a step whose output is wrong, every unit that let its signal through has the edges of its stem
and of one branch multiplied by -1: the branch for output +1 or the primed one for -1. The units
are the memory units of the bits that the reference changes, the duals of the bits that it keeps,
and all fillers. No other weight ever changes. So the expected weights follow from the built ones
and a sign per unit and section, for all edges and bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compiler.net import EdgeRole, Net, Role, Unit

_STEM, _BRANCH, _PRIMED = range(3)
_SECTION = {Role.STEM: _STEM, Role.BRANCH: _BRANCH, Role.BRANCH_PRIMED: _PRIMED}


@dataclass(frozen=True, eq=False, slots=True)
class Sections:
    """The edges that a flip negates together: a unit has a stem, and a branch for each output.

    Units are numbered: those of the memory bits, their duals, then the fillers.

    Attributes:
        path: shape (path edges,), the edges of memory units.
        unit: likewise, the number of the unit.
        section: likewise, 0 for its stem, 1 for the branch of output +1, 2 for that of -1.
        bits: number of memory bits.
        units: number of units of all kinds.
    """

    path: NDArray[np.int64]
    unit: NDArray[np.int64]
    section: NDArray[np.int64]
    bits: int
    units: int

    @classmethod
    def of(cls, net: Net) -> Sections:
        """Those of an emulation net."""
        path = np.flatnonzero(net.edge_role == EdgeRole.PATH)
        into_output = net.unit[net.edge_target[path]] == Unit.NONE
        vertex = np.where(into_output, net.edge_source[path], net.edge_target[path])
        section = np.array([_SECTION.get(Role(r), _STEM) for r in range(len(Role))])
        bits = len(net.memory)
        first = np.zeros(len(Unit), np.int64)
        first[Unit.DUAL], first[Unit.FILLER] = bits, 2 * bits
        unit = first[net.unit[vertex]] + net.unit_index[vertex]
        units = int(unit.max()) + 1 if len(unit) else 0
        return cls(path, unit, section[net.role[vertex]], bits, units)

    def negated(self, after: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Shape (path edges,): the edges that wrong steps have negated an odd number of times.

        Args:
            after: shape (units, 2), how often each unit let its signal through in a wrong step,
                by the output of the step: +1, -1.
        """
        odd = np.column_stack([after.sum(1), after]) % 2 == 1
        negated: NDArray[np.bool_] = odd[self.unit, self.section]
        return negated


class ExpectedWeights:
    """The weights that Lemma 2 predicts; ``weights`` is updated step by step.

    Attributes:
        weights: shape (edges,), floats or exact values like the built ones.
    """

    def __init__(self, net: Net, built: NDArray[Any]) -> None:
        self.weights = built.copy()
        sections = Sections.of(net)
        self._bits, self._units = sections.bits, sections.units
        moved = [sections.section != other for other in (_BRANCH, _PRIMED)]
        self._moved = [(sections.path[m], sections.unit[m]) for m in moved]

    def update(
        self,
        before: Sequence[int] | NDArray[np.integer],
        after: Sequence[int] | NDArray[np.integer],
        prediction: int,
    ) -> None:
        """A step was wrong: the memory went from ``before`` to ``after`` (bits)."""
        flips = np.asarray(before, np.int8) != np.asarray(after, np.int8)
        active = np.ones(self._units, bool)
        active[: self._bits] = flips
        active[self._bits : 2 * self._bits] = ~flips
        edges, unit = self._moved[1 if prediction else 0]
        edges = edges[active[unit]]
        self.weights[edges] = -self.weights[edges]
