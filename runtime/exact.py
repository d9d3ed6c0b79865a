"""SGD on exact values: the printed construction as it stands in the paper, without any float.

Values are `compiler.exact.Exact` monomials. A run meets few distinct ones (tens to hundreds), so
they are interned and every operation is looked up by the ids of its operands; the numbers
themselves are computed once each.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from circuits.errors import InvariantError
from compiler.exact import ONE, ZERO, Exact
from compiler.net import Net

_ZERO = 0
"""The id of 0 in every table."""


class _Values:
    """Interned exact values and memoised operations on their ids."""

    def __init__(self) -> None:
        self.of: list[Exact] = []
        self._id_of: dict[Exact, int] = {}
        self._products: dict[tuple[int, int], int] = {}
        self._sums: dict[tuple[int, int], int] = {}
        self.id(ZERO)

    def id(self, value: Exact) -> int:
        """The id of a value."""
        found = self._id_of.get(value)
        if found is None:
            found = self._id_of[value] = len(self.of)
            self.of.append(value)
        return found

    def times(self, a: int, b: int) -> int:
        """The id of a product."""
        if a == _ZERO or b == _ZERO:
            return _ZERO
        key = (a, b) if a < b else (b, a)
        found = self._products.get(key)
        if found is None:
            found = self._products[key] = self.id(self.of[a] * self.of[b])
        return found

    def plus(self, a: int, b: int) -> int:
        """The id of a sum.

        Raises:
            InvariantError: of unlike terms.
        """
        if a == _ZERO or b == _ZERO:
            return a + b
        key = (a, b) if a < b else (b, a)
        found = self._sums.get(key)
        if found is None:
            found = self._sums[key] = self.id(self.of[a] + self.of[b])
        return found


class ExactTrainer:
    """A net, or quotient, trained by SGD on (output - label)^2 over exact values.

    In a quotient every copy of an edge has its own weight and gradient; they stay equal, so one
    stands for all, and only sums count the copies: forwards those that enter a vertex, backwards
    those that leave it.

    Attributes:
        net: what is trained.
        blends: after `forward_backward`, shape (vertices,): whether f's input was in a blend.
        sums: likewise, the inputs of f as an object array of `Exact`.
    """

    def __init__(self, net: Net, learning_rate: Exact) -> None:
        self.net = net
        self._values = _Values()
        table = [self._values.id(value) for value in net.values]
        self._weights = [table[v] for v in net.edge_value.tolist()]
        self._rate = learning_rate
        self._sources, self._targets = net.edge_source.tolist(), net.edge_target.tolist()
        self._starts = np.searchsorted(net.edge_target, np.arange(net.vertices + 1)).tolist()
        id_of = self._values.id
        self._entering = [id_of(Exact.of(net.fan_in_copies.get(e, 1))) for e in range(net.edges)]
        self._leaving = [id_of(Exact.of(net.fan_out_copies(e))) for e in range(net.edges)]
        self._activated: dict[int, tuple[int, int, bool]] = {}
        self._gradients = [_ZERO] * net.edges
        self.blends = np.zeros(net.vertices, bool)
        self.sums = np.full(net.vertices, ZERO, object)

    @property
    def weights(self) -> NDArray[np.object_]:
        """The weights now, shape (edges,)."""
        return self._array(self._weights)

    @property
    def gradients(self) -> NDArray[np.object_]:
        """Of the last `forward_backward`, shape (edges,)."""
        return self._array(self._gradients)

    def negate(self, edge: int) -> None:
        """Negate one weight (the flip-weight control)."""
        value = -self._values.of[self._weights[edge]]
        self._weights[edge] = self._values.id(value)

    def forward_backward(
        self, samples: Sequence[Sequence[int]], labels: Sequence[int]
    ) -> NDArray[np.object_]:
        """Outputs for samples of +-1, shape (samples,); gradients of the mean loss are kept."""
        outputs, total = [], [_ZERO] * self.net.edges
        share = self._values.id(Exact.of(Fraction(1, len(samples))))
        for sample, label in zip(samples, labels, strict=True):
            values, slopes = self._forward(sample)
            output = values[self.net.outputs[0].vertex]
            outputs.append(output)
            error = self._values.of[output] - label
            gradients = self._backward(values, slopes, self._values.id(2 * error))
            plus, times = self._values.plus, self._values.times
            total = [plus(a, times(b, share)) for a, b in zip(total, gradients, strict=True)]
        self._gradients = total
        return self._array(outputs)

    def update(self) -> None:
        """One step of SGD."""
        values = self._values
        step = values.id(-self._rate)
        for edge, gradient in enumerate(self._gradients):
            if gradient != _ZERO:
                change = values.times(step, gradient)
                self._weights[edge] = self._located(
                    self._targets[edge], self._weights[edge], change
                )

    def _forward(self, sample: Sequence[int]) -> tuple[list[int], list[int]]:
        net, ids = self.net, self._values
        values, slopes = [_ZERO] * net.vertices, [_ZERO] * net.vertices
        values[0] = ids.id(ONE)
        for port, bit in zip(net.inputs, sample, strict=True):
            values[port.vertex] = ids.id(Exact.of(bit))
        first = int(np.searchsorted(net.level, 1))
        for vertex in range(first, net.vertices):
            total = _ZERO
            for edge in range(self._starts[vertex], self._starts[vertex + 1]):
                term = ids.times(self._weights[edge], values[self._sources[edge]])
                term = ids.times(term, self._entering[edge])
                total = self._located(vertex, total, term)
            values[vertex], slopes[vertex], self.blends[vertex] = self._activate(total)
            self.sums[vertex] = ids.of[total]
        return values, slopes

    def _backward(self, values: list[int], slopes: list[int], error: int) -> list[int]:
        """The gradient of every edge, given that of the output."""
        net, ids = self.net, self._values
        by_value, gradients = [_ZERO] * net.vertices, [_ZERO] * net.edges
        by_value[net.outputs[0].vertex] = error
        for vertex in range(net.vertices - 1, -1, -1):
            by_sum = ids.times(by_value[vertex], slopes[vertex])
            if by_sum == _ZERO:
                continue
            for edge in range(self._starts[vertex], self._starts[vertex + 1]):
                source = self._sources[edge]
                gradients[edge] = ids.times(by_sum, values[source])
                back = ids.times(ids.times(by_sum, self._weights[edge]), self._leaving[edge])
                if slopes[source] != _ZERO:  # nothing passes a flat source, whatever arrives
                    by_value[source] = self._located(source, by_value[source], back)
        return gradients

    def _activate(self, total: int) -> tuple[int, int, bool]:
        """(f, f', whether in a blend), by the id of f's input; a blend gives 0, 0."""
        found = self._activated.get(total)
        if found is None:
            x, f = self._values.of[total], self.net.activation
            size, p = abs(x), f.exponent.rational()
            assert p is not None
            value, slope = ZERO, ZERO
            blend = (f.dead_zone < size < f.power_from) or (f.power_to < size < f.plateau_from)
            if size >= f.plateau_from:
                value = f.plateau
            elif size > f.dead_zone and not blend:
                value, slope = size**p, f.exponent * size ** (p - 1)
            value = -value if x < ZERO else value
            found = self._values.id(value), self._values.id(slope), bool(blend)
            self._activated[total] = found
        return found

    def _located(self, vertex: int, a: int, b: int) -> int:
        """A sum, whose failure says where."""
        try:
            return self._values.plus(a, b)
        except InvariantError as error:
            raise InvariantError(f"at {self.net.provenance(vertex)}: {error}") from None

    def _array(self, ids: list[int]) -> NDArray[np.object_]:
        table = np.empty(len(self._values.of), object)
        table[:] = self._values.of
        return table[ids]
