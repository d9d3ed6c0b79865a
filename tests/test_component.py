"""Lemma 1: every vertex of a component is far out on the plateau, and says what its gate says."""

import re
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from strategies import circuits

from circuits.builder import Builder
from circuits.circuit import TRUE, Circuit
from circuits.errors import InvariantError, SourceError
from circuits.evaluate import all_inputs, evaluate
from compiler.component import Component, Signal, add_component
from compiler.net import EdgeRole, Net, Role, Target
from compiler.net_builder import CONSTANT, NetBuilder
from compiler.pipeline import compile_net

MARGIN = 2
"""The least |input| of a gate's vertex; the plateau begins at 3/2."""

combinational = circuits(max_inputs=5, max_latches=0, max_gates=15).filter(
    lambda c: bool(c.outputs)
)


def edges_into(net: Net, vertex: int) -> dict[int, Fraction]:
    """source -> weight, as rational numbers."""
    weights = {}
    for edge in np.flatnonzero(net.edge_target == vertex).tolist():
        value = net.values[net.edge_value[edge]].rational()
        assert value is not None
        weights[int(net.edge_source[edge])] = value
    return weights


def shown(net: Net) -> list[str]:
    """Every computed vertex with its incoming edges."""
    lines = []
    for vertex in range(net.vertices):
        into = edges_into(net, vertex)
        if net.level[vertex]:
            terms = " ".join(f"{w}*{net.labels[net.label[s]] or 1}" for s, w in into.items())
            lines.append(f"{net.vertex_name(vertex)} = {terms}")
    return lines


@given(combinational)
def test_no_combination_of_sources_brings_a_vertex_near_the_slope(circuit: Circuit) -> None:
    net = compile_net(circuit)
    assert net.target is Target.COMPONENT
    inputs = {port.vertex for port in net.inputs}
    for vertex in np.flatnonzero(net.level > 0).tolist():
        into = edges_into(net, vertex)
        bias = into.pop(CONSTANT, Fraction(0))
        sizes = [w * (1 if source in inputs else 2) for source, w in into.items()]
        sums = [
            bias + sum(s * x for s, x in zip(signs, sizes, strict=True))
            for signs in product((-1, 1), repeat=len(sizes))
        ]
        assert min(map(abs, sums)) >= MARGIN


@given(combinational)
def test_it_computes_the_circuit(circuit: Circuit) -> None:
    net = compile_net(circuit)
    leaves = all_inputs(len(circuit.input_names))
    samples = 1 << len(leaves)
    expected = evaluate(circuit, leaves, width=samples).outputs
    for k in range(samples):
        values: list[Fraction] = [Fraction(1)] * net.vertices
        for port, leaf in zip(net.inputs, leaves, strict=True):
            values[port.vertex] = Fraction(2 * (leaf >> k & 1) - 1)
        for vertex in np.flatnonzero(net.level > 0).tolist():
            total = sum(values[source] * w for source, w in edges_into(net, vertex).items())
            values[vertex] = Fraction(2 if total > 0 else -2)
        assert [values[p.vertex] for p in net.outputs] == [4 * (x >> k & 1) - 2 for x in expected]


@given(combinational)
def test_there_is_a_vertex_per_gate_and_a_copy_per_output_without_one(circuit: Circuit) -> None:
    lowered: list[Circuit] = []
    net = compile_net(circuit, observe=lambda _name, after: lowered.append(after))
    gates = lowered[-1].gate_count
    polarities = {
        o.literal for o in lowered[-1].outputs if o.literal >> 1 >= lowered[-1].first_gate
    }
    copies = [
        o
        for o in lowered[-1].outputs
        if o.literal >> 1 < lowered[-1].first_gate
        or (o.literal & 1 and o.literal ^ 1 in polarities)
    ]
    assert (net.role == Role.GATE).sum() == gates
    assert (net.role == Role.OUTPUT).sum() == len(copies)
    assert net.vertices == 1 + len(net.inputs) + gates + len(copies)
    assert not net.trainable.any()
    assert set(net.edge_role.tolist()) <= {EdgeRole.GATE, EdgeRole.BIAS}


def test_conjunction_and_disjunction_have_the_numbers_of_the_lemma() -> None:
    b = Builder()
    x, y, z = map(b.input, "xyz")
    most, some = b.threshold([x, y, z], 2), b.threshold([x, y, z], 2, [1, 1, -1])
    for name, literal in (
        ("most", most),
        ("some", some),
        ("both", b.and_(most, some)),
        ("either", b.or_(most, some)),
        ("one", b.and_(most, some ^ 1)),
    ):
        b.label(literal, name)
        b.output(name, literal)
    assert shown(compile_net(b.build())) == [
        "gate most = 2*x 2*y 2*z",
        "gate some = -4*1 2*x 2*y -2*z",
        "gate both = -2*1 1*most 1*some",
        "gate either = 2*1 1*most 1*some",
        "gate one = -2*1 1*most -1*some",
    ]


def test_outputs_may_be_constant_inputs_repeated_and_complemented() -> None:
    b = Builder()
    x, y = map(b.input, "xy")
    both, either = b.and_(x, y), b.or_(x, y)
    b.label(both, "both")
    b.label(either, "either")
    outputs = {"no": 0, "yes": TRUE, "x": x, "not x": x ^ 1, "and": both, "nand": both ^ 1}
    outputs |= {"and again": both, "or": either, "or again": either}
    for name, literal in outputs.items():
        b.output(name, literal)
    net = compile_net(b.build())
    assert shown(net) == [
        "gate both = -2*1 2*x 2*y",
        "gate either = 2*1 2*x 2*y",
        "output no = -2*1",
        "output yes = 2*1",
        "output x = 2*x",
        "output not x = -2*x",
        "output nand = -1*both",
    ]
    assert [port.name for port in net.outputs] == list(outputs)
    vertices = {port.name: port.vertex for port in net.outputs}
    assert vertices["and"] == vertices["and again"]
    assert vertices["or"] == vertices["or again"]


def test_vertices_say_which_gate_and_line_they_come_from() -> None:
    b = Builder("lines", source="lines.txt")
    x, y, z = map(b.input, "xyz")
    b.line = 5
    chosen = b.mux(x, y, z)
    b.label(chosen, "chosen")
    b.line = 6
    b.output("out", b.and_(chosen, y))
    net = compile_net(b.build())
    assert net.source == "lines.txt"
    assert [net.provenance(v) for v in range(net.vertices)] == [
        "the constant vertex",
        "sample x",
        "sample y",
        "sample z",
        "gate chosen/hidden (lines.txt:5)",
        "gate chosen (lines.txt:5)",
        "gate %5 (lines.txt:6)",
    ]


def test_edges_from_one_vertex_merge_and_those_that_cancel_vanish() -> None:
    b = Builder()
    x, y, z = map(b.input, "xyz")
    b.output("out", b.threshold([x, y, z ^ 1], 2))
    builder = NetBuilder()
    same = Signal(builder.vertex(Role.SAMPLE, "same"), 1)
    add_component(builder, b.build(), [same, same, same], frozenset())
    fields, *_ = builder.arrays()
    weights = [str(fields["values"][i]) for i in fields["edge_value"]]
    assert fields["edge_source"].tolist() == [same.vertex]  # 2 + 2 - 2, and no bias
    assert weights == ["2"]


@pytest.mark.parametrize(("outputs", "rate"), [(1, "1/16"), (2, "1/32"), (3, "1/64"), (5, "1/128")])
def test_the_learning_rate_suits_a_read_out_of_all_outputs(outputs: int, rate: str) -> None:
    b = Builder()
    x = b.input("x")
    for i in range(outputs):
        b.output(f"out{i}", x)
    assert str(compile_net(b.build()).learning_rate) == rate


def test_a_circuit_without_outputs_is_refused() -> None:
    b = Builder("mute")
    b.input("x")
    text = "circuit mute has no outputs\n  help: a net computes outputs; declare at least one"
    with pytest.raises(SourceError, match=f"^{re.escape(text)}$"):
        compile_net(b.build())


def test_latches_are_refused() -> None:
    b = Builder()
    b.output("out", b.latch("bit"))
    with pytest.raises(InvariantError, match="a component is combinational"):
        add_component(NetBuilder(), b.build(), [], frozenset())


def test_gates_that_were_not_lowered_are_refused() -> None:
    b = Builder()
    x, y = b.input("x"), b.input("y")
    b.output("out", b.xor(x, y))
    with pytest.raises(InvariantError, match="gate %3 is XOR; only AND and THRESHOLD are legal"):
        add_component(NetBuilder(), b.build(), [Signal(1, 1), Signal(2, 1)], frozenset())


def test_a_node_without_a_vertex_cannot_be_read() -> None:
    with pytest.raises(InvariantError, match="node 1 has no vertex"):
        Component(np.array([0, -1]), np.array([1, 2]), np.array([True, False])).term(2, 1)
