"""Corollary 2: learners found by random restarts and a validation set."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from circuits.machines.machine import Machine
from compiler.rcnn.coding import Coding, Scale
from compiler.rcnn.initial import input_configuration, memory, with_dummy
from compiler.rcnn.layers import run_layers
from compiler.rcnn.machine_to_rcnn import machine_to_rcnn
from runtime.rcnn.module import Rcnn
from runtime.rcnn.restarts import (
    PROBLEMS,
    Example,
    Problem,
    accuracy,
    find_learner,
    grids_of,
    outputs,
    random_table,
)


def by_definition(machine: Machine, problem: Problem, example: Example) -> int:
    coding = Coding.of(machine, Scale.INTEGER)
    signs = memory(example.samples, example.labels, problem.samples + 1)
    start, field = input_configuration(machine, coding, signs, example.query, 1)
    ran = run_layers(machine, start, problem.layers - 1, field)
    main = ran.configuration.cells[:, : problem.bits + 1]
    return int((main == 1).sum()) - int((main == 2).sum())


@pytest.mark.parametrize("name", PROBLEMS)
def test_outputs_are_those_of_the_layers(name: str) -> None:
    problem, rng = PROBLEMS[name], np.random.default_rng(0)
    examples = problem.examples(5, 0)
    for _ in range(40):
        machine = random_table(rng, int(rng.integers(1, 4)))
        due = [by_definition(machine, problem, example) for example in examples]
        assert outputs(machine, problem, grids_of(problem, examples)).tolist() == due


@pytest.mark.parametrize(
    ("name", "states", "restarts"), [("bit", 1, 2000), ("bit", 2, 2000), ("constant", 3, 8000)]
)
def test_a_learner_is_found(name: str, states: int, restarts: int) -> None:
    problem = PROBLEMS[name]
    search = find_learner(problem, states, restarts, seed=0)
    assert search.best.validation == 1
    assert 1 <= search.right < 100
    assert accuracy(search.best.machine, problem, problem.examples(300, 5)) > 0.9
    assert 0.5 < search.exponent < 7


def test_what_is_found_learns_by_sgd() -> None:
    """The table as a filter; its net is trained and asked, and answers what the table does."""
    problem = PROBLEMS["bit"]
    machine = find_learner(problem, 1, restarts=2000, seed=0).best.machine
    net = machine_to_rcnn(machine)
    right = 0
    for example in problem.examples(3, 3):
        module = Rcnn(
            net, samples=problem.samples, bits=problem.bits, layers=problem.layers, path="fast"
        )
        optimizer = torch.optim.SGD(module.parameters(), lr=module.learning_rate)
        for x, y in zip(*with_dummy(example.samples, example.labels), strict=True):
            loss = (module(torch.tensor(x)) - y) ** 2 / 2
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        found = float(module(torch.tensor(example.query)).detach())
        assert found == outputs(machine, problem, grids_of(problem, [example]))[0]
        right += found * example.answer > 0
    assert right == 3


def test_hardly_any_table_is_a_learner() -> None:
    problem, rng = PROBLEMS["bit"], np.random.default_rng(1)
    examples = problem.examples(64, 1)
    shares = [accuracy(random_table(rng, 2), problem, examples) for _ in range(300)]
    assert np.mean(np.array(shares) == 1) < 0.05


def test_a_hopeless_problem_is_not_learned() -> None:
    """A label that is drawn anew for the query."""
    rng = np.random.default_rng(2)

    def label(x: np.ndarray, hidden: int) -> np.ndarray:
        return rng.choice([-1, 1], x.shape[:-1]) * abs(hidden)

    problem = replace(PROBLEMS["bit"], label=label)
    search = find_learner(problem, 1, restarts=500, seed=0)
    assert search.right == 0
    assert search.exponent == float("inf")
    assert abs(accuracy(search.best.machine, problem, problem.examples(2000, 5)) - 0.5) < 0.1


def test_the_same_seed_finds_the_same() -> None:
    first, second = (find_learner(PROBLEMS["bit"], 2, restarts=300, seed=4) for _ in range(2))
    assert first.right == second.right
    assert np.array_equal(first.best.machine.write, second.best.machine.write)
