"""f_head: what a cell of the main grid adds to the output, in 6 ReLUs (sections B.2 and B.3).

With f the phase digit, -f is a memory cell and f a blank one that computes. The paper's function is
-1 up to -3f/2; 0 at -f, with the slope that memorising needs; 0 at f; and 1 from 3f/2 on. It has a
kink at f, where all blank cells end, and is not 0 between f and 3f/2, where a head on a blank cell
is: so a machine had to halt on the cell with the answer. Here the function is 0 from 0 to 3f/2 and
1 from 2f on: all blank cells give 0, with the head or without, and cells with the symbols of +1 and
-1 give that. What other symbols give is not specified.

In floats the output is to be exactly 0, 1 or -1, so all kinks are a power of two apart: the slope
at -f goes on for a power of two to both sides, and a *steep* piece leads on to -1.

    -1  [-f-a-b]  steep  [-f-a]  slope  [-f+a]  -slope  [-f+2a]  0  [3f/2]  1/c  [3f/2+c]  1

The slope is 2/f as in the paper, where f is 1/9; for an integer f it is the next power of two, and
no steep piece is needed.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from circuits.machines.machine import Machine
from compiler.rcnn.affine import AffineMap
from compiler.rcnn.cells import Cell, Phase, described
from compiler.rcnn.coding import Coding, Scale, power_of_two_up_to
from compiler.rcnn.rationals import Rationals
from compiler.rcnn.relu_net import ReluNet


def head_slope(coding: Coding) -> Fraction:
    """The derivative of f_head at a memory cell: 18 in the paper."""
    if coding.scale is Scale.BASE3:
        return Fraction(2 * 3 ** (coding.symbol_digits + 1))
    return 1 / power_of_two_up_to(coding.phase / 2)


def learning_rate(coding: Coding) -> Fraction:
    """With which SGD on half the squared error writes a sample in one step: 1/54 in the paper."""
    return written(coding) / head_slope(coding)


def written(coding: Coding) -> Fraction:
    """What a step of SGD is to write into W for +1: a third, or an integer."""
    return Fraction(1, 3) if coding.scale is Scale.BASE3 else coding.sample


def head(coding: Coding) -> ReluNet:
    """f_head for a coding, from one number to one number."""
    memory, half = -coding.phase, coding.phase / 2
    slope = head_slope(coding)
    a = power_of_two_up_to(1 / slope)
    points = [
        (memory - a, -slope * a),
        (memory + a, slope * a),
        (memory + 2 * a, Fraction(0)),
        (3 * half, Fraction(0)),
        (3 * half + power_of_two_up_to(half), Fraction(1)),
    ]
    if slope * a < 1:
        points.insert(0, (memory - a - power_of_two_up_to(half - a), Fraction(-1)))
    return piecewise_linear(points)


def printed_head() -> ReluNet:
    """f_head as printed in section B.2, in 4 ReLUs; for an alphabet of 3 symbols, in base 3.

    >>> printed_head()(Rationals.of([[Fraction(-1, 9)], [Fraction(1, 9)], [2]])).values.fractions()
    [[Fraction(0, 1)], [Fraction(0, 1)], [Fraction(1, 1)]]
    """
    sixth, zero, ninth = Fraction(1, 6), Fraction(0), Fraction(1, 9)
    return piecewise_linear(
        [(-sixth, Fraction(-1)), (zero, Fraction(2)), (ninth, zero), (sixth, Fraction(1))]
    )


def piecewise_linear(points: list[tuple[Fraction, Fraction]]) -> ReluNet:
    """The function through these points, x increasing, and constant beyond them; a ReLU each."""
    zero = Fraction(0)
    slopes = [zero, *((d - b) / (c - a) for (a, b), (c, d) in pairwise(points)), zero]
    bends = {(0, i): right - left for i, (left, right) in enumerate(pairwise(slopes))}
    select = {(i, 0): 1 for i in range(len(points))}
    return ReluNet(
        maps=(
            AffineMap.of(select, [-x for x, _ in points], 1),
            AffineMap.of(bends, [points[0][1]], len(points)),
        ),
        relus=frozenset({0}),
    )


def check_head(net: ReluNet, rate: Fraction, machine: Machine, coding: Coding) -> str:
    """What is wrong with an f_head and a learning rate; "" if nothing is."""
    due = {Cell(coding.blank, Phase.MEMORY): 0}
    for symbol, value in zip((coding.blank, *coding.samples), (0, 1, -1), strict=False):
        for state in (None, *range(len(coding.states))):
            due[Cell(symbol, Phase.COMPUTING, state)] = value
    found = net(Rationals.of([[coding.value(cell)] for cell in due]))
    for (cell, value), [got] in zip(due.items(), found.values.fractions(), strict=True):
        if got != value:
            return f"the head gives {got} for {described(machine, cell)}, not {value}"
    if not found.margin:
        return "the head has a kink at the value of a cell"
    [[slope]] = found.jacobian.fractions()[0]
    if rate * slope != written(coding):
        return f"a step of SGD writes {rate * slope}, not {written(coding)}"
    return ""
