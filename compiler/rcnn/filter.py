"""A machine as the filter of Definition 5: what the runtime builds its layers from."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from circuits.errors import InvariantError
from circuits.machines.machine import Machine
from compiler.rcnn.coding import Coding
from compiler.rcnn.relu_net import ReluNet


class Sizes(NamedTuple):
    """How large a filter is, and what the paper allows."""

    states: int
    """s, with halting states."""
    cell_values: int
    """How many values a cell can have, padding counted: |X_i| of Lemma 6."""
    width: int
    """The most channels of a layer: d_rc of Definition 5."""
    width_bound: int
    """100 s, of Algorithm 1."""
    parameters: int
    """Weights and biases of V1 .. V5, U1 and U2, with zeros."""
    nonzero: int
    """Those that are not 0."""
    distinct_weights: int
    """How many values they have, 0 counted."""
    distinct_bound: int
    """24 |X_i| + 5, of Corollary 3."""


@dataclass(frozen=True, eq=False)
class Filter:
    """Weights for a machine; the same for every grid.

    Attributes:
        machine: what it carries out.
        coding: what the values of cells stand for.
        patch: V1 .. V5, from a patch of 3 x 3 values, row by row, to the next value of its middle.
        head: U1 and U2, from a cell of the main grid to what it adds to the output.
        learning_rate: of W, for the loss (output - label)^2 / 2.
    """

    machine: Machine
    coding: Coding
    patch: ReluNet
    head: ReluNet
    learning_rate: Fraction

    def __post_init__(self) -> None:
        for net, inputs in ((self.patch, 9), (self.head, 1)):
            ends = net.maps[0].inputs, net.maps[-1].outputs
            if ends != (inputs, 1):
                raise InvariantError(f"a net from {ends[0]} to {ends[1]}, not {inputs} to 1")

    @cached_property
    def sizes(self) -> Sizes:
        """How large it is."""
        states, values = len(self.machine.states), len(self.coding.cells)
        return Sizes(
            states=states,
            cell_values=values,
            width=max(self.patch.width, self.head.width),
            width_bound=100 * states,
            parameters=self.patch.parameters + self.head.parameters,
            nonzero=self.patch.nonzero + self.head.nonzero,
            distinct_weights=len(self.patch.distinct() | self.head.distinct() | {Fraction(0)}),
            distinct_bound=24 * values + 5,
        )
