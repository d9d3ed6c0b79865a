"""The activation in floating point: values, derivatives, and which piece an input lies on.

`runtime.engines.native_kernels` has the same formulas for one number. So that both give the same
bits, operations come in the same order in both, constants are rounded to the dtype before use, and
a power other than a short product is one call of the C library's ``pow`` in double precision:
torch's own powers depend on where in a tensor a number stands, as vectors and remainders are
computed by different functions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

import torch
from torch import Tensor

from compiler.activation import Activation
from compiler.blends import Cubic, lower_blend, upper_blend


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

    def constants(self) -> tuple[float, ...]:
        """Everything about f as numbers: the fields in order, then the lower and upper blend."""
        pieces = (self.exponent, self.dead_zone, self.power_from, self.power_to, self.plateau_from)
        return (*pieces, self.plateau, *self._lower_blend(), *self._upper_blend())

    def value(self, x: Tensor) -> Tensor:
        """f(x), of x's shape."""
        y = self.value_on_pieces(x)
        blend = self.in_blend(x)
        if bool(blend.any()):
            size = x.abs()
            y = torch.where(blend, torch.copysign(self._blend(size)[0], x), y)
        return y

    def value_into(self, x: Tensor, out: Tensor) -> None:
        """Write f(x) into a tensor."""
        out.copy_(self.value(x))

    def value_on_pieces(self, x: Tensor, out: Tensor | None = None) -> Tensor:
        """f(x) for inputs that are in no blend, in fewer operations."""
        size = x.abs()
        dead, plateau = size <= self.dead_zone, size >= self.plateau_from
        y = self._power(size, self.exponent)
        y = y.masked_fill_(dead, 0.0).masked_fill_(plateau, self.plateau)
        return torch.copysign(y, x, out=out)

    def value_on_pieces_into(self, x: Tensor, out: Tensor) -> None:
        """Write f(x) for inputs that are in no blend into a tensor; zeros have any sign.

        Where it can be, by four calls of torch that make no new tensors: twice x on the plateau and
        x elsewhere, without what is in the dead zone, and cut off at the plateau.
        """
        in_few_calls = self.exponent == 1 and self.power_to < self.plateau_from
        if not in_few_calls or not self.power_to <= self.plateau <= 2 * self.plateau_from:
            self.value_on_pieces(x, out)
            return
        torch.hardshrink(x, self.power_to, out=out)  # 0 up to there: all but the plateau
        out += x
        torch.hardshrink(out, self.dead_zone, out=out)
        torch.clamp_(out, -self.plateau, self.plateau)

    def derivative(self, x: Tensor) -> Tensor:
        """f'(x), of x's shape; exactly 0 in the dead zone and on the plateau."""
        size = x.abs()
        dead, power, plateau = self._pieces(size)
        sloped = power & ~plateau
        slope = sloped.to(x.dtype)
        if self.exponent != 1:  # not a product: far out the power is infinite
            power_slope = self.exponent * self._power(size, self.exponent - 1)
            slope = torch.where(sloped, power_slope, slope)
        on_pieces = power | dead | plateau
        if not bool(on_pieces.all()):
            slope = torch.where(on_pieces, slope, self._blend(size)[1])
        return slope

    def piece(self, x: Tensor) -> Tensor:
        """The `Piece` of each input, uint8 of x's shape. Without a dead zone, 0 is DEAD."""
        dead, power, plateau = self._pieces(x.abs())
        piece = torch.full_like(x, Piece.BLEND, dtype=torch.uint8)
        piece[power] = Piece.POWER
        piece[dead] = Piece.DEAD
        piece[plateau] = Piece.PLATEAU
        return piece

    def in_blend(self, x: Tensor) -> Tensor:
        """Whether each input is between two pieces, or is not a number."""
        dead, power, plateau = self._pieces(x.abs())
        return ~(dead | power | plateau)

    def _pieces(self, size: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Which are in the dead zone, on the power piece, and on the plateau."""
        power = (size >= self.power_from) & (size <= self.power_to)
        return size <= self.dead_zone, power, size >= self.plateau_from

    def _power(self, size: Tensor, exponent: float) -> Tensor:
        """``size ** exponent`` below the plateau; what it is elsewhere does not matter."""
        if exponent == 1:
            return size
        if exponent == 2:
            return size * size
        if exponent == 3:
            return size * size * size
        inside = (size > 0) & (size < self.plateau_from)
        powers = [math.pow(x, exponent) for x in size[inside].tolist()]
        y = torch.zeros_like(size)
        y[inside] = torch.tensor(powers, dtype=torch.float64).to(size.dtype)
        return y

    def _blend(self, size: Tensor) -> tuple[Tensor, Tensor]:
        """Cubic Hermite curves of both blends: value and slope, right where there is a blend."""
        upper = _on_cubic(size, self._upper_blend())
        if not self.power_from:
            return upper
        lower, below = _on_cubic(size, self._lower_blend()), size < self.power_from
        return torch.where(below, lower[0], upper[0]), torch.where(below, lower[1], upper[1])

    def _lower_blend(self) -> Cubic:
        return lower_blend(self.exponent, self.dead_zone, self.power_from)

    def _upper_blend(self) -> Cubic:
        return upper_blend(self.exponent, self.power_to, self.plateau_from, self.plateau)


def _on_cubic(x: Tensor, c: Cubic) -> tuple[Tensor, Tensor]:
    """Value and slope at x."""
    t = (x - c.x0) / c.width
    return c.y0 + t * (c.bend + t * (c.b + t * c.a)), (c.bend + t * (c.b2 + c.a3 * t)) / c.width
