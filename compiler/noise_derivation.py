"""The printed constants of the noise-tolerant cell, derived with sympy from what they are for.

`compiler.noise_constants` has the results as closed formulas; this module gets there from the
requirements, shares no code with it, and so can judge it (`disagreements`). For a symbolic exponent
p (Abbe and Sandon, "Poly-time universality and limitations of deep learning", Definition 7 and
Lemma 4, which print p = 3):

1. v0 outputs 1 and v_(i+1) outputs f(w_i v_i) with f(x) = x^p while nothing silences it, so the
   cell brings ``c(w) = w_4 v_4`` to the output vertex, which outputs f(c + rest).
2. While it learns the net outputs 1/2: ``(c + rest)^p = 1/2`` fixes rest, and the input z.
3. For label 1 the loss is ``((c + rest)^p - 1)^2`` and SGD is to double every weight on the path:
   ``-rate * d loss / d w_i = w_i``. The five rates that this asks for agree for one ratio of the
   weights: solved for every w_i in terms of s = w_4, which leaves the common rate in p and s.
4. For label -1 the loss is ``((c + rest)^p + 1)^2``; that SGD then takes 3 w_i away from every w_i,
   which leaves -2 w_i, is checked and not solved for.
5. A control vertex that outputs 2 must cancel what v3 sends to v4: vc while the weights are as
   built, vc' when all have doubled (of two negated weights each before v2 and before v4, the signs
   cancel).
6. An output control vertex that outputs 2 must bring the output to 1/2.
7. vr hears 2 from an unset cell.

All of these are monomials in p and s, so everything is done with their logarithms, as in
`compiler.derivation`. The scale s, the break points of f and the thresholds of the readers are free
choices, and what the n' cells bring themselves is left out of 6, as p = 1 alone allows for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

from compiler.derivation import Expression, prime_powers

if TYPE_CHECKING:
    from compiler.exact import Exact
    from compiler.noise_constants import NoiseConstants

_SILENCE = 2
"""What a control vertex outputs to cancel, and vr's input (Lemma 4)."""


@dataclass(frozen=True, slots=True)
class DerivedCell:
    """The constants as expressions in p and s: products of 2, p and s to powers in p.

    Attributes:
        exponent: p.
        scale: s, the last weight.
        weights: w_0 .. w_4.
        signal: S, what v3 sends to v4 in an unset cell.
        growth: how many times as much a set cell sends.
        contribution: C, what a cell that is being set brings to the output.
        slope: f'(z) at the input z for which the net outputs 1/2.
        learning_rate: gamma.
        control_weight: of vc -> v4.
        control_primed_weight: of vc' -> v4.
        output_control_weight: of voc[t] -> output, without the cells.
        read_weight: of v1 -> vr.
        state: what v2 outputs in an unset cell.
    """

    exponent: Expression
    scale: Expression
    weights: tuple[Expression, ...]
    signal: Expression
    growth: Expression
    contribution: Expression
    slope: Expression
    learning_rate: Expression
    control_weight: Expression
    control_primed_weight: Expression
    output_control_weight: Expression
    read_weight: Expression
    state: Expression


@cache
def derive_cell() -> DerivedCell:
    """The constants in p and s.

    >>> cell = derive_cell()
    >>> cell.weights[0], cell.growth.subs(cell.exponent, 3)
    (p**2*s, 1099511627776)
    """
    import sympy as sp

    p, s = sp.symbols("p s", positive=True)
    log_w = sp.symbols("logw0:5", real=True)
    inputs, outputs = [log_w[0]], [sp.Integer(0)]  # logarithms of what v1, v2, ... hear; of v0, ...
    for weight in log_w[1:]:
        outputs.append(sp.expand(p * inputs[-1]))
        inputs.append(weight + outputs[-1])
    contribution, signal = inputs[4], inputs[3]

    log_z = -sp.log(2) / p
    rest = sp.Symbol("rest", real=True)
    at_half = {rest: sp.exp(log_z) - sp.exp(contribution)}
    rates = {1: [], -1: []}  # type: dict[int, list[Expression]]
    for label, found in rates.items():
        loss = ((sp.exp(contribution) + rest) ** p - label) ** 2
        for weight in log_w:  # d loss / d w is d loss / d log w, divided by w
            gradient = sp.diff(loss, weight).subs(at_half) / sp.exp(weight)
            wanted = sp.exp(weight) if label == 1 else -3 * sp.exp(weight)
            found.append(sp.expand_log(sp.log(sp.simplify(-wanted / gradient)), force=True))
    equations = [rate - rates[1][4] for rate in rates[1][:4]] + [log_w[4] - sp.log(s)]
    (solution,) = sp.linsolve([sp.expand(e) for e in equations], log_w)
    weights = dict(zip(log_w, solution, strict=True))
    if any(sp.simplify(a - b) != 0 for a, b in zip(*rates.values(), strict=True)):
        raise AssertionError("label -1 asks for another learning rate than label 1")
    doubled = {weight: weight + sp.log(2) for weight in log_w}
    growth = sp.expand(signal.subs(doubled, simultaneous=True) - signal)

    def in_p_and_s(logarithm: Expression) -> Expression:
        """A monomial from its logarithm, at the weights found."""
        chosen = sp.expand(sp.expand_log(logarithm.subs(weights), force=True))
        return sp.Mul(*(b ** sp.expand(chosen.coeff(sp.log(b))) for b in (sp.Integer(2), p, s)))

    silence = sp.log(_SILENCE)
    return DerivedCell(
        exponent=p,
        scale=s,
        weights=tuple(map(in_p_and_s, log_w)),
        signal=in_p_and_s(signal),
        growth=in_p_and_s(growth),
        contribution=in_p_and_s(contribution),
        slope=in_p_and_s(sp.log(p) + (p - 1) * log_z),
        learning_rate=in_p_and_s(rates[1][4]),
        control_weight=-in_p_and_s(signal - silence),
        control_primed_weight=-in_p_and_s(signal + growth - silence),
        output_control_weight=in_p_and_s(log_z - silence),
        read_weight=in_p_and_s(silence - outputs[1]),
        state=in_p_and_s(outputs[2]),
    )


def disagreements(constants: NoiseConstants) -> list[str]:
    """Which of the printed constants are not what follows from the derivation; exact.

    An empty list is agreement. At p = 1 the output control is left out, see the module.
    """
    exponent = constants.activation.exponent.rational()
    assert exponent is not None
    cell, scale = derive_cell(), constants.weights[-1]
    names = ["learning_rate", "control_weight", "control_primed_weight", "read_weight"]
    names += ["output_control_weight"] if exponent > 1 else []
    pairs = [(name, getattr(constants, name), getattr(cell, name)) for name in names]
    pairs += [(f"w_{i}", constants.weights[i], weight) for i, weight in enumerate(cell.weights[:4])]
    return [
        name
        for name, got, expected in pairs
        if prime_powers([(got.sign, 1), *got.powers]) != powers_at(expected, exponent, scale)
    ]


def powers_at(value: Expression, exponent: Fraction, scale: Exact) -> dict[int, Expression]:
    """One of the derived constants as primes and their exponents, at this p and w_4."""
    import sympy as sp

    cell = derive_cell()
    at = {cell.exponent: sp.Rational(exponent.numerator, exponent.denominator)}
    terms = []
    for base, e in value.as_powers_dict().items():
        power = sp.sympify(e).subs(at)
        if base == cell.scale:
            terms += [(b, power * sp.Rational(str(of_base))) for b, of_base in scale.powers]
        else:
            terms.append((sp.sympify(base).subs(at), power))
    return prime_powers(terms)
