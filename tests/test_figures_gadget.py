"""Gadgets and small nets: what is drawn is what the net has, edge by edge."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from drawn import arrows, svg_texts
from matplotlib.colors import to_hex
from matplotlib.patches import ArrowStyle

from circuits.builder import Builder
from circuits.errors import LimitError, SourceError
from compiler.exact import Exact
from compiler.net import EdgeRole, Net, Role, Unit
from runtime.compiled import compile_source
from runtime.figures.gadget import draw_gadget
from runtime.figures.gallery import full_adder
from runtime.figures.style import NEGATIVE, POSITIVE, drawing
from runtime.figures.whole import draw_whole

M_S = {"v0", "v1", "v2", "v3", "v4", "v5", "v3'", "v4'", "v5'", "vc", "vc'", "v6"}
"""The vertices of Definition 6."""

CELL = {"v0", "v1", "v2", "v3", "v4", "v5", "vc", "vc'", "vr"}
"""Those of Definition 7."""


@pytest.fixture(scope="module")
def net() -> Net:
    return compile_source("builtin:parity:bits=1").net


@pytest.fixture(scope="module")
def noisy() -> Net:
    return compile_source("builtin:parity:bits=1", target="noise-tolerant", samples=2).net


def weights_of_unit(net: Net, unit: Unit, index: int) -> Counter[str]:
    """Of all edges between vertices of a unit, from v0, to the output and to its readers."""
    own = (net.unit == unit) & (net.unit_index == index)
    inner = np.isin(net.edge_role, (EdgeRole.PATH, EdgeRole.CONTROL, EdgeRole.READ))
    edges = np.flatnonzero(inner & (own[net.edge_source] | own[net.edge_target]))
    return Counter(net.show(net.values[net.edge_value[edge]]) for edge in edges)


def test_a_memory_unit_has_the_vertices_of_definition_6_and_the_weights_of_the_net(
    net: Net, tmp_path: Path
) -> None:
    said = svg_texts(draw_gadget(net), tmp_path)
    assert all(said[name] == 1 for name in M_S | {"vr"})
    wanted = weights_of_unit(net, Unit.MEMORY, 0)
    assert sum(wanted.values()) == 13
    assert {text: said[text] for text in wanted} == wanted
    assert said[f"memory unit {net.memory[0].name}"] == 1


def test_a_cell_has_the_vertices_of_definition_7_and_the_weights_of_the_net(
    noisy: Net, tmp_path: Path
) -> None:
    said = svg_texts(draw_gadget(noisy), tmp_path)
    assert all(said[name] == 1 for name in CELL)
    wanted = weights_of_unit(noisy, Unit.CELL, 0)
    assert sum(wanted.values()) == 9
    assert {text: said[text] for text in wanted} == wanted


def test_the_sign_of_a_weight_is_a_colour_and_a_shape(net: Net) -> None:
    with drawing():
        drawn = arrows(draw_gadget(net).figure)
    looks = Counter(
        (to_hex(patch.get_edgecolor()), patch.get_linestyle() != "-", type(patch.get_arrowstyle()))
        for patch in drawn
    )
    wanted = weights_of_unit(net, Unit.MEMORY, 0)
    below = sum(count for text, count in wanted.items() if text.startswith("-"))
    assert looks == {
        (POSITIVE, False, ArrowStyle.CurveFilledB): sum(wanted.values()) - below,
        (NEGATIVE, True, ArrowStyle.BarAB): below,
    }


def test_a_changed_weight_changes_the_label(net: Net, tmp_path: Path) -> None:
    control = int(net.edge_value[np.flatnonzero(net.edge_role == EdgeRole.CONTROL)[0]])
    values = list(net.values)
    values[control] = Exact.of(Fraction(-1, 17))
    before, after = (
        svg_texts(draw_gadget(one), tmp_path) for one in (net, replace(net, values=tuple(values)))
    )
    assert (before["-1/17"], after["-1/17"]) == (0, 2)


def test_any_vertex_has_a_gadget(net: Net, noisy: Net) -> None:
    for one in (net, noisy):
        kinds = np.stack([one.role, one.unit, one.path_index, one.unit_index < 0])
        _, firsts = np.unique(kinds, axis=1, return_index=True)
        with drawing():
            assert all(draw_gadget(one, str(vertex)).figure.axes for vertex in firsts.tolist())


def test_weights_that_are_too_long_for_their_edges_are_listed(tmp_path: Path) -> None:
    net = compile_source("builtin:parity:bits=1", preset="printed").net
    lines = svg_texts(draw_gadget(net), tmp_path)
    listed = " ".join(lines)
    for text in weights_of_unit(net, Unit.MEMORY, 0):
        assert text.removeprefix("-") in listed
    assert {"a", "b", "-e"} <= set(lines)
    assert "≈ 0.5" in listed
    merged = svg_texts(draw_gadget(net, str(next(iter(net.copies)))), tmp_path)
    assert any(re.fullmatch(r"filler unit \d+, which stands for 1\.\d\de79", x) for x in merged)


def test_a_vertex_is_chosen_by_name_or_number(net: Net, tmp_path: Path) -> None:
    bit = net.memory[1]
    v1 = int(net.edge_target[bit.edge])
    for name in (bit.name, str(v1), f"v5' of memory unit {bit.name}"):
        said = svg_texts(draw_gadget(net, name), tmp_path)
        assert said[f"memory unit {bit.name}"] == said[f"#{v1}"] == 1
    with pytest.raises(SourceError, match="nothing"):
        draw_gadget(net, "nothing")


def test_a_gate_is_drawn_among_what_it_reads_and_what_reads_it(net: Net, tmp_path: Path) -> None:
    ends = np.concatenate([net.edge_source, net.edge_target])
    few = np.bincount(ends, minlength=net.vertices) <= 12
    gate = int(np.flatnonzero((net.role == Role.GATE) & few)[0])
    edges = np.flatnonzero((net.edge_source == gate) | (net.edge_target == gate))
    assert len(edges) >= 4
    said = svg_texts(draw_gadget(net, str(gate)), tmp_path)
    wanted = Counter(net.show(net.values[net.edge_value[edge]]) for edge in edges)
    assert {text: said[text] for text in wanted if text != "1"} == {
        text: count for text, count in wanted.items() if text != "1"
    }
    others = {*net.edge_source[edges].tolist(), *net.edge_target[edges].tolist()} - {0}
    assert all(said[f"#{vertex}"] == 1 for vertex in others)


def test_of_very_many_neighbours_the_first_twelve_are_drawn(net: Net, tmp_path: Path) -> None:
    picture = draw_gadget(net, str(net.outputs[0].vertex))
    fan_in = int((net.edge_target == net.outputs[0].vertex).sum())
    assert picture.note == f"{fan_in - 12:,} more neighbours are not drawn"
    assert svg_texts(picture, tmp_path)[f"{fan_in - 12:,} more read by it"] == 1


def test_a_small_net_is_drawn_whole(tmp_path: Path) -> None:
    net = compile_source(full_adder()).net
    picture = draw_whole(net)
    said = svg_texts(picture, tmp_path)
    drawn = np.flatnonzero(net.edge_source != 0)
    wanted = Counter(net.show(net.values[net.edge_value[edge]]) for edge in drawn)
    assert {text: said[text] for text in wanted} == wanted
    assert all(said[f"#{vertex}"] == 1 for vertex in range(1, net.vertices))
    crossed = (net.level[net.edge_target] - net.level[net.edge_source])[drawn].sum()
    assert len(arrows(picture.figure)) == crossed


def test_the_constant_is_written_at_the_vertices_as_their_bias(tmp_path: Path) -> None:
    builder = Builder("and")
    builder.output("both", builder.and_(builder.input("a"), builder.input("b")))
    net = compile_source(builder.build()).net
    (bias,) = (net.values[net.edge_value[e]] for e in np.flatnonzero(net.edge_source == 0))
    assert svg_texts(draw_whole(net), tmp_path)[f"bias {net.show(bias)}"] == 1


def test_a_larger_net_is_not_drawn_whole(net: Net) -> None:
    with pytest.raises(LimitError, match="too many to draw one by one; draw the components"):
        draw_whole(net)
