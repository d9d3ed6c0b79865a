"""Nets written down many vertices at a time are those written down one by one."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from circuits.builder import Builder
from circuits.circuit import Circuit
from circuits.errors import SourceError
from compiler.component import Signal, Terms, add_component, add_sum, sum_edges
from compiler.net import EdgeRole, Role, Unit
from compiler.net_builder import CONSTANT, Edges, NetBuilder
from compiler.pipeline import compile_net

INPUTS = 3


def started() -> NetBuilder:
    builder = NetBuilder()
    for i in range(INPUTS):
        builder.vertex(Role.SAMPLE, f"x{i}")
    return builder


def shown(builder: NetBuilder) -> dict[str, Any]:
    fields, vertex_of, edge_of = builder.arrays()
    fields |= {"vertex_of": vertex_of, "edge_of": edge_of}
    return {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in fields.items()}


@given(st.lists(st.lists(st.tuples(st.integers(0, 99), st.integers(-2, 2)), max_size=4)))
def test_many_vertices_at_once_are_those_made_one_by_one(
    rows: list[list[tuple[int, int]]],
) -> None:
    one_by_one, at_once = started(), started()
    first, edges = 1 + INPUTS, []
    for i, row in enumerate(rows):
        read = {source % (first + i): weight for source, weight in row}
        edges += [(source, first + i, weight) for source, weight in read.items()]
        one_by_one.vertex(
            Role.STEM,
            f"unit {i // 2}",
            [(source, one_by_one.value(weight), EdgeRole.PATH) for source, weight in read.items()],
            line=i,
            unit=Unit.MEMORY,
            unit_index=i // 2,
            path_index=i % 2,
        )
    numbers, columns = np.arange(len(rows)), np.array(edges, np.int64).reshape(-1, 3).T
    value = at_once.values(columns[2])
    made = at_once.vertices(
        Role.STEM,
        at_once.labels([f"unit {i // 2}" for i in range(len(rows))]),
        Edges(columns[0], columns[1], value, EdgeRole.PATH),
        line=numbers,
        unit=Unit.MEMORY,
        unit_index=numbers // 2,
        path_index=numbers % 2,
    )
    assert made.tolist() == [first + i for i in range(len(rows))]
    assert (at_once.count, at_once.edges) == (one_by_one.count, one_by_one.edges)
    assert shown(at_once) == shown(one_by_one)


def test_edges_may_be_given_in_any_order() -> None:
    builder = started()
    a, b = builder.vertices(
        np.array([Role.GATE, Role.OUTPUT]),
        builder.labels(["a", "b"]),
        Edges(np.array([4, 1, 2]), np.array([5, 4, 4]), builder.value(1), EdgeRole.GATE),
    ).tolist()
    fields = shown(builder)
    assert fields["level"] == [0, 0, 0, 0, 1, 2]
    assert list(zip(fields["edge_source"], fields["edge_target"], strict=True)) == [
        (1, a), (2, a), (a, b)
    ]  # fmt: skip


summands = st.lists(st.tuples(st.integers(0, INPUTS), st.integers(-3, 3)), max_size=6)


@given(st.lists(st.tuples(summands, st.integers(-2, 2)), max_size=5), st.booleans())
def test_sums_at_once_merge_and_cancel_as_one_by_one(
    rows: list[tuple[list[tuple[int, int]], int]], large: bool
) -> None:
    factor = 2**70 if large else 1
    one_by_one, at_once = started(), started()
    for i, (terms, bias) in enumerate(rows):
        halves = [(vertex, Fraction(factor * weight, 2)) for vertex, weight in terms]
        add_sum(one_by_one, Role.GATE, f"g{i}", halves, bias * factor)
    kind = object if large else np.int64
    first = at_once.count
    flat = [(first + i, *term) for i, (terms, _) in enumerate(rows) for term in terms]
    target, source, weight = np.array(flat, np.int64).reshape(-1, 3).T
    biases = np.array([2 * bias * factor for _, bias in rows], kind)
    edges = sum_edges(
        at_once,
        first + np.arange(len(rows)),
        Terms(target, source, weight.astype(kind) * factor),
        biases,
        denominator=2,
    )
    at_once.vertices(Role.GATE, at_once.labels([f"g{i}" for i in range(len(rows))]), edges)
    assert shown(at_once) == shown(one_by_one)


@pytest.mark.parametrize("weight", [3, 2**40, 2**61])
def test_weights_of_any_size_are_exact(weight: int) -> None:
    b = Builder()
    x, y, z = (b.input(name) for name in "xyz")
    b.output("out", b.threshold([x, y ^ 1, z], weight, [weight - 1, weight - 2, 2]))
    builder = NetBuilder()
    inputs = [Signal(builder.vertex(Role.SAMPLE, name), 1) for name in "xyz"]
    add_component(builder, b.build(), inputs, frozenset(), lambda load: 2 ** (load - 1))
    fields = shown(builder)
    total = 2 * weight - 1
    wanted = [2 * total - 4 * weight + 2, 2 * (weight - 1), -2 * (weight - 2), 4]
    found = [fields["values"][value].rational() for value in fields["edge_value"]]
    assert fields["edge_source"][0] != CONSTANT  # its bias is 0
    assert found == [8 * w for w in wanted if w]


def chains(depth: int, count: int) -> Circuit:
    """``depth * count`` majority gates in chains."""
    b = Builder(f"{count} chains of {depth}")
    inputs = [b.input(f"x{i}") for i in range(8)]
    for c in range(count):
        y = inputs[c % 8]
        for k in range(depth):
            read = [y, inputs[k % 7] ^ (k & 1), inputs[(k + c // 8) % 7 + 1]]
            y = b.threshold(read, 2 if (k + c) % 3 else 1 + c % 3)
        b.output(f"y{c}", y)
    return b.build()


def compile_peak(circuit: Circuit) -> tuple[int, float]:
    """Levels, and bytes an edge of the most memory that compiling it takes."""
    tracemalloc.start()
    net = compile_net(circuit)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return net.levels, peak / net.edges


def test_depth_costs_no_memory() -> None:
    flat, few = compile_peak(chains(depth=10, count=300))
    deep, many = compile_peak(chains(depth=3000, count=1))
    assert deep > 100 * flat
    assert many < 1.5 * few < 1500


def leaves_nothing(make: Callable[[], Builder]) -> bool:
    """Whether a builder is freed as soon as it is forgotten, without a search for garbage."""
    gc.collect()
    gc.disable()
    try:
        builder = make()
        builder.build()
        alive = weakref.ref(builder)
        del builder
        return alive() is None
    finally:
        gc.enable()


def test_builders_are_freed_at_once() -> None:
    def used() -> Builder:
        b = Builder()
        x, y, z = (b.input(name) for name in "xyz")
        b.output("out", b.xor(x, b.mux(y, x, z)))
        return b

    def circular() -> Builder:
        b = used()
        b.itself = b  # type: ignore[attr-defined]
        return b

    assert leaves_nothing(used)
    assert not leaves_nothing(circular)


def test_compilation_leaves_the_garbage_collector_as_it_was() -> None:
    circuit = chains(depth=2, count=2)
    seen: list[bool] = []
    compile_net(circuit, observe=lambda _name, _circuit: seen.append(gc.isenabled()))
    assert seen
    assert not any(seen)
    assert gc.isenabled()
    with pytest.raises(SourceError, match="unknown preset"):
        compile_net(circuit, preset="none")
    assert gc.isenabled()
    gc.disable()
    try:
        compile_net(circuit)
        assert not gc.isenabled()
    finally:
        gc.enable()
