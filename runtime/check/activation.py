"""The activation f, exactly: odd, with flat pieces, one sloped piece, and blends between them.

For x >= 0: 0 up to ``dead``, ``x ** p`` from ``start`` to ``end``, ``top`` from ``plateau`` on.
Nothing may land in the two blends between. With p > 1 there may be no dead zone; then 0 itself
is flat, since f'(0) = 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from runtime.check.files import RefusedError
from runtime.check.monomial import ONE, ZERO, Monomial

DEAD, POWER, PLATEAU, BLEND = "dead zone", "power piece", "plateau", "blend"


@dataclass(frozen=True)
class Activation:
    """Exact end points of the pieces."""

    p: Fraction
    dead: Monomial
    start: Monomial
    end: Monomial
    plateau: Monomial
    top: Monomial

    @classmethod
    def parse(cls, texts: dict[str, str]) -> Activation:
        """The activation of these names and constants; refused where it is not of this form."""
        names = ("dead_zone", "power_from", "power_to", "plateau_from", "plateau")
        p, points = Monomial.parse(texts["exponent"]).rational(), [*map(texts.get, names)]
        dead, start, end, plateau, top = [Monomial.parse(str(text)) for text in points]
        ends = [
            point.compare(last) for last, point in ((dead, start), (start, end), (end, plateau))
        ]
        gap = ends[0] > 0 or (p is not None and p > 1 and ends[0] == dead.sign == 0)
        if p is None or p < 1 or dead.sign < 0 or not gap or min(ends[1:]) < 1 or top.sign < 1:
            raise RefusedError("activation", f"not an activation of this form: {texts}")
        return cls(p, dead, start, end, plateau, top)

    def piece(self, x: Monomial) -> str:
        """Which piece an input is on."""
        size = abs(x)
        if size.compare(self.dead) <= 0:
            return DEAD
        if size.compare(self.plateau) >= 0:
            return PLATEAU
        inside = size.compare(self.start) >= 0 and size.compare(self.end) <= 0
        return POWER if inside else BLEND

    def value(self, x: Monomial) -> Monomial:
        """f(x), not for blends."""
        piece = self.piece(x)
        size = {DEAD: ZERO, PLATEAU: self.top}.get(piece) or abs(x) ** self.p
        return size if x.sign >= 0 else -size

    def slope(self, x: Monomial) -> Monomial:
        """f'(x), not for blends; at the ends of the power piece that of the power."""
        if self.piece(x) != POWER:
            return ZERO
        power = abs(x) ** (self.p - 1) if self.p != 1 else ONE
        return Monomial.of(self.p) * power
