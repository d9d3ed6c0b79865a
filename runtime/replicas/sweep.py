"""Sweeps: thousands of runs of a net, on any executor, with one table of results."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from circuits.errors import LimitError, SourceError
from compiler.net import Net, Target
from compiler.netfile import dump_net, is_net_file
from runtime.compiled import compile_source
from runtime.engines.gpu import require_gpu
from runtime.replicas.row import Row
from runtime.replicas.settings import SweepSettings
from runtime.replicas.subject import check_net
from runtime.replicas.table import Table, TableFile
from runtime.replicas.tasks import Task, digest_of, lines_of, remember, remember_file
from runtime.settings import Progress
from runtime.sources import BUILTIN

_CHUNK = 1024
"""Runs that a worker makes at once, and the table gets at once. The reference of all of them takes
little longer than that of one."""

_LONG = 1 << 33
"""Edges times samples of a chunk; where they were more, it has fewer runs."""

_FEW, _LEAST = 64, 16
"""Runs of a chunk even of a large net, and even for many workers."""

_SHOWN = 1 << 27
"""Bits that may be shown to the runs of a chunk in all."""

_AHEAD = 2
"""Chunks that wait for each worker; more would be lost in an interruption."""

_ELSEWHERE = 32
"""Workers that an executor is taken to have."""

_NOISY = 1 << 8
"""How much longer a step takes where noise is added and followed."""

_SMALL = 1 << 30
"""Edges times steps times runs that are done sooner than processes have started."""


def sweep(
    source: str | Path | Net,
    settings: SweepSettings,
    runs: int,
    executor: Executor | None = None,
    *,
    workers: int | None = None,
    table: str | Path | None = None,
    progress: Progress | None = None,
) -> Table:
    """Train a net in many independent runs, each compared with its reference in every step.

    Args:
        source: a net, what to compile to one, or a net file.
        settings: of all runs.
        runs: how many; run 0 to runs - 1.
        executor: where to run; by default as many processes as there are processors. A net file
            and ``builtin:...`` are then sent by name and read where they are used, a `Net` as the
            bytes of its file with every chunk of runs.
        workers: processes, where there is no executor; with 1, all runs are made here. With an
            executor, how many chunks of runs it does at once.
        table: a file to write results to as they come. Runs that it has are not made again.
        progress: told at the start and after every chunk.

    Returns:
        The table, in the order of the runs; it depends on nothing but the net, the settings, the
        number of runs, and the version of sgdcc.

    Raises:
        SourceError: the net is not one for a sweep; the table is damaged or of another sweep.
        LimitError: a worker died.
    """
    if runs < 0:
        raise SourceError(f"{runs} runs", hint="a number of runs is 0 or more")
    net = source if isinstance(source, Net) else compile_source(source).net
    check_net(net, settings)
    if settings.engine == "gpu" and executor is None:
        require_gpu()
    digest = digest_of(net)
    remember(digest, net)
    facts = _facts(net, digest, settings)
    job = _Job(net, digest, source, settings, runs)
    file = None if table is None else TableFile(Path(table), facts)
    with nullcontext() if file is None else closing(file):
        rows = [] if file is None else list(file.rows)
        if len(rows) > runs:
            raise SourceError(
                f"{table} has {len(rows)} runs", hint=f"ask for {len(rows)}, or name another file"
            )
        told = progress or (lambda _done, _runs: None)
        told(len(rows), runs)
        with closing(job.chunks(len(rows), executor, workers)) as chunks:
            for chunk in chunks:
                if file is not None:
                    file.append(chunk)
                rows += chunk
                told(len(rows), runs)
    return Table(facts, tuple(rows))


def _facts(net: Net, digest: str, settings: SweepSettings) -> Mapping[str, Any]:
    """What a table is of."""
    return {
        "sgdcc": version("sgdcc"),
        "source": net.source,
        "net": digest,
        "edges": net.edges,
        **settings.facts(),
    }


@dataclass(frozen=True, slots=True)
class _Job:
    """The runs of a sweep; see `sweep`."""

    net: Net
    digest: str
    source: str | Path | Net
    settings: SweepSettings
    runs: int

    def chunks(
        self, first: int, executor: Executor | None, workers: int | None
    ) -> Generator[list[Row]]:
        """Runs from number ``first`` on, some at a time, in order."""
        if executor is not None:
            yield from self._on(executor, workers or _ELSEWHERE, self._sent(), first)
            return
        large = self._cost * self.settings.steps * (self.runs - first) > _SMALL
        workers = workers or (os.cpu_count() or 1 if large else 1)
        if workers == 1:
            for task in self._tasks(1, None, first):
                yield _rows(lines_of(task))
            return
        data = dump_net(self.net)
        with _ending(
            ProcessPoolExecutor(
                workers,
                get_context("spawn"),
                initializer=remember_file,
                initargs=(self.digest, data),
            )
        ) as pool:
            yield from self._on(pool, workers, None, first)

    @property
    def _cost(self) -> int:
        """Of a step, in edges."""
        return self.net.edges * (_NOISY if self.net.target is Target.NOISE_TOLERANT else 1)

    def _on(
        self, executor: Executor, workers: int, sent: str | bytes | None, first: int
    ) -> Iterator[list[Row]]:
        """The same; only so many chunks wait that an interruption loses little."""
        waiting = deque[Future[list[str]]]()
        try:
            for task in self._tasks(workers, sent, first):
                waiting.append(executor.submit(lines_of, task))
                if len(waiting) > _AHEAD * workers:
                    yield _rows(waiting.popleft().result())
            while waiting:
                yield _rows(waiting.popleft().result())
        except BrokenExecutor:
            raise LimitError(
                "a worker died, perhaps for want of memory; with fewer workers there is more"
            ) from None
        finally:
            for future in waiting:
                future.cancel()

    def _tasks(self, workers: int, sent: str | bytes | None, first: int) -> Iterator[Task]:
        """Chunks as large as pays, but several for each worker, and of bounded memory."""
        samples = max(1, self.settings.steps + self.settings.questions)
        size = min(_CHUNK, max(_FEW, _LONG // (samples * self._cost)))
        size = min(size, _SHOWN // (samples * max(1, len(self.net.inputs))))
        size = max(1, min(size, max(_LEAST, -(-(self.runs - first) // (_AHEAD * workers)))))
        for start in range(first, self.runs, size):
            yield Task(self.digest, sent, self.settings, start, min(size, self.runs - start))

    def _sent(self) -> str | bytes:
        """How a worker of a given executor gets the net."""
        if isinstance(self.source, str) and self.source.startswith(BUILTIN):
            return self.source
        if not isinstance(self.source, Net):
            path = Path(self.source).resolve()
            if is_net_file(path.read_bytes()):
                return str(path)
        return dump_net(self.net)


@contextmanager
def _ending(pool: ProcessPoolExecutor) -> Iterator[ProcessPoolExecutor]:
    """A pool that, where the sweep ends early, does not finish what is under way."""
    try:
        yield pool
    except BaseException:
        for process in dict(getattr(pool, "_processes", None) or {}).values():
            process.terminate()  # chunks that are lost are made again
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _rows(lines: list[str]) -> list[Row]:
    return [Row.parse(line) for line in lines]
