"""The inner loops of `runtime.rcnn.fast`; importing this loads numba, calling it compiles.

Grids are flat arrays of ids with a border of one cell of padding around them. ``offsets`` says
where the cells of a patch are in such an array, from its middle. A layer looks only at the cells in
``work``: all in the first, then those whose patch holds a cell that the last layer changed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from circuits.jit import compiled

DONE, MISSING, FULL = range(3)
"""Why `advance` returned: all layers done or nothing changes; a patch is not in the table; no room
in a log."""


def _find(patch: NDArray[np.int32], patches: NDArray[np.int32], slots: NDArray[np.int32]) -> int:
    """Where a patch is in the table; -1 - slot if it is not."""
    mixed = 0
    for number in patch:
        mixed = ((mixed ^ number) * 0x9E3779B1) & 0xFFFFFFFF
        mixed ^= mixed >> 15
    slot = mixed & (len(slots) - 1)
    while slots[slot] >= 0:
        place = slots[slot]
        same = True
        for i in range(len(patch)):
            if patches[place, i] != patch[i]:
                same = False
                break
        if same:
            return int(place)
        slot = (slot + 1) & (len(slots) - 1)
    return -1 - slot


find = compiled(_find)


def _insert(place: int, patches: NDArray[np.int32], slots: NDArray[np.int32]) -> None:
    """Enter a patch that is not in the table."""
    slots[-1 - find(patches[place], patches, slots)] = place


insert = compiled(_insert)


def _advance(
    ids: NDArray[np.int32],
    slopes: NDArray[np.int32],
    work: NDArray[np.int32],
    count: int,
    marks: NDArray[np.int64],
    offsets: NDArray[np.int64],
    patches: NDArray[np.int32],
    after: NDArray[np.int32],
    slope: NDArray[np.int32],
    slots: NDArray[np.int32],
    start: int,
    end: int,
    changes: NDArray[np.int64],
    bends: NDArray[np.int64],
) -> tuple[int, int, int, int, int]:
    """Carry out the layers ``start`` + 1 to ``end``, or fewer.

    Args:
        ids: the grid; changed.
        slopes: ids of Jacobians, likewise; of no interest if ``bends`` has no rows.
        work: cells to look at, the first ``count``; changed.
        count: of these.
        marks: one a cell, -1 for padding; the last layer for which it was put in ``work``.
        offsets: see above.
        patches: this and the next three are `PatchTable`'s.
        after: likewise.
        slope: likewise.
        slots: likewise.
        start: layers done.
        end: layers to have done.
        changes: receives (layer, cell, new id); without rows nothing is logged.
        bends: receives (layer, cell, old Jacobian); without rows Jacobians are not followed.

    Returns:
        Why it stopped; layers done; cells in ``work``; rows of ``changes`` and of ``bends`` in use.
        If a patch is missing, the cells in ``work`` are still those of the layer to do.
    """
    places = len(offsets)
    patch = np.empty(places, np.int32)
    hit = np.empty(len(work), np.int32)
    changed = np.empty(len(work), np.int32)
    logged = bent = 0
    done = start
    while done < end and count:
        layer = done + 1
        if (len(changes) and logged + count > len(changes)) or (
            len(bends) and bent + count > len(bends)
        ):
            return FULL, done, count, logged, bent
        missing = False
        for n in range(count):
            for i in range(places):
                patch[i] = ids[work[n] + offsets[i]]
            hit[n] = find(patch, patches, slots)
            if hit[n] < 0 or (len(bends) and slope[hit[n]] < 0):
                missing = True
        if missing:
            return MISSING, done, count, logged, bent
        new = 0
        for n in range(count):
            cell, place = work[n], hit[n]
            if len(bends) and slope[place] != slopes[cell]:
                bends[bent, 0], bends[bent, 1], bends[bent, 2] = layer, cell, slopes[cell]
                slopes[cell] = slope[place]
                bent += 1
            if after[place] != ids[cell]:
                ids[cell] = after[place]
                changed[new] = cell
                new += 1
                if len(changes):
                    changes[logged, 0], changes[logged, 1] = layer, cell
                    changes[logged, 2] = after[place]
                    logged += 1
        count = 0
        for n in range(new):
            for i in range(places):
                reader = changed[n] - offsets[i]
                if reader >= 0 and reader < len(marks) and 0 <= marks[reader] < layer:
                    marks[reader] = layer
                    work[count] = reader
                    count += 1
        done = layer
    return DONE, done, count, logged, bent


advance = compiled(_advance)


def _carry_back(
    gradient: NDArray[np.floating[Any]],
    slopes: NDArray[np.int32],
    work: NDArray[np.int32],
    count: int,
    marks: NDArray[np.int64],
    offsets: NDArray[np.int64],
    jacobians: NDArray[np.floating[Any]],
    bends: NDArray[np.int64],
    layers: int,
) -> None:
    """The gradient by a grid before all layers, from that after them; both in ``gradient``.

    A cell's new gradient is that of the cells that read it, times their Jacobians. It is summed
    again only if one of these has changed since the layer above.

    Args:
        gradient: flat, with a border of 0; changed.
        slopes: ids of Jacobians after the last layer; changed.
        work: all cells, ``count`` of them; changed.
        count: of these.
        marks: one a cell, 0, or -1 for padding; changed.
        offsets: see above.
        jacobians: shape (ids, places).
        bends: what `advance` logged, oldest first.
        layers: how many.
    """
    places = len(offsets)
    sums = np.empty(len(work), gradient.dtype)
    changed = np.empty(len(work), np.int32)
    layer, left, tick = layers, len(bends), 0
    while layer > 0:
        new = 0
        for n in range(count):
            total = gradient.dtype.type(0)
            for i in range(places):
                reader = work[n] - offsets[i]
                if reader >= 0 and reader < len(marks) and marks[reader] >= 0:
                    bend = jacobians[slopes[reader], i]
                    if bend != 0:
                        total += bend * gradient[reader]
            sums[n] = total
        for n in range(count):
            if sums[n] != gradient[work[n]]:
                gradient[work[n]] = sums[n]
                changed[new] = work[n]
                new += 1
        tick, count = tick + 1, 0
        for n in range(new):
            for i in range(places):
                read = changed[n] + offsets[i]
                if 0 <= marks[read] < tick:
                    marks[read] = tick
                    work[count] = read
                    count += 1
        while left and bends[left - 1, 0] == layer:
            left -= 1
            slopes[bends[left, 1]] = bends[left, 2]
            for i in range(places):
                read = bends[left, 1] + offsets[i]
                if 0 <= marks[read] < tick:
                    marks[read] = tick
                    work[count] = read
                    count += 1
        layer -= 1
        if count == 0:
            if left == 0:
                return
            layer = bends[left - 1, 0]


carry_back = compiled(_carry_back)


# For numba's cache, a digest of what is imported: e91b3ff9be08d76e
