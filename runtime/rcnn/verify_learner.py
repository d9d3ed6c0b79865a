"""Verify that SGD on the net memorises, and that the net then is the learner.

Compared are W and the output after every step of SGD; every cell in every layer, with what Lemma 3
says in training and with the machine afterwards; and the answers to fresh queries with the machine
and with a learner in plain Python.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from torch import Tensor

from circuits.errors import InvariantError
from circuits.machines.classical_learners import Signs, classical
from compiler.rcnn.cells import described
from compiler.rcnn.filter import Filter
from compiler.rcnn.grids import Grid, memorising, predicting
from compiler.rcnn.head import head_slope, written
from compiler.rcnn.initial import input_grid, layers_needed, memory, with_dummy
from runtime.rcnn.controls import with_flipped_weight
from runtime.rcnn.module import Rcnn
from runtime.rcnn.report import RcnnDivergence
from runtime.rcnn.settings import TRACED, RcnnSettings
from runtime.rcnn.task import Asked, Task, ask_machine, draw_task
from runtime.rcnn.trace import Mismatch, Tracer, events_of_grids, start

WORKSPACE = 1
"""Columns to the right of the main grid."""

_AT_ONCE = 64
"""Queries in one call of the module."""


@dataclass
class Findings:
    """What was found so far; the verification ends with the first divergence."""

    layers: int = 0
    machine_layers: int = 0
    grid: tuple[int, int] = (0, 0)
    steps: int = 0
    compared: int = 0
    fresh: int | None = None
    fresh_wrong: int | None = None
    memorised: bool | None = None
    cell_mismatches: int = 0
    output_mismatches: int = 0
    memory_mismatches: int = 0
    first: RcnnDivergence | None = None

    def add(self, when: str, step: int | None, mismatch: Mismatch | None) -> None:
        """Note a layer that is wrong."""
        if mismatch is not None:
            self.cell_mismatches = mismatch.cells
            self.first = RcnnDivergence(
                when, "cell", step, mismatch.layer, mismatch.cell, mismatch.expected, mismatch.got
            )


def verify_learner(net: Filter, settings: RcnnSettings, intended: Filter | None = None) -> Findings:
    """Train a module by stock SGD, ask it, and compare.

    Args:
        net: the filter that runs.
        settings: how.
        intended: whose machine the queries are to be answered by, if not the filter's own.
    """
    samples, bits = settings.size
    intended = intended or net
    task = draw_task(classical(intended.machine), samples, bits, settings.queries, settings.seed)
    asked = ask_machine(intended.machine, intended.coding, task, WORKSPACE)
    needed = layers_needed(samples + 1, bits + 1, asked.steps)
    layers = settings.layers or needed
    if settings.control == "layers":
        layers = needed // 2
    first = input_grid(net.coding, memory(*task[:2], 0), task.samples[0], WORKSPACE)
    broken = settings.control == "flip-weight"
    module = Rcnn(
        with_flipped_weight(net, first, settings.seed) if broken else net,
        samples=samples,
        bits=bits,
        layers=layers,
        workspace=WORKSPACE,
        dtype=settings.dtype,
        path=settings.path,
    )
    height, width = module.memory.shape
    findings = Findings(layers, asked.steps, (width + module.workspace, height))
    for _ in _training(module, net, task, settings, findings):
        if findings.first is not None:
            findings.memorised = False
            return findings
    findings.memorised = True
    _trace_queries(module, net, task, settings, findings)
    if findings.first is None:
        _ask(module, net, task, asked, settings, findings)
    return findings


def _training(
    module: Rcnn, net: Filter, task: Task, settings: RcnnSettings, findings: Findings
) -> Iterator[None]:
    """The textbook loop; yields after each step, when all of it has been compared."""
    shown, target = with_dummy(task.samples, task.labels)
    factor = 1.5 if settings.control == "learning-rate" else 1
    optimizer = torch.optim.SGD(module.parameters(), lr=module.learning_rate * factor)
    size = 2 if settings.control == "batch-size" else 1
    for step in range(len(shown)):
        batch = [(step + i) % len(shown) for i in range(size)]
        x, y = torch.tensor(shown[batch]), torch.tensor(target[batch])
        _trace_memorising(module, net, shown[step], step, memory(*task[:2], step), findings)
        if findings.first is None:
            outputs = module(x)
            loss = ((outputs - y) ** 2 / 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            findings.steps += 1
            _check_step(module, net, outputs.detach(), memory(*task[:2], step + 1), step, findings)
        if settings.progress is not None:
            settings.progress(step + 1, len(shown))
        yield


def _trace_memorising(
    module: Rcnn,
    net: Filter,
    sample: Signs,
    step: int,
    signs: Signs,
    findings: Findings,
) -> None:
    """Every cell in every layer, while a sample is memorised."""
    due = input_grid(net.coding, signs, sample, module.workspace)
    grid = module.grids(torch.tensor(sample)[None])[0].detach()
    _trace(module, net, grid, due, memorising(net.coding, due, step), f"SGD step {step}", findings)


def _trace(
    module: Rcnn,
    net: Filter,
    grid: Tensor,
    due: Grid,
    grids: Iterator[Grid],
    when: str,
    findings: Findings,
) -> None:
    tracer = Tracer(net.coding, net.machine, due)
    mismatch = tracer.begin(grid.numpy())
    if mismatch is None:
        mismatch = tracer.follow(start(module, grid), events_of_grids(grids), module.layers)
    findings.compared += tracer.compared
    step = int(when.rpartition(" ")[2]) if when.startswith("SGD") else None
    findings.add(when, step, mismatch)


def _check_step(
    module: Rcnn, net: Filter, outputs: Tensor, signs: Signs, step: int, findings: Findings
) -> None:
    """W and the output after a step."""
    when = f"SGD step {step}"
    wrong = torch.nonzero(outputs != 0)
    if len(wrong):
        findings.output_mismatches = len(wrong)
        got = repr(float(outputs[wrong[0, 0]]))
        findings.first = RcnnDivergence(when, "output", step, None, None, "0", got)
        return
    due = torch.tensor(signs).to(module.memory) * _one_step(module, net)
    wrong = torch.nonzero(module.memory.detach() != due)
    if len(wrong):
        findings.memory_mismatches = len(wrong)
        y, x = wrong[0].tolist()
        expected, got = repr(float(due[y, x])), repr(float(module.memory.detach()[y, x]))
        findings.first = RcnnDivergence(when, "W", step, None, (x, y), expected, got)


def _one_step(module: Rcnn, net: Filter) -> float:
    """What SGD writes for +1: exactly an integer, or 1/3 as this format and rate round it."""
    slope = torch.tensor(float(head_slope(net.coding)), dtype=module.memory.dtype)
    found = torch.zeros_like(slope).add_(slope, alpha=float(net.learning_rate))
    if abs(Fraction(found.item()) - written(net.coding)) >= net.coding.margin:
        raise InvariantError(f"a step of SGD writes {found.item()}")
    return found.item()


def _trace_queries(
    module: Rcnn, net: Filter, task: Task, settings: RcnnSettings, findings: Findings
) -> None:
    """Every cell in every layer, while a query is answered."""
    signs = memory(task.samples, task.labels, len(task.samples) + 1)
    traced = TRACED if settings.path == "fast" else 1
    for number, query in enumerate(task.queries[:traced]):
        due = input_grid(net.coding, signs, query, module.workspace)
        grid = module.grids(torch.tensor(query)[None])[0].detach()
        grids = predicting(net.machine, net.coding, due)
        _trace(module, net, grid, due, grids, f"query {number}", findings)
        if findings.first is not None:
            return


def _ask(
    module: Rcnn,
    net: Filter,
    task: Task,
    asked: Asked,
    settings: RcnnSettings,
    findings: Findings,
) -> None:
    """All queries: the output, and that in the end only the top left cell is not blank."""
    findings.fresh = findings.fresh_wrong = 0
    count = len(task.queries)
    for first in range(0, count, _AT_ONCE):
        some = range(first, min(first + _AT_ONCE, count))
        with torch.no_grad():
            grids = module.recur(module.grids(torch.tensor(task.queries[some.start : some.stop])))
            outputs = module.output(grids)
        for number, grid, output in zip(some, grids, outputs.tolist(), strict=True):
            due = int(asked.answers[number])
            if task.answer is not None:
                due = task.answer(task.samples, task.labels, task.queries[number]) or due
            findings.fresh += 1
            if output != due:
                findings.fresh_wrong += 1
                findings.output_mismatches += 1
            if findings.first is None:
                findings.first = _at_the_end(module, net, number, grid, due, output)
        if settings.progress is not None:
            settings.progress(some.stop, count)


def _at_the_end(
    module: Rcnn, net: Filter, number: int, grid: Tensor, due: int, output: float
) -> RcnnDivergence | None:
    """What is wrong with the grid after all layers, or with the output."""
    when, last = f"query {number}", module.layers
    numbers = net.coding.numbers(grid[:, : module.memory.shape[1]].numpy())
    answer = {1: net.coding.samples[0], -1: net.coding.samples[1]}.get(due, net.coding.blank)
    for (y, x), found in np.ndenumerate(numbers):
        wanted = answer if x == y == 0 else net.coding.blank
        cell = net.coding.cells[found] if found >= 0 else None
        if cell is None or cell.symbol != wanted:
            got = described(net.machine, cell) if found >= 0 else repr(float(grid[y, x]))
            expected = repr(net.machine.symbols[wanted])
            return RcnnDivergence(when, "answer", None, last, (x, y), expected, got)
    if output != due:
        return RcnnDivergence(when, "output", None, last, None, str(due), repr(output))
    return None
