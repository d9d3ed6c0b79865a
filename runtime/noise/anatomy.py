"""Where to look in a noise-tolerant net, and what to expect there for some amount of noise."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import ceil, log2
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from compiler.enclosure import Enclosure
from compiler.net import EdgeRole, Net
from compiler.noise_bounds import CellBounds, cell_bounds
from runtime.double_double.numbers import DoubleDouble

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

_UNIT = {"double-double": 2.0**-104, "float64": 2.0**-52, "float32": 2.0**-23}
"""What arithmetic rounds by, relative to a result."""

_ROUNDINGS = 4
"""Per factor of a product; a change of a weight is one of as many factors as all e_i sum to. The
output is a sum besides, of as many products as there are inputs."""

_SHOWN = 2.0**-50
"""Values of vertices are looked at as float64."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What to expect in a step that sets cells, if noise on every edge summed to at most epsilon.

    Attributes:
        v4: (least, greatest) of the v4 of a cell that is being set.
        output: likewise, of the output while it memorises.
        set_weights: by label, w_0, ..., w_4 and the weight of voc[t] after it: middles, shape (6,).
        spread: by label, how far the weights may be from there without noise of their own.
    """

    v4: tuple[float, float]
    output: tuple[float, float]
    set_weights: dict[int, DoubleDouble]
    spread: dict[int, Floats]


class Anatomy:
    """Vertices and edges by what is expected of them.

    Attributes:
        net, cells: what it is about.
        unit: what the run's arithmetic rounds by.
        vc, vc_primed, v2, v4: shape (cells,), vertices.
        output_controls: shape (T + 1,), vertices.
        output: the vertex.
        label_readers: those cells that have a vr.
        unset_below, set_above: what v2 is compared with (y0 and y1 of Lemma 5).
        owner: shape (edges,), the cell whose path an edge is on, or -1.
        shown_at: shape (edges,), the vertex to name an edge by: its target, but v4 for v4 -> v5.
    """

    def __init__(self, net: Net, arithmetic: str) -> None:
        self.net, self.cells, self.unit = net, net.cells, _UNIT[arithmetic]
        cells = self.cells
        source, target = net.edge_source.astype(np.int64), net.edge_target.astype(np.int64)
        self.vc, self.vc_primed = source[cells.control], source[cells.control_primed]
        self.v2, self.v4 = target[cells.path[:, 1]], source[cells.path[:, 4]]
        self.output_controls = cells.output_control_vertex
        self.output = net.outputs[0].vertex
        self.label_readers = np.flatnonzero(cells.label_vertex >= 0)
        self.owner = np.full(net.edges, -1, np.int64)
        self.owner[cells.path] = np.arange(len(cells))[:, None]
        self.shown_at = target.copy()
        self.shown_at[cells.path[:, 4]] = self.v4
        bias, weight = self._reader_weights()
        self.unset_below, self.set_above = (-2 - bias) / weight, (2 - bias) / weight
        self._expected: dict[int | None, Expected] = {}

    def _reader_weights(self) -> tuple[float, float]:
        """Of the constant and of v2 to the reader of v2."""
        net = self.net
        entering = np.flatnonzero(net.edge_target == self.cells.state_vertex[0])
        weight_of = {
            EdgeRole(net.edge_role[e]): net.values[net.edge_value[e]].to_float()
            for e in entering.tolist()
        }
        return weight_of[EdgeRole.BIAS], weight_of[EdgeRole.READ]

    @cached_property
    def guaranteed(self) -> Fraction:
        """The epsilon that the net was built for."""
        rational = self.net.noise.rational()
        assert rational is not None
        return rational

    def expected(self, noise: float) -> Expected:
        """For noise of at most so much; rounded up to one of few numbers, for which it is kept.

        More than 1 counts as 1, under which nothing works.
        """
        doublings = None
        if noise > 0:
            doublings = ceil(log2(min(noise, 1.0) / float(self.guaranteed)))
        if doublings not in self._expected:
            epsilon = Fraction(0)
            if doublings is not None:
                epsilon = self.guaranteed * Fraction(2) ** doublings
            self._expected[doublings] = self._of(cell_bounds(self.net, epsilon))
        return self._expected[doublings]

    def _of(self, bounds: CellBounds) -> Expected:
        relative = (_ROUNDINGS * float(bounds.exponents) + self.cells.inputs) * self.unit
        middles, spreads = {}, {}
        for label, updates in bounds.updates.items():
            ends = [
                Enclosure(w.low + label * u.low, w.low + label * u.high)
                for w, u in zip(bounds.built, updates, strict=True)
            ]
            middle = [(low + high) / 2 for low, high in ends]
            rounded = np.array([float(x) for x in middle])
            rest = np.array(
                [float(x - Fraction(hi)) for x, hi in zip(middle, rounded, strict=True)]
            )
            middles[label] = DoubleDouble(rounded, rest)
            half = np.array([float(abs(high - low) / 2) for low, high in ends])
            spreads[label] = half + relative * np.abs(rounded)
        shown = max(relative, _SHOWN)
        return Expected(
            _widened(bounds.v4, shown), _widened(bounds.output, shown), middles, spreads
        )


def _widened(interval: Enclosure, relative: float) -> tuple[float, float]:
    return float(interval.low) * (1 - relative), float(interval.high) * (1 + relative)
