"""The drift study as a table and a picture."""

from __future__ import annotations

from math import isfinite
from pathlib import Path

import numpy as np

from runtime.drift import EXPONENTS, Drift
from runtime.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    PURPLE,
    VERMILION,
    drawing,
    new_figure,
    write_figure,
)

_COLORS = (VERMILION, BLUE, GREEN, PURPLE, BLACK)
_MARKERS = {"float64": "o", "float32": "^"}


def table(runs: list[Drift]) -> str:
    """A Markdown table, one row per exponent and dtype; predicted beside measured factors."""
    rows = [
        "| p | m' | floats | 2E-3 | one unit | predicted | run | after 1, 2, 3 flips | fails |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for run in runs:
        start = (
            f"| {run.exponent} | {run.m_prime:.4g} | {run.dtype} | {run.predicted_one_unit:.4g} "
        )
        if run.refused is not None:
            rows.append(start + f"| - | {run.predicted:.4g} | - | refused: out of range | - |")
            continue
        shown = ", ".join(f"{e:.1e}" if e else "0" for e in run.errors[:3])
        factor = f"{run.measured:.4g}" if run.measured == run.measured else "-"
        failed = "never" if run.failed_at is None else f"flip {run.failed_at}"
        rows.append(
            start + f"| {run.one_unit:.4g} | {run.predicted:.4g} | {factor} | {shown} | {failed} |"
        )
    return "\n".join(rows)


def draw(runs: list[Drift], path: Path) -> None:
    """The errors over the flips, with the predicted slopes dashed.

    Raises:
        SourceError: matplotlib is missing, or the file cannot be written.
    """
    with drawing():
        figure = new_figure(8, 5)
        axes = figure.subplots()
        colors = dict(zip(EXPONENTS, _COLORS, strict=True))
        for run in runs:
            shown = [e for e in run.errors if e and isfinite(e)]
            if not shown:
                continue
            flips = np.arange(1, len(shown) + 1)
            color = colors.get(run.exponent, "#555555")
            label = f"p = {run.exponent}, {run.dtype}"
            axes.semilogy(flips, shown, color=color, marker=_MARKERS[run.dtype], label=label)
            slope = shown[0] * run.predicted ** (flips - 1)
            axes.semilogy(flips[slope < 10], slope[slope < 10], color=color, linestyle=":")
        axes.set_xlabel("flips")
        axes.set_ylabel("largest relative error of a weight")
        axes.set_title("Floats lose the printed net (dotted: the predicted factor)")
        axes.set_ylim(1e-17, 10)
        axes.legend(fontsize="small")
    write_figure(figure, path)
