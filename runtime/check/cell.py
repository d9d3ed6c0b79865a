"""The memory cell under noise: unset, being written, and set by either label (Definition 7).

A cell is a path v0, v1, ..., v5 with edges w_0, ..., w_4 from the constant vertex to the output; a
vertex of it outputs y_i = f(w_(i-1) y_(i-1)), v4 hears its control vertices besides. All edges of a
net are as built, or as SGD made them, up to noise of at most epsilon on each. Here every number
that can occur is enclosed in an interval, with all signs, and must lie on one piece of f:

    hold     v4 hears w_3 y_3 + 2 c, c from vc:                  the dead zone
    write    v1 .. v4 and the output, which hears n' w_4 y_4 + 2 o, o from voc[t]:   the power piece
    update   w_i' = w_i - rate 2 (output - label) f'(output's input) d(output's input)/dw_i
    kept     with w', for both labels: v4 hears w_3' y_3 + 2 c', c' from vc':        the dead zone
    read     v2's reader -2 of an unset cell, 2 of a set one; vr -2 just of one set by label -1
    answer   the output hears 2 a or -2 a, a from voc[T]: it differs from 1 or -1 by less than 1/2

In "update" w_i is as built, without its noise, which is the difference of the two sides' noise and
counts once; the derivatives are of noisy weights. What has been on the dead zone or on the plateau
has f' = 0 and an output without any noise, so this does not add up along the path or over steps.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from fractions import Fraction

from runtime.check.activation import DEAD, PLATEAU, POWER, Activation
from runtime.check.files import RefusedError
from runtime.check.interval import Interval
from runtime.check.monomial import Monomial

PATH_EDGES = 5
_POINT = Interval(Fraction(1), Fraction(1))
_LABELS = (1, -1)


@dataclass(frozen=True)
class CellConstants:
    """What the certificate says of all cells alike.

    Attributes:
        weights: w_0 .. w_4 as built.
        state, state_bias: into the reader of v2, from v2 and from the constant.
        read: from v1 into vr.
        control, control_primed: from vc and vc' into v4.
        output_control: from voc[t] into the output, t < T.
        answer: from voc[T] into the output.
    """

    weights: list[Monomial]
    state: Monomial
    state_bias: Monomial
    read: Monomial
    control: Monomial
    control_primed: Monomial
    output_control: Monomial
    answer: Monomial

    @classmethod
    def parse(cls, stated: dict[str, object]) -> CellConstants:
        """Of the certificate's texts, no more and no less."""
        weights = stated["weights"]
        names = [field.name for field in fields(cls)]
        if not isinstance(weights, list) or [*stated] != names or len(weights) != PATH_EDGES:
            raise RefusedError("write", f"a cell has {names}, five of the weights")
        rest = [Monomial.parse(str(stated[name])) for name in names[1:]]
        return cls([Monomial.parse(str(text)) for text in weights], *rest)


class NoisyActivation:
    """f of intervals; an end of a piece that is irrational is moved into the piece."""

    def __init__(self, f: Activation) -> None:
        self.p, top = f.p, f.top.rational()
        if top is None:
            raise RefusedError("activation", f"the plateau's value {f.top} is irrational")
        self.top = top
        self.dead, self.plateau = Interval.of(f.dead).low, Interval.of(f.plateau).high
        self.start, self.end = Interval.of(f.start).high, Interval.of(f.end).low

    def piece(self, x: Interval) -> str:
        """The one piece that all of an interval is on, or an empty text."""
        least = max(x.low, -x.high)  # the least magnitude, if it is one sign's
        most = max(-x.low, x.high)
        if most <= self.dead:
            return DEAD
        if least >= self.plateau:
            return PLATEAU
        return POWER if least >= self.start and most <= self.end and least > 0 else ""

    def value(self, x: Interval) -> Interval:
        """What all of an interval on a single piece is mapped to."""
        piece = self.piece(x)
        if piece == POWER:
            return x.power(self.p) if x.low > 0 else -(-x).power(self.p)
        size = self.top if piece == PLATEAU else Fraction(0)
        return Interval(size, size) if x.low > 0 else Interval(-size, -size)

    def slope(self, x: Interval) -> Interval:
        """The derivative of f on the power piece."""
        size = x if x.low > 0 else -x
        return size.power(self.p - 1) * self.p


def check_cell(
    c: CellConstants, f: Activation, rate: Monomial, inputs: int, noise: Fraction
) -> None:
    """Refuse a cell that does not bear the noise.

    Args:
        c: the constants.
        f: the activation.
        rate: of SGD.
        inputs: n', how many cells are written in one step.
        noise: epsilon.
    """
    if noise < 0:
        raise RefusedError("noise", f"{noise} is negative")
    try:
        _Cell(c, NoisyActivation(f), Interval.of(rate), inputs, noise).check()
    except ValueError as error:
        raise RefusedError("write", str(error)) from None


class _Cell:
    def __init__(
        self, c: CellConstants, f: NoisyActivation, rate: Interval, inputs: int, noise: Fraction
    ) -> None:
        self.c, self.f, self.rate, self.inputs, self.noise = c, f, rate, inputs, noise

    def check(self) -> None:
        """Every inequality, in the order in which a cell meets them."""
        c, f = self.c, self.f
        built = [Interval.of(w) for w in c.weights]
        weights = [w.around(self.noise) for w in built]
        heard, outputs = self._path(weights, "write", "an unset cell", (POWER,))
        self._on(heard[3] + self._from_control(c.control), DEAD, "silence", "v4 of an unset cell")
        self._on(heard[3], POWER, "write", "v4 of a cell that is written")
        v4 = f.value(heard[3])

        arriving = weights[4] * v4 * self.inputs + self._from_control(c.output_control)
        self._on(arriving, POWER, "write", "the output that memorises")
        gradients = self._gradients(weights, heard, outputs, v4)
        self._reads(outputs, False, 1)
        factor = self.rate * f.slope(arriving) * 2
        for label in _LABELS:
            error = f.value(arriving) + Interval(Fraction(-label), Fraction(-label))
            made = [
                (w + -(factor * error * g)).around(self.noise)
                for w, g in zip(built, gradients, strict=True)
            ]
            whose = f"a cell set by label {label}"
            heard, kept = self._path(made, "kept", whose, (POWER, PLATEAU))
            silenced = heard[3] + self._from_control(c.control_primed)
            self._on(silenced, DEAD, "silence", f"v4 of {whose}")
            self._reads(kept, True, label)
        self._answer()

    def _from_control(self, weight: Monomial) -> Interval:
        """What a control vertex on the plateau sends through an edge."""
        return Interval.of(weight).around(self.noise) * self.f.top

    def _path(
        self, weights: list[Interval], obligation: str, whose: str, pieces: tuple[str, ...]
    ) -> tuple[list[Interval], list[Interval]]:
        """What v1 .. v4 hear of the path, and what v0 .. v3 output."""
        heard, outputs = [weights[0]], [_POINT]
        for i, weight in enumerate(weights[1:4], start=1):
            if self.f.piece(heard[-1]) not in pieces:
                text = f"v{i} of {whose} hears {_text(heard[-1])}, not on the {pieces[-1]}"
                raise RefusedError(obligation, text)
            outputs.append(self.f.value(heard[-1]))
            heard.append(outputs[-1] * weight)
        return heard, outputs

    def _gradients(
        self, weights: list[Interval], heard: list[Interval], outputs: list[Interval], v4: Interval
    ) -> list[Interval]:
        """By w_0 .. w_4, of what the output hears from a cell that is written: the chain rule."""
        found, back = [v4], weights[4]
        for i in (3, 2, 1, 0):
            back = back * self.f.slope(heard[i])  # by what v_(i+1) hears
            found.append(back * outputs[i])
            back = back * weights[i]
        return found[::-1]

    def _reads(self, outputs: list[Interval], is_set: bool, label: int) -> None:
        """What the readers of v2 and of v1 tell the gates."""
        c, noise = self.c, self.noise
        state = Interval.of(c.state).around(noise) * outputs[2]
        state = state + Interval.of(c.state_bias).around(noise)
        read = Interval.of(c.read).around(noise) * outputs[1]
        for what, x, positive in (("v2's reader", state, is_set), ("vr", read, label > 0)):
            whose = f"{what} of " + (f"a cell set by label {label}" if is_set else "an unset cell")
            self._on(x, PLATEAU, "flatness", whose)
            if (x.low > 0) != positive:
                raise RefusedError("function", f"{whose} has the wrong sign: it hears {_text(x)}")

    def _answer(self) -> None:
        heard = self._from_control(self.c.answer)
        self._on(heard, POWER, "answer", "the output that answers")
        said = self.f.value(heard)
        if not Fraction(1, 2) < said.low <= said.high < Fraction(3, 2):
            raise RefusedError("answer", f"the output is {_text(said)}, not within 1/2 of 1")

    def _on(self, x: Interval, piece: str, obligation: str, what: str) -> None:
        if self.f.piece(x) != piece:
            raise RefusedError(obligation, f"{what} hears {_text(x)}, not on the {piece}")


def _text(x: Interval) -> str:
    """For people: an interval in six digits; constants of p = 3 may be beyond the floats."""
    return " to ".join(f"{Decimal(end.numerator) / end.denominator:.6g}" for end in x)
