"""Sweeps: runs counted, amounts tried from above, nets of both kinds, a table and a picture."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from circuits.catalog import builtin_learner
from circuits.errors import SourceError
from compiler.pipeline import compile_net
from runtime.labels import random_labels
from runtime.noise import sweep as noise_sweep
from runtime.noise.emulation import EmulationRuns
from runtime.noise.figure import draw, table
from runtime.noise.models import Gaussian, Stored
from runtime.noise.sweep import FEW, Case, Curve, Point, processes, sweep
from runtime.settings import Settings

PARITY = Case("builtin:parity:bits=2", 4)


def counted(
    share: Callable[[float], float], monkeypatch: pytest.MonkeyPatch
) -> list[tuple[float, range]]:
    """Replace runs: below an amount a share of them is right. Lists (amount, runs) as they come."""
    asked: list[tuple[float, range]] = []

    def did(task: Any) -> tuple[int, float]:
        asked.append((task.noise, range(task.first, task.first + task.runs)))
        return int(share(task.noise) * task.runs), task.noise * 10

    monkeypatch.setattr(noise_sweep, "_did", did)
    return asked


def test_noise_goes_down_until_all_runs_are_right(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = counted(lambda noise: min(1.0, 1e-3 / noise), monkeypatch)
    told: list[Point] = []
    curve = sweep(PARITY, runs=300, report=told.append)
    assert list(curve.points) == told
    amounts = [point.noise or 0 for point in told]
    assert amounts[0] == curve.guaranteed_noise
    assert all(b == pytest.approx(a * 2**-0.25) for a, b in pairwise(amounts))
    assert amounts[-2] > 1e-3 >= amounts[-1]
    assert [point.runs for point in told] == [FEW] * (len(told) - 1) + [300]
    assert told[-1].successes == 300
    assert curve.best == told[-1]
    assert told[-1].summed_noise == pytest.approx(amounts[-1] * 10)
    for amount in amounts:
        runs = [run for noise, numbers in asked if noise == amount for run in numbers]
        assert runs == list(range(FEW if amount > 1e-3 else 300))  # each once


def test_one_failure_among_many_runs_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    def did(task: Any) -> tuple[int, float]:
        return task.runs - (task.noise > 1e-3 and 777 in range(task.first, task.first + 50)), 0.0

    monkeypatch.setattr(noise_sweep, "_did", did)
    curve = sweep(PARITY, [1e-3, 2e-3], runs=1000)
    assert [(p.noise, p.runs, p.successes) for p in curve.points] == [
        (2e-3, 1000, 999),
        (1e-3, 1000, 1000),
    ]
    assert curve.best == curve.points[1]


def test_given_amounts_are_tried_from_the_largest(monkeypatch: pytest.MonkeyPatch) -> None:
    counted(lambda noise: float(noise < 1e-6), monkeypatch)
    curve = sweep(PARITY, [1e-4, 1e-2, 1e-3], runs=5)
    assert [(p.noise, p.runs) for p in curve.points] == [(1e-2, 5), (1e-3, 5), (1e-4, 5)]
    assert curve.best is None


def test_a_wide_net_bears_more_than_is_guaranteed() -> None:
    for model in ("gaussian", "uniform"):
        case = replace(PARITY, model=model)
        curve = sweep(case, runs=40)
        assert curve.best is not None
        assert curve.guaranteed_noise is not None
        assert (curve.best.noise or 0) > curve.guaranteed_noise / case.samples
        assert curve.best.summed_noise > curve.guaranteed_noise
        assert (curve.inputs, curve.case) == (2, case)


def test_against_an_adversary_it_bears_what_is_guaranteed() -> None:
    curve = sweep(replace(PARITY, model="adversarial"), runs=10)
    assert curve.best is not None
    assert curve.guaranteed_noise is not None
    assert curve.best.noise == pytest.approx(curve.guaranteed_noise)


def test_a_format_has_no_amount() -> None:
    curve = sweep(replace(PARITY, model="bfloat16"), runs=10)
    assert [(p.noise, p.successes) for p in curve.points] == [(None, 10)]
    printed = sweep(Case("builtin:parity:bits=2", 3, "printed", "float16"), runs=10)
    assert [(p.noise, p.successes) for p in printed.points] == [(None, 0)]  # it overflows


def test_the_same_runs_come_out_of_any_processes() -> None:
    backwards: list[int] = []

    def each(function: Callable[..., Any], tasks: Iterable[Any]) -> list[Any]:
        listed = list(tasks)
        backwards.append(len(listed))
        return [function(task) for task in reversed(listed)][::-1]

    noises = [4e-3, 2e-3]
    assert sweep(PARITY, noises, runs=120, each=each) == sweep(PARITY, noises, runs=120)
    assert max(backwards) > 1
    with processes(1) as here:
        assert here is map


@pytest.mark.slow
def test_processes_of_their_own_do_the_same() -> None:
    with processes(2) as each:
        found = sweep(PARITY, [4e-3, 2e-3], runs=120, each=each)
    assert found == sweep(PARITY, [4e-3, 2e-3], runs=120)


def test_a_source_that_is_none_is_refused() -> None:
    with pytest.raises(SourceError, match="nothing built in is called 'party'"):
        sweep(Case("builtin:party:bits=2", 3))
    with pytest.raises(SourceError, match="is not searched for"):
        sweep(Case("builtin:parity:bits=2", 3, "dyadic", "adversarial"))


# The emulation net --------------------------------------------------------------------------------


def endings(settings: Settings, noise: float | None, steps: int = 12) -> list[bool]:
    net = compile_net(builtin_learner("parity:bits=2"))
    model = Stored("bfloat16") if noise is None else Gaussian(noise)
    labels_of = lambda run: random_labels(0, run)  # noqa: E731
    return [well for well, _ in EmulationRuns(net, settings, labels_of, model, steps).successes()]


def test_an_emulation_net_is_right_without_noise_and_in_bfloat16() -> None:
    how = Settings(runs=10, questions=8)
    assert endings(how, 0.0) == [True] * 10
    assert endings(how, None) == [True] * 10


def test_an_emulation_net_breaks_under_noise_that_a_wide_net_bears() -> None:
    assert sum(endings(Settings(runs=10, questions=8), 1e-5)) == 0


def test_runs_of_an_emulation_net_are_told_apart_by_number() -> None:
    all_of_them = endings(Settings(runs=12, questions=8), 1e-13)
    assert True in all_of_them
    assert False in all_of_them
    assert endings(Settings(runs=6, first_run=6, questions=8), 1e-13) == all_of_them[6:]


def test_a_sweep_of_an_emulation_net_looks_far_down() -> None:
    curve = sweep(Case("builtin:parity:bits=2", 8, "dyadic"), runs=10)
    assert curve.guaranteed_noise is None
    assert curve.best is not None
    assert curve.best.noise is not None
    assert curve.best.noise < 1e-9


# Table and picture --------------------------------------------------------------------------------

CURVES = [
    Curve(
        Case("builtin:parity:bits=4", 12), 4, 100, 1234, 8e-3,
        (Point(3e-3, 100, 60, 0.04), Point(2e-3, 1000, 1000, 0.0316)),
    ),
    Curve(
        Case("net.bench", 8, "dyadic", "uniform"), 5, 10, 20, None, (Point(1e-9, 100, 3, 1e-8),)
    ),
    Curve(
        Case("builtin:parity:bits=4", 12, "wide", "bfloat16"), 4, 100, 1234, 8e-3,
        (Point(None, 50, 50, 4e-3),),
    ),
]  # fmt: skip


def test_the_table_has_a_row_for_each_net_and_noise() -> None:
    assert table(CURVES).splitlines()[2:] == [
        "| parity:bits=4 | wide | 4 | 12 | 1,234 | gaussian | 2.00e-03 (1,000 runs) | 3.16e-02 | "
        "8.00e-03 |",
        "| net.bench | dyadic | 5 | 8 | 20 | uniform | never | - | none |",
        "| parity:bits=4 | wide | 4 | 12 | 1,234 | bfloat16 | yes (50 runs) | 4.00e-03 | "
        "8.00e-03 |",
    ]


def test_the_picture_is_drawn(tmp_path: Path) -> None:
    draw(CURVES, tmp_path / "noise.png")
    assert (tmp_path / "noise.png").read_bytes().startswith(b"\x89PNG")
    draw([], tmp_path / "empty.svg")
    assert (tmp_path / "empty.svg").stat().st_size > 100
    with pytest.raises(SourceError, match="cannot draw"):
        draw(CURVES, tmp_path / "noise.nothing")
