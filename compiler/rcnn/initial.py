"""What the filter is applied to: W after every step of SGD, the grid it makes, how many layers.

The main grid has a row for each of m samples and one for the dummy sample of ones with label 1, and
a column for each of d bits and one for the label. To its right is the workspace, at least one
column. SGD is shown the samples one after another, the dummy last; step i writes row i of W and no
other (Lemmas 2 and 4), with y_i [x_i, 1] times `compiler.rcnn.head.written`. Then for any x the
grid is W diag([x, 1]): row i is y_i [x o x_i, 1], and the last row [x, 1]. The machine starts on
the bottom right cell of the main grid.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from circuits.errors import SourceError
from circuits.machines.configuration import Configuration, Field, initial
from circuits.machines.machine import Machine
from compiler.rcnn.cells import Cell, Phase
from compiler.rcnn.coding import Coding

Signs: TypeAlias = NDArray[np.integer[Any]]
"""Of 1 and -1; in W also 0."""


def with_dummy(samples: Signs, labels: Signs) -> tuple[Signs, Signs]:
    """What SGD is shown: m samples of d signs and m labels, and the dummy after them."""
    ones = np.ones((1, samples.shape[1]), samples.dtype)
    return np.vstack([samples, ones]), np.append(labels, np.ones(1, labels.dtype))


def memory(samples: Signs, labels: Signs, steps: int) -> Signs:
    """W after so many steps of SGD, divided by what a step writes: signs, and 0 in later rows.

    >>> memory(np.array([[1, -1]]), np.array([-1]), steps=1).tolist()
    [[-1, 1, -1], [0, 0, 0]]

    Args:
        samples: shape (m, d).
        labels: shape (m,).
        steps: 0 to m + 1; the last is the dummy's.
    """
    shown, target = with_dummy(samples, labels)
    rows: Signs = target[:, None] * np.column_stack([shown, np.ones(len(shown), shown.dtype)])
    rows[steps:] = 0
    return rows


def input_grid(coding: Coding, signs: Signs, sample: Signs, workspace: int) -> NDArray[np.int32]:
    """The cell numbers of W diag([x, 1]), and the workspace beside it.

    Args:
        coding: of a machine with two symbols for samples.
        signs: W, as `memory` gives it; shape (m + 1, d + 1).
        sample: x, of d signs.
        workspace: columns, at least one.

    Raises:
        SourceError: the machine has one symbol beside the blank, or there is no workspace.
    """
    _check(coding, workspace)
    symbols = coding.blank, *coding.samples
    of_sign = [coding.number[Cell(symbol, Phase.UNKNOWN)] for symbol in symbols]
    main = np.array(of_sign, np.int32)[signs * np.append(sample, 1)]
    empty = coding.number[Cell(coding.blank, Phase.UNKNOWN, workspace=True)]
    return np.hstack([main, np.full((len(main), workspace), empty, np.int32)])


def input_configuration(
    machine: Machine, coding: Coding, signs: Signs, sample: Signs, workspace: int
) -> tuple[Configuration, Field]:
    """What the machine starts on once all is memorised, and its field; arguments as `input_grid`.

    Raises:
        SourceError: likewise.
    """
    _check(coding, workspace)
    symbols = np.array([coding.blank, *coding.samples])[signs * np.append(sample, 1)]
    height, width = symbols.shape
    field = Field(width + workspace, height, margin=True)
    head = width - 1, height - 1
    return initial(machine, symbols.tolist(), head=head, field=field), field


def layers_needed(height: int, width: int, machine_layers: int) -> int:
    """L for a main grid of this size and a machine that needs so many layers.

    To write a row it takes ``height`` layers until the farthest other row has heard of it, at most.
    To predict it takes one layer to place the head, and those of the machine; or until the farthest
    cell of the main grid computes, even if the head never comes there.
    """
    return max(height, 1 + machine_layers, height + width - 1)


def _check(coding: Coding, workspace: int) -> None:
    if len(coding.samples) < 2:
        raise SourceError(
            f"a machine with {1 + len(coding.samples)} symbols cannot read samples",
            hint="it needs a blank, a symbol for +1 and one for -1",
        )
    if workspace < 1:
        raise SourceError("no workspace", hint="the head is placed beside its first column")
