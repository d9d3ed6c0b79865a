"""Affine maps with ReLUs between them: values, Jacobians and sizes, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from circuits.errors import InvariantError
from compiler.rcnn.affine import AffineMap
from compiler.rcnn.rationals import Rationals


class Evaluated(NamedTuple):
    """What a net gives for an array of inputs."""

    values: Rationals
    """Shape (..., outputs)."""
    jacobian: Rationals
    """Shape (..., outputs, inputs)."""
    margin: Fraction
    """The least distance of a ReLU's input from 0; if it is 0 the Jacobian does not exist."""


@dataclass(frozen=True, eq=False)
class ReluNet:
    """Affine maps one after another, with ReLUs after some.

    Attributes:
        maps: the one to apply first is first.
        relus: places in ``maps`` of those that ReLUs follow; at least one.
    """

    maps: tuple[AffineMap, ...]
    relus: frozenset[int]

    def __post_init__(self) -> None:
        if not self.relus or not self.relus <= set(range(len(self.maps))):
            raise InvariantError(f"ReLUs after {sorted(self.relus)} of {len(self.maps)} maps")
        for first, second in pairwise(self.maps):
            if first.outputs != second.inputs:
                raise InvariantError(f"{first.outputs} outputs to {second.inputs} inputs")

    @property
    def width(self) -> int:
        """The most outputs that a map has."""
        return max(layer.outputs for layer in self.maps)

    @property
    def parameters(self) -> int:
        """Weights and biases, zeros counted."""
        return sum(layer.outputs * (layer.inputs + 1) for layer in self.maps)

    @property
    def nonzero(self) -> int:
        """Weights and biases that are not 0."""
        return sum(len(layer.weight) + int(np.count_nonzero(layer.bias)) for layer in self.maps)

    def distinct(self) -> set[Fraction]:
        """The values of all weights and biases, 0 left out."""
        return set[Fraction]().union(*(layer.distinct() for layer in self.maps))

    def __call__(self, x: Rationals) -> Evaluated:
        """Values and Jacobians; the last axis of ``x`` is the inputs."""
        on: dict[int, NDArray[np.bool_]] = {}
        margins = []
        for place, layer in enumerate(self.maps):
            x = layer(x)
            if place in self.relus:
                on[place] = x.numerators > 0
                least = int(abs(x.numerators).min()) if x.numerators.size else 1
                margins.append(Fraction(least, x.denominator))
                x = x.masked(on[place])
        unit = np.eye(self.maps[-1].outputs, dtype=np.int64)
        gradient = Rationals(np.broadcast_to(unit, (*x.numerators.shape, len(unit))), 1)
        for place, layer in reversed(list(enumerate(self.maps))):
            if place in on:
                gradient = gradient.masked(on[place][..., None, :])
            gradient = layer.backwards(gradient)
        return Evaluated(x, gradient, min(margins))
