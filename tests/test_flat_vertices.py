"""What is called flat is flat, and computes the function that it is said to compute."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from engine_nets import DTYPES
from flat_nets import INPUTS, gate_net

from circuits.catalog import builtin_learner
from compiler.flat_vertices import FlatVertices, Kind, find_flat, flat_vertices, wires_of
from compiler.net import Net, Role
from compiler.pipeline import compile_net
from runtime.engines.levels import Levels
from runtime.engines.plan import Plan

every_dtype = pytest.mark.parametrize("dtype", DTYPES)


def wrong(net: Net, flat: FlatVertices, dtype: torch.dtype = torch.float64) -> set[str]:
    """What is wrong with it, for any input for which reads are on a plateau."""
    plan, found = Plan.of(net, dtype), set()
    weights = torch.from_numpy(net.weights(str(dtype)[6:]))
    is_flat, pairs = np.isin(flat.kind, (Kind.FIXED, Kind.BIT)), (flat.low, flat.high)
    for number in range(1 << INPUTS):
        sample = [2.0 * (number >> i & 1) - 1 for i in range(INPUTS)]
        trace = Levels().forward(plan, weights, torch.tensor(sample, dtype=dtype))
        sums, values = (tensor.numpy().astype(np.float64) for tensor in trace)
        if (abs(sums[flat.kind == Kind.READ]) < 1.5).any():
            continue
        size = abs(sums[is_flat])
        if not ((size <= 1 / 32) | (size >= 3 / 2)).all():
            found.add("sum")
        if not np.any([values[is_flat] == pair[is_flat] for pair in pairs], axis=0).all():
            found.add("value")
        bits = values == flat.high
        for v in np.flatnonzero(flat.kind == Kind.BIT).tolist():
            mine = slice(flat.first[v], flat.first[v + 1])
            total = flat.coefficient[mine] @ bits[flat.operand[mine]]
            if bits[v] != (total >= flat.bound[v]):
                found.add("function")
    return found


@every_dtype
def test_flat_vertices_are_flat_for_every_input(dtype: torch.dtype) -> None:
    kinds: Counter[int] = Counter()
    for seed in range(20):
        net = gate_net(seed)
        flat = flat_vertices(net, dtype=str(dtype)[6:])
        assert not wrong(net, flat, dtype)
        kinds.update(flat.kind.tolist())
        into = np.isin(flat.kind, (Kind.FIXED, Kind.BIT))[net.edge_target]
        assert np.array_equal(flat.frozen, into)
    assert min(kinds[kind] for kind in Kind) > 20


def test_what_is_wrong_is_noticed() -> None:
    found: set[str] = set()
    for seed in range(8):
        net = gate_net(seed)
        wires = wires_of(net, net.weights(), np.ones(net.edges), "float64")
        found |= wrong(net, find_flat(wires._replace(plateau_from=1.0)))
        flat = flat_vertices(net)
        found |= wrong(net, replace(flat, bound=flat.bound + 1))
    assert found == {"sum", "value", "function"}


def test_sums_that_may_be_rounded_are_not_called_flat() -> None:
    net = gate_net(3)
    bits = flat_vertices(net).frozen.sum()
    third = flat_vertices(net, net.weights() * (1 + 2.0**-50))
    assert 0 < third.frozen.sum() < bits / 2
    for nothing in (np.nan, np.inf, 2.0**60, 2.0**-1060):
        assert not flat_vertices(net, np.full(net.edges, nothing)).frozen[net.edge_source > 0].any()


def test_all_but_memory_units_and_the_output_of_a_learner_is_flat() -> None:
    net = compile_net(builtin_learner("parity:bits=4"))
    flat = flat_vertices(net)
    gates = np.isin(net.role, (Role.GATE, Role.CONTROL, Role.CONTROL_PRIMED))
    assert (flat.kind[gates] == Kind.BIT).all()
    assert (flat.kind[net.role == Role.READ] == Kind.READ).all()
    rest = ~gates & (net.role != Role.READ) & (net.level > 0) & (net.role != Role.SOURCE)
    assert (flat.kind[rest] == Kind.FLOAT).all()
    assert not flat.unconditional
    assert not flat.all_flat
    assert not (flat.frozen & net.trainable).any()


def test_values_that_are_not_those_of_a_gate_are_passed_on() -> None:
    net = compile_net(builtin_learner("parity:bits=4"))
    flat = flat_vertices(net)
    control = net.role == Role.CONTROL
    assert (flat.low[control] == 0).all()
    assert (flat.high[control] == 2).all()
    source = net.role == Role.SOURCE
    assert (flat.kind[source] == Kind.FIXED).all()
    assert (flat.high[source] == 2).all()
