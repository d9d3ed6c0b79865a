"""Constants of the cell M' for p = 1 that bear noise of 10^-2; the printed ones bear 10^-41.

With p = 1 a flat piece around 0 does what the zero derivative of x^3 at 0 does (as in the preset
``dyadic``), and setting a cell adds to w_i, or subtracts, a multiple of the product of the other
four. The paper wants all five weights doubled, so that a set cell sends 2^40 times as much to v4 as
an unset one, and vc' has to cancel that to 40 bits more than vc had to. None of it is needed. Here
the activation is

    0 up to a,   x from b = 17/16 a to 9/8,   2 sign(x) from 5/4,

and setting makes w_0, w_1 and w_2 so large that v1, v2 and v3 *saturate* at +-2, where noise does
nothing to them. v4 hears 2 w_3' then, whatever happened before, and only w_3' has to be cancelled:
the one thing on which the labels 1 and -1 have to agree, w_3 + U_3 for the one and 3 U_3 - w_3 for
the other, where U_3 = gamma w_0 w_1 w_2 w_4. At U_3 = w_3 they agree exactly. Since the longer step
is the less certain one, the best U_3 is some five per cent less.

That leaves w_0, w_1 = w_2, w_3, w_4, a, gamma and the weight of vc'. Everything that a cell must do
is an inequality in them (`compiler.noise_margin`), and `wide_noise_constants` looks for those that
bear the most noise, among numbers of eight significant bits, so that even bfloat16 has them
exactly. At the best point seven inequalities are tight: the output may not leave the power piece
downwards, v4 must be heard, a cell set by -1 must be silent from both sides and one set by +1 from
above, and the v1 and v2 of one set by -1 must saturate. The eight bits cost at most a few per cent.

The search is a pattern search from two points near the best for all n': one or two of the seven
numbers at a time go up or down by 16, 8, 4, 2, 1 units of their last place, as long as that bears
more.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import combinations, product
from math import frexp, ldexp, sqrt
from typing import NamedTuple

from circuits.errors import InvariantError
from compiler.activation import Activation
from compiler.enclosure import Enclosure
from compiler.exact import ONE, Exact
from compiler.noise_conditions import CellNumbers, conditions
from compiler.noise_constants import NoiseConstants

POWER_TO, PLATEAU_FROM, PLATEAU = Fraction(9, 8), Fraction(5, 4), 2
BLEND = Fraction(17, 16)
"""b / a. The closer to 1, the more noise the cells bear and the steeper f is between a and b."""

READ = 8
"""Of v1 -> vr and v2 -> its reader: enough for these never to be the first to fail."""

SIGNIFICANT_BITS = 8

_STARTS = ((0.72, 0.918, 0.74, 0.4), (0.73, 0.925, 0.745, 0.41))
"""w_0, w_1 = w_2, w_3 and a to start from; the best w_4 is about 3/4 over the root of n'."""

_STEPS = (16, 8, 4, 2, 1)
_BETTER = 1 + 2**-11
"""A step must bear so much more noise; else the search goes on for a long time for nothing."""


class Point(NamedTuple):
    """What the search changes: floats of eight significant bits."""

    w0: float
    w12: float
    w3: float
    w4: float
    dead_zone: float
    rate: float
    control_primed: float


@cache
def wide_noise_constants(inputs: int) -> NoiseConstants:
    """The constants for n' = ``inputs`` cells that are set in a step.

    Raises:
        InvariantError: fewer than one.
    """
    if inputs < 1:
        raise InvariantError(f"{inputs} cells are set in a step")
    return _constants(_search(inputs), inputs)


def _search(inputs: int) -> Point:
    found = [_climb(_start(inputs, *numbers), inputs) for numbers in _STARTS]
    return max(found, key=lambda point: _bears(point, inputs))


def _climb(point: Point, inputs: int) -> Point:
    best = _bears(point, inputs)
    for step in _STEPS:
        improved = True
        while improved:
            improved = False
            for other in _around(point, step):
                if _holds(other, inputs, best * _BETTER):
                    point, best, improved = other, _bears(other, inputs, best * _BETTER), True
    return point


def _start(inputs: int, w0: float, w12: float, w3: float, dead_zone: float) -> Point:
    w4 = 0.74 / sqrt(inputs)
    rate = 0.95 * w3 / (w0 * w12**2 * w4)
    return Point(*map(_rounded, (w0, w12, w3, w4, dead_zone, rate, 1.38)))


def _around(point: Point, step: int) -> Iterator[Point]:
    """The points with one or two numbers changed by ``step`` units of their last place."""
    for changed in [(i,) for i in range(len(point))] + list(combinations(range(len(point)), 2)):
        for signs in product((-1, 1), repeat=len(changed)):
            numbers = list(point)
            for i, sign in zip(changed, signs, strict=True):
                _, exponent = frexp(numbers[i])
                unit = ldexp(1, exponent - SIGNIFICANT_BITS)
                numbers[i] = _rounded(numbers[i] + sign * step * unit)
            yield Point(*numbers)


def _bears(point: Point, inputs: int, low: float = 0.0) -> float:
    """An estimate, in floats, of the noise that a point bears, given that it bears ``low``."""
    high = low + 1 / 64
    for _ in range(24):
        middle = (low + high) / 2
        low, high = (middle, high) if _holds(point, inputs, middle) else (low, middle)
    return low


def _holds(point: Point, inputs: int, noise: float) -> bool:
    return all(c.slack >= 0 for c in conditions(_numbers(point, inputs), inputs, noise))


class _Derived(NamedTuple):
    """What follows from a point, rounded to numbers with few bits."""

    control: float
    output_control: float
    bias: float


def _derived(point: Point, inputs: int) -> _Derived:
    """Vertex vc cancels S, voc[t] and the cells bring 1/2, and readers compare in the middle.

    For many cells voc[t] has to undo what they bring, and gets as many bits as that takes.
    """
    p = point
    v2 = p.w0 * p.w12
    signal = v2 * p.w12 * p.w3
    output_control = (0.5 - inputs * signal * p.w4) / 2
    return _Derived(
        _rounded(signal / 2),
        _rounded(
            output_control, max(SIGNIFICANT_BITS, frexp(output_control)[1] + SIGNIFICANT_BITS)
        ),
        _rounded(READ * (v2 + PLATEAU) / 2),
    )


def _numbers(point: Point, inputs: int) -> CellNumbers:
    derived = _derived(point, inputs)

    def exactly(x: float) -> Enclosure:
        return Enclosure(x, x)

    return CellNumbers(
        exponent=Fraction(1),
        weights=tuple(map(exactly, _path(point))),
        read=exactly(READ),
        state=exactly(READ),
        bias=exactly(derived.bias),
        control=exactly(derived.control),
        control_primed=exactly(point.control_primed),
        output_control=exactly(derived.output_control),
        answer=exactly(0.5),
        rate=exactly(point.rate),
        dead_zone=point.dead_zone,
        power_from=point.dead_zone * float(BLEND),
        power_to=float(POWER_TO),
        plateau_from=float(PLATEAU_FROM),
        plateau=PLATEAU,
        saturates=True,
    )


def _constants(point: Point, inputs: int) -> NoiseConstants:
    """The floats are what they stand for: each has few bits."""

    def exact(x: float) -> Exact:
        return Exact.of(Fraction(x))

    derived, dead_zone = _derived(point, inputs), exact(point.dead_zone)
    return NoiseConstants(
        weights=tuple(map(exact, _path(point))),
        read_weight=Exact.of(READ),
        state_weight=Exact.of(READ),
        state_bias=-exact(derived.bias),
        control_weight=-exact(derived.control),
        control_primed_weight=-exact(point.control_primed),
        output_control_weight=exact(derived.output_control),
        answer_weight=exact(0.5),
        learning_rate=exact(point.rate),
        activation=Activation(
            ONE,
            dead_zone,
            dead_zone * BLEND,
            Exact.of(POWER_TO),
            Exact.of(PLATEAU_FROM),
            Exact.of(PLATEAU),
        ),
        saturates=True,
    )


def _path(point: Point) -> tuple[float, ...]:
    return point.w0, point.w12, point.w12, point.w3, point.w4


def _rounded(x: float, bits: int = SIGNIFICANT_BITS) -> float:
    """To the nearest number of so many significant bits."""
    mantissa, exponent = frexp(x)
    return ldexp(round(ldexp(mantissa, bits)), exponent - bits)
