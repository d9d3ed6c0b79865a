"""The recurrent convolutional net: a layer computed cell by cell, and by what changes in it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from circuits.errors import InvariantError
from circuits.machines.bounded import bounded_machine
from circuits.machines.machine import Machine
from compiler.rcnn.grids import computing_grid
from compiler.rcnn.machine_to_rcnn import machine_to_rcnn
from runtime.bench.measure import Entry, Names, medians
from runtime.rcnn.fast import FastRun
from runtime.rcnn.module import Rcnn

NAME = "rcnn_fast_vs_plain"
COMPARISONS: Mapping[str, tuple[str, str]] = {NAME: ("fast", "plain")}

_PLAIN_LAYERS = 50


def measure_layers(
    machine: Machine, names: Names, budget: float, layers: int | None = None
) -> list[Entry]:
    """Seconds a layer, of the fast path and of the plain one.

    Args:
        machine: what the filter is made of.
        names: the entries that are asked.
        budget: seconds.
        layers: how many the fast path does; by default until the machine halts.

    Raises:
        InvariantError: they give different grids.
    """
    if NAME not in names:
        return []
    bounded = bounded_machine(machine, steps=layers)
    steps = bounded.run(layers).steps
    net = machine_to_rcnn(machine)
    grid = net.coding.floats(computing_grid(net.coding, bounded.configuration, bounded.field))
    filter_ = Rcnn(net, samples=1, bits=1, layers=1).filter
    few = min(steps, _PLAIN_LAYERS)

    def plain() -> torch.Tensor:
        values = torch.tensor(grid)[None, None]
        with torch.no_grad():
            for _ in range(few):
                values = filter_(values)
        return values[0, 0]

    def fast(count: int = steps) -> FastRun:
        run = FastRun(filter_, grid)
        run.advance(count)
        return run

    if not np.array_equal(fast(few).grid, plain().numpy()):
        raise InvariantError(f"the fast path gives another grid of {machine.name}")
    seconds = medians({"fast": fast, "plain": plain}, budget)
    return [
        Entry(
            NAME, machine.name, net.sizes.parameters, steps,
            seconds["fast"] / steps, "plain", seconds["plain"] / few,
        )
    ]  # fmt: skip
