"""The normal form of a threshold gate."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd

from circuits.nodes import FALSE


def normal_threshold(
    operands: Sequence[int], bound: int, weights: Sequence[int]
) -> tuple[dict[int, int], int]:
    """The same condition with one positive weight per node.

    Weights are divided by their greatest common divisor, and none is above the bound.

    Returns:
        weight by literal, and the bound; a bound of 0 or less is always met.

    >>> normal_threshold([2, 3, 4], 1, [1, 1, -2])  # x + !x - 2 y >= 1 is 1 + 2 !y - 2 >= 1
    ({5: 1}, 1)
    """
    total: dict[int, int] = {}
    for x, w in zip(operands, weights, strict=True):
        if x & 1:  # w * NOT x = w - w * x
            bound, x, w = bound - w, x ^ 1, -w
        total[x] = total.get(x, 0) + w
    total.pop(FALSE, None)
    terms: dict[int, int] = {}
    for x, w in total.items():
        if w > 0:
            terms[x] = w
        elif w:
            terms[x ^ 1], bound = -w, bound - w
    if bound <= 0:
        return {}, 0
    if max(terms.values(), default=0) > bound:
        terms = {x: min(w, bound) for x, w in terms.items()}
    divisor = gcd(*terms.values()) or 1
    if divisor == 1:
        return terms, bound
    return {x: w // divisor for x, w in terms.items()}, -(-bound // divisor)
