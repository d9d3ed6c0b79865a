"""What a worker gets and gives: some runs of a sweep, and their lines of the table.

A worker is anything that an executor runs functions in: this thread, another, or a process, here or
on another machine. What is sent is small: a net is named, or read once by each process.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TypeVar

from circuits.errors import SourceError
from compiler.net import Net, Target
from compiler.netfile import dump_net, load_net
from runtime.replicas.settings import SweepSettings
from runtime.replicas.subject import Subject

Key = TypeVar("Key")
Value = TypeVar("Value")

_KEPT = 2
"""Nets that a process remembers, and those of them that it has laid out."""


@dataclass(frozen=True, slots=True)
class Task:
    """Some runs.

    Attributes:
        digest: of the net, see `digest_of`.
        net: where to get it if it is not remembered: a path or ``builtin:...``, or the bytes of a
            net file; None where `remember` has been called in every worker.
        settings: of the sweep.
        first, runs: which.
    """

    digest: str
    net: str | bytes | None
    settings: SweepSettings
    first: int
    runs: int


def digest_of(net: Net) -> str:
    """SHA-256 of the net's file."""
    return sha256(dump_net(net)).hexdigest()


def lines_of(task: Task) -> list[str]:
    """Make the runs; a line of the table for each, see `runtime.replicas.row.Row.line`."""
    from runtime.replicas.noisy import noisy_rows
    from runtime.replicas.runs import rows

    net, which = _net(task), (task.first, task.runs)
    if net.target is Target.NOISE_TOLERANT:
        return [row.line() for row in noisy_rows(net, task.settings, *which)]
    return [row.line() for row in rows(_subject(task, net), *which)]


_lock = Lock()
_nets: OrderedDict[str, Net] = OrderedDict()
_subjects: OrderedDict[tuple[str, SweepSettings], Subject] = OrderedDict()


def remember(digest: str, net: Net) -> None:
    """Tasks of this net in this process need not get it."""
    with _lock:
        _keep(_nets, digest, net)


def remember_file(digest: str, data: bytes) -> None:
    """Likewise for the bytes of its file, when a process begins."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_DFL)  # an interrupted worker has nothing to say
    remember(digest, load_net(data, "a worker's net"))


def _net(task: Task) -> Net:
    """The net of a task; got by one thread, while others wait."""
    with _lock:
        if task.digest not in _nets:
            _keep(_nets, task.digest, _fetched(task))
        _nets.move_to_end(task.digest)
        return _nets[task.digest]


def _subject(task: Task, net: Net) -> Subject:
    """The net of a task, laid out; likewise."""
    key = task.digest, task.settings
    with _lock:
        if key not in _subjects:
            _keep(_subjects, key, Subject.of(net, task.settings))
        _subjects.move_to_end(key)
        return _subjects[key]


def _fetched(task: Task) -> Net:
    """The net from where the task says.

    Raises:
        SourceError: there it is another.
    """
    from runtime.compiled import compile_source

    if isinstance(task.net, bytes):
        return load_net(task.net, "a task's net")
    if task.net is None:
        raise SourceError("a worker was not given the net")
    net = compile_source(Path(task.net) if Path(task.net).exists() else task.net).net
    if digest_of(net) != task.digest:
        raise SourceError(
            f"{task.net} is another net for this worker than where the sweep was started",
            hint="use the same version of sgdcc and the same file everywhere",
        )
    return net


def _keep(kept: OrderedDict[Key, Value], key: Key, value: Value) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > _KEPT:
        kept.popitem(last=False)
