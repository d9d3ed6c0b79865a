"""Machines that learn and decide are, as circuits, what their runs are."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_machines import machines

from circuits.circuit import Circuit
from circuits.errors import SourceError
from circuits.evaluate import Evaluator, truth_table
from circuits.learner import Learner, is_done, learn, predict
from circuits.machines.configuration import Configuration, Outcome, step
from circuits.machines.halting import MOST_BITS, Halting, halts_within
from circuits.machines.laid_run import Memory, reachable_memory
from circuits.machines.layout import Layout, Role
from circuits.machines.learning import (
    Kept,
    conjunction,
    conjunction_layout,
    conjunction_machine,
    palindrome,
    palindrome_layout,
    palindrome_machine,
    palindrome_steps,
)
from circuits.machines.machine import Machine, Move
from circuits.machines.machine_to_learner import decider, machine_to_learner
from compiler.pipeline import compile_net
from runtime.settings import Settings
from runtime.verify import verify

Bits = tuple[int, ...]

FIRST_LABEL = Machine.of_rules(
    {
        ("start", "0"): ("0", Move.RIGHT, "held"),
        ("start", "1"): ("1", Move.RIGHT, "held"),
        ("held", "0"): ("0", Move.RIGHT, "label, held 0"),
        ("held", "1"): ("1", Move.RIGHT, "label, held 1"),
        ("label, held 0", "_"): ("0", Move.STAY, "end"),
        ("label, held 1", "_"): ("1", Move.STAY, "end"),
        ("label, held 0", "0"): ("0", Move.LEFT, "store 0"),
        ("label, held 0", "1"): ("1", Move.LEFT, "store 1"),
        ("label, held 1", "0"): ("0", Move.LEFT, "store 0"),
        ("label, held 1", "1"): ("1", Move.LEFT, "store 1"),
        ("store 0", "0"): ("0", Move.LEFT, "done"),
        ("store 1", "0"): ("1", Move.LEFT, "done"),
        ("store 0", "1"): ("0", Move.LEFT, "done"),
        ("store 1", "1"): ("1", Move.LEFT, "done"),
        ("done", "0"): ("1", Move.STAY, "end"),
    },
    start="start",
    blank="_",
    name="first label",
)
"""On ``d m y``: remembers the first label, predicts it, and is done."""


def run_on(
    layout: Layout, memory: Sequence[int], sample: Bits, label: int | None, steps: int
) -> Configuration:
    """The last configuration, by the definition of a step."""
    machine, held, bits = layout.machine, iter(memory), iter(sample)
    pair = layout.zero, layout.one
    cells = np.full((layout.field.height, layout.field.width), machine.blank, np.int16)
    for (x, y), role, symbol in layout.cells:
        if role in (Role.MEMORY, Role.DONE):
            symbol = next(held)
        elif role is Role.SAMPLE:
            symbol = pair[next(bits)]
        elif role is Role.LABEL and label is not None:
            symbol = pair[label]
        cells[y, x] = symbol
    configuration = Configuration(cells, layout.head, machine.start)
    for _ in range(steps):
        configuration, _ = step(machine, configuration, layout.field)
    return configuration


def read(configuration: Configuration, layout: Layout, *roles: Role) -> list[int]:
    blank = layout.machine.blank
    return [configuration.symbol(*cell.place, blank) for cell in layout.of_role(*roles)]


def symbols_of(layout: Layout, memory: Memory, state: Bits) -> list[int]:
    """The symbols that memory bits stand for."""
    codes = [sum(bit << i for i, bit in enumerate(x)) for x in memory.literals(state).values()]
    return [layout.encoding.symbol_codes.index(code) for code in codes]


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    """Layouts with memory, a label and a few other cells, for random machines."""
    machine = draw(machines(max_symbols=4))
    symbols = st.sampled_from(machine.symbols)
    length = draw(st.integers(2, 7))
    roles = [draw(st.sampled_from("mmxx_")) for _ in range(length)]
    place = draw(st.permutations(range(length)))
    roles[place[0]], roles[place[1]] = "y", draw(st.sampled_from("md"))
    rows = 2 if machine.planar and length % 2 == 0 else 1
    text = "/".join("".join(roles[i::rows]) for i in range(rows))
    memory = [draw(symbols) for role in roles if role in "md"]
    head = draw(st.integers(0, length // rows - 1)), draw(st.integers(0, rows - 1))
    margin, zero, one = draw(st.booleans()), draw(symbols), draw(symbols)
    return Layout.parse(machine, text, zero=zero, one=one, memory=memory, head=head, margin=margin)


@given(layouts(), st.integers(0, 12), st.integers(0, 12), st.integers(0, 2**32 - 1))
@settings(max_examples=250)
def test_a_learner_is_the_runs_of_its_machine(
    layout: Layout, steps: int, predict_steps: int, seed: int
) -> None:
    learner = machine_to_learner(layout, steps, predict_steps)
    bits, state, rng = reachable_memory(layout, steps), learner.reset, random.Random(seed)
    memory = [cell.symbol for cell in layout.of_role(Role.MEMORY, Role.DONE)]
    assert symbols_of(layout, bits, state) == memory
    for _ in range(6):
        x = tuple(rng.getrandbits(1) for _ in learner.sample_names)
        y = rng.getrandbits(1)
        (answer,) = read(run_on(layout, memory, x, None, predict_steps), layout, Role.LABEL)
        prediction = int(answer == layout.one)
        assert predict(learner, state, x) == prediction
        keep = prediction == y
        if layout.of_role(Role.DONE):
            roles = [cell.role for cell in layout.of_role(Role.MEMORY, Role.DONE)]
            keep = memory[roles.index(Role.DONE)] == layout.one
            assert is_done(learner, state) == keep
        if not keep:
            after = run_on(layout, memory, x, y, steps)
            memory = read(after, layout, Role.MEMORY, Role.DONE)
        state = learn(learner, state, x, y)
        assert symbols_of(layout, bits, state) == memory


class Judge:
    """A conjunction in plain Python: the literals (variable, value) that are left."""

    def __init__(self, bits: int) -> None:
        self.literals = {(i, v) for i in range(bits) for v in (0, 1)}
        self.bits = bits

    def predict(self, x: Bits) -> int:
        return int(all(x[i] == v for i, v in self.literals))

    def learn(self, x: Bits, y: int) -> None:
        if y and not self.predict(x):
            self.literals = {(i, v) for i, v in self.literals if x[i] == v}

    def memory(self) -> str:
        kinds = {(0, 1): "*", (1,): "+", (0,): "-", (): "."}
        return "".join(
            kinds[tuple(v for v in (0, 1) if (i, v) in self.literals)] for i in range(self.bits)
        )


def written(layout: Layout, memory: Memory, state: Bits) -> str:
    return "".join(layout.machine.symbols[s] for s in symbols_of(layout, memory, state))


@pytest.mark.parametrize("bits", [1, 2, 5])
def test_the_conjunction_machine_is_elimination(bits: int) -> None:
    layout, learner = conjunction_layout(bits), conjunction(bits)
    memory = reachable_memory(layout, 4 * bits + 1)
    assert len(learner.memory_names) == 2 * bits
    for seed in range(12):
        rng, judge, state = random.Random(seed), Judge(bits), learner.reset
        for _ in range(25):
            x = tuple(rng.getrandbits(1) for _ in range(bits))
            y = rng.getrandbits(1)
            assert predict(learner, state, x) == judge.predict(x)
            state = learn(learner, state, x, y)
            judge.learn(x, y)
            assert written(layout, memory, state) == judge.memory()


def test_the_conjunction_machine_finds_a_conjunction() -> None:
    def target(x: Bits) -> int:
        return x[0] & (1 - x[3])

    learner, rng = conjunction(4), random.Random(3)
    state = learner.reset
    for _ in range(80):
        x = tuple(rng.getrandbits(1) for _ in range(4))
        state = learn(learner, state, x, target(x))
    layout = conjunction_layout(4)
    assert written(layout, reachable_memory(layout, 17), state) == "+..-"
    assert all(predict(learner, state, x) == target(x) for x in product((0, 1), repeat=4))


def test_the_conjunction_machine_has_few_states() -> None:
    machine = conjunction_machine()
    assert len(machine.states) - len(machine.halting) == 9
    assert Kept("*").only("0") is Kept.NEGATIVE
    assert [kept.met("1") for kept in Kept] == [False, True, False, True]


def test_sgd_runs_the_conjunction_machine() -> None:
    net = compile_net(conjunction(3), one_filler=True)
    labels: Callable[[int, Sequence[int], int], int] = lambda _, x, __: x[0] & (1 - x[2])  # noqa: E731
    report = verify(net, Settings(labels=labels, steps=40))
    assert report.emulates
    assert report.wrong_steps > 0


@pytest.mark.parametrize("bits", range(1, 8))
def test_the_palindrome_machine_decides_palindromes(bits: int) -> None:
    (table,) = truth_table(palindrome(bits))
    for number in range(1 << bits):
        word = f"{number:0{bits}b}"
        assert table >> number & 1 == (word == word[::-1])
    machine = palindrome_machine()
    assert len(machine.states) - len(machine.halting) == 6


def test_a_parity_is_decided_on_an_answer_cell() -> None:
    even_odd = {
        (state, symbol): ("_", Move.RIGHT, other if symbol == "1" else state)
        for state, other in (("even", "odd"), ("odd", "even"))
        for symbol in "01"
    }
    machine = Machine.of_rules(
        even_odd | {("odd", "_"): ("1", Move.STAY, "end"), ("even", "_"): ("0", Move.STAY, "end")},
        start="even",
        blank="_",
    )
    layout = Layout.parse(machine, "xxxxx y")
    assert halts_within(layout, 6) == Halting(32, exhaustive=True)
    circuit = decider(layout, 6)
    assert circuit.input_names == tuple(f"x[{i}]" for i in range(5))
    for x in product((0, 1), repeat=5):
        assert Evaluator.of(circuit).step(x).outputs == (sum(x) % 2,)


def test_a_done_cell_ends_learning() -> None:
    layout = Layout.parse(FIRST_LABEL, "d m y", memory="0")
    learner = machine_to_learner(layout, 5, 3)
    assert halts_within(layout, 5, 3) == Halting(5, exhaustive=True)
    for first in (0, 1):
        state = learner.reset
        assert not is_done(learner, state)
        state = learn(learner, state, (), first)
        assert is_done(learner, state)
        assert predict(learner, state, ()) == first
        assert learn(learner, state, (), 1 - first) == state
    # Other than bits, the cells could hold blanks; but they cannot come to hold any.
    assert len(learner.memory_names) == 2


def test_memory_has_bits_for_what_it_can_come_to_hold() -> None:
    layout = conjunction_layout(2)
    memory = reachable_memory(layout, 9)
    letters = [{layout.machine.symbols[s] for s in held} for held in memory.symbols.values()]
    assert letters == [set("*+-.")] * 2
    assert [len(bits) for bits in memory.kept.values()] == [2, 2]
    assert len(reachable_memory(layout, 0).names) == 0


@pytest.mark.parametrize("bits", [1, 4, 6])
def test_the_machines_halt_in_the_steps_stated(bits: int) -> None:
    exhaustive = 3 * bits <= MOST_BITS
    checked = halts_within(conjunction_layout(bits), 4 * bits + 1, 2 * bits + 1)
    assert checked.exhaustive == exhaustive
    assert checked.runs > 4**bits
    assert halts_within(palindrome_layout(bits), palindrome_steps(bits)) == (1 << bits, True)


def test_more_inputs_than_can_be_tried_are_sampled() -> None:
    checked = halts_within(palindrome_layout(17), palindrome_steps(17))
    assert checked == (12800, False)


@pytest.mark.parametrize(
    ("check", "message", "hint"),
    [
        (
            lambda: halts_within(conjunction_layout(3), 12, 7),
            "machine conjunction machine does not halt within 12 steps on "
            "memory * * *, sample 000, label 1",
            "give more steps",
        ),
        (
            lambda: halts_within(conjunction_layout(3), 13, 6),
            "machine conjunction machine does not halt within 6 steps on "
            "memory * * *, sample 000, no label",
            "give more steps",
        ),
        (
            lambda: halts_within(conjunction_layout(7), 28, 15),
            "machine conjunction machine does not halt within 28 steps on memory * * ",
            "give more steps",
        ),
        (
            lambda: halts_within(Layout.parse(palindrome_machine(), "xx"), 9),
            "machine palindrome machine leaves the cells within 9 steps on sample 00",
            "lay out more cells",
        ),
        (
            lambda: halts_within(Layout.parse(palindrome_machine(), "'0'"), 9),
            "machine palindrome machine leaves the cells within 9 steps on no input",
            "lay out more cells",
        ),
    ],
)
def test_a_machine_that_does_not_halt_in_time_is_refused(
    check: Callable[[], Halting], message: str, hint: str
) -> None:
    with pytest.raises(SourceError) as refusal:
        check()
    assert refusal.value.message.startswith(message)
    assert refusal.value.hint == hint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("xq", "layout:1:2: 'q' is no role of a cell"),
        ("x '5'", "layout:1:3: the machine has no symbol '5'"),
        ("", "layout '' has no cells, or rows of different lengths"),
        ("xx/x", "layout 'xx/x' has no cells, or rows of different lengths"),
        ("y x y", "layout 'y x y' has more than one cell 'y'"),
        ("dd", "layout 'dd' has more than one cell 'd'"),
    ],
)
def test_what_is_no_layout_is_refused(text: str, message: str) -> None:
    with pytest.raises(SourceError) as refusal:
        Layout.parse(palindrome_machine(), text)
    assert refusal.value.render().startswith(message)


PALINDROME = palindrome_machine()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Layout.parse(PALINDROME, "mm", memory=["0"]), "1 symbols for 2 cells of memory"),
        (lambda: Layout.parse(PALINDROME, "m", memory="5"), "the machine has no symbol '5'"),
        (lambda: Layout.parse(PALINDROME, "x", one="5"), "the machine has no symbol '5'"),
        (
            lambda: Layout.parse(PALINDROME, "x", head=(1, 0)),
            "layout 'x': the head starts at (1, 0), outside the cells",
        ),
        (
            lambda: machine_to_learner(Layout.parse(PALINDROME, "mx"), 3),
            "learner palindrome machine: the layout has no label (y)",
        ),
        (
            lambda: machine_to_learner(Layout.parse(PALINDROME, "xy"), 3),
            "learner palindrome machine: the layout has no memory (m)",
        ),
        (
            lambda: decider(Layout.parse(PALINDROME, "mxy"), 3),
            "decider palindrome machine: the layout has memory",
        ),
        (
            lambda: decider(Layout.parse(PALINDROME, "x"), 3),
            "decider palindrome machine: nothing tells the answer",
        ),
        (
            lambda: decider(Layout.parse(PALINDROME, "x"), 3, accept=["yes"]),
            "decider palindrome machine: the machine has no state 'yes'",
        ),
        (lambda: palindrome(0), "palindrome machine: bits must be at least 1, not 0"),
        (lambda: conjunction(0), "conjunction machine: bits must be at least 1, not 0"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    make: Callable[[], Learner | Circuit | Layout], message: str
) -> None:
    with pytest.raises(SourceError) as refusal:
        make()
    assert refusal.value.message == message


def test_a_decision_needs_all_its_steps() -> None:
    layout = palindrome_layout(4)
    whole, hasty = (truth_table(decider(layout, steps, accept=["accept"])) for steps in (15, 14))
    assert whole == truth_table(palindrome(4))
    assert hasty != whole
    assert run_on(layout, (), (0, 1, 1, 0), None, 15).state == layout.machine.states.index("accept")
    last = run_on(layout, (), (0, 1, 1, 0), None, 15)
    assert step(layout.machine, last, layout.field).outcome is Outcome.HALTED
