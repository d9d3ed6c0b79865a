"""What a sweep found, for a person and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import mean, median
from typing import Any

from runtime.replicas.row import Row
from runtime.replicas.table import Table


@dataclass(frozen=True, slots=True)
class Spread:
    """Of a number over runs."""

    least: int
    median: float
    most: int

    @classmethod
    def of(cls, numbers: Sequence[int]) -> Spread | None:
        """None of no numbers."""
        return cls(min(numbers), median(numbers), max(numbers)) if numbers else None

    def __str__(self) -> str:
        return f"{self.least} to {self.most}, median {self.median:g}"


@dataclass(frozen=True, slots=True)
class Summary:
    """A sweep in numbers.

    Attributes:
        facts: of its table, see `runtime.replicas.table.Table`.
        runs: how many.
        matching: runs in which all was as the reference says.
        first_mismatch: the first run in which it was not, or None.
        wrong_steps, last_wrong_step: over runs; of the latter, runs that had a wrong step.
        all_right: runs that answered all fresh samples right; None where none were asked.
        accuracy: share of fresh samples answered right, or None.
        summed_noise: the most on an edge in any run, or None.
        made: runs made now; the others were in the table.
        seconds: that those took.
    """

    facts: dict[str, Any]
    runs: int
    matching: int
    first_mismatch: Row | None
    wrong_steps: Spread | None
    last_wrong_step: Spread | None
    all_right: int | None
    accuracy: float | None
    summed_noise: float | None
    made: int
    seconds: float

    @classmethod
    def of(cls, table: Table, made: int, seconds: float) -> Summary:
        """That of a table, of which so many runs were made now."""
        rows, questions = table.rows, int(table.facts["questions"])
        asked = [row.right for row in rows if row.right is not None]
        bad = [row for row in rows if row.mismatch is not None]
        return cls(
            facts=dict(table.facts),
            runs=len(rows),
            matching=len(rows) - len(bad),
            first_mismatch=bad[0] if bad else None,
            wrong_steps=Spread.of([row.wrong_steps for row in rows]),
            last_wrong_step=Spread.of(
                [row.last_wrong_step for row in rows if row.last_wrong_step is not None]
            ),
            all_right=sum(right == questions for right in asked) if asked else None,
            accuracy=mean(asked) / questions if asked else None,
            summed_noise=max(
                (row.summed_noise for row in rows if row.summed_noise is not None), default=None
            ),
            made=made,
            seconds=seconds,
        )

    def to_json(self) -> str:
        """One JSON object; the facts are beside all others."""
        found = asdict(self)
        facts = found.pop("facts")
        rate = self.made / self.seconds if self.seconds else None
        found["seconds"] = round(self.seconds, 3)
        found["runs_per_second"] = rate and round(rate, 1)
        return json.dumps(facts | found, indent=2)

    def __str__(self) -> str:
        """A short text for a person."""
        facts, bad = self.facts, self.runs - self.matching
        verdict = "all as their references" if not bad else f"{bad} DIVERGE"
        last_seed = facts["seed"] + max(self.runs - 1, 0)
        lines = [
            f"{facts['source']}: {self.runs} runs of {facts['steps']} SGD steps, {verdict} "
            f"({facts['labels']} labels, {facts['dtype']}, seeds {facts['seed']} to {last_seed}, "
            f"{self.seconds:.1f} s)"
        ]
        if self.made < self.runs:
            lines.append(f"  {self.runs - self.made} of them were in the table")
        if self.summed_noise is not None:
            lines.append(f"  noise on an edge summed to at most {self.summed_noise:.2e}")
        elif self.wrong_steps is not None:
            lines.append(f"  wrong steps of a run: {self.wrong_steps}")
        if self.last_wrong_step is not None and self.summed_noise is None:
            lines.append(f"  its last wrong step: {self.last_wrong_step}")
        if self.accuracy is not None:
            lines.append(
                f"  {facts['questions']} fresh samples: {100 * self.accuracy:.1f}% right, "
                f"all of them in {self.all_right} runs"
            )
        if self.first_mismatch is not None:
            row = self.first_mismatch
            lines.append(f"  first in run {row.run} (seed {row.seed}), {row.mismatch}")
        return "\n".join(lines)
