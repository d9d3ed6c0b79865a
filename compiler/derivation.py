"""The constants of the memory unit, derived with sympy from what they are for.

`compiler.emulation_constants` has the results as closed formulas; this module gets there from the
requirement, shares no code with it, and so can judge it (`disagreements`). For a symbolic
exponent p and a path of l edges (Abbe and Sandon, "Poly-time universality and limitations of deep
learning", Definition 6 and Lemma 2, which print p = 3 and l = 6):

1. v0 outputs 2 and vertex v_i outputs f(w_i v_(i-1)) with f(x) = x^p, so an active unit brings
   ``c(w) = w_l v_(l-1)`` to the output vertex. All active units together bring it to 1.
2. The net then outputs ``(c + rest)^p`` with rest = 1 - c. Where it should have been -1 the loss is
   ``((c + rest)^p + 1)^2``. The other case, output -1 and label 1, is its mirror image: f is odd
   and the last edge of the primed branch is negated, which leaves the loss as it is.
3. SGD is to multiply every edge by -1: ``rate * d loss / d w_i = 2 w_i``. Each edge so asks for
   a rate of its own, and the rates agree for one ratio of the weights: solved for every
   w_i in terms of s = w_l, which leaves the common rate in p and s.
4. A control vertex that outputs 2 must cancel what v_(l-3) sends to v_(l-2).
5. v1 has the largest input of the path; that it stays on the power piece, ``2 w_1 <= 1``, bounds s,
   and so bounds from below the number of units that are active together, m' = 1 / c.

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
"""A sympy expression; sympy is imported when first needed, since that takes a while."""

_SOURCE_OUTPUT = 2
_FACTORS_BELOW = 2**15


@dataclass(frozen=True, slots=True)
class DerivedConstants:
    """The constants as expressions in p and s, or as numbers once `at` has put them in.

    Attributes:
        exponent: p.
        scale: s, the last weight.
        units: m', the number of units that are active together.
        weights: w_1 .. w_l.
        control_weight: of vc -> v_(l-2).
        bit_value: what v1 outputs.
        learning_rate: gamma.
        contribution: C = 1 / m', what an active unit brings to the output vertex.
        total_exponent: E, the exponent of s in C.
        least_units: what m' may not be below.
        inputs: of v_1 .. v_(l-1), when the unit is active.
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
        unscaled = self.contribution.subs(self.scale, 1).subs(self.exponent, p)
        s = (units * unscaled) ** (-1 / self.total_exponent.subs(self.exponent, p))

        def put_in(value: Expression | tuple[Expression, ...]) -> Any:
            if isinstance(value, tuple):
                return tuple(map(put_in, value))
            return value.subs(self.scale, s).subs(self.exponent, p)

        return DerivedConstants(**{f.name: put_in(getattr(self, f.name)) for f in fields(self)})


@cache
def derive(length: int = 6) -> DerivedConstants:
    """The constants for a path of ``length`` edges, as expressions in p and s.

    >>> constants = derive(6)
    >>> constants.weights[0], constants.contribution.subs(constants.exponent, 1)
    (p**(5/2)*s, 2*s**6)
    """
    import sympy as sp

    p, s, rest = sp.symbols("p s rest", positive=True)
    w = sp.symbols(f"w1:{length + 1}", positive=True)

    inputs, output = [], sp.Integer(_SOURCE_OUTPUT)
    for weight in w[:-1]:
        inputs.append(_monomial(weight * output))
        output = _monomial(inputs[-1] ** p)
    contribution = _monomial(w[-1] * output)

    loss = ((contribution + rest) ** p + 1) ** 2
    gradients = [sp.diff(loss, weight).subs(rest, 1 - contribution) for weight in w]
    rates = [_monomial(2 * weight / g) for weight, g in zip(w, gradients, strict=True)]
    chosen = {w[-1]: s}
    for weight, rate in zip(w[:-1], rates, strict=False):
        (chosen[weight],) = sp.solve(_monomial(rate / rates[-1]).subs(w[-1], s) - 1, weight)

    def with_weights(expression: Expression) -> Expression:
        return _monomial(expression.subs(chosen))

    (largest_s,) = sp.solve(with_weights(inputs[0]) - 1, s)
    active = with_weights(contribution)
    return DerivedConstants(
        exponent=p,
        scale=s,
        units=_monomial(1 / active),
        weights=tuple(chosen[weight] for weight in w),
        control_weight=-with_weights(inputs[length - 3]) / _SOURCE_OUTPUT,
        bit_value=with_weights(inputs[0] ** p),
        learning_rate=with_weights(rates[-1]),
        contribution=active,
        total_exponent=sp.expand(s * sp.diff(sp.expand_log(sp.log(active)), s)),
        least_units=_monomial(1 / active.subs(s, largest_s)),
        inputs=tuple(map(with_weights, inputs)),
    )


def disagreements(constants: EmulationConstants) -> list[str]:
    """What in the code's constants is not what follows from the derivation; empty if all is well.

    Compares exactly, as products of primes to rational powers.
    """
    exponent = constants.exponent.rational()
    assert exponent is not None
    derived = derive(len(constants.weights)).at(exponent, constants.units)
    names = ("control_weight", "bit_value", "learning_rate")
    pairs = [(name, getattr(constants, name), getattr(derived, name)) for name in names]
    for i, (got, expected) in enumerate(zip(constants.weights, derived.weights, strict=True), 1):
        pairs.append((f"weights[{i}]", got, expected))
    return [name for name, got, expected in pairs if to_sympy(got) != expected]


def to_sympy(value: Exact) -> Expression: ...


def _monomial(expression: Expression) -> Expression:
    """Products and powers of positive symbols, with the exponents of each symbol collected."""
    import sympy as sp

    return sp.powsimp(
        sp.expand_power_base(sp.expand_power_exp(expression)), force=True
    )
