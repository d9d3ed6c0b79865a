"""Each built-in learner against the same algorithm written in plain Python."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Protocol, TypeAlias

import pytest

import circuits.learners
from circuits.builder import Builder
from circuits.catalog import LEARNERS, MACHINES, builtin_learner, factory, usage
from circuits.circuit import Op
from circuits.errors import SourceError
from circuits.learner import Learner, is_done, learn, predict
from circuits.learner_to_update_on_error import learner_to_update_on_error
from circuits.learners.parity import parity

Bits: TypeAlias = tuple[int, ...]


class Model(Protocol):
    """A learner in plain Python: frozen, equal and hashed by what it remembers."""

    def learn(self, x: Bits, y: int, r: Bits) -> Model: ...
    def predict(self, x: Bits) -> int: ...
    def is_done(self) -> bool: ...
    def memory(self) -> Bits: ...


def binary(number: int, width: int) -> Bits:
    return tuple(number >> i & 1 for i in range(width))


@dataclass(frozen=True)
class Parity:
    """Rows as integers, the label at bit n; row i has its lowest set bit at i or is 0, absent."""

    n: int
    rows: tuple[int, ...]

    def learn(self, x: Bits, y: int, r: Bits) -> Parity:
        left = int("".join(map(str, (y, *reversed(x)))), 2)
        for i, row in enumerate(self.rows):
            if left >> i & 1 and row == 0:
                return replace(self, rows=(*self.rows[:i], left, *self.rows[i + 1 :]))
            if left >> i & 1:
                left ^= row
        return self

    def predict(self, x: Bits) -> int:
        left = int("".join(map(str, reversed(x))), 2)
        for i, row in enumerate(self.rows):
            left ^= row * (left >> i & 1)
        return left >> self.n

    def is_done(self) -> bool:
        return 0 not in self.rows

    def memory(self) -> Bits:
        entries = [row >> j & 1 for i, row in enumerate(self.rows) for j in range(i + 1, self.n)]
        labels = [row >> self.n for row in self.rows]
        return (*(int(row > 0) for row in self.rows), *labels, *entries)


@dataclass(frozen=True)
class Conjunction:
    """The literals (i, value) that are still required."""

    n: int
    total: int
    monotone: bool
    left: int
    literals: frozenset[tuple[int, int]]

    @classmethod
    def new(cls, n: int, total: int, monotone: bool = False) -> Conjunction:
        literals = frozenset(product(range(n), (1,) if monotone else (0, 1)))
        return cls(n, total, monotone, total, literals)

    def learn(self, x: Bits, y: int, r: Bits) -> Conjunction:
        kept = {(i, v) for i, v in self.literals if x[i] == v} if y else self.literals
        return replace(self, left=self.left - 1, literals=frozenset(kept))

    def predict(self, x: Bits) -> int:
        return int(all(x[i] == v for i, v in self.literals))

    def is_done(self) -> bool:
        return self.left == 0

    def memory(self) -> Bits:
        dropped = [
            int((i, v) not in self.literals)
            for v in ((1,) if self.monotone else (1, 0))
            for i in range(self.n)
        ]
        return (*binary(self.left, self.total.bit_length()), *dropped)


@dataclass(frozen=True)
class Nearest:
    n: int
    total: int
    k: int
    seen: tuple[tuple[Bits, int], ...] = ()

    def learn(self, x: Bits, y: int, r: Bits) -> Nearest:
        return replace(self, seen=(*self.seen, (x, y)))

    def predict(self, x: Bits) -> int:
        """Ranked over all places, the unwritten ones holding zeros, as in the circuit."""
        blank = ((0,) * self.n, 0)
        places = [*self.seen, *[blank] * (self.total - len(self.seen))]
        places.sort(key=lambda s: sum(a != b for a, b in zip(s[0], x, strict=True)))
        return int(2 * sum(y for _, y in places[: self.k]) > self.k)

    def is_done(self) -> bool:
        return len(self.seen) == self.total

    def memory(self) -> Bits:
        missing = self.total - len(self.seen)
        samples = [bit for x, _ in self.seen for bit in x] + [0] * (missing * self.n)
        labels = [y for _, y in self.seen] + [0] * missing
        return (*binary(len(self.seen), self.total.bit_length()), *labels, *samples)


@dataclass(frozen=True)
class Winnow:
    threshold: int
    weights: tuple[int, ...]

    def learn(self, x: Bits, y: int, r: Bits) -> Winnow:
        pairs = zip(self.weights, x, strict=True)
        return replace(self, weights=tuple(w * 2 * y if active else w for w, active in pairs))

    def predict(self, x: Bits) -> int:
        total = sum(w for w, active in zip(self.weights, x, strict=True) if active)
        return int(total >= self.threshold)

    def is_done(self) -> bool:
        return False

    def memory(self) -> Bits:
        codes = next(w for w in range(20) if 2**w >= self.threshold) + 1
        width = len(f"{codes:b}")
        return tuple(bit for w in self.weights for bit in binary(w.bit_length(), width))


@dataclass(frozen=True)
class Perceptron:
    """The bias is the first weight."""

    width: int
    weights: tuple[int, ...]

    def learn(self, x: Bits, y: int, r: Bits) -> Perceptron:
        top = 2 ** (self.width - 1)
        step = 1 if y else -1
        pairs = zip(self.weights, (1, *x), strict=True)
        return replace(
            self, weights=tuple(min(max(w + step * active, -top), top - 1) for w, active in pairs)
        )

    def predict(self, x: Bits) -> int:
        return int(sum(w * v for w, v in zip(self.weights, (1, *x), strict=True)) >= 0)

    def is_done(self) -> bool:
        return False

    def memory(self) -> Bits:
        modulus = 2**self.width
        return tuple(bit for w in self.weights for bit in binary(w % modulus, self.width))


@dataclass(frozen=True)
class RandomSubset:
    wanted: int
    left: int
    subset: Bits

    def learn(self, x: Bits, y: int, r: Bits) -> RandomSubset:
        if self.predict(x) == y:
            return replace(self, left=self.left - 1)
        return replace(self, left=self.wanted, subset=r)

    def predict(self, x: Bits) -> int:
        return len([i for i, bit in enumerate(self.subset) if bit and x[i]]) % 2

    def is_done(self) -> bool:
        return self.left == 0

    def memory(self) -> Bits:
        return (*binary(self.left, self.wanted.bit_length()), *self.subset)


TINY: dict[str, Model] = {
    "parity:bits=1": Parity(1, (0,) * 1),
    "parity:bits=2": Parity(2, (0,) * 2),
    "parity:bits=3": Parity(3, (0,) * 3),
    "conjunction:bits=1,samples=1": Conjunction.new(1, 1),
    "conjunction:bits=2,samples=5": Conjunction.new(2, 5),
    "conjunction:bits=3,samples=4,monotone=1": Conjunction.new(3, 4, monotone=True),
    "nearest:bits=1,samples=1": Nearest(1, 1, 1),
    "nearest:bits=2,samples=3": Nearest(2, 3, 1),
    "nearest:bits=1,samples=4,k=3": Nearest(1, 4, 3),
    "winnow:bits=1": Winnow(1, (1,)),
    "winnow:bits=3": Winnow(3, (1,) * 3),
    "winnow:bits=2,threshold=5": Winnow(5, (1,) * 2),
    "perceptron:bits=1,width=2": Perceptron(2, (0,) * 2),
    "perceptron:bits=2,width=3": Perceptron(3, (0,) * 3),
    "random_subset:bits=1,confirmations=1": RandomSubset(1, 1, (0,)),
    "random_subset:bits=2,confirmations=3": RandomSubset(3, 3, (0, 0)),
}

LARGER: dict[str, Model] = {
    "parity:bits=12": Parity(12, (0,) * 12),
    "conjunction:bits=9,samples=40": Conjunction.new(9, 40),
    "nearest:bits=7,samples=9,k=5": Nearest(7, 9, 5),
    "winnow:bits=14": Winnow(14, (1,) * 14),
    "winnow:bits=10,threshold=40": Winnow(40, (1,) * 10),
    "perceptron:bits=9,width=4": Perceptron(4, (0,) * 10),
    "random_subset:bits=6,confirmations=9": RandomSubset(9, 9, (0,) * 6),
}


def follow(learner: Learner, model: Model, x: Bits, y: int, r: Bits) -> Model:
    """The model after a sample, held against the learner; both stop where they should."""
    state = model.memory()
    assert is_done(learner, state) == model.is_done()
    assert predict(learner, state, x) == model.predict(x)
    keep = model.predict(x) == y if learner.done is None else model.is_done()
    after = model if keep else model.learn(x, y, r)
    assert learn(learner, state, x, y, r) == after.memory()
    return after


@pytest.mark.parametrize("spec", TINY)
def test_tiny_learners_agree_with_plain_python_in_all_states_they_reach(spec: str) -> None:
    learner, start = builtin_learner(spec), TINY[spec]
    assert learner.reset == start.memory()
    n, k = len(learner.sample_names), len(learner.random_names)
    found, frontier = {start}, [start]
    while frontier:
        model = frontier.pop()
        for bits in product((0, 1), repeat=n + 1 + k):
            after = follow(learner, model, bits[:n], bits[n], bits[n + 1 :])
            if after not in found:
                found.add(after)
                frontier.append(after)
    assert len(found) > 1


@pytest.mark.parametrize("spec", LARGER)
def test_larger_learners_agree_with_plain_python_on_random_samples(spec: str) -> None:
    learner, start = builtin_learner(spec), LARGER[spec]
    assert learner.reset == start.memory()
    n, k = len(learner.sample_names), len(learner.random_names)
    for seed in range(3):
        rng, model = random.Random(seed), start
        for _ in range(120):
            x = tuple(rng.getrandbits(1) for _ in range(n))
            y = int(sum(x[::2]) > n / 4) if seed else rng.getrandbits(1)
            model = follow(learner, model, x, y, tuple(rng.getrandbits(1) for _ in range(k)))


def mistakes(
    learner: Learner, target: Callable[[Bits], int], steps: int, rng: random.Random
) -> tuple[int, int]:
    """Wrong predictions on uniform samples, and how many of them in the second half."""
    state, wrong = learner.reset, []
    for _ in range(steps):
        x = tuple(rng.getrandbits(1) for _ in learner.sample_names)
        wrong.append(predict(learner, state, x) != target(x))
        r = tuple(rng.getrandbits(1) for _ in learner.random_names)
        state = learn(learner, state, x, target(x), r)
    return sum(wrong), sum(wrong[steps // 2 :])


@pytest.mark.parametrize("relevant", [(0,), (1, 5), (0, 3, 15)])
def test_winnow_keeps_littlestones_mistake_bound(relevant: Sequence[int]) -> None:
    def sparse(rng: random.Random) -> Bits:
        return tuple(int(rng.random() < 0.2) for _ in range(16))

    learner = builtin_learner("winnow:bits=16")
    for seed in range(5):
        rng, state, wrong = random.Random(seed), learner.reset, 0
        for _ in range(150):
            x = sparse(rng)
            y = int(any(x[i] for i in relevant))
            wrong += predict(learner, state, x) != y
            state = learn(learner, state, x, y)
        assert 0 < wrong <= 2 * len(relevant) * (4 + 1) + 1


def test_the_perceptron_learns_a_threshold_function() -> None:
    total, late = mistakes(
        builtin_learner("perceptron:bits=8,width=6"),
        lambda x: int(2 * x[0] + x[1] + x[2] - x[3] - x[4] > 0),
        1600,
        random.Random(1),
    )
    assert total > 0
    assert late == 0


def test_a_conjunction_is_learned_and_then_left_alone() -> None:
    learner = builtin_learner("conjunction:bits=6,samples=60")
    rng, state = random.Random(2), learner.reset
    for _ in range(60):
        assert not is_done(learner, state)
        x = tuple(rng.getrandbits(1) for _ in range(6))
        state = learn(learner, state, x, x[1] & (1 - x[4]))
    assert is_done(learner, state)
    for x in product((0, 1), repeat=6):
        assert predict(learner, state, x) == x[1] & (1 - x[4])
        assert learn(learner, state, x, 1) == state


def test_random_subsets_end_at_the_right_one() -> None:
    learner = builtin_learner("random_subset:bits=4,confirmations=12")
    _, late = mistakes(learner, lambda x: x[0] ^ x[2] ^ x[3], 400, random.Random(0))
    assert late == 0


def test_the_stored_parity_rows_flip_under_one_and_each() -> None:
    learner = parity(7)
    b = Builder()
    inputs = [b.input(name) for name in learner.update.input_names]
    literal_of = b.copy(learner.update, inputs)
    for bit, output in zip(inputs, learner.update.outputs, strict=False):
        b.output(output.name, b.xor(bit, literal_of[output.literal >> 1] ^ output.literal & 1))
    flips = b.build()
    gates = {gate.node: gate for gate in flips.gates()}
    for flip in flips.outputs:
        gate = gates[flip.literal >> 1]
        assert (gate.op, len(gate.operands), flip.literal & 1) == (Op.AND, 2, 0)


@pytest.mark.parametrize("bits", [1, 2, 5, 32])
def test_the_parity_memory_is_a_triangle(bits: int) -> None:
    assert len(parity(bits).reset) == bits * (bits - 1) // 2 + 2 * bits


def test_update_and_prediction_of_parity_share_the_reduction() -> None:
    learner = parity(16)
    gates = learner_to_update_on_error(learner).circuit.gate_count
    memory = len(learner.reset)
    extra = memory + 3 * 16  # one choice per bit; the output, done, and labels with the guess
    assert gates <= learner.update.gate_count + extra
    assert gates < learner.update.gate_count + memory + learner.predict.gate_count


REFUSED = [
    ("parity:bits=0", "parity: bits must be at least 1, not 0"),
    ("conjunction:bits=0,samples=1", "conjunction: bits must be at least 1, not 0"),
    ("conjunction:bits=1,samples=0", "conjunction: samples must be at least 1, not 0"),
    ("conjunction:bits=1,samples=1,monotone=2", "conjunction: monotone must be 0 to 1, not 2"),
    ("nearest:bits=0,samples=1", "nearest: bits must be at least 1, not 0"),
    ("nearest:bits=1,samples=-1", "nearest: samples must be at least 1, not -1"),
    ("nearest:bits=1,samples=2,k=3", "nearest: k must be 1 to 2, not 3"),
    ("nearest:bits=1,samples=2,k=2", "nearest: k must be odd, not 2"),
    ("winnow:bits=0,threshold=1", "winnow: bits must be at least 1, not 0"),
    ("winnow:bits=1,threshold=0", "winnow: threshold must be at least 1, not 0"),
    ("perceptron:bits=0,width=2", "perceptron: bits must be at least 1, not 0"),
    ("perceptron:bits=1,width=1", "perceptron: width must be at least 2, not 1"),
    ("random_subset:bits=0,confirmations=1", "random_subset: bits must be at least 1, not 0"),
    (
        "random_subset:bits=1,confirmations=0",
        "random_subset: confirmations must be at least 1, not 0",
    ),
    ("parity", "parity needs bits"),
    ("nearest:k=1", "nearest needs bits and samples"),
    ("parity:bits", "parity: bits must be an integer, not ''"),
    ("parity:bits=3.5", "parity: bits must be an integer, not '3.5'"),
    ("parity:bits=3,bits=4", "parity: bits is given twice"),
    ("parity:,bits=3", "parity has no parameter ''"),
    ("parity:width=3", "parity has no parameter 'width'"),
    ("pairity:bits=3", "nothing built in is called 'pairity'"),
    ("", "nothing built in is called ''"),
]


@pytest.mark.parametrize(("spec", "message"), REFUSED)
def test_what_makes_no_learner_is_refused(spec: str, message: str) -> None:
    with pytest.raises(SourceError) as refusal:
        builtin_learner(spec)
    assert refusal.value.message == message


@pytest.mark.parametrize(
    ("spec", "hint"),
    [
        ("pairity:bits=3", "did you mean parity?"),
        ("zzz", f"there are {', '.join(LEARNERS + MACHINES)}"),
        ("perceptron:bit=3", "did you mean bits? write perceptron:bits=N,width=N"),
        ("parity:depth=3", "write parity:bits=N"),
        ("nearest", "write nearest:bits=N,samples=N[,k=N]"),
    ],
)
def test_a_refusal_says_what_to_write(spec: str, hint: str) -> None:
    with pytest.raises(SourceError) as refusal:
        builtin_learner(spec)
    assert refusal.value.hint == hint


def test_a_spec_may_have_blanks_and_any_order() -> None:
    assert builtin_learner("perceptron: width = 3, bits=2").reset == (0,) * 9


def test_the_catalog_lists_every_learner_and_nothing_else() -> None:
    folder = Path(circuits.learners.__file__).parent
    others = {"__init__", "ranges"}
    assert {path.stem for path in folder.glob("*.py")} - others == set(LEARNERS)
    for name in LEARNERS:
        assert factory(name).__name__ == name
        assert usage(name).startswith(f"{name}:bits=N")


def test_the_catalog_imports_a_learner_only_when_asked_for_it() -> None:
    program = (
        "import sys, circuits.catalog as c\n"
        "c.builtin('parity:bits=2')\n"
        "print(sorted(m for m in sys.modules if m.startswith('circuits.learners.')))"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert found.stdout.strip() == str(["circuits.learners.parity", "circuits.learners.ranges"])
