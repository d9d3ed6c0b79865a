"""A sweep of noise as a table and a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from circuits.errors import SourceError
from runtime.noise.sweep import Curve
from runtime.sources import BUILTIN

_COLORS = ("#0072b2", "#009e73", "#d55e00", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#7f7f7f")
_STYLES = {"wide": "-", "printed": "--", "dyadic": ":"}
_HEAD = (
    "| source | preset | n' | T | edges | noise | most, all runs right | summed to | guaranteed |",
    "|---|---|---|---|---|---|---|---|---|",
)


def table(curves: Sequence[Curve]) -> str:
    """A Markdown table, a row for each net and noise model."""
    return "\n".join([*_HEAD, *map(_row, curves)])


def _row(curve: Curve) -> str:
    case, best = curve.case, curve.best
    bound = "none" if curve.guaranteed_noise is None else f"{curve.guaranteed_noise:.2e}"
    most, summed = "never", "-"
    if best is not None:
        amount = "yes" if best.noise is None else f"{best.noise:.2e}"
        most, summed = f"{amount} ({best.runs:,} runs)", f"{best.summed_noise:.2e}"
    cells = [name(curve), case.preset, curve.inputs, case.samples, f"{curve.edges:,}", case.model]
    return f"| {' | '.join(map(str, [*cells, most, summed, bound]))} |"


def name(curve: Curve) -> str:
    """The source without its prefix."""
    return curve.case.source.removeprefix(BUILTIN)


def draw(curves: Sequence[Curve], path: Path) -> None:
    """The share of runs that go well against noise: of all nets, and of the wide preset alone.

    A triangle marks each net's guaranteed noise, divided by its number of steps.

    Raises:
        SourceError: matplotlib is missing, or the file cannot be written.
    """
    try:
        from matplotlib.figure import Figure
        from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
    except ImportError:
        raise SourceError("a picture needs matplotlib", hint="pip install 'sgdcc[plot]'") from None
    figure = Figure(figsize=(11, 4.5), layout="constrained")
    everything, wide = figure.subplots(1, 2, sharey=True)
    shown = [curve for curve in curves if any(point.noise for point in curve.points)]
    for axes in (everything, wide):
        axes.set_xscale("log")
        for number, curve in enumerate(shown):
            if axes is wide and curve.case.preset != "wide":
                continue
            color, case = _COLORS[number % len(_COLORS)], curve.case
            points = [point for point in curve.points if point.noise]
            axes.plot(
                [point.noise for point in points],
                [point.successes / point.runs for point in points],
                color=color,
                linestyle=_STYLES[case.preset],
                marker="o",
                markersize=3,
                label=f"{name(curve)}, T = {case.samples}, {case.preset}",
            )
            if curve.guaranteed_noise is not None:
                bound = curve.guaranteed_noise / case.samples
                axes.plot([bound], [1.03], color=color, marker="v", linestyle="none")
        axes.set_xlabel(f"{shown[0].case.model if shown else ''} noise on every weight, every step")
        axes.grid(alpha=0.3)
    wide.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    wide.xaxis.set_major_formatter(FuncFormatter(lambda x, _place: f"{x:.0e}"))
    wide.xaxis.set_minor_formatter(NullFormatter())
    everything.set_ylabel("share of runs right in everything")
    everything.set_title("All nets")
    wide.set_title("The preset wide (triangles: guaranteed noise / T)")
    if shown:
        everything.legend(fontsize="x-small", loc="center", bbox_to_anchor=(0.37, 0.5))
    try:
        figure.savefig(path, dpi=120)
    except (OSError, ValueError) as error:
        raise SourceError(f"cannot write {path}: {error}") from None
