"""Certificates: every net that we compile has one that checks, and the checker is independent."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from certified import adder, certified, fresh, toggle, weighted
from command_line import sgdcc
from hypothesis import given, settings
from hypothesis import strategies as st
from monomials import Monomial as Both
from monomials import monomials
from oracle import SHARED, needs_shared
from strategies import circuits

import runtime.check
from circuits.catalog import builtin_learner
from circuits.circuit import Circuit
from circuits.formats import read_circuit
from compiler.exact import Exact
from runtime.check import check
from runtime.check.files import NetFile, RefusedError, UnreadableError, parse_net, read_net
from runtime.check.monomial import Monomial

FLOATS = ("exact", "float64", "float32")
LEARNERS = [
    "parity:bits=1",
    "parity:bits=5",
    "winnow:bits=3",
    "nearest:bits=2,samples=3",
    "random_subset:bits=3,confirmations=2",
    "conjunction:bits=3,samples=4",
    "perceptron:bits=3,width=4",
    "tape_conjunction:bits=3",
]
CHECKER = Path(runtime.check.__path__[0])
COSTS = Path(__file__).parent.parent / "benchmarks" / "costs.py"
"""The checker's folder."""


@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize("one_filler", [False, True])
def test_every_learner_has_a_certificate(learner: str, one_filler: bool) -> None:
    proof = certified(builtin_learner(learner), one_filler=one_filler).check()
    assert proof.arithmetic == FLOATS
    assert proof.margins["gate"] == proof.margins["read"] == Fraction(1, 2)


@pytest.mark.slow
@pytest.mark.parametrize(
    "learner", ["parity:bits=48", "winnow:bits=16", "perceptron:bits=8,width=6"]
)
def test_every_large_learner_has_a_certificate(learner: str) -> None:
    assert certified(builtin_learner(learner)).check().arithmetic == FLOATS


@pytest.mark.parametrize("exponent", ["3", "2", "3/2", "11/9"])
def test_printed_constants_are_certified_for_exact_arithmetic_only(exponent: str) -> None:
    net = certified(
        builtin_learner("parity:bits=4"),
        preset="printed",
        exponent=Fraction(exponent),
        one_filler=True,
    )
    proof = net.check()
    assert proof.arithmetic == ("exact",)
    assert proof.units == net.net.units_per_step
    assert refusal(net.stated | {"arithmetic": ["exact", "float64"]}, net.file) == (
        f"rounding: x^{exponent} rounds in float64"
    )


def test_a_printed_net_that_is_written_out_has_a_certificate() -> None:
    net = certified(toggle(), preset="printed", exponent=Fraction(11, 9))
    assert net.check().units == 1670


@settings(max_examples=30)
@given(circuits(max_latches=2))
def test_every_circuit_has_a_certificate(circuit: Circuit) -> None:
    if circuit.primary_outputs:
        certified(circuit, one_filler=True).check()


@given(circuits(max_latches=0))
def test_every_component_has_a_certificate(circuit: Circuit) -> None:
    if circuit.outputs:
        assert certified(circuit).check().target == "component"


CORPUS = ("aiger", "iscas85", "iscas89", "bristol", "epfl")
TOO_LARGE = {"mult64", "aes_128", "sha256", "multiplier"}
NO_CIRCUITS = {"invalid_py_aiger_test2", "empty"}
ENDINGS = (".aag", ".aig", ".bench", ".blif", ".txt")


@needs_shared
@pytest.mark.parametrize(
    "corpus",
    [pytest.param(name, marks=[pytest.mark.slow] * (i > 0)) for i, name in enumerate(CORPUS)],
)
def test_every_circuit_of_the_corpora_has_a_certificate(corpus: str) -> None:
    paths = [
        path
        for path in sorted((SHARED / "circuits" / corpus).iterdir())
        if path.suffix in ENDINGS and path.stem not in TOO_LARGE | NO_CIRCUITS
    ]
    assert len(paths) >= 3
    for path in paths:
        assert certified(read_circuit(path)).check().arithmetic == FLOATS, path


def test_a_certificate_is_the_same_each_time() -> None:
    assert certified(toggle()).text == certified(toggle()).text


def test_the_initial_value_of_a_bit_is_certified() -> None:
    assert certified(toggle(1)).stated["circuit"]["bits"] == [["bit", 1]]
    certified(toggle(1)).check()


def test_the_benchmark_of_costs_prints_a_line_for_each_size() -> None:
    done = subprocess.run(
        [sys.executable, str(COSTS), "2", "3"], capture_output=True, text=True, check=True
    )
    assert [line.split(" | ")[0] for line in done.stdout.splitlines()[2:]] == [
        "| parity, 2 bits",
        "| parity, 3 bits",
    ]


def refusal(stated: dict[str, Any], file: NetFile) -> str:
    with pytest.raises(RefusedError) as caught:
        check(stated, file)
    return str(caught.value)


def _weight(file: NetFile, edge: int, text: str) -> None:
    file.header["values"].append(text)
    file.edge_value[edge] = len(file.header["values"]) - 1


def _gate_weight(stated: dict[str, Any], file: NetFile, text: str) -> None:
    del stated
    gate = file.role.index(3)
    _weight(file, file.edge_target.index(gate) + 1, text)


def _memory_edge(stated: dict[str, Any], file: NetFile, text: str) -> None:
    del stated
    _weight(file, file.names["memory"][0]["edge"], text)


def _control(stated: dict[str, Any], file: NetFile) -> None:
    del stated
    _weight(file, file.edge_target.index(file.role.index(9)), "5/4")


def _rate(stated: dict[str, Any], file: NetFile) -> None:
    stated["learning_rate"] = file.header["learning_rate"] = "2"


def _flip(stated: dict[str, Any], file: NetFile) -> None:
    del file
    stated["circuit"]["flips"][0] ^= 1


def _units(stated: dict[str, Any], file: NetFile) -> None:
    del stated
    for pair in file.names["copies"] + file.names["fan_in_copies"]:
        pair[1] = str(int(pair[1]) + 1)


BROKEN: list[tuple[Callable[[dict[str, Any], NetFile], None], str]] = [
    (
        lambda s, f: _gate_weight(s, f, "5/4"),
        "flatness: vertex 11: with sources [1, 2, 10], bits (0, 0, 1) bring 3/4, on the power ",
    ),
    (
        lambda s, f: _gate_weight(s, f, "12"),
        "function: vertex 11: with sources [1, 2, 10], bits (0, 1, 1) bring -6, on the plateau; "
        "the gate is 1 there",
    ),
    (
        lambda s, f: _memory_edge(s, f, "1/4"),
        "write: vertex 4: 1/4 is not a legal weight into v1",
    ),
    (
        lambda s, f: _memory_edge(s, f, "-1/2"),
        "write: vertex 4: an edge of another sign than its section's",
    ),
    (
        _control,
        "flatness: vertex 19: with sources [11], bits (1,) bring 1/4, on the power piece; "
        "it must be 0, to open",
    ),
    (
        _rate,
        "write: signs (1, 1, 1), flips 1, prediction 1, label -1: v5 -> the output of weight 1/2 "
        "gets gradient 1/4",
    ),
    (_flip, "flatness: vertex "),
    (_units, "write: vertex 38: 33 units bring 1/32 each, not 1 together"),
]


@pytest.mark.parametrize(("fault", "message"), BROKEN)
def test_a_refusal_names_the_obligation_and_where(
    fault: Callable[[dict[str, Any], NetFile], None], message: str
) -> None:
    stated, file = next(fresh(certified(weighted(), one_filler=True)))
    fault(stated, file)
    assert refusal(stated, file).startswith(message)


def test_more_memory_units_than_a_format_can_add_are_no_floating_point() -> None:
    net = certified(toggle(), one_filler=True)
    assert refusal(net.stated | {"arithmetic": ["exact", "float16"]}, net.file) == (
        "rounding: unknown arithmetic 'float16'"
    )


def test_weights_that_a_format_cannot_hold_are_no_floating_point() -> None:
    stated, file = next(fresh(certified(adder())))
    factor = 1 + Fraction(1, 2**30)
    file.header["values"] = [str(Exact.parse(x) * factor) for x in file.header["values"]]
    stated["margins"]["gate"] = str(2 * factor - Fraction(3, 2))
    assert refusal(stated, file).endswith(" needs more than the 24 bits of float32")
    stated["arithmetic"] = ["exact", "float64"]
    check(stated, file)


def test_printed_weights_are_no_floating_point_even_with_exponent_one() -> None:
    stated, file = next(fresh(certified(adder())))
    file.header["values"].append("1/3")
    assert refusal(stated, file) == "rounding: 1/3 is inexact in float64"


@given(monomials, monomials)
def test_the_checkers_numbers_are_those_of_the_compiler(left: Both, right: Both) -> None:
    a, b = left.exact, right.exact
    x, y = Monomial.parse(str(a)), Monomial.parse(str(b))
    assert x.compare(y) == (a > b) - (a < b)
    assert x * y == Monomial.parse(str(a * b))
    assert Monomial.parse(str(x * y)) == x * y
    assert x.rational() == a.rational()
    assert x + x == Monomial.parse(str(a + a))
    assert (x + -x).sign == 0


@pytest.mark.parametrize("text", ["", "x", "1/0", "0^-1", "2^", "--2", "1e3", "2^1/2", "3 "])
def test_what_is_no_exact_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an exact number"):
        Monomial.parse(text)


def test_the_checker_imports_the_standard_library_alone() -> None:
    modules = sorted(CHECKER.glob("*.py"))
    assert len(modules) > 5
    for path in modules:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert not node.level
                names = [str(node.module)]
            else:
                continue
            for name in names:
                ours = name == "runtime.check" or name.startswith("runtime.check.")
                assert ours or name.partition(".")[0] in sys.stdlib_module_names, (path, name)


def test_the_checker_runs_where_nothing_is_installed(tmp_path: Path) -> None:
    net = certified(weighted())
    (tmp_path / "a.net").write_bytes(net.data)
    (tmp_path / "a.json").write_bytes(net.text)
    program = (
        f"import sys; sys.path.insert(0, {str(CHECKER.parent.parent)!r})\n"
        "from runtime.check.__main__ import main\n"
        "code = main(sys.argv[1:])\n"
        "print(sorted({'numpy', 'torch', 'click', 'compiler', 'circuits'} & {*sys.modules}))\n"
        "sys.exit(code)"
    )
    command = [sys.executable, "-I", "-S", "-c", program, str(tmp_path / "a.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.startswith("valid: emulation net, ")
    assert done.stdout.endswith("\n[]\n")


def test_the_checker_is_a_module_that_runs(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "runtime.check"]
    environment = os.environ | {"PYTHONPATH": str(CHECKER.parent.parent)}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "usage: python -m runtime.check CERTIFICATE [NET]\n"


def test_the_command_line_writes_and_checks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    source = "builtin:parity:bits=2"
    assert sgdcc("compile", source, "-o", "p.net", "--certificate", "p.json").code == 0
    assert sgdcc("compile", source, "-o", "q.net").code == 0
    assert Path("p.net").read_bytes() == Path("q.net").read_bytes()
    code, out, err = sgdcc("check", "p.json")
    assert (code, err) == (0, "")
    assert out.startswith("valid: emulation net, 347 vertices, 582 edges, 32 units in each step\n")
    assert sgdcc("check", "p.json", "--net", "q.net").code == 0

    assert sgdcc("compile", "builtin:parity:bits=3", "-o", "other.net").code == 0
    code, out, err = sgdcc("check", "p.json", "--net", "other.net")
    assert (code, err) == (1, "")
    assert out == "refused: digest: the certificate is of another net, or one was changed\n"
    stated = json.loads(Path("p.json").read_text())
    stated["circuit"]["flips"][0] ^= 1
    Path("wrong.json").write_text(json.dumps(stated))
    assert sgdcc("check", "wrong.json").code == 1

    for unreadable in ("none.json", "p.net"):
        code, out, err = sgdcc("check", unreadable)
        assert (code, out) == (2, "")
        assert err.startswith(f"error: {unreadable} is not a certificate: ")
    code, out, err = sgdcc("check", "p.json", "--net", "p.json")
    assert (code, out) == (2, "")
    assert err.startswith("error: p.json is not a net file: ")
    del stated["unit"]
    Path("partial.json").write_text(json.dumps(stated))
    code, out, err = sgdcc("check", "partial.json")
    assert (code, out) == (2, "")
    assert err == "error: partial.json or its net is malformed: KeyError('unit')\n"
    Path("version.json").write_text(json.dumps(stated | {"version": 2}))
    assert "is sgdcc-certificate version 2, not " in sgdcc("check", "version.json").err


@pytest.mark.parametrize(
    ("certificate", "message"),
    [
        ("a.net", "error: a.net cannot be both net and certificate"),
        ("no/a.json", "error: cannot write no/a.json: there is no folder no"),
    ],
)
def test_a_certificate_that_cannot_be_written_is_refused_before_the_work(
    certificate: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ["builtin:parity:bits=1", "-o", "a.net", "--certificate", certificate]
    code, out, err = sgdcc("compile", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(message)
    assert not list(tmp_path.iterdir())


def test_a_changed_net_file_is_refused(tmp_path: Path) -> None:
    data = bytearray(certified(toggle()).data)
    data[-40] ^= 1
    file = parse_net(bytes(data))
    assert file.digest != file.stated


def test_a_truncated_net_file_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.net"
    path.write_bytes(certified(toggle()).data[:-40])
    with pytest.raises(
        UnreadableError, match=r"is not a net file: ValueError: .* outside the file"
    ):
        read_net(path)


@settings(max_examples=40)
@given(st.data())
def test_what_is_no_json_object_of_ours_is_unreadable_or_refused(data: st.DataObject) -> None:
    """Any entry of a certificate replaced by anything: no other kind of failure."""
    net = certified(toggle(), one_filler=True)
    stated = net.stated
    junk = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.text(max_size=3))
    key = data.draw(
        st.sampled_from(sorted(stated.keys() - {"format", "version", "compiler", "net"}))
    )
    stated[key] = data.draw(st.one_of(junk, st.lists(junk, max_size=2)))
    with pytest.raises((RefusedError, KeyError, IndexError, TypeError, ValueError, AttributeError)):
        check(stated, net.file)
