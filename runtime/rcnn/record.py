"""Record a run of a recurrent convolutional net, see `runtime.rcnn.recording`.

Nothing runs beside the net: samples are memorised by the textbook loop of SGD, and all values are
those of the module's layers. That the recorded layers end in the module's output is checked.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from circuits.errors import InvariantError, LimitError, SourceError
from circuits.machines.bounded import BoundedMachine, bounded_machine
from circuits.machines.classical_learners import Signs, classical
from circuits.machines.configuration import Outcome
from compiler.rcnn.filter import Filter
from compiler.rcnn.grids import computing_grid
from compiler.rcnn.initial import layers_needed, with_dummy
from runtime.engines.threads import one_thread
from runtime.rcnn.module import Rcnn
from runtime.rcnn.recording import LayerRecording, Pass, in_order
from runtime.rcnn.settings import RcnnSettings
from runtime.rcnn.task import ask_machine, draw_task
from runtime.rcnn.trace import start

MOST_LAYERS = 20_000
"""That change anything, on the way of one grid."""

MOST_CELLS = 4096
"""Of a grid."""

MOST_VALUES = 500_000
"""Of all first grids, and of all cells that layers change."""

_FEWER = "give fewer --bits, --samples or --fresh"
_SMALLER = "give a smaller machine, or fewer --cells"


def record_layers(
    net: Filter, settings: RcnnSettings, machine: BoundedMachine | None = None
) -> LayerRecording:
    """Record a learner's run, or a machine's.

    As for `runtime.rcnn.verify`, a machine is a learner if it is known as one and no cells are
    given, or if there are bits or samples in the settings.

    Args:
        net: the filter.
        settings: bits, samples, dtype, seed, path, layers, and ``fresh``: queries, by default one.
        machine: on its cells, if it is no learner; None for the cells that it needs.

    Raises:
        SourceError: the machine does not halt, or cannot read samples.
        LimitError: there is more than `MOST_LAYERS`, `MOST_CELLS` and `MOST_VALUES` allow.
    """
    learns = bool(settings.bits or settings.samples)
    learns |= classical(net.machine) is not None and machine is None
    with one_thread():
        if learns:
            return _record_learner(net, settings)
        return _record_run(net, settings, machine)


class _Recorder:
    """Sends grids through a module's layers, as long as there is room."""

    def __init__(self, module: Rcnn, instead: str) -> None:
        self._module = module
        self._instead = instead
        self._left = MOST_VALUES
        self.passes: list[Pass] = []

    def follow(self, grid: torch.Tensor, **said: Any) -> NDArray[np.floating[Any]]:
        """Record one pass; returns the grid after the last layer."""
        run, layers = start(self._module, grid), self._module.layers
        begin = grid.detach().numpy().copy()
        self._left -= begin.size
        changes = in_order(begin, run.changes(min(layers, MOST_LAYERS)))
        self._left -= len(changes.layer)
        if not run.is_fixed and layers > MOST_LAYERS:
            raise LimitError(
                f"{layers:,} layers are too many for a page, which holds {MOST_LAYERS:,}; "
                f"--layers {MOST_LAYERS} shows the first ones; or {self._instead}"
            )
        if self._left < 0:
            raise LimitError(
                f"more than {MOST_VALUES:,} values of cells are too many for a page; "
                f"give fewer --layers, or {self._instead}"
            )
        self.passes.append(Pass(begin, changes, **said))
        return self.passes[-1].grid(layers)


def _record_learner(net: Filter, settings: RcnnSettings) -> LayerRecording:
    """Stock SGD on the samples, then the queries."""
    samples, bits = settings.size
    _refuse_large(bits + 2, samples + 1, _FEWER)
    known = classical(net.machine)
    task = draw_task(known, samples, bits, settings.fresh or 1, settings.seed)
    asked = ask_machine(net.machine, net.coding, task)
    layers = settings.layers or layers_needed(samples + 1, bits + 1, asked.steps)
    module = Rcnn(
        net, samples=samples, bits=bits, layers=layers, dtype=settings.dtype, path=settings.path
    )
    recorder = _Recorder(module, _FEWER)
    optimizer = torch.optim.SGD(module.parameters(), lr=module.learning_rate)
    shown, target = with_dummy(task.samples, task.labels)
    memory, count = [], len(shown) + len(task.queries)
    for step, (sample, label) in enumerate(zip(shown, target, strict=True)):
        memory.append(module.memory.detach().numpy().copy())
        output = _through(recorder, module, sample, label=int(label))
        loss = (output - int(label)) ** 2 / 2
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        _tell(settings, step + 1, count)
    memory.append(module.memory.detach().numpy().copy())
    for number, query in enumerate(task.queries):
        own = int(asked.answers[number])
        answer = task.answer and task.answer(task.samples, task.labels, query)
        with torch.no_grad():
            _through(recorder, module, query, machine_answer=own, learner_answer=answer)
        _tell(settings, len(shown) + number + 1, count)
    passes, all_memory = tuple(recorder.passes), np.stack(memory)
    return LayerRecording(
        net, passes, all_memory, layers, settings.seed, settings.dtype, settings.path
    )


def _through(recorder: _Recorder, module: Rcnn, x: Signs, **said: Any) -> torch.Tensor:
    """The module's output for one sample, and its layers recorded: both must say the same."""
    given = torch.tensor(x)
    output = module(given)
    told = float(output.detach())
    last = recorder.follow(module.grids(given[None])[0].detach(), sample=x, output=told, **said)
    with torch.no_grad():
        again = float(module.output(torch.tensor(last)[None])[0])
    if again != told:
        raise InvariantError(f"an output of {told}, recorded layers with {again}")
    assert isinstance(output, torch.Tensor)
    return output


def _record_run(
    net: Filter, settings: RcnnSettings, machine: BoundedMachine | None
) -> LayerRecording:
    """A machine that is no learner, on a grid of which all cells compute from the beginning."""
    machine = machine or bounded_machine(net.machine, None, settings.layers)
    _refuse_large(machine.field.width, machine.field.height, _SMALLER)
    layers = settings.layers
    if layers is None:
        ran = machine.run()
        if ran.outcome is Outcome.RUNNING:
            raise SourceError("the machine does not halt", hint="say how many layers (--layers)")
        layers = max(ran.steps, 1)
    module = Rcnn(net, samples=1, bits=1, layers=layers, dtype=settings.dtype, path=settings.path)
    due = computing_grid(net.coding, machine.configuration, machine.field)
    recorder = _Recorder(module, _SMALLER)
    recorder.follow(torch.tensor(net.coding.floats(due).astype(settings.dtype)))
    _tell(settings, 1, 1)
    return LayerRecording(
        net, tuple(recorder.passes), None, layers, settings.seed, settings.dtype, settings.path
    )


def _refuse_large(width: int, height: int, instead: str) -> None:
    if width * height > MOST_CELLS:
        raise LimitError(
            f"a grid of {width} x {height} cells is too large for a page, which shows "
            f"{MOST_CELLS:,}; {instead}"
        )


def _tell(settings: RcnnSettings, done: int, total: int) -> None:
    if settings.progress is not None:
        settings.progress(done, total)
