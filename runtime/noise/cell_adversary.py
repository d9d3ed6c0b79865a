"""Adversarial noise for a whole noise-tolerant net: the worst kicks of one cell, in every cell.

The search of `runtime.noise.adversary` tries all kicks of all edges one by one, which a whole net
has too many of. But every cell of a net is like every other, and reads nothing but its control
vertices. So the search is made in a net with the same constants that memorises two samples, where
the cells of the second are all kicked alike, before they are set or after, once for each label. The
bound goes up from the guaranteed one until some kicks do harm. These are then done to every cell of
the whole net, at the time at which it is set, whatever the bound is there.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from circuits.batch import Batch
from circuits.builder import Builder
from circuits.errors import LimitError
from compiler.net import EdgeRole, Net, Target
from compiler.pipeline import compile_net
from runtime.noise.adversary import Floats, PieceDamage, worst_pattern
from runtime.noise.lesson import Lesson
from runtime.noise.models import Adversarial, Pattern
from runtime.restarts import Restarts
from runtime.settings import Settings

BOUNDS = (1.1, 1.2, 1.35, 1.5, 1.75, 2.0, 3.0, 4.0)
"""Of the search, as multiples of the guaranteed noise."""

_SET_IN = 1
"""The step of the small net in which the cells are set that are kicked."""

_LAST = -1
"""Of a pattern: the edge from voc[t], after those of a cell."""


class Worst(NamedTuple):
    """The first kicks found that do harm.

    Attributes:
        pattern: of the edges of a cell, as in `cell_edges`, and its voc[t]; a step of 0 is just
            before the cell is set, 1 just after.
        bound: for which they do harm, as a multiple of the guaranteed noise.
    """

    pattern: Pattern
    bound: float


class Adversary:
    """Makes the noise of runs.

    Attributes:
        worst: by label.

    Args:
        net: of target noise-tolerant.
        settings: the arithmetic.

    Raises:
        LimitError: nothing does harm at four times the guaranteed noise.
    """

    def __init__(self, net: Net, settings: Settings) -> None:
        self._net, self._edges = net, cell_edges(net)
        exponent, arithmetic = net.activation.exponent.rational(), settings.arithmetic_of(net)
        self.worst = {
            label: _worst(net.preset, exponent, len(net.inputs), arithmetic, label)
            for label in (1, -1)
        }

    def noise(self, lesson: Lesson, bound: float) -> Adversarial:
        """What does most harm to this lesson, if noise may sum to so much on every edge."""
        cells, edges = self._net.cells, self._net.edges
        signs, steps = np.zeros(edges, np.int8), np.zeros(edges, np.int64)
        for t, (sample, label) in enumerate(zip(lesson.samples, lesson.labels, strict=True)):
            pattern = self.worst[2 * int(label) - 1].pattern
            when = np.maximum(pattern.steps - _SET_IN + t, 0)
            for values in (sample, 1 - sample):  # those that stay unset are kicked as well
                of_cell = self._edges[cells.set_by(t, values)]
                signs[of_cell], steps[of_cell] = pattern.signs[:_LAST], when[:_LAST]
            output_control = cells.output_control[t]
            signs[output_control], steps[output_control] = pattern.signs[_LAST], when[_LAST]
        return Adversarial(bound, Pattern(signs, steps))


def cell_edges(net: Net) -> NDArray[np.int64]:
    """Shape (cells, 11): the path, vc and vc' to v4, and the edges into vc and vc' of each cell."""
    cells = net.cells
    columns = [*cells.path.T, cells.control, cells.control_primed]
    for control in (cells.control, cells.control_primed):
        for role in (EdgeRole.BIAS, EdgeRole.GATE):
            into = np.full(net.vertices, -1, np.int64)
            chosen = np.flatnonzero(net.edge_role == role)
            into[net.edge_target[chosen]] = chosen
            columns.append(into[net.edge_source[control]])
    return np.stack(columns, axis=1)


@cache
def _worst(
    preset: str, exponent: Fraction | None, inputs: int, arithmetic: str, label: int
) -> Worst:
    """Search in a small net with these constants, for this label of the second sample."""
    net = _small_net(preset, exponent, inputs)
    settings = Settings(engine="reference" if arithmetic == "double-double" else "levels")
    start = Restarts(net, settings).start
    edges, cells = cell_edges(net), net.cells
    kicked = edges[cells.set_by(_SET_IN, np.zeros(inputs, np.int64))]
    output_control = cells.output_control[_SET_IN]
    off = [-1] * inputs
    lesson = [(off, 1), (off, label), (off, 1)]
    kind = _kinds(net)
    for bound in BOUNDS:
        damage_of = PieceDamage(net, start, lesson, bound * net.noise.to_float())

        def damage(pattern: Pattern, damage_of: PieceDamage = damage_of) -> Floats:
            signs, steps = np.zeros(net.edges, np.int8), np.zeros(net.edges, np.int64)
            signs[kicked], steps[kicked] = pattern.signs[:_LAST], pattern.steps[:_LAST]
            signs[output_control] = pattern.signs[_LAST]
            steps[output_control] = pattern.steps[_LAST]
            by_vertex = damage_of(Pattern(signs, steps)).reshape(len(lesson), -1).max(axis=0)
            found = np.full(kind.max() + 1, -np.inf)
            np.maximum.at(found, kind, by_vertex)
            return found

        slots = edges.shape[1] + 1
        pattern, size = worst_pattern(damage, range(slots), range(_SET_IN + 1), slots)
        if size > 0:
            return Worst(pattern, bound)
    raise LimitError(f"no noise of {BOUNDS[-1]} times the guaranteed one is found to do harm")


def _kinds(net: Net) -> NDArray[np.int64]:
    """A number for each computed vertex: the same for what plays the same part."""
    computed = net.level >= 1
    parts = np.stack([net.role[computed], net.path_index[computed]], axis=1)
    return np.unique(parts, axis=0, return_inverse=True)[1].reshape(-1)


def _small_net(preset: str, exponent: Fraction | None, inputs: int) -> Net:
    """It memorises two samples of so many bits, and answers with the label of the second."""
    builder = Builder("the label of the last sample")
    names = [f"x{i}" for i in range(inputs)]
    for t in range(_SET_IN + 1):
        for name in names:
            builder.input(f"{name}@{t}")
        label = builder.input(f"label@{t}")
    for name in names:
        builder.input(name)
    builder.output("answer", label)
    batch = Batch(builder.build(), _SET_IN + 1, tuple(names))
    return compile_net(batch, target=Target.NOISE_TOLERANT, preset=preset, exponent=exponent)
