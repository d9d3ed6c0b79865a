"""Arrays that are not a net are refused, one broken promise at a time."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from circuits.builder import Builder
from circuits.errors import InvariantError, LimitError
from compiler.exact import Exact
from compiler.net import Net, Port, Role
from compiler.pipeline import compile_net

Change = Callable[[Net], dict[str, Any]]


def small() -> Net:
    b = Builder()
    x, bit = b.input("x"), b.latch("bit")
    b.set_next(bit, b.xor(x, bit))
    b.output("out", x)
    return compile_net(b.build())


def with_one(array: np.ndarray, index: int, value: int) -> np.ndarray:
    """A copy with one element changed."""
    changed = array.copy()
    changed[index] = value
    return changed


def swapped(array: np.ndarray, i: int, j: int) -> np.ndarray:
    """A copy with two elements exchanged."""
    changed = array.copy()
    changed[[i, j]] = changed[[j, i]]
    return changed


BROKEN: list[tuple[str, Change]] = [
    ("arrays of different lengths", lambda n: {"unit": n.unit[:-1]}),
    ("arrays of different lengths", lambda n: {"line": n.line[:-1]}),
    ("arrays of different lengths", lambda n: {"edge_role": n.edge_role[:-1]}),
    ("arrays of different lengths", lambda n: {"edge_source": n.edge_source[:-1]}),
    ("vertex 0 is not the constant", lambda n: {"role": with_one(n.role, 0, 1)}),
    ("there is not exactly one output", lambda n: {"outputs": ()}),
    ("there is not exactly one output", lambda n: {"outputs": n.outputs * 2}),
    ("an edge leaves the graph", lambda n: {"edge_source": with_one(n.edge_source, 0, -1)}),
    (
        "an edge leaves the graph",
        lambda n: {"edge_target": with_one(n.edge_target, n.edges - 1, n.vertices)},
    ),
    (
        "edges out of order, or one given twice",
        lambda n: {
            "edge_source": swapped(n.edge_source, n.edges - 1, n.edges - 2),
        },
    ),
    (
        "edges out of order, or one given twice",
        lambda n: {
            "edge_source": with_one(n.edge_source, n.edges - 1, n.edge_source[n.edges - 2]),
        },
    ),
    (
        "an edge does not go up a level",
        lambda n: {"edge_source": with_one(n.edge_source, 0, n.edge_target[0])},
    ),
    (
        "a weight that is not in the table",
        lambda n: {"edge_value": with_one(n.edge_value, 3, len(n.values))},
    ),
    ("a weight that is not in the table", lambda n: {"edge_value": with_one(n.edge_value, 3, -1)}),
    (
        "vertices not ordered by level",
        lambda n: {"level": with_one(n.level, int(np.argmax(n.role == Role.CONTROL)), 2)},
    ),
    (
        "an input with an incoming edge",
        lambda n: {"inputs": (Port(n.outputs[0].vertex, "out"),)},
    ),
    ("copies that do not come out even", lambda n: {"copies": {n.vertices: 2}}),
    ("copies that do not come out even", lambda n: {"copies": {1: 0}}),
    ("copies that do not come out even", lambda n: {"fan_in_copies": {0: 2}}),
    (
        "copies that do not come out even",
        lambda n: {"copies": {n.vertices - 2: 2}},
    ),
]


@pytest.mark.parametrize(("problem", "change"), BROKEN)
def test_arrays_that_are_no_net_are_refused(problem: str, change: Change) -> None:
    net = small()
    with pytest.raises(InvariantError, match=f"^not a net: {re.escape(problem)}$"):
        replace(net, **change(net))


def test_the_arrays_of_a_net_cannot_be_changed() -> None:
    net = small()
    for value in vars(net).values():
        if isinstance(value, np.ndarray):
            with pytest.raises(ValueError, match="read-only"):
                value[0] = 1


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_weights_are_floats_of_the_exact_values(dtype: str) -> None:
    net = small()
    weights = net.weights(dtype)
    assert weights.dtype == dtype
    assert weights.tolist() == [float(w.rational() or 0) for w in net.exact_weights()]


def test_a_weight_that_rounds_is_refused_where_the_preset_promises_exactness() -> None:
    net = small()
    thirds = tuple(value / 3 for value in net.values)
    assert replace(net, values=thirds, preset="printed").weights()[0] == 2 / 3
    with pytest.raises(LimitError, match=r"2/3 is not exact in float32 \(24 bits\)"):
        replace(net, values=thirds).weights("float32")
    tiny = tuple(value / Exact.of(2) ** 130 for value in net.values)
    with pytest.raises(LimitError, match=r"2\^-129 = 2\^-129.0 underflows float32"):
        replace(net, values=tiny).weights("float32")
