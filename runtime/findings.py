"""Collects what a verification run finds, step by step."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from compiler.net import Net
from runtime.report import Check, Divergence


@dataclass
class Findings:
    """Counts and the first divergence; ``exhaustive`` when the samples are all there are."""

    net: Net
    steps: int = 0
    wrong_steps: int = 0
    last_wrong_step: int | None = None
    exhaustive: bool = False
    counts: Counter[Check] = field(default_factory=Counter)
    first: Divergence | None = None

    @property
    def flips_before_divergence(self) -> int | None:
        """Updates that went right before the first divergence; None where there is none."""
        if self.first is None:
            return None
        return self.wrong_steps - (self.last_wrong_step == self.first.step)

    def add_run(self, other: Findings) -> None:
        """Take in what another run of the net found, after this one."""
        if self.first is None:
            self.first = other.first
        if other.last_wrong_step is not None:
            self.last_wrong_step = self.steps + other.last_wrong_step
        self.steps += other.steps
        self.wrong_steps += other.wrong_steps
        self.counts.update(other.counts)

    def end_step(self, wrong: bool) -> None:
        """One more step has been run."""
        if wrong:
            self.wrong_steps += 1
            self.last_wrong_step = self.steps
        self.steps += 1

    def compare_vertices(
        self,
        check: Check,
        vertices: NDArray[np.int64],
        expected: NDArray[np.generic] | str,
        got: NDArray[np.generic] | str,
        bad: NDArray[np.bool_],
    ) -> None:
        """Record the vertices marked ``bad``; arrays are aligned with ``vertices``."""
        self._record(check, bad, expected, got, vertices, None)

    def compare_edges(
        self,
        check: Check,
        edges: NDArray[np.int64],
        expected: NDArray[np.generic] | str,
        got: NDArray[np.generic] | str,
        bad: NDArray[np.bool_],
        shown_at: NDArray[np.integer] | None = None,
    ) -> None:
        """Record the edges marked ``bad``; arrays are aligned with ``edges``.

        An edge is named by the vertex that it is ``shown_at``, its target unless told.
        """
        at = self.net.edge_target[edges] if shown_at is None else shown_at
        self._record(check, bad, expected, got, at, edges)

    def _record(
        self,
        check: Check,
        bad: NDArray[np.bool_],
        expected: NDArray[np.generic] | str,
        got: NDArray[np.generic] | str,
        vertices: NDArray[np.integer],
        edges: NDArray[np.int64] | None,
    ) -> None:
        count = int(np.count_nonzero(bad))
        self.counts[check] += count
        if not count or self.first is not None:
            return
        i = int(np.argmax(bad))
        vertex = int(vertices[i])
        self.first = Divergence(
            step=self.steps,
            check=check,
            vertex=vertex,
            edge=None if edges is None else int(edges[i]),
            provenance=self.net.provenance(vertex),
            expected=expected if isinstance(expected, str) else self.net.show(expected[i]),
            got=got if isinstance(got, str) else self.net.show(got[i]),
        )
