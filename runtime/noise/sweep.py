"""How much noise nets bear: the share of runs that go well, for more and less noise.

Noise is tried from a large amount downwards, until every one of so many runs goes well. Where some
run of the first few fails, those few are enough.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from multiprocessing import get_context
from typing import Any, TypeAlias

from circuits.errors import LimitError, SourceError
from circuits.targets import TARGETS, target
from compiler.net import Net, Target
from runtime.compiled import compile_source
from runtime.engines.native import is_available
from runtime.engines.threads import one_thread
from runtime.labels import Labels, LabelsOf, random_labels
from runtime.noise.emulation import EmulationRuns
from runtime.noise.models import parse_noise_model
from runtime.noise.runs import NoiseRuns
from runtime.noise.storage import FORMATS
from runtime.settings import Settings
from runtime.sources import BUILTIN

FEW = 100
"""Runs that settle an amount of noise if one of them fails."""

QUESTIONS = 16

_TOGETHER = 50
"""Runs that a process does at once."""

_RATIO = 2.0**-0.25
"""Of an amount of noise to the next."""

_FROM = {"gaussian": 1.0, "uniform": 2.0, "bias": 2.0, "adversarial": 2.0}
"""Where to begin, as a multiple of the guaranteed noise; per step for all but the last."""

_EMULATION_FROM, _EMULATION_RATIO = 1e-6, 0.1
"""An emulation net bears next to nothing, so one looks far down, and roughly."""

_TRIES = 60

Mapping: TypeAlias = Callable[[Callable[..., Any], Iterable[Any]], Iterable[Any]]
"""As the built-in ``map``, perhaps in other processes."""


@dataclass(frozen=True)
class Case:
    """A net and the noise to try on it.

    Attributes:
        source: a learner, as a user names it.
        samples: T; for an emulation net, SGD steps of a run.
        preset: wide or printed; dyadic is the emulation net.
        model: a name of `runtime.noise.models.NOISE_MODELS`.
    """

    source: str
    samples: int
    preset: str = "wide"
    model: str = "gaussian"


@dataclass(frozen=True)
class Point:
    """Runs under one amount of noise.

    Attributes:
        noise: the amount; None for a storage format.
        runs, successes: how many, and how many of them went well.
        summed_noise: by absolute value, on the edge that had most.
    """

    noise: float | None
    runs: int
    successes: int
    summed_noise: float


@dataclass(frozen=True)
class Curve:
    """What was found.

    Attributes:
        case: what was tried.
        inputs: n'.
        vertices, edges: of the net.
        guaranteed_noise: epsilon, the bound on summed noise; None of an emulation net.
        points: from most noise to least.
    """

    case: Case
    inputs: int
    vertices: int
    edges: int
    guaranteed_noise: float | None
    points: tuple[Point, ...]

    @property
    def best(self) -> Point | None:
        """The most noise under which every run went well; None if there was none."""
        return next((p for p in self.points if p.successes == p.runs), None)


@contextmanager
def processes(workers: int | None = None) -> Iterator[Mapping]:
    """A ``map`` over processes, as many as there are processors; with one worker, here."""
    workers = workers or os.cpu_count() or 1
    if workers == 1:
        yield map
        return
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        yield pool.map


def sweep(
    case: Case,
    noises: Sequence[float] | None = None,
    runs: int = 1000,
    seed: int = 0,
    each: Mapping = map,
    report: Callable[[Point], None] = lambda _point: None,
) -> Curve:
    """Try amounts of noise in turn, until all runs go well under one.

    Args:
        case: what to try.
        noises: amounts; the largest is tried first. By default ever smaller ones.
        runs: that must go well.
        seed: of everything; the number of a run does the rest.
        each: from `processes`.
        report: told of every point.

    Raises:
        SourceError: there is no such source, preset or noise; or adversarial noise for an
            emulation net.
    """
    net, points = _net(case), list[Point]()
    guaranteed = net.noise.to_float() if net.target is Target.NOISE_TOLERANT else None
    if guaranteed is None and case.model == "adversarial":
        raise SourceError(
            "what harms an emulation net most is not searched for", hint="use other noise"
        )
    for noise in _amounts(case, guaranteed, noises):
        point = _point(case, noise, runs, seed, each)
        points.append(point)
        report(point)
        if point.successes == point.runs:
            break
    return Curve(case, len(net.inputs), net.vertices, net.edges, guaranteed, tuple(points))


def _amounts(
    case: Case, guaranteed: float | None, noises: Sequence[float] | None
) -> Iterable[float | None]:
    if case.model in FORMATS:
        return [None]
    if noises:
        return sorted(noises, reverse=True)
    if guaranteed is None:
        return (_EMULATION_FROM * _EMULATION_RATIO**k for k in range(_TRIES))
    start = _FROM[case.model] * guaranteed
    return (start * _RATIO**k for k in range(_TRIES))


@dataclass(frozen=True)
class _Task:
    case: Case
    noise: float | None
    seed: int
    first: int
    runs: int


def _point(case: Case, noise: float | None, runs: int, seed: int, each: Mapping) -> Point:
    point = Point(noise, 0, 0, 0.0)
    for first, end in ((0, min(FEW, runs)), (FEW, runs)):
        starts = range(first, end, _TOGETHER)
        tasks = [_Task(case, noise, seed, at, min(_TOGETHER, end - at)) for at in starts]
        for task, (successes, summed) in zip(tasks, each(_did, tasks), strict=True):
            point = replace(
                point,
                runs=point.runs + task.runs,
                successes=point.successes + successes,
                summed_noise=max(point.summed_noise, summed),
            )
        if point.successes < point.runs:
            break
    return point


def _did(task: _Task) -> tuple[int, float]:
    """How many of its runs went well, and the most that noise on an edge summed to."""
    case, net = task.case, _net(task.case)
    settings = Settings(
        seed=task.seed,
        engine="native" if is_available() else "levels",
        noise=task.noise,
        noise_model=case.model,
        runs=task.runs,
        first_run=task.first,
        questions=QUESTIONS,
    )
    labels_of = _labels_of(case.source, len(net.inputs) - len(net.random_inputs), task.seed)
    with one_thread():
        if net.target is not Target.NOISE_TOLERANT:
            model = parse_noise_model(case.model, task.noise)
            ended = list(EmulationRuns(net, settings, labels_of, model, case.samples).successes())
        else:
            try:
                results = list(NoiseRuns(net, settings, labels_of).results())
            except LimitError:  # the format cannot hold the weights as built
                return 0, 0.0
            ended = [(result.findings.first is None, result.summed_noise) for result in results]
    return sum(well for well, _ in ended), max(summed for _, summed in ended)


@lru_cache(maxsize=2)
def _net(case: Case) -> Net:
    if case.preset == "dyadic":
        return compile_source(case.source).net
    return compile_source(
        case.source, target=Target.NOISE_TOLERANT, samples=case.samples, preset=case.preset
    ).net


def _labels_of(source: str, bits: int, seed: int) -> LabelsOf:
    """A function of the class that the source learns, another in each run; else fair coins."""
    name = source.removeprefix(BUILTIN).partition(":")[0]

    def labels_of(run: int) -> Labels:
        if name not in TARGETS:
            return random_labels(seed, run)
        rule = target(name, bits, seed + run)
        return lambda _step, sample, _prediction: rule(sample)

    return labels_of
