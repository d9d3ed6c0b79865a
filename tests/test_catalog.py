"""Learners and machines by name."""

from __future__ import annotations

import subprocess
import sys

import pytest

from circuits.catalog import (
    LEARNERS,
    MACHINES,
    builtin,
    builtin_learner,
    builtin_machine,
    factory,
    usage,
)
from circuits.errors import SourceError
from circuits.learner import Learner
from circuits.machines.machine import Machine

EXAMPLES = {
    "ant": "ant:rule=LLRR",
    "busy-beaver": "busy-beaver:states=4,symbols=2",
    "langton": "langton",
    "majority-machine": "majority-machine",
    "nearest-machine": "nearest-machine",
    "neighbour-pivots": "neighbour-pivots:start=corner",
    "parity-machine": "parity-machine",
    "row-reduction": "row-reduction:start=prefilled",
}


def test_every_machine_can_be_made() -> None:
    assert set(EXAMPLES) == set(MACHINES)
    for name, spec in EXAMPLES.items():
        made = builtin(spec)
        assert isinstance(made, Machine)
        assert made.name
        assert made.source == ""
        assert len(builtin_machine(spec)) == len(made)
        assert usage(name).partition(":")[0].partition("[")[0] == name


def test_names_are_learners_or_machines() -> None:
    assert not set(LEARNERS) & set(MACHINES)
    assert isinstance(builtin("parity:bits=2"), Learner)
    assert [factory(name).__module__.partition(".")[0] for name in MACHINES] == ["circuits"] * 8


def test_the_usage_tells_text_from_numbers() -> None:
    assert usage("busy-beaver") == "busy-beaver:states=N[,symbols=N][,record=TEXT]"
    assert usage("ant") == "ant[:rule=TEXT]"
    assert usage("langton") == "langton"


def test_text_is_taken_as_it_is() -> None:
    assert builtin_machine("ant: rule = RLN").name == "ant RLN"
    assert len(builtin_machine("row-reduction:start=corner").states) == 18


def test_a_machine_is_no_learner() -> None:
    with pytest.raises(SourceError) as refusal:
        builtin_learner("langton")
    assert refusal.value.message == "langton is a machine, not a learner"
    assert refusal.value.hint == f"there are {', '.join(LEARNERS)}"
    with pytest.raises(SourceError) as refusal:
        builtin_machine("parity:bits=3")
    assert refusal.value.message == "parity:bits=3 is a learner, not a machine"
    assert refusal.value.hint == f"there are {', '.join(MACHINES)}"


@pytest.mark.parametrize(
    ("spec", "message", "hint"),
    [
        ("busy_beaver", "nothing built in is called 'busy_beaver'", "did you mean busy-beaver?"),
        ("langston", "nothing built in is called 'langston'", "did you mean langton?"),
        ("langton:rule=RL", "langton has no parameter 'rule'", "write langton"),
        (
            "busy-beaver",
            "busy-beaver needs states",
            "write busy-beaver:states=N[,symbols=N][,record=TEXT]",
        ),
        (
            "busy-beaver:states=two",
            "busy-beaver: states must be an integer, not 'two'",
            "write busy-beaver:states=N[,symbols=N][,record=TEXT]",
        ),
        (
            "row-reduction:start=middle",
            "row reduction: start must be one of prefilled, query, corner, not 'middle'",
            "",
        ),
    ],
)
def test_what_cannot_be_made_is_refused(spec: str, message: str, hint: str) -> None:
    with pytest.raises(SourceError) as refusal:
        builtin(spec)
    assert (refusal.value.message, refusal.value.hint) == (message, hint)


def test_a_machine_is_made_without_numba() -> None:
    program = (
        "import sys, circuits.catalog as c\n"
        f"for spec in {list(EXAMPLES.values())}:\n"
        "    c.builtin(spec)\n"
        "print('numba' in sys.modules, 'circuits.learners.parity' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert found.stdout.split() == ["False", "False"]
