"""Silence and write of the memory unit, for every state, control and label (Lemma 2).

All units of a net have the same constants, so one is checked. Its state is three signs: the edges
of the stem v0 .. v_S, of the branch v_S .. v_L and of the primed branch are all as built, or all
negated. The control vertices open the branch just if the unit flips and the prediction h is 1, the
primed one just if it flips and h is 0. So there are 8 states, 4 controls and 2 labels. In each
case every sum must be on its piece, and SGD's step for the loss (output - label)^2 must negate
each edge of the stem and the open branch if the output is wrong, and change nothing else. The
states are then closed under SGD, which is the induction of Lemma 2. That stem and branches have
an even number of edges is not assumed: the cases show it.

That all units together bring the output vertex 2h - 1 is used here for its derivative and shown in
`runtime.check.emulation`: a unit that flips brings C if h = 1 and -C if h = 0, as found here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

from runtime.check.activation import DEAD, POWER, Activation
from runtime.check.files import RefusedError
from runtime.check.monomial import ONE, TWO, ZERO, Monomial

BRANCH_EDGES = 4
"""One, one whose target the control can cancel, one more, and one to the output."""

_V0, _CONTROLS, _OUTPUT = "v0", ("vc", "vc'"), "the output"
_FROZEN = 3
_Edge = tuple[str, str, Monomial, int]
"""Source, target, weight, section: 0 to 2 as the states' signs, or frozen."""


@dataclass
class Unit:
    """The constants of a unit, and what `check_unit` finds.

    Attributes:
        source: what v0 outputs.
        weights: w_1 .. w_L as built, positive; the last of the primed branch is -w_L.
        control: weight from a control vertex to v_(L-2).
        rate: of SGD.
        f: the activation; ``f.top`` is what a control vertex outputs to silence a branch.
        contribution: C.
        once: the magnitudes of all numbers that occur, by their powers.
        summed: those of which up to m' may be added up, by the output and by backpropagation.
    """

    source: Monomial
    weights: list[Monomial]
    control: Monomial
    rate: Monomial
    f: Activation
    contribution: Monomial = field(default_factory=lambda: ZERO)
    once: dict[object, Monomial] = field(default_factory=dict)
    summed: dict[object, Monomial] = field(default_factory=dict)


def check_unit(unit: Unit) -> None:
    """Go through all 64 cases; refused with the first that is not as it must be."""
    if len(unit.weights) <= BRANCH_EDGES or any(w.sign < 1 for w in unit.weights):
        raise RefusedError("write", "a unit needs a stem, branches, and weights above 0")
    if unit.f.piece(ONE) != POWER:
        raise RefusedError("write", f"an output of 1 is on the {unit.f.piece(ONE)}")
    for signs in product((1, -1), repeat=3):
        for flips, high in product((True, False), repeat=2):
            case = f"signs {signs}, flips {int(flips)}, prediction {int(high)}"
            edges = _edges(unit, signs)
            try:
                values, sums = _forward(unit, edges, flips, high, case)
                for label in (ONE, -ONE):
                    _step(unit, edges, values, sums, flips, high, label, f"{case}, label {label}")
            except ValueError as error:
                raise RefusedError("write", f"{case}: {error}") from None


def _edges(unit: Unit, signs: tuple[int, ...]) -> list[_Edge]:
    """The edges of a unit in a state, in topological order."""
    made: list[_Edge] = []
    stem, end = len(unit.weights) - BRANCH_EDGES, _V0
    for t, weight in enumerate(unit.weights[:stem], start=1):
        made.append((end, f"v{t}", weight if signs[0] > 0 else -weight, 0))
        end = f"v{t}"
    for section, prime in ((1, ""), (2, "'")):
        last = end
        for t, weight in enumerate(unit.weights[stem:], start=stem + 1):
            to_output = t == len(unit.weights)
            sign = signs[section] * (-1 if to_output and prime else 1)
            target = _OUTPUT if to_output else f"v{t}{prime}"
            made.append((last, target, weight if sign > 0 else -weight, section))
            if t == stem + 2:
                made.append((f"vc{prime}", target, unit.control, _FROZEN))
            last = target
    return made


def _forward(
    unit: Unit, edges: list[_Edge], flips: bool, high: bool, case: str
) -> tuple[dict[str, Monomial], dict[str, Monomial]]:
    """Values and sums of the vertices; sums are on their pieces and the output gets +-C or 0."""
    opened = _CONTROLS[not high] if flips else ""
    values = {_V0: unit.source} | {vc: ZERO if vc == opened else unit.f.top for vc in _CONTROLS}
    sums: dict[str, Monomial] = {}
    silent: set[str] = set()  # from where the control cancels the signal
    for source, target, weight, section in edges:
        if source not in values:
            piece, wanted = unit.f.piece(sums[source]), DEAD if source in silent else POWER
            if piece != wanted:
                text = f"{case}: {source} gets {sums[source]}, on the {piece}, not the {wanted}"
                raise RefusedError("flatness" if wanted == DEAD else "write", text)
            values[source] = unit.f.value(sums[source])
        if source in silent or (section == _FROZEN and source != opened):
            silent.add(target)
        arriving = values[source] * weight
        sums[target] = sums.get(target, ZERO) + arriving
        _note(unit.once, weight, values[source], arriving, sums[target])
    brought, expected = sums[_OUTPUT], unit.contribution if high else -unit.contribution
    expected = expected if opened else ZERO
    if opened and not unit.contribution.sign:  # the first case says what C is
        unit.contribution = expected = brought
    if brought != expected:
        text = f"{case}: brings the output {brought}, not {expected}"
        raise RefusedError("write" if opened else "silence", text)
    _note(unit.summed, brought)
    return values, sums


def _step(
    unit: Unit,
    edges: list[_Edge],
    values: dict[str, Monomial],
    sums: dict[str, Monomial],
    flips: bool,
    high: bool,
    label: Monomial,
    case: str,
) -> None:
    """Backpropagate and update; every edge must be negated or unchanged, as it is due."""
    output = ONE if high else -ONE
    error = unit.f.slope(output) * TWO * (output + -label)
    arrived: dict[str, Monomial] = {_OUTPUT: ONE}
    written = (0, 1 if high else 2) if flips and error.sign else ()
    for source, target, weight, section in reversed(edges):
        slope = error if target == _OUTPUT else unit.f.slope(sums[target])
        delta = arrived[target] * slope
        gradient = delta * values[source]
        change = unit.rate * gradient
        if change != (weight * TWO if section in written else ZERO):
            kind, edge = "write" if section in written else "silence", f"{source} -> {target}"
            text = f"{case}: {edge} of weight {weight} gets gradient {gradient}"
            raise RefusedError(kind, text)
        back = delta * weight
        arrived[source] = arrived.get(source, ZERO) + back
        _note(unit.once, delta, gradient, change, back, arrived[source])
        if source == _V0 or source in _CONTROLS:  # v0, vc and vc' may be shared by all units
            _note(unit.summed, back)


def _note(numbers: dict[object, Monomial], *found: Monomial) -> None:
    for x in found:
        numbers.setdefault(frozenset(x.powers.items()) if x.sign else 0, x)
