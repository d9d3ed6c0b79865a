"""Every vertex and edge of a net is in exactly one row of the ground truth, with its weight."""

import json
from collections import Counter
from dataclasses import asdict
from functools import cache

import numpy as np
import pytest
from oracle import SHARED, needs_shared
from small_circuits import toggle

from circuits.builder import Builder
from compiler.export import ground_truth as module
from compiler.export.ground_truth import Element, ground_truth, ground_truth_lines
from compiler.export.unit_names import unit_names, vertex_of
from compiler.net import EdgeRole, Net, Role, Unit
from runtime.compiled import compile_source

PARITY = "builtin:parity:bits=2"


@cache
def nets() -> dict[str, Net]:
    return {
        "emulation": compile_source(PARITY).net,
        "quotient": compile_source(PARITY, preset="printed").net,
        "noise-tolerant": compile_source(PARITY, target="noise-tolerant", samples=3).net,
        "component": component(),
        "machine": compile_source("builtin:busy-beaver:states=2").net,
    }


def component() -> Net:
    """One gate that is two outputs, and one that another absorbs."""
    b = Builder("component")
    x, y = b.input("x"), b.input("y")
    same, z = b.and_(x, y), b.xor(x, y)
    b.label(z, "sum")
    b.label(same, "carry")
    b.output("z", z)
    b.output("also z", z)
    b.output("c", same)
    unused = b.xor(same, z)
    b.label(unused, "unused")
    return compile_source(b.build()).net


NAMES = ("emulation", "quotient", "noise-tolerant", "component", "machine")


@pytest.mark.parametrize("name", NAMES)
def test_every_vertex_and_every_edge_is_in_exactly_one_element(name: str) -> None:
    net = nets()[name]
    elements = list(ground_truth(net))
    assert not problems(net, elements)
    assert len({e.element for e in elements}) == len(elements)


def problems(net: Net, elements: list[Element]) -> list[str]:
    """What is not as the format promises."""
    found = []
    for what, counted, count in (
        ("vertices", Counter(v for e in elements for v in e.vertices), net.vertices),
        ("edges", Counter(x for e in elements for x in e.edges), net.edges),
    ):
        if counted != Counter(range(count)):
            found.append(f"{what} not once each")
    units, weights, exact = unit_names(net), net.weights(), net.exact_weights()
    for e in elements:
        if e.units != tuple(units[v] for v in e.vertices):
            found.append(f"{e.element}: units")
        if e.roles != tuple(Role(net.role[v]).name.lower() for v in e.vertices):
            found.append(f"{e.element}: roles")
        of_edges = zip(
            e.sources, e.targets, e.weights, e.weights_exact, e.edge_roles, e.edges, strict=True
        )
        for source, target, weight, text, role, edge in of_edges:
            if (
                units[net.edge_source[edge]] != source
                or units[net.edge_target[edge]] != target
                or (weights[edge], str(exact[edge])) != (weight, text)
                or EdgeRole(net.edge_role[edge]).name.lower() != role
            ):
                found.append(f"{e.element}: edge {edge}")
            owner = vertex_of(net, target)
            if net.role[owner] == Role.OUTPUT and role in ("path", "output_control"):
                owner = vertex_of(net, source)
            if owner not in e.vertices:
                found.append(f"{e.element}: edge {edge} of another")
    return found


def test_a_wrong_owner_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    net = nets()["emulation"]
    right = list(ground_truth(net))
    assert "edges not once each" in problems(net, [e for e in right if e.kind != "gate"])
    monkeypatch.setattr(module, "_owner", lambda net: net.edge_source)
    assert problems(net, list(ground_truth(net)))


def test_a_latch_has_its_unit_its_dual_and_the_gates_that_flip_it() -> None:
    net = compile_source(toggle()).net
    bit = net.memory[0].name
    of = {e.kind: e for e in ground_truth(net) if e.name == bit}
    assert set(of) == {"memory", "dual"}
    memory = of["memory"]
    assert net.memory[0].edge in memory.edges
    assert set(memory.roles) == {
        "read", "stem", "branch", "branch_primed", "control", "control_primed"
    }  # fmt: skip
    units = (net.unit == Unit.MEMORY) & (net.unit_index == 0)
    assert set(np.flatnonzero(units)) <= set(memory.vertices)
    into_output = [t for t in memory.targets if net.role[vertex_of(net, t)] == Role.OUTPUT]
    assert len(into_output) == 2


def test_what_several_share_and_what_has_no_vertex_is_said() -> None:
    elements = {e.name: e for e in ground_truth(component())}
    assert elements["sum"].shared_by == ("z", "also z")
    assert elements["sum"].kind == "gate"
    assert (elements["unused"].kind, elements["unused"].vertices) == ("absorbed", ())
    assert elements["carry"].kind in ("gate", "absorbed")
    fillers = [e for e in ground_truth(nets()["emulation"]) if e.kind == "filler"]
    assert [e.shared_by for e in fillers if e.shared_by] == [("all fillers",)]
    assert {e.name for e in fillers} == {""}


def test_the_file_has_a_line_of_json_for_each_and_says_its_version() -> None:
    net = nets()["component"]
    head, *rows = map(json.loads, b"".join(ground_truth_lines(net)).splitlines())
    assert (head["format"], head["version"]) == ("sgdcc-ground-truth", 1)
    assert (head["vertices"], head["edges"]) == (net.vertices, net.edges)
    assert rows == [json.loads(json.dumps(asdict(e))) for e in ground_truth(net)]


def test_the_weights_of_a_step_are_in_the_elements() -> None:
    net = nets()["emulation"]
    weights = -net.weights()
    for e in ground_truth(net, weights):
        assert e.weights == tuple(weights[list(e.edges)].tolist())
        assert e.weights_exact == tuple(str(-net.exact_weights()[x]) for x in e.edges)


@needs_shared
def test_gates_of_a_file_are_found_by_name_with_their_lines() -> None:
    file = SHARED / "circuits" / "iscas89" / "s27.bench"
    elements = list(ground_truth(compile_source(file).net))
    text = file.read_text().splitlines()
    lines = {e.name: e.line for e in elements if e.line}
    for name, line in lines.items():
        assert text[line - 1].startswith((f"{name} = ", f"INPUT({name})"))
    assert {"G0", "G5", "G8", "G9"} <= set(lines)
    said = {e.name for e in elements} | {"G14"}  # an inverter is the sign of a weight, no gate
    assert {line.partition(" = ")[0] for line in text if " = " in line} <= said
    absorbed = {e.name for e in elements if e.kind == "absorbed"}
    assert absorbed == {"G9", "G10", "G13"}
