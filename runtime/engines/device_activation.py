"""The activation on a device: the formulas of `runtime.activation`, without a look at the numbers.

A recorded sequence of kernels cannot branch, so all pieces are computed and one is chosen. Each
operation is a kernel of its own, so that no two are fused. Divisors are tensors: by a Python number
CUDA would multiply with its rounded reciprocal.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from circuits.errors import SourceError
from compiler.blends import Cubic
from runtime.activation import FloatActivation


@dataclass(frozen=True, eq=False, slots=True)
class DeviceActivation:
    """f and f' of tensors on a device.

    Attributes:
        f: the constants.
        lower, upper: its blends; no lower one where there is no dead zone.
        widths: of those, as tensors on the device.
    """

    f: FloatActivation
    lower: Cubic | None
    upper: Cubic
    widths: tuple[Tensor, Tensor]

    @classmethod
    def of(cls, f: FloatActivation, like: Tensor) -> DeviceActivation:
        """For tensors of this dtype and device.

        Raises:
            SourceError: an exponent for which torch's powers are not the same everywhere.
        """
        if f.exponent not in (1, 2, 3):
            raise SourceError(
                f"the gpu engine computes x^1, x^2 and x^3, not x^{f.exponent}",
                hint="use the engine live",
            )
        numbers = f.constants()
        lower, upper = Cubic(*numbers[6:14]), Cubic(*numbers[14:22])
        widths = tuple(torch.tensor(c.width).to(like) for c in (lower, upper))
        return cls(f, lower if f.power_from else None, upper, (widths[0], widths[1]))

    def value(self, x: Tensor) -> Tensor:
        """f(x), of x's shape."""
        f, size = self.f, x.abs()
        y = self._power(size, f.exponent)
        y = torch.where(size > f.power_to, self._on_cubic(size, 1)[0], y)
        if self.lower is not None:
            y = torch.where(size < f.power_from, self._on_cubic(size, 0)[0], y)
        y = y.masked_fill_(size <= f.dead_zone, 0.0)
        y = y.masked_fill_(size >= f.plateau_from, f.plateau)
        return torch.copysign(y, x)

    def slope(self, x: Tensor) -> Tensor:
        """f'(x), of x's shape; exactly 0 in the dead zone and on the plateau."""
        f, size = self.f, x.abs()
        y = torch.ones_like(x)
        if f.exponent != 1:
            y = f.exponent * self._power(size, f.exponent - 1)
        y = torch.where(size > f.power_to, self._on_cubic(size, 1)[1], y)
        if self.lower is not None:
            y = torch.where(size < f.power_from, self._on_cubic(size, 0)[1], y)
        y = y.masked_fill_(size <= f.dead_zone, 0.0)
        return y.masked_fill_(size >= f.plateau_from, 0.0)

    @staticmethod
    def _power(size: Tensor, exponent: float) -> Tensor:
        if exponent == 1:
            return size.clone()
        return size * size if exponent == 2 else size * size * size

    def _on_cubic(self, size: Tensor, which: int) -> tuple[Tensor, Tensor]:
        """Value and slope on a blend; anything elsewhere."""
        c, width = (self.lower, self.upper)[which], self.widths[which]
        assert c is not None
        t = (size - c.x0) / width
        return c.y0 + t * (c.bend + t * (c.b + t * c.a)), (c.bend + t * (c.b2 + c.a3 * t)) / width
