"""The bits of a net's flat vertices as gates, and which functions these are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from compiler.flat_vertices import FlatVertices, Kind
from compiler.net import Net
from runtime.engines.bit_functions import Operation

_LOOKED_INTO = 4
"""Operands of gates whose truth table is written down."""

Longs = NDArray[np.int64]


class Gates(NamedTuple):
    """Bits as nodes: false, inputs, reads, and gates by phase and level.

    Attributes:
        node: by vertex; 0 of fixed vertices and floats.
        vertex: by node; 0 of false.
        given: how many nodes are no gates.
        first: shape (nodes + 1,): where each one's operands begin.
        operands: nodes.
        coefficients: by operand.
        bound: by node: the bit is (sum of coefficient * bit of operand >= bound).
    """

    node: Longs
    vertex: Longs
    given: int
    first: Longs
    operands: Longs
    coefficients: Longs
    bound: Longs


def gates_of(net: Net, flat: FlatVertices, phase: Longs) -> Gates:
    """The bits of a net; ``phase`` is that of `runtime.engines.bit_program.phases`."""
    gates = np.flatnonzero(flat.kind == Kind.BIT)
    gates = gates[np.lexsort((net.level[gates], phase[gates]))]
    inputs = np.array([port.vertex for port in net.inputs], np.int64)
    vertex = np.concatenate([[0], inputs, np.flatnonzero(flat.kind == Kind.READ), gates])
    node = np.zeros(net.vertices, np.int64)
    node[vertex] = np.arange(len(vertex))
    given = len(vertex) - len(gates)
    size = np.diff(flat.first)[vertex]
    size[:given] = 0
    first = np.append(0, np.cumsum(size))
    places = np.arange(first[-1]) + np.repeat(flat.first[vertex] - first[:-1], size)
    operands, coefficients = node[flat.operand[places]], flat.coefficient[places].astype(np.int64)
    return Gates(node, vertex, given, first, operands, coefficients, flat.bound[vertex])


def truths(gates: Gates) -> Longs:
    """By node: the truth table of gates of few operands, else -1."""
    size, truth = np.diff(gates.first), np.full(len(gates.vertex), -1)
    for few in range(1, _LOOKED_INTO + 1):
        alike = np.flatnonzero(size == few)
        places = gates.first[alike][:, None] + np.arange(few)
        rows = np.arange(1 << few)
        sums = gates.coefficients[places] @ (rows[:, None] >> np.arange(few) & 1).T
        truth[alike] = (sums >= gates.bound[alike][:, None]) @ (1 << rows)
    return truth


class Wide(NamedTuple):
    """Gates of many operands as they are, by node, and by operand: see `BitProgram`."""

    operation: Longs
    flipped: Longs
    inverted: Longs


def wide_of(gates: Gates) -> Wide:
    """All of them, any of them, or a sum."""
    coefficient, nodes = gates.coefficients, len(gates.vertex)
    owner = np.repeat(np.arange(nodes), np.diff(gates.first))
    total = np.bincount(owner, np.abs(coefficient), nodes)
    least = np.full(nodes, np.inf)
    np.minimum.at(least, owner, np.abs(coefficient))
    bound = gates.bound - np.bincount(owner, np.minimum(coefficient, 0), nodes)
    every, some = (bound > total - least) & (bound <= total), (bound >= 1) & (bound <= least)
    inverted = some & ~every
    return Wide(
        np.where(every | some, Operation.ALL, Operation.THRESHOLD),
        (((coefficient < 0) ^ inverted[owner]) & (every | some)[owner]).astype(np.int64),
        inverted.astype(np.int64),
    )
