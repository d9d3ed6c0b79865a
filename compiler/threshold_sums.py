"""The sums that a vertex can have, exactly, and the threshold function that f makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_SUMS = 1 << 14
"""Of which more are not looked at. A gate of n wires of equal weight has n + 1."""

_LARGEST = 2**31 - 1

_FINEST = {53: 2**1000, 24: 2**100}
"""Sums are multiples of one part in so many at most, far above underflow, by bits of precision."""


class Function(NamedTuple):
    """What a flat vertex computes.

    Attributes:
        values: of a false and a true bit; the same where there is one value.
        coefficients: of the sources that have two values, in order.
        bound: the bit is (sum of coefficient * source's bit >= bound).
    """

    values: tuple[float, float]
    coefficients: tuple[int, ...]
    bound: int


def function_of(
    weights: Sequence[float],
    values: Sequence[tuple[float, float]],
    pieces: tuple[float, float, float],
    precision: int,
) -> Function | None:
    """The function of a vertex, or None where it is not flat or its sums are rounded.

    Args:
        weights: of its edges.
        values: of their sources, false and true.
        pieces: of f: the end of the dead zone, where the plateau begins, and the plateau.
        precision: bits of the significand of the float format.

    >>> pair = (-2.0, 2.0)
    >>> function_of([-2, 1, 1], [(1, 1), pair, pair], (0.25, 1.5, 2.0), 53)
    Function(values=(-2.0, 2.0), coefficients=(1, 1), bound=2)
    >>> function_of([-1, 1, 1], [(1, 1), pair, pair], (0.25, 1.5, 2.0), 53)
    """
    if not np.isfinite(weights).all():
        return None
    terms, grain = _multiples(weights, values)
    if grain > _FINEST[precision]:
        return None
    if sum(max(abs(low), abs(high)) for low, high in terms) > 2**precision:
        return None
    base = sum(low for low, _ in terms)
    steps = [
        high - low
        for (low, high), (a, b) in zip(terms, values, strict=True)
        if np.float64(a).tobytes() != np.float64(b).tobytes()
    ]
    sums = _attainable(steps)
    if sums is None:
        return None
    taken = _values((sums + base).astype(np.float64) / float(grain), pieces)
    distinct = sorted({float(x).hex() for x in taken}, key=_order)
    if len(distinct) > 2 or np.isnan(taken).any():
        return None
    low, high = float.fromhex(distinct[0]), float.fromhex(distinct[-1])
    if len(distinct) < 2:
        return Function((low, high), (0,) * len(steps), 0)
    common = gcd(*steps)
    bound = int(sums[_same(taken, high)].min()) // common
    coefficients = tuple(step // common for step in steps)
    if max(abs(bound), sum(map(abs, coefficients))) > _LARGEST:
        return None
    return Function((low, high), coefficients, bound)


def _multiples(
    weights: Sequence[float], values: Sequence[tuple[float, float]]
) -> tuple[list[tuple[int, int]], int]:
    """The products of weights and values as multiples of 1 / n, and n, a power of two."""
    products = []
    for weight, pair in zip(weights, values, strict=True):
        top, bottom = weight.as_integer_ratio()
        ratios = [x.as_integer_ratio() for x in pair]
        products.append([(top * x, bottom * y) for x, y in ratios])
    grain = max((bottom for pair in products for _, bottom in pair), default=1)
    low_high = ([top * (grain // bottom) for top, bottom in pair] for pair in products)
    return [(low, high) for low, high in low_high], grain


def _order(value: str) -> tuple[float, bool]:
    """-0 comes before 0."""
    return float.fromhex(value), value[0] != "-"


def _same(numbers: NDArray[np.float64], number: float) -> NDArray[np.bool_]:
    """Which are this number, and of the same sign."""
    same: NDArray[np.bool_] = numbers.view(np.int64) == np.float64(number).view(np.int64)
    return same


def _attainable(steps: Sequence[int]) -> NDArray[np.int64] | None:
    """All sums of some of these, or None if there are too many."""
    sums = np.zeros(1, np.int64)
    for step in steps:
        sums = np.unique(np.concatenate([sums, sums + step]))
        if len(sums) > _SUMS:
            return None
    return sums


def _values(sums: NDArray[np.float64], pieces: tuple[float, float, float]) -> NDArray[np.float64]:
    """The values of sums, not a number where f is not flat."""
    dead_zone, plateau_from, plateau = pieces
    size = np.abs(sums)
    flat = np.where(size <= dead_zone, 0.0, np.where(size >= plateau_from, plateau, np.nan))
    return np.copysign(flat, sums)
