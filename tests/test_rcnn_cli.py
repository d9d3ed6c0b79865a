"""`--target rcnn` on the command line, and filter files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import sgdcc

MAJORITY = "builtin:majority-machine"


@pytest.fixture(scope="module")
def filter_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("filters") / "majority.filter"
    done = sgdcc("compile", MAJORITY, "--target", "rcnn", "-o", str(path))
    assert done.code == 0
    first, second = done.out.splitlines()
    assert first.startswith(f"{path}: 19 states, width ")
    assert second.startswith("valid: value and Jacobian on all ")
    return path


def test_a_learner_is_verified() -> None:
    done = sgdcc("verify", MAJORITY, "--target", "rcnn", "--bits", "2", "--fresh", "20")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0].startswith(f"{MAJORITY}: emulates (13 SGD steps, ")
    assert lines[2] == "  12 samples of 2 bits memorised: exact; 20 fresh samples, 0 wrong"
    assert lines[3].endswith(" 0 cell mismatches")


def test_the_json_has_what_other_targets_lack() -> None:
    rcnn = sgdcc("verify", MAJORITY, "--target", "rcnn", "--bits", "1", "--fresh", "9", "--json")
    other = sgdcc("verify", "builtin:parity:bits=2", "--steps", "3", "--json")
    mine, theirs = json.loads(rcnn.out), json.loads(other.out)
    assert set(mine) == set(theirs)
    for key in ("states", "width", "parameters", "distinct_weights", "layers", "fresh"):
        assert isinstance(mine[key], int)
        assert theirs[key] is None
    assert mine["memorised"] is True
    assert (mine["cell_mismatches"], mine["fresh_wrong"]) == (0, 0)
    assert (mine["bits"], mine["samples"], theirs["memorised"]) == (1, 11, None)


def test_a_filter_file_alone_is_verified(filter_file: Path) -> None:
    done = sgdcc("verify", str(filter_file), "--bits", "2", "--samples", "3", "--fresh", "9")
    assert done.code == 0
    assert f"{filter_file}: emulates (4 SGD steps, " in done.out


def test_a_filter_file_is_described_and_checked(filter_file: Path) -> None:
    facts = json.loads(sgdcc("info", str(filter_file), "--json").out)
    assert (facts["kind"], facts["machine"], facts["states"]) == ("filter", "majority machine", 19)
    assert facts["width"] <= facts["width_bound"] == 1900
    assert facts["distinct_weights"] <= facts["distinct_bound"]
    assert "majority machine" in sgdcc("info", str(filter_file)).out
    checked = sgdcc("check", str(filter_file))
    assert checked.code == 0
    assert checked.out.startswith("valid: value and Jacobian")


def test_a_wrong_filter_is_refused_by_the_check(tmp_path: Path) -> None:
    from known_machines import ANT
    from rcnn_machines import with_bias, with_map

    from compiler.rcnn.filterfile import save_filter
    from compiler.rcnn.machine_to_rcnn import machine_to_rcnn

    net = machine_to_rcnn(ANT)
    path = tmp_path / "broken.filter"
    save_filter(with_map(net, 3, with_bias(0, 5)), path)
    done = sgdcc("check", str(path))
    assert done.code == 1
    assert done.out.startswith("refused: ")


def test_a_damaged_filter_is_refused(filter_file: Path, tmp_path: Path) -> None:
    data = bytearray(filter_file.read_bytes())
    data[-3] ^= 1
    path = tmp_path / "damaged.filter"
    path.write_bytes(bytes(data))
    for command in ("verify", "info", "check"):
        done = sgdcc(command, str(path))
        assert done.code == 2
        assert "damaged" in done.err


@pytest.mark.parametrize(
    ("control", "says"),
    [
        ("learning-rate", "SGD step 0, cell (0, 0): W: expected "),
        ("batch-size", "SGD step 0, cell "),
        ("flip-weight", "SGD step 0, layer 1, cell (0, 0): cell: expected memory, got "),
        ("layers", "query 0, layer 76, cell (1, 0): answer: expected "),
        ("halting-place", ", cell (0, 0): answer: expected "),
    ],
)
def test_what_is_broken_is_found(control: str, says: str) -> None:
    done = sgdcc(
        "verify", MAJORITY, "--target", "rcnn", "--bits", "2", "--fresh", "5", "--control", control
    )
    assert done.code == 1
    assert "DIVERGES" in done.out
    assert says in done.out


@pytest.mark.parametrize("path", ["fast", "plain"])
def test_a_machine_runs(path: str) -> None:
    beaver = "builtin:busy-beaver:states=3"
    done = sgdcc("verify", beaver, "--target", "rcnn", "--path", path, "--dtype", "float32")
    assert done.code == 0
    assert f"{beaver}: emulates (0 SGD steps, 21 layers, float32, integer scale, {path}" in done.out
    ant = sgdcc(
        "verify", "builtin:langton", "--target", "rcnn", "--steps", "50", "--scale", "base3"
    )
    assert "50 layers" in ant.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("verify", "builtin:parity:bits=2", "--target", "rcnn"), "is not a machine"),
        (("verify", MAJORITY, "--layers", "5"), "for --target rcnn only"),
        (("verify", "builtin:langton", "--target", "rcnn"), "does not halt"),
        (("verify", "builtin:busy-beaver:states=2", "--target", "rcnn", "--bits", "2"),
         "cannot read samples"),
        (("verify", MAJORITY, "--target", "rcnn", "--control", "wrong-circuit"), "unknown control"),
        (("verify", "builtin:parity:bits=2", "--control", "layers"), "unknown control"),
        (("compile", MAJORITY, "--scale", "base3", "-o", "x.net"), "for --target rcnn only"),
        (("compile", MAJORITY, "--target", "rcnn", "--unroll", "3", "-o", "x.net"),
         "the same for all inputs"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(arguments: tuple[str, ...], message: str) -> None:
    done = sgdcc(*arguments)
    assert done.code == 2
    assert message in done.err
    assert not Path("x.net").exists()
