"""Ten thousand faults: the checker refuses every one that an exact run of the net shows wrong.

A mutant that the checker accepts is run by an interpreter that shares nothing with it, on every
input and label, from every state that can be reached (of the net with two bits, from 600). What it
accepts is then right, and of one of the kinds listed in `EQUIVALENT`.
"""

from __future__ import annotations

from itertools import islice

import pytest
from certified import Interpreter, Stated, adder, certified, fresh, toggle, weighted
from mutant_survey import Survey, objections, survey
from mutants import FAULTS, mutants

import runtime.check
from circuits.catalog import builtin_learner
from runtime.check.files import NetFile, RefusedError
from runtime.check.unit import Unit, check_unit

NETS = {
    "toggle": lambda: certified(toggle(), one_filler=True),
    "toggle written out": lambda: certified(toggle(1)),
    "weighted": lambda: certified(weighted(), one_filler=True),
    "parity": lambda: certified(builtin_learner("parity:bits=1"), one_filler=True),
    "adder": lambda: certified(adder()),
    "printed": lambda: certified(toggle(), preset="printed", one_filler=True),
}

EQUIVALENT = {
    "unit": "which unit a vertex is part of is read at v1 only; SGD reads it nowhere",
    "unit_index": "likewise; the order of fillers, and numbers of what is no unit, mean nothing",
    "edge_role": "SGD reads no roles; whether an edge is a path's is checked",
    "role": "in a component, an output vertex is a gate like any other",
    "weight_table": "no edge has this weight, or a gate is right with another weight too",
    "new_weight": "a gate is right with another weight too, on every combination of its sources",
    "edge_weight": "likewise",
    "constant": "an end of a piece moves to where no sum is; a component has no use for a rate",
    "multiplicity": "1 written out; copies of a gate that hear and tell the same",
    "statement": "a floating-point format less, or one twice",
    "stated_circuit": "another threshold gate of the same function",
}
"""Faults of which some are none, and why."""


@pytest.fixture(autouse=True)
def units_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same constants get the same verdict: 64 cases in exact numbers take a while."""
    known: dict[str, Unit | RefusedError] = {}

    def remembered(unit: Unit) -> None:
        key = repr([str(x) for x in (unit.source, *unit.weights, unit.control, unit.rate)])
        key += repr([str(x) for x in vars(unit.f).values()])
        if key not in known:
            try:
                check_unit(unit)
                known[key] = unit
            except RefusedError as refused:
                known[key] = refused
        found = known[key]
        if isinstance(found, RefusedError):
            raise found
        unit.contribution, unit.once, unit.summed = found.contribution, found.once, found.summed

    monkeypatch.setattr(runtime.check, "check_unit", remembered)


def mutants_of(name: str, count: int, seed: int) -> Survey:
    judged: dict[str, str] = {}

    def judge(stated: Stated, file: NetFile) -> str:
        """What runs alike is judged once."""
        interpreter = Interpreter(stated, file)
        key = interpreter.key()
        if key not in judged:
            judged[key] = interpreter.wrong()
        return judged[key]

    return survey(islice(mutants(seed, fresh(NETS[name]())), count), judge, EQUIVALENT)


@pytest.mark.slow
@pytest.mark.parametrize("name", NETS)
def test_the_nets_do_as_their_certificates_say(name: str) -> None:
    net = NETS[name]()
    net.check()
    assert Interpreter(net.stated, net.file).wrong() == ""


@pytest.mark.parametrize("name", [name for name in NETS if name != "printed"])
def test_wrong_mutants_are_refused(name: str) -> None:
    made, accepted, _ = mutants_of(name, 120, seed=1)
    assert len(made) >= len(FAULTS) - 3
    assert accepted.total() < made.total() / 3


@pytest.mark.slow
def test_wrong_mutants_of_the_printed_net_are_refused() -> None:
    made, accepted, broken = mutants_of("printed", 300, seed=3)
    assert {"flatness", "function", "graph", "margins"} <= broken
    assert accepted.total() < 0.2 * made.total()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.long if name == "printed" else pytest.mark.slow)
        for name in NETS
    ],
)
def test_of_ten_thousand_mutants_all_wrong_ones_are_refused(name: str) -> None:
    made, accepted, broken = mutants_of(name, 1700, seed=2)
    assert made.total() == 1700
    assert {"flatness", "function", "graph", "margins"} <= broken
    assert ("rounding" in broken) == (name != "printed")
    if name != "adder":
        assert {"silence", "write"} <= broken
        assert accepted.total() < 0.1 * made.total()


def test_the_interpreter_finds_faults() -> None:
    """The judge is no yes-man: it objects to most of what the checker refuses."""
    cases = islice(mutants(3, fresh(NETS["toggle"]())), 400)
    total, objected = objections(cases, lambda *given: Interpreter(*given).wrong())
    assert total > 80
    assert objected > 0.8 * total
