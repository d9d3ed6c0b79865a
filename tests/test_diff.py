"""`sgdcc diff`: two nets, and two steps of a run."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command_line import sgdcc
from inspected_nets import noise_tolerant, parity
from small_circuits import toggle

from compiler.exact import Exact
from compiler.net import EdgeRole, Net, Role
from compiler.netfile import save_net
from compiler.pipeline import compile_net
from runtime.inspect.net_difference import NetDifference, net_difference
from runtime.inspect.step_difference import step_difference
from runtime.recording import record
from runtime.settings import Settings


def compared(second: Net, first: Net | None = None) -> NetDifference:
    return net_difference(first or parity(), second, ("A", "B"))


def test_a_net_differs_in_nothing_from_itself() -> None:
    difference = compared(parity())
    assert difference.equal
    assert (difference.facts, difference.counts) == ((), {})
    assert str(difference) == "A and B are the same net"


def test_a_weight_that_differs_is_found_and_named() -> None:
    net = parity()
    edge = int(np.flatnonzero(net.role[net.edge_target] == Role.GATE)[5])
    value = net.edge_value.copy()
    value[edge] = len(net.values)
    difference = compared(replace(net, edge_value=value, values=(*net.values, Exact.of(5))))
    assert difference.counts == {"weights": 1}
    (change,) = difference.examples["weights"]
    assert (change.first, change.second) == (net.show(net.exact_weights()[edge]), "5")
    assert change.what.endswith(f"-> {net.vertex_name(int(net.edge_target[edge]))}")
    assert not difference.equal


def test_the_order_of_equal_values_in_the_table_is_no_difference() -> None:
    net = parity()
    turned = replace(
        net, values=net.values[::-1], edge_value=(len(net.values) - 1 - net.edge_value)
    )
    assert compared(turned).equal


def test_roles_lines_and_constants_that_differ_are_found() -> None:
    net = parity()
    role, line = net.role.copy(), net.line.copy()
    gate = int(np.flatnonzero(role == Role.GATE)[0])
    role[gate] = Role.READ
    difference = compared(replace(net, role=role))
    assert difference.counts["vertices only in A"] == 1
    assert difference.counts["vertices only in B"] == 1
    line[gate] = 77
    assert compared(replace(net, line=line)).counts == {"source lines": 1}
    faster = compared(replace(net, learning_rate=net.learning_rate * 2))
    assert [change.what for change in faster.facts] == ["learning rate"]
    edge_role = net.edge_role.copy()
    bias = int(np.flatnonzero(edge_role == EdgeRole.BIAS)[0])
    edge_role[bias] = EdgeRole.GATE
    difference = compared(replace(net, edge_role=edge_role))
    assert difference.counts == {"edge classes": 1}
    assert difference.examples["edge classes"][0][1:] == ("bias", "gate")


def test_nets_with_and_without_a_bit_are_matched_by_name() -> None:
    one, two = compile_net(toggle()), compile_net(toggle(memory_bits=2))
    difference = compared(two, one)
    names = [change.what for change in difference.examples["vertices only in B"]]
    assert names[:2] == ["v1 of memory unit bit1", "v1 of dual unit bit1"]
    assert [change.what for change in difference.facts] == ["memory bits", "reset state"]
    gone = difference.examples["vertices only in A"]  # a filler fewer
    assert gone[0].what == "v1 of filler unit 30"
    assert "weights" not in difference.counts


@pytest.mark.parametrize("net", [parity, noise_tolerant])
def test_steps_differ_as_the_weights_of_the_recording_do(net: Callable[[], Net]) -> None:
    recording = record(net(), Settings(steps=4, seed=3))
    for first, second in ((0, 4), (1, 2), (4, 1)):
        difference = step_difference(recording, first, second)
        before, after = recording.weights(first), recording.weights(second)
        assert difference.weights == int((before != after).sum())
        held = recording.memory(first) != recording.memory(second)
        assert [bit.bit for bit in difference.bits] == np.flatnonzero(held).tolist()
        for moved in difference.moved:
            assert (moved.before, moved.after) == (before[moved.edge], after[moved.edge])
    assert step_difference(recording, 2, 2).equal


def test_the_command_compares_nets_by_exit_code(tmp_path: Path) -> None:
    one, two = str(tmp_path / "one.net"), str(tmp_path / "two.net")
    save_net(parity(), Path(one))
    save_net(replace(parity(), learning_rate=Exact.of(3)), Path(two))
    assert sgdcc("diff", one, "builtin:parity:bits=3").code == 0
    result = sgdcc("diff", one, two, "--json")
    assert result.code == 1
    facts = json.loads(result.out)
    assert facts["equal"] is False
    rate = str(parity().learning_rate)
    assert facts["facts"] == [{"what": "learning rate", "first": rate, "second": "3"}]
    assert f"{one} and {two} differ" in sgdcc("diff", one, two).out


def test_the_command_compares_steps_and_shows_the_tape() -> None:
    machine = "builtin:busy-beaver:states=2"
    result = sgdcc("diff", machine, "--step", "0", "--step", "2")
    assert result.code == 1
    assert "2 wrong steps between them" in result.out
    assert "before step 0: state A, cells" in result.out
    assert sgdcc("diff", machine, "--step", "3", "--step", "3").code == 0
    late = sgdcc("diff", machine, "--step", "0", "--step", "99")
    assert (late.code, late.out) == (2, "")
    assert "no step 99: the run has 7" in late.err
    facts = json.loads(sgdcc("diff", machine, "--step", "0", "--step", "2", "--json").out)
    assert facts["weights"] == sum(facts["weights_by_role"].values())


@pytest.mark.parametrize(
    "arguments",
    [
        ["builtin:parity:bits=2"],
        ["builtin:parity:bits=2", "--step", "1"],
        ["builtin:parity:bits=2", "builtin:parity:bits=2", "--step", "1", "--step", "2"],
        ["builtin:parity:bits=2", "builtin:parity:bits=2", "--seed", "1"],
    ],
)
def test_what_is_neither_two_nets_nor_two_steps_is_refused(arguments: list[str]) -> None:
    result = sgdcc("diff", *arguments)
    assert (result.code, result.out) == (2, "")
