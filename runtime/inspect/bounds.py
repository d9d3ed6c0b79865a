"""How large a net is, and how large the paper's construction of it would be at most.

The theorems say "polynomial"; the numbers are in their proofs (Abbe and Sandon):

Lemma 1
    a vertex for each of the b gates (AND, OR, NOT; here threshold gates).
Lemma 3, Theorem 4
    m + m' copies of the memory unit with v0 and the output shared: 10 vertices and 12 edges each
    for a path of six edges (Definition 6), one more of both for each edge that a path is longer;
    two edges into each control vertex; n inputs, the constant, v0 and its edge, the output. The
    circuit has a gate for each of the 2 (m + m') control vertices, which sgdcc lets those compute
    themselves, and logic that counts flips, which is left out here: the bound is the smaller.
Lemmas 5 and 6, Theorem 5
    2 n' T cells of 7 vertices and 8 edges of their own (Definition 7), two edges into each control
    vertex; T + 1 output controls with 3 T + 3 edges; a vertex with two edges for each input of the
    component, that is for v2 and vr of each cell and each bit of the sample.

The gates b are those that were built, with their edges; the three edges of an AND are counted for
gates that were not. What is compared is what stands around the gates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from compiler.net import Net, Role, Target

_UNIT_VERTICES, _UNIT_EDGES = 4, 6
"""Of a unit with a path of l edges: l more."""

_CELL_VERTICES, _CELL_EDGES = 7, 8


@dataclass(frozen=True, slots=True)
class Bound:
    """A net's size against the construction in the paper.

    Attributes:
        theorem: whose proof the bound is read from.
        gates: b.
        memory_bits: m; of a noise-tolerant net its cells, 2 n' T.
        units: m', the units that flip in a step whose output is wrong; None where there are none.
        vertices, edges: of the net, copies counted.
        most_vertices, most_edges: of the construction.
    """

    theorem: str
    gates: int
    memory_bits: int
    units: int | None
    vertices: int
    edges: int
    most_vertices: int
    most_edges: int

    @property
    def holds(self) -> bool:
        """Whether the net is no larger."""
        return self.vertices <= self.most_vertices and self.edges <= self.most_edges


def bound_of(net: Net) -> Bound:
    """The bound for a net of any target."""
    kinds = (Role.GATE, Role.OUTPUT) if net.target is Target.COMPONENT else (Role.GATE,)
    is_gate = np.isin(net.role, kinds)
    gates, wires = int(is_gate.sum()), int(is_gate[net.edge_target].sum())
    inputs = len(net.inputs)
    vertices = net.vertices + sum(count - 1 for count in net.copies.values())
    if net.target is Target.COMPONENT:
        most = 1 + inputs + gates, wires
        return Bound("Lemma 1", gates, 0, None, vertices, net.edges, *most)
    if net.target is Target.NOISE_TOLERANT:
        cells, samples = len(net.cells), net.samples
        read = 2 * cells + inputs
        most_vertices = 2 + inputs + _CELL_VERTICES * cells + samples + 1 + gates + read
        most_edges = (_CELL_EDGES + 4) * cells + 3 * (samples + 1) + wires + 2 * read
        return Bound(
            "Theorem 5", gates, cells, None, vertices, net.edges, most_vertices, most_edges
        )
    return _emulation(net, gates, wires, vertices)


def _emulation(net: Net, gates: int, wires: int, vertices: int) -> Bound:
    length, inputs = int(net.path_index[net.outputs[0].vertex]), len(net.inputs)
    units = len(net.memory) + net.units_per_step
    edges = net.edges
    for edge in np.flatnonzero(np.isin(net.edge_target, list(net.copies))).tolist():
        entering = net.fan_in_copies.get(edge, 1) * net.copies[int(net.edge_target[edge])]
        edges += entering - 1
    into_one = [e for e in net.fan_in_copies if int(net.edge_target[e]) not in net.copies]
    edges += sum(net.fan_in_copies[edge] - 1 for edge in into_one)
    counted = 2 * units  # gates of the circuit r of Lemma 3, one for each control vertex
    return Bound(
        "Theorem 4",
        gates,
        len(net.memory),
        net.units_per_step,
        vertices,
        edges,
        3 + inputs + (_UNIT_VERTICES + length) * units + gates + counted,
        1 + (_UNIT_EDGES + length + 4) * units + wires + 3 * counted,
    )
