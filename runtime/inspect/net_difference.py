"""How two nets differ: vertices, edges, weights, roles and where they come from.

Vertices are matched by role, place in their unit, and name in the source. Where several are alike
in that, or gates have no name, the first is matched with the first, and so on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

from circuits.machines.bounded import BoundedMachine
from compiler.net import EdgeRole, Net
from runtime.inspect.matching import Longs, edge_numbers, matched, vertex_numbers


class Change(NamedTuple):
    """One difference.

    Attributes:
        what: which thing differs, in words.
        first, second: what it is in each net; "-" where it is missing.
    """

    what: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class NetDifference:
    """How the second net differs from the first.

    Attributes:
        first, second: what the nets are called.
        facts: of the whole net: target, preset, constants, ports, memory.
        counts: by kind of difference, how many there are; only kinds that occur.
        examples: the first of each kind.
    """

    first: str
    second: str
    facts: tuple[Change, ...]
    counts: dict[str, int]
    examples: dict[str, tuple[Change, ...]]

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return not self.facts and not self.counts

    def facts_for_json(self) -> dict[str, Any]:
        """All of it for JSON."""
        found = asdict(self)
        found["facts"] = [change._asdict() for change in self.facts]
        found["examples"] = {
            kind: [change._asdict() for change in changes]
            for kind, changes in self.examples.items()
        }
        return {"equal": self.equal, **found}

    def __str__(self) -> str:
        return "\n".join(_lines(self))


def net_difference(first: Net, second: Net, names: tuple[str, str], most: int = 5) -> NetDifference:
    """Compare two nets.

    Args:
        first: what to compare with.
        second: what to compare.
        names: what they are called.
        most: examples of each kind.
    """
    counts: dict[str, int] = {}
    examples: dict[str, tuple[Change, ...]] = {}

    def found(kind: str, items: Longs, change: Callable[[int], Change]) -> None:
        if len(items):
            counts[kind] = len(items)
            examples[kind] = tuple(change(int(item)) for item in items[:most])

    keys = vertex_numbers(first, second)
    a, b, both = matched(*keys)
    found(f"vertices only in {names[0]}", a, lambda v: Change(first.provenance(v), f"#{v}", "-"))
    found(f"vertices only in {names[1]}", b, lambda v: Change(second.provenance(v), "-", f"#{v}"))
    place = both[:, first.line[both[0]] != second.line[both[1]]]
    found("source lines", np.arange(place.shape[1]), lambda i: Change(
        first.vertex_name(int(place[0, i])),
        str(first.line[place[0, i]]), str(second.line[place[1, i]]),
    ))  # fmt: skip

    a, b, both = matched(*edge_numbers(first, second, keys))
    found(f"edges only in {names[0]}", a, lambda e: Change(_edge(first, e), _weight(first, e), "-"))
    found(
        f"edges only in {names[1]}", b, lambda e: Change(_edge(second, e), "-", _weight(second, e))
    )
    value = {x: i for i, x in enumerate(first.values)}
    same = np.array([value.get(x, -1) for x in second.values], np.int64)
    moved = both[:, first.edge_value[both[0]] != same[second.edge_value[both[1]]]]
    found("weights", np.arange(moved.shape[1]), lambda i: Change(
        _edge(first, int(moved[0, i])),
        _weight(first, int(moved[0, i])), _weight(second, int(moved[1, i])),
    ))  # fmt: skip
    other = both[:, first.edge_role[both[0]] != second.edge_role[both[1]]]
    found("edge classes", np.arange(other.shape[1]), lambda i: Change(
        _edge(first, int(other[0, i])),
        _class(first, int(other[0, i])), _class(second, int(other[1, i])),
    ))  # fmt: skip
    return NetDifference(*names, tuple(_facts(first, second)), counts, examples)


def _facts(first: Net, second: Net) -> Iterator[Change]:
    """Differences of the nets as wholes."""

    def said(net: Net) -> dict[str, str]:
        return {
            "target": net.target.value,
            "preset": net.preset,
            "learning rate": net.show(net.learning_rate),
            **{f"{name} of f": str(value) for name, value in net.activation.items()},
            "inputs": ", ".join(port.name for port in net.inputs),
            "random inputs": ", ".join(map(str, net.random_inputs)),
            "outputs": ", ".join(port.name for port in net.outputs),
            "memory bits": ", ".join(bit.name for bit in net.memory),
            "reset state": "".join(map(str, net.circuit.reset_state)),
            "copies": str(net.units_per_step if net.is_quotient else 1),
            "samples": str(net.samples),
            "noise": str(net.noise),
            "machine": "-" if net.machine is None else net.machine.machine.name or "no name",
        }

    one, two = said(first), said(second)
    if first.machine is not None and second.machine is not None:
        one |= _machine(first.machine)
        two |= _machine(second.machine)
    for what in dict.fromkeys((*one, *two)):
        values = one.get(what, "-"), two.get(what, "-")
        if values[0] != values[1]:
            yield Change(what, *values)


def _machine(bounded: BoundedMachine) -> dict[str, str]:
    """What a net file says of its machine; what it starts on is in the memory bits."""
    machine, field = bounded.machine, bounded.field
    states, symbols = machine.states, machine.symbols
    return {
        "cells": f"{field.width} x {field.height}{' with a margin' * field.margin}",
        "cells needed": str(bounded.needed),
        "first symbol of the input": str(bounded.origin),
    } | {
        f"rule {states[rule.state]} {symbols[rule.symbol]}": f"{symbols[rule.write]} "
        f"{rule.move.name.lower()} {states[rule.following]}"
        for rule in machine.rules()
    }


def _edge(net: Net, edge: int) -> str:
    source, target = int(net.edge_source[edge]), int(net.edge_target[edge])
    return f"{net.vertex_name(source)} -> {net.vertex_name(target)}"


def _weight(net: Net, edge: int) -> str:
    return net.show(net.values[net.edge_value[edge]])


def _class(net: Net, edge: int) -> str:
    return EdgeRole(net.edge_role[edge]).name.lower().replace("_", " ")


def _lines(difference: NetDifference) -> Iterator[str]:
    if difference.equal:
        yield f"{difference.first} and {difference.second} are the same net"
        return
    yield f"{difference.first} and {difference.second} differ"
    for change in difference.facts:
        yield f"  {change.what}: {_short(change.first)}, {_short(change.second)}"
    for kind, count in difference.counts.items():
        yield f"{count} {kind}"
        for change in difference.examples[kind]:
            yield f"  {change.what}: {change.first}, {change.second}"
        if count > len(difference.examples[kind]):
            yield "  ..."


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
