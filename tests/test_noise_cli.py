"""Noise-tolerant nets on the command line: compile, info, verify under noise, sweeps."""

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import sgdcc

from compiler.netfile import load_net
from runtime.commands import noise as options
from runtime.commands import noise_sweep as command
from runtime.noise.models import NOISE_MODELS
from runtime.settings import LEMMA4_CONTROLS

PARITY = "builtin:parity:bits=2"
TOLERANT = ("--target", "noise-tolerant", "--samples", "3")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def report(*arguments: str, code: int = 0) -> dict[str, Any]:
    result = sgdcc("verify", *arguments, "--json")
    assert (result.code, result.err) == (code, "")
    found: dict[str, Any] = json.loads(result.out)
    return found


def refused(*arguments: str) -> str:
    result = sgdcc(*arguments)
    assert (result.code, result.out) == (2, ""), result
    return result.err


def test_the_names_of_options_are_those_of_the_runtime() -> None:
    assert options.NOISE_MODELS == NOISE_MODELS
    assert tuple(options.LEMMA4_CONTROLS) == LEMMA4_CONTROLS


def test_a_net_is_compiled_and_described() -> None:
    result = sgdcc("compile", PARITY, *TOLERANT, "-o", "p.net")
    assert result.code == 0
    assert result.out.startswith("p.net: ")
    assert ", 12 cells for 3 samples, learning rate " in result.out
    net = load_net(Path("p.net").read_bytes())
    assert (net.samples, net.preset) == (3, "wide")
    facts = json.loads(sgdcc("info", "p.net", "--json").out)
    expected = {
        "target": "noise-tolerant", "preset": "wide", "samples": 3, "cells": 12,
        "guaranteed_noise": net.noise.to_float(), "m_prime": None,
    }  # fmt: skip
    assert facts | expected == facts
    assert "guaranteed noise  0.00" in sgdcc("info", "p.net").out
    of_emulation = json.loads(sgdcc("info", "builtin:parity:bits=2", "--json").out)
    assert "guaranteed_noise" not in of_emulation


def test_the_number_of_samples_has_a_default() -> None:
    assert report(PARITY, "--target", "noise-tolerant")["samples"] == 10


def test_a_source_and_its_net_are_verified_alike() -> None:
    sgdcc("compile", PARITY, *TOLERANT, "-o", "p.net")
    for more in ((), ("--noise", "1e-3", "--runs", "4"), ("--dtype", "float32", "--seed", "3")):
        of_net, of_source = report("p.net", *more), report(PARITY, *TOLERANT, *more)
        assert of_net | {"seconds": 0} == of_source | {"seconds": 0}
        assert of_net["successes"] == of_net["runs"]
        assert of_net["cell_mismatches"] == of_net["output_out_of_range"] == 0


def test_noise_is_gaussian_unless_told() -> None:
    found = report(PARITY, *TOLERANT, "--noise", "1e-4", "--runs", "3")
    assert (found["noise"], found["noise_model"], found["runs"]) == (1e-4, "gaussian", 3)
    without = report(PARITY, *TOLERANT)
    assert (without["noise"], without["noise_model"], without["runs"]) == (None, None, 1)


@pytest.mark.parametrize(
    "model",
    [pytest.param(m, marks=[pytest.mark.slow] * (m == "adversarial")) for m in NOISE_MODELS],
)
def test_every_model_of_noise_can_be_asked_for(model: str) -> None:
    amount = () if model.endswith("16") else ("--noise", "1e-4")
    found = report(PARITY, *TOLERANT, "--noise-model", model, *amount)
    assert (found["emulates"], found["noise_model"]) == (True, model)


def test_too_much_noise_is_a_failure() -> None:
    found = report(PARITY, *TOLERANT, "--noise", "0.5", "--runs", "3", code=1)
    assert (found["emulates"], found["successes"], found["failed_run"]) == (False, 0, 0)
    text = sgdcc("verify", PARITY, *TOLERANT, "--noise", "0.5", "--runs", "3")
    assert text.code == 1
    assert "0 of 3 runs right" in text.out
    assert "first divergence at step" in text.out


@pytest.mark.parametrize("control", ["learning-rate", *LEMMA4_CONTROLS])
def test_controls_fail(control: str) -> None:
    found = report(PARITY, *TOLERANT, "--control", control, code=1)
    assert found["first_divergence"] is not None


def test_the_printed_preset_runs_in_double_double_unless_told() -> None:
    assert report(PARITY, *TOLERANT, "--preset", "printed")["arithmetic"] == "double-double"
    printed = (PARITY, *TOLERANT, "--preset", "printed")
    found = report(*printed, "--arithmetic", "float64", code=1)
    assert found["arithmetic"] == "float64"
    assert found["first_divergence"]["step"] == 1
    other = report(*printed, "--exponent", "1", "--arithmetic", "double-double")
    assert (other["arithmetic"], other["exponent"]) == ("double-double", "1")


def test_labels_may_be_a_rule() -> None:
    found = report(PARITY, *TOLERANT, "--labels", "parity")
    assert (found["emulates"], found["labels"]) == (True, "parity")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((PARITY, "--noise", "0.1"), "runs under noise are for noise-tolerant nets"),
        ((PARITY, "--samples", "3"), "only a noise-tolerant net memorises"),
        ((PARITY, "--control", "label"), "the control label is for noise-tolerant nets"),
        ((PARITY, *TOLERANT, "--steps", "3"), "a step for each of its samples"),
        ((PARITY, *TOLERANT, "--labels", "always-wrong"), "no label is wrong"),
        ((PARITY, *TOLERANT, "--preset", "dyadic"), "unknown preset 'dyadic'"),
        ((PARITY, *TOLERANT, "--arithmetic", "exact"), "no exact arithmetic"),
        ((PARITY, *TOLERANT, "--noise-model", "uniform"), "uniform noise of None"),
        ((PARITY, *TOLERANT, "--noise", "-1"), "gaussian noise of -1.0"),
        (("p.net", "--samples", "3"), "is a net, built with the wide preset"),
        (("p.net", "--target", "emulation"), "is a net of target noise-tolerant"),
        (("builtin:busy-beaver:states=2", *TOLERANT), "made of a learner or a batch"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: tuple[str, ...], text: str) -> None:
    sgdcc("compile", PARITY, *TOLERANT, "-o", "p.net")
    assert text in refused("verify", *arguments)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--samples", "0"), "0 is not in the range"),
        (("--preset", "wide"), "unknown preset 'wide'"),
    ],
)
def test_compile_refuses_likewise(arguments: tuple[str, ...], text: str) -> None:
    assert text in refused("compile", PARITY, "-o", "q.net", *arguments)
    assert not Path("q.net").exists()


# Sweeps -------------------------------------------------------------------------------------------


SWEEP = ("noise-sweep", PARITY, "--samples", "3", "--workers", "1", "--runs", "5")


def test_a_sweep_is_a_table() -> None:
    result = sgdcc(*SWEEP, "--noise", "1,1e-3", "--noise-model", "uniform")
    assert (result.code, result.err) == (0, "")
    head, rule, row = result.out.splitlines()
    assert head.startswith("| source | preset | n' | T |")
    assert set(rule) == {"|", "-"}
    assert row.startswith("| parity:bits=2 | wide | 2 | 3 | ")
    assert " | uniform | 1.00e-03 (5 runs) | " in row


def test_a_sweep_is_json() -> None:
    result = sgdcc(*SWEEP, "--noise", "1,1e-3", "--json")
    (curve,) = json.loads(result.out)
    assert curve["case"] == {
        "source": PARITY, "samples": 3, "preset": "wide", "model": "gaussian"
    }  # fmt: skip
    assert [(p["noise"], p["successes"]) for p in curve["points"]] == [(1.0, 0), (1e-3, 5)]


def test_a_sweep_draws_a_picture() -> None:
    result = sgdcc(*SWEEP, "--noise", "1e-3", "--figure", "noise.png")
    assert result.out.endswith("picture: noise.png\n")
    assert Path("noise.png").read_bytes().startswith(b"\x89PNG")


def test_several_models_are_several_rows() -> None:
    result = sgdcc(*SWEEP, "--noise", "1e-3", "--noise-model", "bfloat16", "--noise-model", "bias")
    rows = result.out.splitlines()[2:]
    assert [" | bfloat16 | yes (5 runs)" in rows[0], " | bias | 1.00e-03" in rows[1]] == [True] * 2


def test_without_a_source_the_documented_nets_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "DOCUMENTED", (command.DOCUMENTED[0], command.DOCUMENTED[-1]))
    result = sgdcc("noise-sweep", "--runs", "2", "--noise", "1e-3,1e-18", "--workers", "1")
    rows = result.out.splitlines()[2:]
    assert [row.split(" | ")[:2] for row in rows] == [
        ["| parity:bits=4", "wide"],
        ["| parity:bits=4", "dyadic"],
    ]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((PARITY,), "how many samples shall a net memorise?"),
        ((*SWEEP[1:], "--noise", "a"), "'a' is not a list of numbers"),
        ((*SWEEP[1:], "--noise", "1e-3,-1"), "an amount of noise is above 0"),
        ((*SWEEP[1:], "--figure", "none/x.png"), "there is no folder none"),
        (("and.blif", "--samples", "3"), "and.blif"),
    ],
)
def test_a_sweep_refuses_what_makes_no_sense(arguments: tuple[str, ...], text: str) -> None:
    assert text in refused("noise-sweep", *arguments)
