"""The main job on circuits that nobody here wrote: compiled, trained by SGD, compared every step."""

from pathlib import Path

import pytest
from oracle import SHARED, needs_shared

from circuits.formats import read_circuit
from compiler.net import Target
from compiler.pipeline import compile_net
from runtime.settings import Settings
from runtime.verify import verify

FOLDER = SHARED / "circuits"
MOST_GATES = 10_000
TOO_LARGE = {"mult64", "aes_128", "sha256", "multiplier"}
"""Combinational circuits of more than 10,000 gates, so named lest each run reads them all."""
NOT_CIRCUITS = {"invalid_py_aiger_test2", "empty"}
"""Invalid on purpose; and a file without inputs and outputs."""
LARGE = {"c6288", "c1355", "c499", "c432", "c880", "bar", "max", "adder", "adder64", "sub64",
         "priority", "router", "cavlc", "int2float", "dec"}  # fmt: skip
"""Named slow by their stems, so that collecting the tests reads nothing."""


def files(*endings: str) -> list[object]:
    found = []
    for path in sorted(FOLDER.glob("*/*")):
        stem_large = path.stem in LARGE
        if path.suffix in endings and path.stem not in TOO_LARGE | NOT_CIRCUITS:
            marks = [pytest.mark.slow] if stem_large else []
            found.append(pytest.param(path, marks=marks, id=f"{path.parent.name}/{path.name}"))
    return found


@needs_shared
@pytest.mark.parametrize("path", files(".aag", ".aig", ".bench", ".blif", ".txt"))
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sgd_on_the_net_is_the_circuit(path: Path, dtype: str) -> None:
    circuit = read_circuit(path)
    assert circuit.gate_count <= MOST_GATES
    net = compile_net(circuit)
    assert net.target is (Target.EMULATION if circuit.latches else Target.COMPONENT)
    report = verify(net, Settings(dtype=dtype, seed=7))
    assert report.emulates, report
    if circuit.latches:
        assert report.wrong_steps > 50
    if len(circuit.input_names) <= 16 and not circuit.latches:
        assert report.exhaustive
