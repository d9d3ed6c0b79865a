"""What a vertex can hear and say in any step of a run: its *level set*, and the case behind each.

Of a gate's sources each outputs one of two values, whatever they are (the certificate's level
sets, docs/certificate.md), so its cases are all combinations. What is on the path of a memory
unit or a cell depends on the state of that one: which signs its weights have, and which of its
control vertices lets its signal through. The cases of such a vertex are the states.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import NamedTuple

from compiler.exact import ONE, ZERO, Exact
from compiler.net import Net, Role, Target
from runtime.inspect.path_states import edges_into, path_cases
from runtime.inspect.quantity import Landing, Quantity, land, plus, times
from runtime.inspect.sums import attainable, ends_of

MOST_COMBINATIONS = 64
"""Of a gate's sources that are listed; of more, only the distinct sums are."""


class Case(NamedTuple):
    """One thing that can happen at a vertex.

    Attributes:
        sources: what its sources output, by incoming edge; empty where only the sum is known.
        when: the state of its unit or cell, else "".
        sum: the input of f.
        landing: where that lies on f.
    """

    sources: tuple[Quantity, ...]
    when: str
    sum: Quantity
    landing: Landing


class Cases(NamedTuple):
    """All cases of a vertex, or its distinct sums.

    Attributes:
        cases: in order; empty of a vertex that computes nothing.
        complete: whether these are all; else those next to the ends of pieces.
    """

    cases: tuple[Case, ...]
    complete: bool = True


def level_set(net: Net, vertex: int) -> tuple[Quantity, ...]:
    """The values that a vertex can output, ascending by case."""
    top, role = net.activation.plateau, Role(net.role[vertex])
    if role is Role.CONSTANT:
        return (ONE,)
    if role in (Role.SAMPLE, Role.RANDOM):
        return (-ONE, ONE)
    if role in (Role.CONTROL, Role.CONTROL_PRIMED):
        return (ZERO, top)
    if role is Role.OUTPUT_CONTROL:
        answers = net.unit_index[vertex] == net.samples
        return (-top, ZERO, top) if answers else (ZERO, top)
    if role is Role.SOURCE:
        return (top,)
    if _is_bit(net, vertex):
        return (-top, top)
    found: list[Quantity] = []
    for case in cases_of(net, vertex).cases:
        if case.landing.value not in found:
            found.append(case.landing.value)
    return tuple(found)


def cases_of(net: Net, vertex: int) -> Cases:
    """What can happen at a vertex."""
    role = Role(net.role[vertex])
    if role in (Role.CONSTANT, Role.SAMPLE, Role.RANDOM):
        return Cases(())
    if _is_bit(net, vertex) and role not in (Role.READ, Role.STATE):
        return _combinations(net, vertex)
    if role in (Role.CONTROL, Role.CONTROL_PRIMED, Role.OUTPUT_CONTROL, Role.SOURCE):
        return _combinations(net, vertex)
    return Cases(tuple(
        Case((), when, heard, land(net.activation, heard))
        for when, heard in path_cases(net, vertex)
    ))  # fmt: skip


def _is_bit(net: Net, vertex: int) -> bool:
    """Whether the vertex outputs plateau or -plateau in every step."""
    role = Role(net.role[vertex])
    copies = role is Role.OUTPUT and net.target is Target.COMPONENT
    return role in (Role.GATE, Role.READ, Role.STATE) or copies


def _combinations(net: Net, vertex: int) -> Cases:
    """Of sources that do not depend on each other."""
    into = edges_into(net, vertex)
    weights = [net.values[net.edge_value[edge]] for edge in into]
    levels = [level_set(net, int(net.edge_source[edge])) for edge in into]
    number = 1
    for level in levels:
        number *= len(level)
    if number <= MOST_COMBINATIONS:
        cases = []
        for values in product(*levels):
            heard: Quantity = ZERO
            for weight, value in zip(weights, values, strict=True):
                heard = plus(heard, times(weight, value))
            cases.append(Case(values, "", heard, land(net.activation, heard)))
        return Cases(tuple(cases))
    return distinct_sums(net, vertex)


def distinct_sums(net: Net, vertex: int) -> Cases:
    """A case for each sum of a vertex whose sources do not depend on each other.

    Where there are too many, those next to the ends of pieces, see `runtime.inspect.sums`.
    """
    terms = terms_of(net, vertex)
    sums = attainable(terms, ends_of(net.activation))
    heard = [Exact.of(x) for x in sums.listed]
    cases = tuple(Case((), "", x, land(net.activation, x)) for x in heard)
    return Cases(cases, sums.complete)


def terms_of(net: Net, vertex: int) -> list[list[Fraction]]:
    """By incoming edge: its weight times each value of its source, for a gate or a control."""
    return [
        [
            _rational(net.values[net.edge_value[edge]]) * _rational(value)
            for value in level_set(net, int(net.edge_source[edge]))
        ]
        for edge in edges_into(net, vertex)
    ]


def _rational(value: Quantity) -> Fraction:
    found = value.rational() if isinstance(value, Exact) else None
    assert found is not None, "sources and weights of gates are rational"
    return found
