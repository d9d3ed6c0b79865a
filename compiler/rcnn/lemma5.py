"""Lemma 5: any finite function with prescribed Jacobians as a network with two layers of ReLUs.

For a finite set X of points, values f(x) and derivatives g(x), it is built from *bumps* in one
variable: psi(t; x0, gamma) is 0 for |t - x0| >= 2D, 1 at x0 with slope gamma in {0, 1} for
|t - x0| < D, and linear between. D is a tenth of the least distance of two coordinates, or of 1. At
the points of X a bump is 1 for its own x0 and 0 for all others. So for each point x0 and each input
j the sum of the bumps of x0's coordinates, that of coordinate j with slope 1, is d_in at x0 and at
most d_in - 1 at the other points; and *thresholds*

    tau(u; y, gamma) = 0 for u <= d_in - 2D,  y + gamma (u - d_in) for u >= d_in - D,

linear between, of that sum give gamma = df_i/dx_j, once for each j, and y = f(x0)_i for one j.

In five maps, with ReLUs after the first and third: kinks of bumps, bumps, sums of bumps at kinks of
thresholds, thresholds, sums. All weights are from sets that only depend on the coordinates, values
and derivatives that occur (Lemma 6): at most 24 n + 5 numbers in all for n coordinates that are
also the values, and derivatives 0 and 1 (Corollary 3).

The construction is exponential in the number of inputs if X is a product. The filter is therefore
not built like this; see `compiler.rcnn.gates`. The paper has a fifth ReLU for each bump and a third
for each threshold, left of all points. Their weights are 0, so they are left out here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from circuits.errors import SourceError
from compiler.rcnn.affine import AffineMap
from compiler.rcnn.relu_net import ReluNet

Point = tuple[Fraction, ...]


class Germ(NamedTuple):
    """What a function is to be at a point."""

    value: tuple[Fraction, ...]
    jacobian: tuple[tuple[Fraction, ...], ...]
    """A row for each output."""


class Weights(NamedTuple):
    """How many values other than 0 each map's weights and biases have; Lemma 6 bounds them."""

    first: int
    bumps: int
    sums: int
    thresholds: int
    last: int


@dataclass(frozen=True)
class Interpolation:
    """A network with given values and Jacobians at given points.

    Attributes:
        net: five maps.
        points: |X|.
        bound: d_1 and d_2 of Lemma 5, the ReLUs that the paper allows.
        weights: the numbers of distinct weights.
        weights_bound: what Lemma 6 allows for each.
    """

    net: ReluNet
    points: int
    bound: tuple[int, int]
    weights: Weights
    weights_bound: Weights

    @property
    def relus(self) -> tuple[int, int]:
        """In the first and the second layer."""
        return self.net.maps[0].outputs, self.net.maps[2].outputs


def interpolate(function: Mapping[Point, Germ]) -> Interpolation:
    """The network of Lemma 5.

    Args:
        function: points, at least one, with rational coordinates.

    Raises:
        SourceError: no points, or points or germs of different sizes.
    """
    inputs, outputs = _sizes(function)
    coordinates = [sorted({point[i] for point in function}) for i in range(inputs)]
    width = _width(coordinates)
    first, bumps, number = _bumps(coordinates, width)
    sums, thresholds, last = _thresholds(function, number, width, inputs, outputs)
    maps = (first, bumps, sums, thresholds, last)
    germs = function.values()
    slopes = {slope for germ in germs for row in germ.jacobian for slope in row} | {0}
    values = len({value for germ in germs for value in germ.value} | {0})
    every = len({x for line in coordinates for x in line})
    return Interpolation(
        net=ReluNet(maps, frozenset({0, 2})),
        points=len(function),
        bound=(10 * inputs * len(function), 6 * inputs * outputs * len(function)),
        weights=Weights(*(len(layer.distinct()) for layer in maps)),
        weights_bound=Weights(4 * every + 2, 12 * every, 4, 4 * len(slopes) * values, 1),
    )


def _sizes(function: Mapping[Point, Germ]) -> tuple[int, int]:
    if not function:
        raise SourceError("a function without points")
    (point, germ), *_ = function.items()
    inputs, outputs = len(point), len(germ.value)
    for x, (value, jacobian) in function.items():
        if not (
            len(x) == inputs > 0
            and len(value) == len(jacobian) == outputs > 0
            and all(len(row) == inputs for row in jacobian)
        ):
            raise SourceError(f"the point {x} or its germ has other sizes than the first")
    return inputs, outputs


def _width(coordinates: Sequence[Sequence[Fraction]]) -> Fraction:
    """Delta: the paper's lemma takes the least distance over all points and coordinates."""
    gaps = [b - a for line in coordinates for a, b in pairwise(line)]
    return min([Fraction(1), *gaps]) / 10


class Bump(NamedTuple):
    """Which bump: of which input, at which of its coordinates, with slope 0 or 1."""

    place: int
    at: Fraction
    slope: int


def _bumps(
    coordinates: Sequence[Sequence[Fraction]], width: Fraction
) -> tuple[AffineMap, AffineMap, dict[Bump, int]]:
    """The kinks of all bumps, the bumps, and their numbers."""
    number = {
        Bump(place, at, slope): 0
        for place, line in enumerate(coordinates)
        for at in line
        for slope in (0, 1)
    }
    select: dict[tuple[int, int], int] = {}
    weights: dict[tuple[int, int], Fraction] = {}
    kinks: list[Fraction] = []
    for row, bump in enumerate(number):
        number[bump] = row
        low, high = 1 - bump.slope * width, 1 + bump.slope * width
        steps = [
            (bump.at - 2 * width, Fraction(0)),
            (bump.at - width, low),
            (bump.at + width, high),
            (bump.at + 2 * width, Fraction(0)),
        ]
        for kink, change in _changes(steps):
            select[len(kinks), bump.place] = 1
            weights[row, len(kinks)] = change
            kinks.append(-kink)
    first = AffineMap.of(select, kinks, len(coordinates))
    return first, AffineMap.of(weights, [0] * len(number), len(kinks)), number


def _changes(points: Sequence[tuple[Fraction, Fraction]]) -> list[tuple[Fraction, Fraction]]:
    """The kinks of a function through these points, 0 beyond them, and by how much it bends."""
    slopes = [Fraction(0), *((d - b) / (c - a) for (a, b), (c, d) in pairwise(points)), Fraction(0)]
    bends = (right - left for left, right in pairwise(slopes))
    return list(zip((x for x, _ in points), bends, strict=True))


def _thresholds(
    function: Mapping[Point, Germ],
    number: Mapping[Bump, int],
    width: Fraction,
    inputs: int,
    outputs: int,
) -> tuple[AffineMap, AffineMap, AffineMap]:
    """Sums of bumps at the two kinks of each threshold; thresholds; their sums."""
    sums: dict[tuple[int, int], int] = {}
    weights: dict[tuple[int, int], Fraction] = {}
    last: dict[tuple[int, int], int] = {}
    kinks: list[Fraction] = []
    for point, germ in function.items():
        for place in range(inputs):
            bumps = [number[Bump(i, x, int(i == place))] for i, x in enumerate(point)]
            for output in range(outputs):
                slope = germ.jacobian[output][place]
                value = germ.value[output] if place == 0 else Fraction(0)
                row = len(kinks) // 2
                steep = (value - slope * width) / width
                for kink, weight in ((2 * width, steep), (width, slope - steep)):
                    sums |= {(len(kinks), bump): 1 for bump in bumps}
                    weights[row, len(kinks)] = weight
                    kinks.append(kink - inputs)
                last[output, row] = 1
    rows = len(kinks) // 2
    return (
        AffineMap.of(sums, kinks, len(number)),
        AffineMap.of(weights, [0] * rows, len(kinks)),
        AffineMap.of(last, [0] * outputs, rows),
    )
