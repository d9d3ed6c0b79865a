"""How the time of a step grows with the edges and with the levels of a net: figures and picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from circuits.errors import SourceError
from circuits.files import write_whole
from runtime.bench.measure import Entry
from runtime.bench.replicas import measure_replicas
from runtime.bench.steps import measure_steps
from runtime.bench.suite import Scale
from runtime.bench.synthetic import synthetic_net

LEVELS, EDGES = 100, 1_000_000
"""Levels of the nets that grow in edges, and edges of those that grow in levels."""

SIZES: Mapping[Scale, tuple[Sequence[int], Sequence[int]]] = {
    Scale.QUICK: ((1000, 10_000), ()),
    Scale.DEFAULT: ((1000, 10_000, 100_000, 1_000_000), (10, 100, 1000)),
    Scale.FULL: (
        (1000, 4000, 10_000, 40_000, 100_000, 400_000, 1_000_000, 4_000_000),
        (10, 30, 100, 300, 1000, 2000, 5000),
    ),
}
"""How many edges, at `LEVELS`, and how many levels, at `EDGES`."""

_BUDGET = {Scale.QUICK: 0.3, Scale.DEFAULT: 2.0, Scale.FULL: 6.0}
_AUTOGRAD_MOST = 1_100_000_000
"""Edges times levels; beyond, a step of autograd takes seconds."""

SERIES = {
    "autograd": ("autograd", "#000000", "-"),
    "split autograd": ("autograd, profiled", "#7f7f7f", "-"),
    "levels loop": ("levels", "#e69f00", "-"),
    "native run": ("native", "#0072b2", "-"),
    "live run": ("live", "#009e73", "-"),
    "boolean run": ("boolean", "#cc79a7", "-"),
    "64 replicas": ("one of 64 replicas", "#56b4e9", "-"),
    "gather_scatter": ("gather and scatter", "#0072b2", ":"),
    "gather": ("gather", "#009e73", ":"),
}
"""What is drawn: label, color and line; all beside the stream bound."""

_REPLICAS = "growth_64_replicas"
_BOUND = ("stream bound", "#d55e00", ":")


def measure_growth(scale: Scale, show: Callable[[int, int], None]) -> list[Entry]:
    """Entries ``growth_...``, whose baseline is the stream bound; ``show`` is told (done, all)."""
    by_edges, by_levels = SIZES[scale]
    nets = list(dict.fromkeys([*((n, LEVELS) for n in by_edges), *((EDGES, n) for n in by_levels)]))
    found = []
    for number, (edges, levels) in enumerate(nets):
        comparisons = {_name(what): (what, "stream") for what in SERIES}
        if edges * levels > _AUTOGRAD_MOST:
            del comparisons[_name("autograd")]
        net = synthetic_net(edges, levels)
        alone, together = frozenset(comparisons) - {_REPLICAS}, frozenset({_REPLICAS})
        found += measure_steps(net, alone, _BUDGET[scale], comparisons)
        found += measure_replicas(net, together, _BUDGET[scale], comparisons)
        show(number + 1, len(nets))
    return found


def _name(what: str) -> str:
    return f"growth_{what.replace(' ', '_')}"


def picture_format(path: Path) -> str:
    """What a picture's ending stands for.

    Raises:
        SourceError: nothing that can be drawn.
    """
    from matplotlib.figure import Figure

    known, ending = Figure().canvas.get_supported_filetypes(), path.suffix.lower().lstrip(".")
    if ending not in known:
        raise SourceError(
            f"cannot draw {path}: its ending is no picture's", hint=f"one of: {', '.join(known)}"
        )
    return ending


def draw(entries: Sequence[Entry], path: Path) -> None:
    """Two plots of seconds a step: by edges, and by levels.

    Raises:
        SourceError: the file cannot be written, or its ending is no picture's.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 5), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    large = [entry for entry in entries if abs(entry.edges - EDGES) < EDGES / 10]
    for axes, of, shown in (
        (left, lambda e: e.edges, [e for e in entries if e.levels == LEVELS]),
        (right, lambda e: e.levels, large),
    ):
        _plot(axes, shown, of)
        axes.grid(alpha=0.3)
    left.set_xlabel(f"edges, at {LEVELS} levels")
    right.set_xlabel(f"levels, at {EDGES:,} edges")
    left.set_ylabel("seconds a step of SGD")
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, fontsize="small", loc="outside right center")
    picture = BytesIO()
    figure.savefig(picture, dpi=120, format=picture_format(path))
    write_whole(path, picture.getvalue())


def _plot(axes: Any, entries: Sequence[Entry], of: Callable[[Entry], int]) -> None:
    """Lines of all series, by what ``of`` says of an entry."""
    bounds = sorted({of(entry): entry.baseline_seconds for entry in entries}.items())
    for what, (label, color, line) in SERIES.items():
        points = sorted((of(e), e.seconds) for e in entries if e.name == _name(what))
        if points:
            axes.loglog(*zip(*points, strict=True), line, color=color, label=label, marker=".")
    label, color, line = _BOUND
    if bounds:
        axes.loglog(*zip(*bounds, strict=True), line, color=color, label=label, marker=".")
