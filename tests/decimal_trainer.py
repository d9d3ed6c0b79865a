"""SGD in decimal arithmetic of 80 digits (265 bits): slow, and written without looking at speed."""

from collections.abc import Sequence
from decimal import Context, Decimal, localcontext
from fractions import Fraction

import numpy as np

from compiler.exact import Exact
from compiler.net import Net
from runtime.double_double.numbers import DoubleDouble

WIDE = Context(prec=80, Emax=10**9, Emin=-(10**9))


def decimal(value: Exact) -> Decimal:
    with localcontext(WIDE) as context:
        context.prec = 90
        result = Decimal(value.sign)
        for base, e in value.powers:
            result *= Decimal(base) ** (Decimal(e.numerator) / Decimal(e.denominator))
        return result


def decimals(pairs: DoubleDouble) -> list[Decimal]:
    with localcontext(WIDE):
        return [
            Decimal(hi) + Decimal(lo)
            for hi, lo in zip(pairs.hi.tolist(), pairs.lo.tolist(), strict=True)
        ]


class DecimalTrainer:
    """One sample a step; stops where f is in a blend."""

    def __init__(self, net: Net) -> None:
        self.net = net
        self.weights = [decimal(w) for w in net.exact_weights()]
        self.rate = decimal(net.learning_rate)
        self.constants = {name: decimal(value) for name, value in net.activation.items()}
        p = net.activation.exponent.rational()
        assert p is not None
        self.p: Fraction = p
        self.into: list[list[int]] = [[] for _ in range(net.vertices)]
        for edge, target in enumerate(net.edge_target.tolist()):
            self.into[target].append(edge)
        self.source = net.edge_source.tolist()
        self.sizes: list[Decimal] = []
        """Of the terms of each sum, added up."""

    def forward_backward(self, sample: Sequence[int], label: int) -> Decimal:
        net = self.net
        given = {0: 1} | {p.vertex: x for p, x in zip(net.inputs, sample, strict=True)}
        with localcontext(WIDE):
            self.values, self.slopes = [Decimal(0)] * net.vertices, [Decimal(0)] * net.vertices
            self.sums, self.sizes = self.values.copy(), self.values.copy()
            self.gradients = [Decimal(0)] * net.edges
            for v in range(net.vertices):
                if v in given:
                    self.values[v] = Decimal(given[v])
                    continue
                terms = [
                    self.weights[e] * self.values[self.source[e]] * net.fan_in_copies.get(e, 1)
                    for e in self.into[v]
                ]
                self.sums[v] = sum(terms, Decimal(0))
                self.sizes[v] = sum(map(abs, terms), Decimal(0))
                self.values[v], self.slopes[v] = self.activate(self.sums[v])
            output = net.outputs[0].vertex
            by_value = [Decimal(0)] * net.vertices
            by_value[output] = 2 * (self.values[output] - label)
            for v in reversed(range(net.vertices)):
                by_sum = by_value[v] * self.slopes[v]
                for e in self.into[v] if by_sum else []:
                    self.gradients[e] = by_sum * self.values[self.source[e]]
                    by_value[self.source[e]] += by_sum * self.weights[e] * net.fan_out_copies(e)
            return self.values[output]

    def update(self) -> None:
        with localcontext(WIDE):
            self.weights = [
                w - self.rate * g for w, g in zip(self.weights, self.gradients, strict=True)
            ]

    def perturb(self, noise: Sequence[Decimal]) -> None:
        with localcontext(WIDE):
            self.weights = [w + n for w, n in zip(self.weights, noise, strict=True)]

    def activate(self, x: Decimal) -> tuple[Decimal, Decimal]:
        f, size, sign = self.constants, abs(x), Decimal(1).copy_sign(x)
        if size >= f["plateau_from"]:
            return sign * f["plateau"], Decimal(0)
        if size <= f["dead_zone"]:
            return Decimal(0), Decimal(0)
        if size > f["power_to"]:
            start, end = self.power(f["power_to"]), (f["plateau"], Decimal(0))
            y, slope = blend(size, f["power_to"], start, f["plateau_from"], end)
        elif size < f["power_from"]:
            start, end = (Decimal(0), Decimal(0)), self.power(f["power_from"])
            y, slope = blend(size, f["dead_zone"], start, f["power_from"], end)
        else:
            y, slope = self.power(size)
        return sign * y, slope

    def power(self, size: Decimal) -> tuple[Decimal, Decimal]:
        p = Decimal(self.p.numerator) / self.p.denominator
        below = size ** (self.p - 1).numerator if self.p.denominator == 1 else size ** (p - 1)
        return below * size, p * below


Point = tuple[Decimal, Decimal]
"""A value and a slope."""


def blend(x: Decimal, x0: Decimal, at0: Point, x1: Decimal, at1: Point) -> Point:
    """The cubic between two points, by Hermite's basis."""
    width = x1 - x0
    t = (x - x0) / width
    basis = (2 * t**3 - 3 * t**2 + 1, t**3 - 2 * t**2 + t, 3 * t**2 - 2 * t**3, t**3 - t**2)
    slopes = (6 * t**2 - 6 * t, 3 * t**2 - 4 * t + 1, 6 * t - 6 * t**2, 3 * t**2 - 2 * t)
    data = (at0[0], at0[1] * width, at1[0], at1[1] * width)
    value = sum((b * d for b, d in zip(basis, data, strict=True)), Decimal(0))
    slope = sum((b * d for b, d in zip(slopes, data, strict=True)), Decimal(0))
    return value, slope / width


def relative(got: DoubleDouble, expected: Sequence[Decimal], sizes: Sequence[Decimal]) -> float:
    """The greatest error, relative to sizes; numbers of size 0 must be 0."""
    with localcontext(WIDE):
        errors = [abs(a - b) for a, b in zip(decimals(got), expected, strict=True)]
        assert not any(e for e, size in zip(errors, sizes, strict=True) if not size)
        return max(float(e / s) for e, s in zip(errors, sizes, strict=True) if s)


def log2(value: float) -> float:
    return float(np.log2(value)) if value else float("-inf")
