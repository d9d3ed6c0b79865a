"""A cell that is held, set and kept under chosen noise: numbers only, no net, no intervals.

Works for any numbers that + * ** and comparisons understand: Fractions, Decimals, arrays of floats.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from compiler.exact import Exact
from compiler.noise_constants import NoiseConstants

Number: TypeAlias = Any
Noise: TypeAlias = Mapping[str, Number]
"""By edge (w0 .. w4, vc, vc', voc), what is added to its weight; nothing to edges left out."""

EDGES = ("w0", "w1", "w2", "w3", "w4", "vc", "vc'", "voc")


def slacks(
    constants: NoiseConstants,
    inputs: int,
    label: int,
    before: Noise,
    after: Noise,
    number: Callable[[Exact], Number],
) -> dict[str, Number]:
    """How far everything is from the end of its piece of f; negative where it is beyond.

    Args:
        constants: of the cell.
        inputs: how many such cells, all with this noise, are set together.
        label: of the sample that sets them.
        before: the noise before that step, all of it there from the beginning.
        after: the noise after it.
        number: converts the constants.
    """
    p, f = int(constants.activation.exponent.rational() or 0), constants.activation
    dead, low, high = number(f.dead_zone), number(f.power_from), number(f.power_to)
    plateau_from, plateau = number(f.plateau_from), number(f.plateau)
    found: dict[str, Number] = {}

    def on_power(name: str, x: Number) -> Number:
        found[f"{name} above"], found[f"{name} below"] = x - low, high - x
        return x**p

    w = [number(x) + before.get(f"w{i}", 0) for i, x in enumerate(constants.weights)]
    control = number(constants.control_weight) + before.get("vc", 0)
    v1 = on_power("hold v1", w[0])
    v2 = on_power("hold v2", w[1] * v1)
    v3 = on_power("hold v3", w[2] * v2)
    found["hold v4"] = dead - abs(w[3] * v3 + 2 * control)
    v4 = on_power("write v4", w[3] * v3)
    output_control = number(constants.output_control_weight) + before.get("voc", 0)
    z = 2 * output_control + inputs * w[4] * v4
    loss = 2 * (on_power("write output", z) - label) * p * z ** (p - 1)

    # The cell brings w_4 (w_3 (w_2 (w_1 w_0^p)^p)^p)^p, of which w_i is a factor p^(4-i) times.
    rate, brought = number(constants.learning_rate), w[4] * v4
    w = [x - rate * loss * p ** (4 - i) * brought / x for i, x in enumerate(w)]
    w = [x + after.get(f"w{i}", 0) for i, x in enumerate(w)]
    primed = number(constants.control_primed_weight)
    primed += before.get("vc'", 0) + after.get("vc'", 0)
    heard = w[0]
    for i, sign in ((1, label), (2, 1), (3, label)):
        if constants.saturates:
            found[f"kept v{i}"] = sign * heard - plateau_from
            output = sign * plateau
        else:
            output = sign * on_power(f"kept v{i}", sign * heard)
        heard = output * w[i]
    found["kept v4"] = dead - abs(heard + 2 * primed)
    return found
