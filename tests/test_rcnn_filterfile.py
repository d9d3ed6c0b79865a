"""Filter files: what is written comes back, and nothing else is accepted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rcnn_machines import SMALL, random_machine
from safetensors.numpy import load, save

from circuits.errors import SourceError
from circuits.machines.machine import Machine
from compiler.container import DIGEST, digest
from compiler.rcnn.admissible import certify
from compiler.rcnn.filter import Filter
from compiler.rcnn.filterfile import (
    dump_filter,
    is_filter_file,
    load_filter,
    save_filter,
)
from compiler.rcnn.machine_to_rcnn import machine_to_rcnn

NET = machine_to_rcnn(SMALL[0], "base3")


@pytest.mark.parametrize(
    ("scale", "dtype"), [("integer", None), ("base3", None), ("base3", "float32")]
)
@pytest.mark.parametrize("machine", [*SMALL, random_machine(3, 4, 5)])
def test_what_is_written_comes_back(machine: Machine, scale: str, dtype: str | None) -> None:
    net = machine_to_rcnn(machine, scale, dtype)
    data = dump_filter(net)
    again = load_filter(data)
    assert dump_filter(again) == data == dump_filter(net)
    assert is_filter_file(data)
    assert again.coding.values == net.coding.values
    assert again.learning_rate == net.learning_rate
    assert again.sizes == net.sizes
    assert same(again, net)
    for name in ("states", "symbols", "start", "blank", "halting", "planar", "input", "name"):
        assert getattr(again.machine, name) == getattr(machine, name)
    for name in ("write", "move", "following", "lines"):
        assert np.array_equal(getattr(again.machine, name), getattr(machine, name))


def same(a: Filter, b: Filter) -> bool:
    """Whether all weights agree."""
    pairs = zip((*a.patch.maps, *a.head.maps), (*b.patch.maps, *b.head.maps), strict=True)
    names = ("row", "column", "weight", "bias", "weight_denominator", "bias_denominator")
    return all(
        np.array_equal(getattr(x, name), getattr(y, name)) for x, y in pairs for name in names
    )


def test_a_file_alone_is_certified(tmp_path: Path) -> None:
    path = tmp_path / "a.filter"
    save_filter(NET, path)
    assert certify(load_filter(path.read_bytes())).holds
    assert [p.name for p in tmp_path.iterdir()] == ["a.filter"]


def test_nothing_is_written_where_there_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot write"):
        save_filter(NET, tmp_path / "no" / "a.filter")
    assert list(tmp_path.iterdir()) == []


def rewritten(
    change: Callable[[dict[str, Any]], None] = lambda header: None,
    change_arrays: Callable[[dict[str, Any]], None] = lambda arrays: None,
) -> bytes:
    """A file with a right digest, changed."""
    data = dump_filter(NET)
    length = int.from_bytes(data[:8], "little")
    header = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["sgdcc-filter"])
    arrays = load(data)
    change(header)
    change_arrays(arrays)
    text = json.dumps(header)
    arrays[DIGEST] = digest(text, arrays)
    return save(arrays, {"sgdcc-filter": text})


def test_a_rewritten_file_is_read() -> None:
    assert same(load_filter(rewritten()), NET)


CHANGES: list[tuple[Callable[[dict[str, Any]], Any], str]] = [
    (lambda h: h.update(version=2), "filter format version 2, this program reads 1"),
    (lambda h: h.update(scale="decimal"), "not a valid filter: ValueError: 'decimal'"),
    (lambda h: h.update(lattice="1/2"), "not a valid filter: LimitError: 3 states need"),
    (lambda h: h.update(learning_rate="1/0"), "not a valid filter: ZeroDivisionError"),
    (lambda h: h["machine"].update(start=7), "not a valid filter: SourceError: machine BB(2)"),
    (lambda h: h["machine"].pop("states"), "not a valid filter: KeyError: 'states'"),
    (lambda h: h["patch"].update(relus=[1, 7]), "not a valid filter: InvariantError: ReLUs after"),
    (lambda h: h["patch"].update(maps=[]), "not a valid filter: InvariantError: ReLUs after"),
    (lambda h: h["patch"]["maps"][0].update(outputs=6), "InvariantError: (5,) biases for 6"),
    (lambda h: h["patch"]["maps"][0].update(bias_denominator=0), "a denominator below 1"),
    (lambda h: h["patch"]["maps"][0].update(inputs=7), "out of range or out of order"),
    (lambda h: h["patch"]["maps"].pop(), "InvariantError: a net from 9 to 10, not 9 to 1"),
    (lambda h: h["head"].update(maps=h["head"]["maps"][::-1]), "not a valid filter"),
]


@pytest.mark.parametrize(("change", "message"), CHANGES)
def test_a_file_that_is_no_filter_is_refused(
    change: Callable[[dict[str, Any]], Any], message: str
) -> None:
    with pytest.raises(SourceError, match=re.escape(message)) as caught:
        load_filter(rewritten(change), "a.filter")
    assert str(caught.value).startswith("a.filter: ")


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("patch.0.row", np.zeros(5, np.int64), "ValueError: patch.0.row is int64 of shape (5,)"),
        ("patch.0.row", np.zeros((5, 1), np.int32), "patch.0.row is int32 of shape (5, 1)"),
        ("patch.0.row", np.zeros(4, np.int32), "without a row, a column or a weight"),
        ("patch.0.row", np.arange(1, 6, dtype=np.int32), "out of range or out of order"),
        ("machine.move", np.full((3, 2), 9, np.int8), "a table with entries outside 0..4"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(name: str, array: Any, message: str) -> None:
    data = rewritten(change_arrays=lambda arrays: arrays.update({name: array}))
    with pytest.raises(SourceError, match=re.escape(message)):
        load_filter(data)


def test_damage_is_told_from_another_format() -> None:
    data = dump_filter(NET)
    middle = len(data) // 2
    flipped = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
    for broken, message in (
        (flipped, "damaged: its content has another digest than it says"),
        (data[:-1], "damaged"),
        (data[:300], "damaged"),
        (b"", "not a filter file"),
        (b"INPUT(a)\nOUTPUT(b)\n", "not a filter file"),
    ):
        with pytest.raises(SourceError, match=message):
            load_filter(broken)
        assert is_filter_file(broken) == message.startswith("damaged")
