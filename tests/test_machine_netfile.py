"""Net files of machines: the machine is in the file, and is verified from it as from its source."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import sgdcc
from hypothesis import given, settings
from hypothesis import strategies as st
from known_machines import ANT, BEAVER, BEAVER_4
from safetensors.numpy import load
from small_circuits import toggle
from small_machines import configurations, fields, machines

from circuits.catalog import builtin
from circuits.machines.bounded import BoundedMachine, bounded_machine
from circuits.machines.configuration import Configuration
from circuits.machines.machine import Machine, Move
from circuits.machines.options import MachineOptions
from compiler.net import Net
from compiler.netfile import dump_net, load_net, save_net
from compiler.pipeline import compile_net
from runtime.compiled import compile_source
from runtime.inspect.net_difference import net_difference
from runtime.report import Check

BB4 = "builtin:busy-beaver:states=4"


def assert_same(a: BoundedMachine | None, b: BoundedMachine | None) -> None:
    """Every field of both, names and lines too."""
    assert a is not None
    assert b is not None
    for name, value in vars(a.machine).items():
        other = getattr(b.machine, name)
        if isinstance(value, np.ndarray):
            assert value.dtype == other.dtype
            assert np.array_equal(value, other), name
        else:
            assert value == other, name
    assert (a.field, a.origin, a.needed) == (b.field, b.origin, b.needed)
    one, two = a.configuration, b.configuration
    assert one.cells.dtype == two.cells.dtype
    assert np.array_equal(one.cells, two.cells)
    assert (one.head, one.state, one.origin) == (two.head, two.state, two.origin)


def net_of(machine: Machine, cells: tuple[int, int] | None = None, **more: Any) -> Net:
    """One step of a machine on so many cells."""
    bounded = bounded_machine(machine, MachineOptions(cells=cells, **more))
    return compile_source(bounded, name=machine.name).net


NET = net_of(BEAVER)
DATA = dump_net(NET)
ANT_DATA = dump_net(net_of(ANT, (3, 3)))

SMALL = [
    ("ant:rule=RLLR", (3, 2)),
    ("busy-beaver:states=3", None),
    ("busy-beaver:states=2,symbols=4", (6, 1)),
    ("langton", (3, 3)),
    ("majority-machine", None),
    ("nearest-machine", None),
    ("neighbour-pivots", (2, 2)),
    ("parity-machine", None),
    ("row-reduction:start=corner", (2, 2)),
]


@pytest.mark.parametrize(("name", "cells"), SMALL, ids=[name for name, _ in SMALL])
def test_every_machine_that_is_built_in_comes_back(
    name: str, cells: tuple[int, int] | None
) -> None:
    machine = builtin(name)
    assert isinstance(machine, Machine)
    net = net_of(machine, cells)
    data = dump_net(net)
    assert_same(load_net(data).machine, net.machine)
    assert dump_net(load_net(data)) == data


@given(machines(), st.data())
@settings(max_examples=40)
def test_any_machine_on_any_cells_comes_back(machine: Machine, data: st.DataObject) -> None:
    """In a state, and with a head, that are not those to start a run with, too."""
    field = data.draw(fields(machine.planar))
    drawn = data.draw(configurations(machine, field))
    shape = field.height, field.width
    cells = np.resize(drawn.cells, shape) if drawn.cells.size else np.zeros(shape, np.int16)
    needed = data.draw(st.none() | st.tuples(st.integers(1, 9), st.integers(1, 9)))
    machine = replace(machine, name="näme", source="a.tm", lines=machine.write.astype(np.int32) + 7)
    at = Configuration(cells, drawn.head, drawn.state)
    bounded = BoundedMachine(machine, field, at, (-3, 1), needed)
    net = replace(compile_net(bounded.circuit()), machine=bounded)
    written = dump_net(net)
    assert written == dump_net(net)
    assert_same(load_net(written).machine, bounded)
    assert dump_net(load_net(written)) == written


def test_cells_that_are_stored_otherwise_come_back_on_the_field() -> None:
    assert NET.machine is not None
    few = Configuration(np.zeros((1, 1), np.int16), NET.machine.configuration.head, 0, (2, 0))
    data = dump_net(replace(NET, machine=replace(NET.machine, configuration=few)))
    assert data == DATA


def test_only_the_net_of_one_step_has_a_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert sgdcc("compile", BB4, "-o", "step.net").code == 0
    assert sgdcc("compile", BB4, "-o", "steps.net", "--unroll", "3").code == 0
    assert load_net(Path("step.net").read_bytes()).machine is not None
    assert load_net(Path("steps.net").read_bytes()).machine is None
    assert load_net(dump_net(compile_net(toggle()))).machine is None


def test_the_command_writes_what_python_writes(tmp_path: Path) -> None:
    assert sgdcc("compile", BB4, "-o", str(tmp_path / "a.net")).code == 0
    compile_source(BB4).save(tmp_path / "b.net")
    assert (tmp_path / "a.net").read_bytes() == (tmp_path / "b.net").read_bytes()


def test_a_transformed_net_keeps_its_machine() -> None:
    assert replace(NET, source="other").machine is NET.machine


@pytest.fixture(scope="module")
def net_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """BB(4) on 14 cells."""
    path = tmp_path_factory.mktemp("machine") / "bb.net"
    assert sgdcc("compile", BB4, "-o", str(path)).code == 0
    return str(path)


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--labels", "random", "--seed", "3"),
        ("--control", "flip-weight"),
        ("--dtype", "float32"),
    ],
    ids=" ".join,
)
def test_a_net_file_is_verified_as_its_source_is(net_file: str, options: tuple[str, ...]) -> None:
    from_file, from_source = (sgdcc("verify", what, *options, "--json") for what in (net_file, BB4))
    assert from_file.code == from_source.code == ("--control" in options)
    one, two = json.loads(from_file.out), json.loads(from_source.out)
    assert (one.pop("seconds"), two.pop("seconds")) != (None, None)
    assert one == two
    assert one["machine_steps"] is not None
    assert options or (one["machine_steps"], one["halted"], one["score"]) == (107, True, 13)


def test_so_many_steps_of_a_net_file_are_those_of_its_source(net_file: str) -> None:
    """In the shell the source would get the cells that so many steps need."""
    one, two = (
        replace(compile_source(what).verify(steps=30), seconds=0.0) for what in (net_file, BB4)
    )
    assert one == two
    assert (one.steps, one.machine is not None) == (30, True)


@pytest.mark.parametrize("data", [DATA, ANT_DATA], ids=["tape", "plane"])
def test_a_configuration_is_decoded_from_a_net_file(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "m.net").write_bytes(data)
    compiled = compile_source(tmp_path / "m.net")
    assert compiled.machine is not None
    found = compiled.configuration(compiled.to_module())
    assert found.same(compiled.machine.configuration, compiled.machine.machine.blank)


def test_two_steps_of_a_net_file_show_the_tape(net_file: str) -> None:
    found, wanted = (sgdcc("diff", what, "--step", "0", "--step", "5") for what in (net_file, BB4))
    assert found == wanted
    assert found.out.endswith(
        "before step 0: state A, cells *0\nbefore step 5: state B, cells 1*111\n"
    )


def test_a_net_file_shows_its_tape_in_the_explorer(net_file: str, tmp_path: Path) -> None:
    pages = tmp_path / "a.html", tmp_path / "b.html"
    for what, page in zip((net_file, BB4), pages, strict=True):
        assert sgdcc("inspect", what, "--html", str(page)).code == 0
    assert pages[0].read_bytes() == pages[1].read_bytes()


def test_a_net_file_has_a_space_time_diagram(net_file: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    picture = str(tmp_path / "a.svg")
    drawn = sgdcc("inspect", net_file, "--steps", "9", "--figure", picture, "--kind", "spacetime")
    assert (drawn.code, drawn.err) == (0, "")


def test_a_net_file_says_which_machine_it_is(net_file: str) -> None:
    found = json.loads(sgdcc("info", net_file, "--json").out)
    assert found["machine"] == "busy beaver of 4 states and 2 symbols"
    assert found["cells"] == [14, 1]


@pytest.mark.parametrize(
    "options",
    [("--input", "1"), ("--cells", "20"), ("--head", "1"), ("--margin",), ("--start", "B")],
    ids=lambda options: options[0],
)
def test_what_a_machine_starts_on_is_in_its_net_file(
    net_file: str, options: tuple[str, ...]
) -> None:
    result = sgdcc("verify", net_file, *options)
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        f"error: {net_file} is a net, of a machine that starts as it was compiled\n"
        f"  help: leave {options[0]} away, or name the machine itself\n"
    )


def test_a_net_file_whose_head_leaves_fails_as_its_source_does(tmp_path: Path) -> None:
    save_net(net_of(BEAVER_4, (8, 1)), tmp_path / "a.net")
    result = sgdcc("verify", str(tmp_path / "a.net"))
    assert result.code == 1
    assert result.out.endswith("would leave the cells on the left; 14 cells are needed\n")


def altered(bounded: BoundedMachine | None, rule: Any, table: str, value: int) -> BoundedMachine:
    """The machine with another entry in its table."""
    assert bounded is not None
    changed = getattr(bounded.machine, table).copy()
    changed[rule.state, rule.symbol] = value
    return replace(bounded, machine=replace(bounded.machine, **{table: changed}))


@pytest.mark.parametrize("rule", list(BEAVER.rules()), ids=lambda rule: f"{rule[:2]}")
def test_a_file_whose_machine_has_one_other_rule_diverges(rule: Any, tmp_path: Path) -> None:
    """The net and its circuit agree, so that nothing but the configurations can tell."""
    net = net_of(BEAVER, (9, 1))
    wrong = {
        "write": 1 - rule.write,
        "move": Move.LEFT if rule.move is Move.RIGHT else Move.RIGHT,
        "following": (rule.following + 1) % 3,
    }
    for table, value in wrong.items():
        lying = replace(net, machine=altered(net.machine, rule, table, value))
        save_net(lying, tmp_path / "wrong.net")
        assert compile_source(tmp_path / "wrong.net").net.machine is not None
        report = compile_source(tmp_path / "wrong.net").verify(steps=7)
        failed = {check for check in Check if getattr(report, check)}
        assert (report.emulates, failed) == (False, {Check.CONFIGURATION})
    assert sgdcc("verify", str(tmp_path / "wrong.net"), "--steps", "7").code == 1


def test_nets_of_other_machines_differ_in_a_rule() -> None:
    assert NET.machine is not None
    rule = next(BEAVER.rules())
    other = replace(NET, machine=altered(NET.machine, rule, "write", 0))
    facts = net_difference(NET, other, ("A", "B")).facts
    assert facts == (("rule A 0", "1 right B", "0 right B"),)
    none = net_difference(NET, replace(NET, machine=None), ("A", "B")).facts
    assert none == (("machine", "BB(2)", "-"),)
    moved = replace(NET, machine=replace(NET.machine, origin=(1, 0), needed=None))
    assert [change.what for change in net_difference(NET, moved, ("A", "B")).facts] == [
        "cells needed",
        "first symbol of the input",
    ]


def test_a_reader_that_knows_no_machines_reads_the_same_net() -> None:
    """What is new is an entry and arrays of their own: all others are as they would be without."""
    plain, found = load(dump_net(replace(NET, machine=None))), load(DATA)
    for name in plain.keys() - {"names", "sha256"}:
        assert np.array_equal(plain[name], found[name]), name
    names = json.loads(found["names"].tobytes())
    assert names.pop("machine")
    assert names == json.loads(plain["names"].tobytes())
    more = {f"machine.{name}" for name in ("write", "move", "following", "lines", "cells")}
    assert found.keys() - plain.keys() == more
