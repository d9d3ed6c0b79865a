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
from runtime.engines.bit_program import BitProgram, bit_program
from runtime.engines.layout import Layout


class BooleanLayout(NamedTuple):
    """Arrays for compiled loops; indices are unsigned as in `runtime.engines.layout.Layout`.

    A stage is a phase of bits and the phase of floats after it. Stage 0 are the floats that no
    input reaches.

    Attributes:
        stages: shape (stages, 8): first and one past the last of its bit runs, taps, float runs
            and reads.
        bit_runs, operands, coefficients, numbers: as in `bit_program.BitProgram`.
        tap_literal: by tap. Taps before those of stage 1 are not bits but have one value.
        tap_low, tap_high: values of a false and a true bit, in the net's dtype.
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
    operands: NDArray[np.uint32]
    coefficients: NDArray[np.int32]
    numbers: NDArray[np.int32]
    tap_literal: NDArray[np.uint32]
    tap_low: NDArray[np.floating]
    tap_high: NDArray[np.floating]
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
    program = bit_program(net, flat)
    phase = program.phase
    floats = np.flatnonzero(flat.kind >= Kind.READ)
    floats = floats[np.argsort(phase[floats], kind="stable")]
    place = np.full(net.vertices, -1)
    place[floats] = np.arange(len(floats))
    first_edge = np.searchsorted(net.edge_target, np.arange(net.vertices + 1))
    fan_in = (first_edge[1:] - first_edge[:-1])[floats]
    first_hot = np.cumsum(fan_in) - fan_in
    hot = np.arange(fan_in.sum()) + np.repeat(first_edge[floats] - first_hot, fan_in)
    outputs = layout.outputs.astype(np.int64)
    read_by_floats = np.union1d(net.edge_source[hot], outputs)
    taps = read_by_floats[place[read_by_floats] < 0]
    taps = taps[np.argsort(phase[taps], kind="stable")]
    place[taps] = len(floats) + np.arange(len(taps))
    alike = net.level[floats] + (net.levels + 1) * phase[floats]
    runs = _runs(floats, alike, fan_in, first_hot)
    by_level = np.lexsort((floats[runs[:, 0]], -net.level[floats[runs[:, 0]]]))
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
            program.operands,
            program.coefficients,
            program.numbers,
            program.literal[taps].astype(np.uint32),
            flat.low[taps].astype(dtype),
            flat.high[taps].astype(dtype),
            runs.astype(np.uint64),
            np.ascontiguousarray(runs[by_level]).astype(np.uint64),
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


def _runs(
    floats: NDArray[np.int64],
    alike: NDArray[np.int64],
    fan_in: NDArray[np.int64],
    first_hot: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Runs that stand together in the net too, alike and with equally many edges."""
    if not len(floats):
        return np.empty((0, 4), np.int64)
    order = np.argsort(floats)
    new = np.ones(len(floats), bool)
    new[1:] = np.any([np.diff(order) != 1, np.diff(alike[order]), np.diff(fan_in[order])], axis=0)
    begins = np.sort(order[new])
    ends = np.append(begins[1:], len(floats))
    return np.stack([begins, ends, fan_in[begins], first_hot[begins]], axis=1)
