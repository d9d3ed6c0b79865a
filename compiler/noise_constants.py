"""The constants of the noise-tolerant cell M' (Definition 7, Lemmas 4 to 6), as printed, for any p.

A cell is a path v0, v1, ..., v5 with edges of weight w_0, ..., w_4; v0 is the constant vertex, v5
the output. On the power piece f(x) = x^p, so while nothing silences it the path sends

    S = w_3 (w_2 (w_1 w_0^p)^p)^p      to v4, and      C = w_4 S^p      to the output vertex.

It is silent as long as vc outputs 2, which is to cancel S: the weight of vc -> v4 is -S/2. In the
step that sets it, the net outputs f(z) = 1/2, so z = 2^(-1/p), and the loss (f(z) - y)^2 has
derivative -1 by f(z) for the label y = 1 and 3 for y = -1. The gradient of w_i is that times
f'(z) e_i C / w_i with e_i = p^(4-i), and SGD makes w_i to 2 w_i or -2 w_i when

    gamma f'(z) e_i C / w_i = w_i   for every i:    w_i = p^((4-i)/2) c,   gamma = c^2 / (f'(z) C).

The path then sends 2^E S to v4, E = 1 + p + p^2 + p^3, in both cases, and vc' = 2 is to cancel it.
The paper has c = 1 / (4 p^2), so that w_0 = 1/4, and flattens f below 2^-(E+1) S. vr reads the sign
of v1, which is (1/4)^p before and +-(1/2)^p after, through 2 4^p. v2 outputs Y before and 2^(p +
p^2) Y after; the computation component takes what is below y0 for unset and what is above y1 for
set, with y0 and y1 in the middle of that range in the logarithm and a factor 2^k apart, k = (p +
p^2) / 2 (rounded down where it is no integer).

voc[t] = 2 brings the output to z, so its weight is z/2. The paper subtracts what the n' cells that
are being set bring as well, n' C. That is a sum of unlike terms unless p = 1, and at p = 3 it is
n' 10^-87, so for p > 1 it is left out here, and `compiler.noise_margin` counts it as an error. For
p = 1 the weight is (1/2 - n' C) / 2.

`compiler.wide_constants` has other constants for p = 1, which bear far more noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from circuits.errors import InvariantError
from compiler.activation import Activation
from compiler.exact import ONE, Exact

PATH_EDGES = 5

_THREE = Fraction(3)


@dataclass(frozen=True, slots=True)
class NoiseConstants:
    """Everything numeric about a net of Lemma 6 but its gates.

    Attributes:
        weights: w_0 .. w_4 of an unset cell, all positive.
        read_weight: of v1 -> vr.
        state_weight, state_bias: of v2 to the vertex that reads it, and of the constant to it.
        control_weight: of vc -> v4; negative.
        control_primed_weight: of vc' -> v4; negative.
        output_control_weight: of voc[t] -> output for t < T.
        answer_weight: of voc[T] -> output.
        learning_rate: gamma.
        activation: f.
        saturates: whether a set cell's v1, v2 and v3 are on the plateau, not on the power piece.
    """

    weights: tuple[Exact, ...]
    read_weight: Exact
    state_weight: Exact
    state_bias: Exact
    control_weight: Exact
    control_primed_weight: Exact
    output_control_weight: Exact
    answer_weight: Exact
    learning_rate: Exact
    activation: Activation
    saturates: bool = False


def printed_noise_constants(exponent: Fraction = _THREE, inputs: int = 1) -> NoiseConstants:
    """The paper's constants, which are those for p = 3, and their like for other exponents.

    Args:
        exponent: p.
        inputs: n', how many cells are set in a step; of consequence for p = 1 only.

    >>> c = printed_noise_constants()
    >>> print(*c.weights, c.control_weight, c.control_primed_weight)
    1/4 2^-2*3^(-1/2) 1/12 2^-2*3^(-3/2) 1/36 -2^-81*3^-9 -2^-41*3^-9
    >>> print(c.learning_rate, c.read_weight, c.output_control_weight, c.activation.dead_zone)
    2^(716/3)*3^24 128 2^(-4/3) 2^-121*3^-9

    Raises:
        InvariantError: an exponent below 1.
    """
    if exponent < 1:
        raise InvariantError(f"no memory cell with p = {exponent}")
    p, two = Exact.of(exponent), Exact.of(2)
    c = ONE / (4 * p**2)
    weights = tuple(p ** Fraction(4 - i, 2) * c for i in range(PATH_EDGES))
    outputs, signal = [ONE], weights[0]
    for weight in weights[1:4]:
        outputs.append(signal**exponent)
        signal = outputs[-1] * weight
    contribution = signal**exponent * weights[4]
    growth = two ** (1 + exponent + exponent**2 + exponent**3)

    z = two ** (-1 / exponent)
    slope = p * z ** (exponent - 1)
    output_control = z / 2
    if exponent == 1:
        output_control = (z - contribution * inputs) / 2

    apart = exponent + exponent**2  # v2 of a set cell outputs 2^apart times as much
    ratio = int(apart / 2)
    y0 = outputs[2] * two ** ((apart - ratio) / 2)
    y1 = y0 * 2**ratio
    return NoiseConstants(
        weights=weights,
        read_weight=2 * Exact.of(4) ** exponent,
        state_weight=4 / (y1 - y0),
        state_bias=-2 * (y0 + y1) / (y1 - y0),
        control_weight=-signal / 2,
        control_primed_weight=-growth * signal / 2,
        output_control_weight=output_control,
        answer_weight=Exact.of(Fraction(49, 100)),
        learning_rate=c**2 / (slope * contribution),
        activation=Activation(p, signal / growth / 2, signal / growth),
    )
