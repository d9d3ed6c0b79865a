"""Faults put to the checker: what it accepts must be right, as somebody else judges it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple, TypeAlias

from certified import Stated

from runtime.check import check
from runtime.check.files import NetFile, RefusedError

Mutant: TypeAlias = tuple[str, str, Stated, NetFile]
"""Fault, what was done, certificate, net; see `mutants.mutants`."""

Judge: TypeAlias = Callable[[Stated, NetFile], str]
"""What a net does other than its certificate says; empty if it does as it says."""

MALFORMED = (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError)
"""What `runtime.check.check_files` takes for an unreadable file."""


class Survey(NamedTuple):
    """What became of mutants.

    Attributes:
        made: how many, by fault.
        accepted: those of them that the checker accepts.
        broken: all obligations by which it has refused others.
    """

    made: Counter[str]
    accepted: Counter[str]
    broken: set[str]


def survey(cases: Iterable[Mutant], judge: Judge, equivalent: Collection[str]) -> Survey:
    """Check mutants; what is accepted must be right, and of a fault that may be none."""
    found = Survey(Counter(), Counter(), set())
    for fault, done, stated, file in cases:
        found.made[fault] += 1
        try:
            check(stated, file)
        except RefusedError as refused:
            found.broken.add(refused.obligation)
            continue
        except MALFORMED:
            continue
        found.accepted[fault] += 1
        wrong = judge(stated, file)
        assert not wrong, f"accepted, and wrong: {fault}: {done}: {wrong}"
        assert fault in equivalent, done
    return found


def objections(cases: Iterable[Mutant], judge: Judge) -> tuple[int, int]:
    """(mutants of the faults that mostly are some, those of them that the judge objects to)."""
    total = objected = 0
    for fault, _, stated, file in cases:
        if fault not in ("edge_weight", "new_weight", "endpoint", "no_edge"):
            continue
        total += 1
        try:
            objected += bool(judge(stated, file))
        except (ValueError, KeyError, IndexError):
            objected += 1
    return total, objected
