from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest

from circuits.arithmetic import increment
from circuits.builder import Builder
from circuits.circuit import Circuit
from circuits.errors import SourceError
from circuits.learner import Learner, is_done, learn, predict
from circuits.trace import Field, trace_learner


def circuit(inputs: str, outputs: str, latches: str = "") -> Circuit:
    """Every output is the exclusive or of all inputs; names are single letters or ``label``."""
    b = Builder()
    made = b.xor(*(b.input(name) for name in inputs.split()))
    for name in latches.split():
        b.latch(name)
    for name in outputs.split():
        b.output(name, made)
    return b.build()


def toy(**changed: Any) -> Learner:
    """Two memory bits, one bit a sample, one random bit."""
    fields: dict[str, Any] = {
        "name": "toy",
        "memory_names": ("m", "n"),
        "reset": (0, 1),
        "sample_names": ("x",),
        "random_names": ("r",),
        "update": circuit("m n x label r", "m n"),
        "predict": circuit("m n x", "p"),
        "done": circuit("m n", "d"),
    }
    return Learner(**(fields | changed))


def test_a_learner_is_updated_by_its_circuits() -> None:
    learner = toy(done=circuit("m n", "d"))
    assert is_done(learner, (0, 1))
    assert not is_done(learner, (1, 1))
    assert predict(learner, (0, 1), (1,)) == 0
    assert learn(learner, (0, 0), (1,), 0, (0,)) == (1, 1)
    assert learn(learner, (0, 0), (1,), 1, (0,)) == (0, 0)
    assert learn(learner, (0, 0), (1,), 1, (1,)) == (1, 1)


def test_a_learner_that_is_done_keeps_its_memory() -> None:
    assert learn(toy(), (0, 1), (1,), 1, (0,)) == (0, 1)


def test_a_mistake_driven_learner_keeps_its_memory_where_it_is_right() -> None:
    learner = toy(done=None)
    assert not is_done(learner, (0, 1))
    assert learn(learner, (0, 1), (1,), 0, (1,)) == (0, 1)
    assert learn(learner, (0, 1), (0,), 0, (0,)) == (1, 1)


REFUSED: list[tuple[str, dict[str, Any]]] = [
    (
        "learner toy: update must read m, n, x, label, r, not m, n, x, r, label",
        {"update": circuit("m n x r label", "m n")},
    ),
    (
        "learner toy: update must read m, n, x, label, not m, n, x, label, r",
        {"random_names": ()},
    ),
    (
        "learner toy: update must give the memory bits m, n, not m",
        {"update": circuit("m n x label r", "m")},
    ),
    (
        "learner toy: update must give the memory bits m, n, not nothing",
        {"update": circuit("m n x label r", "")},
    ),
    ("learner toy: predict must read m, n, x, not m, n", {"predict": circuit("m n", "p")}),
    (
        "learner toy: predict must have one output, not 2",
        {"predict": circuit("m n x", "p q")},
    ),
    ("learner toy: done must read m, n, not m, n, x", {"done": circuit("m n x", "d")}),
    ("learner toy: done must have one output, not 0", {"done": circuit("m n", "")}),
    (
        "learner toy: predict has 1 latches of its own",
        {"predict": circuit("m n x", "p", latches="q")},
    ),
    ("learner toy: reset must be 2 zeros and ones, not (0,)", {"reset": (0,)}),
    ("learner toy: reset must be 2 zeros and ones, not (0, 2)", {"reset": (0, 2)}),
    ("learner toy: more than one bit is called x", {"random_names": ("x",)}),
    ("learner toy: more than one bit is called label", {"sample_names": ("label",)}),
    ("learner toy: more than one bit is called guess", {"memory_names": ("m", "guess")}),
]


@pytest.mark.parametrize(("message", "changed"), REFUSED)
def test_parts_that_do_not_fit_are_refused(message: str, changed: dict[str, Any]) -> None:
    with pytest.raises(SourceError) as refusal:
        toy(**changed)
    assert refusal.value.message == message


def test_long_lists_of_names_are_shortened() -> None:
    names = tuple(f"m{i}" for i in range(9))
    with pytest.raises(SourceError) as refusal:
        toy(memory_names=names, reset=(0,) * 9, predict=circuit("m0", "p"))
    assert "must read m0, m1, m2, ..., label, r (12 in all), not m, n," in refusal.value.message


def test_a_learner_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        toy().name = "other"  # type: ignore[misc]
    assert replace(toy(), name="other").name == "other"


def test_functions_over_words_become_the_circuits_of_a_learner() -> None:
    learner = trace_learner(
        "counts ones",
        memory=[Field("count", 2, reset=1), Field("nothing", 0)],
        sample_bits=2,
        random_bits=1,
        update=lambda memory, x, y, r: [increment(memory[0], y & x[1] & r[0]), memory[1]],
        predict=lambda memory, x: memory[0][1] ^ x[0],
        done=lambda memory: memory[0] == 3,
    )
    assert learner.memory_names == ("count[0]", "count[1]")
    assert learner.reset == (1, 0)
    assert learner.sample_names == ("x[0]", "x[1]")
    assert learner.random_names == ("r[0]",)
    state = learn(learner, learner.reset, (0, 1), 1, (1,))
    assert state == (0, 1)
    assert learn(learner, state, (0, 1), 1, (0,)) == state
    assert predict(learner, state, (0, 0)) == 1
    assert is_done(learner, (1, 1))


def test_an_update_that_gives_other_words_is_refused() -> None:
    with pytest.raises(SourceError) as refusal:
        trace_learner(
            "short",
            memory=[Field("a", 2), Field("b", 1)],
            sample_bits=1,
            update=lambda memory, x, y, r: [memory[1], memory[0]],
            predict=lambda memory, x: x[0],
        )
    assert refusal.value.message == "learner short: update gives words of [1, 2] bits, not [2, 1]"


def test_a_start_that_does_not_fit_its_field_is_refused() -> None:
    with pytest.raises(SourceError, match="4 does not fit in 2 bits"):
        trace_learner(
            "big",
            memory=[Field("a", 2, reset=4)],
            sample_bits=1,
            update=lambda memory, x, y, r: memory,
            predict=lambda memory, x: x[0],
        )
