"""The node-link export is enough to train a net without sgdcc, bit for bit."""

import json
import subprocess
import sys
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
import torch

from circuits.catalog import builtin_learner
from circuits.learner import Learner
from compiler.export.node_link import node_link_json, to_networkx
from runtime.compiled import Compiled, compile_source

PROGRAM = Path(__file__).parent.parent / "examples" / "04_retrain_with_numpy.py"
STEPS = 60


def train_by_torch(compiled: Compiled, bits: np.ndarray, labels: np.ndarray) -> list[str]:
    module = compiled.to_module()
    optimizer = torch.optim.SGD(module.parameters(), lr=compiled.learning_rate)
    for x, y in zip(bits, labels, strict=True):
        loss = (module(torch.from_numpy(2.0 * x - 1)) - (2.0 * y - 1)) ** 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return [float(w).hex() for w in module.weight.detach().tolist()]


@pytest.mark.parametrize("learner", ["parity:bits=6", "winnow:bits=3", "nearest:bits=3,samples=4"])
def test_a_numpy_program_that_reads_only_the_export_trains_it_bit_for_bit(
    learner: str, tmp_path: Path
) -> None:
    compiled = compile_source(builtin_learner(learner))
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2, (STEPS, len(compiled.net.inputs)))
    labels = rng.integers(0, 2, STEPS)
    (tmp_path / "net.json").write_text(b"".join(node_link_json(compiled.net)).decode())
    lines = ["".join(map(str, x)) + f" {y}" for x, y in zip(bits.tolist(), labels, strict=True)]
    (tmp_path / "samples.txt").write_text("\n".join(lines) + "\n")
    done = subprocess.run(
        [sys.executable, "-I", str(PROGRAM), "net.json", "samples.txt"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    *steps, weights = done.stdout.splitlines()
    assert len(steps) == STEPS
    assert {step.split()[1] for step in steps} <= {"+1", "-1"}
    built = [float(w).hex() for w in compiled.net.weights()]
    assert weights.split(" ") == train_by_torch(compiled, bits, labels) != built


def test_the_numpy_program_is_short_and_shares_no_code_with_the_project() -> None:
    text = PROGRAM.read_text()
    assert len(text.splitlines()) < 80
    imported = [line for line in text.splitlines() if line.startswith(("import", "from"))]
    assert imported == ["import json", "import sys", "import numpy as np"]


def learners() -> list[Learner]:
    return [builtin_learner("parity:bits=3"), builtin_learner("conjunction:bits=2,samples=3")]


@pytest.mark.parametrize("learner", learners(), ids=lambda learner: learner.name)
def test_networkx_reads_the_document_and_to_networkx_gives_the_same_graph(learner: Learner) -> None:
    net = compile_source(learner).net
    document = json.loads(b"".join(node_link_json(net)))
    graph = nx.node_link_graph(document, edges="edges")
    assert nx.utils.graphs_equal(graph, to_networkx(net))
    assert graph.number_of_nodes() == net.vertices
    assert graph.number_of_edges() == net.edges
    assert list(nx.topological_sort(graph)) is not None
    assert all(source < target for source, target in graph.edges)


def test_the_document_says_what_the_format_promises() -> None:
    net = compile_source(builtin_learner("parity:bits=2")).net
    document = json.loads(b"".join(node_link_json(net)))
    graph = document["graph"]
    assert graph["format"] == "sgdcc-net"
    assert graph["version"] == 2
    assert graph["loss"] == "squared_error"
    assert graph["learning_rate"] == 4.0
    assert graph["learning_rate_exact"] == "4"
    assert graph["activation"] == {
        "exponent": 1.0, "exponent_exact": "1",
        "dead_zone": 0.03125, "dead_zone_exact": "1/32",
        "power_from": 0.0625, "power_from_exact": "1/16",
        "power_to": 1.0, "power_to_exact": "1",
        "plateau_from": 1.5, "plateau_from_exact": "3/2",
        "plateau": 2.0, "plateau_exact": "2",
    }  # fmt: skip
    assert [i["kind"] for i in graph["inputs"]] == ["sample", "sample", "random"]
    assert graph["output"] == net.vertices - 1
    weights = {(e["source"], e["target"]): e["weight"] for e in document["edges"]}
    for bit in graph["memory"]:
        assert weights[bit["source"], bit["target"]] == bit["zero"] == 0.5
    assert [n["id"] for n in document["nodes"]] == list(range(net.vertices))
    assert set(document["nodes"][0]) == {
        "id", "name", "unit", "role", "level", "component", "gadget"
    }  # fmt: skip
