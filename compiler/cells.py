"""Where the memory cells of a noise-tolerant net are (Definition 7).

Cell number ``(t n' + i) 2 + z`` is M'(t, i, z): it is set by sample t if its bit i has the value z.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from compiler.roles import EdgeRole, Role, Unit

if TYPE_CHECKING:
    from compiler.net import Net

Ints = NDArray[np.int64]

_PATH_EDGES = 5


@dataclass(frozen=True, eq=False)
class Cells:
    """Vertices and edges by cell, and by sample; all -1 where there is none.

    Attributes:
        samples: T.
        inputs: n', bits of a sample, random ones included.
        path: shape (cells, 5), the edges v0 -> v1, ..., v4 -> v5 with weights w_0, ..., w_4.
        control: shape (cells,), the edge vc -> v4.
        control_primed: shape (cells,), the edge vc' -> v4.
        read: shape (cells,), the edge v1 -> vr; cells of input bit 0 alone have it.
        state_vertex: shape (cells,), the reader of v2: 2 where the cell is set, else -2.
        label_vertex: shape (cells,), vr: -2 where the cell is set by label -1, else 2.
        output_control: shape (T + 1,), the edge voc[t] -> output; the last one brings the answer.
        output_control_vertex: shape (T + 1,), voc[t]; 2 in step t < T, voc[T] the answer times 2.
    """

    samples: int
    inputs: int
    path: Ints
    control: Ints
    control_primed: Ints
    read: Ints
    state_vertex: Ints
    label_vertex: Ints
    output_control: Ints
    output_control_vertex: Ints

    def __len__(self) -> int:
        """Number of cells."""
        return len(self.path)

    def number(self, sample: int, bit: int, value: int) -> int:
        """The number of M'(sample, bit, value)."""
        return 2 * (self.inputs * sample + bit) + value

    def set_by(self, sample: int, bits: NDArray[np.integer]) -> Ints:
        """Shape (n',): the cells that sample number ``sample`` sets, given its 0s and 1s."""
        return 2 * (self.inputs * sample + np.arange(self.inputs)) + np.asarray(bits)


def find_cells(net: Net) -> Cells:
    """The cells of a net; none of a net of another target."""
    inputs = len(net.inputs)
    count = 2 * inputs * net.samples
    source, target, role = net.edge_source, net.edge_target, net.edge_role
    is_cell = (net.unit == Unit.CELL) & (net.unit_index < count)
    cell = np.where(is_cell, net.unit_index, -1)

    def edges_into(kind: EdgeRole, by: NDArray[np.int32], vertices: NDArray[np.bool_]) -> Ints:
        """By cell of ``by``: the edge of a kind from or to such vertices."""
        found = np.full(count, -1, np.int64)
        chosen = np.flatnonzero((role == kind) & (vertices & is_cell)[by])
        found[cell[by[chosen]]] = chosen
        return found

    def vertices(kind: Role) -> Ints:
        found = np.full(count, -1, np.int64)
        chosen = np.flatnonzero((net.role == kind) & is_cell)
        found[cell[chosen]] = chosen
        return found

    path = np.full((count, _PATH_EDGES), -1, np.int64)
    chosen = np.flatnonzero((role == EdgeRole.PATH) & (is_cell[source] | is_cell[target]))
    # All but the last edge lead into the cell; that one leads to the output.
    owner = np.where(is_cell[target[chosen]], cell[target[chosen]], cell[source[chosen]])
    path[owner, net.path_index[target[chosen]] - 1] = chosen

    output_control = np.full(net.samples + 1 if count else 0, -1, np.int64)
    chosen = np.flatnonzero(role == EdgeRole.OUTPUT_CONTROL)
    output_control[net.unit_index[source[chosen]]] = chosen
    return Cells(
        samples=net.samples,
        inputs=inputs if count else 0,
        path=path,
        control=edges_into(EdgeRole.CONTROL, source, net.role == Role.CONTROL),
        control_primed=edges_into(EdgeRole.CONTROL, source, net.role == Role.CONTROL_PRIMED),
        read=edges_into(EdgeRole.READ, target, net.role == Role.READ),
        state_vertex=vertices(Role.STATE),
        label_vertex=vertices(Role.READ),
        output_control=output_control,
        output_control_vertex=source[output_control].astype(np.int64),
    )
