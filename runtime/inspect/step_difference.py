"""What SGD changed between two steps of a run: which bits, which weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from circuits.errors import LimitError
from compiler.net import EdgeRole, Target
from runtime.recording import Recording

_MOST_BITS = 24
"""Memory bits that are listed in text."""


class Moved(NamedTuple):
    """A weight that differs.

    Attributes:
        edge: its number.
        name: the vertices at its ends, in words.
        before, after: rounded.
    """

    edge: int
    name: str
    before: float
    after: float


class Bit(NamedTuple):
    """A memory bit that differs: its number, its name, and how often it flipped in between."""

    bit: int
    name: str
    before: int
    after: int
    flips: int


@dataclass(frozen=True, slots=True)
class StepDifference:
    """How the net before one step differs from the net before another.

    Attributes:
        source: the net.
        first, second: the steps; the number of all steps is the end of the run.
        seed: of the run.
        wrong: in how many of the steps between them the output was wrong.
        bits: memory bits that differ, or cells that have been set.
        back: how many bits flipped and flipped back.
        weights: how many weights differ.
        weights_by_role: of them, by the name of their class.
        moved: the first of them.
        configurations: of a machine, the tape at both; else empty.
    """

    source: str
    first: int
    second: int
    seed: int
    wrong: int
    bits: tuple[Bit, ...]
    back: int
    weights: int
    weights_by_role: dict[str, int]
    moved: tuple[Moved, ...]
    configurations: tuple[str, ...] = ()

    @property
    def equal(self) -> bool:
        """Whether no weight differs."""
        return not self.weights

    def facts_for_json(self) -> dict[str, Any]:
        """All of it for JSON."""
        found = {name: getattr(self, name) for name in StepDifference.__slots__}
        found["bits"] = [bit._asdict() for bit in self.bits]
        found["moved"] = [moved._asdict() for moved in self.moved]
        return {"equal": self.equal, **found}

    def __str__(self) -> str:
        return "\n".join(_lines(self))


def step_difference(recording: Recording, first: int, second: int, most: int = 8) -> StepDifference:
    """Compare the net before two steps of a run.

    Args:
        recording: the run; of an exact one only signs differ, and weights are shown as signs.
        first: a step, from 0 to the number of steps.
        second: another.
        most: weights that are shown.
    """
    net = recording.net
    try:
        before, after = (recording.weights(step) for step in (first, second))
    except LimitError:  # a weight that no float holds
        before, after = (np.where(recording.negated(s), -1.0, 1.0) for s in (first, second))
    edges = np.flatnonzero(before != after)
    roles = Counter(net.edge_role[edges].tolist())
    held = [recording.memory(step) for step in (first, second)]
    low, high = sorted((first, second))
    between = (recording.flip_steps >= low) & (recording.flip_steps < high)
    flips = np.bincount(recording.flip_bits[between], minlength=len(recording.initial))
    differ, names = held[0] != held[1], recording.memory_names
    wrong = recording.wrong[low:high]
    return StepDifference(
        source=net.source,
        first=first,
        second=second,
        seed=recording.seed,
        wrong=int(wrong.sum()) if net.target is Target.EMULATION else high - low,
        bits=tuple(
            Bit(i, names[i], int(held[0][i]), int(held[1][i]), int(flips[i]))
            for i in np.flatnonzero(differ).tolist()
        ),
        back=int(((flips > 0) & ~differ).sum()),
        weights=len(edges),
        weights_by_role={EdgeRole(role).name.lower(): n for role, n in sorted(roles.items())},
        moved=tuple(
            Moved(e, _edge(recording, e), float(before[e]), float(after[e]))
            for e in edges[:most].tolist()
        ),
    )


def _edge(recording: Recording, edge: int) -> str:
    net = recording.net
    source, target = int(net.edge_source[edge]), int(net.edge_target[edge])
    return f"{net.vertex_name(source)} -> {net.vertex_name(target)}"


def _lines(d: StepDifference) -> Iterator[str]:
    yield (
        f"{d.source}, before step {d.first} and before step {d.second} (seed {d.seed}): "
        f"{d.wrong} wrong steps between them"
    )
    back = f", {d.back} more flipped and flipped back" if d.back else ""
    yield f"{len(d.bits)} memory bits differ{back}"
    for bit in d.bits[:_MOST_BITS]:
        times = f" ({bit.flips} flips)" if bit.flips > 1 else ""
        yield f"  {bit.name}: {bit.before} -> {bit.after}{times}"
    if len(d.bits) > _MOST_BITS:
        yield f"  and {len(d.bits) - _MOST_BITS} more (--json lists them)"
    by_role = ", ".join(f"{name} {n}" for name, n in d.weights_by_role.items())
    yield f"{d.weights} weights differ" + (f": {by_role}" if by_role else "")
    for moved in d.moved:
        yield f"  edge {moved.edge}, {moved.name}: {moved.before:.9g} -> {moved.after:.9g}"
    if d.weights > len(d.moved):
        yield "  ..."
    yield from d.configurations
