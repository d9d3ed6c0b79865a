"""How many bits a float needs to compute a filter without rounding, in any order of summation.

A sum of multiples of 2^v whose terms have magnitudes of at most 2^(b + v) in total is exact in
floats of b significant bits, however it is ordered. So two numbers are followed through a filter: a
bound on magnitudes and the valuation v, the exponent of the largest power of two that divides.
Forwards the bounds are over all cells in all places; backwards they are those on the patches of
memorising, the only ones that SGD asks a gradient of.
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from circuits.errors import LimitError
from compiler.rcnn.affine import AffineMap
from compiler.rcnn.filter import Filter
from compiler.rcnn.head import head_slope
from compiler.rcnn.patches import blocks
from compiler.rcnn.rationals import Rationals, aligned
from compiler.rcnn.relu_net import ReluNet
from compiler.rcnn.tables import Part, by_place

_NEVER = 10**6
"""The valuation of 0, which every power of two divides."""


class Bits(NamedTuple):
    """Significant bits that make every sum exact."""

    forward: int
    backward: int


class Size(NamedTuple):
    """Bounds on vectors of numbers, one vector for each case."""

    magnitude: NDArray[np.float64]
    """Shape (cases, numbers)."""
    valuation: NDArray[np.int64]
    """Shape (numbers,); over all cases."""

    @property
    def bits(self) -> int:
        """Significant bits of the numbers, at most."""
        most = self.magnitude.max(axis=0)
        some = most > 0
        # A hair more, since the bounds themselves are rounded.
        exponents = np.ceil(np.log2(most[some] * (1 + 1e-9)))
        return int((exponents - self.valuation[some]).max(initial=0))


def bits(net: Filter) -> Bits:
    """What a filter needs.

    Raises:
        LimitError: a weight is no binary fraction.
    """
    parts = list(by_place(net.patch, net.coding))
    return Bits(_forward(net, parts), _backward(net, parts))


def _forward(net: Filter, parts: list[Part]) -> int:
    _, second, third, fourth, last = net.patch.maps
    value = Rationals.of([[value] for value in net.coding.values])
    inputs = _size(Rationals(np.repeat(value.numerators, second.inputs, axis=1), value.denominator))
    found = [_sums(second, inputs)]
    gates = _sums(fourth, Size(np.zeros((1, fourth.inputs)), np.full(fourth.inputs, _NEVER)))
    for part in parts:
        found.append(_sums(third, _size(part.relus)))
        # The worst cell for each gate: of a place's steps, only the one of the cell is not 0.
        cells = _sums(fourth, _size(part.steps), biased=False)
        worst = cells.magnitude.max(axis=0, keepdims=True)
        gates = Size(gates.magnitude + worst, np.minimum(gates.valuation, cells.valuation))
    found += [gates, _sums(last, gates), *_head(net.head, value)]
    return max(size.bits for size in found)


def _head(head: ReluNet, values: Rationals) -> tuple[Size, Size]:
    first, last = head.maps
    inputs = first(values)
    on = inputs.masked(inputs.numerators > 0)
    return _sums(first, _size(values)), _sums(last, _size(on))


def _backward(net: Filter, parts: list[Part]) -> int:
    _, second, third, fourth, last = net.patch.maps
    patches = np.array(
        [p for b in blocks(net.coding) if b.name == "memorising" for p in product(*b.sets)]
    )
    steps = aligned([part.steps for part in parts])
    rows = sum(step.numerators[patches[:, at]] for at, step in enumerate(steps))
    gates = fourth(Rationals(rows, steps[0].denominator)).numerators > 0
    relus = sum(part.on[patches[:, at]] for at, part in enumerate(parts))
    gradient = Rationals.of([[head_slope(net.coding)]] * len(patches))
    found = []
    for layer, on in ((last, gates), (fourth, None), (third, relus), (second, None)):
        found.append(_sums(layer, _size(gradient), backwards=True).bits)
        gradient = layer.backwards(gradient)
        if on is not None:
            gradient = gradient.masked(on > 0)
    return max(found)


def _size(x: Rationals) -> Size:
    magnitude = (abs(x.numerators) / x.denominator).astype(float)
    return Size(magnitude, _valuations(x).min(axis=0))


def _valuations(x: Rationals) -> NDArray[np.int64]:
    exponent = x.denominator.bit_length() - 1
    if x.denominator != 1 << exponent:
        raise LimitError("a weight is no binary fraction")
    least = np.where(x.numerators == 0, 1, x.numerators & -x.numerators)
    powers = np.log2(least.astype(float)).astype(np.int64) - exponent
    return np.where(x.numerators == 0, _NEVER, powers)


def _sums(layer: AffineMap, x: Size, *, biased: bool = True, backwards: bool = False) -> Size:
    """Bounds on the terms of the sums that a map makes, or its transpose, which has no bias."""
    source, target, outputs = layer.column, layer.row, layer.outputs
    if backwards:
        source, target, outputs = layer.row, layer.column, layer.inputs
    weight = Rationals(layer.weight, layer.weight_denominator)
    dense = np.zeros((x.magnitude.shape[1], outputs))
    dense[source, target] = abs(layer.weight) / layer.weight_denominator
    magnitude = x.magnitude @ dense
    valuation = np.full(outputs, _NEVER)
    some = x.magnitude.max(axis=0)[source] > 0
    terms = np.where(some, x.valuation[source] + _valuations(weight), _NEVER)
    np.minimum.at(valuation, target, terms)
    if biased and not backwards:
        bias = Rationals(layer.bias, layer.bias_denominator)
        magnitude = magnitude + abs(layer.bias) / layer.bias_denominator
        valuation = np.minimum(valuation, _valuations(bias))
    return Size(magnitude, valuation)
