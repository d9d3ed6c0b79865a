"""A combinational circuit alone becomes the backpropagation-proof component of Lemma 1."""

from __future__ import annotations

from fractions import Fraction

from circuits.circuit import Circuit
from circuits.errors import SourceError
from compiler.component import Signal, add_component, add_sum, named_complements
from compiler.emulation_constants import emulation_constants
from compiler.exact import Exact
from compiler.net import Net, Port, Role, Target
from compiler.net_builder import NetBuilder


def circuit_to_component(circuit: Circuit, source: Circuit, preset: str, source_name: str) -> Net:
    """A net with one output vertex of +-2 per output of the circuit.

    Its learning rate is of no consequence to it, since no gradient reaches an edge; it is chosen
    for a linear read-out trained on the outputs, 1 / (16 outputs) rounded down to a power of two,
    with which SGD on squared errors of such a read-out contracts.

    Args:
        circuit: combinational, lowered to AND and THRESHOLD gates.
        source: the circuit as the user wrote it, kept in the net as what it must compute.
        preset: recorded in the net.
        source_name: recorded in the net.
    """
    if not circuit.outputs:
        raise SourceError(
            f"circuit {circuit.name or source.source} has no outputs",
            hint="a net computes outputs; declare at least one",
        )
    builder = NetBuilder()
    inputs = [builder.vertex(Role.SAMPLE, name) for name in circuit.input_names]
    component = add_component(
        builder, circuit, [Signal(vertex, 1) for vertex in inputs], _negated(circuit)
    )
    outputs = []
    for output in circuit.outputs:
        node = output.literal >> 1
        complemented = bool(output.literal & 1)
        if node >= circuit.first_gate and bool(component.negated[node]) == complemented:
            outputs.append(int(component.vertex[node]))
        else:  # a constant, an input, or a gate needed in both polarities: copy it
            terms = [component.term(output.literal, 1)]
            outputs.append(add_sum(builder, Role.OUTPUT, output.name, terms, 0))
    fields, vertex_of, _ = builder.arrays()
    rate = Fraction(1, 2 ** (16 * len(outputs) - 1).bit_length())
    return Net(
        target=Target.COMPONENT,
        preset=preset,
        activation=emulation_constants(Fraction(1), 32).activation,
        learning_rate=Exact.of(rate),
        inputs=tuple(
            Port(int(vertex_of[v]), name)
            for v, name in zip(inputs, circuit.input_names, strict=True)
        ),
        outputs=tuple(
            Port(int(vertex_of[v]), o.name) for v, o in zip(outputs, circuit.outputs, strict=True)
        ),
        memory=(),
        circuit=source,
        source=source_name,
        **fields,
    )


def _negated(circuit: Circuit) -> frozenset[int]:
    """Gates whose vertex carries the complement: as outputs want it, else as their name says."""
    literals = {o.literal for o in circuit.outputs}
    plain = {x >> 1 for x in literals if not x & 1}
    complemented = {x >> 1 for x in literals if x & 1}
    return frozenset((complemented | named_complements(circuit)) - plain)
