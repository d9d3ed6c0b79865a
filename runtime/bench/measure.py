"""Measure pieces of work beside each other, so that other load on the machine meets them all."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any, TypeAlias

from compiler.net import Net

Work: TypeAlias = Callable[[], object]

Names: TypeAlias = frozenset[str]
"""Of entries."""

_IN_A_ROW = 4
"""Calls of one piece of work before it is another's turn; the first, which finds cold caches, does
not count."""

_SHORT, _LONG = 2e-3, 0.25
"""A row of quick calls lasts at least so many seconds; of what takes longer, two calls make one."""

_LEAST_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One figure: how long something takes, beside how long its baseline does.

    Attributes:
        name: of the figure; the same for all nets that it is measured on.
        net: what it was measured on.
        edges, levels: the size of that net.
        seconds: the median time of what is measured.
        baseline: what it is compared with.
        baseline_seconds: the median time of that, in the same run.
        gates: how many gates are evaluated in ``seconds``, where that is of interest.
    """

    name: str
    net: str
    edges: int
    levels: int
    seconds: float
    baseline: str
    baseline_seconds: float
    gates: int = 0

    @property
    def ratio(self) -> float:
        """How many times faster than the baseline; below 1, slower."""
        return self.baseline_seconds / self.seconds

    def to_json(self) -> dict[str, Any]:
        """An entry of `sgdcc bench --json`."""
        entry = {
            "name": self.name,
            "net": self.net,
            "edges": self.edges,
            "levels": self.levels,
            "seconds": self.seconds,
            "baseline": self.baseline,
            "baseline_seconds": self.baseline_seconds,
            "ratio": self.ratio,
        }
        return entry | ({"gates_per_second": self.gates / self.seconds} if self.gates else {})


def medians(
    works: Mapping[str, Work], budget: float, elsewhere: Collection[str] = ()
) -> dict[str, float]:
    """The median seconds of one call of each.

    All take turns, a row of calls each, until the budget is spent; each has three turns at least.
    A call takes as long as the clock says or, if that is less, the processor: so what has to wait
    for its turn on a busy machine, as long calls do and short ones do not, does not count. Nobody
    but the caller sees to it that all compute the same.

    Args:
        works: by name. Each is called twice before anything counts.
        budget: seconds for all of them together.
        elsewhere: those that run on another device, for which the clock counts alone.
    """
    rows = {name: _row_length(work) for name, work in works.items()}
    times: dict[str, list[float]] = {name: [] for name in works}
    started, rounds = time.perf_counter(), 0
    while rounds < _LEAST_ROUNDS or time.perf_counter() - started < budget:
        for name, work in works.items():
            row = _row(work, rows[name])
            times[name] += [clock if name in elsewhere else min(clock, cpu) for clock, cpu in row]
        rounds += 1
    return {name: median(taken) for name, taken in times.items()}


def _row(work: Work, calls: int) -> list[tuple[float, float]]:
    """Seconds of each call in a row but the first: by the clock, and of the processor."""
    taken = []
    for _ in range(calls):
        used, begin = time.process_time(), time.perf_counter()
        work()
        end = time.perf_counter()
        taken.append((end - begin, time.process_time() - used))
    return taken[1:]


def _row_length(work: Work) -> int:
    """How many calls make a row, found out by two calls."""
    ((once, _),) = _row(work, 2)
    return 2 if once > _LONG else max(_IN_A_ROW, round(_SHORT / max(once, 1e-7)))


def entries(
    net: Net,
    comparisons: Mapping[str, tuple[str, str]],
    seconds: Mapping[str, float],
    gates: Mapping[str, int] | None = None,
) -> list[Entry]:
    """The entries of a net: of those comparisons whose both sides were measured.

    Args:
        net: what they are about.
        comparisons: by the entry's name, what is measured and what it is compared with.
        seconds: by the names in ``comparisons``.
        gates: `Entry.gates`, by the same names.
    """
    return [
        Entry(
            name, net.source, net.edges, net.levels,
            seconds[what], baseline, seconds[baseline], (gates or {}).get(what, 0),
        )
        for name, (what, baseline) in comparisons.items()
        if what in seconds and baseline in seconds
    ]  # fmt: skip


def needed(names: Names, comparisons: Mapping[str, tuple[str, str]]) -> set[str]:
    """What must be measured for these entries."""
    return {side for name in names & set(comparisons) for side in comparisons[name]}
