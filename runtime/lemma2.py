"""What every weight must be after each step, from the reference alone (Lemma 2).

In a step whose output is wrong, every unit that let its signal through has the edges of its stem
and of one branch multiplied by -1: the branch for output +1 or the primed one for -1. The units
are the memory units of the bits that the reference changes, the duals of the bits that it keeps,
and all fillers. No other weight ever changes. So the expected weights follow from the built ones
and a sign per unit and section, for all edges and bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compiler.net import EdgeRole, Net, Role, Unit

_STEM, _BRANCH, _PRIMED = 0, 1, 2
_SECTION = {Role.STEM: _STEM, Role.BRANCH: _BRANCH, Role.BRANCH_PRIMED: _PRIMED}


class ExpectedWeights:
    """The weights that Lemma 2 predicts; ``weights`` is updated step by step.

    Attributes:
        weights: shape (edges,), floats or exact values like the built ones.
    """

    def __init__(self, net: Net, built: NDArray[Any]) -> None:
        self.weights = built.copy()
        self._built = built.copy()
        self._path = np.flatnonzero(net.edge_role == EdgeRole.PATH)
        into_output = net.unit[net.edge_target[self._path]] == Unit.NONE
        vertex = np.where(into_output, net.edge_source[self._path], net.edge_target[self._path])
        section = np.array([_SECTION.get(Role(r), _STEM) for r in range(len(Role))])
        self._section = section[net.role[vertex]]
        bits = len(net.memory)
        first = np.zeros(len(Unit), np.int64)
        first[Unit.DUAL], first[Unit.FILLER] = bits, 2 * bits
        self._unit = first[net.unit[vertex]] + net.unit_index[vertex]
        units = int(self._unit.max()) + 1 if len(self._unit) else 0
        self._bits = bits
        self._signs = np.ones((units, 3), np.int8)

    def update(self, before: Sequence[int], after: Sequence[int], prediction: int) -> None:
        """A step was wrong: the memory went from ``before`` to ``after`` (bits)."""
        flips = np.array(before, np.int8) != np.array(after, np.int8)
        active = np.ones(len(self._signs), bool)
        active[: self._bits] = flips
        active[self._bits : 2 * self._bits] = ~flips
        self._signs[active, _STEM] *= -1
        self._signs[active, _BRANCH if prediction else _PRIMED] *= -1
        negated = self._signs[self._unit, self._section] < 0
        built = self._built[self._path]
        self.weights[self._path] = np.where(negated, -built, built)
