"""Certificates of noise-tolerant nets: every net has one, and each obligation is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any, TypeAlias

import pytest
from certified import Certified, certified, fresh
from noise_judge import times

from circuits.catalog import builtin_learner
from circuits.errors import SourceError
from compiler.certificate import certificate_of
from runtime.check import check
from runtime.check.files import NetFile, RefusedError

Fault: TypeAlias = Callable[[dict[str, Any], NetFile], None]

WIDE = [
    ("parity:bits=3", 11),
    ("parity:bits=4", 4),
    ("conjunction:bits=3,samples=4", 4),
    ("nearest:bits=2,samples=3", 3),
    ("random_subset:bits=3,confirmations=2", 5),
    ("perceptron:bits=3,width=4", 4),
    ("winnow:bits=3", 5),
]


@cache
def noise_tolerant(learner: str, samples: int, **settings: Any) -> Certified:
    return certified(builtin_learner(learner), target="noise-tolerant", samples=samples, **settings)


@pytest.mark.parametrize(("learner", "samples"), WIDE)
def test_every_learner_has_a_certificate(learner: str, samples: int) -> None:
    net = noise_tolerant(learner, samples)
    proof = net.check()
    assert proof.arithmetic == ("exact",)
    assert (proof.noise, proof.samples) == (net.net.noise.rational(), samples)
    assert min(proof.margins.values()) > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("learner", "samples"), [("parity:bits=12", 20), ("nearest:bits=8,samples=16", 16)]
)
def test_every_large_learner_has_a_certificate(learner: str, samples: int) -> None:
    noise_tolerant(learner, samples).check()


@pytest.mark.parametrize("bits", [2, 3])
@pytest.mark.parametrize("exponent", ["3", "2", "3/2", "1"])
def test_printed_constants_have_a_certificate(bits: int, exponent: str) -> None:
    net = noise_tolerant(f"parity:bits={bits}", 3, preset="printed", exponent=Fraction(exponent))
    text = str(net.check())
    assert text.startswith("valid: noise-tolerant net, ")
    assert text.endswith(f"add up to {float(net.check().noise):.6g} at most on each edge")


@pytest.mark.parametrize("merged", [{"copies": {3: 2}}, {"fan_in_copies": {3: 1}}])
def test_a_quotient_has_no_certificate(merged: dict[str, dict[int, int]]) -> None:
    net = noise_tolerant("parity:bits=3", 11)
    quotient = replace(net.net)
    for name, value in merged.items():
        object.__setattr__(quotient, name, value)  # by hand: such a net need not come out even
    with pytest.raises(SourceError, match="noise makes copies differ"):
        certificate_of(quotient, net.net.circuit, net.data, "a.net")


def _edge(file: NetFile, source: int, target: int) -> int:
    """The first edge from a vertex of one role to one of another."""
    roles = [
        (file.role[u], file.role[v])
        for u, v in zip(file.edge_source, file.edge_target, strict=True)
    ]
    return roles.index((source, target))


def _weight(source: int, target: int, factor: str) -> Fault:
    def fault(_stated: dict[str, Any], file: NetFile) -> None:
        edge = _edge(file, source, target)
        old = file.header["values"][file.edge_value[edge]]
        file.header["values"].append(times(old, Fraction(factor)))
        file.edge_value[edge] = len(file.header["values"]) - 1

    return fault


ENDS = {
    "w_0": (0, 6), "w_1": (6, 6), "w_2": (6, 6), "w_3": (6, 6), "w_4": (6, 11),
    "state": (6, 12), "state_bias": (0, 12), "read": (6, 4), "control": (9, 6),
    "control_primed": (10, 6), "output_control": (13, 11), "answer": (13, 11),
}  # fmt: skip
"""The roles of the ends of the edges that have a constant."""


def _constant(name: str, factor: str) -> Fault:
    """A constant of all cells, in both files."""

    def fault(stated: dict[str, Any], file: NetFile) -> None:
        cell, values = stated["cell"], file.header["values"]
        old = cell["weights"][int(name[2:])] if name[:2] == "w_" else cell[name]
        new = times(old, Fraction(factor))
        if name[:2] == "w_":
            cell["weights"] = [new if weight == old else weight for weight in cell["weights"]]
        else:
            cell[name] = new
        values.append(new)
        for edge, ends in enumerate(zip(file.edge_source, file.edge_target, strict=True)):
            of_role = tuple(file.role[v] for v in ends) == ENDS[name]
            if of_role and values[file.edge_value[edge]] == old:
                file.edge_value[edge] = len(values) - 1

    return fault


def _both(name: str, factor: str) -> Fault:
    def fault(stated: dict[str, Any], file: NetFile) -> None:
        for holder in (stated, file.header):
            place = holder if name in holder else holder["activation"]
            place[name] = times(place[name], Fraction(factor))

    return fault


def _scale(_stated: dict[str, Any], file: NetFile) -> None:
    """The gate of the highest scale gets half of it, in all of its weights."""
    values, best = file.header["values"], 0
    for edge, target in enumerate(file.edge_target):
        if file.role[target] == 3 and file.edge_source[edge]:
            size = abs(Fraction(values[file.edge_value[edge]]))
            if size > abs(Fraction(values[file.edge_value[best]])) or not best:
                best = edge
    for edge, target in enumerate(file.edge_target):
        if target == file.edge_target[best]:
            values.append(times(values[file.edge_value[edge]], Fraction(1, 8)))
            file.edge_value[edge] = len(values) - 1


def _swap(kind: str) -> Fault:
    def fault(stated: dict[str, Any], _file: NetFile) -> None:
        literals = stated["circuit"][kind]
        literals[0], literals[1] = literals[1], literals[0]

    return fault


def _numbers(role: int) -> Fault:
    """Two vertices of a role change numbers."""

    def fault(_stated: dict[str, Any], file: NetFile) -> None:
        a, b = [v for v, r in enumerate(file.role) if r == role][:2]
        file.unit_index[a], file.unit_index[b] = file.unit_index[b], file.unit_index[a]

    return fault


def _samples(by: int) -> Fault:
    def fault(stated: dict[str, Any], file: NetFile) -> None:
        stated["samples"] += by
        file.header["samples"] += by

    return fault


def _endpoint(source: int, target: int) -> Fault:
    """An edge begins at the next vertex of the same role instead."""

    def fault(_stated: dict[str, Any], file: NetFile) -> None:
        edge = _edge(file, source, target)
        old = file.edge_source[edge]
        file.edge_source[edge] = next(
            v for v in range(old + 1, len(file.role)) if file.role[v] == source
        )

    return fault


def _input(_stated: dict[str, Any], file: NetFile) -> None:
    file.names["inputs"].pop()


def _net_only(name: str) -> Fault:
    def fault(_stated: dict[str, Any], file: NetFile) -> None:
        file.header[name] = "1/1024" if name == "noise" else 5

    return fault


BROKEN: list[tuple[str, Fault, str]] = [
    ("noise overstated", _both("noise", "6/5"), "silence|write|flatness|kept"),
    ("noise overstated by little", _both("noise", "257/256"), "silence|write|flatness|kept"),
    ("another noise", _net_only("noise"), "noise"),
    ("another T", _net_only("samples"), "samples"),
    ("T + 1", _samples(1), "write"),
    ("T - 1", _samples(-1), "write"),
    ("n' - 1", _input, "inputs|graph"),
    ("gamma", _both("learning_rate", "17/16"), "silence|kept"),
    ("gamma", _both("learning_rate", "15/16"), "silence|kept"),
    ("dead zone", _both("dead_zone", "31/32"), "silence"),
    ("dead zone", _both("dead_zone", "1/2"), "silence"),
    ("power from", _both("power_from", "33/32"), "write"),
    ("power to", _both("power_to", "1/2"), "write|activation"),
    ("plateau", _both("plateau", "9/8"), "levels"),
    ("plateau from", _both("plateau_from", "33/32"), "kept|flatness|function"),
    *[(f"w_{i}", _constant(f"w_{i}", "33/32"), "silence|write|kept") for i in range(5)],
    ("control", _constant("control", "2"), "silence"),
    ("control primed", _constant("control_primed", "33/32"), "silence"),
    ("output control", _constant("output_control", "3/4"), "write|silence|kept"),
    ("reader", _constant("state", "1/4"), "flatness|function"),
    ("reader", _constant("state_bias", "-1"), "flatness|function"),
    ("vr", _constant("read", "1/8"), "flatness"),
    ("vr", _constant("read", "-1"), "function"),
    ("answer", _constant("answer", "2"), "answer"),
    ("answer", _constant("answer", "1/2"), "answer"),
    ("an edge of a gate", _weight(3, 3, "2"), "function|flatness"),
    ("an edge into vc", _weight(3, 9, "1/2"), "flatness"),
    ("an edge into vc'", _weight(12, 10, "-1"), "flatness"),
    ("an edge into voc[0]", _weight(3, 13, "1/2"), "flatness"),
    ("an edge from vc", _weight(9, 6, "33/32"), "write"),
    ("an edge of a path", _weight(6, 6, "33/32"), "write"),
    ("an edge to the output", _weight(6, 11, "33/32"), "write"),
    ("an edge from voc[0]", _weight(13, 11, "33/32"), "write"),
    ("a gate's scale", _scale, "flatness"),
    ("vr elsewhere", _endpoint(6, 4), "function|graph"),
    ("a reader elsewhere", _endpoint(6, 12), "function|graph"),
    ("vc elsewhere", _endpoint(9, 6), "write|graph"),
    ("a gate's source elsewhere", _endpoint(12, 3), "function|graph"),
    ("hold", _swap("hold"), "memorise"),
    ("held", _swap("held"), "memorise"),
    ("current", _swap("current"), "memorise"),
    ("cells change numbers", _numbers(12), "function|memorise"),
    ("samples change numbers", _numbers(13), "function|flatness"),
]


@pytest.mark.parametrize(("what", "fault", "obligation"), BROKEN, ids=[b[0] for b in BROKEN])
def test_what_breaks_an_obligation_is_refused(what: str, fault: Fault, obligation: str) -> None:
    stated, file = next(fresh(noise_tolerant("parity:bits=4", 4)))
    fault(stated, file)
    with pytest.raises(RefusedError) as caught:
        check(stated, file)
    assert caught.value.obligation in obligation.split("|"), (what, str(caught.value))
