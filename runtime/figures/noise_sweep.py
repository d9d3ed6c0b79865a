"""Success against noise: the share of runs in which SGD did everything right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from runtime.figures import Picture
from runtime.figures.style import MARKERS, SERIES, new_figure
from runtime.noise.figure import name
from runtime.noise.sweep import Curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STYLES = {"wide": "-", "printed": "--", "dyadic": ":"}


def draw_noise(curves: Sequence[Curve]) -> Picture:
    """Two panels: all nets, and those of the preset wide alone, whose noise is of one size.

    A triangle marks each net's guaranteed noise, divided by its number of steps.
    """
    shown = [curve for curve in curves if any(point.noise for point in curve.points)]
    wide = [curve for curve in shown if curve.case.preset == "wide"]
    apart = 0 < len(wide) < len(shown)
    figure = new_figure(9.5 if apart else 6.5, 4.6)
    panels = figure.subplots(1, 2 if apart else 1, sharey=True, squeeze=False)[0]
    for axes in panels:
        axes.set_xscale("log")
        axes.set_xlabel(f"{shown[0].case.model if shown else ''} noise on every weight, every step")
        axes.grid(alpha=0.3)
    for number, curve in enumerate(shown):
        for axes in panels if curve in wide else panels[:1]:
            _draw_curve(axes, curve, number)
    panels[0].set_ylabel("share of runs right in everything")
    panels[0].set_title("All nets" if apart or not wide else "Triangles: guaranteed noise / T")
    if wide:
        _fine_ticks(panels[-1])
    if apart:
        panels[1].set_title("The preset wide (triangles: guaranteed noise / T)")
    if shown:
        handles = panels[0].get_legend_handles_labels()
        figure.legend(*handles, loc="outside lower center", ncols=3 if apart else 2, frameon=False)
    return Picture(figure)


def _draw_curve(axes: Axes, curve: Curve, number: int) -> None:
    case, color = curve.case, SERIES[number % len(SERIES)]
    points = [point for point in curve.points if point.noise]
    axes.plot(
        [point.noise or 0.0 for point in points],
        [point.successes / point.runs for point in points],
        color=color, linestyle=_STYLES[case.preset], marker=MARKERS[number % len(MARKERS)],
        markersize=4, label=f"{name(curve)}, T = {case.samples}, {case.preset}",
    )  # fmt: skip
    if curve.guaranteed_noise is not None:
        bound = curve.guaranteed_noise / case.samples
        axes.plot([bound], [1.035], color=color, marker="v", linestyle="none")


def _fine_ticks(axes: Axes) -> None:
    """Numbers at 1, 2 and 5 of each power of ten."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _place: f"{x:.0e}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
