"""The tape of a machine, run by SGD: each row is decoded from the signs of the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuits.errors import LimitError
from circuits.machines.bounded import BoundedMachine
from circuits.machines.box import Box
from circuits.machines.cell_image import HEAD, draw_cells, frame, letter_cells, symbol_patches
from circuits.machines.configuration import Configuration
from runtime.figures import Picture
from runtime.figures.style import new_figure, shortened
from runtime.recording import Recording

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_ROWS = 1000
"""Configurations in a picture; of a longer run it has every second, every third, ..."""

MOST_CELLS = 10**6
"""Of a field."""

FRAMES = 6
"""Configurations of a plane that are drawn side by side."""

_LETTERED, _TALL = 1500, 48
"""Cells and rows up to which symbols, steps and states are written."""

_NAMED = 14
"""Symbols up to which there is a legend of them."""


def draw_spacetime(recording: Recording, machine: BoundedMachine) -> Picture:
    """A run of SGD on a machine's net, see `draw_moments`.

    Args:
        recording: of the machine's net.
        machine: whose encoding says what the memory bits stand for.

    Raises:
        LimitError: more than 10^6 cells.
    """
    refuse_large(machine)
    moments = [
        (step, _decoded(recording, machine, step))
        for step in chosen_steps(recording.steps, is_plane(machine))
    ]
    title = (
        f"{shortened(recording.net.source, 60)}: {recording.steps:,} steps of SGD\n"
        "cells, head and state, decoded from the signs of the weights"
    )
    return draw_moments(machine, moments, title, "step")


def refuse_large(machine: BoundedMachine) -> None:
    """Raise LimitError where there are too many cells to draw."""
    width, height = machine.field.width, machine.field.height
    if width * height > MOST_CELLS:
        raise LimitError(
            f"{width} x {height} cells are too many for a figure; give the machine fewer (--cells)"
        )


def is_plane(machine: BoundedMachine) -> bool:
    """Whether the head moves in two dimensions."""
    return machine.field.height > 1 or machine.machine.planar


def chosen_steps(steps: int, plane: bool) -> list[int]:
    """The moments to draw, from 0 to ``steps``: all, or every second, third, ...; six of a plane.

    >>> chosen_steps(3, plane=False), chosen_steps(11, plane=True)
    ([0, 1, 2, 3], [0, 2, 4, 7, 9, 11])
    """
    if plane:
        spread = np.linspace(0, steps, min(FRAMES, steps + 1)).round().astype(int).tolist()
        return [int(step) for step in spread]
    return list(range(0, steps + 1, max(1, -(-steps // (MOST_ROWS - 1)))))


def draw_moments(
    machine: BoundedMachine, moments: list[tuple[int, Configuration]], title: str, unit: str
) -> Picture:
    """Time downwards; of a plane six moments of the run.

    Args:
        machine: on its cells.
        moments: (step, configuration).
        title: of the figure.
        unit: what a step is called.
    """
    from matplotlib.patches import Patch

    symbols = machine.machine.symbols
    draw = _plane if is_plane(machine) else _tape
    figure = draw(machine, moments, unit)
    figure.suptitle(title)
    framed = Patch(fill=False, edgecolor=HEAD, linewidth=1.8, label="head")
    head = next(iter(figure.axes[0].lines), framed)
    patches = symbol_patches(machine.machine) if len(symbols) <= _NAMED else []
    figure.legend(handles=[*patches, head], loc="outside lower center", ncols=8, frameon=False)
    last = moments[-1][0]
    left = last + 1 - len(moments)
    return Picture(figure, f"{left:,} of {last + 1:,} moments are not drawn" if left else "")


def _decoded(recording: Recording, machine: BoundedMachine, step: int) -> Configuration:
    """What the weights say before a step.

    Raises:
        LimitError: no configuration, which the recording of a right net never says.
    """
    found = recording.configuration(machine, step)
    if found is None:
        raise LimitError(f"the memory before step {step} is no configuration of the machine")
    return found.configuration


def _tape(machine: BoundedMachine, moments: list[tuple[int, Configuration]], unit: str) -> Figure:
    from matplotlib.ticker import MaxNLocator

    cells = np.concatenate([moment.cells for _, moment in moments]).astype(np.int16)
    rows = Box(0, 0, machine.field.width - 1, len(moments) - 1)
    lettered = cells.size <= _LETTERED and len(moments) <= _TALL
    high = 0.22 * rows.height if lettered else min(6.5, max(3.0, 0.012 * rows.height + 2))
    figure = new_figure(max(5.5, min(9.0, 0.3 * rows.width + 2)), high + 1.4)
    axes: Axes = figure.subplots()
    draw_cells(axes, machine.machine, cells, rows, (MOST_ROWS, 900))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("cell")
    heads = [moment.head[0] for _, moment in moments]
    if lettered:
        states = machine.machine.states
        names = [f"{step}  {states[moment.state]}" for step, moment in moments]
        axes.set_yticks(range(len(moments)), names, fontsize=7.5)
        axes.set_ylabel(f"{unit} and state")
        letter_cells(axes, machine.machine, cells, rows)
        axes.set_xlim(-0.56, rows.width - 0.44)  # so that no part of a frame is cut off
        axes.set_ylim(rows.height - 0.44, -0.56)
        for row, x in enumerate(heads):
            frame(axes, x, row, 1, 1, HEAD, 1.8)
        return figure
    axes.set_ylabel(unit)
    last, every = moments[-1][0], moments[1][0] if len(moments) > 1 else 1
    ticks = [t for t in MaxNLocator(10, integer=True).tick_values(0, last) if 0 <= t <= last]
    axes.set_yticks([step / every for step in ticks], [f"{step:,.0f}" for step in ticks])
    style, label = ("-", "head") if every == 1 else (".", f"head, every {every} {unit}s")
    axes.plot(heads, range(len(heads)), style, color=HEAD, linewidth=1.2, markersize=2, label=label)
    return figure


def _plane(machine: BoundedMachine, moments: list[tuple[int, Configuration]], unit: str) -> Figure:
    field, states = machine.field, machine.machine.states
    columns = min(3, len(moments))
    rows = -(-len(moments) // columns)
    figure = new_figure(3 * columns, min(3.0, 3 * field.height / field.width + 0.4) * rows + 1.3)
    box = Box(0, 0, field.width - 1, field.height - 1)
    for axes in figure.subplots(rows, columns, squeeze=False).ravel()[len(moments) :]:
        axes.set_axis_off()
    for axes, (step, moment) in zip(figure.axes, moments, strict=False):
        cells = moment.cells.astype(np.int16)
        draw_cells(axes, machine.machine, cells, box, (600, 600))
        axes.set_aspect("equal")
        axes.set_title(f"{unit} {step:,}, state {states[moment.state]}")
        if cells.size * len(moments) <= _LETTERED:
            letter_cells(axes, machine.machine, cells, box)
        axes.set_xlim(-0.56, field.width - 0.44)  # so that no part of a frame is cut off
        axes.set_ylim(field.height - 0.44, -0.56)
        if field.has(*moment.head):
            frame(axes, *moment.head, 1, 1, HEAD, 1.8)
    return figure
