"""A filter taken apart, exactly: what each cell, in each place, adds to the input of each gate.

If no ReLU and no step of the first layers reads more than one cell of the patch, the input of a
gate is a sum of functions of single cells. They are read off the weights, whoever made these.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from circuits.errors import InvariantError
from compiler.rcnn.affine import AffineMap
from compiler.rcnn.coding import Coding
from compiler.rcnn.places import PLACES, Place
from compiler.rcnn.rationals import Rationals, aligned
from compiler.rcnn.relu_net import ReluNet


class Part(NamedTuple):
    """What one place of the patch contributes, for each cell number there.

    ReLUs and steps that read other places are 0 here.
    """

    relus: Rationals
    """Shape (cell values, ReLUs)."""
    on: NDArray[np.bool_]
    """Likewise; which ReLUs are on."""
    steps: Rationals
    """Shape (cell values, rows of V3)."""
    slopes: Rationals
    """Likewise; their derivatives by the value of the cell."""
    margin: Fraction
    """How far a value is from the next kink, at least; padding is never in the middle."""


@dataclass(frozen=True, eq=False)
class Tables:
    """The gates of a filter as functions of cell numbers.

    Attributes:
        added: shape (places, cell values, gates), the places in the order of `PLACES`: what is
            added to the inputs of the gates.
        slopes: likewise, the derivatives by the value of the cell.
        bias: shape (gates,), over the denominator of ``added``.
        last: V5.
        margin: how far a value of a cell is from the next kink of the first layer, at least.
    """

    added: Rationals
    slopes: Rationals
    bias: Rationals
    last: AffineMap
    margin: Fraction


def tables(patch: ReluNet, coding: Coding) -> Tables:
    """Take a filter's patch network apart.

    Raises:
        InvariantError: it is not of the form of Definition 5; a ReLU or a step reads two cells; or
            a corner of the patch is read.
    """
    parts = list(by_place(patch, coding))
    fourth, last = patch.maps[3:]
    added = _stacked([fourth(part.steps, biased=False) for part in parts])
    added, bias = aligned([added, fourth.biases])
    return Tables(
        added=added,
        slopes=_stacked([fourth(part.slopes, biased=False) for part in parts]),
        bias=bias,
        last=last,
        margin=min(part.margin for part in parts),
    )


def by_place(patch: ReluNet, coding: Coding) -> Iterator[Part]:
    """The parts of a patch network, in the order of `PLACES`; raises as `tables`."""
    if len(patch.maps) != 5 or patch.relus != {1, 3} or patch.maps[0].inputs != 9:
        raise InvariantError("not five maps from 9 values, with ReLUs after the second and fourth")
    first, second, third, *_ = patch.maps
    unit = Rationals(np.eye(9, dtype=np.int64), 1)
    weight = second(first(unit, biased=False), biased=False)
    reads_cell = weight.numerators != 0
    relu_place = _only_place(reads_cell, "ReLU")
    if not reads_cell.any(axis=0).all():
        raise InvariantError(f"ReLU {int(reads_cell.any(axis=0).argmin())} reads nothing")
    reads = np.zeros((9, third.outputs), bool)
    np.logical_or.at(reads, (relu_place[third.column], third.row), True)
    step_place = _only_place(reads, "step")
    values = Rationals.of(coding.values)
    for place in PLACES:
        mine = relu_place == place
        x = np.zeros((len(coding.values), 9), dtype=values.numerators.dtype)
        x[:, place] = values.numerators
        inputs = second(first(Rationals(x, values.denominator)))
        on = (inputs.numerators > 0) & mine
        relus = inputs.masked(on)
        slope = Rationals(weight.numerators[place], weight.denominator)
        domain = [n for n, cell in enumerate(coding.cells) if cell or place is not Place.MIDDLE]
        yield Part(
            relus,
            on,
            third(relus).masked(step_place == place).reduced(),
            third(slope.masked(on), biased=False).reduced(),
            _margin(inputs, slope, np.ix_(np.array(domain), np.flatnonzero(mine))),
        )


def _only_place(reads: NDArray[np.bool_], what: str) -> NDArray[np.int64]:
    """The place that each one reads, of shape (9, number); the middle if it reads none."""
    times = reads.sum(axis=0)
    if (times > 1).any():
        raise InvariantError(f"{what} {int(times.argmax())} reads two cells of the patch")
    corners = [place for place in range(9) if place not in PLACES and reads[place].any()]
    if corners:
        raise InvariantError(
            f"{what} {int(reads[corners[0]].argmax())} reads a corner of the patch"
        )
    return np.where(times > 0, reads.argmax(axis=0), int(Place.MIDDLE))


def _margin(inputs: Rationals, slope: Rationals, where: tuple[Any, ...]) -> Fraction:
    """The least distance of a value from a kink, for these cells and ReLUs."""
    near = abs(inputs.numerators[where]).min(axis=0).tolist()
    steep = abs(slope.numerators[where[1].ravel()]).tolist()
    ratios = [Fraction(a, b) for a, b in zip(near, steep, strict=True)]
    return min(ratios, default=Fraction(1)) * Fraction(slope.denominator, inputs.denominator)


def _stacked(parts: list[Rationals]) -> Rationals:
    parts = aligned(parts)
    return Rationals(np.stack([part.numerators for part in parts]), parts[0].denominator)
