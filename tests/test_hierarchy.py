"""A net in boxes: every vertex in one gadget, every gadget in one component, no edge lost."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from circuits.builder import Builder
from circuits.circuit import Circuit
from circuits.formats.aiger import read_aiger, write_aiger_binary
from compiler.gadgets import Kind
from compiler.hierarchy import BOXES, Hierarchy, hierarchy_of
from compiler.net import Net, Role, Unit
from compiler.passes.merge_symmetric import merge_symmetric
from compiler.pipeline import compile_net
from runtime.compiled import compile_source


def net_of(source: str, **how: object) -> Net:
    return compile_source(source, **how).net  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def parity() -> Net:
    return net_of("builtin:parity:bits=8")


@pytest.fixture(scope="module")
def memorising() -> Net:
    return net_of("builtin:parity:bits=2", target="noise-tolerant", samples=3)


def flat(gates: int) -> Circuit:
    """A chain of gates with no names at all, as an AIGER file without symbols has them."""
    b = Builder("flat")
    bit = b.latch("l0")
    found = bit
    for i in range(gates):
        found = b.and_(found, b.input(f"i{i}")) ^ 1
    b.output("o0", found)
    b.set_next(bit, found)
    return read_aiger(write_aiger_binary(b.build()), "flat.aig")


def problems(net: Net, boxes: Hierarchy, most: int) -> list[str]:
    """What is wrong with the boxes of a net."""
    component, gadget = boxes.component_of_vertex, boxes.gadget_of_vertex
    counts = np.zeros((boxes.components, boxes.components), np.int64)
    np.add.at(counts, (component[net.edge_source], component[net.edge_target]), 1)
    said = np.zeros_like(counts)
    said[boxes.edge_source, boxes.edge_target] = boxes.edge_count
    roles = {kind: set(net.role[boxes.component_kind[component] == kind].tolist()) for kind in Kind}
    found = {
        "too many": boxes.components > most,
        "an empty gadget": len(np.unique(gadget)) != boxes.gadgets or gadget.max() >= boxes.gadgets,
        "an empty component": len(np.unique(component)) != boxes.components,
        "a gadget in two components": (boxes.component_of_gadget[gadget] != component).any(),
        "gadgets out of order": (np.diff(boxes.component_of_gadget) < 0).any(),
        "other edges": (said != counts).any() or boxes.edge_count.sum() != net.edges,
        "a name twice": len(set(boxes.component_names)) < boxes.components,
        "inputs elsewhere": not roles[Kind.INPUT] <= {Role.SAMPLE, Role.RANDOM},
        "gates elsewhere": not roles[Kind.GATE] <= {Role.GATE},
        "outputs elsewhere": not roles[Kind.OUTPUT] <= {Role.OUTPUT, Role.OUTPUT_CONTROL},
    }
    return [name for name, bad in found.items() if bad]


@pytest.mark.parametrize(
    ("source", "how"),
    [
        ("builtin:parity:bits=8", {}),
        ("builtin:busy-beaver:states=3", {}),
        ("builtin:parity:bits=2", {"target": "noise-tolerant", "samples": 3}),
        ("builtin:parity:bits=3", {"preset": "printed"}),
    ],
)
@pytest.mark.parametrize("most", [16, BOXES])
def test_every_net_lies_in_its_boxes(source: str, how: dict[str, object], most: int) -> None:
    net = net_of(source, **how)
    assert problems(net, hierarchy_of(net, most), most) == []


def test_a_vertex_in_another_box_an_edge_less_and_too_many_boxes_are_noticed(parity: Net) -> None:
    boxes = hierarchy_of(parity)
    moved = boxes.gadget_of_vertex.copy()
    moved[5] = boxes.gadgets - 1
    found = problems(parity, replace(boxes, gadget_of_vertex=moved), BOXES)
    assert "a gadget in two components" in found
    fewer = replace(boxes, edge_count=boxes.edge_count - (np.arange(len(boxes.edge_count)) == 0))
    assert problems(parity, fewer, BOXES) == ["other edges"]
    assert problems(parity, boxes, 3) == ["too many"]


def test_a_gadget_of_a_unit_is_the_unit_and_its_reader(parity: Net) -> None:
    boxes = hierarchy_of(parity)
    gadget = boxes.gadget_names.index("memory unit row2[1]")
    inside = np.flatnonzero(boxes.gadget_of_vertex == gadget)
    assert {parity.labels[i] for i in parity.label[inside]} == {"row2[1]"}
    unit = int(parity.unit_index[inside[0]])
    of_unit = (parity.unit == Unit.MEMORY) & (parity.unit_index == unit)
    assert set(np.flatnonzero(of_unit)) < set(inside)
    (reader,) = set(inside) - set(np.flatnonzero(of_unit))
    assert parity.role[reader] == Role.READ


def test_components_are_called_after_what_the_source_calls_its_parts(parity: Net) -> None:
    names = hierarchy_of(parity).component_names
    assert {"constant", "inputs x", "memory occupied", "memory row0", "gates labels"} < set(names)
    assert {"random guess", "output prediction"} < set(names)


def test_a_large_group_is_cut_by_its_index_and_a_part_of_an_index_stays_whole() -> None:
    boxes = hierarchy_of(net_of("builtin:busy-beaver:states=4"))
    parts = [name for name in boxes.component_names if name.startswith("memory cell")]
    assert parts == ["memory cell[0..4]", "memory cell[5..9]", "memory cell[10..13]"]
    home = dict(zip(boxes.gadget_names, boxes.component_of_gadget.tolist(), strict=True))
    for cell in range(14):
        bits = [f"{kind} unit cell[{cell}].{bit}" for kind in ("memory", "dual")
                for bit in ("symbol[0]", "head")]  # fmt: skip
        assert len({home[bit] for bit in bits}) == 1


def test_very_many_names_that_differ_in_a_number_are_one() -> None:
    many = hierarchy_of(net_of("builtin:parity:bits=28"))
    rows = [name for name in many.component_names if name.startswith("memory row")]
    assert rows[0] == "memory row0..1"
    assert rows[-1].endswith("..26")
    few = hierarchy_of(net_of("builtin:parity:bits=16"))
    assert {"memory row0", "memory row14"} < set(few.component_names)


def test_gates_without_names_are_cut_into_bands_of_levels() -> None:
    net = compile_net(flat(90))
    boxes = hierarchy_of(net)
    bands = np.flatnonzero(boxes.component_kind == Kind.GATE)
    spans = [net.level[boxes.component_of_vertex == band] for band in bands]
    assert len(bands) > 3
    assert all(low.max() <= high.min() for low, high in pairwise(spans))
    assert all("levels" in boxes.component_names[band] for band in bands)


def test_vertices_that_help_a_gate_are_part_of_it(memorising: Net) -> None:
    boxes = hierarchy_of(memorising)
    hidden = [i for i, x in enumerate(memorising.labels) if x.endswith("/hidden")]
    assert hidden
    for label in hidden:
        gate = memorising.labels.index(memorising.labels[label].removesuffix("/hidden"))
        at = np.isin(memorising.label, (label, gate)) & (memorising.role == Role.GATE)
        assert len(set(boxes.gadget_of_vertex[at])) == 1


def test_a_quotient_lies_in_boxes_too(parity: Net) -> None:
    net = merge_symmetric(parity)
    assert net.is_quotient
    assert problems(net, hierarchy_of(net), BOXES) == []
