"""How much noise a net of Lemma 6 bears, as inequalities that are decided exactly.

*The claim.* Let all noise that is ever added to an edge sum to at most epsilon, in absolute values,
edge by edge, whenever it comes and however it depends on anything. If every inequality of
`inequalities` holds for epsilon, then, while the net is trained by SGD with the learning rate
gamma on one sample a step, the computation component (Lemma 5) says what it says without noise, a
cell (Definition 7) is unset before its step and set after it, and reads as such; and after the T
samples the output is within 1/2 of 2 h - 1, for every input.

*Proof*, along Lemmas 4 to 6. Each bound below is an interval that grows with epsilon and contains
the number in question, so each inequality that holds for epsilon holds for less. By induction over
the steps t, every edge has its built weight plus the noise so far, at most epsilon, except for the
paths of cells that have been set and the edges voc[t'] -> output for t' < t. In step t:

1. *Gates and readers* are fed with outputs of +-2, +-1 and 1 and with v1 and v2 of the cells, so
   they are on the plateau by "gates"; f' = 0 there, and no gradient enters them.
2. *An unset cell that holds*: vc = 2 and v4 hears S - 2 |c|, which is in the dead zone by "hold".
   So it outputs 0 and f' = 0: no gradient enters the cell, and the output hears nothing of it.
3. *A cell that is set in this step*: vc = vc' = 0, v4 hears S, on the power piece by "write". All
   n' cells that are set in this step and voc[t] = 2 bring the output near to 1/2, on the power
   piece, and all other vertices that the output hears are 0. So the derivative of the loss by the
   output is near -1 or 3, with the bounds computed here, the gradient of w_i is a product of
   numbers with known bounds, and SGD adds U_i or subtracts it. The edge from voc[t] changes too and
   is never used again, since voc[t] = 0 from now on. The edges from vc and vc' do not change, as
   both are 0.
4. *A set cell*: w_i has become w_i + U_i, or -(U_i - w_i) for label -1, and two negative edges
   follow each other up to v2 and up to v4, so it is magnitudes that count. v1, v2, v3 are on the
   power piece or, where ``saturates``, on the plateau; v4 hears a known amount, which vc' = 2
   silences: "kept". Again f' = 0 at v4, so no weight of the cell changes any more but by noise.

In step T all cells are as in 2 or 4, only voc[T] is not 0, and "answer" says what comes out.
Nothing above adds up over the steps, and what adds up over edges are the inputs of gates, which
`gate_scale` takes care of: epsilon depends on n' alone, not on T or h.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache

from circuits.errors import LimitError
from compiler.enclosure import enclose
from compiler.noise_conditions import GATE, CellNumbers, Inequality, conditions
from compiler.noise_constants import NoiseConstants

_DIGITS = 12
"""Significant bits of the guaranteed noise."""

_MOST_HALVINGS = 2**14

_HEADROOM = 4
"""Gates bear so many times the guaranteed noise, so that it is never they that fail first."""


def inequalities(constants: NoiseConstants, inputs: int, noise: Fraction) -> tuple[Inequality, ...]:
    """All that has to hold for noise that sums to ``noise`` on every edge; see the module.

    Args:
        constants: of the net.
        inputs: n', how many cells are set in a step.
        noise: epsilon.
    """
    return tuple(conditions(CellNumbers.of(constants), inputs, noise))


@cache
def guaranteed_noise(constants: NoiseConstants, inputs: int) -> Fraction:
    """The largest epsilon, to 12 significant bits, for which every inequality holds.

    Raises:
        LimitError: some inequality fails however small the noise is.
    """
    numbers = CellNumbers.of(constants)

    def holds(noise: Fraction) -> bool:
        return all(c.slack >= 0 for c in conditions(numbers, inputs, noise))

    if not holds(Fraction(0)):
        failing = [c.name for c in conditions(numbers, inputs, Fraction(0)) if c.slack < 0]
        raise LimitError(f"no net for {inputs} input bits: without any noise {failing[0]}")
    high = 1  # halvings of 1 that are enough; those that are not are below
    while not holds(Fraction(1, 2**high)):
        high *= 2
        if high > _MOST_HALVINGS:
            raise LimitError(f"no net for {inputs} input bits bears any noise")
    halvings = _least(lambda k: holds(Fraction(1, 2**k)), high // 2, high)
    unit = Fraction(1, 2 ** (halvings + _DIGITS - 1))
    return (_least(lambda k: not holds(k * unit), 2 ** (_DIGITS - 1), 2**_DIGITS) - 1) * unit


def _least(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The least number that holds, given that ``low`` does not and ``high`` does."""
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def binding(constants: NoiseConstants, inputs: int) -> tuple[str, ...]:
    """The inequalities that keep the guaranteed noise from being 1/1000 larger."""
    more = guaranteed_noise(constants, inputs) * Fraction(1001, 1000)
    return tuple(c.name for c in inequalities(constants, inputs, more) if c.slack < 0)


def gate_scale(constants: NoiseConstants, noise: Fraction, load: int) -> int:
    """The factor for all weights into a gate, the least power of two that noise cannot get at.

    A gate's input is 2 or more, times this factor, and noise changes it by at most noise times the
    ``load``, the sum of what the gate's sources output (Lemma 5 has a factor of 1, fan-in 2 and a
    bound of 1/12). The factor allows for four times the noise.
    """
    scale, needed = 1, enclose(constants.activation.plateau_from).high + _HEADROOM * noise * load
    while GATE * scale < needed:
        scale *= 2
    return scale
