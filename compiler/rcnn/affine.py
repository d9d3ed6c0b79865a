"""Affine maps with exact rational weights, few of them not 0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np
from numpy.typing import NDArray

from circuits.errors import InvariantError
from compiler.rcnn.rationals import INT64, Integers, Rationals


@dataclass(frozen=True, eq=False)
class AffineMap:
    """x -> W x + b.

    Attributes:
        inputs, outputs: how many.
        row, column, weight: the entries of W that are not 0, by row, then by column.
        bias: b, one per output.
        weight_denominator, bias_denominator: what the integers in ``weight`` and ``bias`` are over.
    """

    inputs: int
    outputs: int
    row: NDArray[np.int32]
    column: NDArray[np.int32]
    weight: NDArray[np.int64]
    bias: NDArray[np.int64]
    weight_denominator: int
    bias_denominator: int

    @classmethod
    def of(
        cls,
        entries: Mapping[tuple[int, int], Fraction | int],
        bias: Sequence[Fraction | int],
        inputs: int,
    ) -> AffineMap:
        """From (row, column) -> weight; there are as many rows as biases."""
        places = sorted(place for place, weight in entries.items() if weight)
        weights = Rationals.of([entries[place] for place in places])
        biases = Rationals.of(list(bias))
        return cls(
            inputs=inputs,
            outputs=len(bias),
            row=np.array([row for row, _ in places], np.int32),
            column=np.array([column for _, column in places], np.int32),
            weight=weights.numerators.astype(np.int64),
            bias=biases.numerators.astype(np.int64),
            weight_denominator=weights.denominator,
            bias_denominator=biases.denominator,
        )

    def __post_init__(self) -> None:
        entries = len(self.weight)
        if not self.row.shape == self.column.shape == self.weight.shape == (entries,):
            raise InvariantError("entries of an affine map without a row, a column or a weight")
        if self.bias.shape != (self.outputs,) or min(self.inputs, self.outputs) < 1:
            raise InvariantError(f"{self.bias.shape} biases for {self.outputs} outputs")
        if min(self.weight_denominator, self.bias_denominator) < 1:
            raise InvariantError("a denominator below 1")
        place = self.row.astype(np.int64) * self.inputs + self.column
        in_row = not entries or (self.column.min() >= 0 and self.column.max() < self.inputs)
        in_order = not entries or (place[0] >= 0 and bool((np.diff(place) > 0).all()))
        if not in_row or not in_order or (entries and self.row[-1] >= self.outputs):
            raise InvariantError("entries of an affine map out of range or out of order")
        for array in (self.row, self.column, self.weight, self.bias):
            array.setflags(write=False)

    @property
    def weights(self) -> Rationals:
        """In the order of ``row`` and ``column``."""
        return Rationals(self.weight, self.weight_denominator)

    @property
    def biases(self) -> Rationals:
        """One per output."""
        return Rationals(self.bias, self.bias_denominator)

    def distinct(self) -> set[Fraction]:
        """The values of weights and biases, 0 left out."""
        return {*self.weights.fractions(), *self.biases.fractions()} - {Fraction(0)}

    def __call__(self, x: Rationals, *, biased: bool = True) -> Rationals:
        """W x + b, or W x alone; the last axis of ``x`` is the inputs."""
        scaled = x.denominator * self.weight_denominator
        denominator = lcm(scaled, self.bias_denominator)
        weight = self.weight.astype(object) * (denominator // scaled)
        bias = self.bias.astype(object) * (denominator // self.bias_denominator * biased)
        sums = _product(x.numerators, self.column, self.row, weight, bias)
        return Rationals(sums, denominator)

    def backwards(self, gradient: Rationals) -> Rationals:
        """W^T times the gradient; the last axis is the outputs."""
        none = np.zeros(self.inputs, dtype=object)
        sums = _product(gradient.numerators, self.row, self.column, self.weight, none)
        return Rationals(sums, gradient.denominator * self.weight_denominator)


def _product(
    x: Integers,
    source: NDArray[np.int32],
    target: NDArray[np.int32],
    weight: Integers,
    bias: Integers,
) -> Integers:
    """``bias`` plus the sums over entries of x[source] weight, by target."""
    most = int(abs(x).max(initial=0)) if x.size else 0
    bound = abs(bias)
    np.add.at(bound, target, abs(weight.astype(object)) * max(most, 1))
    kind = np.int64 if int(bound.max(initial=0)) < INT64 else object
    flat = x.reshape(-1, x.shape[-1]).astype(kind)
    out: Integers = np.repeat(bias.astype(kind)[:, None], len(flat), axis=1)
    np.add.at(out, target, flat.T[source] * weight.astype(kind)[:, None])
    return np.ascontiguousarray(out.T).reshape(*x.shape[:-1], len(bias))
