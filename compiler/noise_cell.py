"""Definition 7: one noise-tolerant cell M', a bit that SGD sets once and that remembers the label.

A cell is a path v0 -> v1 -> ... -> v5 from the constant vertex to the output, silenced at v4 by vc
as long as it is unset and by vc' when it is set. In the step in which neither silences it, SGD
changes the weights of the path, by the sign of the label. v2 then tells that the cell is set, and
vr which label it was set by; see `compiler.noise_constants` for the weights.

With e = 2 for true and -2 for false the control vertices are

    vc = f(1 + e(hold) / 2),   vc' = f(1 + e(held) / 2)         2 or 0

and likewise voc[t] by "sample t is current".
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from compiler.component import Component, add_sum
from compiler.net import EdgeRole, Role, Unit
from compiler.net_builder import CONSTANT, NetBuilder
from compiler.noise_constants import NoiseConstants

_HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class CellWeights:
    """Ids of a cell's weights in the net's table."""

    path: tuple[int, ...]
    control: int
    control_primed: int
    read: int
    state: int
    state_bias: int

    @classmethod
    def of(cls, builder: NetBuilder, constants: NoiseConstants) -> CellWeights:
        """Enter the weights into a net's table."""
        c, value = constants, builder.value
        return cls(
            path=tuple(map(value, c.weights)),
            control=value(c.control_weight),
            control_primed=value(c.control_primed_weight),
            read=value(c.read_weight),
            state=value(c.state_weight),
            state_bias=value(c.state_bias),
        )


@dataclass(frozen=True, slots=True)
class CellStart:
    """The part of a cell that comes before the gates: its number and name, v1, v2, v2's reader."""

    number: int
    label: str
    v1: int
    v2: int
    state: int


def add_cell_start(builder: NetBuilder, weights: CellWeights, number: int, label: str) -> CellStart:
    """v1, v2 and the vertex that brings v2 to +-2 (the input layer of Lemma 5)."""
    v1 = _path_vertex(builder, weights, number, label, 1, CONSTANT)
    v2 = _path_vertex(builder, weights, number, label, 2, v1)
    edges = [
        (CONSTANT, weights.state_bias, EdgeRole.BIAS),
        (v2, weights.state, EdgeRole.READ),
    ]
    state = builder.vertex(Role.STATE, label, edges, unit=Unit.CELL, unit_index=number)
    return CellStart(number, label, v1, v2, state)


def add_label_reader(builder: NetBuilder, weights: CellWeights, cell: CellStart) -> int:
    """vr: -2 where the cell has been set by label -1, else 2."""
    edges = [(cell.v1, weights.read, EdgeRole.READ)]
    return builder.vertex(Role.READ, cell.label, edges, unit=Unit.CELL, unit_index=cell.number)


def add_cell_end(
    builder: NetBuilder,
    weights: CellWeights,
    component: Component,
    cell: CellStart,
    hold: int,
    held: int,
) -> tuple[int, int, EdgeRole]:
    """The control vertices, v3 and v4; returns the edge into the output vertex."""
    controls = []
    for role, literal, weight in (
        (Role.CONTROL, hold, weights.control),
        (Role.CONTROL_PRIMED, held, weights.control_primed),
    ):
        terms = [component.term(literal, _HALF)]
        vertex = add_sum(
            builder, role, cell.label, terms, 1, unit=Unit.CELL, unit_index=cell.number
        )
        controls.append((vertex, weight, EdgeRole.CONTROL))
    v3 = _path_vertex(builder, weights, cell.number, cell.label, 3, cell.v2)
    v4 = _path_vertex(builder, weights, cell.number, cell.label, 4, v3, controls)
    return v4, weights.path[4], EdgeRole.PATH


def add_output_controls(
    builder: NetBuilder,
    component: Component,
    constants: NoiseConstants,
    current: list[int],
    answer: list[int],
) -> list[tuple[int, int, EdgeRole]]:
    """voc[0] .. voc[T]; returns their edges into the output vertex."""
    edges = []
    for t, literal in enumerate(current):
        terms = [component.term(literal, _HALF)]
        edges.append((add_sum(
            builder, Role.OUTPUT_CONTROL, f"sample {t}", terms, 1, unit_index=t
        ), constants.output_control_weight))  # fmt: skip
    terms = [component.term(literal, _HALF) for literal in answer]
    edges.append((add_sum(
        builder, Role.OUTPUT_CONTROL, "answer", terms, 0, unit_index=len(current)
    ), constants.answer_weight))  # fmt: skip
    return [(v, builder.value(weight), EdgeRole.OUTPUT_CONTROL) for v, weight in edges]


def _path_vertex(
    builder: NetBuilder,
    weights: CellWeights,
    number: int,
    label: str,
    index: int,
    source: int,
    controls: list[tuple[int, int, EdgeRole]] | None = None,
) -> int:
    """v1, v2, v3 or v4."""
    edges = [(source, weights.path[index - 1], EdgeRole.PATH), *(controls or ())]
    return builder.vertex(
        Role.STEM, label, edges, unit=Unit.CELL, unit_index=number, path_index=index
    )
