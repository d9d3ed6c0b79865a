"""What vertices hear that are on the path of a memory unit or a cell, or that read it.

*Memory units* (Definition 6 of Abbe and Sandon; Lemma 2 says that nothing else occurs): the stem
is as for a bit of 0 or negated, the branch as built or negated, and the control vertex outputs 0
or 2. *Cells* (Definition 7, Lemma 4): a cell is unset, or set by the label 1 or -1, and then has
the weights that one step of SGD without noise gives it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product
from typing import TypeAlias

import numpy as np

from compiler.exact import ONE, ZERO, Exact
from compiler.net import EdgeRole, Net, Role, Target, Unit
from compiler.noise_bounds import cell_bounds
from runtime.inspect.quantity import Quantity, plus, times, value_at

Heard: TypeAlias = list[tuple[str, Quantity]]
"""(state, sum) pairs."""

_BRANCHES = (Role.BRANCH, Role.BRANCH_PRIMED)


def edges_into(net: Net, vertex: int) -> range:
    """The edges into a vertex, in order."""
    ends = np.array([vertex, vertex + 1], net.edge_target.dtype)  # else all edges are converted
    low, high = np.searchsorted(net.edge_target, ends).tolist()
    return range(low, high)


def path_cases(net: Net, vertex: int) -> Heard:
    """The states of the unit or cell that matter at a vertex, and what it hears in them.

    Args:
        net: an emulation net or a noise-tolerant one.
        vertex: on a path, a reader of one, or the output.
    """
    is_output = net.role[vertex] == Role.OUTPUT
    if net.target is Target.NOISE_TOLERANT:
        return _output_of_cells(net) if is_output else _cell(net, vertex)
    return _output_of_units(net) if is_output else _unit(net, vertex)


def _unit(net: Net, vertex: int) -> Heard:
    """By the signs of stem and branch, and by what the control vertex outputs."""
    chain = _chain(net, vertex)
    ends = net.edge_target[chain].tolist()
    on_branch = any(net.role[end] in _BRANCHES for end in ends)
    gated = any(_controls(net, end) for end in ends)
    prime = "'" if net.role[vertex] == Role.BRANCH_PRIMED else ""
    holds = net.unit[ends[0]] == Unit.MEMORY
    found = []
    for stem, branch, said in product((1, -1), (1, -1)[: 1 + on_branch], (0, 2)[: 1 + gated]):

        def weight(edge: int, stem: int = stem, branch: int = branch) -> Quantity:
            value = _built(net, edge)
            if net.edge_role[edge] == EdgeRole.READ:
                return value
            on = net.role[net.edge_target[edge]] in _BRANCHES
            return value * branch if on else abs(value) * stem

        state = f"bit {int(stem < 0)}" if holds else f"stem {'+-'[stem < 0]}"
        state += f", branch {'+-'[branch < 0]}" if on_branch else ""
        state += f", vc{prime} = {said}" if gated else ""
        role = Role.CONTROL_PRIMED if prime else Role.CONTROL
        found.append((state, _walk(net, chain, weight, {role: said})))
    return found


def _cell(net: Net, vertex: int) -> Heard:
    """By what has set the cell; v4 also by its control vertices, as Lemma 4 has them."""
    chain = _chain(net, vertex)
    updates = cell_bounds(net, Fraction(0)).updates
    number = {edge: i for i, edge in enumerate(chain)}
    gated = bool(_controls(net, vertex))
    states: list[tuple[str, int, dict[Role, int]]] = [
        ("unset", 0, {Role.CONTROL: 2}),
        ("set by label 1", 1, {Role.CONTROL_PRIMED: 2}),
        ("set by label -1", -1, {Role.CONTROL_PRIMED: 2}),
    ]
    if gated:
        states.insert(1, ("being set", 0, {}))
    found = []
    for state, label, said in states:

        def weight(edge: int, label: int = label) -> Quantity:
            value = _built(net, edge)
            if not label or net.edge_role[edge] != EdgeRole.PATH:
                return value
            return plus(value, times(updates[label][number[edge]], label))

        if gated:
            state += "".join(f", {_SHORT[role]} = {out}" for role, out in said.items())
        found.append((state, _walk(net, chain, weight, said)))
    return found


_SHORT = {Role.CONTROL: "vc", Role.CONTROL_PRIMED: "vc'"}


def _output_of_units(net: Net) -> Heard:
    """Each of m' units brings its share, on the branch of the prediction."""
    output = net.outputs[0].vertex
    last = next(
        edge for edge in edges_into(net, output) if net.role[net.edge_source[edge]] == Role.BRANCH
    )
    _, heard = _unit(net, int(net.edge_source[last]))[0]
    share = times(value_at(net.activation, heard), _built(net, last))
    total = times(share, net.units_per_step)
    return [("prediction 0", times(total, -1)), ("prediction 1", total)]


def _output_of_cells(net: Net) -> Heard:
    """While it memorises, n' cells and a control vertex; then the answer."""
    cells, top = net.cells, net.activation.plateau
    (v4,) = net.edge_source[cells.path[:1, 4]].tolist()
    heard = dict(_cell(net, v4))["being set"]
    share = times(value_at(net.activation, heard), _built(net, int(cells.path[0, 4])))
    control = times(_built(net, int(cells.output_control[0])), top)
    answer = times(_built(net, int(cells.output_control[-1])), top)
    return [
        ("memorising", plus(control, times(share, cells.inputs))),
        ("answer 0", times(answer, -1)),
        ("answer 1", answer),
    ]


def _walk(
    net: Net, chain: Sequence[int], weight: Callable[[int], Quantity], said: dict[Role, int]
) -> Quantity:
    """What the last vertex of a path hears, from v0 on; controls output what is said, else 0."""
    f = net.activation
    value: Quantity = f.plateau if net.role[net.edge_source[chain[0]]] == Role.SOURCE else ONE
    heard: Quantity = ZERO
    for edge in chain:
        heard = times(value, weight(edge))
        vertex = int(net.edge_target[edge])
        for role, control in _controls(net, vertex):
            heard = plus(heard, times(control, said.get(role, 0)))
        if net.role[vertex] == Role.STATE:
            for bias in edges_into(net, vertex):
                if net.edge_role[bias] == EdgeRole.BIAS:
                    heard = plus(heard, _built(net, bias))
        value = value_at(f, heard)
    return heard


def _chain(net: Net, vertex: int) -> list[int]:
    """The edges of the path from v0 to a vertex; the reading edge is the last of a reader's."""
    chain: list[int] = []
    while True:
        kinds = (EdgeRole.PATH, EdgeRole.READ)
        on = [edge for edge in edges_into(net, vertex) if EdgeRole(net.edge_role[edge]) in kinds]
        if not on:
            return chain[::-1]
        chain.append(on[0])
        vertex = int(net.edge_source[on[0]])


def _controls(net: Net, vertex: int) -> list[tuple[Role, Exact]]:
    """The control vertices that a vertex hears, with the weights."""
    return [
        (Role(net.role[net.edge_source[edge]]), _built(net, edge))
        for edge in edges_into(net, vertex)
        if net.edge_role[edge] == EdgeRole.CONTROL
    ]


def _built(net: Net, edge: int) -> Exact:
    value: Exact = net.values[net.edge_value[edge]]
    return value
