"""What floating-point formats do to a net: nothing, or what, and why; nothing is run.

A net of the dyadic preset is *exact* in a format if every number that a run meets is in it: the
constants, every partial sum of a vertex (a multiple of one power of two, whose magnitudes add up
to no more than the significand holds, then the order of summation does not matter either), the
values and gradients along the path of a memory unit, and the sums over all m' units.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from compiler.exact import FLOAT_FORMATS, ONE, Exact
from compiler.net import Net, Target
from runtime.inspect.level_sets import terms_of
from runtime.inspect.margins import free_vertices, types
from runtime.inspect.unit_constants import UnitConstants, unit_constants


class Format(NamedTuple):
    """Significand bits; least and greatest exponent of a normal number."""

    bits: int
    least: int
    greatest: int


FORMATS = {
    **{name: Format(*form) for name, form in FLOAT_FORMATS.items()},
    "bfloat16": Format(8, -126, 127),
    "float16": Format(11, -14, 15),
}


class Verdict(NamedTuple):
    """What a format does to a net.

    Attributes:
        dtype: one of `FORMATS`.
        verdict: ``exact``: a run makes no rounding error; ``rounded``: it makes some, and ``why``
            says what follows; ``refused``: the net does not work in it.
        why: of what is not exact, "" otherwise.
    """

    dtype: str
    verdict: str
    why: str


def verdicts(net: Net) -> tuple[Verdict, ...]:
    """For each of `FORMATS`."""
    largest = _largest_sum(net)
    return tuple(Verdict(name, *_verdict(net, form, largest)) for name, form in FORMATS.items())


def _verdict(net: Net, form: Format, largest: tuple[int, int]) -> tuple[str, str]:
    constants = [
        *(("the weight", value) for value in net.values),
        ("the learning rate", net.learning_rate),
        *((f"{name} of f", value) for name, value in net.activation.items()),
    ]
    for what, value in constants:
        if value.sign and not form.least <= value.log2() < form.greatest + 1:
            word = "underflows" if value.log2() < 0 else "overflows"
            return "refused", f"{what} 2^{value.log2():.1f} {word}"
    if net.target is Target.NOISE_TOLERANT:
        return _under_noise(net, form)
    inexact = [(what, value) for what, value in constants if not is_exact(value, form)]
    if inexact:
        what, value = inexact[0]
        others = f", nor are {len(inexact) - 1} other constants" * (len(inexact) > 1)
        drift = "; each flip multiplies the error" if net.target is Target.EMULATION else ""
        return "rounded", f"{what} {_short(value)} is not in it{others}{drift}"
    vertex, sums = largest
    if sums > 2**form.bits:
        return "refused", f"sums at {net.vertex_name(vertex)} need {sums.bit_length()} bits"
    if net.target is Target.EMULATION:
        if net.activation.exponent != ONE:
            return "rounded", "powers are rounded; each flip multiplies the error"
        for what, value in _met(net, unit_constants(net)):
            if not is_exact(value, form):
                return "refused", f"{what}, {_short(value)}, is not in it"
        units = max(net.units_per_step, *net.copies.values(), *net.fan_in_copies.values(), 1)
        if units > 2**form.bits:
            return "refused", f"the output sums {units} units, more than 2^{form.bits}"
    return "exact", ""


def is_exact(value: Exact, form: Format) -> bool:
    """Whether the format has this number, as a normal one.

    >>> is_exact(Exact.of(Fraction(255, 2**20)), FORMATS["bfloat16"])
    True
    >>> [is_exact(Exact.of(x), FORMATS["bfloat16"]) for x in (257, Fraction(1, 3), 2**128)]
    [False, False, False]
    """
    number = value.rational()
    if number is None or number == 0:
        return number == 0
    top, bottom = abs(number.numerator), number.denominator
    if bottom & (bottom - 1):
        return False
    odd = top >> ((top & -top).bit_length() - 1)
    exponent = top.bit_length() - bottom.bit_length()
    return odd.bit_length() <= form.bits and form.least <= exponent <= form.greatest


def _largest_sum(net: Net) -> tuple[int, int]:
    """(vertex, the magnitudes of its terms added up, in units of their common divisor 2^-k)."""
    free, worst = free_vertices(net), (0, 0)
    for vertex, _ in types(net):
        if free[vertex]:
            terms = terms_of(net, vertex)
            unit = lcm(1, *(value.denominator for term in terms for value in term))
            total = sum(max(abs(value) for value in term) for term in terms) * unit
            worst = max(worst, (vertex, int(total)), key=lambda found: found[1])
    return worst


def _met(net: Net, unit: UnitConstants) -> Iterator[tuple[str, Exact]]:
    """Numbers along the path of a unit in a step in which it flips, and sums of them."""
    rate, many = net.learning_rate, net.units_per_step
    for t, (value, weight) in enumerate(zip(unit.values, unit.weights, strict=True)):
        heard, gradient = value * weight, 2 * weight / rate
        yield f"the input of v{t + 1}", heard
        yield f"the gradient of w_{t + 1}", gradient
        yield f"the derivative by the input of v{t + 1}", gradient / value
        yield "what all units pass back to v0", many * gradient / value * weight
    yield "what fillers pass back to their control", many * unit.gated_derivative * unit.control
    yield "m' times a unit's share", many * unit.contribution


def _under_noise(net: Net, form: Format) -> tuple[str, str]:
    """Rounding a weight counts as noise on it."""
    guaranteed = net.noise.to_float()
    error = max(_error(value, form) for value in net.values)
    said = f"weights as built are off by up to {float(error):.2g}; {guaranteed:.2g} does no harm"
    return ("rounded" if error <= guaranteed else "refused"), said


def _error(value: Exact, form: Format) -> Fraction:
    """How far the nearest number of the format is, at most half a unit in the last place."""
    if is_exact(value, form):
        return Fraction(0)
    from compiler.enclosure import enclose

    number = enclose(abs(value))
    ulp = Fraction(2) ** (int(value.log2() // 1) - form.bits + 1)
    middle = (Fraction(number.low) + Fraction(number.high)) / 2
    return abs(round(middle / ulp) * ulp - middle)


def _short(value: Exact) -> str:
    exact = str(value)
    return exact if len(exact) <= 24 else f"2^{value.log2():.1f}"
