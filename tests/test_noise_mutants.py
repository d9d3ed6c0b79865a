"""Faults in noise-tolerant nets: what the checker accepts learns under noise (`noise_judge`)."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from itertools import islice
from pathlib import Path

import pytest
from certified import Certified, Stated, certified, fresh
from command_line import sgdcc
from mutant_survey import Judge, Survey, objections, survey
from mutants import FAULTS, mutants
from noise_judge import NoiseJudge, times

from circuits.batch import Batch
from circuits.builder import Builder
from circuits.catalog import builtin_learner
from circuits.learner_to_batch import learner_to_batch
from runtime.check import check
from runtime.check.files import NetFile, RefusedError
from runtime.check.graph import Role


def equal_label() -> Batch:
    b = Builder("says the label of an equal sample")
    x_0, y_0, x = b.input("x@0"), b.input("label@0"), b.input("x")
    b.output("answer", b.and_(y_0, b.xor(x_0, x) ^ 1))
    return Batch(b.build(), samples=1, sample_names=("x",))


def parity() -> Batch:
    return learner_to_batch(builtin_learner("parity:bits=1"), 2)


def two_bits() -> Batch:
    b = Builder("says the label, or that both bits are equal")
    given = [b.input(f"{name}@0") for name in ("x", "y")]
    label, asked = b.input("label@0"), [b.input(name) for name in ("x", "y")]
    alike = [b.xor(x, y) ^ 1 for x, y in zip(given, asked, strict=True)]
    b.output("answer", b.threshold([label, *alike], 2))
    return Batch(b.build(), samples=1, sample_names=("x", "y"))


NETS: dict[str, tuple[Callable[[], Batch], dict[str, object]]] = {
    "equal label": (equal_label, {}),
    "two bits": (two_bits, {}),
    "parity": (parity, {}),
    "printed": (equal_label, {"preset": "printed"}),
    "printed, p = 1": (equal_label, {"preset": "printed", "exponent": Fraction(1)}),
}

EQUIVALENT = {
    "unit": "SGD reads no units",
    "unit_index": "likewise; only of readers of v2 and output controls it says which they are",
    "edge_role": "SGD reads no roles; whether SGD may change an edge is checked",
    "weight_table": "no edge has this weight, or a gate is right with another weight too",
    "new_weight": "gates and control vertices bear more than the noise",
    "edge_weight": "likewise",
    "constant": "an end of a piece moves, and no interval reaches it",
    "statement": "less noise than the net bears, in the same words",
    "stated_circuit": "another threshold gate of the same function",
    "noise": "less noise than the net bears",
    "scale": "a gate of a smaller scale still bears the noise",
}
"""Faults of which some are none, and why."""


def _noise(rng: random.Random, stated: Stated, net: NetFile) -> None:
    factor = rng.choice([Fraction(1, 2), Fraction(6, 5), Fraction(2), Fraction(-1)])
    stated["noise"] = net.header["noise"] = times(stated["noise"], factor)


def _samples(rng: random.Random, stated: Stated, net: NetFile) -> None:
    stated["samples"] = net.header["samples"] = stated["samples"] + rng.choice((-1, 1, 2))


def _scaled(rng: random.Random, _stated: Stated, net: NetFile) -> None:
    """All weights into one vertex."""
    vertex, factor = rng.choice(net.edge_target), rng.choice([Fraction(1, 2), Fraction(3, 4)])
    for edge, target in enumerate(net.edge_target):
        if target == vertex:
            values = net.header["values"]
            values.append(times(values[net.edge_value[edge]], factor))
            net.edge_value[edge] = len(values) - 1


OF_NOISE = {"noise": _noise, "samples": _samples, "scale": _scaled}


@cache
def net_of(name: str) -> tuple[Certified, Batch]:
    make, settings = NETS[name]
    batch = make()
    return certified(batch, target="noise-tolerant", **settings), batch


def judge_of(batch: Batch) -> Judge:
    return lambda stated, file: NoiseJudge(stated, file, batch).wrong()


def mutants_of(name: str, count: int, seed: int) -> Survey:
    """A fifth more than ``count``: faults of noise and samples."""
    net, batch = net_of(name)
    cases = list(islice(mutants(seed, fresh(net)), count))
    rng, copies = random.Random(seed), fresh(net)
    for i in range(count // 5):
        fault = [*OF_NOISE][i % len(OF_NOISE)]
        stated, file = next(copies)
        OF_NOISE[fault](rng, stated, file)
        cases.append((fault, fault, stated, file))
    return survey(cases, judge_of(batch), EQUIVALENT)


@pytest.mark.parametrize("name", NETS)
def test_the_nets_learn_under_the_noise_that_they_are_certified_for(name: str) -> None:
    net, batch = net_of(name)
    net.check()
    assert NoiseJudge(net.stated, net.file, batch).wrong() == ""


@pytest.mark.parametrize("name", NETS)
def test_wrong_mutants_are_refused(name: str) -> None:
    made, accepted, _ = mutants_of(name, 60, seed=1)
    assert len(made) >= len(FAULTS)
    assert accepted.total() < made.total() / 3


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.long if name == "printed" else pytest.mark.slow)
        for name in list(NETS)[::3]
    ],
)
def test_of_thousands_of_mutants_all_wrong_ones_are_refused(name: str) -> None:
    made, accepted, broken = mutants_of(name, 1000, seed=2)
    assert made.total() == 1200
    assert {"flatness", "function", "graph", "write", "memorise", "noise", "samples"} <= broken
    assert accepted.total() < 0.2 * made.total()


@pytest.mark.parametrize("name", ["equal label", "two bits", "printed"])
def test_the_judge_finds_faults(name: str) -> None:
    """It is no yes-man: it objects to most of what the checker refuses."""
    net, batch = net_of(name)
    total, objected = objections(islice(mutants(3, fresh(net)), 100), judge_of(batch))
    assert objected > total / 2


def test_twice_the_noise_is_too_much() -> None:
    net, batch = net_of("equal label")
    stated, file = next(fresh(net))
    stated["noise"] = times(stated["noise"], Fraction(2))
    assert NoiseJudge(stated, file, batch).wrong() != ""


@pytest.mark.parametrize(
    "role", [Role.GATE, Role.CONTROL, Role.CONTROL_PRIMED, Role.OUTPUT_CONTROL]
)
@pytest.mark.parametrize("last", [False, True])
def test_noise_counts_at_gates_and_control_vertices(role: Role, last: bool) -> None:
    """What is on the plateau, but not by as much as noise takes, is good for less noise only."""
    stated, file = next(fresh(net_of("parity")[0]))
    vertex = [v for v, r in enumerate(file.role) if r == role][-int(last)]
    for edge, target in enumerate(file.edge_target):
        if target == vertex:
            old = file.header["values"][file.edge_value[edge]]
            file.header["values"].append(times(old, Fraction(81, 128)))
            file.edge_value[edge] = len(file.header["values"]) - 1
    with pytest.raises(RefusedError, match=rf"vertex {vertex}: .* gets it off|fit no gate"):
        check(stated, file)
    stated["noise"] = file.header["noise"] = "2^-20"
    check(stated, file)


@pytest.mark.parametrize("role", [Role.READ, Role.STATE])
def test_a_reader_of_something_else_is_refused(role: Role) -> None:
    """One more vr or reader of v2, with the weights of another, that hears v3 and tells nobody."""
    stated, file = next(fresh(net_of("equal label")[0]))
    old = file.role.index(role)
    v3 = max(v for v, r in enumerate(file.role) if r == Role.STEM and file.path_index[v] == 3)
    level = file.level[v3] + 1
    new = next(v for v, other in enumerate(file.level) if other > level)
    edges = [list(edge) for edge in zip(
        file.edge_target, file.edge_source, file.edge_value, file.edge_role, strict=True
    )]  # fmt: skip
    added = [[new, source and v3, *rest] for target, source, *rest in edges if target == old]
    for edge in edges:
        edge[:2] = [v + (v >= new) for v in edge[:2]]
    target, source, file.edge_value, file.edge_role = map(
        list, zip(*sorted(edges + added), strict=True)
    )
    file.edge_target, file.edge_source = target, source
    for array, value in (
        (file.role, role), (file.level, level), (file.unit, 4), (file.path_index, -1),
        (file.unit_index, 0),
    ):  # fmt: skip
        array.insert(new, value)
    for port in file.names["inputs"] + file.names["outputs"]:
        port["vertex"] += port["vertex"] >= new
    with pytest.raises(RefusedError, match="a reader reads something else than a cell"):
        check(stated, file)


def test_the_command_line_writes_and_checks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    compiled = ["compile", "builtin:parity:bits=2", "--target", "noise-tolerant", "--samples", "2"]
    assert sgdcc(*compiled, "-o", "p.net", "--certificate", "p.json").code == 0
    code, out, err = sgdcc("check", "p.json", "--net", "p.net")
    assert (code, err) == (0, "")
    assert out.startswith("valid: noise-tolerant net, ")
    stated = json.loads(Path("p.json").read_text())
    stated["noise"] = times(stated["noise"], Fraction(6, 5))
    Path("p.json").write_text(json.dumps(stated))
    code, out, err = sgdcc("check", "p.json")
    assert (code, err) == (1, "")
    assert out.startswith("refused: noise: the certificate says ")
