"""Verify that the layers of the net are the steps of a machine that is no learner."""

from __future__ import annotations

import numpy as np
import torch

from circuits.errors import SourceError
from circuits.machines.bounded import BoundedMachine, limit_of
from circuits.machines.configuration import Outcome
from compiler.rcnn.cells import described
from compiler.rcnn.filter import Filter
from compiler.rcnn.grids import Grid, computing_grid
from runtime.rcnn.controls import with_flipped_weight
from runtime.rcnn.module import Rcnn
from runtime.rcnn.report import RcnnDivergence
from runtime.rcnn.settings import RcnnSettings
from runtime.rcnn.trace import Tracer, events_of_run, start
from runtime.rcnn.verify_learner import Findings


def verify_run(net: Filter, bounded: BoundedMachine, settings: RcnnSettings) -> Findings:
    """Run a machine's configuration through the layers; all cells compute from the beginning.

    Compared are the symbol, the head and the state of every cell in every layer; and the end with
    `circuits.machines.run`, which knows nothing of layers.

    Args:
        net: the filter of ``bounded.machine``.
        bounded: the machine, its cells and what it starts on.
        settings: how.

    Raises:
        SourceError: the machine does not halt, and ``settings.layers`` is None.
    """
    machine, field, configuration = bounded.machine, bounded.field, bounded.configuration
    ran = bounded.run(settings.layers)
    if settings.layers is None and ran.outcome is Outcome.RUNNING:
        raise SourceError(
            f"{machine.name or 'the machine'} does not halt within {limit_of(machine)} steps",
            hint="say how many layers",
        )
    layers = settings.layers or max(ran.steps, 1)
    due = computing_grid(net.coding, configuration, field)
    broken = settings.control == "flip-weight"
    module = Rcnn(
        with_flipped_weight(net, due, settings.seed) if broken else net,
        samples=1,  # of no interest: there is no training
        bits=1,
        layers=layers,
        dtype=settings.dtype,
        path=settings.path,
    )
    findings = Findings(layers, ran.steps, (field.width, field.height))
    dtype = getattr(torch, settings.dtype)
    grid = torch.tensor(net.coding.floats(due)).to(dtype)
    tracer, going = Tracer(net.coding, machine, due), start(module, grid)
    mismatch = tracer.begin(grid.numpy())
    if mismatch is None:
        events = events_of_run(machine, net.coding, configuration, field)
        mismatch = tracer.follow(going, events, layers, settings.progress)
    findings.compared = tracer.compared
    findings.add("run", None, mismatch)
    if findings.first is None:
        findings.first = _end(net, bounded, tracer.grid, layers)
    return findings


def _end(net: Filter, bounded: BoundedMachine, grid: Grid, layers: int) -> RcnnDivergence | None:
    """What is wrong with the last grid, by the simulator; where a step is a layer to the end."""
    ran = bounded.run(layers)
    if ran.outcome is not Outcome.HALTED and (
        ran.outcome is not Outcome.RUNNING or bounded.field.margin
    ):
        return None  # the head met the border, where a layer may be two steps or none
    due = computing_grid(net.coding, ran.configuration, bounded.field)
    for (y, x), wanted in np.ndenumerate(due):
        if grid[y, x] != wanted:
            expected, got = (
                described(bounded.machine, net.coding.cells[n]) for n in (wanted, grid[y, x])
            )
            return RcnnDivergence("run", "end", None, layers, (x, y), expected, got)
    return None
