"""Definition 6: one memory unit, a bit that SGD can read, hold and flip.

A unit is a stem v0 -> v1 -> ... from which two branches lead to the output vertex, one for each
sign of the output. Its bit is the sign of the weight of v0 -> v1. On each branch a control vertex
lets the signal through (0) or silences it (2); see `compiler.emulation_constants` for the weights.

For prediction h and flip F the control vertices are, with e(x) = +-2 for a bit,

    vc  = f(2 - e(F)/2 - e(h)/2)        0 if F and h,      else 2
    vc' = f(2 - e(F)/2 + e(h)/2)        0 if F and not h,  else 2

The paper computes the condition in a gate first and then has vc = f(1 + e/2); summing in vc itself
saves that gate.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from compiler.component import Component, add_sum
from compiler.emulation_constants import EmulationConstants
from compiler.net import EdgeRole, Role, Unit
from compiler.net_builder import CONSTANT, NetBuilder


@dataclass(frozen=True, slots=True)
class UnitWeights:
    """Ids of a unit's weights in the net's table: w_t and -w_t by t - 1, and the control's."""

    positive: list[int]
    negative: list[int]
    control: int
    stem_edges: int

    @classmethod
    def of(cls, builder: NetBuilder, constants: EmulationConstants) -> UnitWeights:
        """Enter the weights into a net's table."""
        return cls(
            [builder.value(w) for w in constants.weights],
            [builder.value(-w) for w in constants.weights],
            builder.value(constants.control_weight),
            constants.stem_edges,
        )


@dataclass(frozen=True, slots=True)
class UnitKey:
    """Which unit: its kind, its number within the kind, its name."""

    unit: Unit
    index: int
    label: str


@dataclass(frozen=True, slots=True)
class Stem:
    """A unit's first edges: v_(l-4), where the branches start; v1; the edge that holds the bit."""

    key: UnitKey
    end: int
    bit: int
    edge: int


def add_source(builder: NetBuilder, output: int) -> int:
    """The vertex v0, on the plateau; or the constant vertex, which outputs 1 itself."""
    if output == 1:
        return CONSTANT
    return builder.vertex(Role.SOURCE, "", [(CONSTANT, builder.value(output), EdgeRole.SOURCE)])


def add_stem(
    builder: NetBuilder,
    weights: UnitWeights,
    source: int,
    key: UnitKey,
    bit: int = 0,
) -> Stem:
    """v1 .. v_(l-4). A bit of 1 is the stem negated, as after one flip; v2 does not see it."""
    end, vertices, edge = source, [], builder.edges
    values = weights.negative if bit else weights.positive
    for t, value in enumerate(values[: weights.stem_edges], start=1):
        end = builder.vertex(
            Role.STEM,
            key.label,
            [(end, value, EdgeRole.PATH)],
            unit=key.unit,
            unit_index=key.index,
            path_index=t,
        )
        vertices.append(end)
    return Stem(key, end, vertices[0], edge)


def add_controls(
    builder: NetBuilder,
    component: Component,
    prediction: int,
    flip: int,
    key: UnitKey,
) -> tuple[int, int]:
    """The vertices vc and vc': each outputs 0 to let its branch pass, 2 to silence it."""
    half = Fraction(1, 2)
    vertices = []
    for role, literal in ((Role.CONTROL, prediction), (Role.CONTROL_PRIMED, prediction ^ 1)):
        terms = [component.term(flip, -half), component.term(literal, -half)]
        vertices.append(
            add_sum(builder, role, key.label, terms, 2, unit=key.unit, unit_index=key.index)
        )
    return vertices[0], vertices[1]


def add_branches(
    builder: NetBuilder,
    weights: UnitWeights,
    stem: Stem,
    controls: tuple[int, int],
) -> list[tuple[int, int, EdgeRole]]:
    """Both branches; returns the edges into the output vertex, +w_l and -w_l."""
    length, key = len(weights.positive), stem.key
    ends = []
    for role, vc, last in (
        (Role.BRANCH, controls[0], weights.positive[-1]),
        (Role.BRANCH_PRIMED, controls[1], weights.negative[-1]),
    ):
        end = stem.end
        for t in range(weights.stem_edges + 1, length):
            edges = [(end, weights.positive[t - 1], EdgeRole.PATH)]
            if t == length - 2:
                edges.append((vc, weights.control, EdgeRole.CONTROL))
            end = builder.vertex(
                role, key.label, edges, unit=key.unit, unit_index=key.index, path_index=t
            )
        ends.append((end, last, EdgeRole.PATH))
    return ends
