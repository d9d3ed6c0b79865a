"""The number that stands for a cell of the grid (section B.1.1), and back.

A cell is a sum of digits -1, 0, 1 times falling weights. In the paper the weight of digit i is
3^-i. For an alphabet of at most 3 symbols the digits are, in order,

    0           1 in a cell of the workspace that nothing was written to
    1           the tape symbol; 0 is the blank, 1 and -1 are the two symbols of samples
    2           the phase: -1 memory, 0 not known yet, 1 computing
    3           1 where the head is
    4 .. K      the state of the head; all 0 for the start state

and a larger alphabet has more digits for the symbol, so that the later ones move on. In base 3 with
digits -1, 0, 1 every number has one form: different cells have different values. Padding is 1/6,
which no cell has.

``base3`` has the weights of the paper; ``integer`` has them times 3^K, and all cells are integers
(the padding is half of one). Sums of 3^-i are no binary numbers. For floats the weights of
``base3`` are therefore rounded to a multiple of a power of two, the *lattice*. Rounding the weights
rather than the values keeps the sums right: the result is one more coding, in the same order, that
a float holds exactly. A sample is a third, as SGD writes it, and nearer than the `margin` to its
value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from circuits.errors import LimitError
from circuits.machines.machine import Machine
from compiler.rcnn.cells import Cell, Neighbour, Phase
from compiler.rcnn.codes import balanced, state_codes, symbol_codes


class Scale(StrEnum):
    """What cells are measured in."""

    BASE3 = "base3"
    INTEGER = "integer"


@dataclass(frozen=True, eq=False)
class Coding:
    """The value of every cell that a machine can have.

    Attributes:
        scale: of the weights.
        blank: the blank symbol.
        samples: the symbols of +1 and of -1, as far as the machine has them: the first two that are
            not blank.
        symbols: the code of each symbol, an integer in base 3.
        states: the code of each state.
        weights: of digits 0 to K.
        symbol_digits: how many digits a symbol has.
        padding: its value.
        lattice: what all weights are multiples of; 0 for exact powers of 3.
    """

    scale: Scale
    blank: int
    samples: tuple[int, ...]
    symbols: tuple[int, ...]
    states: tuple[int, ...]
    weights: tuple[Fraction, ...]
    symbol_digits: int
    padding: Fraction
    lattice: Fraction

    @classmethod
    def of(cls, machine: Machine, scale: Scale, lattice: Fraction | int = 0) -> Coding:
        """The coding of a machine.

        Args:
            machine: any.
            scale: of the weights.
            lattice: what to round them to; 0 for exact ones.

        Raises:
            LimitError: rounded, two cells have values that are too close to tell apart.
        """
        symbols, symbol_digits = symbol_codes(len(machine.symbols), machine.blank)
        states, state_digits = state_codes(machine)
        last, lattice = symbol_digits + 2 + state_digits, Fraction(lattice)
        unit = Fraction(3**last) if scale is Scale.INTEGER else Fraction(1)
        exact = [*(unit / 3**i for i in range(last + 1)), unit / 6]
        *weights, padding = (round(w / lattice) * lattice if lattice else w for w in exact)
        coding = cls(
            scale=scale,
            blank=machine.blank,
            samples=tuple(s for s in range(len(symbols)) if s != machine.blank)[:2],
            symbols=symbols,
            states=states,
            weights=tuple(weights),
            symbol_digits=symbol_digits,
            padding=padding,
            lattice=lattice,
        )
        if coding.margin <= lattice:
            raise LimitError(
                f"{len(states)} states need {last + 1} digits in base 3, "
                f"which multiples of {lattice} do not tell apart",
            )
        return coding

    @property
    def sample(self) -> Fraction:
        """What SGD writes for +1; minus this for -1."""
        return self.weights[1]

    @property
    def phase(self) -> Fraction:
        """The weight of the phase digit; a memory cell has minus this."""
        return self.weights[self.symbol_digits + 1]

    @property
    def head(self) -> Fraction:
        """The weight of the head digit."""
        return self.weights[self.symbol_digits + 2]

    @property
    def ramp(self) -> Fraction:
        """The width of a step between two values: a power of two, half their distance or less."""
        return power_of_two_up_to(self.weights[-1] / 2)

    @cached_property
    def margin(self) -> Fraction:
        """How far a value may be off without a ReLU of the filter changing."""
        distance = min(b - a for a, b in pairwise(self.values))
        return min(distance - self.ramp, self.ramp) / 2

    @cached_property
    def symbol_values(self) -> tuple[Fraction, ...]:
        """What each symbol adds to a cell."""
        return _values(self.symbols, self.weights[1 : self.symbol_digits + 1])

    @cached_property
    def state_values(self) -> tuple[Fraction, ...]:
        """What the head adds to a cell in each state, with its own digit."""
        added = _values(self.states, self.weights[self.symbol_digits + 3 :])
        return tuple(self.head + value for value in added)

    def value(self, cell: Neighbour) -> Fraction:
        """The number that stands for a cell, or for padding."""
        if cell is None:
            return self.padding
        head = 0 if cell.state is None else self.state_values[cell.state]
        tape = self.symbol_values[cell.symbol] + self.weights[0] * cell.workspace
        return tape + self.phase * cell.phase + head

    @cached_property
    def cells(self) -> tuple[Neighbour, ...]:
        """All that a grid can hold, and padding, by value. *Cell numbers* are places in this."""
        return tuple(sorted(self._all(), key=self.value))

    def _all(self) -> Iterator[Neighbour]:
        yield None
        yield Cell(self.blank, Phase.MEMORY)
        yield from (Cell(symbol, Phase.UNKNOWN) for symbol in (self.blank, *self.samples))
        yield Cell(self.blank, Phase.UNKNOWN, workspace=True)
        for state in (None, *range(len(self.states))):
            yield from (Cell(s, Phase.COMPUTING, state) for s in range(len(self.symbols)))
            yield Cell(self.blank, Phase.COMPUTING, state, workspace=True)

    @cached_property
    def values(self) -> tuple[Fraction, ...]:
        """By cell number; increasing."""
        return tuple(self.value(cell) for cell in self.cells)

    @cached_property
    def number(self) -> dict[Neighbour, int]:
        """Cell -> cell number."""
        return {cell: number for number, cell in enumerate(self.cells)}

    def numbers(self, values: NDArray[np.floating[Any]]) -> NDArray[np.int32]:
        """The cell numbers of an array of values; -1 for what is within `margin` of no cell."""
        known = self.floats(np.arange(len(self.cells)))
        above = np.clip(np.searchsorted(known, values), 1, len(known) - 1)
        near = above - (values - known[above - 1] < known[above] - values)
        close = np.abs(values - known[near]) < float(self.margin)
        found: NDArray[np.int32] = np.where(close, near, -1).astype(np.int32)
        return found

    def floats(self, numbers: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
        """The values of an array of cell numbers, to the nearest float64."""
        known = np.array([float(value) for value in self.values])
        found: NDArray[np.float64] = known[numbers]
        return found


def power_of_two_up_to(bound: Fraction) -> Fraction:
    """The largest power of two that is not above a positive number.

    >>> print(power_of_two_up_to(Fraction(7)), power_of_two_up_to(Fraction(1, 3)))
    4 1/4
    """
    power = Fraction(2) ** (bound.numerator.bit_length() - bound.denominator.bit_length())
    return power if power <= bound else power / 2


def _values(codes: tuple[int, ...], weights: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    digits = [balanced(code, len(weights)) for code in codes]
    return tuple(
        sum((d * w for d, w in zip(row, weights, strict=True)), Fraction(0)) for row in digits
    )
