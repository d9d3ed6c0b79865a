"""Net files of machines: what is no machine, or not that of the net, is refused by name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known_machines import ANT, BEAVER
from safetensors.numpy import load, save

from circuits.errors import SourceError
from circuits.machines.bounded import bounded_machine
from circuits.machines.machine import Machine
from circuits.machines.options import MachineOptions
from compiler.net import Net
from compiler.netfile import dump_net, load_net
from runtime.compiled import compile_source

HINT = "\n  help: net files are written by `sgdcc compile SOURCE -o NET`"

Change: TypeAlias = Callable[[dict[str, Any], dict[str, Any]], object]
"""Of the facts of a machine and of all arrays of a file."""


def net_of(machine: Machine, cells: tuple[int, int] | None = None) -> Net:
    """One step of a machine on so many cells."""
    return compile_source(bounded_machine(machine, MachineOptions(cells=cells))).net


NET = net_of(BEAVER)
DATA = dump_net(NET)
ANT_NET = net_of(ANT, (3, 3))


def changed(data: bytes, change: Callable[[dict[str, Any], dict[str, Any]], object]) -> bytes:
    """A net file after a change of its names and arrays, with a digest that fits."""
    metadata = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]
    arrays = {name: array.copy() for name, array in load(data).items()}
    names = json.loads(arrays["names"].tobytes())
    change(names, arrays)
    arrays["names"] = np.frombuffer(json.dumps(names).encode(), np.uint8)
    arrays.pop("sha256")
    whole = metadata["sgdcc-net"].encode() + b"".join(arrays[n].tobytes() for n in sorted(arrays))
    arrays["sha256"] = np.frombuffer(sha256(whole).digest(), np.uint8)
    return save(arrays, metadata)


def rewritten(change: Change, data: bytes = DATA) -> bytes:
    """A net file after a change of its machine."""
    return changed(data, lambda names, arrays: change(names["machine"], arrays))


def refusal(data: bytes) -> str:
    """Why a file is refused."""
    with pytest.raises(SourceError) as caught:
        load_net(data, "my.net")
    text = str(caught.value)
    assert text.startswith("my.net: not a valid net: ")
    assert text.endswith(HINT)
    return text.removeprefix("my.net: not a valid net: ").removesuffix(HINT)


def test_a_file_that_is_rewritten_unchanged_is_accepted() -> None:
    assert dump_net(load_net(rewritten(lambda _facts, _arrays: None))) == DATA


def facts(**change: Any) -> Change:
    """Other facts of the machine."""
    return lambda facts, _arrays: facts.update(change)


def entry(name: str, index: int, value: int) -> Change:
    """Another number in an array."""
    return lambda _facts, arrays: arrays[f"machine.{name}"].__setitem__(index, value)


def shorten(arrays: dict[str, Any], name: str) -> None:
    """Without the last number of an array."""
    arrays[name] = arrays[name][:-1]


MANY = 10**9
OTHER = "ValueError: memory bits of another machine, or of other cells"
NO_MARGIN = "or a margin that is neither true nor false"
DAMAGED: list[tuple[Change, str]] = [
    (lambda f, _a: f.pop("blank"), "KeyError: 'blank'"),
    (lambda f, _a: f.clear(), "KeyError: 'states'"),
    (lambda _f, a: a.pop("machine.cells"), "KeyError: 'machine.cells'"),
    (
        lambda _f, a: a.update({"machine.move": a["machine.move"].astype(np.int64)}),
        "ValueError: machine.move is int64 of shape (6,)",
    ),
    (lambda _f, a: shorten(a, "machine.cells"), "ValueError: 3 cells for 1 x 4"),
    (lambda _f, a: shorten(a, "machine.write"), "ValueError: 5 write for 3 x 2"),
    (facts(name=3), "ValueError: the name of a machine is no str"),
    (facts(planar=0), "ValueError: the planar of a machine is no bool"),
    (facts(states="ABH"), "ValueError: the states of a machine are no list of names"),
    (facts(states=None), "TypeError: object of type 'NoneType' has no len()"),
    (facts(states=["A", "A", "H"]), "ValueError: machine BB(2): two states are called 'A'"),
    (facts(states=["A"] * 5), "ValueError: 6 write for 5 x 2"),
    (facts(states=[]), "ValueError: 6 write for 0 x 2"),
    (facts(symbols=["0", "\ud800"]), "UnicodeEncodeError: .*surrogates not allowed"),
    (facts(name="\ud800"), "UnicodeEncodeError: .*surrogates not allowed"),
    (facts(start=True), "ValueError: the start and blank of a machine: no list of numbers"),
    (facts(start=0.0), "ValueError: the start and blank of a machine: no list of numbers"),
    (facts(start=3), "ValueError: machine BB(2): start state 3 of 3"),
    (facts(start=1), "ValueError: memory bits that do not begin as the machine does"),
    (facts(halting=2), "ValueError: the halting of a machine: no list of numbers"),
    (facts(halting=[0, 2]), "ValueError: machine BB(2): halting state 'A' has entries"),
    (facts(input=[-1]), "ValueError: machine BB(2): input symbol -1 of 2"),
    (entry("write", 0, 2), "ValueError: machine BB(2): a table with entries outside 0..1"),
    (entry("move", 0, 257), "ValueError: a move that is none"),
    (
        entry("following", 0, -1),
        "ValueError: machine BB(2): an entry is missing in one table and there in another",
    ),
    (facts(width=MANY), f"ValueError: 4 cells for 1 x {MANY}"),
    (facts(width=2**31), "ValueError: the width and height of a machine: no two numbers"),
    (facts(width=MANY, height=MANY, planar=True), f"ValueError: 4 cells for {MANY} x {MANY}"),
    (facts(width=-2, height=-2), f"ValueError: -2 x -2 cells, {NO_MARGIN}"),
    (facts(margin=None), f"ValueError: 4 x 1 cells, {NO_MARGIN}"),
    (facts(width=2, height=2), "ValueError: 2 x 2 cells on a tape"),
    (facts(width=2, height=2, planar=True, head=[0, 0]), OTHER),
    (facts(planar=True), OTHER),
    (facts(margin=True), OTHER),
    (entry("cells", 0, 2), "ValueError: a cell holds none of the 2 symbols"),
    (entry("cells", 0, -1), "ValueError: a cell holds none of the 2 symbols"),
    (entry("cells", 0, 1), "ValueError: memory bits that do not begin as the machine does"),
    (facts(head=[4, 0]), "ValueError: the head is at (4, 0), outside the cells"),
    (facts(head=[1]), "ValueError: the head of a machine: no two numbers"),
    (facts(head=[0, 0]), "ValueError: memory bits that do not begin as the machine does"),
    (facts(state=3), "ValueError: state 3 of 3"),
    (facts(state=1), "ValueError: memory bits that do not begin as the machine does"),
    (facts(origin=[0, 10**20]), "ValueError: the origin of a machine: no two numbers"),
    (facts(needed=[0, 1]), "ValueError: 0 x 1 cells are needed"),
    (facts(needed=7), "ValueError: the needed of a machine: no list of numbers"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "message"), DAMAGED)
def test_a_machine_that_is_none_or_fits_no_net_is_refused(change: Change, message: str) -> None:
    found = refusal(rewritten(change))
    assert found == message or ("*" in message and re.fullmatch(message, found))


ODD = (
    st.none()
    | st.booleans()
    | st.integers(-3, 5)
    | st.integers()
    | st.floats()
    | st.text(max_size=2)
)


@given(st.data())
@settings(max_examples=200)
def test_odd_facts_are_refused_or_make_a_machine_that_runs(data: st.DataObject) -> None:
    """Nothing gets through that fails later."""

    def change(facts: dict[str, Any], _arrays: dict[str, Any]) -> None:
        for name in data.draw(st.lists(st.sampled_from(sorted(facts)), min_size=1, max_size=3)):
            facts[name] = data.draw(ODD | st.lists(ODD, max_size=3) | st.just([facts[name]]))

    try:
        net = load_net(rewritten(change))
    except SourceError:
        return
    assert net.machine is not None
    assert net.machine.run(20).steps == 6
    assert load_net(dump_net(net)).machine is not None


def test_a_head_beside_the_cells_is_refused() -> None:
    assert refusal(rewritten(facts(head=[0, 3]), dump_net(ANT_NET))).endswith("outside the cells")
    options = MachineOptions(cells=(4, 1), margin=True)  # of a tape, so not above and below
    data = dump_net(compile_source(bounded_machine(BEAVER, options)).net)
    found = refusal(rewritten(facts(head=[0, -1]), data))
    assert found == "ValueError: the head is at (0, -1), outside the cells"


@pytest.mark.parametrize("value", [None, 3, "machine", [], [[]], {}], ids=repr)
def test_what_is_no_object_is_no_machine(value: Any) -> None:
    data = changed(DATA, lambda names, _arrays: names.update(machine=value))
    assert re.match(r"(Type|Key)Error: ", refusal(data))


def test_a_machine_of_a_net_that_is_none_of_a_step_is_refused() -> None:
    learner = compile_source("builtin:parity:bits=1").net
    assert refusal(dump_net(replace(learner, machine=NET.machine))) == (
        "ValueError: a machine, but not the net of one step of it"
    )
    assert refusal(dump_net(replace(ANT_NET, machine=NET.machine))) == (
        "ValueError: memory bits of another machine, or of other cells"
    )
