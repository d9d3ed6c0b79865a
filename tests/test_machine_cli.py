"""Machines on the command line: a source like any other, with options of its own."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from command_line import sgdcc

from circuits.circuit import Circuit
from circuits.machines.formats import MACHINE_FORMATS
from circuits.machines.machine import Machine
from compiler.net import Net, Target
from runtime.commands.machines import CONVENTIONS
from runtime.sources import read_source, source_of

BB2, BB4, ANT = "builtin:busy-beaver:states=2", "builtin:busy-beaver:states=4", "builtin:langton"
PARITY = "builtin:parity:bits=2"

TABLES = {
    "beaver.bb": "1RB1LB_1LA1RZ\n",
    "more.yaml": "input: '11'\nblank: ' '\nstart state: go\n"
    "table:\n  go:\n    1: R\n    ' ': {write: 1, R: done}\n  done:\n",
    "more.tm": "go 1 1 r go\ngo _ 1 r halt\n",
    "ant.turmite": "RL\n",
}

CONTROLS = ("flip-weight", "learning-rate", "batch-size", "wrong-circuit")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a machine in each format."""
    monkeypatch.chdir(tmp_path)
    for name, text in TABLES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def said(*arguments: str, code: int = 0) -> str:
    """What a run prints, that ends with this code and without complaints."""
    result = sgdcc(*arguments)
    assert (result.code, result.err) == (code, "")
    return result.out


def facts(*arguments: str, code: int = 0) -> dict[str, Any]:
    """The object that --json prints."""
    found: dict[str, Any] = json.loads(said(*arguments, "--json", code=code))
    return found


def refused(*arguments: str, code: int = 2) -> str:
    """What a run says that must fail, print nothing else and write nothing."""
    before = set(Path().iterdir())
    result = sgdcc(*arguments)
    assert (result.code, result.out) == (code, "")
    assert set(Path().iterdir()) == before
    return result.err


@pytest.mark.parametrize(
    ("source", "steps"), [("beaver.bb", 6), ("more.yaml", 3), ("more.tm", 1), (BB2, 6)]
)
def test_every_command_takes_machines(source: str, steps: int) -> None:
    assert facts("simulate", source)["steps"] == steps
    assert facts("info", source)["steps"] == steps
    report = facts("verify", source)
    assert (report["emulates"], report["machine_steps"], report["halted"]) == (True, steps, True)
    assert said("compile", source, "-o", "m.net").startswith("m.net: ")
    assert said("export", source, "--format", "json", "-o", "m.json").startswith("m.json: ")


def test_every_format_is_read_by_its_ending_or_by_name() -> None:
    assert {Path(name).suffix for name in TABLES} == {
        known.endings[0] for known in MACHINE_FORMATS.values()
    }
    for name in TABLES:
        assert isinstance(read_source(name), Machine)
    Path("beaver.aag").write_text(TABLES["beaver.bb"])
    assert facts("simulate", "beaver.aag", "--format", "bb")["steps"] == 6
    assert refused("simulate", "beaver.aag").startswith("error: beaver.aag:1")  # no circuit


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("other", ["machine.txt", "machine", "machine.txt.gz"])
def test_a_machine_is_told_by_its_content_where_its_name_says_nothing(
    name: str, other: str
) -> None:
    data = TABLES[name].encode()
    Path(other).write_bytes(gzip.compress(data) if other.endswith(".gz") else data)
    assert isinstance(read_source(other), Machine)


@pytest.mark.parametrize("text", ["0x6\n", "1 3\n1 2\n1 1\n\n2 1 0 1 2 AND\n"])
def test_a_circuit_is_no_machine(text: str) -> None:
    Path("circuit.txt").write_text(text)
    assert isinstance(read_source("circuit.txt"), Circuit)


def test_a_file_of_another_kind_of_machine_is_refused_by_name() -> None:
    Path("machine.jff").write_text("<?xml?>\n<structure><type>turing</type></structure>\n")
    assert refused("info", "machine.jff").splitlines()[0] == (
        "error: machine.jff:2: a JFLAP file, which is not read"
    )


def test_a_machine_is_no_circuit_until_it_is_on_cells() -> None:
    assert isinstance(source_of(BB2), Circuit)


def test_simulate_says_how_a_run_went() -> None:
    assert said("simulate", BB4).splitlines() == [
        "builtin:busy-beaver:states=4: halted after 107 steps, in state Z",
        "score 13, 14 cells visited",
        "1*0111111111111",
    ]


def test_what_simulate_shows_can_be_simulated() -> None:
    *_, halfway = said("simulate", BB4, "--steps", "50").splitlines()
    state = facts("simulate", BB4, "--steps", "50")["state"]
    again = facts("simulate", BB4, "--input", halfway, "--start", state)
    assert (again["steps"], again["score"]) == (57, 13)


def test_simulate_prints_an_object() -> None:
    assert facts("simulate", BB2, "--cells", "6", "--steps", "3") == {
        "source": BB2, "steps": 3, "outcome": "running", "state": "B", "score": 2,
        "visited": [3, 1], "head": [1, 0], "origin": [0, 0], "cells": ["001100"],
    }  # fmt: skip


def test_the_cells_of_symbols_of_several_characters_have_blanks_between() -> None:
    Path("long.tm").write_text("0 _ 1 r halt\n")
    assert facts("simulate", "long.tm")["cells"] == ["1_"]


@pytest.mark.parametrize(
    ("options", "outcome", "text"),
    [
        (["--steps", "5"], "running", "still running after 5 steps, in state B"),
        (["--cells", "3"], "left", "would leave the cells on the left after 3 steps, in state B"),
        (["--cells", "1", "--margin"], "margin", "would write on the margin after 1 steps"),
        ([], "halted", "halted after 6 steps, in state Z"),
    ],
)
def test_simulate_says_why_a_run_ended(options: list[str], outcome: str, text: str) -> None:
    assert text in said("simulate", BB2, *options).splitlines()[0]
    assert facts("simulate", BB2, *options)["outcome"] == outcome


def test_simulate_shows_a_diagram() -> None:
    assert said("simulate", BB2, "--steps", "2", "--diagram").splitlines() == [
        "builtin:busy-beaver:states=2: still running after 2 steps, in state A",
        "score 2, 2 cells visited",
        "step  state",
        "   0  A     [0] 0",
        "   1  B      1 [0]",
        "   2  A     [1] 1",
    ]


def test_simulate_draws_a_figure() -> None:
    pytest.importorskip("matplotlib")
    assert said("simulate", BB2, "--figure", "b.png").endswith("\npicture: b.png\n")
    assert Path("b.png").read_bytes().startswith(b"\x89PNG")
    assert facts("simulate", ANT, "--steps", "20", "--figure", "a.svg")["steps"] == 20
    assert b"<svg" in Path("a.svg").read_bytes()


def test_a_plane_too_large_for_a_screen_is_not_printed() -> None:
    *_, last = said("simulate", ANT, "--steps", "13000").splitlines()
    assert re.fullmatch(r"\(\d+x\d+ cells are not shown; --json has them\)", last)
    cells = facts("simulate", ANT, "--steps", "11000")["cells"]
    assert sum(row.count("1") for row in cells) == 834


def test_info_says_what_a_machine_is() -> None:
    found = facts("info", "more.yaml")
    assert found == {
        "source": "more.yaml", "kind": "machine", "name": "more", "planar": False,
        "states": ["go", "done"], "start": "go", "halting_states": ["done"],
        "symbols": [" ", "1"], "blank": " ", "entries": 2, "missing_entries": 0,
        "convention": CONVENTIONS["yaml"], "known": None, "steps": 3, "outcome": "halted",
        "score": 3, "visited": [4, 1], "memory_bits": 10,
    }  # fmt: skip
    assert "symbols           ' ' 1\n" in said("info", "more.yaml")


def test_info_knows_champions_wherever_they_come_from() -> None:
    known = "no halting machine of 2 states and 2 symbols makes more than 6 steps"
    assert facts("info", "beaver.bb")["known"] == facts("info", BB2)["known"] == known
    score = facts("info", "builtin:busy-beaver:states=3,record=score")["known"]
    assert score == "no halting machine of 3 states and 2 symbols has a score above 6"
    Path("other.bb").write_text("1RB1LB_1LA0RZ\n")
    assert facts("info", "other.bb")["known"] is None


def test_info_of_a_machine_that_does_not_halt() -> None:
    found = facts("info", ANT)
    assert (found["steps"], found["outcome"], found["memory_bits"]) == (100_000, "running", None)
    assert facts("info", ANT, "--cells", "4x5")["memory_bits"] == 20 + 20 + 2 + 1


@pytest.mark.parametrize("name", TABLES)
def test_info_says_how_its_format_counts(name: str) -> None:
    (format_,) = (f for f, known in MACHINE_FORMATS.items() if Path(name).suffix in known.endings)
    assert facts("info", name, "--cells", "9")["convention"] == CONVENTIONS[format_]
    Path("m.txt").write_text(TABLES[name])
    again = facts("info", "m.txt", "--format", format_, "--cells", "9")
    assert again["convention"] == CONVENTIONS[format_]


def test_every_format_counts_somehow() -> None:
    assert set(CONVENTIONS) == set(MACHINE_FORMATS)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_verify_clocks_a_machine_to_its_halt(dtype: str) -> None:
    found = facts("verify", BB4, "--dtype", dtype)
    expected = {
        "emulates": True, "labels": "always-wrong", "steps": 108, "wrong_steps": 108,
        "machine_steps": 107, "halted": True, "score": 13, "configuration_mismatches": 0,
        "head_left": False, "head_left_to": None, "cells": [14, 1], "cells_needed": [14, 1],
    }  # fmt: skip
    assert found | expected == found
    assert said("verify", BB4).splitlines()[2:] == [
        "  0 output mismatches, 0 blend inputs, 0 protected gradients nonzero, "
        "0 memory mismatches, 0 frozen weight changes, 0 read out mismatches, "
        "0 configuration mismatches",
        "  107 machine steps, halted, score 13, 14 cells",
    ]


def test_verify_exits_with_1_where_the_head_leaves() -> None:
    found = facts("verify", BB4, "--cells", "8", code=1)
    assert (found["emulates"], found["head_left"], found["head_left_to"]) == (True, True, "left")
    assert (found["cells"], found["cells_needed"]) == ([8, 1], [14, 1])
    text = said("verify", BB4, "--cells", "8", code=1)
    assert "in step 26 the head would leave the cells on the left; 14 cells are needed" in text


@pytest.mark.parametrize("control", CONTROLS)
def test_every_negative_control_fails(control: str) -> None:
    assert not facts("verify", BB2, "--control", control, code=1)["emulates"]


def test_verify_takes_all_that_may_be_said_of_a_machine() -> None:
    options = ["--input", "10*01", "--cells", "12", "--start", "B", "--steps", "9"]
    found = facts("verify", BB4, *options)
    simulated = facts("simulate", BB4, *options)
    assert (found["machine_steps"], found["score"]) == (simulated["steps"], simulated["score"])
    elsewhere = facts("verify", BB4, "--input", "1001", "--head", "2", *options[2:])
    assert elsewhere | {"seconds": 0} == found | {"seconds": 0}


def test_verify_runs_a_machine_on_a_plane() -> None:
    found = facts("verify", "ant.turmite", "--cells", "9x8", "--steps", "60")
    assert (found["emulates"], found["machine_steps"], found["cells"]) == (True, 60, [9, 8])


def test_verify_runs_a_machine_with_a_margin() -> None:
    found = facts("verify", "more.yaml", "--margin", code=1)
    assert (found["cells"], found["head_left_to"]) == ([2, 1], "right")


def test_verify_runs_the_printed_net() -> None:
    found = facts("verify", BB2, "--preset", "printed")
    assert (found["emulates"], found["exponent"], found["score"]) == (True, "3", 4)


def test_with_other_labels_only_wrong_steps_are_machine_steps() -> None:
    found = facts("verify", BB4, "--labels", "random", "--steps", "40")
    assert found["emulates"]
    assert 5 < found["machine_steps"] == found["wrong_steps"] < 35


def test_a_compiled_machine_is_a_net_with_a_certificate() -> None:
    said("compile", BB2, "--cells", "6", "-o", "b.net", "--certificate", "b.cert")
    assert said("check", "b.cert").startswith("valid: emulation net, ")
    found = facts("verify", "b.net", "--labels", "always-wrong", "--steps", "6")
    assert (found["emulates"], found["wrong_steps"], found["machine_steps"]) == (True, 6, 6)
    net = read_source("b.net")
    assert isinstance(net, Net)
    assert net.target is Target.EMULATION
    assert len(net.memory) == 6 + 6 + 2 + 1


def test_an_unrolled_machine_is_a_component_with_a_certificate() -> None:
    said("compile", BB2, "--unroll", "6", "-o", "b.net", "--certificate", "b.cert")
    assert said("check", "b.cert").startswith("valid: component net, ")
    found = facts("verify", "b.net")
    assert (found["emulates"], found["target"], found["exhaustive"]) == (True, "component", True)
    net = read_source("b.net")
    assert isinstance(net, Net)
    assert net.circuit.input_names == tuple(f"cell[{i}].symbol[0]" for i in range(4))


OPTIONS = {
    "--input": ["1"], "--cells": ["4"], "--head": ["1"], "--margin": [], "--start": ["A"],
}  # fmt: skip


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize(
    "command", [["compile", "-o", "x.net"], ["verify"], ["simulate"], ["info"]], ids=lambda c: c[0]
)
def test_options_of_machines_are_refused_for_others(command: list[str], option: str) -> None:
    assert refused(*command, PARITY, option, *OPTIONS[option]) == (
        f"error: {PARITY} is not a machine\n  help: leave {option} away\n"
    )


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (["compile", PARITY, "-o", "x.net", "--unroll", "3"], f"{PARITY} is not a machine"),
        (["simulate", PARITY, "--diagram"], f"{PARITY} is not a machine"),
        (["simulate", PARITY, "--figure", "x.png"], f"{PARITY} is not a machine"),
        (["simulate", BB2, "--clocked"], f"{BB2} is a machine, it has no labels"),
        (["simulate", BB2, "--labels", "random"], f"{BB2} is a machine, it has no labels"),
        (["simulate", BB2, "--seed", "1"], f"{BB2} is a machine, it has no labels"),
    ],
)
def test_options_that_mean_nothing_are_refused(command: list[str], why: str) -> None:
    option = next(word for word in command if word.startswith("--"))
    assert refused(*command) == f"error: {why}\n  help: leave {option} away\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--cells", "0"], "Invalid value for '--cells': '0' is not a number of cells such as "),
        (["--cells", "3x"], "Invalid value for '--cells': '3x' is not a number of cells such as "),
        (["--head", "1,2,3"], "Invalid value for '--head': '1,2,3' is not a place such as "),
        (["--unroll", "-1"], "Invalid value for '--unroll': -1 is not in the range x>=0."),
    ],
)
def test_bad_usage_is_explained(arguments: list[str], message: str) -> None:
    command = "compile" if "--unroll" in arguments else "verify"
    output = ["-o", "x.net"] if command == "compile" else []
    assert f"\nError: {message}" in refused(command, BB2, *output, *arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["simulate", BB2, "--input", "012"], "error: tape:1:3: '2' is no symbol\n"),
        (["verify", BB2, "--cells", "2x2"], "error: 2 x 2 cells on a tape\n"),
        (["verify", BB2, "--start", "Q"], "error: busy beaver of 2 states and 2 symbols has no st"),
        (["verify", BB2, "--input", "111", "--cells", "2"], "error: 2 x 1 cells for a start on "),
        (["verify", ANT], "error: ant RL does not halt within 100000 steps\n"),
        (["compile", ANT, "-o", "x.net"], "error: ant RL does not halt within 100000 steps\n"),
        (["simulate", "bad.bb"], "error: bad.bb:1:"),
        (["simulate", BB2, "--figure", "x.gif"], "error: cannot draw x.gif\n"),
        (["info", "builtin:busy-beaver:states=9"], "error: busy beaver: no champion of 9 states "),
    ],
)  # fmt: skip
def test_bad_input_is_explained(arguments: list[str], message: str) -> None:
    Path("bad.bb").write_text("1RB1LB_1LA\n")
    assert refused(*arguments).startswith(message)


def test_a_picture_does_not_overwrite_the_machine() -> None:
    Path("m.png").write_text(TABLES["beaver.bb"])
    message = refused("simulate", "m.png", "--format", "bb", "--figure", "m.png")
    assert message.startswith("error: m.png is the source itself\n")


def test_what_is_odd_about_a_file_is_said_beside_the_result() -> None:
    Path("twice.tm").write_text("0 _ 1 r halt\n0 _ 0 r halt\n")
    result = sgdcc("simulate", "twice.tm")
    assert result.code == 0
    assert result.err.startswith("warning: twice.tm:2:")
    assert result.out.startswith("twice.tm: halted after 1 steps, in state halt\n")


def test_a_tape_with_stars_for_symbols_is_shown_and_the_head_beside_it() -> None:
    Path("star.yaml").write_text("blank: ' '\nstart state: a\ntable: {a: {'*': {R: b}}, b: }\n")
    result = sgdcc("simulate", "star.yaml", "--input", "**")
    assert result.out.splitlines()[-2:] == ["**", "(the head is on cell 1, from 0)"]
