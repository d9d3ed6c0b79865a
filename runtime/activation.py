"""The activation in floating point: values, derivatives, and which piece an input lies on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import torch
from torch import Tensor

from compiler.activation import Activation


class Piece(IntEnum):
    """Pieces of the activation, by |x|; nothing may ever land in a BLEND."""

    DEAD = 0
    POWER = 1
    PLATEAU = 2
    BLEND = 3


@dataclass(frozen=True, slots=True)
class FloatActivation:
    """The break points of `compiler.activation.Activation` as numbers of one dtype."""

    exponent: float
    dead_zone: float
    power_from: float
    power_to: float
    plateau_from: float
    plateau: float

    @classmethod
    def of(cls, activation: Activation, dtype: str) -> FloatActivation:
        """Convert; break points that underflow or overflow are refused with LimitError."""
        return cls(**{name: value.to_float(dtype) for name, value in activation.items()})

    def value(self, x: Tensor) -> Tensor:
        """f(x), of x's shape."""
        y = self.value_on_pieces(x)
        blend = self.in_blend(x)
        if bool(blend.any()):
            size = x.abs()
            y = torch.where(blend, torch.copysign(self._blend(size)[0], x), y)
        return y

    def value_on_pieces(self, x: Tensor) -> Tensor:
        """f(x) for inputs that are in no blend, in fewer operations."""
        size = x.abs()
        y = size if self.exponent == 1 else size**self.exponent
        if self.power_from:
            y = torch.where(size <= self.dead_zone, 0.0, y)
        return torch.copysign(torch.where(size >= self.plateau_from, self.plateau, y), x)

    def derivative(self, x: Tensor) -> Tensor:
        """f'(x), of x's shape; exactly 0 in the dead zone and on the plateau."""
        size = x.abs()
        sloped = size < self.plateau_from
        if self.power_from:
            sloped &= size > self.dead_zone
        slope = sloped.to(x.dtype)
        if self.exponent != 1:  # not a product: far out the power is infinite
            slope = torch.where(sloped, self.exponent * size ** (self.exponent - 1), slope)
        blend = self.in_blend(x)
        if bool(blend.any()):
            slope = torch.where(blend, self._blend(size)[1], slope)
        return slope

    def piece(self, x: Tensor) -> Tensor:
        """The `Piece` of each input, uint8 of x's shape. Without a dead zone, 0 is DEAD."""
        size = x.abs()
        piece = torch.full_like(size, Piece.POWER, dtype=torch.uint8)
        piece[size <= self.dead_zone] = Piece.DEAD
        piece[size >= self.plateau_from] = Piece.PLATEAU
        piece[self.in_blend(x)] = Piece.BLEND
        return piece

    def in_blend(self, x: Tensor) -> Tensor:
        """Whether each input is between two pieces, or is not a number."""
        size = x.abs()
        bad = (size > self.power_to) & (size < self.plateau_from)
        if self.power_from:
            bad |= (size > self.dead_zone) & (size < self.power_from)
        return bad | size.isnan()

    def _blend(self, size: Tensor) -> tuple[Tensor, Tensor]:
        """Cubic Hermite curves of both blends: value and slope, right where there is a blend."""
        p, start, end = self.exponent, self.power_from, self.power_to
        upper = _hermite(size, end, self.plateau_from, end**p, self.plateau, p * end ** (p - 1), 0)
        if not start:
            return upper
        lower = _hermite(size, self.dead_zone, start, 0, start**p, 0, p * start ** (p - 1))
        below = size < start
        return torch.where(below, lower[0], upper[0]), torch.where(below, lower[1], upper[1])


def _hermite(
    x: Tensor, x0: float, x1: float, y0: float, y1: float, slope0: float, slope1: float
) -> tuple[Tensor, Tensor]:
    """The cubic through (x0, y0) and (x1, y1) with these slopes there, and its derivative.

    It is monotone because both slopes are at most three times the secant's (de Boor and Swartz):
    above, p <= 3 * 2; below, with dead_zone = power_from / 2, p <= 3 * 2 again.
    """
    width = x1 - x0
    t = (x - x0) / width
    rise, bend0, bend1 = y1 - y0, slope0 * width, slope1 * width
    a, b = bend0 + bend1 - 2 * rise, 3 * rise - 2 * bend0 - bend1
    return y0 + t * (bend0 + t * (b + t * a)), (bend0 + t * (2 * b + 3 * a * t)) / width
