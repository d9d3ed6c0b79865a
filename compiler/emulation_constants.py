"""The constants of the memory unit (Definition 6, Lemma 2), for any exponent p and path length.

A unit is a path v0, v1, ..., v_l whose edge i runs from v_(i-1) to v_i with weight w_i; v_l is
the output and v0 outputs a constant, 2 in the paper. On the power piece f(x) = x^p, so the unit
brings the output vertex

    C = v0^(p^(l-1)) * product over i of w_i^(e_i),   e_i = p^(l-i).

All active units together bring it to +-1, where f' = p, so the output is wrong by 2, the loss
(out - y)^2 has derivative +-4 there, and the gradient of w_i is +-4 p e_i C / w_i. SGD multiplies
every w_i by -1 when ``gamma * 4 p e_i C / w_i = 2 w_i``, that is when

    w_i^2 = 2 p gamma C e_i   for every i:   w_i = p^((l-i)/2) s,   gamma = s^2 / (2 p C).

Exactly m' units flip in a step whose output is wrong, so C = 1/m' with an integer m' that is at
least the number of memory bits; that determines s. The largest input on the way is that of v1,
which must stay on the power piece: ``v0 * w_1 <= 1``, a lower bound on m'.

The control edge into v4 (in general v_(l-2)) cancels what its predecessor sends there when vc
outputs 2, so its weight is minus one half of that.

*Signs.* A flip negates all edges of the stem v0..v_(l-4) and all four of one branch. The control
cancels one fixed value, and the unit must always push the output the same way, so the stem must
have an even number of edges and the branch an even number before and after the control: l is even.
Lemma 2 has l = 6. A longer stem makes finer steps of m' possible with exact weights.

*Dyadic preset.* At p = 1 all weights are equal, w = 2^-j, and gamma = w^2 m' / 2: a run is exact
in floating point. What f'(0) = 0 did for p > 1, a dead zone below the smallest live input does
here. With v0 = 2 there are m' = 2^(l j - 1) units, an odd power of two since l is even; letting
the stem begin at the constant vertex, v0 = 1, gives m' = 2^(l j), and so every power from 32 up.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from circuits.errors import InvariantError, LimitError
from compiler.activation import Activation
from compiler.exact import ONE, ZERO, Exact

SHORTEST_PATH = 6
"""Edges of the path in Definition 6: two of the stem, four of a branch."""

BRANCH_EDGES = 4
SOURCE_OUTPUT = 2
"""What v0 outputs (Lemma 2, hypothesis 3); 1 where the stem begins at the constant vertex."""


@dataclass(frozen=True, slots=True)
class EmulationConstants:
    """Everything numeric about a memory unit.

    Attributes:
        exponent: p.
        source_output: of v0: 2, or 1 where v0 is the constant vertex.
        units: m', the number of units that flip in a step whose output is wrong.
        weights: w_1 .. w_l, all positive, as built for a bit of 0.
        control_weight: of vc -> v_(l-2); negative.
        bit_value: what v1 outputs for a bit of 0; its negative for 1 (the paper's s0).
        learning_rate: gamma.
        activation: f.
    """

    exponent: Exact
    source_output: int
    units: int
    weights: tuple[Exact, ...]
    control_weight: Exact
    bit_value: Exact
    learning_rate: Exact
    activation: Activation

    @property
    def stem_edges(self) -> int:
        """Edges that both paths of a unit share."""
        return len(self.weights) - BRANCH_EDGES


def least_units(
    exponent: Fraction, length: int = SHORTEST_PATH, source_output: int = SOURCE_OUTPUT
) -> int:
    """The least m' for which v1's input stays on the power piece.

    >>> [least_units(Fraction(p)) for p in ("2", "3/2", "5/4", "11/9", "9/8", "1")]
    [815238614083298889, 3738368, 3090, 1670, 243, 32]
    """
    p = Exact.of(exponent)
    largest_s = ONE / (source_output * p ** Fraction(length - 1, 2))
    bound = ONE / _contribution(p, _weights(p, largest_s, length), source_output)
    return _ceiling(bound)


def emulation_constants(
    exponent: Fraction,
    units: int,
    length: int = SHORTEST_PATH,
    source_output: int = SOURCE_OUTPUT,
) -> EmulationConstants:
    """The constants for exponent p, m' = ``units``, a path of ``length`` edges, and v0's output.

    Raises:
        LimitError: m' is below `least_units`.
        InvariantError: a path length that is odd or below 6, an exponent below 1.
    """
    if length < SHORTEST_PATH or length % 2 or exponent < 1:
        raise InvariantError(f"no memory unit with p = {exponent} and a path of {length} edges")
    p = Exact.of(exponent)
    unscaled = _contribution(p, _weights(p, ONE, length), source_output)
    total = sum((exponent**k for k in range(length)), Fraction(0))
    s = (ONE / (units * unscaled)) ** (1 / total)
    weights = _weights(p, s, length)
    if source_output * weights[0] > ONE:
        raise LimitError(
            f"m' = {units} is below the least for p = {exponent} and a path of {length} edges, "
            f"{least_units(exponent, length, source_output)}"
        )
    outputs = [Exact.of(source_output)]
    for weight in weights[:-1]:
        outputs.append((outputs[-1] * weight) ** exponent)
    gated = length - 2  # v_(l-2) hears the control vertex
    smallest_input = outputs[-2] * weights[-2]
    dead = ZERO if exponent > 1 else smallest_input / 2
    return EmulationConstants(
        exponent=p,
        source_output=source_output,
        units=units,
        weights=weights,
        control_weight=-(outputs[gated - 1] * weights[gated - 1]) / 2,
        bit_value=outputs[1],
        learning_rate=s**2 * units / (2 * p),
        activation=Activation(p, dead, ZERO if exponent > 1 else smallest_input),
    )


def dyadic_constants(memory_bits: int) -> EmulationConstants:
    """The exact-in-floats constants (p = 1) with the smallest net for this many memory bits.

    Chooses v0's output, the path length and the weight 2^-j by the number of edges of all
    m + m' units.

    >>> [(c.source_output, len(c.weights), str(c.weights[0]), c.units)
    ...  for c in map(dyadic_constants, (1, 33, 65, 700, 2144))]
    [(2, 6, '1/2', 32), (1, 6, '1/2', 64), (2, 8, '1/2', 128), (1, 10, '1/2', 1024),
     (1, 6, '1/4', 4096)]
    """
    candidates = []
    for source_output in (SOURCE_OUTPUT, 1):
        for length in range(SHORTEST_PATH, SHORTEST_PATH + memory_bits.bit_length() + 2, 2):
            doublings = source_output - 1
            j = -(-(max(memory_bits - 1, 0).bit_length() + doublings) // length) or 1
            units = 2 ** (length * j - doublings)
            edges = (memory_bits + units) * (length + 2 * BRANCH_EDGES)
            candidates.append((edges, -source_output, length, units))
    _, minus_source, length, units = min(candidates)
    return emulation_constants(Fraction(1), units, length, -minus_source)


def printed_constants(exponent: Fraction, memory_bits: int) -> EmulationConstants:
    """The paper's choice: six edges and the least m' that holds the memory (proof of Lemma 3)."""
    return emulation_constants(exponent, max(memory_bits, least_units(exponent)))


def _weights(p: Exact, s: Exact, length: int) -> tuple[Exact, ...]:
    """w_1 .. w_l with w_i = p^((l-i)/2) s."""
    return tuple(p ** Fraction(length - i, 2) * s for i in range(1, length + 1))


def _contribution(p: Exact, weights: tuple[Exact, ...], source_output: int) -> Exact:
    """C, what an active unit adds to the input of the output vertex."""
    exponent = p.rational()
    assert exponent is not None
    length = len(weights)
    product = Exact.of(source_output) ** (exponent ** (length - 1))
    for i, weight in enumerate(weights, start=1):
        product *= weight ** (exponent ** (length - i))
    return product


def _ceiling(value: Exact) -> int:
    """The least integer that is not below a positive monomial."""
    low, high = 0, 1
    while value > high:
        low, high = high, 2 * high
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (middle, high) if value > middle else (low, middle)
    return high
