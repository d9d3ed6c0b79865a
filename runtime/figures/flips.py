"""Which memory edges SGD flips when: a mark for each flip, or a density where there are too many.

Of a noise-tolerant net it is the cells: each is set once, and keeps the sign of the label.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from compiler.net import Target
from runtime.figures import Picture
from runtime.figures.style import BLACK, NEGATIVE, POSITIVE, new_figure, shortened
from runtime.recording import Recording

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_MARKS = 20_000
"""Flips that are drawn one by one."""

MOST_IN_A_ROW = 400
"""Flips of one edge that are drawn one by one: more would be a line."""

MOST_TICKS = 1000
"""Steps up to which each wrong one has a tick."""

_NAMED = 40
"""Memory bits up to which each has its name beside the raster."""

_COLUMNS, _ROWS = 400, 160
"""Of the density, at most."""


def draw_flips(recording: Recording) -> Picture:
    """Steps to the right, memory edges upwards; a strip above has the steps that were wrong."""
    from matplotlib.ticker import MaxNLocator

    bits, steps, flips = len(recording.initial), recording.steps, len(recording.flip_steps)
    noisy = recording.net.target is Target.NOISE_TOLERANT
    high = min(7.0, max(2.2, 0.15 * bits if bits <= _NAMED else 4.0))
    figure = new_figure(9, high + 1.2 if noisy else high + 1.6)
    if noisy:  # its output is near 1/2 in every step, whatever the label
        axes = figure.subplots()
    else:
        strip, axes = figure.subplots(2, 1, sharex=True, height_ratios=[0.35, high])
        _draw_wrong(strip, recording)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlim(-0.5 - steps / 100, max(steps, 1) - 0.5 + steps / 100)
    axes.set_ylim(-0.8 - bits / 60, max(bits, 1) - 0.2 + bits / 60)
    axes.set_xlabel("step of SGD")
    if bits <= _NAMED:
        names = [shortened(name, 24) for name in recording.memory_names]
        axes.set_yticks(range(bits), names, fontsize=7 if bits > 12 else 8)
        axes.grid(axis="y", color="#eeeeee", zorder=0)
        axes.set_axisbelow(True)
    else:
        axes.set_ylabel("cell" if noisy else "memory edge")
    most = int(np.bincount(recording.flip_bits, minlength=1).max())
    note = ""
    if flips > MOST_MARKS:
        note = f"{flips:,} flips are more than {MOST_MARKS:,}, so their density is drawn"
    elif most > MOST_IN_A_ROW:
        note = f"{most:,} flips of one edge are more than {MOST_IN_A_ROW}, so a density is drawn"
    (_draw_density if note else _draw_marks)(figure, axes, recording)
    net = recording.net
    what = "cells set" if noisy else "flips of memory edges"
    lines = f"{shortened(net.source, 60)}: {flips:,} {what} in {steps:,} steps"
    if not noisy:
        lines += f", {int(recording.wrong.sum()):,} of them wrong"
    figure.suptitle(f"{lines} (seed {recording.seed})" + (f"\n{note}" if note else ""))
    return Picture(figure, note)


def _draw_wrong(strip: Axes, recording: Recording) -> None:
    """A tick for each step whose output was wrong; of a long run the share of them."""
    wrong, steps = recording.wrong, recording.steps
    if steps <= MOST_TICKS:
        at = np.flatnonzero(wrong)
        strip.plot(at, np.zeros(len(at)), "|", color=BLACK, markersize=7, linestyle="none")
        strip.set_yticks([0], ["output wrong"])
    else:
        every = -(-steps // _COLUMNS)
        starts = np.arange(0, steps, every)
        share = np.add.reduceat(wrong.astype(float), starts) / np.diff(np.append(starts, steps))
        strip.stairs(share, np.append(starts, steps) - 0.5, fill=True, color=BLACK)
        strip.set_yticks([0, 1], ["0", "share wrong  1"], fontsize=7)
    strip.tick_params(bottom=False, labelbottom=False)
    for side in ("top", "right", "bottom", "left"):
        strip.spines[side].set_visible(False)


def to_positive(recording: Recording) -> NDArray[np.bool_]:
    """Shape (flips,): whether the weight is above 0 after the flip; of a cell, by its label."""
    net = recording.net
    if net.target is Target.NOISE_TOLERANT:
        above: NDArray[np.bool_] = recording.labels[recording.flip_steps] > 0
        return above
    order = np.argsort(recording.flip_bits, kind="stable")  # by bit, then by step
    bit = recording.flip_bits[order]
    first = np.searchsorted(bit, bit)
    odd = (np.arange(len(bit)) - first) % 2 == 0  # the first flip of a bit, the third, ...
    value = recording.initial[bit] ^ odd
    below = np.array([memory.zero.sign < 0 for memory in net.memory], bool)[bit]
    found = np.empty(len(bit), bool)
    found[order] = value == below
    return found


def _draw_marks(figure: Figure, axes: Axes, recording: Recording) -> None:
    up = to_positive(recording)
    noisy = recording.net.target is Target.NOISE_TOLERANT
    names = (
        ("set by label +1", "set by label -1")
        if noisy
        else ("weight from - to +", "weight from + to -")
    )
    size = float(np.clip(30_000 / max(recording.steps, len(recording.initial), 1) ** 1.2, 3, 26))
    for chosen, mark, color, name in (
        (up, "^", POSITIVE, names[0]),
        (~up, "v", NEGATIVE, names[1]),
    ):
        steps, bits = recording.flip_steps[chosen], recording.flip_bits[chosen]
        axes.scatter(
            steps, bits, s=size, marker=mark, color=color, linewidths=0, label=name, zorder=2
        )
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower right", ncols=2,
                  markerscale=max(1.0, (20 / size) ** 0.5), frameon=False)  # fmt: skip


def _draw_density(figure: Figure, axes: Axes, recording: Recording) -> None:
    bits, steps = len(recording.initial), recording.steps
    every, rows = -(-steps // _COLUMNS), -(-bits // _ROWS)
    shape = -(-bits // rows), -(-steps // every)
    place = recording.flip_bits // rows * shape[1] + recording.flip_steps // every
    count = np.bincount(place, minlength=shape[0] * shape[1]).reshape(shape)
    axes.grid(visible=False)
    image = axes.imshow(
        np.ma.masked_equal(count, 0), "cividis", vmin=0, origin="lower", aspect="auto",
        interpolation="nearest",
        extent=(-0.5, shape[1] * every - 0.5, -0.5, shape[0] * rows - 0.5),
    )  # fmt: skip
    block = f"{every} step{'s' * (every > 1)} x {rows} edge{'s' * (rows > 1)}"
    figure.colorbar(image, ax=axes, label=f"flips in {block}", pad=0.01)
    axes.set_xlim(-0.5, steps - 0.5)
    axes.set_ylim(-0.5, bits - 0.5)
