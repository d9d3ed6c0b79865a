"""The main job on circuits that nobody here wrote: trained by SGD and compared at every step."""

from pathlib import Path

import pytest
from oracle import SHARED, needs_shared, needs_yosys

from circuits.formats import read_circuit
from compiler.net import Target
from compiler.pipeline import compile_net
from runtime.settings import Settings
from runtime.verify import verify

FOLDER = SHARED / "circuits"
MOST_GATES = 10_000
TOO_LARGE = {"mult64", "aes_128", "sha256", "multiplier"}
"""Combinational circuits of more than 10,000 gates, by name, so that collecting reads nothing."""
NOT_CIRCUITS = {"invalid_py_aiger_test2", "empty"}
"""Invalid on purpose; without outputs."""
SLOW = {"c6288", "c1355", "c499", "c432", "c880", "bar", "max", "adder", "adder64", "sub64",
        "priority", "router", "cavlc", "int2float", "dec", "_sub_00000", "_le_00000", "_and_00000",
        "_logic_and_00000", "_logic_or_00000", "_eq_00000"}  # fmt: skip


def files() -> list[Path]:
    return [
        path
        for path in sorted(FOLDER.glob("*/*.*"))
        if path.stem not in TOO_LARGE | NOT_CIRCUITS and path.name != "SOURCES.md"
    ]


@needs_shared
@pytest.mark.parametrize(
    "path",
    [
        pytest.param(
            path,
            id=f"{path.parent.name}/{path.name}",
            marks=[pytest.mark.slow] * (path.stem in SLOW) + [needs_yosys] * (path.suffix == ".v"),
        )
        for path in files()
    ],
)
@pytest.mark.parametrize("dtype", [pytest.param("float32", marks=pytest.mark.slow), "float64"])
def test_sgd_on_the_net_is_the_circuit(path: Path, dtype: str) -> None:
    circuit = read_circuit(path)
    assert circuit.gate_count <= MOST_GATES
    net = compile_net(circuit)
    assert net.target is (Target.EMULATION if circuit.latches else Target.COMPONENT)
    report = verify(net, Settings(dtype=dtype, seed=7))
    assert report.emulates, report
    if circuit.latches:
        assert report.wrong_steps > 50
    elif len(circuit.input_names) <= 16:
        assert report.exhaustive
        assert report.steps == 2 ** len(circuit.input_names)
