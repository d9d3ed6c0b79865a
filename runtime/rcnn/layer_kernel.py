"""Layers of a machine on many grids, as `compiler.rcnn.layers.changes` defines them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from circuits.jit import compiled


def _run_all(rules: NDArray[np.int64], grids: NDArray[np.int16], start: int, layers: int) -> None:
    """Run a machine from the last column but one of the last row.

    Args:
        rules: shape (states, symbols, 4): write, columns right, rows down, next state or -1. The
            blank is symbol 0.
        grids: shape (N, height, width); changed.
        start: the state to begin in.
        layers: how many.
    """
    count, height, width = grids.shape
    for n in range(count):
        cells = grids[n]
        x, y, state = width - 2, height - 1, start
        for _ in range(layers):
            rule = rules[state, cells[y, x]]
            following = rule[3]
            if following < 0:
                break
            column, row = x + rule[1], y + rule[2]
            if column < 0 or column >= width or row < 0 or row >= height:
                back = rules[following, 0]
                away = back[1] != -rule[1] or back[2] != -rule[2]
                if back[3] < 0 or away or back[0] != 0:  # or it would write on the margin
                    break
                column, row, following = x, y, back[3]
            cells[y, x] = rule[0]
            x, y, state = column, row, following


run_all = compiled(_run_all)


# For numba's cache, a digest of what is imported: e91b3ff9be08d76e
