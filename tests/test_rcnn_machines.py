"""Machines that learn: what they answer, and what they leave on their cells."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest

from circuits.catalog import builtin_machine
from circuits.machines.classical_learners import (
    CLASSICAL,
    Answer,
    Signs,
    classical,
    majority_label,
    nearest_label,
    parity_label,
)
from circuits.machines.configuration import Outcome
from circuits.machines.machine import Machine
from circuits.machines.majority_machine import majority_machine
from circuits.machines.nearest_machine import nearest_machine
from circuits.machines.parity_machine import parity_input
from circuits.machines.run import Run, run

SIZES = ((1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (1, 4), (3, 2))
"""(d, m) of which everything is tried."""

LEARNERS = [(majority_machine(), majority_label), (nearest_machine(), nearest_label)]


def signs(bits: object) -> Signs:
    return 1 - 2 * np.array(bits, dtype=int)


def everything() -> Iterator[tuple[Signs, Signs, Signs]]:
    for d, m in SIZES:
        for bits in product((0, 1), repeat=m * d + m + d):
            x, y, query = np.split(signs(bits), [m * d, m * d + m])
            yield x.reshape(m, d), y, query


def some(count: int, most: int) -> Iterator[tuple[Signs, Signs, Signs]]:
    rng = np.random.default_rng(0)
    for _ in range(count):
        d, m = rng.integers(1, most, 2)
        yield (
            signs(rng.integers(2, size=(m, d))),
            signs(rng.integers(2, size=m)),
            signs(rng.integers(2, size=d)),
        )


def answered(machine: Machine, x: Signs, y: Signs, query: Signs, workspace: int = 1) -> Run:
    samples, labels, asked = (((1 - part) // 2).tolist() for part in (x, y, query))
    start, field = parity_input(machine, samples, labels, asked, workspace)
    return run(machine, start, 10**7, field)


def check(machine: Machine, answer: Answer, x: Signs, y: Signs, query: Signs) -> None:
    ran = answered(machine, x, y, query)
    due = {1: 1, -1: 2}[answer(x, y, query)]
    assert ran.outcome is Outcome.HALTED
    assert ran.configuration.cells[0, 0] == due
    assert ran.configuration.score(machine.blank) == 1
    assert ran.configuration.head == (0, 0)


@pytest.mark.parametrize(("machine", "answer"), LEARNERS)
def test_a_learner_answers_right_on_all_small_inputs(machine: Machine, answer: Answer) -> None:
    for case in everything():
        check(machine, answer, *case)


@pytest.mark.parametrize(("machine", "answer"), LEARNERS)
def test_a_learner_answers_right_on_larger_ones(machine: Machine, answer: Answer) -> None:
    for case in some(300, most=14):
        check(machine, answer, *case)


def test_they_are_small() -> None:
    sizes = {name: len(known.machine().states) for name, known in CLASSICAL.items()}
    assert sizes == {"majority-machine": 19, "nearest-machine": 32, "parity-machine": 40}


def test_the_check_finds_a_wrong_answer() -> None:
    wrong = 0
    for case in everything():
        try:
            check(majority_machine(), nearest_label, *case)
        except AssertionError:
            wrong += 1
    assert 500 < wrong < 4000


def test_the_parity_machine_answers_what_the_plain_learner_does() -> None:
    machine, inside = builtin_machine("parity-machine"), 0
    for x, _, query in some(200, most=7):
        y = x[:, 0] * x[:, -1] if x.shape[1] > 1 else x[:, 0]
        due = parity_label(x, y, query)
        cell = int(answered(machine, x, y, query).configuration.cells[0, 0])
        inside += due != 0
        assert due in (0, {1: 1, 2: -1}[cell])
    assert inside > 50


def test_the_plain_parity_learner_says_where_nothing_follows() -> None:
    x = signs([[1, 0, 0], [0, 1, 1]])
    assert parity_label(x, signs([1, 0]), signs([1, 1, 1])) == -1
    assert parity_label(x, signs([1, 0]), signs([0, 1, 0])) == 0
    assert parity_label(signs([[1], [1]]), signs([0, 1]), signs([1])) == 0
    assert parity_label(signs([[0], [1]]), signs([0, 1]), signs([1])) == -1


def test_a_tie_goes_to_the_first() -> None:
    x = signs([[0, 1], [1, 0]])
    assert nearest_label(x, signs([1, 0]), signs([0, 0])) == -1
    assert majority_label(x, signs([1, 0]), signs([0, 0])) == 1


def test_a_machine_is_known_by_its_table() -> None:
    for name, known in CLASSICAL.items():
        assert classical(builtin_machine(name)) == known
    assert classical(builtin_machine("langton")) is None
