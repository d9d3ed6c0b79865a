"""The inner loop of `circuits.machines.run`; importing it loads numba, calling it compiles it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from circuits.jit import compiled

STOPPED, EDGE, MARGIN, PAUSED = range(4)
"""Why `advance` returned: the next step has no entry, would leave the cells, or would write on the
margin; or all steps are done."""


@compiled
def advance(
    cells: NDArray[np.int16],
    rules: NDArray[np.int64],
    margin: int,
    x: int,
    y: int,
    state: int,
    steps: int,
    path: NDArray[np.int64] | None,
) -> tuple[int, int, int, int, int, int, int, int, int]:
    """Carry out ``steps`` steps; fewer if an entry is missing or the head would leave the cells.

    About 10^8 steps a second; other threads run meanwhile.

    Args:
        cells: shape (height, width); changed.
        rules: shape (states, symbols, 4): write, columns right, rows down, next state or -1.
        margin: the blank if the outermost cells are a margin, where nothing else may be written;
            otherwise -1.
        x: column of the head in ``cells``.
        y: its row.
        state: by number.
        steps: how many at most.
        path: shape (steps, 2); receives x and y after each step. None: not wanted, and numba
            compiles a loop without it.

    Returns:
        Why it stopped, steps carried out, state, x and y; and the box of the cells that the head
        was on: left, top, right, bottom. With all steps done it still looks at the next one.
    """
    height, width = cells.shape
    left = right = x
    top = bottom = y
    done = 0
    while True:
        symbol = cells[y, x]
        following = rules[state, symbol, 3]
        if following < 0:
            why = STOPPED
            break
        column, row = x + rules[state, symbol, 1], y + rules[state, symbol, 2]
        if column < 0 or column >= width or row < 0 or row >= height:
            why = EDGE
            break
        write = rules[state, symbol, 0]
        inside = 0 < x < width - 1 and 0 < y < height - 1
        if margin >= 0 and write != margin and not inside:
            why = MARGIN
            break
        if done == steps:
            why = PAUSED
            break
        cells[y, x] = write
        x, y, state = column, row, following
        if path is not None:
            path[done, 0], path[done, 1] = x, y
        done += 1
        left, top, right, bottom = min(left, x), min(top, y), max(right, x), max(bottom, y)
    return why, done, state, x, y, left, top, right, bottom


# For numba's cache, a digest of what is imported: e91b3ff9be08d76e
