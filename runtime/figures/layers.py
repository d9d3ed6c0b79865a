"""A recurrent convolutional net at work, as in Figure 3 of Goel et al. (2022).

Of a learner: how SGD writes the samples into the memory layer, and then how layer after layer
answers a query. Of a machine on a tape or a plane: its configurations, a layer each. All of it is
decoded from the values that the net's layers have.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from circuits.errors import LimitError, SourceError
from circuits.machines.bounded import BoundedMachine, bounded_machine
from circuits.machines.classical_learners import classical
from circuits.machines.configuration import Outcome
from compiler.rcnn.filter import Filter
from compiler.rcnn.grids import Grid, computing_grid, decoded
from compiler.rcnn.initial import layers_needed, with_dummy
from runtime.engines.threads import one_thread
from runtime.figures import Picture
from runtime.figures.grid_panels import Panel, draw_panels
from runtime.figures.spacetime import chosen_steps, draw_moments, is_plane, refuse_large
from runtime.figures.style import shortened
from runtime.rcnn.fast import FastRun
from runtime.rcnn.module import Rcnn
from runtime.rcnn.settings import RcnnSettings
from runtime.rcnn.task import ask_machine, draw_task

MOST_LAYERS = 10**7
"""Of a run that is drawn."""

MOST_COLUMNS, MOST_ROWS = 40, 64
"""Of a learner's grid, which is drawn with a symbol in every cell."""

_COLUMNS_IN_ALL = 52
"""Of all grids that stand side by side."""


class _Shown(NamedTuple):
    """The grids of a learner's run that are drawn."""

    written: list[Panel]
    """While SGD memorises."""
    answering: list[Panel]
    layers: int
    """That the query took."""
    steps: int


def draw_layers(net: Filter, settings: RcnnSettings, machine: BoundedMachine | None) -> Picture:
    """Draw a learner's run, or a machine's.

    As for `runtime.rcnn.verify`, a machine is a learner if it is known as one and no cells are
    given, or if there are bits or samples in the settings.

    Args:
        net: the filter.
        settings: bits, samples, dtype, seed and layers.
        machine: on its cells, if it is no learner; None for the cells that it needs.

    Raises:
        SourceError: the machine does not halt, or cannot read samples.
        LimitError: the grid is too large for letters, or there are too many layers.
    """
    learns = bool(settings.bits or settings.samples)
    learns |= classical(net.machine) is not None and machine is None
    with one_thread():
        if learns:
            return _learner(net, settings)
        return _run(net, settings, machine or bounded_machine(net.machine, None, settings.layers))


def _learner(net: Filter, settings: RcnnSettings) -> Picture:
    samples, bits = settings.size
    if bits + 2 > MOST_COLUMNS or samples + 1 > MOST_ROWS:
        raise LimitError(
            f"a grid of {bits + 2} x {samples + 1} cells is too large to draw; "
            f"give --bits {MOST_COLUMNS - 2} or fewer and --samples {MOST_ROWS - 1} or fewer"
        )
    shown = _train_and_ask(net, settings)
    name = net.machine.name or "machine"
    title = (
        f"{shortened(name, 50)} as a recurrent convolutional net, {samples} samples of {bits} bits"
        f" (seed {settings.seed})\nabove: {shown.steps} steps of SGD write W; "
        f"below: {shown.layers:,} layers answer a query"
    )
    figure = draw_panels(net, [shown.written, shown.answering], title)
    left = shown.layers + 1 - len(shown.answering)
    return Picture(figure, f"{left:,} of {shown.layers + 1:,} layers are not drawn" if left else "")


def _train_and_ask(net: Filter, settings: RcnnSettings) -> _Shown:
    """Stock SGD on the samples, then one query through all layers."""
    samples, bits = settings.size
    task = draw_task(classical(net.machine), samples, bits, 1, settings.seed)
    needed = layers_needed(samples + 1, bits + 1, ask_machine(net.machine, net.coding, task).steps)
    layers = settings.layers or needed
    if layers > MOST_LAYERS:
        raise LimitError(f"{layers:,} layers are too many to draw; give fewer bits or --layers")
    module = Rcnn(net, samples=samples, bits=bits, layers=layers, dtype=settings.dtype, path="fast")
    columns = min(10, max(4, _COLUMNS_IN_ALL // (bits + 3)))
    steps = samples + 1
    written: list[Panel] = []
    shown, target = with_dummy(task.samples, task.labels)
    optimizer = torch.optim.SGD(module.parameters(), lr=module.learning_rate)
    later = _spread(steps - 1, columns - 4)
    for step in range(steps):
        x = torch.tensor(shown[step])
        if step == 0:
            written += _wave(net, module, x)
        elif step in later:
            grid = _numbers(net, module, x)
            written.append(Panel(f"step {step}\nlayer 0", grid))
        loss = (module(x) - target[step]) ** 2 / 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if settings.progress is not None:
            settings.progress(step + 1, steps)
    query = torch.tensor(task.queries[0])
    start = module.grids(query[None])[0].detach().numpy()
    run, answering = FastRun(module.filter, start), []
    last = _layers_until_fixed(FastRun(module.filter, start), layers)
    for layer in _growing(last, columns):
        run.advance(layer - run.layers)
        grid = net.coding.numbers(run.grid)
        answering.append(Panel(f"layer {layer:,}\n{_head_words(net, grid)}", grid))
    return _Shown(written, answering, last, steps)


def _wave(net: Filter, module: Rcnn, x: torch.Tensor) -> list[Panel]:
    """The first sample before it is written, and how the memory phase spreads (Lemma 3)."""
    run = FastRun(module.filter, module.grids(x[None])[0].detach().numpy())
    found = []
    for layer in (0, 1, 3):
        run.advance(layer - run.layers)
        found.append(Panel(f"step 0\nlayer {layer}", net.coding.numbers(run.grid)))
    return found


def _numbers(net: Filter, module: Rcnn, x: torch.Tensor) -> Grid:
    return net.coding.numbers(module.grids(x[None])[0].detach().numpy())


def _layers_until_fixed(run: FastRun, most: int) -> int:
    """After how many layers nothing changes any more."""
    changes = run.changes(most)
    return int(changes.layer.max(initial=0))


def _spread(last: int, count: int) -> set[int]:
    """So many steps from 1 to the last one, evenly."""
    return set(np.linspace(1, last, max(count, 1) + 1).round().astype(int).tolist()[-count - 1 :])


def _growing(last: int, count: int) -> list[int]:
    """Layers 0, 1, ... and the last, ever farther apart."""
    found = {0, min(1, last), last}
    wanted = min(count, last + 1)
    for more in range(count, 40 * count):
        if len(found) >= wanted:
            break
        space = np.geomspace(1, max(last, 1), more).round().astype(int)
        found = {0, *np.unique(space).tolist()}
    ordered = sorted(found)
    return ordered if len(ordered) <= count else [*ordered[: count - 1], ordered[-1]]


def _head_words(net: Filter, grid: Grid) -> str:
    """The state, where the head is."""
    for number in grid.ravel().tolist():
        cell = net.coding.cells[number] if number >= 0 else None
        if cell is not None and cell.state is not None:
            return shortened(net.machine.states[cell.state], 14)
    return "no head"


def _run(net: Filter, settings: RcnnSettings, machine: BoundedMachine) -> Picture:
    """A machine that is no learner."""
    refuse_large(machine)
    ran = machine.run(settings.layers)
    if settings.layers is None and ran.outcome is Outcome.RUNNING:
        raise SourceError("the machine does not halt", hint="say how many layers (--layers)")
    layers = settings.layers or max(ran.steps, 1)
    if layers > MOST_LAYERS:
        raise LimitError(f"{layers:,} layers are too many to draw; give --layers")
    module = Rcnn(net, samples=1, bits=1, layers=layers, dtype=settings.dtype, path="fast")
    due = computing_grid(net.coding, machine.configuration, machine.field)
    values = net.coding.floats(due).astype(settings.dtype)
    run, moments = FastRun(module.filter, values), []
    for layer in chosen_steps(layers, is_plane(machine)):
        run.advance(layer - run.layers)
        moments.append((layer, decoded(net.coding, net.coding.numbers(run.grid))))
    name = net.machine.name or "machine"
    title = f"{shortened(name, 60)} as a recurrent convolutional net\n{layers:,} layers"
    return draw_moments(machine, moments, title, "layer")
