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

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compiler.component import Component, Terms, sum_edges
from compiler.emulation_constants import EmulationConstants
from compiler.net import EdgeRole, Role, Unit
from compiler.net_builder import CONSTANT, Edges, Ids, NetBuilder


@dataclass(frozen=True, slots=True)
class UnitWeights:
    """Ids of a unit's weights in the net's table: w_t and -w_t by t - 1, and the control's."""

    positive: NDArray[np.int64]
    negative: NDArray[np.int64]
    control: int
    stem_edges: int

    @classmethod
    def of(cls, builder: NetBuilder, constants: EmulationConstants) -> UnitWeights:
        """Enter the weights into a net's table."""
        return cls(
            np.array([builder.value(w) for w in constants.weights]),
            np.array([builder.value(-w) for w in constants.weights]),
            builder.value(constants.control_weight),
            constants.stem_edges,
        )


@dataclass(frozen=True, eq=False, slots=True)
class Stems:
    """The first edges of all units of one kind; arrays of shape (units,).

    Attributes:
        unit: the kind.
        label: ids of the units' names.
        bit: v1.
        end: v_(l-4), where the branches start.
        edge: the edge that holds the bit.
    """

    unit: Unit
    label: Ids
    bit: Ids
    end: Ids
    edge: Ids


def add_source(builder: NetBuilder, output: int) -> int:
    """The vertex v0, on the plateau; or the constant vertex, which outputs 1 itself."""
    if output == 1:
        return CONSTANT
    return builder.vertex(Role.SOURCE, "", [(CONSTANT, builder.value(output), EdgeRole.SOURCE)])


def add_stems(
    builder: NetBuilder,
    weights: UnitWeights,
    source: int,
    unit: Unit,
    names: Sequence[str],
    bits: Sequence[int] = (),
) -> Stems:
    """v1 .. v_(l-4) of each unit; ``bits`` says what it holds, 0 unless told.

    A bit of 1 is the stem negated, as after one flip; v2 does not see it.
    """
    count, length, label = len(names), weights.stem_edges, builder.labels(names)
    shape = count, length
    number = builder.count + np.arange(count * length).reshape(shape)
    sources = np.hstack([np.full((count, 1), source), number[:, :-1]])
    is_one = np.zeros(count, bool)
    is_one[: len(bits)] = bits
    value = np.where(is_one[:, None], weights.negative[:length], weights.positive[:length])
    edge = builder.edges + length * np.arange(count)
    builder.vertices(
        Role.STEM,
        np.repeat(label, length),
        Edges(sources.ravel(), number.ravel(), value.ravel(), EdgeRole.PATH),
        unit=unit,
        unit_index=np.repeat(np.arange(count), length),
        path_index=np.tile(np.arange(1, length + 1), count),
    )
    return Stems(unit, label, number[:, 0], number[:, -1], edge)


def control_edges(
    builder: NetBuilder,
    component: Component,
    prediction: int,
    flips: NDArray[np.int64],
    first: Ids,
) -> Edges:
    """The edges into vc and vc', which are the vertices ``first`` and those after them.

    Each outputs 0 to let its branch pass, 2 to silence it.

    Args:
        builder: knows the ids of weights.
        component: computes prediction and flips.
        prediction: its literal.
        flips: literals, one per unit.
        first: vertices, one per unit.
    """
    targets = np.stack([first, first + 1], axis=1)
    of_flip, of_prediction = component.terms(flips), component.terms(prediction ^ np.arange(2))
    source, weight = (
        np.stack([np.stack([x, x], axis=1), np.broadcast_to(y, targets.shape)], axis=2)
        for x, y in zip(of_flip, of_prediction, strict=True)
    )  # unit, vertex, summand
    terms = Terms(np.repeat(targets, 2), source.ravel(), -weight.ravel())
    bias = np.full(targets.size, 4)
    return sum_edges(builder, targets.ravel(), terms, bias, denominator=2)


def add_shared_controls(
    builder: NetBuilder, component: Component, prediction: int, flip: int, unit: Unit, name: str
) -> int:
    """Vc and vc' of all units of a kind; returns vc, after which comes vc'."""
    first, label = builder.count, builder.labels([name, name])
    edges = control_edges(builder, component, prediction, np.array([flip]), np.array([first]))
    roles = np.array([Role.CONTROL, Role.CONTROL_PRIMED])
    builder.vertices(roles, label, edges, unit=unit)
    return first


def add_branches(
    builder: NetBuilder,
    weights: UnitWeights,
    stems: Stems,
    controls: tuple[Component, int, NDArray[np.int64]] | int,
) -> list[Edges]:
    """Both branches of each unit, and its vc and vc' before them unless all units share theirs.

    Args:
        builder: the net being written.
        weights: of the units.
        stems: where the branches start.
        controls: component, prediction and flips as of `control_edges`; or the vc that all share.

    Returns:
        The edges into the output vertex, +w_l and -w_l, but for the output vertex itself.
    """
    count, length = len(stems.end), len(weights.positive)
    path = np.arange(weights.stem_edges + 1, length)
    own = 0 if isinstance(controls, int) else 2
    width = own + 2 * len(path)
    number = builder.count + np.arange(count * width).reshape(count, width)
    branches = number[:, own : own + len(path)], number[:, own + len(path) :]
    parts = []
    if isinstance(controls, int):
        gates = np.full(count, controls), np.full(count, controls + 1)
    else:
        component, prediction, flips = controls
        gates = number[:, 0], number[:, 1]
        parts.append(control_edges(builder, component, prediction, flips, number[:, 0]))
    for branch, control in zip(branches, gates, strict=True):
        sources = np.hstack([stems.end[:, None], branch[:, :-1]])
        values = np.tile(weights.positive[path - 1], count)
        gated = branch[:, -2]  # v_(l-2) hears the control vertex
        parts += [
            _edges(sources.ravel(), branch.ravel(), values, EdgeRole.PATH),
            _edges(control, gated, weights.control, EdgeRole.CONTROL),
        ]
    roles = [Role.CONTROL, Role.CONTROL_PRIMED][:own]
    roles += [Role.BRANCH] * len(path) + [Role.BRANCH_PRIMED] * len(path)
    builder.vertices(
        np.tile(np.array(roles), count),
        np.repeat(stems.label, width),
        Edges(*map(np.concatenate, zip(*parts, strict=True))),
        unit=stems.unit,
        unit_index=np.repeat(np.arange(count), width),
        path_index=np.tile(np.concatenate([[-1] * own, path, path]), count),
    )
    ends = zip(branches, (weights.positive[-1], weights.negative[-1]), strict=True)
    return [_edges(branch[:, -1], branch[:, -1], value, EdgeRole.PATH) for branch, value in ends]


def _edges(source: Ids, target: Ids, value: Ids | int, role: EdgeRole) -> Edges:
    """With an array in every field."""
    value, roles = (np.broadcast_to(np.asarray(x), target.shape) for x in (value, role))
    return Edges(source, target, value, roles)
