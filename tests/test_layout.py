"""Runs of vertices: every vertex is in one, with the edges into it."""

import numpy as np
from numpy.typing import NDArray

from circuits.catalog import builtin_learner
from compiler.pipeline import compile_net
from runtime.bench.synthetic import synthetic_net
from runtime.engines.layout import LONGEST, runs_of


def expanded(runs: NDArray[np.uint64]) -> list[tuple[int, ...]]:
    """Vertex, edges into it and the first of them, of all vertices in the order of the runs."""
    return [
        (vertex, fan_in, first + (vertex - begin) * fan_in)
        for begin, end, fan_in, first, _ in runs.tolist()
        for vertex in range(begin, end)
    ]


def test_runs_are_in_the_order_of_the_net_and_backward_in_short_parts_by_level() -> None:
    for net in (compile_net(builtin_learner("parity:bits=8")), synthetic_net(300_000, 4)):
        first = np.searchsorted(net.edge_target, np.arange(net.vertices + 1)).tolist()
        computed = np.flatnonzero(net.level > 0).tolist()
        rows = [(v, first[v + 1] - first[v], first[v]) for v in computed]
        runs, backward = runs_of(net)
        assert expanded(runs) == rows
        assert expanded(backward) == sorted(rows, key=lambda row: (-net.level[row[0]], row[0]))
        assert int((backward[:, 1] - backward[:, 0]).max()) <= LONGEST
    assert int((runs[:, 1] - runs[:, 0]).max()) > 2 * LONGEST


def test_a_run_is_biased_where_every_first_edge_is_from_the_constant() -> None:
    net = compile_net(builtin_learner("parity:bits=8"))
    first = np.searchsorted(net.edge_target, np.arange(net.vertices + 1))
    runs, _ = runs_of(net)
    seen = set()
    for begin, end, fan_in, _, biased in runs.tolist():
        from_constant = [net.edge_source[first[v]] == 0 for v in range(begin, end) if fan_in]
        assert bool(biased) == (bool(from_constant) and all(from_constant))
        seen.add((bool(biased), any(from_constant)))
    assert {(True, True), (False, False)} <= seen
