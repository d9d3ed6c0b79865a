"""What a verification is asked for and how it answers: settings, JSON, text."""

import json
import re
from dataclasses import fields, replace

import pytest
from small_circuits import full_adder, toggle

from circuits.errors import SourceError
from compiler.pipeline import compile_net
from runtime.labels import always_wrong
from runtime.machines.report import MachineReport
from runtime.noise.report import NoiseReport
from runtime.report import Check, Divergence, Report
from runtime.settings import Settings
from runtime.verify import verify


def test_a_report_is_a_json_object_with_every_key() -> None:
    report = verify(compile_net(toggle()), Settings(steps=20, control="learning-rate"))
    found = json.loads(report.to_json())
    named = [name for name in (f.name for f in fields(Report)) if name not in ("machine", "noise")]
    elsewhere = [f.name for f in (*fields(MachineReport), *fields(NoiseReport))]
    assert list(found)[: len(named + elsewhere)] == named + elsewhere == Report.json_keys()
    assert {found[name] for name in list(found)[len(named) :]} == {None}
    assert list(found["first_divergence"]) == [field.name for field in fields(Divergence)]
    assert {check.value for check in Check} <= set(found)
    assert found["first_divergence"]["check"] == "memory_mismatches"
    assert json.loads(verify(compile_net(full_adder())).to_json())["first_divergence"] is None


def test_a_report_is_a_few_lines_for_a_person() -> None:
    report = replace(verify(compile_net(full_adder())), seconds=1.25)
    assert str(report).splitlines() == [
        "adder.txt: emulates (8 SGD steps, 8 of them wrong, float64, seed 0, 1.2 s)",
        "  6 vertices, 7 edges, 2 levels, 0 memory bits; component net, dyadic preset",
        "  0 output mismatches, 0 blend inputs, 0 protected gradients nonzero, "
        "0 memory mismatches, 0 frozen weight changes, 0 read out mismatches",
        "  all inputs were tried",
    ]


def test_a_report_of_a_failure_says_where_it_began() -> None:
    settings = Settings(control="wrong-circuit", labels=always_wrong)
    report = replace(verify(compile_net(full_adder()), settings), seconds=1.25)
    assert str(report).splitlines() == [
        "adder.txt: DIVERGES (1 SGD steps, 1 of them wrong, float64, seed 0, 1.2 s)",
        "  6 vertices, 7 edges, 2 levels, 0 memory bits; component net, dyadic preset",
        "  1 output mismatches, 0 blend inputs, 0 protected gradients nonzero, "
        "0 memory mismatches, 0 frozen weight changes, 2 read out mismatches",
        "  first divergence at step 0: output mismatches: gate %4 (adder.txt:3) (vertex 5): "
        "expected -2.0, got 2.0",
    ]


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (
            {"control": "none"},
            "unknown control 'none'\n"
            "  help: one of: flip-weight, learning-rate, batch-size, wrong-circuit, label, output, "
            "control-before, control-at-write, control-after, noise-sum, leaving-gradient",
        ),
        ({"dtype": "float16"}, "unknown dtype 'float16'\n  help: one of: float64, float32"),
        (
            {"engine": "numba"},
            "unknown engine 'numba'\n  help: one of: boolean, live, native, levels, reference, gpu",
        ),
        (
            {"arithmetic": "real"},
            "unknown arithmetic 'real'\n  help: one of: float, exact, double-double",
        ),
        ({"steps": -1}, "-1 steps\n  help: a number of steps is 0 or more"),
    ],
)
def test_settings_that_do_not_exist_are_refused(wrong: dict[str, str], text: str) -> None:
    with pytest.raises(SourceError, match=f"^{re.escape(text)}$"):
        Settings(**wrong)  # type: ignore[arg-type]
