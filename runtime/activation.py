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
        size = x.abs()
        y = size if self.exponent == 1 else size**self.exponent
        if self.power_from:
            y = torch.where(size <= self.dead_zone, 0.0, y)
        y = torch.where(size >= self.plateau_from, self.plateau, y)
        blend = self._in_blend(size)
        if bool(blend.any()):
            y = torch.where(blend, self._blend(size)[0], y)
        return torch.copysign(y, x)

    def derivative(self, x: Tensor) -> Tensor:
        """f'(x), of x's shape; exactly 0 in the dead zone and on the plateau."""
        size = x.abs()
        if self.exponent == 1:
            slope = torch.ones_like(size)
        else:
            slope = self.exponent * size ** (self.exponent - 1)
        if self.power_from:
            slope = torch.where(size <= self.dead_zone, 0.0, slope)
        slope = torch.where(size >= self.plateau_from, 0.0, slope)
        blend = self._in_blend(size)
        if bool(blend.any()):
            slope = torch.where(blend, self._blend(size)[1], slope)
        return slope

    def piece(self, x: Tensor) -> Tensor:
        """The `Piece` of each input, uint8 of x's shape. Without a dead zone, 0 is DEAD."""
        size = x.abs()
        piece = torch.full_like(size, Piece.POWER, dtype=torch.uint8)
        piece[size <= self.dead_zone] = Piece.DEAD
        piece[self._in_blend(size) | ~(size >= 0)] = Piece.BLEND
        piece[size >= self.plateau_from] = Piece.PLATEAU
        return piece

    def _in_blend(self, size: Tensor) -> Tensor:
        upper = (size > self.power_to) & (size < self.plateau_from)
        if not self.power_from:
            return upper
        return upper | ((size > self.dead_zone) & (size < self.power_from))

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
