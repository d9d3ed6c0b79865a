"""Flatness and function of one vertex that carries a bit, for every combination of its sources.

A source in a flat piece outputs ``low`` for 0 and ``high`` for 1, so a vertex's sum is affine in
the bits x_i of its sources: S = base + sum of d_i x_i with d_i = w_i (high_i - low_i). A threshold
gate is true where G = sum of c_i x_i >= t, all integers. Where all d_i = l c_i with one l > 0,

    S = base + l G >= base + l t          where the gate is true,
    S = base + l G <= base + l (t - 1)    where it is false, as G is an integer,

so two comparisons with the plateau settle all 2^k combinations, whatever the fan-in k. Where the
d_i are not in that proportion, all combinations are tried, up to a fan-in of 12.

With noise of at most epsilon on each edge a sum moves by at most epsilon times the sum of the
largest magnitudes that the sources output; that is the ``slack`` that a margin must have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from runtime.check.activation import DEAD, PLATEAU, Activation
from runtime.check.files import RefusedError
from runtime.check.monomial import Monomial

_TRIED = 12


@dataclass(frozen=True)
class Flat:
    """The flat pieces in rationals: up to ``dead``, and from ``plateau`` on."""

    dead: Fraction
    plateau: Fraction
    f: Activation

    def piece(self, x: Fraction) -> str:
        """Which piece an input is on."""
        return self.f.piece(Monomial.of(x))


def gate_margin(
    terms: Sequence[tuple[Fraction, Fraction, Fraction]],
    bias: Fraction,
    coefficients: Sequence[int],
    bound: int,
    flat: Flat,
    slack: Fraction = Fraction(0),
) -> Fraction:
    """The distance of the sums of a gate's vertex from the edge of the plateau, less the slack.

    Args:
        terms: (weight, low, high) of each source but the constant.
        bias: what the constant contributes.
        coefficients: c_i, aligned with the terms; none 0.
        bound: t.
        flat: the pieces.
        slack: by how much noise may change a sum.

    Raises:
        RefusedError: a combination for which the sum is on no plateau, or on the wrong side.
    """
    base = bias + sum(w * low for w, low, _ in terms)
    steps = [w * (high - low) for w, low, high in terms]
    ratios = {d / c for d, c in zip(steps, coefficients, strict=True)} or {Fraction(1)}
    if len(ratios) == 1 and (ratio := min(ratios)) > 0:
        true, false = base + ratio * bound, base + ratio * (bound - 1)
        if min(true, -false) >= flat.plateau + slack:
            return min(true, -false) - flat.plateau - slack
    if len(steps) > _TRIED:
        raise RefusedError(
            "flatness", f"weights {[*map(str, steps)]} fit no gate {list(coefficients)} >= {bound}"
        )
    margins = []
    for bits in product((0, 1), repeat=len(steps)):
        total = base + sum(d for d, bit in zip(steps, bits, strict=True) if bit)
        wanted = sum(c for c, bit in zip(coefficients, bits, strict=True) if bit) >= bound
        case = f"bits {bits} bring {total}, on the {flat.piece(total)}"
        if flat.piece(total) != PLATEAU:
            raise RefusedError("flatness", case)
        if (total > 0) != wanted:
            raise RefusedError("function", f"{case}; the gate is {int(wanted)} there")
        margins.append(_less(abs(total) - flat.plateau, slack, case))
    return min(margins)


def _less(margin: Fraction, slack: Fraction, case: str) -> Fraction:
    """What noise leaves of a margin."""
    if margin < slack:
        raise RefusedError("flatness", f"{case}, and noise of {slack} gets it off")
    return margin - slack


def control_margin(
    cases: Sequence[tuple[tuple[int, ...], Fraction, bool]],
    flat: Flat,
    slack: Fraction = Fraction(0),
) -> Fraction:
    """The same for a control vertex: 0 in the dead zone where it opens, else on the plateau.

    Args:
        cases: (bits of its sources, sum, whether it opens) for every combination.
        flat: the pieces.
        slack: by how much noise may change a sum.
    """
    margins = []
    for bits, total, opens in cases:
        piece = flat.piece(total)
        if piece != (DEAD if opens else PLATEAU) or total < 0:
            wanted = "0, to open" if opens else "the plateau, to silence"
            text = f"bits {bits} bring {total}, on the {piece}; it must be {wanted}"
            raise RefusedError("flatness", text)
        margin = flat.dead - abs(total) if opens else total - flat.plateau
        margins.append(_less(margin, slack, f"bits {bits} bring {total}, on the {piece}"))
    return min(margins)


def answer_margin(
    cases: Sequence[tuple[tuple[int, ...], Fraction, tuple[bool, bool]]],
    flat: Flat,
    slack: Fraction,
) -> Fraction:
    """The same for voc[T]: on the plateau by its two literals if they agree, else in the dead zone.

    Args:
        cases: (bits of its sources, sum, the literals); that the first alone holds is no case.
        flat: the pieces.
        slack: by how much noise may change a sum.
    """
    margins = []
    for bits, total, (both, either) in cases:
        if both and not either:
            continue
        piece, case = flat.piece(total), f"bits {bits} bring {total}"
        if piece != (PLATEAU if both == either else DEAD):
            raise RefusedError("flatness", f"{case}, on the {piece}")
        if both == either and (total > 0) != both:
            raise RefusedError("function", f"{case}; the answer is {int(both)} there")
        margin = abs(total) - flat.plateau if both == either else flat.dead - abs(total)
        margins.append(_less(margin, slack, case))
    return min(margins)
