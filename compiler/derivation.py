"""The constants of the memory unit, derived with sympy from what they are for.

`compiler.emulation_constants` has the results as closed formulas; this module gets there from the
requirement, shares no code with it, and so can judge it (`disagreements`). For a symbolic
exponent p and a path of l edges (Abbe and Sandon, "Poly-time universality and limitations of deep
learning", Definition 6 and Lemma 2, which print p = 3 and l = 6):

1. v0 outputs a constant (2) and vertex v_i outputs f(w_i v_(i-1)) with f(x) = x^p, so an active unit brings
   ``c(w) = w_l v_(l-1)`` to the output vertex. All active units together bring it to 1.
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

from dataclasses import dataclass, fields
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from compiler.emulation_constants import EmulationConstants
    from compiler.exact import Exact

Expression: TypeAlias = Any
"""A sympy expression. Sympy is imported where it is used, since that takes a while."""

_SILENCE = 2
"""What a control vertex outputs to cancel (Lemma 2, hypothesis 4)."""

_TRIAL_DIVISION = 2**15


@dataclass(frozen=True, slots=True)
class DerivedConstants:
    """The constants as expressions in p and s, or as numbers once `at` has put them in.

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

    def at(self, exponent: Fraction, units: int) -> DerivedConstants:
        """The numbers for this p and m', exact: ``C = 1 / m'`` determines s."""
        import sympy as sp

        p = sp.Rational(exponent.numerator, exponent.denominator)
        unscaled = self.contribution.subs({self.scale: 1, self.exponent: p})
        s = (units * unscaled) ** (-1 / self.total_exponent.subs(self.exponent, p))

        def put_in(value: Expression | tuple[Expression, ...]) -> Any:
            if isinstance(value, tuple):
                return tuple(map(put_in, value))
            return value.subs(self.exponent, p).subs(self.scale, s)

        return DerivedConstants(*(put_in(getattr(self, field.name)) for field in fields(self)))


@cache
def derive(length: int = 6, source_output: int = 2) -> DerivedConstants:
    """The constants for a path of ``length`` edges and v0's output, as expressions in p and s.

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

    An empty list is agreement. The break points of the activation are no such constants; what is
    asked of them is that every input on the path of an active unit lies on the power piece.
    """
    exponent = constants.exponent.rational()
    assert exponent is not None
    symbolic = derive(len(constants.weights), constants.source_output)
    derived = symbolic.at(exponent, constants.units)
    names = ("exponent", "control_weight", "bit_value", "learning_rate")
    pairs = {name: (getattr(constants, name), getattr(derived, name)) for name in names}
    for i, pair in enumerate(zip(constants.weights, derived.weights, strict=True), start=1):
        pairs[f"weights: w_{i}"] = pair
    return [
        name
        for name, (got, expected) in pairs.items()
        if _prime_powers(to_sympy(got)) != _prime_powers(expected)
    ]


def to_sympy(value: Exact) -> Expression:
    """An exact constant as a sympy number."""
    import sympy as sp

    powers = (sp.Integer(base) ** sp.Rational(str(e)) for base, e in value.powers)
    return sp.Mul(value.sign, *powers)


def _prime_powers(value: Expression, power: Expression = 1) -> dict[int, Expression]:
    """prime -> exponent of a product of rational powers, which it determines; -1 is a prime here.

    Factors that trial division does not find stay together, alike in equal numbers.
    """
    import sympy as sp

    found: dict[int, Expression] = {}
    for factor in sp.Mul.make_args(value):
        base, exponent = factor.as_base_exp()
        if base.is_Rational:
            limit = {"limit": _TRIAL_DIVISION, "use_rho": False, "use_pm1": False, "use_ecm": False}
            parts = sp.factorrat(base, **limit)
        else:
            parts = _prime_powers(base)
        for prime, count in parts.items():
            found[prime] = found.get(prime, 0) + count * exponent * power
    return {prime: exponent for prime, exponent in found.items() if exponent}
