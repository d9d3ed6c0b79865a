"""The constants of the memory unit, derived with sympy from what they are for.

`compiler.emulation_constants` has the results as closed formulas; this module gets there from the
requirement, shares no code with it, and so can judge it (`disagreements`). For a symbolic
exponent p and a path of l edges (Abbe and Sandon, "Poly-time universality and limitations of deep
learning", Definition 6 and Lemma 2, which print p = 3 and l = 6):

1. v0 outputs a constant and vertex v_i outputs f(w_i v_(i-1)) with f(x) = x^p, so an active unit
   brings ``c(w) = w_l v_(l-1)`` to the output vertex. All active units together bring it to 1.
2. The net then outputs ``(c + rest)^p`` with rest = 1 - c. Where it should have been -1 the loss is
   ``((c + rest)^p + 1)^2``. The other case, output -1 and label 1, is its mirror image: f is odd
   and the last edge of the primed branch is negated, which leaves the loss as it is.
3. SGD is to multiply every edge by -1: ``rate * d loss / d w_i = 2 w_i``. Each edge so asks for
   a rate of its own, and the rates agree for one ratio of the weights: solved for every
   w_i in terms of s = w_l, which leaves the common rate in p and s.
4. A control vertex that outputs 2 must cancel what v_(l-3) sends to v_(l-2).
5. v1 has the largest input of the path; that it stays on the power piece, ``v0 w_1 <= 1``, bounds
   s, and so bounds from below the number of units that are active together, m' = 1 / c.

All of these numbers are monomials, so everything is done with their logarithms, in which products
and powers are linear and step 3 is a system of linear equations.

Signs are left out: edges are negated in pairs before every vertex that is compared with anything
(the control, the output), see `compiler.emulation_constants`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from compiler.emulation_constants import EmulationConstants

Expression: TypeAlias = Any
"""A sympy expression. Sympy is imported where it is used, since that takes a while."""

_SILENCE = 2
"""What a control vertex outputs to cancel (Lemma 2, hypothesis 4)."""

_TRIAL_DIVISION = {"limit": 2**15, "use_rho": False, "use_pm1": False, "use_ecm": False}


@dataclass(frozen=True, slots=True)
class DerivedConstants:
    """The constants as expressions in p and s: products of 2, p and s to powers in p.

    Attributes:
        exponent: p.
        scale: s, the last weight.
        units: m', the number of units that are active together, 1 / C.
        weights: w_1 .. w_l.
        control_weight: of vc -> v_(l-2).
        bit_value: what v1 outputs.
        learning_rate: gamma.
        contribution: C, what an active unit brings to the output vertex.
        total_exponent: E, the exponent of s in C.
        least_units: the m' at which the input of v1 is 1, which m' may not be below.
        inputs: of v_1 .. v_(l-1) in an active unit.
    """

    exponent: Expression
    scale: Expression
    units: Expression
    weights: tuple[Expression, ...]
    control_weight: Expression
    bit_value: Expression
    learning_rate: Expression
    contribution: Expression
    total_exponent: Expression
    least_units: Expression
    inputs: tuple[Expression, ...]

    def prime_powers_at(
        self, value: Expression, exponent: Fraction, units: int
    ) -> dict[int, Expression]:
        """One of these constants as primes and their exponents, at this p and m'.

        The scale follows from ``C = 1 / m'``. See `prime_powers` about large primes.
        """
        import sympy as sp

        p, s = self.exponent, self.scale
        scale_power = value.as_powers_dict()[s] / self.total_exponent
        terms = [*value.subs(s, 1).as_powers_dict().items(), (sp.Integer(units), -scale_power)]
        for base, e in self.contribution.subs(s, 1).as_powers_dict().items():
            terms.append((base, -e * scale_power))
        at = {p: sp.Rational(exponent.numerator, exponent.denominator)}
        return prime_powers((base.subs(at), sp.sympify(e).subs(at)) for base, e in terms)


@cache
def derive(length: int = 6, source_output: int = 2) -> DerivedConstants:
    """The constants for a path of ``length`` edges and v0's output (1 or 2), in p and s.

    >>> constants = derive(6)
    >>> constants.weights[0], constants.learning_rate.subs(constants.exponent, 1)
    (p**(5/2)*s, 1/(4*s**4))
    """
    import sympy as sp

    p, s = sp.symbols("p s", positive=True)
    rest, *log_w = sp.symbols(f"rest logw1:{length + 1}", real=True)
    inputs, output = [], sp.log(source_output)
    for weight in log_w[:-1]:
        inputs.append(weight + output)
        output = sp.expand(p * inputs[-1])
    contribution = log_w[-1] + output

    loss = ((sp.exp(contribution) + rest) ** p + 1) ** 2
    rates = []
    for weight in log_w:  # d loss / d w is d loss / d log w, divided by w
        gradient = sp.diff(loss, weight).subs(rest, 1 - sp.exp(contribution)) / sp.exp(weight)
        rate = 2 * sp.exp(weight) / gradient
        rates.append(sp.expand_log(sp.log(rate), force=True, factor=True))
    equations = [rate - rates[-1] for rate in rates[:-1]] + [log_w[-1] - sp.log(s)]
    (solution,) = sp.linsolve(equations, log_w)
    weights = dict(zip(log_w, solution, strict=True))

    def in_p_and_s(logarithm: Expression) -> Expression:
        """A monomial from its logarithm, at the weights found."""
        chosen = sp.expand(logarithm.subs(weights))
        return sp.Mul(*(b ** sp.expand(chosen.coeff(sp.log(b))) for b in (sp.Integer(2), p, s)))

    (largest_log_s,) = sp.solve(inputs[0].subs(weights), sp.log(s))
    return DerivedConstants(
        exponent=p,
        scale=s,
        units=in_p_and_s(-contribution),
        weights=tuple(map(in_p_and_s, log_w)),
        control_weight=-in_p_and_s(inputs[length - 3] - sp.log(_SILENCE)),
        bit_value=in_p_and_s(p * inputs[0]),
        learning_rate=in_p_and_s(rates[-1]),
        contribution=in_p_and_s(contribution),
        total_exponent=sp.expand(contribution.subs(weights)).coeff(sp.log(s)),
        least_units=in_p_and_s(-contribution.subs(weights).subs(sp.log(s), largest_log_s)),
        inputs=tuple(map(in_p_and_s, inputs)),
    )


def disagreements(constants: EmulationConstants) -> list[str]:
    """Which of the code's constants are not what follows from the derivation; exact.

    An empty list is agreement. The break points of the activation are not among them: what they
    have to satisfy is that every input on the path of an active unit lies on the power piece.
    """
    exponent = constants.exponent.rational()
    assert exponent is not None
    derived = derive(len(constants.weights), constants.source_output)
    names = ("exponent", "control_weight", "bit_value", "learning_rate")
    pairs = [(name, getattr(constants, name), getattr(derived, name)) for name in names]
    for i, weight in enumerate(derived.weights):
        pairs.append((f"w_{i + 1}", constants.weights[i], weight))
    return [
        name
        for name, got, expected in pairs
        if prime_powers([(got.sign, 1), *got.powers])
        != derived.prime_powers_at(expected, exponent, constants.units)
    ]


def prime_powers(powers: Iterable[tuple[Expression, Expression]]) -> dict[int, Expression]:
    """A product of rational numbers to rational powers as primes and their exponents.

    Equal products give equal dictionaries. Factors that trial division does not find stay
    together, which is alike in equal numbers; -1 counts as a prime.
    """
    import sympy as sp

    found: dict[int, Expression] = {}
    for base, exponent in powers:
        numerator, denominator = sp.fraction(sp.Rational(base))
        for part, sign in ((numerator, 1), (denominator, -1)):
            for prime, count in sp.factorint(part, **_TRIAL_DIVISION).items():
                found[prime] = found.get(prime, 0) + sign * count * sp.Rational(str(exponent))
    return {prime: exponent for prime, exponent in found.items() if exponent}
