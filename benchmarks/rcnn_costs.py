"""Figures of docs/rcnn.md: sizes, layers and times of the recurrent convolutional net.

Run it as `python benchmarks/rcnn_costs.py [parity] [machines] [speed] [restarts]`; all by default,
some minutes on one core. Times are those of this processor.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from circuits.catalog import builtin_machine
from circuits.machines.bounded import BoundedMachine, bounded_machine
from circuits.machines.classical_learners import CLASSICAL
from circuits.machines.machine import Machine
from circuits.machines.run import run
from compiler.rcnn.grids import computing_grid
from compiler.rcnn.machine_to_rcnn import machine_to_rcnn
from runtime.engines.threads import one_thread
from runtime.rcnn.fast import FastRun
from runtime.rcnn.module import Rcnn
from runtime.rcnn.restarts import PROBLEMS, accuracy, find_learner
from runtime.rcnn.settings import RcnnSettings
from runtime.rcnn.task import draw_task
from runtime.rcnn.verify import verify_rcnn

MLP_HIDDEN = 470
"""Its d * 470 + 470 * 471 + 470 + 471 weights are about as many as the filter has."""


RESTARTS = 50_000


def parity() -> None:
    """One filter, any number of bits; beside a net of its size that is initialised at random."""
    machine = builtin_machine("parity-machine")
    net, sizes = machine_to_rcnn(machine), machine_to_rcnn(machine).sizes
    show(
        f"s = {sizes.states}, width {sizes.width}, {sizes.parameters} parameters, "
        f"{sizes.nonzero} of them not 0, {sizes.distinct_weights} values"
    )
    show("| d | m | grid | L | cells compared | seconds | fresh, wrong | MLP right |")
    for bits in (2, 4, 6, 8, 12, 16):
        report = verify_rcnn(net, settings=RcnnSettings(bits=bits))
        facts = report.facts
        assert report.emulates, report
        show(
            f"| {bits} | {facts.samples} | {facts.grid[0]} x {facts.grid[1]} | {facts.layers} | "
            f"{facts.cells_compared:,} | {report.seconds:.1f} | "
            f"{facts.fresh}, {facts.fresh_wrong} | {mlp_right(bits):.1%} |"
        )


def mlp_right(bits: int) -> float:
    """Of fresh samples, by a ReLU net trained once through the same samples, one at a time."""
    task = draw_task(CLASSICAL["parity-machine"], bits + 10, bits, 1000, 0)
    torch.manual_seed(0)
    mlp = nn.Sequential(
        nn.Linear(bits, MLP_HIDDEN), nn.ReLU(),
        nn.Linear(MLP_HIDDEN, MLP_HIDDEN), nn.ReLU(), nn.Linear(MLP_HIDDEN, 1),
    )  # fmt: skip
    optimizer = torch.optim.SGD(mlp.parameters(), lr=0.03)
    for x, y in zip(task.samples, task.labels, strict=True):
        loss = (mlp(torch.tensor(x).float()) - int(y)) ** 2 / 2
        optimizer.zero_grad()
        loss.sum().backward()
        optimizer.step()
    assert task.answer is not None
    due = [task.answer(task.samples, task.labels, query) for query in task.queries]
    with torch.no_grad():
        got = mlp(torch.tensor(task.queries).float()).sign().ravel().numpy()
    return float((got == np.array(due)).mean())


def machines() -> None:
    """Machines that learn, and machines that do not, cell for cell."""
    show("| machine | s | width | parameters | values | L | cells compared | seconds |")
    for name, layers in (
        ("majority-machine", None), ("nearest-machine", None), ("parity-machine", None),
        ("busy-beaver:states=2", None), ("busy-beaver:states=3", None),
        ("busy-beaver:states=4", None), ("busy-beaver:states=2,symbols=3", None),
        ("busy-beaver:states=3,symbols=3,record=box", None), ("langton", 11_000),
    ):  # fmt: skip
        bits = 8 if name.endswith("-machine") else None
        report = verify_rcnn(builtin_machine(name), settings=RcnnSettings(bits=bits, layers=layers))
        assert report.emulates, report
        facts = report.facts
        show(
            f"| {name} | {facts.states} | {facts.width} | {facts.parameters:,} | "
            f"{facts.distinct_weights} | {facts.layers:,} | {facts.cells_compared:,} | "
            f"{report.seconds:.1f} |"
        )


def speed() -> None:
    """Layers a second on one thread: plain, fast, and the table of the machine."""
    show("| machine | grid | plain | fast | simulator |")
    for name, steps in (("busy-beaver:states=3,symbols=3,record=box", None), ("langton", 11_000)):
        machine = builtin_machine(name)
        bounded = bounded_machine(machine, steps=steps)
        ran = bounded.run(steps)
        net = machine_to_rcnn(machine)
        grid = net.coding.floats(computing_grid(net.coding, bounded.configuration, bounded.field))
        module = Rcnn(net, samples=1, bits=1, layers=1)
        some = torch.tensor(grid)[None, None]

        def plain(module: Rcnn = module, some: torch.Tensor = some) -> None:
            with torch.no_grad():
                for _ in range(200):
                    module.filter(some)

        def fast(module: Rcnn = module, grid: np.ndarray = grid, count: int = ran.steps) -> None:
            FastRun(module.filter, grid).advance(count)

        def table(
            machine: Machine = machine, bounded: BoundedMachine = bounded, count: int = ran.steps
        ) -> None:
            run(machine, bounded.configuration, count, bounded.field)

        rates = [200 / seconds(plain), ran.steps / seconds(fast), ran.steps / seconds(table)]
        height, width = grid.shape
        show(f"| {name} | {width} x {height} | {' | '.join(f'{r:,.0f}' for r in rates)} |")


def seconds(work: Callable[[], None]) -> float:
    """The best of three, after one that warms up."""
    work()
    taken = []
    for _ in range(3):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return min(taken)


def restarts() -> None:
    """Corollary 2: learners of few states, found at random."""
    show("| problem | states | restarts | right | c of s^(-c s) | best: validation | fresh |")
    for problem in PROBLEMS.values():
        fresh = problem.examples(2000, 99)
        for states in (1, 2, 3):
            found = find_learner(problem, states=states, restarts=RESTARTS, seed=0)
            best = found.best
            show(
                f"| {problem.name} | {states} + 1 | {found.restarts:,} | {found.right} | "
                f"{found.exponent:.2f} | {best.validation:.1%} | "
                f"{accuracy(best.machine, problem, fresh):.1%} |"
            )


def show(line: str) -> None:
    """Print a line."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


PARTS = {"parity": parity, "machines": machines, "speed": speed, "restarts": restarts}

if __name__ == "__main__":
    with one_thread():
        for part in sys.argv[1:] or PARTS:
            PARTS[part]()
