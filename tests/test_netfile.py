"""Net files: what is written comes back, nothing else is accepted, and writing is atomic."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from safetensors.numpy import load, save
from strategies import circuits

from circuits.catalog import builtin_learner
from circuits.circuit import Circuit
from circuits.errors import SourceError
from compiler.net import Net
from compiler.netfile import dump_net, is_net_file, load_net, save_net
from compiler.pipeline import compile_net

HINT = "\n  help: net files are written by `sgdcc compile SOURCE -o NET`"


def net_of_parity(bits: int = 2) -> Net:
    return compile_net(builtin_learner(f"parity:bits={bits}"), source_name=f"parity of {bits}")


NET = net_of_parity()
DATA = dump_net(NET)


def assert_equal(a: Net, b: Net) -> None:
    """Every field; circuits compare by value, but for their lines and their source."""
    assert vars(a).keys() == vars(b).keys()
    for name, value in vars(a).items():
        if isinstance(value, np.ndarray):
            assert value.dtype == getattr(b, name).dtype
            assert np.array_equal(value, getattr(b, name)), name
        else:
            assert value == getattr(b, name), name
    assert a.circuit.source == b.circuit.source
    assert np.array_equal(a.circuit.lines, b.circuit.lines)


def header(data: bytes) -> dict[str, Any]:
    text = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]
    found: dict[str, Any] = json.loads(text["sgdcc-net"])
    return found


def rewritten(
    change_header: Callable[[dict[str, Any]], object] = lambda _header: None,
    change_arrays: Callable[[dict[str, Any]], object] = lambda _arrays: None,
    change_names: Callable[[dict[str, Any]], object] = lambda _names: None,
) -> bytes:
    """`DATA` after some changes, with a digest that fits."""
    head, arrays = header(DATA), {name: a.copy() for name, a in load(DATA).items()}
    names = json.loads(arrays["names"].tobytes())
    change_header(head)
    change_names(names)
    arrays["names"] = np.frombuffer(json.dumps(names).encode(), np.uint8)
    change_arrays(arrays)
    text = json.dumps(head)
    arrays.pop("sha256")
    digest = sha256(text.encode() + b"".join(arrays[name].tobytes() for name in sorted(arrays)))
    arrays["sha256"] = np.frombuffer(digest.digest(), np.uint8)
    return save(arrays, {"sgdcc-net": text})


def refusal(data: bytes) -> str:
    with pytest.raises(SourceError) as caught:
        load_net(data, "my.net")
    return str(caught.value)


@given(circuits())
def test_any_compiled_circuit_comes_back_from_its_net_file(circuit: Circuit) -> None:
    if circuit.primary_outputs:
        net = compile_net(circuit)
        assert_equal(load_net(dump_net(net)), net)


@pytest.mark.parametrize(
    "learner",
    [
        "parity:bits=6",
        "winnow:bits=3",
        "nearest:bits=2,samples=3",
        "random_subset:bits=3,confirmations=2",
    ],
)
def test_a_compiled_learner_comes_back_from_its_net_file(learner: str) -> None:
    net = compile_net(builtin_learner(learner), source_name=learner)
    assert_equal(load_net(dump_net(net)), net)


def test_irrational_constants_come_back_exactly() -> None:
    net = compile_net(builtin_learner("parity:bits=1"), preset="printed", exponent=Fraction(5, 4))
    assert any(value.rational() is None for value in net.values)
    assert_equal(load_net(dump_net(net)), net)


def test_the_same_net_gives_the_same_bytes() -> None:
    assert dump_net(net_of_parity()) == DATA
    assert dump_net(load_net(DATA)) == DATA


def test_a_net_that_is_rewritten_unchanged_is_accepted() -> None:
    assert_equal(load_net(rewritten()), NET)


def test_a_net_file_is_told_from_other_files() -> None:
    assert is_net_file(DATA)
    assert not is_net_file(b"")
    assert not is_net_file(b"aag 1 1 0 1 0\n2\n2\n")
    assert not is_net_file(save({"a": np.zeros(1)}, {"some": "metadata"}))


@pytest.mark.parametrize(
    "data",
    [b"", b"aag 0 0 0 0 0\n", b"\xff" * 64, save({"a": np.zeros(1)}), b"\2" + b"\0" * 7 + b"[]"],
    ids=["empty", "aiger", "noise", "safetensors", "list"],
)
def test_what_is_not_a_net_file_is_refused(data: bytes) -> None:
    assert refusal(data) == f"my.net: not a net file{HINT}"


def test_another_version_is_refused_by_its_number() -> None:
    data = rewritten(lambda h: h.update(version=2))
    assert refusal(data) == f"my.net: net format version 2, this program reads 1{HINT}"


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.99])
def test_a_truncated_file_is_refused(kept: float) -> None:
    assert refusal(DATA[: int(len(DATA) * kept)]).startswith("my.net: damaged")


def test_a_file_with_something_after_its_end_is_refused() -> None:
    assert refusal(DATA + b"\0").startswith("my.net: damaged")


def test_a_changed_weight_is_refused() -> None:
    arrays = load(DATA)
    arrays["net.edge_value"] = arrays["net.edge_value"].copy()
    arrays["net.edge_value"][3] ^= 1
    metadata = json.loads(DATA[8 : 8 + int.from_bytes(DATA[:8], "little")])["__metadata__"]
    message = "my.net: damaged: its content has another digest than it says"
    assert refusal(save(arrays, metadata)) == message + HINT


@given(st.integers(0, len(DATA) - 1), st.integers(1, 255))
@example(0, 1)
@example(len(DATA) - 1, 255)
def test_a_file_with_one_byte_changed_is_refused_or_the_same_net(place: int, change: int) -> None:
    data = bytearray(DATA)
    data[place] ^= change
    try:
        net = load_net(bytes(data), "my.net")
    except SourceError:
        return
    assert_equal(net, NET)  # white space, or an escape for a character


INVALID = [
    (lambda h: h.pop("preset"), "KeyError: 'preset'"),
    (lambda h: h.update(target="other"), "ValueError: 'other' is not a valid Target"),
    (lambda h: h.update(learning_rate="1e3"), "ValueError: not an exact number: '1e3'"),
    (lambda h: h["activation"].pop("exponent"), "TypeError: .*'exponent'"),
    (
        lambda h: h["activation"].update(power_from="7"),
        "InvariantError: break points out of order: .*",
    ),
    (lambda h: h["values"].clear(), "InvariantError: not a net: a weight that is not in the table"),
]


@pytest.mark.parametrize(("change", "message"), INVALID)
def test_a_header_that_makes_no_net_is_refused(
    change: Callable[[dict[str, Any]], object], message: str
) -> None:
    pattern = re.escape("my.net: not a valid net: ") + message + re.escape(HINT)
    assert re.fullmatch(pattern, refusal(rewritten(change)))


def with_entry(name: str, index: int, value: int) -> Callable[[dict[str, Any]], None]:
    def change(arrays: dict[str, Any]) -> None:
        arrays[name][index] = value

    return change


INVALID_ARRAYS = [
    (lambda a: a.pop("net.role"), "KeyError: 'net.role'"),
    (
        lambda a: a.update({"net.line": a["net.line"].astype(np.int64)}),
        "ValueError: net.line is int64 of shape (347,)",
    ),
    (
        lambda a: a.update({"net.unit": a["net.unit"][:-1]}),
        "InvariantError: not a net: arrays of different lengths",
    ),
    (with_entry("net.role", 5, 14), "ValueError: net.role is not among 0 to 13"),
    (with_entry("net.unit", 5, 5), "ValueError: net.unit is not among 0 to 4"),
    (with_entry("net.label", 5, -1), "ValueError: net.label is not among 0 to 55"),
    (with_entry("net.edge_role", 0, 7), "ValueError: net.edge_role is not among 0 to 6"),
    (
        with_entry("net.edge_source", -1, 10**6),
        "InvariantError: not a net: an edge leaves the graph",
    ),
    (
        with_entry("circuit.ops", 0, 3),
        "InvariantError: not a circuit: node 0 is not the constant",
    ),
]


@pytest.mark.parametrize(("change", "message"), INVALID_ARRAYS)
def test_arrays_that_make_no_net_are_refused(
    change: Callable[[dict[str, Any]], object], message: str
) -> None:
    wanted = f"my.net: not a valid net: {message}{HINT}"
    assert refusal(rewritten(change_arrays=change)) == wanted


INVALID_NAMES = [
    (lambda n: n["inputs"][0].update(vertex=10**6), "ValueError: a port is not among 0 to 346"),
    (
        lambda n: n["memory"][0].update(edge=-1),
        "ValueError: the edge of a memory bit is not among 0 to 581",
    ),
    (lambda n: n["memory"].pop(), "ValueError: 4 memory where the circuit has 5"),
    (lambda n: n["inputs"].pop(), "ValueError: 2 inputs where the circuit has 3"),
    (
        lambda n: n["outputs"].clear(),
        "InvariantError: not a net: there is not exactly one output",
    ),
    (lambda n: n["circuit"].pop("latches"), "KeyError: 'latches'"),
]


@pytest.mark.parametrize(("change", "message"), INVALID_NAMES)
def test_ports_that_fit_no_net_are_refused(
    change: Callable[[dict[str, Any]], object], message: str
) -> None:
    wanted = f"my.net: not a valid net: {message}{HINT}"
    assert refusal(rewritten(change_names=change)) == wanted


def test_a_net_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        save_net(NET, tmp_path / "p.net")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "p.net").stat().st_mode) == 0o640


def test_a_net_file_replaces_an_older_one(tmp_path: Path) -> None:
    path = tmp_path / "p.net"
    path.write_text("old")
    save_net(NET, path)
    assert path.read_bytes() == DATA
    assert list(tmp_path.iterdir()) == [path]


def test_a_failing_write_leaves_the_older_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "p.net"
    path.write_text("old")

    def full_disk(_handle: int, _mode: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fdopen", full_disk)
    with pytest.raises(SourceError, match=re.escape(f"cannot write {path}: No space left")):
        save_net(NET, path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_in_no_folder_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "none" / "p.net"
    with pytest.raises(SourceError, match=re.escape(f"cannot write {path}: No such file or")):
        save_net(NET, path)
