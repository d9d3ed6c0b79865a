"""What noise-tolerant nets cost as samples get longer and more: prints a table of docs/noise.md.

A step is one of SGD, forward, backward and update, by the fastest engine; with noise on every
weight; and with everything that `sgdcc verify` compares. The last column is a step of the net with
the printed constants in double-double numbers.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np

from compiler.net import Net
from runtime.compiled import compile_source
from runtime.engines.native import is_available
from runtime.engines.threads import one_thread
from runtime.noise.models import Gaussian, Stream
from runtime.noise.runs import NoiseRuns
from runtime.noise.trainer import NoisyTrainer
from runtime.restarts import Restarts
from runtime.settings import Settings
from runtime.trainer import Trainer

SIZES = ((2, 10), (4, 12), (4, 24), (4, 48), (8, 16), (8, 32), (16, 24), (16, 48), (32, 40))
"""(bits, samples) of parity learners."""

_HEAD = (
    "| n | T | cells | vertices | edges | levels | guaranteed | compile | step | noisy | compared "
    "| double-double |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|---|\n"
)
_NOISE = 1e-6
_AT_LEAST = 0.5
"""Seconds to measure for."""


def row(bits: int, samples: int) -> str:
    """A line of the table."""
    started = time.perf_counter()
    net = _compiled(bits, samples, "wide")
    compiling = time.perf_counter() - started
    settings = Settings(engine="live" if is_available() else "levels")
    restarts = Restarts(net, settings)
    noise = Gaussian(_NOISE)
    compared = NoiseRuns(
        net, Settings(engine=settings.engine, noise=_NOISE, runs=10**6, questions=1)
    ).results()
    pairs = Restarts(_compiled(bits, samples, "printed"), Settings())
    times = [
        _seconds(lambda: _train(net, restarts.start())) / samples,
        _seconds(lambda: _train(net, NoisyTrainer(restarts.start(), noise, Stream(0)))) / samples,
        _seconds(lambda: next(compared)) / samples,
        _seconds(lambda: _train(net, pairs.start())) / samples,
    ]
    counts = [bits, samples, len(net.cells), net.vertices, net.edges, net.levels]
    cells = [f"{count:,}" for count in counts]
    cells += [f"{net.noise.to_float():.1e}", f"{compiling:.1f} s"]
    cells += [f"{1000 * seconds:.2f} ms" for seconds in times]
    return f"| {' | '.join(cells)} |\n"


def _compiled(bits: int, samples: int, preset: str) -> Net:
    source = f"builtin:parity:bits={bits}"
    return compile_source(source, target="noise-tolerant", samples=samples, preset=preset).net


def _train(net: Net, run: Trainer) -> None:
    """A run's steps of SGD."""
    for sample in np.random.default_rng(0).integers(0, 2, (net.samples, len(net.inputs))):
        run.forward_backward([(2 * sample - 1).tolist()], [1])
        run.update()


def _seconds(work: Callable[[], object]) -> float:
    """In the mean, after a first time that is not counted."""
    work()
    started, done = time.perf_counter(), 0
    while (spent := time.perf_counter() - started) < _AT_LEAST:
        work()
        done += 1
    return spent / done


if __name__ == "__main__":
    sys.stdout.write(_HEAD)
    with one_thread():
        for size in SIZES:
            sys.stdout.write(row(*size))
            sys.stdout.flush()
