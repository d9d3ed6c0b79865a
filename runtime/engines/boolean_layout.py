"""What the engine `boolean` runs: bits as bytes, and the floats that are left, packed.

The floats of a net are its *reads* and its vertices that are not flat. What they need stands
together: their values, then the values of the bits that they read (*taps*), and the weights of
their edges, which alone can move (*hot* edges).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from compiler.flat_vertices import FlatVertices, Kind
from compiler.net import Net
from runtime.engines.bit_program import BitProgram, bit_program, phases
from runtime.engines.layout import Layout


class BooleanLayout(NamedTuple):
    """Arrays for compiled loops; indices are unsigned as in `runtime.engines.layout.Layout`.

    A stage is a phase of bits and the phase of floats after it. Stage 0 are the floats that no
    input reaches.

    Attributes:
        stages: shape (stages, 8): first and one past the last of its bit runs, taps, float runs
            and reads.
        bit_runs, targets, operands, coefficients, numbers: as in `bit_program.BitProgram`.
        tap_literal: by tap. Taps before those of stage 1 are not bits but have one value.
        tap_values: shape (taps, 2): of a false and a true bit, in the net's dtype.
        runs: shape (runs, 4): first float, one past the last, edges into each, first hot edge.
        runs_backward: likewise; from the last level down, in the order of the net inside a level.
        source: by hot edge: a float, or the number of floats and a tap.
        entering, leaving: as in `Layout`, by hot edge.
        reads: shape (reads, 2): float and slot.
        guard: how large the sums of reads must be.
        outputs: like sources.
        constants: as in `Layout`.
    """

    stages: NDArray[np.uint32]
    bit_runs: NDArray[np.uint32]
    targets: NDArray[np.uint32]
    operands: NDArray[np.uint32]
    coefficients: NDArray[np.int32]
    numbers: NDArray[np.int32]
    tap_literal: NDArray[np.uint32]
    tap_values: NDArray[np.floating]
    runs: NDArray[np.uint64]
    runs_backward: NDArray[np.uint64]
    source: NDArray[np.uint32]
    entering: NDArray[np.floating]
    leaving: NDArray[np.floating]
    reads: NDArray[np.uint32]
    guard: np.floating
    outputs: NDArray[np.uint32]
    constants: NDArray[np.floating]


class Packed(NamedTuple):
    """A layout, and where its parts are in the net.

    Attributes:
        layout: see there.
        program: the bits.
        floats: vertices in their order.
        taps: vertices in their order.
        hot: int64 edges into floats, in their order.
    """

    layout: BooleanLayout
    program: BitProgram
    floats: NDArray[np.int64]
    taps: NDArray[np.int64]
    hot: NDArray[np.int64]

    @property
    def slots(self) -> int:
        """How many bits there are."""
        return self.program.slots


def pack(net: Net, flat: FlatVertices, layout: Layout) -> Packed:
    """Lay out a net of which this is known; copies and constants are those of its layout."""
    phase = phases(net, flat)
    first_edge = np.searchsorted(net.edge_target, np.arange(net.vertices + 1))
    floats, in_order = _ordered(net, flat, phase, np.diff(first_edge))
    place = np.full(net.vertices, -1)
    place[floats] = np.arange(len(floats))
    fan_in = (first_edge[1:] - first_edge[:-1])[floats]
    first_hot = np.cumsum(fan_in) - fan_in
    hot = np.arange(fan_in.sum()) + np.repeat(first_edge[floats] - first_hot, fan_in)
    outputs = layout.outputs.astype(np.int64)
    read_by_floats = np.union1d(net.edge_source[hot], outputs)
    taps = read_by_floats[place[read_by_floats] < 0]
    taps = taps[np.argsort(phase[taps], kind="stable")]
    place[taps] = len(floats) + np.arange(len(taps))
    program = bit_program(net, flat, phase, taps)
    alike = net.level[floats] + (net.levels + 1) * phase[floats]
    runs = _runs(alike, fan_in, first_hot)
    parts = _runs(alike, fan_in, first_hot, _apart(floats, in_order[net.level[floats]]))
    first, level = floats[parts[:, 0]], net.level[floats[parts[:, 0]]]
    by_level = np.lexsort((np.where(in_order[level], first, parts[:, 0]), -level))
    slot = program.literal[program.reads] >> 1
    reads = np.stack([place[program.reads], slot], axis=1)
    reads = reads[np.argsort(phase[program.reads], kind="stable")]
    stages = np.arange(int(phase.max()) // 2 + 2)
    ends = [
        _ends(program.run_phase, 2 * stages),
        _ends(phase[taps], 2 * stages),
        _ends(phase[floats[runs[:, 0]]], 2 * stages + 1),
        _ends(phase[floats[reads[:, 0]]], 2 * stages + 1),
    ]
    dtype = layout.constants.dtype
    entering, leaving = (n[hot] if len(n) else n for n in (layout.entering, layout.leaving))
    return Packed(
        BooleanLayout(
            np.concatenate(ends, axis=1).astype(np.uint32),
            program.runs,
            program.targets,
            program.operands,
            program.coefficients,
            program.numbers,
            program.literal[taps].astype(np.uint32),
            np.stack([flat.low[taps], flat.high[taps]], axis=1).astype(dtype),
            runs.astype(np.uint64),
            np.ascontiguousarray(parts[by_level]).astype(np.uint64),
            place[net.edge_source[hot]].astype(np.uint32),
            entering,
            leaving,
            reads.astype(np.uint32),
            layout.constants[4],
            place[outputs].astype(np.uint32),
            layout.constants,
        ),
        program,
        floats,
        taps,
        hot,
    )


def _ends(phases: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each wanted phase begins and ends among phases in order."""
    sides = [np.searchsorted(phases, wanted, side=side) for side in ("left", "right")]
    return np.stack(sides, axis=1)


def _ordered(
    net: Net, flat: FlatVertices, phase: NDArray[np.int64], fan_in: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Floats in the order in which they run, and by level whether backward must keep the net's.

    A phase, and in it a level, with equally many edges into each, makes long runs, also where the
    net has vertices of two phases in turn. What is added to gradients by values must stay in the
    net's order, in each of them; so a level keeps that order if two readers of one source would
    change places.
    """
    floats = np.flatnonzero(flat.kind >= Kind.READ)
    sorted_ = floats[np.lexsort((floats, fan_in[floats], net.level[floats], phase[floats]))]
    place = np.full(net.vertices, -1)
    place[sorted_] = np.arange(len(floats))
    asked = place >= 0
    asked[[port.vertex for port in net.inputs]] = True
    edges = np.flatnonzero((place[net.edge_target] >= 0) & asked[net.edge_source])
    source, target = net.edge_source[edges], net.edge_target[edges]
    order = np.lexsort((target, net.level[target], source))
    source, target = source[order], target[order]
    same = (np.diff(source) == 0) & (np.diff(net.level[target]) == 0)
    in_order = np.zeros(net.levels + 1, bool)
    in_order[net.level[target[1:]][same & (np.diff(place[target]) < 0)]] = True
    counted = np.where(in_order[net.level[floats]], 0, fan_in[floats])
    return floats[np.lexsort((floats, counted, net.level[floats], phase[floats]))], in_order


def _apart(floats: NDArray[np.int64], in_order: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which floats do not follow the one before in the net, in levels that keep its order."""
    before = np.empty(len(floats), np.int64)
    order = np.argsort(floats)
    before[order[1:]] = order[:-1]
    before[order[:1]] = -1
    apart: NDArray[np.bool_] = in_order & (before != np.arange(len(floats)) - 1)
    return apart


def _runs(
    alike: NDArray[np.int64],
    fan_in: NDArray[np.int64],
    first_hot: NDArray[np.int64],
    apart: NDArray[np.bool_] | None = None,
) -> NDArray[np.int64]:
    """Runs of floats that are alike and have equally many edges; one ends before each apart."""
    if not len(alike):
        return np.empty((0, 4), np.int64)
    new = np.ones(len(alike), bool)
    new[1:] = np.any([np.diff(alike), np.diff(fan_in)], axis=0)
    begins = np.flatnonzero(new if apart is None else new | apart)
    ends = np.append(begins[1:], len(alike))
    return np.stack([begins, ends, fan_in[begins], first_hot[begins]], axis=1)
