"""The activation on double-double numbers; `compiler.activation` has the definition."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

from circuits.errors import InvariantError
from compiler.activation import Activation
from compiler.exact import ZERO
from runtime.double_double.exact import to_double_double
from runtime.double_double.numbers import ARRAYS, Arithmetic, Compiler, DoubleDouble, uncompiled


class Curve(NamedTuple):
    """The cubic value + t (first + t (second + t third)), t = (x - start) / width; of floats."""

    start: DoubleDouble
    width: DoubleDouble
    value: DoubleDouble
    first: DoubleDouble
    second: DoubleDouble
    third: DoubleDouble


class Pieces(NamedTuple):
    """The constants of an activation, as pairs of floats; p = numerator / denominator."""

    dead_zone: DoubleDouble
    power_from: DoubleDouble
    power_to: DoubleDouble
    plateau_from: DoubleDouble
    plateau: DoubleDouble
    exponent: DoubleDouble
    numerator: int
    denominator: int
    lower: Curve
    """From the dead zone to the power piece; meaningless where there is no dead zone."""
    upper: Curve

    @classmethod
    def of(cls, activation: Activation) -> Pieces:
        """Convert; break points outside the range of pairs are refused with LimitError."""
        f = {name: to_double_double(value) for name, value in activation.items()}
        p = activation.exponent.rational()
        if p is None:
            raise InvariantError(f"the exponent {activation.exponent} is not rational")
        zero = DoubleDouble(0.0, 0.0)

        def joint(x: DoubleDouble) -> tuple[DoubleDouble, DoubleDouble]:
            """(value, slope) of the power piece."""
            slope = ARRAYS.power(x, p.numerator - p.denominator, p.denominator)
            return ARRAYS.mul(slope, x), ARRAYS.mul(f["exponent"], slope)

        upper = _hermite(
            f["power_to"], f["plateau_from"], *joint(f["power_to"]), f["plateau"], zero
        )
        lower = upper
        if activation.power_from != ZERO:
            lower = _hermite(f["dead_zone"], f["power_from"], zero, zero, *joint(f["power_from"]))
        return cls(**f, numerator=p.numerator, denominator=p.denominator, lower=lower, upper=upper)


def _hermite(
    x0: DoubleDouble,
    x1: DoubleDouble,
    y0: DoubleDouble,
    slope0: DoubleDouble,
    y1: DoubleDouble,
    slope1: DoubleDouble,
) -> Curve:
    """The cubic through (x0, y0) and (x1, y1) with these slopes there."""
    add, sub, mul = ARRAYS.add, ARRAYS.sub, ARRAYS.mul
    width = sub(x1, x0)
    rise, bend0, bend1 = sub(y1, y0), mul(slope0, width), mul(slope1, width)
    third = sub(add(bend0, bend1), add(rise, rise))
    return Curve(x0, width, y0, bend0, sub(sub(rise, bend0), third), third)


Activate: TypeAlias = Callable[[DoubleDouble, Pieces], tuple[DoubleDouble, DoubleDouble, bool]]
"""(f(x), f'(x), whether x is in a blend) of a pair of floats."""


def activation(arithmetic: Arithmetic, compile_: Compiler = uncompiled) -> Activate:
    """The activation in an arithmetic, passed through the same compiler."""
    add, sub, mul, div = arithmetic.add, arithmetic.sub, arithmetic.mul, arithmetic.div
    less, power = arithmetic.less, arithmetic.power

    @compile_
    def on_curve(x: DoubleDouble, c: Curve) -> tuple[DoubleDouble, DoubleDouble]:
        t = div(sub(x, c.start), c.width)
        value = add(c.value, mul(t, add(c.first, mul(t, add(c.second, mul(t, c.third))))))
        twice, thrice = DoubleDouble(2.0, 0.0), DoubleDouble(3.0, 0.0)
        bend = add(mul(twice, c.second), mul(thrice, mul(t, c.third)))
        return value, div(add(c.first, mul(t, bend)), c.width)

    @compile_
    def activate(x: DoubleDouble, f: Pieces) -> tuple[DoubleDouble, DoubleDouble, bool]:
        sign = np.copysign(1.0, x.hi)
        size = DoubleDouble(sign * x.hi, sign * x.lo)
        value, slope, blend = DoubleDouble(0.0, 0.0), DoubleDouble(0.0, 0.0), False
        if not less(size, f.plateau_from):
            value = f.plateau
        elif less(f.dead_zone, size):
            if less(f.power_to, size):
                blend = True
                value, slope = on_curve(size, f.upper)
            elif less(size, f.power_from):
                blend = True
                value, slope = on_curve(size, f.lower)
            else:
                below = power(size, f.numerator - f.denominator, f.denominator)
                value, slope = mul(below, size), mul(f.exponent, below)
        return DoubleDouble(sign * value.hi, sign * value.lo), slope, blend

    return activate
