"""Which vertices stay on flat pieces of f whatever is shown, and what they compute as bits.

A vertex is *flat* if its sum lies in the dead zone or on a plateau for every value of its sources.
This is found out from below. The constant is 1 and an input -1 or 1. A vertex all of whose sources
are known to take at most two values each has a finite set of sums; where that set has no number on
a sloped piece of f, and f takes at most two values on it, the vertex is a *bit* (or *fixed*), and
counts as known for its readers. Since f is nondecreasing, a bit is a threshold function:

    bit = (sum of coefficient_i * bit_i >= bound)     with integers.

**The margin.** Sums are enumerated exactly. All products of a weight and a value are multiples of
one power of two g, and their magnitudes add up to at most g * 2^p, with p the bits of the float
format; then every partial sum is a float, in any order and with fused multiply-adds or not. So the
sum in the engine *is* the sum here, and a number on a flat piece here is there too, however close
to its end. Vertices that this does not hold for are not called flat.

**Why it lasts.** On a flat piece f' is 0, exactly, so the gradient by a flat vertex's sum is 0, and
with it the gradients of all edges into the vertex. SGD moves none of them, and after the step the
vertex is flat for the same reason as before: by induction over steps, for ever. What moves weights
in another way (noise, weight decay, a momentum from before, a user) ends this; `frozen` says which
weights must be as they were.

**Readers of memory.** A vertex that reads an edge which SGD trains is not flat whatever the weights
are. It is a *read*: a float, of which it is assumed that it comes to lie on a plateau. Where the
assumption is looked at in each step, all of the above holds in the steps where it is true; in the
others nothing here holds, neither the bits nor that frozen edges stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from compiler.exact import FLOAT_FORMATS
from compiler.flat_search import FlatSearch, Wires
from compiler.net import Net, Role


class Kind(IntEnum):
    """What is known of a vertex."""

    GIVEN = 0
    """The constant or an input."""
    FIXED = 1
    """It has one value."""
    BIT = 2
    """It has two."""
    READ = 3
    """A float, assumed to lie on a plateau."""
    FLOAT = 4


@dataclass(frozen=True, eq=False, slots=True)
class FlatVertices:
    """What is known of each vertex of a net.

    Attributes:
        kind: shape (vertices,), uint8, values of `Kind`.
        low, high: shape (vertices,), float64: the values of a false and a true bit; the same where
            there is one value; -plateau and plateau of a read; 0 of a float.
        first: shape (vertices + 1,), int64: where each vertex's operands begin.
        operand: int32, the sources of bits that have two values (given, bits or reads).
        coefficient: int32 by operand.
        bound: shape (vertices,), int32; a bit is (sum of coefficient * bit of operand >= bound).
        frozen: shape (edges,), bool: edges into bits and fixed vertices, which never move.
    """

    kind: NDArray[np.uint8]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    first: NDArray[np.int64]
    operand: NDArray[np.int32]
    coefficient: NDArray[np.int32]
    bound: NDArray[np.int32]
    frozen: NDArray[np.bool_]

    @property
    def unconditional(self) -> bool:
        """Whether no vertex is a read, so that nothing is assumed but inputs of -1 and 1."""
        return not (self.kind == Kind.READ).any()

    @property
    def all_flat(self) -> bool:
        """Whether every vertex is given, fixed or a bit."""
        return not (self.kind >= Kind.READ).any()


def flat_vertices(
    net: Net, weights: NDArray[np.floating] | None = None, dtype: str = "float64"
) -> FlatVertices:
    """What is known of the vertices of a net.

    Args:
        net: of any target; its readers of memory are the vertices of the roles read and state.
        weights: shape (edges,); those that the net was built with where None.
        dtype: the float format that the net runs in.
    """
    given = net.weights(dtype) if weights is None else weights
    entering = np.ones(net.edges)
    entering[list(net.fan_in_copies)] = list(net.fan_in_copies.values())
    return find_flat(wires_of(net, given, entering, dtype))


def wires_of(
    net: Net, weights: NDArray[np.floating], entering: NDArray[np.floating], dtype: str
) -> Wires:
    """A net with these weights and copies that enter, each of shape (edges,)."""
    weight, f = np.array(weights, np.float64), net.activation
    many, plateau = np.flatnonzero(entering != 1), f.plateau.to_float(dtype)
    weight[many] = _products(weight[many], np.asarray(entering, np.float64)[many])
    if np.frexp(plateau)[0] != 0.5:  # a value times a weight may be rounded before it is copied
        weight[many] = np.nan
    return Wires(
        source=net.edge_source,
        first_edge=np.searchsorted(net.edge_target, np.arange(net.vertices + 1)),
        level=net.level,
        weight=weight,
        inputs=np.array([port.vertex for port in net.inputs], np.int64),
        read=reads_memory(net),
        dead_zone=f.dead_zone.to_float(dtype),
        plateau_from=f.plateau_from.to_float(dtype),
        plateau=plateau,
        precision=FLOAT_FORMATS[dtype][0],
    )


def _products(numbers: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Products where they are exact, else not a number, which no flat vertex has for a weight."""
    bits = np.zeros(len(numbers))
    for factor in (numbers, counts):
        significand = np.abs(np.frexp(np.where(np.isfinite(factor), factor, 0))[0] * 2.0**53)
        whole = significand.astype(np.int64)
        bits += np.frexp((whole // np.maximum(whole & -whole, 1)).astype(np.float64))[1]
    return np.where(bits <= 53, numbers * counts, np.nan)


def reads_memory(net: Net) -> NDArray[np.bool_]:
    """Shape (vertices,): whether a vertex brings what SGD trains to the gates."""
    return np.isin(net.role, (Role.READ, Role.STATE))


def find_flat(wires: Wires) -> FlatVertices:
    """As `flat_vertices`, of arrays."""
    search = FlatSearch(wires)
    vertices, loose = len(wires.level), search.loose
    pairs = np.array(search.pairs)[search.pair]
    pairs[loose] = 0
    two = pairs[:, 0].view(np.int64) != pairs[:, 1].view(np.int64)
    kind = np.where(two, Kind.BIT, Kind.FIXED).astype(np.uint8)
    kind[loose], kind[wires.read], kind[wires.level == 0] = Kind.FLOAT, Kind.READ, Kind.GIVEN
    target = np.repeat(np.arange(vertices), np.diff(wires.first_edge))
    kept = np.flatnonzero((kind[target] == Kind.BIT) & two[wires.source])
    first = np.zeros(vertices + 1, np.int64)
    np.cumsum(np.bincount(target[kept], minlength=vertices), out=first[1:])
    coefficient, bound = np.zeros(len(kept), np.int32), np.zeros(vertices, np.int32)
    bits = np.flatnonzero(kind == Kind.BIT)
    bits = bits[np.argsort(search.function[bits], kind="stable")]
    used, begin = np.unique(search.function[bits], return_index=True)
    for number, alike in zip(used.tolist(), np.split(bits, begin[1:]), strict=False):
        function = search.functions[number]
        places = first[alike][:, None] + np.arange(len(function.coefficients))
        coefficient[places] = function.coefficients
        bound[alike] = function.bound
    return FlatVertices(
        kind=kind,
        low=np.ascontiguousarray(pairs[:, 0]),
        high=np.ascontiguousarray(pairs[:, 1]),
        first=first,
        operand=wires.source[kept].astype(np.int32),
        coefficient=coefficient,
        bound=bound,
        frozen=np.isin(kind[target], (Kind.FIXED, Kind.BIT)),
    )
