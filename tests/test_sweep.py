"""Sweeps: one table, whoever makes the runs and however often that is interrupted."""

import io
import json
import pickle
import re
import signal
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from command_line import PROGRAM, sgdcc
from hypothesis import given, settings
from hypothesis import strategies as st
from small_circuits import toggle

from circuits.errors import LimitError, SourceError
from compiler.net import Net
from compiler.netfile import save_net
from runtime.cli import INTERRUPTED
from runtime.compiled import compile_source
from runtime.engines import gpu
from runtime.engines.buffers import Buffers, _Memory
from runtime.replicas import sweep as sweeping
from runtime.replicas import tasks, training
from runtime.replicas.row import COLUMNS, Mismatch, Row
from runtime.replicas.settings import SweepSettings
from runtime.replicas.sweep import sweep
from runtime.replicas.table import Table, TableFile, _parse, read_table
from runtime.replicas.tasks import Task, digest_of

PARITY = "builtin:parity:bits=2"
HOW = SweepSettings(12, 3, "parity", questions=5)
RUNS = 90


@pytest.fixture(scope="module")
def whole() -> Table:
    """What every sweep here must give."""
    return sweep(PARITY, HOW, RUNS, workers=1)


@pytest.fixture(scope="module")
def net() -> Net:
    return compile_source(PARITY).net


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "_CHUNK", 20)


# Executors ----------------------------------------------------------------------------------------


class Elsewhere(Executor):
    """Runs what it is given as a process that has just begun would: all it knows was pickled."""

    def __init__(self) -> None:
        self.sent: list[int] = []

    def submit(self, function: Callable[..., Any], /, *args: Any, **others: Any) -> Future[Any]:
        data = pickle.dumps((function, args, others))
        self.sent.append(len(data))
        function, args, others = pickle.loads(data)
        tasks._nets.clear()
        tasks._subjects.clear()
        future: Future[Any] = Future()
        try:
            result = function(*args, **others)
        except Exception as error:
            future.set_exception(pickle.loads(pickle.dumps(error)))
        else:
            future.set_result(pickle.loads(pickle.dumps(result)))
        return future


def test_a_table_is_the_same_by_any_threads(whole: Table) -> None:
    for workers in (1, 3):
        with ThreadPoolExecutor(workers) as pool:
            assert sweep(PARITY, HOW, RUNS, pool).text() == whole.text()


def test_threads_never_get_the_same_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    buffers, stock = Buffers([3], torch.float64), _Memory.is_unused

    def slowly(memory: _Memory) -> bool:
        unused = stock(memory)
        time.sleep(0.02)  # long enough for others to look, too
        return unused

    del [buffers.take() for _ in range(4)][:]
    monkeypatch.setattr(_Memory, "is_unused", slowly)
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda _: buffers.take(), range(4)))
    assert len({tensor.data_ptr() for tensor in taken}) == 4


@pytest.mark.parametrize("as_what", ["name", "net", "file"])
def test_a_task_is_all_that_a_worker_needs(
    as_what: str, whole: Table, net: Net, tmp_path: Path
) -> None:
    save_net(net, tmp_path / "parity.net")
    sources: dict[str, str | Path | Net] = {
        "name": PARITY,
        "net": net,
        "file": tmp_path / "parity.net",
    }
    executor = Elsewhere()
    assert sweep(sources[as_what], HOW, RUNS, executor).text() == whole.text()
    assert len(executor.sent) == 6
    assert (max(executor.sent) < 1000) == (as_what != "net")


def test_tasks_are_made_in_any_order(whole: Table) -> None:
    class Backwards(Elsewhere):
        """Only begins when somebody waits, with the last."""

        def __init__(self) -> None:
            super().__init__()
            self.calls: list[tuple[Future[Any], Callable[[], Future[Any]]]] = []

        def submit(self, function: Callable[..., Any], /, *args: Any, **others: Any) -> Future[Any]:
            future: Future[Any] = Future()
            self.calls.append((future, lambda: super(Backwards, self).submit(function, *args)))
            if len(self.calls) == 6:
                for waiting, call in reversed(self.calls):
                    waiting.set_result(call().result())
            return future

    assert sweep(PARITY, HOW, RUNS, Backwards()).text() == whole.text()


@pytest.mark.slow
def test_a_table_is_the_same_by_processes(whole: Table, net: Net) -> None:
    assert sweep(net, HOW, RUNS, workers=2).text() == whole.text()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_table_is_the_same_by_dask(whole: Table) -> None:
    distributed = pytest.importorskip("distributed", reason="dask.distributed is not installed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
        client.get_executor() as executor,
    ):
        assert sweep(PARITY, HOW, RUNS, executor).text() == whole.text()


def test_a_worker_that_finds_another_net_refuses(tmp_path: Path, net: Net) -> None:
    save_net(net, tmp_path / "parity.net")
    task = Task(digest_of(net), "builtin:parity:bits=3", HOW, 0, 1)
    tasks._nets.clear()
    tasks._subjects.clear()
    with pytest.raises(SourceError, match="another net for this worker"):
        tasks.lines_of(task)
    with pytest.raises(SourceError, match="was not given the net"):
        tasks.lines_of(replace(task, net=None))
    assert tasks.lines_of(replace(task, net=str(tmp_path / "parity.net")))


def test_a_worker_that_dies_is_reported() -> None:
    class Dying(Executor):
        def submit(self, function: Callable[..., Any], /, *args: Any, **others: Any) -> Future[Any]:
            from concurrent.futures.process import BrokenProcessPool

            future: Future[Any] = Future()
            future.set_exception(BrokenProcessPool("killed"))
            return future

    with pytest.raises(LimitError, match="a worker died"):
        sweep(PARITY, HOW, RUNS, Dying())


def test_what_goes_wrong_in_a_worker_is_reported_whole(tmp_path: Path, net: Net) -> None:
    class Replacing(Elsewhere):
        """Before work begins somebody writes another net."""

        def submit(self, function: Callable[..., Any], /, *args: Any, **others: Any) -> Future[Any]:
            save_net(compile_source("builtin:parity:bits=3").net, tmp_path / "parity.net")
            return super().submit(function, *args, **others)

    save_net(net, tmp_path / "parity.net")
    with pytest.raises(SourceError, match="another net for this worker") as refused:
        sweep(tmp_path / "parity.net", HOW, RUNS, Replacing())
    assert "the same file everywhere" in refused.value.hint


# Interruptions ------------------------------------------------------------------------------------


class Stop(BaseException):
    """As an interruption by the keyboard."""


def stopping_after(chunks: int) -> Callable[[int, int], None]:
    told: list[int] = []

    def progress(done: int, _runs: int) -> None:
        told.append(done)
        if len(told) > chunks:
            raise Stop

    return progress


@pytest.mark.parametrize("executor", [None, Elsewhere])
def test_an_interrupted_sweep_goes_on_where_it_was(
    executor: Callable[[], Executor] | None, whole: Table, tmp_path: Path
) -> None:
    path, sizes = tmp_path / "t.csv", []
    while True:
        try:
            found = sweep(
                PARITY, HOW, RUNS, executor and executor(), workers=1, table=path,
                progress=stopping_after(2),
            )  # fmt: skip
        except Stop:
            sizes.append(len(read_table(path).rows))
            assert read_table(path).rows == whole.rows[: sizes[-1]]
        else:
            break
    assert all(size % 20 == 0 for size in sizes)
    assert sizes[0] == 40
    assert found == whole
    assert path.read_text() == whole.text()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "workers", "code"),
    [(signal.SIGKILL, "1", -signal.SIGKILL), (signal.SIGINT, "2", INTERRUPTED)],
)
def test_a_sweep_that_is_killed_goes_on_where_it_was(
    how: signal.Signals, workers: str, code: int, tmp_path: Path
) -> None:
    path = tmp_path / "t.csv"
    options = ("--runs", "200000", "--steps", "40", "-o", str(path), "--workers", workers)
    begun = subprocess.Popen(
        [*PROGRAM, "sweep", PARITY, *options], stderr=subprocess.PIPE, text=True
    )
    while not path.exists() or len(path.read_bytes()) < 30_000:
        time.sleep(0.05)
        assert begun.poll() is None
    begun.send_signal(how)
    _, err = begun.communicate(timeout=60)
    assert begun.returncode == code
    assert err.strip() == ("interrupted" if code > 0 else "")
    done = len(read_table(path).rows)
    assert 0 < done < 200_000
    wanted = sweep(PARITY, SweepSettings(40), done + 50, workers=1)
    assert read_table(path).rows == wanted.rows[:done]
    sweep(PARITY, SweepSettings(40), done + 50, workers=1, table=path)
    assert path.read_text() == wanted.text()


def test_an_interruption_begins_nothing_more(tmp_path: Path) -> None:
    class Lazy(Executor):
        def __init__(self) -> None:
            self.futures: list[Future[Any]] = []

        def submit(self, function: Callable[..., Any], /, *args: Any, **others: Any) -> Future[Any]:
            self.futures.append(Future())
            if len(self.futures) == 1:
                self.futures[0].set_result(function(*args))
            return self.futures[-1]

    lazy = Lazy()
    with pytest.raises(Stop):
        sweep(PARITY, HOW, 2000, lazy, workers=2, progress=stopping_after(1))
    assert len(lazy.futures) == 5
    assert all(future.cancelled() for future in lazy.futures[1:])


def test_a_table_is_extended_but_not_cut(whole: Table, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    sweep(PARITY, HOW, 33, workers=1, table=path)
    told: list[tuple[int, int]] = []
    sweep(PARITY, HOW, RUNS, workers=1, table=path, progress=lambda *done: told.append(done))
    assert told == [(33, 90), (53, 90), (73, 90), (90, 90)]
    assert path.read_text() == whole.text()
    sweep(PARITY, HOW, RUNS, workers=1, table=path)
    assert path.read_text() == whole.text()
    with pytest.raises(SourceError, match="has 90 runs"):
        sweep(PARITY, HOW, 89, workers=1, table=path)
    assert path.read_text() == whole.text()


# Table files --------------------------------------------------------------------------------------


def test_the_table_of_another_sweep_is_refused(whole: Table, net: Net, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(whole.text())
    other = compile_source("builtin:parity:bits=3").net
    for changed, name, source in (
        (replace(HOW, steps=13), "steps", net),
        (replace(HOW, seed=4), "seed", net),
        (replace(HOW, labels="random"), "labels", net),
        (replace(HOW, dtype="float32"), "dtype", net),
        (replace(HOW, questions=6), "questions", net),
        (replace(HOW, control="flip-weight"), "control", net),
        (HOW, "(net|source|edges)", other),
    ):
        with pytest.raises(SourceError, match=f":1: a table of another sweep: its {name} is"):
            sweep(source, changed, RUNS, workers=1, table=path)
        assert path.read_text() == whole.text()
    path.write_text(whole.text().replace('"sgdcc": "', '"sgdcc": "0'))
    with pytest.raises(SourceError, match="its sgdcc is 0"):
        sweep(net, HOW, RUNS, workers=1, table=path)
    listed = SweepSettings(3, labels="listed", listed=(0, 1, 1))
    sweep(net, listed, 2, workers=1, table=tmp_path / "listed.csv")
    sweep(net, replace(listed, listed=(0, 1, 1, 0)), 2, workers=1, table=tmp_path / "listed.csv")
    with pytest.raises(SourceError, match="its listed is 011, not 010"):
        sweep(net, replace(listed, listed=(0, 1, 0)), 2, table=tmp_path / "listed.csv")


@pytest.mark.parametrize("engine", ["live", "native", "gpu"])
def test_engines_write_the_same_table(
    engine: str, whole: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine == "gpu" and not torch.cuda.is_available():
        monkeypatch.setattr(sweeping, "require_gpu", lambda: None)
        monkeypatch.setattr(gpu, "run_lanes", partial(gpu.run_lanes, device="cpu"))
    assert sweep(PARITY, replace(HOW, engine=engine), RUNS, workers=1).text() == whole.text()


def test_copies_trained_at_once_make_the_same_table(
    whole: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = replace(HOW, engine="live")
    monkeypatch.setitem(training._TOGETHER, "live", 7)
    assert sweep(PARITY, live, RUNS, workers=1).text() == whole.text()
    with monkeypatch.context() as patched:
        patched.setattr(training, "_IN_WORDS", 0)
        assert sweep(PARITY, HOW, RUNS, workers=1).text() == whole.text()
    broken = replace(live, control="learning-rate")
    together = sweep(PARITY, broken, RUNS, workers=1)
    monkeypatch.delitem(training._TOGETHER, "live")
    assert sweep(PARITY, broken, RUNS, workers=1) == together


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_a_sweep_by_it_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    code, _, err = sgdcc("sweep", PARITY, "--engine", "gpu", "-o", str(table))
    assert code == 2
    assert "needs a CUDA device" in err
    assert not table.exists()


@cache
def small() -> Table:
    """A table to damage."""
    return sweep(PARITY, HOW, 3, workers=1)


@settings(max_examples=150)
@given(st.integers(0, 1000), st.integers(1, 255))
def test_a_damaged_table_is_refused_with_file_and_line(place: int, change: int) -> None:
    data = bytearray(small().text().encode())
    place %= len(data)
    data[place] ^= change
    line = small().text()[:place].count("\n") + 1
    found = parse(bytes(data))
    if isinstance(found, SourceError):
        assert found.position is not None
        assert found.position.file == "t.csv"
        assert found.position.line in (line, line + 1)
        assert "damaged" in str(found) or line <= 2
    elif found.facts == small().facts:  # else it is a table, but of another sweep
        assert place == len(data) - 1  # the last line is then unfinished
        assert len(found.rows) == 2


def parse(data: bytes) -> Table | SourceError:
    try:
        return _parse(data, "t.csv")
    except SourceError as error:
        return error


def test_a_file_that_is_no_table_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    lines = small().text().splitlines(keepends=True)
    for text, line in (
        ("", 1),
        ("run,seed\n1,2\n", 1),
        ("# sgdcc sweep {\n" + lines[1], 1),
        ("# sgdcc sweep 3\n" + lines[1], 1),
        (lines[0] + "run,seed\n", 2),
        ("".join([*lines[:2], lines[3]]), 3),
        ("".join([*lines[:3], lines[2]]), 4),
        ("".join([*lines[:3], "\n", lines[3]]), 4),
    ):
        path.write_text(text)
        with pytest.raises(SourceError, match=re.escape(f"{path}:{line}: ")):
            sweep(PARITY, HOW, 3, workers=1, table=path)
        assert path.read_text() == text


@pytest.mark.parametrize("missing", [1, 20, 60])
def test_a_line_that_was_not_finished_is_made_again(missing: int, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(small().text()[:-missing])
    assert len(read_table(path).rows) < 3
    sweep(PARITY, HOW, 3, workers=1, table=path)
    assert path.read_text() == small().text()


def test_two_sweeps_do_not_write_to_one_table(tmp_path: Path) -> None:
    path, other = tmp_path / "t.csv", tmp_path / "u.csv"
    path.write_text(small().text())
    with (
        closing(TableFile(path, small().facts)),
        pytest.raises(SourceError, match="being written by another sweep"),
    ):
        sweep(PARITY, HOW, 3, workers=1, table=path)
    sweep(PARITY, HOW, 3, workers=1, table=path)

    def overtaken(_done: int, _runs: int) -> None:
        other.write_text(small().text())

    with pytest.raises(SourceError, match="being written by another sweep"):
        sweep(PARITY, HOW, 4, workers=1, table=other, progress=overtaken)
    assert other.read_text() == small().text()


def test_a_sweep_that_fails_at_once_leaves_no_table(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    toggling = compile_source(toggle()).net
    with pytest.raises(SourceError, match="a parity of samples without bits"):
        sweep(replace(toggling, random_inputs=(0,)), HOW, 3, workers=1, table=path)
    assert not path.exists()


def test_on_a_full_disk_a_table_keeps_whole_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, synced = tmp_path / "t.csv", []

    def full(_file: int) -> None:
        synced.append(1)
        if len(synced) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        sweep(PARITY, HOW, RUNS, workers=1, table=path)
    assert len(read_table(path).rows) == 20


def test_rows_with_a_mismatch_are_written_and_read() -> None:
    for place in ('a "b", c', "plain", "ends with ,", "two\nlines"):
        row = replace(
            small().rows[0], right=None, mismatch=Mismatch.of(4, place, 1, np.float32(-0.5))
        )
        assert Row.parse(row.line()) == row
        assert "\n" not in row.line()


def test_spreadsheets_can_read_a_table(whole: Table) -> None:
    import csv

    text = io.StringIO(whole.text())
    next(text)
    for row, read in zip(whole.rows, csv.DictReader(text), strict=True):
        assert read["target"] == row.target
        assert [int(read[name]) for name in ("run", "seed", "steps", "wrong_steps")] == [
            row.run, row.run + 3, 12, row.wrong_steps,
        ]  # fmt: skip


DOCS = Path(__file__).parent.parent / "docs" / "sweeps.md"


def test_every_column_of_a_table_is_described() -> None:
    described = DOCS.read_text().partition("| column |")[2].partition("\n\n")[0]
    rows = [line.partition("|")[2].partition("|")[0] for line in described.splitlines()[2:]]
    assert tuple(re.findall(r"`(\w+)`", " ".join(rows))) == COLUMNS


# The command line ---------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


OPTIONS = ("--steps", "12", "--seed", "3", "--labels", "parity", "--fresh", "5")


def test_the_command_writes_the_table_and_says_what_was_found(whole: Table, folder: Path) -> None:
    code, out, err = sgdcc("sweep", PARITY, "--runs", "33", *OPTIONS, "-o", "t.csv")
    assert (code, err) == (0, "")
    assert re.match(
        f"{PARITY}: 33 runs of 12 SGD steps, all as their references "
        r"\(parity labels, float64, seeds 3 to 35, \d+\.\d s\)\n",
        out,
    )
    assert "5 fresh samples: " in out
    assert out.endswith("table: t.csv\n")
    code, out, _ = sgdcc("sweep", PARITY, "--runs", str(RUNS), *OPTIONS, "-o", "t.csv")
    assert "33 of them were in the table" in out
    assert (folder / "t.csv").read_text() == whole.text()


def test_in_json_a_sweep_is_one_object(whole: Table) -> None:
    code, out, _ = sgdcc("sweep", PARITY, "--runs", str(RUNS), *OPTIONS, "--json")
    found = json.loads(out)
    steps = [row.wrong_steps for row in whole.rows]
    assert code == 0
    assert (found["runs"], found["made"], found["matching"]) == (RUNS, RUNS, RUNS)
    assert found["first_mismatch"] is None
    assert found["wrong_steps"] == {
        "least": min(steps), "median": float(np.median(steps)), "most": max(steps),
    }  # fmt: skip
    right = [row.right or 0 for row in whole.rows]
    assert found["accuracy"] == pytest.approx(sum(right) / RUNS / 5)
    assert found["all_right"] == right.count(5)
    assert found["net"] == whole.facts["net"]


@pytest.mark.parametrize("control", ["flip-weight", "learning-rate", "wrong-circuit"])
def test_a_broken_net_is_reported_with_run_and_step(control: str) -> None:
    code, out, _ = sgdcc("sweep", PARITY, "--runs", "9", *OPTIONS, "--control", control)
    assert code == 1
    assert re.search(r"12 SGD steps, \d DIVERGE ", out)
    place = r"(output|memory bit \d+ \S+ \(edge \d+\)|at the end, weight of edge \d+)"
    wanted = rf"\n  first in run (\d) \(seed (\d)\), step \d+: {place}: expected \S+, got \S+\n$"
    found = re.search(wanted, out)
    assert found
    assert int(found[2]) == int(found[1]) + 3


def test_a_noise_tolerant_net_is_swept_under_noise(folder: Path) -> None:
    options = ("--labels", "parity", "--fresh", "4", "--noise", "2e-3")
    net = (PARITY, "--target", "noise-tolerant", "--samples", "3")
    code, out, _ = sgdcc("sweep", *net, *options, "--runs", "5", "-o", "t.csv")
    assert code == 0
    assert re.search(r"5 runs of 3 SGD steps, all .*\n  noise on an edge summed to at most", out)
    before = (folder / "t.csv").read_text()
    assert sgdcc("sweep", *net, *options, "--runs", "7", "-o", "t.csv").code == 0
    assert (folder / "t.csv").read_text().startswith(before)
    code, _, err = sgdcc("sweep", *net, *options, "--steps", "3")
    assert code == 2
    assert "a step for each of its samples" in err
    code, out, _ = sgdcc("sweep", *net, "--noise", "0.1", "--runs", "2", "--json")
    assert code == 1
    assert json.loads(out)["first_mismatch"]["mismatch"]["what"]


def test_labels_of_a_file_are_the_same_in_each_run(folder: Path) -> None:
    (folder / "labels.txt").write_text("0\n1\n1\n")
    options = ("--runs", "4", "--steps", "3", "--labels", "labels.txt")
    assert sgdcc("sweep", PARITY, *options, "-o", "t.csv").code == 0
    assert read_table(Path("t.csv")).facts["listed"] == "011"
    code, _, err = sgdcc("sweep", PARITY, "--runs", "4", "--steps", "4", "--labels", "labels.txt")
    assert code == 2
    assert "has 3 labels, step 3 needs one more" in err


def test_a_machine_is_always_wrong() -> None:
    code, out, _ = sgdcc("sweep", "builtin:busy-beaver:states=2", "--runs", "2", "--steps", "5")
    assert code == 0
    assert "wrong steps of a run: 5 to 5" in out


def test_bad_usage_is_refused(folder: Path) -> None:
    (folder / "t.csv").write_text("mine\n")
    for arguments, message in (
        ((PARITY, "--labels", "party"), "no labels are called 'party'"),
        ((PARITY, "-o", "none/t.csv"), "there is no folder none"),
        ((PARITY, "-o", "t.csv"), "t.csv:1: "),
        ((PARITY, "--runs", "0"), "0 is not in the range"),
        ((PARITY, "--engine", "levels"), "'levels' is not one of"),
    ):
        code, out, err = sgdcc("sweep", *arguments)
        assert (code, out) == (2, "")
        assert message in err
    assert (folder / "t.csv").read_text() == "mine\n"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_how_many_runs_are_done() -> None:
    code, out, err = sgdcc("sweep", PARITY, "--runs", "60", *OPTIONS, err=Terminal())
    assert code == 0
    assert "\r" not in out
    assert [text for text in err.split("\r") if text.strip()] == [
        "run 0/60 (0%)", "run 20/60 (33%)", "run 40/60 (66%)", "run 60/60 (100%)",
    ]  # fmt: skip


def test_small_sweeps_are_made_here_and_large_ones_by_processes(
    net: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    class UnwantedError(Exception):
        pass

    def unwanted(*_arguments: object, **_others: object) -> None:
        raise UnwantedError

    monkeypatch.setattr(sweeping, "ProcessPoolExecutor", unwanted)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    sweep(net, HOW, 3)
    with pytest.raises(UnwantedError):
        sweep(net, HOW, 3, workers=2)
    with pytest.raises(UnwantedError):
        sweep(net, HOW, 10**7)
