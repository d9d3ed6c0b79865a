"""From gates to V1 .. V5 of Definition 5.

    V1      selects the five cells that matter
    V2      x - k for every kink k, or k - x; then ReLUs
    V3      *steps*: 1 on a run of neighbouring cell values, 0 on all others, and flat at each
    V4      the tables of the gates as sums of steps, and their biases; then ReLUs
    V5      the weighted sum of the gates

The values of one place are cut into runs on which all tables are constant. Between two runs the
functions change along a *ramp* with two kinks, halfway between the last value of the one and the
first of the other. With r the ramp's width, a step from ramp (a, a + r) to ramp (b, b + r) is

    (relu(x - a) - relu(x - a - r) - relu(x - b) + relu(x - b - r)) / r

and 1 / r is a power of two. In each place only one step is not 0, so nothing cancels in V4, and all
numbers stay small. A function with compact support is the same combination of relu(k - x) as of
relu(x - k); the kinks left of the *pivot*, between memory and 0, are of the first kind. So the
ReLUs that are on at a sample have inputs below 1/2 (in base 3), where a float's differences are
exact even if the sample is not quite the value that it should be.

At a value where the middle's table has a slope, the ramps stand next to the value, and one more row
of V3 is the *zigzag*: 0 at all values, with slope 1 at this one.

    slope -1/2, 1, -1/2 between the four kinks v - 3r/2, v - r/2, v + r/2, v + 3r/2
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby, pairwise
from typing import NamedTuple

from compiler.rcnn.affine import AffineMap
from compiler.rcnn.cells import Cell, Phase
from compiler.rcnn.coding import Coding
from compiler.rcnn.gates import Gate
from compiler.rcnn.places import PLACES, Place
from compiler.rcnn.relu_net import ReluNet


class Ramp(NamedTuple):
    """Where functions change: from ``start`` on, for the width of a ramp."""

    start: Fraction
    left: bool
    """Whether its ReLUs open to the left."""


class Run(NamedTuple):
    """Neighbouring values of one place with the same tables."""

    first: int
    last: int
    tables: tuple[Fraction, ...]
    """What they add to each gate."""


class Step(NamedTuple):
    """A row of V3, and what it adds to each gate."""

    terms: tuple[tuple[Fraction, Fraction], ...]
    """(kink, weight)."""
    bias: int
    added: tuple[Fraction, ...]


@dataclass(frozen=True)
class Part:
    """All tables of one place.

    Attributes:
        place: which.
        kinks: of its ReLUs, increasing; and whether each opens to the left.
        steps: rows of V3.
        constant: what is added to each gate without any step.
    """

    place: Place
    kinks: dict[Fraction, bool]
    steps: tuple[Step, ...]
    constant: tuple[Fraction, ...]


def synthesize(gates: Sequence[Gate], coding: Coding) -> ReluNet:
    """The five maps that compute a sum of gates."""
    parts = [_part(place, gates, coding) for place in PLACES]
    select = {(channel, int(part.place)): 1 for channel, part in enumerate(parts)}
    kinks: dict[tuple[int, int], int] = {}
    steps: dict[tuple[int, int], Fraction] = {}
    tables: dict[tuple[int, int], Fraction] = {}
    kink_bias: list[Fraction] = []
    step_bias: list[int] = []
    for channel, part in enumerate(parts):
        row_of = {kink: len(kink_bias) + i for i, kink in enumerate(part.kinks)}
        for kink, left in part.kinks.items():
            kinks[row_of[kink], channel] = -1 if left else 1
            kink_bias.append(kink if left else -kink)
        for step in part.steps:
            row = len(step_bias)
            steps |= {(row, row_of[kink]): weight for kink, weight in step.terms}
            tables |= {(gate, row): amount for gate, amount in enumerate(step.added)}
            step_bias.append(step.bias)
    bias = [gate.bias + sum(part.constant[n] for part in parts) for n, gate in enumerate(gates)]
    weights = {(0, n): gate.weight for n, gate in enumerate(gates)}
    taken_back = [-sum(gate.weight * gate.bias for gate in gates if gate.always)]
    return ReluNet(
        maps=(
            AffineMap.of(select, [0] * len(parts), 9),
            AffineMap.of(kinks, kink_bias, len(parts)),
            AffineMap.of(steps, step_bias, len(kink_bias)),
            AffineMap.of(tables, bias, len(step_bias)),
            AffineMap.of(weights, taken_back, len(gates)),
        ),
        relus=frozenset({1, 3}),
    )


def _part(place: Place, gates: Sequence[Gate], coding: Coding) -> Part:
    """The steps of one place; the tables that most of its values have cost none."""
    none = (Fraction(0),) * len(coding.cells)
    tables = list(zip(*(gate.tables.get(place, none) for gate in gates), strict=True))
    domain = [n for n, cell in enumerate(coding.cells) if cell or place is not Place.MIDDLE]
    constant = Counter(tables[n] for n in domain).most_common(1)[0][0]
    slopes = _slopes(gates) if place is Place.MIDDLE else {}
    runs = _runs(domain, tables, slopes)
    rise, fall = _ramps(runs, slopes, coding)
    steps: list[Step] = []
    used: set[Ramp | None] = set()
    for run in runs:
        added = tuple(x - c for x, c in zip(run.tables, constant, strict=True))
        if any(added):
            steps.append(_step(rise.get(run), fall.get(run), coding.ramp, added))
        if run.first in slopes:
            steps.append(_zigzag(coding.values[run.first], coding.ramp, slopes[run.first]))
        if any(added) or run.first in slopes:
            used |= {rise.get(run), fall.get(run)}
    kinks: dict[Fraction, bool] = {}
    for ramp in sorted(ramp for ramp in used if ramp is not None):
        kinks |= {ramp.start: ramp.left, ramp.start + coding.ramp: ramp.left}
    return Part(place, kinks, tuple(steps), constant)


def _slopes(gates: Sequence[Gate]) -> dict[int, tuple[Fraction, ...]]:
    """Cell number -> the slope of each gate's table there."""
    numbers = {number for gate in gates for number in gate.slopes}
    return {n: tuple(Fraction(gate.slopes.get(n, 0)) for gate in gates) for n in numbers}


def _runs(
    domain: Iterable[int],
    tables: Sequence[tuple[Fraction, ...]],
    slopes: dict[int, tuple[Fraction, ...]],
) -> list[Run]:
    """The domain cut where tables change; a value with a slope is a run of its own."""
    groups = groupby(domain, lambda n: (tables[n], n if n in slopes else None))
    runs = [(key, list(numbers)) for key, numbers in groups]
    return [Run(numbers[0], numbers[-1], key[0]) for key, numbers in runs]


def _ramps(
    runs: Sequence[Run], slopes: dict[int, tuple[Fraction, ...]], coding: Coding
) -> tuple[dict[Run, Ramp], dict[Run, Ramp]]:
    """Where the step of each run rises and where it falls; not at the two ends."""
    values, width = coding.values, coding.ramp
    pivot = coding.value(Cell(coding.blank, Phase.MEMORY)) / 2
    rise: dict[Run, Ramp] = {}
    fall: dict[Run, Ramp] = {}
    for run in runs:
        if run.first in slopes:
            before, after = values[run.first] - 3 * width / 2, values[run.first] + width / 2
            rise[run], fall[run] = Ramp(before, before < pivot), Ramp(after, after < pivot)
    for low, high in pairwise(runs):
        start = (values[low.last] + values[high.first] - width) / 2
        between = fall.get(low) or rise.get(high) or Ramp(start, start < pivot)
        fall.setdefault(low, between)
        rise.setdefault(high, between)
    return rise, fall


def _step(
    rise: Ramp | None, fall: Ramp | None, width: Fraction, added: tuple[Fraction, ...]
) -> Step:
    """1 from ``rise`` to ``fall``; without them, from or to infinity.

    A step is one ramp minus another, and with s = 1 / r a ramp is

        s relu(x - a) - s relu(x - a - r)     or     1 + s relu(a - x) - s relu(a + r - x)
    """
    terms: list[tuple[Fraction, Fraction]] = []
    for ramp, sign in ((rise, 1), (fall, -1)):
        if ramp is not None:
            terms += [(ramp.start, sign / width), (ramp.start + width, -sign / width)]
    bias = int(rise is None or rise.left) - int(fall is not None and fall.left)
    return Step(tuple(terms), bias, added)


def _zigzag(value: Fraction, width: Fraction, slopes: tuple[Fraction, ...]) -> Step:
    kinks = (value + Fraction(n, 2) * width for n in (-3, -1, 1, 3))
    bends = (Fraction(n, 2) for n in (-1, 3, -3, 1))
    return Step(tuple(zip(kinks, bends, strict=True)), 0, slopes)
