"""`sgdcc export`: every format by its name and by the file's ending, whole or not at all."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from command_line import sgdcc
from oracle import abc_equivalent, needs_yosys
from safetensors import safe_open

from circuits.errors import LimitError, SourceError
from circuits.formats import read_circuit
from compiler.decompile import decompile
from compiler.export import formats
from compiler.export.formats import FORMATS, ExportFormat, format_of, write_export
from compiler.net import Net
from compiler.netfile import load_net
from runtime.compiled import compile_source

PARITY = "builtin:parity:bits=2"


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def net() -> Net:
    return compile_source(PARITY).net


@pytest.mark.parametrize(
    ("file", "name"),
    [(f"x{ending}", name) for name, found in FORMATS.items() for ending in found.endings],
)
def test_the_ending_says_the_format_and_a_name_does_too(file: str, name: str) -> None:
    if name == "onnx":
        pytest.importorskip("onnx", reason="onnx is not installed")
    done = sgdcc("export", PARITY, "-o", file)
    assert (done.code, done.err) == (0, "")
    assert done.out == f"{file}: 347 nodes, 582 edges\n"
    if file != "x.aag":
        done = sgdcc("export", PARITY, "-o", "same", "--format", name, "--json")
        assert json.loads(done.out)["format"] == name
        assert Path("same").read_bytes() == Path(file).read_bytes()
        assert json.loads(done.out)["bytes"] == Path(file).stat().st_size


def test_every_format_is_named_by_the_help() -> None:
    text = " ".join(sgdcc("export", "--help").out.split())
    for name, found in FORMATS.items():
        assert name in text
        assert found.endings[0] in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "x.xyz"], "error: the ending of x.xyz names no export format\n  help: name one; "),
        (["-o", "x", "--format", "grafml"], "error: no export format 'grafml'\n  help: did you"),
        (["-o", "x.aig", "--step", "1"], "error: aiger holds a net as it was built\n"),
        (["-o", "x.net", "--step", "1"], "error: safetensors holds a net as it was built\n"),
        (["-o", "x.dot", "--seed", "1"], "error: this is for a run, of which --step says the step"),
        (["-o", "x.dot", "--dtype", "float32"], "error: the numbers of dot have one type"),
        (["-o", "x.dot", "--step", "9", "--steps", "8"], "error: no step 9: the run has 8\n"),
    ],
)  # fmt: skip
def test_what_is_refused_is_explained_and_nothing_is_written(
    arguments: list[str], message: str
) -> None:
    done = sgdcc("export", PARITY, *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(message)
    assert not list(Path().iterdir())


def test_a_power_without_an_equal_model_is_refused_with_nothing_written() -> None:
    pytest.importorskip("onnx", reason="onnx is not installed")
    assert sgdcc("compile", PARITY, "--exponent", "11/9", "-o", "p.net").code == 0
    done = sgdcc("export", "p.net", "-o", "p.onnx")
    assert done.code == 3
    assert [path.name for path in Path().iterdir()] == ["p.net"]


def test_a_writer_that_fails_half_way_leaves_the_old_file(
    net: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("x.dot").write_text("old")
    monkeypatch.setattr(
        formats, "FORMATS", {"dot": ExportFormat((".dot",), f"{__name__}:half", "half")}
    )
    monkeypatch.setitem(sys.modules, __name__, sys.modules[__name__])
    with pytest.raises(LimitError):
        write_export(net, Path("x.dot"))
    assert Path("x.dot").read_text() == "old"
    assert [path.name for path in Path().iterdir()] == ["x.dot"]


def half(net: Net, weights: None) -> Iterator[bytes]:
    yield b"digraph {"
    raise LimitError("no more")


def test_no_format_writes_what_it_cannot_hold(net: Net) -> None:
    for name, found in FORMATS.items():
        if not found.of_any_step:
            with pytest.raises(SourceError, match="as it was built"):
                write_export(net, Path("x"), name, net.weights())
    assert format_of(Path("X.DOT"), None) == "dot"


@needs_yosys
def test_the_aiger_file_is_the_decompiled_circuit(net: Net) -> None:
    for file in ("x.aig", "x.aag"):
        assert sgdcc("export", PARITY, "-o", file).code == 0
        assert Path(file).read_bytes().startswith(file[-3:].encode())
        assert abc_equivalent(read_circuit(file), decompile(net))


def test_the_net_file_is_read_by_plain_safetensors_and_is_the_same_each_time(net: Net) -> None:
    write_export(net, Path("a.net"))
    write_export(compile_source(PARITY).net, Path("b.net"))
    assert Path("a.net").read_bytes() == Path("b.net").read_bytes()
    with safe_open("a.net", framework="numpy") as file:
        header = json.loads(file.metadata()["sgdcc-net"])
        assert (header["format"], header["version"]) == ("sgdcc-net", 1)
        assert header["values"] == [str(value) for value in net.values]
        assert np.array_equal(file.get_tensor("net.edge_source"), net.edge_source)
        assert np.array_equal(file.get_tensor("net.edge_value"), net.edge_value)
    again = load_net(Path("a.net").read_bytes())
    write_export(again, Path("c.net"))
    assert Path("a.net").read_bytes() == Path("c.net").read_bytes()


def test_a_machine_is_exported_at_a_step_of_its_run() -> None:
    machine = "builtin:busy-beaver:states=2"
    assert sgdcc("export", machine, "-o", "a.json").code == 0
    done = sgdcc("export", machine, "-o", "b.json", "--step", "5", "--json")
    assert json.loads(done.out)["step"] == 5
    before, after = (
        {(e["source"], e["target"]): e["weight"] for e in json.loads(Path(f).read_text())["edges"]}
        for f in ("a.json", "b.json")
    )
    assert before.keys() == after.keys()
    changed = [edge for edge in before if before[edge] != after[edge]]
    assert changed
    assert all(before[edge] == -after[edge] for edge in changed)
    weights = {
        float(e["weight"]): e["weight_exact"]
        for e in json.loads(Path("b.json").read_text())["edges"]
    }
    assert weights[-0.5] == "-1/2"


def test_formats_without_a_run_need_no_torch() -> None:
    program = (
        "import sys; from runtime.cli import sgdcc\n"
        f"for f in ('a.dot', 'a.jsonl', 'a.aig'): sgdcc(['export', {PARITY!r}, '-o', f], "
        "standalone_mode=False)\n"
        "assert 'torch' not in sys.modules and 'networkx' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, timeout=60)
