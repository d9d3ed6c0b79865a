"""`sgdcc bench`."""

import json
from pathlib import Path

import pytest
from command_line import sgdcc

from runtime.bench import suite
from runtime.bench.suite import Scale


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No circuits are near here; and nets are tiny."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(suite.SYNTHETIC, Scale.QUICK, ((300, 5),))
    monkeypatch.setitem(suite.LEARNERS, Scale.QUICK, ("parity:bits=2",))
    monkeypatch.setitem(suite.BUDGET, Scale.QUICK, 0.0)
    return tmp_path


def test_figures_are_printed_as_json() -> None:
    only = ("step_native_vs_autograd", "step_native_vs_stream", "emulation_vs_direct")
    result = sgdcc("bench", "--quick", "--json", *(word for n in only for word in ("--only", n)))
    assert (result.code, result.err) == (0, "")
    entries = json.loads(result.out)
    assert [(e["name"], e["net"], e["levels"]) for e in entries] == [
        ("step_native_vs_autograd", "synthetic", 5),
        ("step_native_vs_stream", "synthetic", 5),
        ("step_native_vs_autograd", "parity of 2 bits", 14),
        ("step_native_vs_stream", "parity of 2 bits", 14),
        ("emulation_vs_direct", "parity of 2 bits", 14),
    ]
    for entry in entries:
        assert set(entry) == {
            "name", "net", "edges", "levels", "seconds", "baseline", "baseline_seconds", "ratio",
        }  # fmt: skip
        assert entry["ratio"] == entry["baseline_seconds"] / entry["seconds"]
        assert min(entry["seconds"], entry["baseline_seconds"]) > 0
    assert [e["baseline"] for e in entries] == ["autograd", "stream"] * 2 + ["learner, 64 runs"]


def test_a_table_is_printed_and_written(folder: Path) -> None:
    result = sgdcc("bench", "--quick", "--only", "step_live_vs_gather", "-o", "bench.md")
    assert (result.code, result.err) == (0, "")
    assert result.out == (folder / "bench.md").read_text()
    head, _, *rows = result.out.splitlines()
    assert head == "| figure | net | edges | levels | time | baseline | its time | ratio |"
    assert [row.split(" | ")[:2] for row in rows] == [
        ["| step_live_vs_gather", "synthetic"],
        ["| step_live_vs_gather", "parity of 2 bits"],
    ]


def test_what_cannot_be_done_is_refused_before_anything_is_measured(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suite.Group, "run", None)
    for arguments, message in (
        (("--only", "speed"), "error: no figure is called 'speed'\n  help: one of: step_native"),
        (("-o", "missing/bench.md"), "error: cannot write missing/bench.md: there is no folder"),
        (("--growth", "g.png", "--only", "x"), "error: --growth measures one thing\n"),
        (("--growth", "g.txt"), "error: cannot draw g.txt: its ending is no picture's\n  help: "),
        (("--growth", "missing/g.png"), "error: cannot write missing/g.png: there is no folder"),
    ):
        result = sgdcc("bench", "--quick", *arguments)
        assert (result.code, result.out) == (2, "")
        assert result.err.startswith(message)
    assert list(folder.iterdir()) == []
