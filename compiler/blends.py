"""The blends of the activation in floating point: cubic Hermite curves between its pieces.

Engines and exports evaluate the same few constants, in double precision and then rounded, so that
they agree in every bit also where a net that was tampered with lands on a blend.
"""

from __future__ import annotations

from typing import NamedTuple


class Cubic(NamedTuple):
    """A cubic Hermite curve through (x0, y0): y0 + t (bend + t (b + t a)), t = (x - x0) / width."""

    x0: float
    width: float
    y0: float
    bend: float
    b: float
    a: float
    b2: float
    """2 b, and `a3` is 3 a: coefficients of the slope (bend + t (b2 + a3 t)) / width."""
    a3: float


def lower_blend(exponent: float, dead_zone: float, power_from: float) -> Cubic:
    """From the dead zone to the power piece; of no use without a dead zone."""
    p, start = exponent, power_from
    slope = p * start ** (p - 1) if start else 0.0
    return _hermite(dead_zone, start, 0, start**p, 0, slope)


def upper_blend(exponent: float, power_to: float, plateau_from: float, plateau: float) -> Cubic:
    """From the power piece to the plateau."""
    p, end = exponent, power_to
    return _hermite(end, plateau_from, end**p, plateau, p * end ** (p - 1), 0)


def _hermite(x0: float, x1: float, y0: float, y1: float, slope0: float, slope1: float) -> Cubic:
    """The cubic through (x0, y0) and (x1, y1) with these slopes there.

    It is monotone because both slopes are at most three times the secant's (de Boor and Swartz):
    above, p <= 3 * 2; below, with dead_zone = power_from / 2, p <= 3 * 2 again.
    """
    width = x1 - x0
    rise, bend0, bend1 = y1 - y0, slope0 * width, slope1 * width
    a, b = bend0 + bend1 - 2 * rise, 3 * rise - 2 * bend0 - bend1
    return Cubic(x0, width, y0, bend0, b, a, 2 * b, 3 * a)
