"""How fast floating point loses the printed construction, flip by flip.

Let d_i be the relative error of a unit's path weight w_i and S = sum of e_i d_i over the path that
flips, e_i = p^(6-i): the relative error of what the unit contributes. The update subtracts
``gamma dL/dw_i``, which is 2 w_i up to relative errors, so the new error is

    d_i' = 2 (S - d_i) - d_i = 2 S - 3 d_i                          one unit among right ones
    d_i' = 2 (S - d_i + p S / 2 + (p - 1) S) - d_i = 3 p S - 3 d_i  all units equally wrong

In the second line the output is wrong as well: its error p S enters the loss's derivative by half,
and f' at the output by (p - 1) S. A common error of one unit therefore grows by ``2 E - 3`` in a
flip (E = sum of all e_i; 725 at p = 3). In a run whose every step is wrong the branches take
turns while the stem flips always, so its two exponents dominate: the factor tends to the spectral
radius of two steps, about ``3 p (e_1 + e_2) - 3`` a flip (2913 at p = 3).

Two more things happen to floats. An output that rounding has pushed beyond 1 is in a blend, where
f' changes faster than on the power piece, so measured factors may exceed these (at p = 1 the live
values are at both ends of the piece, so any error does that). And for p < 2, where
a control should silence a branch, rounding leaves some x instead of 0, and the slope p x^(p-1)
there is not small (x^(2/9) at p = 11/9).

Exact arithmetic has no first error, and neither has the dyadic case p = 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import inf, isfinite, nan

import numpy as np
from numpy.typing import NDArray

from circuits.builder import Builder
from circuits.circuit import Circuit
from circuits.errors import LimitError
from circuits.update_on_error import UpdateOnError, predict
from compiler.emulation_constants import SHORTEST_PATH
from compiler.net import EdgeRole, Net, Unit
from compiler.pipeline import compile_net
from runtime.lemma2 import ExpectedWeights
from runtime.settings import Settings
from runtime.trainer import TorchTrainer

EXPONENTS = tuple(Fraction(p) for p in ("3", "2", "3/2", "11/9", "1"))
FLIPS = 40
NUDGE = {"float64": -(2.0**-24), "float32": -(2.0**-14)}
"""Relative error given to one unit; negative, so that the output stays on the power piece."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One run in which every step is wrong.

    Attributes:
        exponent: p.
        m_prime: m'.
        dtype: of the run.
        one_unit: growth in one flip of a small relative error of one unit's weights.
        errors: after each flip, the largest relative error of a weight; up to the failure.
        failed_at: the first flip after which the output or a memory bit is wrong, or None.
        refused: why the dtype cannot hold the net, or None.
    """

    exponent: Fraction
    m_prime: int
    dtype: str
    one_unit: float = nan
    errors: tuple[float, ...] = ()
    failed_at: int | None = None
    refused: str | None = None

    @property
    def predicted_one_unit(self) -> float:
        """The factor 2 E - 3, with what the unit's own error adds to the output's."""
        total, p = float(sum(self._exponents)), float(self.exponent)
        return 2 * total - 3 + (3 * p - 2) * total / self.m_prime

    @property
    def predicted(self) -> float:
        """The factor per flip of a run: from the linear map of a step through each branch."""
        e, p = np.array(self._exponents, float), float(self.exponent)
        steps = []
        for branch in (slice(2, 6), slice(6, 10)):
            moved = np.zeros(10, bool)
            moved[:2] = moved[branch] = True
            row = np.zeros(10)
            row[moved] = 3 * p * e
            step = np.eye(10)
            step[moved] = row - 3 * np.eye(10)[moved]
            steps.append(step)
        return float(np.sqrt(np.abs(np.linalg.eigvals(steps[1] @ steps[0])).max()))

    @property
    def measured(self) -> float:
        """The factor between the last two flips with errors below 1e-3; nan without any."""
        small = [e for e in self.errors if 0 < e < 1e-3]
        return small[-1] / small[-2] if len(small) > 1 else nan

    @property
    def _exponents(self) -> list[Fraction]:
        return [self.exponent ** (SHORTEST_PATH - i) for i in range(1, SHORTEST_PATH + 1)]


def toggler() -> Circuit:
    """One bit that predicts itself and flips whenever it is wrong."""
    builder = Builder("toggler")
    bit = builder.latch("bit")
    builder.output("prediction", bit)
    builder.set_next(bit, bit ^ 1)
    return builder.build()


def drift(exponent: Fraction, dtype: str, flips: int = FLIPS) -> Drift:
    """Flip a memory bit ``flips`` times in floating point and compare with exact weights."""
    net = compile_net(toggler(), preset="printed", exponent=exponent, one_filler=True)
    try:
        run = TorchTrainer(net, Settings(dtype=dtype))
        errors, failed_at = _run(net, run, flips)
        one_unit = _one_unit(net, TorchTrainer(net, Settings(dtype=dtype)))
    except LimitError as error:
        return Drift(exponent, net.units_per_step, dtype, refused=str(error))
    return Drift(exponent, net.units_per_step, dtype, one_unit, errors, failed_at)


def _run(net: Net, run: TorchTrainer, flips: int) -> tuple[tuple[float, ...], int | None]:
    """The errors after each flip; the flip at which the output or the bit goes wrong."""
    form, state = UpdateOnError(net.circuit), net.circuit.reset_state
    expected, size = ExpectedWeights(net, np.sign(net.weights())), _sizes(net)
    errors: list[float] = []
    for flip in range(1, flips + 1):
        prediction, when_wrong = predict(form, state, ())
        (output,) = run.forward_backward([[]], [1 - 2 * prediction])
        run.update()
        expected.update(state, when_wrong, prediction)
        state = when_wrong
        errors.append(max(_errors(run.weights, expected.weights, size)))
        held = run.weights[net.memory[0].edge] < 0
        if bool(output > 0) != bool(prediction) or bool(held) != bool(state[0]):
            return tuple(errors), flip
    return tuple(errors), None


def _one_unit(net: Net, run: TorchTrainer) -> float:
    """The growth in one flip of an error common to the weights of the memory unit's live path."""
    bit, nudge = net.memory[0].edge, NUDGE[str(run.weights.dtype)]
    unit = (net.unit == Unit.MEMORY)[net.edge_target] | (net.unit == Unit.MEMORY)[net.edge_source]
    path = np.flatnonzero(unit & (net.edge_role == EdgeRole.PATH))
    run.weights[path] *= 1 + nudge
    run.forward_backward([[]], [1])  # the bit is 0, so the output -1 is wrong and flips it
    run.update()
    size = _sizes(net)[bit]
    after = _errors(run.weights[[bit]], np.array([-1.0]), [size])[0]
    return after / abs(nudge)


def _sizes(net: Net) -> list[Decimal]:
    """The exact magnitude of every weight as built, to 60 digits."""
    table = [abs(value).to_decimal() for value in net.values]
    return [table[v] for v in net.edge_value.tolist()]


def _errors(
    weights: NDArray[np.floating], signs: NDArray[np.floating], sizes: list[Decimal]
) -> list[float]:
    """The relative error of each weight; infinite where it is not a number."""
    return [
        abs(float(Decimal(w) * Decimal(sign) / size - 1)) if isfinite(w) else inf
        for w, sign, size in zip(weights.tolist(), signs.tolist(), sizes, strict=True)
    ]
