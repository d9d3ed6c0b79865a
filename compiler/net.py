"""The IR of nets: a sparse weighted graph as flat arrays, with exact weights and provenance.

A net may be a *quotient*: a vertex then stands for a number of copies that are and stay alike.

Vertex 0 is the constant, which outputs 1. Every vertex but the constant and the inputs computes
``f(sum of weight * source)`` with the one activation of the net; an input outputs its sample's
value. Vertices are numbered in topological order, by level and then by creation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from circuits.circuit import Circuit
from circuits.errors import InvariantError
from circuits.machines.bounded import BoundedMachine
from compiler.activation import Activation
from compiler.cells import Cells, find_cells
from compiler.exact import ZERO, Exact
from compiler.paper_form import in_paper_form
from compiler.roles import EdgeRole as EdgeRole
from compiler.roles import Role as Role
from compiler.roles import Target as Target
from compiler.roles import Unit as Unit

Ints = NDArray[np.int32]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output vertex and its name in the source."""

    vertex: int
    name: str


@dataclass(frozen=True, slots=True)
class MemoryBit:
    """A memory bit: the edge v0 -> v1 whose weight is ``zero`` for 0 and ``-zero`` for 1."""

    name: str
    edge: int
    zero: Exact


@dataclass(frozen=True, eq=False)
class Net:
    """A compiled net.

    Attributes:
        target: what the net is.
        preset: which constants it was built with.
        activation: f.
        learning_rate: of SGD on (output - label)^2 with batch size 1.
        role: shape (vertices,), values of `Role`.
        unit: shape (vertices,), values of `Unit`.
        unit_index: shape (vertices,), number of the unit among those of its kind (for memory and
            dual units the latch's), of an output control vertex the sample's, else -1.
        path_index: shape (vertices,), t of v_t in a memory unit or cell, else -1.
        label: shape (vertices,), index into ``labels``: the gate, latch or port it came from.
        line: shape (vertices,), line in the source file, 0 where unknown.
        level: shape (vertices,), 0 for the constant and inputs, else 1 + the sources' greatest.
        edge_source, edge_target: shape (edges,), sorted by target, then source; no pair twice,
            except with different weights in a quotient.
        edge_value: shape (edges,), index into ``values``.
        edge_role: shape (edges,), values of `EdgeRole`.
        labels: names from the source.
        values: the distinct exact weights.
        inputs: sample and random inputs, in the order of the source's inputs.
        outputs: in order; exactly one unless the net is a component.
        memory: one per latch of the source.
        circuit: what the net was compiled from and is verified against.
        source: what the user asked to compile: a file, ``builtin:...``, or a circuit's name.
        random_inputs: indices of the inputs that are random bits.
        copies: vertices that stand for more than one, with their number.
        fan_in_copies: edges of which more than one enter each copy of their target, with how many.
        samples: T, how many samples a noise-tolerant net memorises before it answers, else 0.
        noise: epsilon, what noise on each edge of such a net may sum up to, else 0.
        machine: of which this is one step, if it is that of a machine.
    """

    target: Target
    preset: str
    activation: Activation
    learning_rate: Exact
    role: Bytes
    unit: Bytes
    unit_index: Ints
    path_index: NDArray[np.int16]
    label: Ints
    line: Ints
    level: Ints
    edge_source: Ints
    edge_target: Ints
    edge_value: Ints
    edge_role: Bytes
    labels: tuple[str, ...]
    values: tuple[Exact, ...]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    memory: tuple[MemoryBit, ...]
    circuit: Circuit
    source: str
    random_inputs: tuple[int, ...] = ()
    copies: Mapping[int, int] = field(default_factory=dict)
    fan_in_copies: Mapping[int, int] = field(default_factory=dict)
    samples: int = 0
    noise: Exact = ZERO
    machine: BoundedMachine | None = None

    def __post_init__(self) -> None:
        _check(self)
        for array in vars(self).values():
            if isinstance(array, np.ndarray):
                array.setflags(write=False)

    @property
    def vertices(self) -> int:
        """Number of vertices."""
        return len(self.role)

    @property
    def edges(self) -> int:
        """Number of edges."""
        return len(self.edge_source)

    @property
    def is_quotient(self) -> bool:
        """Whether some vertex stands for several."""
        return bool(self.copies)

    @property
    def units_built(self) -> int:
        """Memory units that are written out, of all kinds."""
        return int(((self.unit != Unit.NONE) & (self.path_index == 1)).sum())

    @property
    def units_per_step(self) -> int:
        """m', the number of memory units that let their signal through in each step."""
        fillers = (self.unit == Unit.FILLER) & (self.path_index == 1)
        return len(self.memory) + sum(self.copies.get(int(v), 1) for v in np.flatnonzero(fillers))

    def fan_out_copies(self, edge: int) -> int:
        """How many copies of its target each copy of an edge's source feeds."""
        source, target = int(self.edge_source[edge]), int(self.edge_target[edge])
        entering = self.fan_in_copies.get(edge, 1) * self.copies.get(target, 1)
        return entering // self.copies.get(source, 1)

    @property
    def levels(self) -> int:
        """Length of the longest path, in edges."""
        return int(self.level.max())

    @property
    def trainable(self) -> NDArray[np.bool_]:
        """Shape (edges,): whether SGD may ever change the edge (Lemma 2: by its sign)."""
        return np.isin(self.edge_role, (EdgeRole.PATH, EdgeRole.OUTPUT_CONTROL))

    @property
    def cells(self) -> Cells:
        """The memory cells of a noise-tolerant net."""
        return find_cells(self)

    def weights(self, dtype: str = "float64") -> NDArray[np.floating]:
        """The built weight of every edge, shape (edges,), exact or refused.

        Raises:
            LimitError: a weight underflows, overflows, or is inexact in a preset that is exact.
        """
        exact = self.preset in ("dyadic", "wide")
        table = [value.to_float(dtype, exact=exact) for value in self.values]
        return np.array(table, np.dtype(dtype))[self.edge_value]

    def exact_weights(self) -> NDArray[np.object_]:
        """The built weight of every edge as `Exact` objects, shape (edges,)."""
        table = np.empty(len(self.values), object)
        table[:] = self.values
        return table[self.edge_value]

    def show(self, value: object) -> str:
        """A weight as text: exact values with m' as a symbol, floats in full."""
        return in_paper_form(value, self.units_per_step) if isinstance(value, Exact) else str(value)

    def vertex_name(self, vertex: int) -> str:
        """The vertex in words: role and the name of what it came from."""
        role, label = Role(self.role[vertex]), self.labels[self.label[vertex]]
        index, unit = int(self.path_index[vertex]), Unit(self.unit[vertex])
        if role is Role.CONSTANT:
            return "the constant vertex"
        if role is Role.SOURCE:
            return "v0"
        if unit is not Unit.NONE:
            prime = "'" if role in (Role.BRANCH_PRIMED, Role.CONTROL_PRIMED) else ""
            readers = {Role.READ: "vr", Role.STATE: "the reader of v2"}
            part = readers.get(role, f"v{index}" if index >= 0 else "vc")
            kind = "cell" if unit is Unit.CELL else f"{unit.name.lower()} unit"
            return f"{part}{prime} of {kind} {label}"
        return f"{role.name.lower()} {label}"

    def provenance(self, vertex: int) -> str:
        """`vertex_name` and the place in the source file, where one is known."""
        name, line = self.vertex_name(vertex), int(self.line[vertex])
        return f"{name} ({self.circuit.source}:{line})" if line else name


def _check(net: Net) -> None:
    """Refuse arrays that are not a net."""
    n, vertices, edges = net, len(net.role), len(net.edge_source)
    per_vertex = (n.unit, n.unit_index, n.path_index, n.label, n.line, n.level)
    problems = {
        "arrays of different lengths": any(len(a) != vertices for a in per_vertex)
        or any(len(a) != edges for a in (n.edge_target, n.edge_value, n.edge_role)),
        "vertex 0 is not the constant": vertices == 0 or n.role[0] != Role.CONSTANT,
        "there is not exactly one output": n.target.single_output and len(n.outputs) != 1,
    }
    if edges and not any(problems.values()):
        ends = np.stack([n.edge_target.astype(np.int64), n.edge_source])
        key = ends[0] * vertices + ends[1]
        if n.copies:  # copies may differ in the weight of an edge between the same two vertices
            key = key * len(n.values) + n.edge_value
        problems["an edge leaves the graph"] = bool(ends.min() < 0 or ends.max() >= vertices)
    if edges and not any(problems.values()):
        problems |= {
            "edges out of order, or one given twice": bool((np.diff(key) <= 0).any()),
            "an edge does not go up a level": not (n.level[ends[1]] < n.level[ends[0]]).all(),
            "a weight that is not in the table": bool(
                n.edge_value.min() < 0 or n.edge_value.max() >= len(n.values)
            ),
            "vertices not ordered by level": bool((np.diff(n.level) < 0).any()),
            "copies that do not come out even": _uneven(n),
            "an input with an incoming edge": bool(
                np.isin(n.edge_target, [0, *(p.vertex for p in n.inputs)]).any()
            ),
        }
    for problem, found in problems.items():
        if found:
            raise InvariantError(f"not a net: {problem}")


def _uneven(net: Net) -> bool:
    """Whether edges entering all copies of a target cannot leave all copies of its source."""
    concerned = [e for e in net.fan_in_copies if not 0 <= e < net.edges]
    if concerned or any(not 0 <= v < net.vertices or n < 1 for v, n in net.copies.items()):
        return True
    if not net.copies:
        return bool(net.fan_in_copies)
    many = np.zeros(net.vertices, bool)
    many[list(net.copies)] = True
    for edge in np.flatnonzero(many[net.edge_source] | many[net.edge_target]).tolist():
        source, target = int(net.edge_source[edge]), int(net.edge_target[edge])
        entering = net.fan_in_copies.get(edge, 1) * net.copies.get(target, 1)
        if entering % net.copies.get(source, 1):
            return True
    return False
