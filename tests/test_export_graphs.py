"""networkx, pydot and Graphviz read the exported graphs, and find in them what the net says."""

import io
import json
import shutil
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import replace
from functools import cache
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from oracle import SHARED, needs_shared
from small_circuits import toggle

from circuits.builder import Builder
from circuits.errors import SourceError
from compiler.export.columns import edge_columns, vertex_columns, vertex_names
from compiler.export.dot import LABELLED_EDGES, dot, quoted, unquoted
from compiler.export.graphml import escaped, graphml
from compiler.export.legal_text import legal
from compiler.export.node_link import has_parallel_edges, node_link_json, to_networkx
from compiler.export.unit_names import unit_names, vertex_of
from compiler.net import EdgeRole, Net, Role
from runtime.bench.synthetic import synthetic_net
from runtime.compiled import compile_source

HOSTILE = [
    '"',
    "\\",
    '\\"',
    "<&>",
    "]]>",
    "&lt;",
    "a\nb",
    "\\n",
    "\r",
    "\0\ud800",
    "é😀",
    "-->",
    " ",
]

needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")


@cache
def hostile_net() -> Net:
    """Ports, latches and gates with names that mean something to XML and DOT."""
    b = Builder("hostile")
    wires = [b.input(name) for name in HOSTILE]
    bit = b.latch('l"\\')
    gate = b.and_(bit, *wires)
    b.label(gate, "<gate>&\0")
    b.set_next(bit, gate)
    b.output("</data>", gate)
    return compile_source(b.build()).net


@cache
def nets() -> dict[str, Net]:
    parity = "builtin:parity:bits=2"
    return {
        "emulation": compile_source(parity).net,
        "quotient": compile_source(parity, preset="printed").net,
        "noise-tolerant": compile_source(parity, target="noise-tolerant", samples=3).net,
        "component": component(),
        "hostile": hostile_net(),
    }


def component() -> Net:
    b = Builder("component")
    z = b.xor(b.input("x"), b.input("y"))
    b.output("z", z)
    b.output("also z", z)
    return compile_source(b.build()).net


NAMES = ("emulation", "quotient", "noise-tolerant", "component", "hostile")


def as_read(attributes: dict[str, Any]) -> dict[str, Any]:
    """Attributes as a text file can hold them."""
    return {k: legal(v) if isinstance(v, str) else v for k, v in attributes.items()}


@pytest.mark.parametrize("name", NAMES)
def test_every_attribute_says_what_the_net_says(name: str) -> None:
    net = nets()[name]
    graph = to_networkx(net)
    weights, exact = net.weights(), net.exact_weights()
    assert list(graph) == list(range(net.vertices))
    for vertex, data in graph.nodes(data=True):
        assert data["name"] == net.vertex_name(vertex)
        assert data["role"] == Role(net.role[vertex]).name.lower()
        assert data["level"] == net.level[vertex]
        assert vertex_of(net, data["unit"]) == vertex
        assert data.get("line", 0) == net.line[vertex]
        assert data.get("copies", "1") == str(net.copies.get(vertex, 1))
        assert {"component", "gadget"} <= set(data)
    inputs = {data["input"]: v for v, data in graph.nodes(data=True) if "input" in data}
    assert inputs == {i: port.vertex for i, port in enumerate(net.inputs)}
    outputs = {
        int(i): v for v, data in graph.nodes(data=True) for i in data.get("outputs", "").split()
    }
    assert outputs == {i: port.vertex for i, port in enumerate(net.outputs)}
    assert graph.number_of_edges() == net.edges
    memory = {bit.edge: bit for bit in net.memory}
    for edge in range(net.edges):
        data = graph.edges[int(net.edge_source[edge]), int(net.edge_target[edge])]
        assert (data["weight"], data["weight_exact"]) == (weights[edge], str(exact[edge]))
        assert data["role"] == EdgeRole(net.edge_role[edge]).name.lower()
        assert data["trainable"] == net.trainable[edge]
        assert data.get("copies", "1") == str(net.fan_in_copies.get(edge, 1))
        assert ("memory" in data) == (edge in memory)
        if edge in memory:
            assert (data["memory"], data["zero_exact"]) == (
                memory[edge].name,
                str(memory[edge].zero),
            )


@pytest.mark.parametrize("name", NAMES)
def test_networkx_reads_the_graphml_and_finds_the_same_attributes(name: str) -> None:
    net = nets()[name]
    read = nx.read_graphml(io.BytesIO(b"".join(graphml(net))), node_type=int)
    graph = to_networkx(net)
    assert dict(read.nodes(data=True)) == {v: as_read(d) for v, d in graph.nodes(data=True)}
    found = {(a, b): {k: v for k, v in d.items() if k != "id"} for a, b, d in read.edges(data=True)}
    assert found == {(a, b): as_read(data) for a, b, data in graph.edges(data=True)}
    assert json.loads(read.graph["activation"]) == graph.graph["activation"]
    assert read.graph["learning_rate_exact"] == str(net.learning_rate)


@pytest.mark.parametrize("name", NAMES)
def test_networkx_reads_the_json_of_every_net_also_of_quotients(name: str) -> None:
    net = nets()[name]
    document = json.loads(b"".join(node_link_json(net)))
    assert nx.utils.graphs_equal(nx.node_link_graph(document, edges="edges"), to_networkx(net))


def test_parallel_edges_of_a_quotient_stay_apart() -> None:
    net = nets()["quotient"]
    edge = int(np.flatnonzero(net.edge_target == net.outputs[0].vertex)[0])
    more: dict[str, Any] = {
        name: np.insert(getattr(net, name), edge, getattr(net, name)[edge])
        for name in ("edge_source", "edge_target", "edge_role", "edge_value")
    }
    more["edge_value"][edge + 1] = more["edge_value"].max()
    shifted = {e + (e > edge): n for e, n in net.fan_in_copies.items()}
    shifted[edge + 1] = shifted.get(edge, net.copies.get(int(net.edge_source[edge]), 1))
    parallel = replace(net, **more, fan_in_copies=shifted)
    assert has_parallel_edges(parallel)
    assert not has_parallel_edges(net)
    graph: Any = to_networkx(parallel)
    assert graph.is_multigraph()
    assert graph.number_of_edges() == parallel.edges
    document = json.loads(b"".join(node_link_json(parallel)))
    assert nx.utils.graphs_equal(nx.node_link_graph(document, edges="edges"), graph)
    read: Any = nx.read_graphml(io.BytesIO(b"".join(graphml(parallel))), node_type=int)
    assert read.is_multigraph()
    assert read.number_of_edges() == parallel.edges


def test_the_weights_of_a_step_are_written_with_their_exact_texts() -> None:
    net = nets()["emulation"]
    weights = net.weights()
    weights[1], weights[2] = -weights[1], 0.1
    exact = next(c for c in edge_columns(net, weights) if c.key == "weight_exact")
    built = net.exact_weights()
    assert exact.value(0) == str(built[0])
    assert exact.value(1) == str(-built[1])
    assert exact.value(2) == (0.1).hex()
    read = nx.read_graphml(io.BytesIO(b"".join(graphml(net, weights))), node_type=int)
    assert read.edges[int(net.edge_source[2]), int(net.edge_target[2])]["weight"] == 0.1


def test_a_float32_of_a_run_is_known_as_what_it_was_rounded_from() -> None:
    net = nets()["quotient"]
    rounded = net.weights().astype(np.float32).astype(np.float64)
    edge = int(np.flatnonzero(rounded != net.weights())[0])
    exact = next(c for c in edge_columns(net, -rounded) if c.key == "weight_exact")
    assert exact.value(edge) == str(-net.exact_weights()[edge])


@given(st.text())
@example("".join(HOSTILE))
@example("\x0b\x1f\x7f\ufffd\ufffe\uffff")
def test_any_text_goes_through_xml(text: str) -> None:
    element = ET.fromstring(f"<a>{escaped(text)}</a>".encode())
    assert (element.text or "") == legal(text)
    assert len(legal(text)) == len(text)


@given(st.text())
@example("".join(HOSTILE))
def test_any_text_goes_through_dot(text: str) -> None:
    assert unquoted(quoted(text)) == legal(text).replace("\r", "\ufffd")
    inside = quoted(text)[1:-1].replace("\\\\", "")
    assert '"' not in inside.replace('\\"', "")
    assert not inside.endswith("\\")
    assert "\n" not in inside


@needs_dot
@given(st.lists(st.text(), min_size=200, max_size=200))
@settings(max_examples=3, deadline=None)
def test_graphviz_itself_takes_any_text(names: list[str]) -> None:
    rows = "".join(f"{i} [full_name={quoted(name)}]\n" for i, name in enumerate(names + HOSTILE))
    done = subprocess.run(
        ["dot", "-Tdot"], input=f"digraph {{\n{rows}}}\n".encode(), capture_output=True, check=True
    )
    assert done.stderr == b""


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of pydot's own use of pyparsing
def test_pydot_reads_every_attribute() -> None:
    pydot = pytest.importorskip("pydot", reason="pydot is not installed")
    net = hostile_net_small()
    (graph,) = pydot.graph_from_dot_data(b"".join(dot(net)).decode())
    nodes = {int(n.get_name()): n for n in graph.get_nodes() if n.get_name().isdigit()}
    columns = {c.key: c for c in vertex_columns(net)}
    columns["full_name"] = columns.pop("name")
    for vertex in range(net.vertices):
        found = {k: unquoted(v) for k, v in nodes[vertex].get_attributes().items()}
        for key, column in columns.items():
            value = column.value(vertex)
            assert found.get(key) == (None if value is None else in_dot(value))
    edges = edge_columns(net)
    edges[0] = edges[0]._replace(key="weight_float")
    by_ends = {
        (int(e.get_source()), int(e.get_destination())): e.get_attributes()
        for e in graph.get_edges()
    }
    for edge in range(net.edges):
        found = by_ends[int(net.edge_source[edge]), int(net.edge_target[edge])]
        for column in edges:
            value = column.value(edge)
            text = found.get(column.key)
            assert (text and unquoted(text)) == (None if value is None else in_dot(value))


def hostile_net_small() -> Net:
    b = Builder("small")
    z = b.and_(*(b.input(name) for name in HOSTILE))
    b.label(z, "<gate>&\0")
    b.output("</data>", z)
    return compile_source(b.build()).net


def in_dot(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return legal(text).replace("\r", "\ufffd")


@needs_dot
def test_graphviz_draws_a_small_net_with_its_names_and_weights() -> None:
    b = Builder("names as drawn")
    b.output("z", b.and_(*(b.input(name) for name in ("<&>", "&lt;", '"', "\\n", "é"))))
    net = compile_source(b.build()).net
    done = subprocess.run(
        ["dot", "-Tsvg"], input=b"".join(dot(net)), capture_output=True, check=True
    )
    assert done.stderr == b""
    drawn = [e.text for e in ET.fromstring(done.stdout).iter("{http://www.w3.org/2000/svg}text")]
    exact = [str(weight) for weight in net.exact_weights()]
    assert sorted(map(str, drawn)) == sorted(vertex_names(net) + exact)


def test_a_large_net_gets_no_labels_at_edges() -> None:
    large = synthetic_net(LABELLED_EDGES * 2, 10)
    assert large.edges > LABELLED_EDGES
    edge = next(x for x in b"".join(dot(large)).splitlines() if b"->" in x)
    assert b" label=" not in edge
    assert b" weight_float=" in edge


def test_names_are_those_of_the_net_and_stay_on_recompilation() -> None:
    for net in nets().values():
        assert vertex_names(net) == [net.vertex_name(v) for v in range(net.vertices)]
        assert len(set(unit_names(net))) == net.vertices
    first, second = compile_source(toggle()).net, compile_source(toggle()).net
    assert unit_names(first) == unit_names(second)


@pytest.mark.parametrize("name", ["level.0.unit.99999", "level.99.unit.0", "level.1", "x", ""])
def test_a_name_of_no_unit_is_refused(name: str) -> None:
    with pytest.raises(SourceError, match="no unit is called"):
        vertex_of(component(), name)


@needs_shared
def test_the_place_in_the_source_file_is_an_attribute() -> None:
    file = SHARED / "circuits" / "iscas85" / "c17.bench"
    graph = to_networkx(compile_source(file).net)
    (gate,) = (data for _, data in graph.nodes(data=True) if data["name"] == "gate 16")
    assert (gate["file"], gate["line"]) == (str(file), 18)
    assert file.read_text().splitlines()[17] == "16 = NAND(2, 11)"
