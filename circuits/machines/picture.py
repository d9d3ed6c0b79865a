"""Runs as pictures: a tape with time downwards; or a plane, and how often the head was where."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from circuits.errors import SourceError
from circuits.files import write_whole
from circuits.machines.box import Box, extent, window
from circuits.machines.cell_image import HEAD, draw_cells, frame, letter_cells, symbol_patches
from circuits.machines.configuration import Configuration, Field
from circuits.machines.diagram import ending, shown_box
from circuits.machines.machine import Machine
from circuits.machines.run import Run, head_path, run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ENDINGS = {".png": {"Software": None}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
"""Of files that can be drawn; and what is left out of them, so that equal runs make equal files."""

MOST_MOMENTS = 1000
"""Configurations of a tape in a picture; of a longer run it has every second, every third, ..."""

MOST_VISITS = 10**7
"""Steps on a plane up to which the visits of the cells are drawn too."""

_LETTERED = 1500
"""Cells up to which each is drawn with its symbol, and the head as a frame."""

_NAMED = 14
"""Symbols up to which there is a legend of them."""


class _Drawn(NamedTuple):
    """A run, and all that is needed to draw it."""

    machine: Machine
    start: Configuration
    ran: Run
    box: Box
    field: Field | None


def draw(
    machine: Machine,
    configuration: Configuration,
    steps: int,
    path: Path,
    field: Field | None = None,
) -> Path:
    """Draw a run.

    Args:
        machine: what to run.
        configuration: where it starts.
        steps: at most so many.
        path: where to write, .png, .svg or .pdf.
        field: the cells it may use; its border is drawn.

    Raises:
        SourceError: matplotlib is not installed, or ``path`` has another ending or cannot be
            written; or as `run`.
        LimitError: as `run`.
    """
    if path.suffix not in ENDINGS:
        raise SourceError(f"cannot draw {path}", hint=f"name a file {', '.join(ENDINGS)}")
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError:
        raise SourceError("a picture needs matplotlib", hint="pip install 'sgdcc[plot]'") from None
    ran = run(machine, configuration, steps, field)
    drawn = _Drawn(machine, configuration, ran, shown_box(configuration, ran), field)
    figure = Figure(layout="constrained")
    heads = (_draw_plane if machine.planar or drawn.box.height > 1 else _draw_tape)(figure, drawn)
    score = ran.configuration.score(machine.blank)
    left = f"{score:,} cell{'s' * (score != 1)} not blank"
    figure.suptitle(f"{machine.name or 'machine'}\n{ending(ran)}, {left}")
    patches = symbol_patches(machine) if len(machine.symbols) <= _NAMED else []
    figure.legend(handles=[*patches, heads], loc="outside lower center", ncols=6)
    data = BytesIO()
    with rc_context({"svg.hashsalt": "sgdcc"}):
        figure.savefig(data, format=path.suffix[1:], dpi=120, metadata=ENDINGS[path.suffix])
    write_whole(path, data.getvalue())
    return path


def _draw_tape(figure: Figure, drawn: _Drawn) -> Any:
    """Time downwards; returns what the legend shows for the head."""
    from matplotlib.ticker import MaxNLocator

    machine, moments, ran, box = drawn.machine, [drawn.start], drawn.ran, drawn.box
    every = -(-(ran.steps + 1) // MOST_MOMENTS)
    for _ in range(ran.steps // every):
        moments.append(run(machine, moments[-1], every, drawn.field).configuration)
    cells = np.concatenate([window(m.cells, extent(m), box, machine.blank) for m in moments])
    rows = Box(box.left, 0, box.right, len(moments) - 1)
    axes = figure.subplots()
    draw_cells(axes, machine, cells, rows, (MOST_MOMENTS, 900))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("cell")
    if drawn.field is not None:
        for x in (-0.5, drawn.field.width - 0.5):
            axes.axvline(x, color="#000000", linewidth=1)
    if cells.size <= _LETTERED:
        figure.set_size_inches(max(0.27 * rows.width + 2, 6), 0.27 * rows.height + 2)
        axes.set_aspect("equal")
        axes.set_ylabel("step and state")
        names = [f"{step}  {machine.states[moment.state]}" for step, moment in enumerate(moments)]
        axes.set_yticks(range(len(moments)), names)
        letter_cells(axes, machine, cells, rows)
        for row, moment in enumerate(moments):
            frame(axes, moment.head[0], row, 1, 1, HEAD, 1.8)
        return _head_frame()
    figure.set_size_inches(9, min(12, max(5, 0.012 * rows.height + 2)))
    axes.set_ylabel("step")
    ticks = [t for t in MaxNLocator(10, integer=True).tick_values(0, ran.steps) if t <= ran.steps]
    axes.set_yticks([step / every for step in ticks], [f"{step:,.0f}" for step in ticks])
    heads = [moment.head[0] for moment in moments]
    if every == 1:
        (line,) = axes.plot(heads, range(len(heads)), color=HEAD, linewidth=0.8, label="head")
    else:  # between two moments the head may have been anywhere
        label = f"head, every {every:,} steps"
        (line,) = axes.plot(heads, range(len(heads)), ".", color=HEAD, markersize=1.5, label=label)
    return line


def _draw_plane(figure: Figure, drawn: _Drawn) -> Any:
    """The cells at the end, and the visits; returns what the legend shows for the head."""
    from matplotlib.ticker import MaxNLocator

    machine, _, ran, box, field = drawn
    final, counted = ran.configuration, ran.steps <= MOST_VISITS
    long, short = max(box.width, box.height), min(box.width, box.height)
    scale = min(0.3, 6 / long)
    wide, high = max(3.0, scale * box.width + 0.8), max(2.0, scale * box.height + 0.8)
    across = box.width <= 1.5 * box.height
    rows, columns = (1, 1 + counted) if across else (1 + counted, 1)
    figure.set_size_inches(wide * columns + 1, high * rows + 1.3)
    plane, *others = figure.subplots(rows, columns, squeeze=False).ravel()
    cells = window(final.cells, extent(final), box, machine.blank)
    draw_cells(plane, machine, cells, box, (700, 700))
    plane.set_title("cells at the end", fontsize="medium")
    for axes in others:
        _draw_visits(figure, axes, drawn)
    for axes in (plane, *others):
        axes.set_aspect("equal" if long <= 6 * short else "auto")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("column")
        axes.set_ylabel("row")
        if field is not None:
            frame(axes, 0, 0, field.width, field.height, "#000000", 1)
    if cells.size <= _LETTERED:
        letter_cells(plane, machine, cells, box)
        frame(plane, *final.head, 1, 1, HEAD, 1.8)
        return _head_frame()
    ring = {"fillstyle": "none", "markersize": 9.0, "markeredgewidth": 2.0}
    (mark,) = plane.plot(*final.head, "o", color=HEAD, label="head", **ring)
    return mark


def _draw_visits(figure: Figure, axes: Axes, drawn: _Drawn) -> None:
    """How often the head was on each cell; white where it never was."""
    from matplotlib.ticker import MaxNLocator

    machine, start, ran, box, field = drawn
    side = -(-max(box.width, box.height) // 700)
    path = (head_path(machine, start, ran.steps, field) - box[:2]) // side
    columns, rows = -(-box.width // side), -(-box.height // side)
    visits = np.bincount(path @ (1, columns), minlength=rows * columns).reshape(rows, columns)
    right, bottom = box.left + side * columns - 0.5, box.top + side * rows - 0.5
    image = axes.imshow(
        np.ma.masked_equal(visits, 0),
        "cividis",
        vmin=0,
        extent=(box.left - 0.5, right, bottom, box.top - 0.5),
        interpolation="nearest",
    )
    block = "" if side == 1 else f", per {side} x {side} cells"
    axes.set_title(f"visits of the head{block}", fontsize="medium")
    axes.set_xlim(box.left - 0.5, box.right + 0.5)
    axes.set_ylim(box.bottom + 0.5, box.top - 0.5)
    figure.colorbar(image, ax=axes, shrink=0.8, ticks=MaxNLocator(integer=True))


def _head_frame() -> Any:
    from matplotlib.patches import Patch

    return Patch(fill=False, edgecolor=HEAD, linewidth=1.8, label="head")
