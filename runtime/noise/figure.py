"""A sweep of noise as a table and a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from runtime.noise.sweep import Curve
from runtime.sources import BUILTIN

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
    """Write the picture of `runtime.figures.noise_sweep`.

    Raises:
        SourceError: matplotlib is missing, the file has another ending, or cannot be written.
    """
    from runtime.figures.style import drawing, write_figure

    with drawing():
        from runtime.figures.noise_sweep import draw_noise

        write_figure(draw_noise(curves).figure, path)
