"""What each command does, with every option, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from command_line import Result, sgdcc

from compiler.netfile import load_net
from runtime.rcnn.report import rcnn_keys

PARITY = "builtin:parity:bits=2"
TOGGLE = """INPUT(on)
OUTPUT(z)
q = DFF(d)
d = XOR(on, q)
z = NOT(q)
"""
BAD = "INPUT(a)\nOUTPUT(z)\nz = FOO(a)\n"
BAD_REPORT = "error: bad.bench:3:5: unknown gate 'FOO'\n    z = FOO(a)\n        ^\n  help: "
REPORT_KEYS = {
    "emulates", "source", "target", "preset", "dtype", "engine", "labels", "control", "seed",
    "steps", "wrong_steps", "last_wrong_step", "exhaustive", "vertices", "edges", "memory_bits",
    "levels", "output_mismatches", "memory_mismatches", "frozen_weight_changes",
    "protected_gradients_nonzero", "blend_inputs", "read_out_mismatches", "first_divergence",
    "seconds", "arithmetic", "exponent", "m_prime", "units_built", "classes",
    "flips_before_divergence", "configuration_mismatches", "machine_steps", "halted", "score",
    "head_left", "head_left_to", "cells", "cells_needed", "noise", "noise_model", "runs",
    "successes", "failed_run", "samples", "questions", "guaranteed_noise", "summed_noise",
    "cell_mismatches", "control_mismatches", "output_out_of_range",
} | set(rcnn_keys())  # fmt: skip
"""The issue's keys and ours; a key that disappears breaks somebody's script."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder but for two circuits."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "toggle.bench").write_text(TOGGLE)
    (tmp_path / "and.blif").write_text(".inputs a b\n.outputs z\n.names a b z\n11 1\n.end\n")
    (tmp_path / "bad.bench").write_text(BAD)
    return tmp_path


def refused(*arguments: str, code: int = 2) -> str:
    """What a run says that must fail, print nothing else and write nothing."""
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    result = sgdcc(*arguments)
    assert (result.code, result.out) == (code, "")
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before
    return result.err


def report(*arguments: str, code: int = 0) -> dict[str, Any]:
    """The object that `verify --json` prints."""
    result = sgdcc("verify", *arguments, "--json")
    assert (result.code, result.err) == (code, "")
    found: dict[str, Any] = json.loads(result.out)
    return found


# compile ------------------------------------------------------------------------------------------


def test_compile_writes_a_net_and_says_what_it_is() -> None:
    result = sgdcc("compile", PARITY, "-o", "p.net", "--target", "emulation")
    net = load_net(Path("p.net").read_bytes())
    assert result == Result(
        0,
        f"p.net: {net.vertices} vertices, {net.edges} edges, {net.levels} levels, 5 memory bits, "
        f"learning rate {net.learning_rate}\n",
        "",
    )
    assert (net.source, net.preset) == (PARITY, "dyadic")


@pytest.mark.parametrize("source", [PARITY, "toggle.bench", "and.blif"])
def test_compiling_a_source_twice_gives_the_same_bytes(source: str) -> None:
    assert sgdcc("compile", source, "-o", "1.net").code == 0
    assert sgdcc("compile", source, "--output", "2.net").code == 0
    assert Path("1.net").read_bytes() == Path("2.net").read_bytes()


def test_compile_takes_the_papers_constants_for_any_exponent_that_can_be_written_out() -> None:
    result = sgdcc("compile", PARITY, "--preset", "printed", "--exponent", "9/8", "-o", "p.net")
    assert (result.code, result.err) == (0, "")
    assert result.out.endswith(" 5 memory bits, learning rate ~14.9811\n")
    assert str(load_net(Path("p.net").read_bytes()).activation.exponent) == "9/8"


def test_the_papers_own_exponent_needs_a_unit_that_stands_for_many() -> None:
    assert sgdcc("compile", PARITY, "--preset", "printed", "-o", "p.net").code == 0
    facts = json.loads(sgdcc("info", "p.net", "--json").out)
    assert facts["quotient"]
    assert len(facts["m_prime"]) == 80
    assert "\nm prime           ~1.33962e+79\n" in sgdcc("info", "p.net").out


def test_such_a_net_does_not_fit_float32_and_a_graph_of_it_says_the_copies() -> None:
    sgdcc("compile", PARITY, "--preset", "printed", "-o", "p.net")
    err = refused("verify", "p.net", "--arithmetic", "float32", code=3)
    assert " overflows float32 (normal numbers run from 2^-126 to 2^128)" in err
    assert sgdcc("export", "p.net", "-o", "p.json").code == 0
    document = json.loads(Path("p.json").read_text())
    (fillers,) = {node["copies"] for node in document["nodes"] if "copies" in node}
    m_prime = json.loads(sgdcc("info", "p.net", "--json").out)["m_prime"]
    assert int(fillers) == int(m_prime) - len(document["graph"]["memory"])


def test_the_format_of_a_circuit_file_can_be_said() -> None:
    Path("toggle").write_text(TOGGLE)
    assert sgdcc("compile", "toggle", "--format", "bench", "-o", "t.net").code == 0
    assert refused("compile", "toggle", "--format", "blif", "-o", "u.net").startswith(
        "error: toggle:1:1: "
    )
    assert refused("compile", "toggle", "--format", "bensh", "-o", "u.net") == (
        "error: no circuit format 'bensh'\n  help: did you mean bench?\n"
    )


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("bad.bench", BAD_REPORT),
        ("none.blif", "error: none.blif: cannot read the file: No such file or directory\n"),
        (".", "error: .: cannot read the file: Is a directory\n"),
        ("builtin:parety:bits=2", "error: nothing built in is called 'parety'\n  help: did you"),
        ("builtin:parity", "error: parity needs bits\n  help: write parity:bits=N\n"),
        ("builtin:parity:bits=0", "error: parity: bits must be "),
        ("builtin:parity:bits=two", "error: parity: bits must be an integer, not 'two'\n"),
    ],
)
@pytest.mark.parametrize(
    "command", [["compile", "-o", "x.net"], ["verify"], ["simulate"], ["info"],
                ["export", "--format", "json", "-o", "x.json"]],
    ids=lambda command: command[0],
)  # fmt: skip
def test_every_command_refuses_a_bad_source_by_name_and_place(
    command: list[str], source: str, message: str
) -> None:
    assert refused(*command, source).startswith(message)


@pytest.mark.parametrize(
    "arguments", [["compile", PARITY], ["export", PARITY, "--format", "json"], ["demo"]],
    ids=lambda arguments: arguments[0],
)  # fmt: skip
def test_an_output_that_cannot_be_written_is_refused_before_the_work(
    arguments: list[str], folder: Path
) -> None:
    assert refused(*arguments, "-o", "none/p.x") == (
        "error: cannot write none/p.x: there is no folder none\n  help: make the folder first\n"
    )
    assert refused(*arguments, "-o", str(folder)) == (
        f"error: cannot write {folder}: it is a folder\n  help: name a file\n"
    )


def test_a_source_is_not_overwritten() -> None:
    err = "error: and.blif is the source itself\n  help: name another file to write\n"
    assert refused("compile", "and.blif", "-o", "and.blif") == err
    assert refused("export", "and.blif", "--format", "json", "-o", "./and.blif") == err


def test_compile_refuses_a_net() -> None:
    sgdcc("compile", "and.blif", "-o", "and.net")
    assert refused("compile", "and.net", "-o", "x.net") == (
        "error: and.net is a net, not a source\n  help: name the circuit or learner\n"
    )


def test_the_dyadic_preset_has_its_own_exponent() -> None:
    assert refused("compile", PARITY, "--preset", "dyadic", "--exponent", "3", "-o", "x.net") == (
        "error: the dyadic preset has exponent 1, not 3\n  help: use --preset printed\n"
    )


def test_an_exponent_above_1_means_the_printed_preset() -> None:
    for exponent, preset in (("11/9", "printed"), ("1", "dyadic")):
        report = json.loads(sgdcc("verify", PARITY, "--exponent", exponent, "--json").out)
        assert (report["preset"], report["exponent"]) == (preset, exponent)
        assert report["arithmetic"] == ("exact" if preset == "printed" else "float64")


@pytest.mark.parametrize("command", [["verify"], ["simulate"], ["info"]], ids=lambda c: c[0])
def test_damaged_nets_are_refused(command: list[str]) -> None:
    sgdcc("compile", "and.blif", "-o", "and.net")
    data = Path("and.net").read_bytes()
    Path("short.net").write_bytes(data[: len(data) // 2])
    Path("other.net").write_bytes(data.replace(b'\\"version\\":1', b'\\"version\\":9'))
    Path("no.net").write_bytes(b"INPUT(a)\nOUTPUT(a)\n")
    assert refused(*command, "short.net").startswith("error: short.net: damaged")
    assert refused(*command, "other.net") == (
        "error: other.net: net format version 9, this program reads 1\n"
        "  help: net files are written by `sgdcc compile SOURCE -o NET`\n"
    )
    assert refused(*command, "no.net").startswith("error: no.net: not a net file\n")


# verify -------------------------------------------------------------------------------------------


def test_verify_prints_one_object_with_every_count() -> None:
    found = report(PARITY, "--steps", "30", "--seed", "5")
    assert found.keys() == REPORT_KEYS
    expected = {
        "emulates": True, "source": PARITY, "target": "emulation", "preset": "dyadic",
        "dtype": "float64", "engine": "native", "labels": "random", "control": None, "seed": 5,
        "steps": 30, "exhaustive": False, "memory_bits": 5, "output_mismatches": 0,
        "memory_mismatches": 0, "frozen_weight_changes": 0, "protected_gradients_nonzero": 0,
        "blend_inputs": 0, "read_out_mismatches": 0, "first_divergence": None,
        "configuration_mismatches": None, "machine_steps": None, "halted": None, "score": None,
        "head_left": None, "head_left_to": None, "cells": None, "cells_needed": None,
    }  # fmt: skip
    assert found | expected == found
    assert 0 < found["wrong_steps"] < 30


def test_verify_of_a_net_is_verify_of_its_source() -> None:
    sgdcc("compile", PARITY, "-o", "p.net")
    of_net, of_source = report("p.net", "--steps", "9"), report(PARITY, "--steps", "9")
    assert of_net | {"seconds": 0} == of_source | {"seconds": 0}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("engine", ["live", "native", "levels", "reference"])
def test_verify_runs_in_both_precisions_on_every_engine(dtype: str, engine: str) -> None:
    found = report("toggle.bench", "--steps", "9", "--dtype", dtype, "--engine", engine)
    assert (found["emulates"], found["dtype"], found["engine"]) == (True, dtype, engine)


def test_a_combinational_circuit_is_tried_on_all_inputs() -> None:
    found = report("and.blif")
    assert (found["target"], found["steps"], found["exhaustive"]) == ("component", 4, True)


@pytest.mark.parametrize("source", ["toggle.bench", "and.blif"])
@pytest.mark.parametrize("control", ["flip-weight", "learning-rate", "batch-size", "wrong-circuit"])
def test_each_negative_control_makes_the_verification_fail(control: str, source: str) -> None:
    found = report(source, "--control", control, code=1)
    assert (found["emulates"], found["control"]) == (False, control)
    assert found["first_divergence"].keys() == {
        "step", "check", "vertex", "edge", "provenance", "expected", "got",
    }  # fmt: skip
    assert found[found["first_divergence"]["check"]] > 0


def test_a_divergence_is_told_to_a_person_too() -> None:
    result = sgdcc("verify", "toggle.bench", "--control", "learning-rate")
    assert (result.code, result.err) == (1, "")
    assert result.out.startswith("toggle.bench: DIVERGES (")
    assert "  first divergence at step " in result.out


def test_the_papers_constants_are_verified_exactly_unless_told_otherwise() -> None:
    printed = (PARITY, "--preset", "printed", "--steps", "20")
    for exponent in ("3", "9/8"):
        found = report(*printed, "--exponent", exponent)
        assert (found["arithmetic"], found["exponent"]) == ("exact", exponent)
    found = report(*printed, "--exponent", "9/8", "--arithmetic", "float64", code=1)
    assert (found["emulates"], found["arithmetic"]) == (False, "float64")


def test_the_dyadic_preset_can_be_verified_exactly_too() -> None:
    assert report(PARITY, "--arithmetic", "exact", "--steps", "20")["arithmetic"] == "exact"
    assert report(PARITY, "--arithmetic", "float32", "--steps", "20")["arithmetic"] == "float32"


def test_labels_of_every_kind_can_be_asked_for() -> None:
    for labels in ("random", "always-wrong", "parity", "conjunction", "disjunction", "majority"):
        found = report(PARITY, "--labels", labels, "--steps", "12")
        assert (found["labels"], found["steps"]) == (labels, 12)
        assert labels != "always-wrong" or found["wrong_steps"] == 12


def test_labels_can_come_from_a_file() -> None:
    Path("labels.txt").write_text("# three steps\n0\n1\n\n1  # the last\n")
    assert report("toggle.bench", "--labels", "labels.txt", "--steps", "3")["wrong_steps"] == 2
    assert refused("verify", "toggle.bench", "--labels", "labels.txt") == (
        "error: labels.txt has 3 labels, step 3 needs one more\n  help: give --steps 3 or fewer\n"
    )


def test_bad_labels_are_refused_by_name_and_place() -> None:
    assert refused("verify", "toggle.bench", "--labels", "fair") == (
        "error: no labels are called 'fair'\n  help: one of random, always-wrong, parity, "
        "conjunction, disjunction, majority, or a file\n"
    )
    Path("labels.txt").write_text("0\n  2\n")
    assert refused("verify", "toggle.bench", "--labels", "labels.txt") == (
        "error: labels.txt:2:3: '2' is not a label\n      2\n      ^\n  help: one 0 or 1 a line\n"
    )


def test_a_net_brings_its_own_constants() -> None:
    sgdcc("compile", PARITY, "-o", "p.net")
    assert refused("verify", "p.net", "--preset", "dyadic") == (
        "error: p.net is a net, built with the dyadic preset\n"
        "  help: leave --preset away, or compile the source again\n"
    )
    assert "leave --exponent away" in refused("verify", "p.net", "--exponent", "3")


# simulate, info, export, demo ---------------------------------------------------------------------


def test_simulate_updates_on_error_and_clocked_always() -> None:
    result = sgdcc("simulate", "toggle.bench", "--steps", "4", "--seed", "1")
    assert result == Result(
        0,
        "toggle.bench, seed 1\n"
        "step 0  inputs 0  label 1  prediction 1  memory 0\n"
        "step 1  inputs 1  label 0  prediction 1  memory 1\n"
        "step 2  inputs 1  label 0  prediction 0  memory 1\n"
        "step 3  inputs 1  label 1  prediction 0  memory 0\n",
        "",
    )
    result = sgdcc("simulate", "toggle.bench", "--steps", "3", "--seed", "1", "--clocked")
    assert result == Result(
        0,
        "toggle.bench, seed 1\n"
        "step 0  inputs 0  outputs 1  memory 0\n"
        "step 1  inputs 1  outputs 1  memory 1\n"
        "step 2  inputs 1  outputs 0  memory 0\n",
        "",
    )


def test_simulate_has_one_object_for_programs() -> None:
    result = sgdcc("simulate", "and.blif", "--steps", "1", "--json", "--format", "blif")
    assert result.code == 0
    assert json.loads(result.out) == {
        "source": "and.blif",
        "seed": 0,
        "steps": [{"step": 0, "inputs": "11", "outputs": "1"}],
    }


def test_simulate_of_a_net_is_simulate_of_its_source() -> None:
    sgdcc("compile", PARITY, "-o", "p.net")
    of_net, of_source = (
        sgdcc("simulate", source, "--labels", "parity").out.partition("\n")[2]
        for source in ("p.net", PARITY)
    )
    assert of_net == of_source
    assert of_net.count("\n") == 10


def test_a_learner_has_no_clock() -> None:
    assert refused("simulate", PARITY, "--clocked") == (
        f"error: {PARITY} is a learner; it learns from labels, not from a clock\n"
    )


def test_simulate_refuses_bad_labels_before_it_says_anything() -> None:
    assert refused("simulate", PARITY, "--labels", "fair").startswith(
        "error: no labels are called 'fair'\n"
    )


def test_info_describes_a_circuit() -> None:
    assert sgdcc("info", "toggle.bench") == Result(
        0,
        "source            toggle.bench\n"
        "kind              circuit\n"
        "name              toggle\n"
        "inputs            1\n"
        "latches           1\n"
        "outputs           1\n"
        "gates             1\n"
        "gates by kind     xor 1\n",
        "",
    )


def test_info_describes_a_learner() -> None:
    facts = json.loads(sgdcc("info", PARITY, "--json").out)
    assert facts.pop("gates") > 10
    assert facts == {
        "source": PARITY, "kind": "learner", "algorithm": "parity of 2 bits", "sample_bits": 2,
        "memory_bits": 5, "random_bits": 1, "stops": True,
    }  # fmt: skip


def test_info_of_a_net_fits_the_screen_and_its_json_is_exact() -> None:
    sgdcc("compile", PARITY, "--preset", "printed", "--exponent", "9/8", "-o", "p.net")
    shown = sgdcc("info", "p.net")
    assert (shown.code, shown.err) == (0, "")
    assert max(map(len, shown.out.splitlines())) <= 80
    assert "\nlearning rate     ~14.9811\n" in shown.out
    net, facts = (
        load_net(Path("p.net").read_bytes()),
        json.loads(sgdcc("info", "p.net", "--json").out),
    )
    assert facts["distinct_weights"] == [str(value) for value in net.values]
    assert facts["learning_rate"] == str(net.learning_rate)
    assert sum(facts["vertices_by_role"].values()) == facts["vertices"] == net.vertices
    assert sum(facts["edges_by_role"].values()) == facts["edges"] == net.edges
    assert facts["circuit"]["latches"] == facts["memory_bits"] == 5


def test_export_writes_a_graph_that_networkx_reads() -> None:
    sgdcc("compile", PARITY, "-o", "p.net")
    result = sgdcc("export", "p.net", "--format", "json", "-o", "p.json")
    graph = nx.node_link_graph(json.loads(Path("p.json").read_text()), edges="edges")
    size = f"{graph.number_of_nodes()} nodes, {graph.number_of_edges()} edges"
    assert result == Result(0, f"p.json: {size}\n", "")
    assert graph.graph["source"] == PARITY


def test_export_compiles_a_source_first() -> None:
    assert sgdcc("export", "and.blif", "--format", "json", "-o", "and.json").code == 0
    assert json.loads(Path("and.json").read_text())["graph"]["target"] == "component"


def test_demo_prints_a_table_and_draws_a_picture() -> None:
    result = sgdcc("demo", "--bits", "4", "--seed", "1", "-o", "four.png")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("a hidden parity of 4 bits, seed 1, one sample a step\n")
    assert result.out.endswith("picture: four.png\n")
    assert Path("four.png").read_bytes().startswith(b"\x89PNG")


def test_a_picture_without_matplotlib_is_refused_before_the_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("runtime.commands.options.find_spec", lambda _name: None)
    err = "error: the picture needs matplotlib\n  help: pip install matplotlib\n"
    assert refused("demo") == refused("drift", "-o", "drift.png") == err


def test_drift_prints_a_table_and_draws_a_picture_if_asked() -> None:
    result = sgdcc("drift", "-o", "drift.png")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("| p | m' | floats |")
    assert "| 3 | 1.34e+79 | float64 | 725 | 725 |" in result.out
    assert result.out.endswith("picture: drift.png\n")
    assert Path("drift.png").read_bytes().startswith(b"\x89PNG")
