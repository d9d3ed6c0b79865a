"""The machines that reduce rows over GF(2), judged by elimination on Python integers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
import pytest
from oracle import SHARED, needs_shared

from circuits.errors import SourceError
from circuits.machines.configuration import Configuration, Field, Outcome, initial, step
from circuits.machines.machine import Machine, Move
from circuits.machines.neighbour_pivots import neighbour_pivots
from circuits.machines.parity_machine import parity_input, parity_machine
from circuits.machines.row_reduction import STARTS, linear_system, row_reduction
from circuits.machines.run import Run, run

FILES = SHARED / "turing" / "gf2_machine"

Rules = dict[tuple[str, str], tuple[str, str, str]]
"""(state, symbol) -> (write, move, next state), as the files have them."""


class System(NamedTuple):
    """Samples and their labels, and a query."""

    samples: list[list[int]]
    labels: list[int]
    query: list[int]


class Solution(NamedTuple):
    rank: int
    answer: int | None
    """The label of the query; None if it is not in the span."""


def solve(system: System) -> Solution:
    """Elimination with a row as an integer, the label its last bit."""
    basis: list[int] = []
    for sample, label in zip(system.samples, system.labels, strict=True):
        row = reduced(number([*sample, label]), basis)
        if row > 1:
            basis.append(row)
    left = reduced(number([*system.query, 0]), basis)
    return Solution(len(basis), left if left < 2 else None)


def reduced(row: int, basis: Sequence[int]) -> int:
    """The row, with what the basis can remove of its sample removed."""
    for other in sorted(basis, reverse=True):
        if row >> (other.bit_length() - 1) & 1:
            row ^= other
    return row


def number(bits: Sequence[int]) -> int:
    return int("".join(map(str, bits)), 2)


def test_the_judge_solves_a_system_by_hand() -> None:
    samples, labels = [[1, 1, 0], [0, 1, 1], [1, 0, 1]], [1, 0, 1]
    assert solve(System(samples, labels, [1, 0, 1])) == (2, 1)
    assert solve(System(samples, labels, [0, 1, 1])) == (2, 0)
    assert solve(System(samples, labels, [0, 0, 0])) == (2, 0)
    assert solve(System(samples, labels, [1, 0, 0])) == (2, None)


def parity(x: Sequence[int], hidden: Sequence[int]) -> int:
    return sum(a & b for a, b in zip(x, hidden, strict=True)) % 2


def all_systems(bits: int, count: int) -> Iterator[System]:
    """Every matrix with every hidden parity and every query."""
    vectors = [list(x) for x in product((0, 1), repeat=bits)]
    for samples in product(vectors, repeat=count):
        for hidden, query in product(vectors, repeat=2):
            yield System(list(samples), [parity(x, hidden) for x in samples], query)


def random_systems(count: int, most: int, seed: int = 0) -> Iterator[System]:
    """Of 1 to ``most`` bits; sparse and dense, with rows that are zero or equal, few and many."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        bits = int(rng.integers(1, most + 1))
        size = int(rng.integers(1, 2 * bits + 5)), bits
        matrix = (rng.random(size) < rng.choice([0.2, 0.5, 0.8])).astype(int)
        matrix[rng.integers(size[0])] = matrix[rng.integers(size[0])] * rng.integers(2)
        query = rng.integers(2, size=bits)
        if rng.integers(4):  # in the span
            query = rng.integers(2, size=size[0]) @ matrix % 2
        labels = matrix @ rng.integers(2, size=bits) % 2
        yield System(matrix.tolist(), labels.tolist(), query.tolist())


class Solver(NamedTuple):
    """A machine, and how it is given a system and where it leaves the answer."""

    machine: Machine
    start: Callable[[System], tuple[Configuration, Field]]
    place: Callable[[System], tuple[int, int]]

    def run(self, system: System, steps: int = 10**7) -> Run:
        configuration, field = self.start(system)
        return run(self.machine, configuration, steps, field)


def on_rows(machine: Machine, start: str, moves_up: bool) -> Solver:
    """Row reduction on exactly the cells of the system and a margin."""

    def begin(system: System) -> tuple[Configuration, Field]:
        field = Field(len(system.query) + 1, len(system.samples) + 1, margin=True)
        return linear_system(machine, *system, start, field), field

    def place(system: System) -> tuple[int, int]:
        return len(system.query), len(system.samples) - solve(system).rank * moves_up

    return Solver(machine, begin, place)


PARITY = parity_machine()
SOLVERS = {
    **{f"fixed, {start}": on_rows(row_reduction(start), start, False) for start in STARTS},
    **{f"neighbour, {start}": on_rows(neighbour_pivots(start), start, True) for start in STARTS},
    "parity": Solver(PARITY, lambda s: parity_input(PARITY, *s), lambda s: (0, 0)),
    "parity, workspace": Solver(
        PARITY, lambda s: parity_input(PARITY, *s, workspace=1), lambda s: (0, 0)
    ),
}
each_solver = pytest.mark.parametrize("name", SOLVERS)
BLANK, ZERO, ONE = 0, 1, 2


def assert_answers(name: str, system: System) -> None:
    solver, (_, answer) = SOLVERS[name], solve(system)
    ran = solver.run(system)
    x, y = ran.configuration.head
    assert ran.outcome is Outcome.HALTED
    assert solver.machine.states[ran.configuration.state] == "HALT"
    left = ran.configuration.cells[y, x]
    if answer is not None:
        assert (x, y) == solver.place(system)
        assert left == ZERO + answer
    elif "neighbour" not in name:
        assert (x, y) == solver.place(system)
        assert left == ZERO
    if "parity" in name:
        assert ran.configuration.score(BLANK) == 1
    assert (ran.configuration.cells[:, :x] == BLANK).all()


@each_solver
@pytest.mark.parametrize("size", [(1, 1), (1, 2), (1, 5), (2, 1), (2, 2), (3, 1), (2, 3)])
def test_every_small_system_is_solved(name: str, size: tuple[int, int]) -> None:
    for system in all_systems(*size):
        assert_answers(name, system)


@pytest.mark.slow
@each_solver
@pytest.mark.parametrize("size", [(2, 4), (3, 2), (3, 3)])
def test_every_system_of_a_few_bits_is_solved(name: str, size: tuple[int, int]) -> None:
    for system in all_systems(*size):
        assert_answers(name, system)


@each_solver
def test_random_systems_are_solved(name: str) -> None:
    for system in random_systems(150, most=9):
        assert_answers(name, system)


@each_solver
def test_random_systems_of_16_bits_are_solved(name: str) -> None:
    rng = np.random.default_rng(16)
    for count in (8, 16, 26):
        matrix, hidden = rng.integers(2, size=(count, 16)), rng.integers(2, size=16)
        query = rng.integers(2, size=count) @ matrix % 2
        system = System(matrix.tolist(), (matrix @ hidden % 2).tolist(), query.tolist())
        assert solve(system).answer == parity(system.query, hidden.tolist())
        assert_answers(name, system)


@pytest.mark.slow
@each_solver
def test_thousands_of_random_systems_are_solved(name: str) -> None:
    for system in random_systems(4000, most=16, seed=1):
        assert_answers(name, system)


@pytest.mark.parametrize("name", [name for name in SOLVERS if "parity" not in name])
def test_row_reduction_halts_on_contradictions_too(name: str) -> None:
    rng = np.random.default_rng(3)
    for system in random_systems(100, most=8, seed=2):
        labels = rng.integers(2, size=len(system.labels)).tolist()
        ran = SOLVERS[name].run(system._replace(labels=labels))
        x, y = ran.configuration.head
        assert ran.outcome is Outcome.HALTED
        assert ran.configuration.cells[y, x] in (ZERO, ONE)


def test_an_answer_is_shown_to_depend_on_the_table() -> None:
    """The judge finds a single wrong entry."""
    fixed = SOLVERS["fixed, query"]
    for state, symbol in np.argwhere(fixed.machine.write == ONE).tolist():
        write = fixed.machine.write.copy()
        write[state, symbol] = ZERO
        broken = solver_with(fixed, write)
        assert not all(
            (ran := broken.run(system, 2000)).outcome is Outcome.HALTED
            and ran.configuration.cells[ran.configuration.head[::-1]] == ZERO + (answer or 0)
            for system in all_systems(2, 2)
            if (answer := solve(system).answer) is not None
        )


def solver_with(solver: Solver, write: np.ndarray[tuple[int, int], np.dtype[np.int16]]) -> Solver:
    m = solver.machine
    machine = Machine(m.states, m.symbols, m.start, m.blank, m.halting, write, m.move,
                      m.following, planar=True)  # fmt: skip
    return solver._replace(machine=machine)


@each_solver
def test_every_entry_is_used_and_the_margin_is_left_at_once(name: str) -> None:
    solver = SOLVERS[name]
    used = set()
    for system in random_systems(60, most=4, seed=5):
        configuration, field = solver.start(system)
        outcome, was_inside = Outcome.RUNNING, True
        while True:
            x, y = configuration.head
            is_inside = field.has(x, y)
            if "parity" in name:
                assert is_inside or was_inside
            was_inside = is_inside
            state, symbol = configuration.state, configuration.symbol(x, y, BLANK)
            configuration, outcome = step(solver.machine, configuration, field)
            if outcome is not Outcome.RUNNING:
                break
            used.add((state, symbol))
    assert used == {(rule.state, rule.symbol) for rule in solver.machine.rules()}


def read_rules(name: str) -> Rules:
    rules: Rules = {}
    for line in (FILES / name).read_text().splitlines():
        if not line.startswith(";"):
            state, symbol, write, move, following = line.split()
            assert (state, symbol) not in rules
            rules[state, symbol] = write, move, following
    return rules


def assert_same_table(machine: Machine, rules: Rules, start: str) -> None:
    """Equal entries, whatever the states are called."""
    numbers, unseen = {start: machine.start}, [start]
    while unseen:
        name = unseen.pop()
        for symbol, wanted in ((s, rules.get((name, s))) for s in machine.symbols):
            rule = machine.rule(numbers[name], machine.symbols.index(symbol))
            assert (rule is None) == (wanted is None), (name, symbol)
            if rule is None or wanted is None:
                continue
            write, move, following = wanted
            assert (machine.symbols[rule.write], "SLRUD"[rule.move]) == (write, move)
            if following not in numbers:
                numbers[following] = rule.following
                unseen.append(following)
            assert numbers[following] == rule.following
    assert len(set(numbers.values())) == len(numbers) == len(machine.states)


@needs_shared
@pytest.mark.parametrize(
    ("file", "machine", "states"),
    [
        ("gf2_G14.txt", row_reduction("query"), 16),
        ("gf2_G14_topleft.txt", row_reduction("corner"), 17),
        ("gf2_G17.txt", neighbour_pivots("query"), 19),
        ("gf2_G17_topleft.txt", neighbour_pivots("corner"), 20),
    ],
)
def test_the_machine_is_the_published_table(file: str, machine: Machine, states: int) -> None:
    rules = read_rules(file)
    assert_same_table(machine, rules, "I")
    assert len(machine) == len(rules)
    assert len(machine.states) == states + 1
    assert machine.halting == {machine.states.index("HALT")}


@needs_shared
def test_without_the_start_14_and_17_states_are_left() -> None:
    for file, make, states in (
        ("gf2_G14.txt", row_reduction, 14),
        ("gf2_G17.txt", neighbour_pivots, 17),
    ):
        rules = {key: entry for key, entry in read_rules(file).items() if key[0] not in "IJ"}
        machine = make("prefilled")
        assert_same_table(machine, rules, "F")
        assert (len(machine.states), len(machine)) == (states + 1, len(rules))


def test_a_wrong_table_is_found() -> None:
    machine = row_reduction()
    rules: Rules = {}
    for rule in machine.rules():
        state, symbol = machine.states[rule.state], machine.symbols[rule.symbol]
        following = machine.states[rule.following]
        rules[state, symbol] = machine.symbols[rule.write], "SLRUD"[rule.move], following
    assert_same_table(machine, rules, "find")
    for key, (write, move, following) in list(rules.items())[::7]:
        for wrong in (
            {key: ("_" if write != "_" else "0", move, following)},
            {key: (write, "S", following)},
            {key: (write, move, "find" if following != "find" else "scan")},
        ):
            with pytest.raises(AssertionError):
                assert_same_table(machine, rules | wrong, "find")
        with pytest.raises(AssertionError):
            assert_same_table(machine, {k: e for k, e in rules.items() if k != key}, "find")


def rcnn_rules() -> Rules:
    """The file of the parity machine, with its two states that are both printed as D0 told apart.

    One walks down the labels, from N; the other brings a sum to the right, from C20 and C21.
    """
    down: Mapping[str, tuple[str, str, str]] = {
        "0": ("0", "D", "D0"),
        "1": ("1", "D", "D0"),
        "_": ("_", "U", "C"),
    }
    rules: Rules = {}
    for line in (FILES / "rcnn_parity.txt").read_text().splitlines():
        if line.startswith(";"):
            continue
        state, symbol, write, move, following = line.split()
        if state == "D0" and down[symbol] == (write, move, following):
            state, following = "down", following.replace("D0", "down")
        elif (state, symbol) == ("N", "_"):
            following = "down"
        assert (state, symbol) not in rules
        rules[state, symbol] = write, move, following
    assert len(rules) == 88
    return rules


@needs_shared
def test_the_parity_machine_is_the_published_table_but_for_the_way_to_the_corner() -> None:
    rules = rcnn_rules()
    # S only leads to U0 without moving; Z1 reads only blank and Z no blank: they are one.
    assert rules.pop(("S", "0")) == ("0", "S", "U0")
    rules = {
        ("Z" if state == "Z1" else state, symbol): (write, move, "Z" if to == "Z1" else to)
        for (state, symbol), (write, move, to) in rules.items()
    }
    # The published machine finds the corner by writing on the margin, where nothing is written;
    # that is no step here. Ours lays a roof in the first row and follows it.
    for bit in "01":
        for gone in (("W", "_"), ("X", bit), ("K", bit), ("K", "_")):
            del rules[gone[0] + bit, gone[1]]
        rules |= {
            (f"P{bit}", "_"): ("_", "L", f"gap{bit}"),
            (f"gap{bit}", "_"): ("_", "L", f"W{bit}"),
            (f"W{bit}", "0"): ("_", "L", f"W{bit}"),
            (f"W{bit}", "_"): ("_", "R", f"L{bit}"),
            (f"C2{bit}", "_"): ("0", "D", "zero"),
        }
    rules |= {
        ("V", "_"): ("_", "D", "beside"),
        ("beside", "0"): ("0", "L", "lay"),
        ("beside", "1"): ("1", "L", "lay"),
        ("lay", "_"): ("0", "R", "F"),
        ("zero", "0"): ("0", "D", "zero"),
        ("zero", "1"): ("0", "D", "zero"),
        ("zero", "_"): ("_", "U", "mark"),
        ("mark", "0"): ("0", "U", "mark"),
        ("mark", "_"): ("_", "D", "F"),
    }
    assert_same_table(PARITY, rules, "U0")
    assert (len(PARITY.states), len(PARITY)) == (40, len(rules))


@needs_shared
def test_the_published_parity_machine_writes_on_the_margin_and_only_at_the_end() -> None:
    moves = dict(zip("SLRUD", Move, strict=True))
    published = Machine.of_rules(
        {key: (write, moves[move], to) for key, (write, move, to) in rcnn_rules().items()},
        start="S",
        blank="_",
        symbols=("_", "0", "1"),
    )
    for system in random_systems(50, most=5, seed=7):
        configuration, field = parity_input(PARITY, *system)
        start = initial(
            published, (configuration.cells).tolist(), head=configuration.head, field=field
        )
        ran = run(published, start, 10**6, field)
        assert (ran.outcome, ran.configuration.head) == (Outcome.MARGIN, (-1, 0))
        assert published.states[ran.configuration.state] in ("W0", "W1")
        assert ran.configuration.cells[0, 0] == ZERO + (solve(system).answer or 0)


def test_the_parity_machine_needs_the_steps_that_are_documented() -> None:
    rng = np.random.default_rng(0)
    for bits, documented in ((4, 1000), (8, 4000), (12, 12_000), (16, 27_000)):
        steps = []
        for _ in range(30):
            matrix, hidden = rng.integers(2, size=(bits + 10, bits)), rng.integers(2, size=bits)
            labels, query = matrix @ hidden % 2, rng.integers(2, size=bits)
            system = System(matrix.tolist(), labels.tolist(), query.tolist())
            steps.append(SOLVERS["parity"].run(system).steps)
        assert np.mean(steps) == pytest.approx(documented, rel=0.1)


def test_a_start_that_is_none_is_refused() -> None:
    with pytest.raises(SourceError) as refusal:
        row_reduction("middle")
    message = "row reduction: start must be one of prefilled, query, corner, not 'middle'"
    assert refusal.value.message == message
