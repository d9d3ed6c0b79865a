"""Random nets of any size and depth, made like compiled circuits, for timing engines."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from circuits.builder import Builder
from compiler.activation import Activation
from compiler.exact import ONE, Exact
from compiler.net import EdgeRole, Net, Port, Role, Target, Unit

INPUTS = 64
EDGES_PER_GATE = 2.6
READ_OUT = 10_000
"""The output's fan-in, at most; in small nets an eighth of the edges, as in compiled ones."""

Longs = NDArray[np.int64]


def synthetic_net(edges: int, depth: int, seed: int = 0) -> Net:
    """Gates of one wire (40 %) or two, each with an edge from the constant, and one output.

    A wire comes from the level below (60 %), one of the five levels below (25 %), any (10 %), or an
    input (5 %). 1 % of the gates are on the power piece; the output reads those, among others, and
    no gate does. As compilers do, gates of one kind are made one after the other.

    Args:
        edges: of the net; it may be a few percent off, and more where a level has only few gates.
        depth: levels, at least 2.
        seed: of everything random.
    """
    rng = np.random.default_rng(seed)
    read_out = min(READ_OUT, edges // 8)
    width = max(1, round((edges - read_out) / EDGES_PER_GATE / (depth - 1)))
    first, analog = [0, 1, 1 + INPUTS], np.zeros(1 + INPUTS + width * (depth - 1), bool)
    columns: list[tuple[Longs, Longs, NDArray[np.float64]]] = []
    for _ in range(1, depth):
        gates = np.arange(first[-1], first[-1] + width)
        analog[gates] = rng.random(width) < 0.01
        size = np.where(analog[gates], 1 / 16, 1.0)
        wires = [_sources(rng, first, width, analog), _sources(rng, first, width, analog)]
        two = (np.arange(width) >= 0.4 * width) & (wires[0] != wires[1])
        columns.append((gates * 0, gates, size * np.where(two, rng.choice([-2, 2], width), 1 / 4)))
        for wire, used in zip(wires, (two | True, two), strict=True):
            sign = rng.choice([-1, 1], width) * np.where(wire <= INPUTS, 2, 1)
            columns.append((wire[used], gates[used], (size * sign)[used]))
        first.append(first[-1] + width)
    output, others = len(analog), np.flatnonzero(~analog)[1 + INPUTS :]
    read = np.flatnonzero(analog)[:read_out]
    chosen = rng.choice(others, min(len(others), read_out - len(read)), replace=False)
    read = np.concatenate([[0], np.sort(np.concatenate([read, chosen]))])
    columns.append((read, read * 0 + output, np.where(read, 2.0**-12, 1 / 2)))
    levels = np.repeat(np.arange(depth), [1 + INPUTS] + [width] * (depth - 1))
    return _net(np.append(levels, depth), columns)


def _sources(
    rng: np.random.Generator, first: list[int], count: int, analog: NDArray[np.bool_]
) -> Longs:
    """Random sources of the gates of the next level, none of them analog."""
    below, near = first[-2], first[max(1, len(first) - 6)]
    lowest = rng.choice([below, near, 1], count, p=[0.6, 0.25, 0.15])
    sources = rng.integers(lowest, first[-1])
    inputs = rng.random(count) < 0.05
    sources[inputs] = rng.integers(1, 1 + INPUTS, count)[inputs]
    while (wrong := analog[sources]).any():
        sources[wrong] = np.maximum(sources[wrong] - 1, 1)
    return sources


def _net(level: Longs, columns: list[tuple[Any, ...]]) -> Net:
    """A net of these levels and edges (sources, targets, weights)."""
    source, target, weight = (np.concatenate(column) for column in zip(*columns, strict=True))
    order = np.lexsort((source, target))
    values, index = np.unique(weight[order], return_inverse=True)
    vertices = len(level)
    role = np.full(vertices, Role.GATE, np.uint8)
    role[0], role[1 : 1 + INPUTS] = Role.CONSTANT, Role.SAMPLE
    none = np.zeros(vertices, np.int32)
    return Net(
        target=Target.EMULATION,
        preset="dyadic",
        activation=Activation(ONE, Exact.of(Fraction(1, 32)), Exact.of(Fraction(1, 16))),
        learning_rate=Exact.of(Fraction(1, 2**20)),
        role=role,
        unit=np.full(vertices, Unit.NONE, np.uint8),
        unit_index=none - 1,
        path_index=(none - 1).astype(np.int16),
        label=none,
        line=none,
        level=level.astype(np.int32),
        edge_source=source[order].astype(np.int32),
        edge_target=target[order].astype(np.int32),
        edge_value=index.astype(np.int32),
        edge_role=np.full(len(source), EdgeRole.GATE, np.uint8),
        labels=("",),
        values=tuple(Exact.of(Fraction(value)) for value in values.tolist()),
        inputs=tuple(Port(v, f"x{v}") for v in range(1, 1 + INPUTS)),
        outputs=(Port(vertices - 1, "out"),),
        memory=(),
        circuit=Builder("not computed by the net").build(),
        source="synthetic",
    )
