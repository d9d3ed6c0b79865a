"""Lemma 6 and Theorem 5: cells around the computation component make the noise-tolerant net.

There is a cell M'(t, i, z) for each sample t, input bit i and value z. While sample t is memorised,
the net outputs 1/2 whatever the label is, and SGD sets the n' cells of its bits; after T samples
the net outputs the answer. All v0 are the constant vertex and all v5 the output vertex.

Only cells of the first bit have a vr: nothing reads the others.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from circuits.batch import Batch
from circuits.batch_to_memorising import cell_names
from circuits.circuit import Circuit
from compiler.component import Signal, add_component, named_complements
from compiler.exact import Exact
from compiler.net import Net, Port, Role, Target
from compiler.net_builder import NetBuilder
from compiler.noise_cell import (
    CellWeights,
    add_cell_end,
    add_cell_start,
    add_label_reader,
    add_output_controls,
)
from compiler.noise_constants import PATH_EDGES, NoiseConstants
from compiler.noise_margin import gate_scale


def memorising_to_noise_tolerant(
    component: Circuit,
    batch: Batch,
    constants: NoiseConstants,
    noise: Fraction,
    preset: str,
    source_name: str,
) -> Net:
    """The noise-tolerant net.

    Args:
        component: of `circuits.batch_to_memorising`, lowered to threshold gates.
        batch: what the net computes; its circuit is kept in the net as the reference.
        constants: of the cells.
        noise: what noise on each edge may sum up to, by `compiler.noise_margin`; gates are scaled
            to bear it.
        preset: recorded in the net.
        source_name: recorded in the net.
    """
    samples, inputs, coins = batch.samples, batch.inputs, len(batch.random_names)
    cells_built = 2 * inputs * samples
    builder = NetBuilder()
    roles = [Role.SAMPLE] * (inputs - coins) + [Role.RANDOM] * coins
    bits = [builder.vertex(role, name) for role, name in zip(roles, batch.bit_names, strict=True)]
    weights = CellWeights.of(builder, constants)
    cells = [
        add_cell_start(builder, weights, number, name)
        for number, name in enumerate(cell_names(batch))
    ]
    of_first_bit = [cell for cell in cells if cell.number % (2 * inputs) < 2]
    signals = [
        *(Signal(cell.state) for cell in cells),
        *(Signal(add_label_reader(builder, weights, cell)) for cell in of_first_bit),
        *(Signal(bit, 1) for bit in bits),
    ]
    gates = add_component(
        builder,
        component,
        signals,
        named_complements(component),
        cache(lambda load: gate_scale(constants, noise, load)),
    )
    said = [output.literal for output in component.outputs]
    hold, held, rest = said[:cells_built], said[cells_built:][:cells_built], said[2 * cells_built :]

    into_output = [
        add_cell_end(builder, weights, gates, *parts)
        for parts in zip(cells, hold, held, strict=True)
    ]
    into_output += add_output_controls(builder, gates, constants, rest[:samples], rest[samples:])
    name = batch.circuit.outputs[0].name
    output = builder.vertex(Role.OUTPUT, name, into_output, path_index=PATH_EDGES)
    fields, vertex_of, _ = builder.arrays()
    return Net(
        target=Target.NOISE_TOLERANT,
        preset=preset,
        activation=constants.activation,
        learning_rate=constants.learning_rate,
        inputs=tuple(
            Port(int(vertex_of[v]), name) for v, name in zip(bits, batch.bit_names, strict=True)
        ),
        outputs=(Port(int(vertex_of[output]), name),),
        memory=(),
        circuit=batch.circuit,
        source=source_name,
        random_inputs=tuple(range(inputs - coins, inputs)),
        samples=samples,
        noise=Exact.of(noise),
        **fields,
    )
