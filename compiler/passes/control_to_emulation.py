"""Definition 6 and Lemmas 2 and 3: memory units around a control circuit make the emulation net.

The net has m + m' units with one output vertex: one per memory bit, its *dual*, and m' - m
fillers. In each step exactly m' of them let their signal through, m for the bits (either the
memory unit, which flips if the output is wrong, or its dual) and all fillers, so the output is +-1
without any logic that counts flips; the proof of Lemma 3 has the control circuit count instead.

For prediction h and flip F the control vertices are, with e(x) = +-2 for a bit,

    vc  = f(2 - e(F)/2 - e(h)/2)        0 if F and h,      else 2
    vc' = f(2 - e(F)/2 + e(h)/2)        0 if F and not h,  else 2

(the dual has NOT F, a filler F = 1). The paper computes the condition in a gate first and then
has vc = f(1 + e/2); summing in vc itself saves that gate. All fillers share one vc and one vc':
their edges are frozen like the others, so Lemma 2 holds word for word.

Memory bits reach the gates through one vertex each, f(-2/s0 * v1) = +-2, so that all gates read
the same two values; the paper scales every gate's edge by 2/s0 instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from circuits.circuit import Circuit
from circuits.errors import InvariantError
from circuits.update_on_error import UpdateOnError
from compiler.component import Component, Signal, add_component, add_sum
from compiler.emulation_constants import EmulationConstants
from compiler.net import EdgeRole, MemoryBit, Net, Port, Role, Target, Unit
from compiler.net_builder import CONSTANT, NetBuilder

TRUE_FLIP = 1
"""The literal `true`: a filler flips in every step that is wrong."""


@dataclass(frozen=True, slots=True)
class _UnitWeights:
    """Ids of a unit's weights in the net's table: w_t and -w_t by t - 1, and the control's."""

    positive: list[int]
    negative: list[int]
    control: int
    stem_edges: int

    @classmethod
    def of(cls, builder: NetBuilder, constants: EmulationConstants) -> _UnitWeights:
        return cls(
            [builder.value(w) for w in constants.weights],
            [builder.value(-w) for w in constants.weights],
            builder.value(constants.control_weight),
            constants.stem_edges,
        )


@dataclass(frozen=True, slots=True)
class _Key:
    """Which unit: its kind, its number within the kind, its name."""

    unit: Unit
    index: int
    label: str


@dataclass(frozen=True, slots=True)
class _Stem:
    """A unit's first edges: v_(l-4), where the branches start; v1; the edge that holds the bit."""

    key: _Key
    end: int
    bit: int
    edge: int


def control_to_emulation(
    control: Circuit,
    form: UpdateOnError,
    constants: EmulationConstants,
    preset: str,
    source_name: str,
    *,
    one_filler: bool = False,
) -> Net:
    """The emulation net.

    Args:
        control: from (inputs, memory) to (prediction, flips), lowered to threshold gates.
        form: what the net emulates; kept in it as the reference.
        constants: of the memory units; ``constants.units`` is m'.
        preset: recorded in the net.
        source_name: recorded in the net.
        one_filler: build the fillers, which always do the same, as one unit that stands for all.
    """
    latches = form.circuit.latches
    if constants.units < len(latches):
        raise InvariantError(f"{len(latches)} memory bits need m' >= {len(latches)} units")
    missing = constants.units - len(latches)
    builder = NetBuilder()
    coins = set(form.random_inputs)
    inputs = [
        builder.vertex(Role.RANDOM if i in coins else Role.SAMPLE, name)
        for i, name in enumerate(form.circuit.input_names)
    ]
    source = _add_source(builder, constants.source_output)
    weights = _UnitWeights.of(builder, constants)
    memory = [
        _add_stem(builder, weights, source, _Key(Unit.MEMORY, i, x.name), x.reset or 0)
        for i, x in enumerate(latches)
    ]
    duals = [
        _add_stem(builder, weights, source, _Key(Unit.DUAL, i, x.name))
        for i, x in enumerate(latches)
    ]
    fillers = [
        _add_stem(builder, weights, source, _Key(Unit.FILLER, i, str(i)))
        for i in range(1 if one_filler and missing else missing)
    ]
    read = builder.value(-2 / constants.bit_value)
    signals = [Signal(vertex, 1) for vertex in inputs] + [
        Signal(builder.vertex(Role.READ, stem.key.label, [(stem.bit, read, EdgeRole.READ)]))
        for stem in memory
    ]
    component = add_component(builder, control, signals, frozenset())
    prediction, *flips = (output.literal for output in control.outputs)

    into_output: list[tuple[int, int, EdgeRole]] = []
    for stems, flip_literals in ((memory, flips), (duals, [flip ^ 1 for flip in flips])):
        for stem, flip in zip(stems, flip_literals, strict=True):
            gates = _add_controls(builder, component, prediction, flip, stem.key)
            into_output += _add_branches(builder, weights, stem, gates)
    if fillers:
        shared = _add_controls(
            builder, component, prediction, TRUE_FLIP, _Key(Unit.FILLER, -1, "(all)")
        )
        for stem in fillers:
            into_output += _add_branches(builder, weights, stem, shared)
    output = builder.vertex(
        Role.OUTPUT,
        form.circuit.primary_outputs[0].name,
        into_output,
        path_index=len(constants.weights),
    )
    fields, vertex_of, edge_of = builder.arrays()
    if one_filler and missing > 1:
        fields |= _filler_copies(fields, missing)
    return Net(
        target=Target.EMULATION,
        preset=preset,
        activation=constants.activation,
        learning_rate=constants.learning_rate,
        inputs=tuple(
            Port(int(vertex_of[v]), name)
            for v, name in zip(inputs, form.circuit.input_names, strict=True)
        ),
        outputs=(Port(int(vertex_of[output]), form.circuit.primary_outputs[0].name),),
        memory=tuple(
            MemoryBit(stem.key.label, int(edge_of[stem.edge]), constants.weights[0])
            for stem in memory
        ),
        circuit=form.circuit,
        source=source_name,
        random_inputs=form.random_inputs,
        **fields,
    )


def _filler_copies(fields: dict[str, Any], count: int) -> dict[str, Mapping[int, int]]:
    """The multiplicities of a net whose one filler stands for ``count``."""
    filler = (fields["unit"] == Unit.FILLER) & (fields["path_index"] >= 0)
    into_output = filler[fields["edge_source"]] & ~filler[fields["edge_target"]]
    return {
        "copies": dict.fromkeys(np.flatnonzero(filler).tolist(), count),
        "fan_in_copies": dict.fromkeys(np.flatnonzero(into_output).tolist(), count),
    }


def _add_source(builder: NetBuilder, output: int) -> int:
    """The vertex v0, on the plateau; or the constant vertex, which outputs 1 itself."""
    if output == 1:
        return CONSTANT
    return builder.vertex(Role.SOURCE, "", [(CONSTANT, builder.value(output), EdgeRole.SOURCE)])


def _add_stem(
    builder: NetBuilder,
    weights: _UnitWeights,
    source: int,
    key: _Key,
    bit: int = 0,
) -> _Stem:
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
    return _Stem(key, end, vertices[0], edge)


def _add_controls(
    builder: NetBuilder,
    component: Component,
    prediction: int,
    flip: int,
    key: _Key,
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


def _add_branches(
    builder: NetBuilder,
    weights: _UnitWeights,
    stem: _Stem,
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
