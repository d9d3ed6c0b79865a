"""The part of a net that its function is read from: edges, weights, ports, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from circuits.errors import SourceError
from compiler.activation import Activation
from compiler.exact import Exact
from compiler.net import MemoryBit, Net, Port

HINT = "only what `sgdcc compile` builds can be read back; was the net changed?"


@dataclass(frozen=True, slots=True)
class Graph:
    """A weighted graph with an activation; vertices are in topological order, 0 is the constant.

    Attributes:
        vertices: number of vertices.
        begin: the edges into vertex v are ``range(begin[v], begin[v + 1])``.
        source: of each edge.
        value: of each edge, index into ``values``.
        values: the distinct weights as built.
        entering: edges of which more than one enter each copy of their target, with how many.
        copies: vertices that stand for several, with their number.
        activation: f.
        exponent, plateau_from: of f, as fractions.
        learning_rate: of SGD on (output - label)^2.
        inputs: vertices that output a sample's -1 or 1, and their names.
        outputs: vertices and their names.
        memory: edges, their weights for a bit of 0, and names.
        describe: what to call a vertex in an error; of no consequence to what is read.
    """

    vertices: int
    begin: list[int]
    source: list[int]
    value: list[int]
    values: tuple[Exact, ...]
    entering: Mapping[int, int]
    copies: Mapping[int, int]
    activation: Activation
    exponent: Fraction
    plateau_from: Fraction
    learning_rate: Exact
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    memory: tuple[MemoryBit, ...]
    describe: Callable[[int], str]

    @classmethod
    def of(cls, net: Net) -> Graph:
        """Forget the rest of a net: its source circuit, roles, units, labels and levels.

        Raises:
            SourceError: the activation has an irrational exponent or plateau.
        """
        exponent, plateau_from = (
            value.rational() for value in (net.activation.exponent, net.activation.plateau_from)
        )
        if exponent is None or plateau_from is None:
            raise SourceError(f"the activation is irrational: {net.activation}", hint=HINT)
        return cls(
            vertices=net.vertices,
            begin=np.searchsorted(net.edge_target, np.arange(net.vertices + 1)).tolist(),
            source=net.edge_source.tolist(),
            value=net.edge_value.tolist(),
            values=net.values,
            entering=net.fan_in_copies,
            copies=net.copies,
            activation=net.activation,
            exponent=exponent,
            plateau_from=plateau_from,
            learning_rate=net.learning_rate,
            inputs=net.inputs,
            outputs=net.outputs,
            memory=net.memory,
            describe=net.provenance,
        )

    def edges_into(self, vertex: int) -> range:
        """The edges that enter a vertex."""
        return range(self.begin[vertex], self.begin[vertex + 1])

    def built(self, edge: int) -> Exact:
        """The weight of an edge as built; of one copy, where it stands for several."""
        return self.values[self.value[edge]]

    def weight(self, edge: int) -> Exact:
        """What the source's value is multiplied by on its way into each copy of the target."""
        return self.built(edge) * self.entering.get(edge, 1)

    def refusal(self, vertex: int, why: str) -> SourceError:
        """An error that names a vertex."""
        return SourceError(f"vertex {vertex}, {self.describe(vertex)}, {why}", hint=HINT)
