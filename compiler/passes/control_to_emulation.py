"""Lemmas 2 and 3: memory units around a control circuit make the emulation net.

The net has m + m' units with one output vertex: one per memory bit, its *dual*, and m' - m
fillers. In each step exactly m' of them let their signal through, m for the bits (either the
memory unit, which flips if the output is wrong, or its dual) and all fillers, so the output is +-1
without any logic that counts flips; the proof of Lemma 3 has the control circuit count instead.

A memory unit flips on F = its bit's flip, its dual on NOT F, a filler always (F = 1). All fillers
share one vc and one vc': the edges from them are frozen like the others, so Lemma 2 holds word for
word.

Memory bits reach the gates through one vertex each, f(-2/s0 * v1) = +-2, so that all gates read
the same two values; the paper scales every gate's edge by 2/s0 instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from circuits.circuit import Circuit
from circuits.errors import InvariantError
from circuits.update_on_error import UpdateOnError
from compiler.component import Signal, add_component, named_complements
from compiler.emulation_constants import EmulationConstants
from compiler.memory_unit import (
    UnitWeights,
    add_branches,
    add_shared_controls,
    add_source,
    add_stems,
)
from compiler.net import EdgeRole, MemoryBit, Net, Port, Role, Target, Unit
from compiler.net_builder import Edges, NetBuilder

TRUE_FLIP = 1
"""The literal `true`: a filler flips in every step that is wrong."""


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
    source = add_source(builder, constants.source_output)
    weights = UnitWeights.of(builder, constants)
    names = [latch.name for latch in latches]
    memory = add_stems(builder, weights, source, Unit.MEMORY, names, form.circuit.reset_state)
    duals = add_stems(builder, weights, source, Unit.DUAL, names)
    built = list(map(str, range(1 if one_filler and missing else missing)))
    fillers = add_stems(builder, weights, source, Unit.FILLER, built)
    read = builder.value(-2 / constants.bit_value)
    readers = builder.count + np.arange(len(latches))
    builder.vertices(Role.READ, memory.label, Edges(memory.bit, readers, read, EdgeRole.READ))
    signals = [Signal(vertex, 1) for vertex in inputs] + [Signal(v) for v in readers.tolist()]
    component = add_component(builder, control, signals, named_complements(control))
    prediction, *flips = (output.literal for output in control.outputs)

    flip = np.array(flips, np.int64)
    into_output = add_branches(builder, weights, memory, (component, prediction, flip))
    into_output += add_branches(builder, weights, duals, (component, prediction, flip ^ 1))
    if built:
        shared = add_shared_controls(
            builder, component, prediction, TRUE_FLIP, Unit.FILLER, "(all)"
        )
        into_output += add_branches(builder, weights, fillers, shared)
    output, name = builder.count, form.circuit.primary_outputs[0].name
    arriving = Edges(*map(np.concatenate, zip(*into_output, strict=True)))
    builder.vertices(
        Role.OUTPUT,
        builder.labels([name]),
        arriving._replace(target=np.full(len(arriving.target), output)),
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
        outputs=(Port(int(vertex_of[output]), name),),
        memory=tuple(
            MemoryBit(bit, edge, constants.weights[0])
            for bit, edge in zip(names, edge_of[memory.edge].tolist(), strict=True)
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
