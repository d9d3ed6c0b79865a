"""Benchmarks: what is compared computes the same, and figures are what they are said to be."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from oracle import SHARED, needs_shared
from small_circuits import full_adder

from circuits.catalog import builtin_learner, builtin_machine
from circuits.errors import InvariantError
from circuits.update_on_error import UpdateOnError, reference_step
from compiler.net import Net
from compiler.pipeline import compile_net
from runtime.bench import (
    bounds,
    emulation,
    forward,
    growth,
    jax_scan,
    layers,
    measure,
    replicas,
    steps,
    suite,
)
from runtime.bench.measure import Entry, medians
from runtime.bench.report import TABLES, pivot
from runtime.bench.suite import Scale, groups
from runtime.bench.synthetic import synthetic_net
from runtime.engines.bit_forward import bit_forward
from runtime.engines.boolean_replicas import ReplicaRun
from runtime.engines.threads import one_thread
from runtime.module import ENGINES
from runtime.rcnn.fast import FastRun

Floats = NDArray[np.float64]

NOWHERE = Path("no such folder")
NO_TIME = 0.0
"""Of measuring: three turns each."""

needs_jax = pytest.mark.skipif(find_spec("jax") is None, reason="JAX is not installed")


@pytest.fixture(scope="module")
def small() -> Net:
    return synthetic_net(300, 5)


@pytest.fixture(scope="module")
def parity() -> Net:
    return compile_net(builtin_learner("parity:bits=2"))


def names_of(entries: list[Entry]) -> list[str]:
    return [entry.name for entry in entries]


def test_a_net_for_timing_has_the_edges_and_levels_that_are_asked() -> None:
    for edges, levels in ((1000, 10), (20_000, 30), (20_000, 300), (100_000, 100)):
        net = synthetic_net(edges, levels)
        assert abs(net.edges - edges) < edges / 20
        assert net.levels == levels
    again, other = synthetic_net(1000, 10), synthetic_net(1000, 10, seed=1)
    first = synthetic_net(1000, 10).edge_source
    assert np.array_equal(first, again.edge_source)
    assert not np.array_equal(first[:900], other.edge_source[:900])


def test_works_take_turns_and_the_first_call_of_a_turn_does_not_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, calls = 0.0, ""

    def work(name: str, seconds: float) -> Callable[[], None]:
        def call() -> None:
            nonlocal now, calls
            now += seconds if calls.endswith(name) else 100 * seconds
            calls += name

        return call

    for clock in ("perf_counter", "process_time"):
        monkeypatch.setattr(f"time.{clock}", lambda: now)
    found = medians({"a": work("a", 1 / 1024), "b": work("b", 1 / 256)}, NO_TIME)
    assert found == {"a": 1 / 1024, "b": 1 / 256}
    assert calls.endswith("aaaabbbb" * 3)
    calls, now = "", 0.0
    assert medians({"a": work("a", 1.0), "b": work("b", 1 / 256)}, 0.0)["a"] == 1.0
    assert calls.endswith("aabbbb" * 3)


def test_steps_of_everything_that_does_them_are_measured(parity: Net, small: Net) -> None:
    here = {name for name in steps.COMPARISONS if name.split("_")[1] in ENGINES}
    names = frozenset(name for name in here if not name.endswith("_jax"))
    several = frozenset({"step_native_vs_autograd", "step_live_vs_gather"})
    for net, asked in ((parity, several), (small, names)):
        with one_thread():
            entries = steps.measure_steps(net, asked, NO_TIME)
        assert set(names_of(entries)) == asked
        assert {(e.edges, e.levels, e.net) for e in entries} == {
            (net.edges, net.levels, net.source)
        }
        for entry in entries:
            assert entry.ratio == entry.baseline_seconds / entry.seconds


def test_waiting_does_not_count_nor_do_several_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = cpu = 0.0

    def work(seconds: float, of_processor: float) -> Callable[[], None]:
        def call() -> None:
            nonlocal clock, cpu
            clock, cpu = clock + seconds, cpu + of_processor

        return call

    monkeypatch.setattr("time.perf_counter", lambda: clock)
    monkeypatch.setattr("time.process_time", lambda: cpu)
    works = {"waits": work(0.5, 0.125), "threads": work(0.25, 0.5), "device": work(1.0, 0.25)}
    expected = {"waits": 0.125, "threads": 0.25, "device": 1.0}
    assert medians(works, NO_TIME, elsewhere=["device"]) == expected


def a_second_each(
    works: Mapping[str, measure.Work], _budget: float, elsewhere: Collection[str] = ()
) -> dict[str, float]:
    return dict.fromkeys(works, 1.0)


def test_times_are_those_of_one_step_of_one_run(
    parity: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (steps, emulation, forward, replicas):
        monkeypatch.setattr(module, "medians", a_second_each)
    names = frozenset({"step_live_vs_autograd", "loop_live_vs_autograd"})
    found = {e.name: e.seconds for e in steps.measure_steps(parity, names, NO_TIME)}
    assert found == {"step_live_vs_autograd": 1 / 50, "loop_live_vs_autograd": 1.0}
    names = frozenset(emulation.COMPARISONS)
    times = {
        side: seconds
        for entry in emulation.measure_emulation(parity, names, NO_TIME)
        for side, seconds in ((entry.name, entry.seconds), (entry.baseline, entry.baseline_seconds))
    }
    assert times["emulation_vs_direct"] == times["learner, 1 run"] == 1 / 20
    names = frozenset({"forward_batch_vs_one"})
    (entry,) = forward.measure_forward(compile_net(full_adder()), names, NO_TIME)
    assert (entry.seconds, entry.baseline_seconds) == (1 / 4096, 1.0)
    names = frozenset({"replica_step_vs_live"})
    (entry,) = replicas.measure_replicas(parity, names, NO_TIME)
    assert (entry.seconds, entry.baseline_seconds) == (1 / 64 / 20, 1 / 20)
    assert times["learner, 64 runs"] == 1 / 20 / 64


@needs_jax
@pytest.mark.slow
def test_a_step_by_jax_is_measured(small: Net) -> None:
    entries = steps.measure_steps(small, frozenset({"step_native_vs_jax"}), NO_TIME)
    assert names_of(entries) == ["step_native_vs_jax"]
    assert entries[0].baseline == "jax scan"


def test_levels_that_differ_too_much_are_not_padded_for_jax(
    monkeypatch: pytest.MonkeyPatch, small: Net
) -> None:
    monkeypatch.setattr(jax_scan, "_MOST_PADDED", 10)
    assert not jax_scan.is_available(small)


def above(weights: Callable[[], Floats]) -> Callable[[], Floats]:
    return lambda: np.nextafter(weights(), 9.0)


@pytest.mark.parametrize("name", ["autograd", "split autograd", "torch.sparse", "levels loop"])
def test_other_weights_are_noticed(small: Net, name: str) -> None:
    problem = steps.Problem.of(small)
    variant = steps.variants(problem)[name](2.0**-20)
    steps.check(problem, {name: variant})
    again = steps.variants(problem)[name](2.0**-20)
    moved = again._replace(weights=lambda: again.weights() + 1e-9 * np.eye(1, small.edges, 7)[0])
    with pytest.raises(InvariantError, match=f"{name} computes other weights on synthetic"):
        steps.check(problem, {name: moved})


def test_of_an_engine_every_bit_counts(small: Net) -> None:
    problem = steps.Problem.of(small)
    for name, allowed in (("autograd", True), ("native run", False)):
        variant = steps.variants(problem)[name](2.0**-20)
        off = variant._replace(weights=above(variant.weights))
        if allowed:
            steps.check(problem, {name: off})
        else:
            with pytest.raises(InvariantError, match="native run computes other weights"):
                steps.check(problem, {name: off})


def test_a_step_that_changes_nothing_is_not_measured(parity: Net) -> None:
    problem = steps.Problem.of(parity)
    right = replace(problem, labels=-problem.labels)
    with pytest.raises(InvariantError, match="a step changes no weight of"):
        steps.check(right, {"native run": steps.variants(right)["native run"](2.0**-20)})


def test_measured_steps_leave_the_weights_alone(parity: Net) -> None:
    problem = steps.Problem.of(parity)
    for name, make in steps.variants(problem).items():
        if name != "jax scan":
            variant = make(steps.RATE)
            variant.call()
            assert np.array_equal(variant.weights(), parity.weights()), name


def test_the_bytes_of_a_step_are_those_of_its_arrays(small: Net) -> None:
    indexed = np.count_nonzero(small.edge_source)
    assert 0 < indexed < small.edges
    assert bounds.bytes_of_step(small) == 64 * small.vertices + 24 * small.edges + 8 * indexed


def test_the_loops_of_bounds_touch_what_they_say() -> None:
    from runtime.bench.bound_kernels import gather_and_scatter, gathered, triad

    rng = np.random.default_rng(0)
    for edges in (0, 1, 7, 32, 101):
        sources = rng.integers(1, 20, edges).astype(np.uint32)
        values, gradients = rng.integers(0, 99, 20).astype(float), np.zeros(20)
        assert gathered(sources, values) == values[sources].sum()
        assert gather_and_scatter(sources, values, gradients) == values[sources].sum()
        assert np.array_equal(gradients, values * np.bincount(sources, minlength=20))
    a, b, c = np.zeros(5), np.arange(5.0), np.ones(5)
    triad(a, b, c, 0.5)
    assert a.tolist() == [0.5, 1.5, 2.5, 3.5, 4.5]


def test_emulation_is_compared_with_the_learner_on_the_same_samples(
    parity: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = frozenset(emulation.COMPARISONS)
    assert set(names_of(emulation.measure_emulation(parity, names, NO_TIME))) == names
    monkeypatch.setattr(emulation, "sgd", lambda *given: lambda: 1 - direct_of(*given)())
    with pytest.raises(
        InvariantError, match="live run: other predictions than by parity of 2 bits"
    ):
        emulation.measure_emulation(parity, names, NO_TIME)


def test_replicas_are_compared_with_runs_alone(
    parity: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    with one_thread():
        found = replicas.measure_replicas(parity, frozenset(replicas.COMPARISONS), NO_TIME)
    assert set(names_of(found)) == set(replicas.COMPARISONS)
    run = ReplicaRun.weights
    monkeypatch.setattr(
        ReplicaRun, "weights", lambda self, number: run(self, number if number < 63 else 0)
    )
    with pytest.raises(InvariantError, match="replica 63 of parity of 2 bits has other weights"):
        replicas.measure_replicas(parity, frozenset(replicas.COMPARISONS), NO_TIME)


def test_64_runs_of_a_learner_at_once_are_64_runs(parity: Net) -> None:
    rng, form = np.random.default_rng(1), UpdateOnError(parity.circuit, parity.random_inputs)
    samples = rng.integers(0, 2, (30, len(parity.inputs), 64)).astype(np.int8)
    labels = rng.integers(0, 2, (30, 64)).astype(np.int8)
    found = emulation.direct(parity, samples, labels)()
    for run in range(64):
        state = parity.circuit.reset_state
        for step in range(30):
            label, shown = int(labels[step, run]), samples[step, :, run].tolist()
            prediction, state = reference_step(form, state, shown, label)
            assert prediction == found[step, run]


def direct_of(
    net: Net, samples: emulation.Bits, labels: emulation.Bits, _engine: str
) -> Callable[[], emulation.Bits]:
    return emulation.direct(net, samples, labels)


def test_forward_passes_are_compared_with_the_circuit() -> None:
    net, names = compile_net(full_adder()), frozenset(forward.COMPARISONS)
    with one_thread():
        entries = forward.measure_forward(net, names, NO_TIME)
    assert set(names_of(entries)) == names
    for entry in entries:
        gates = entry.to_json()["gates_per_second"]
        assert gates == pytest.approx(net.circuit.gate_count / entry.seconds)


def test_a_forward_pass_that_computes_another_circuit_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    net = compile_net(full_adder())
    right = forward.FORWARDS["live"](net)
    monkeypatch.setitem(forward.FORWARDS, "live", lambda _net: lambda bits: right(1 - bits))
    with pytest.raises(InvariantError, match=r"live computes other outputs of adder\.txt"):
        forward.measure_forward(net, frozenset({"forward_one_vs_autograd"}), NO_TIME)


def test_a_batch_that_computes_another_circuit_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    net = compile_net(full_adder())
    right = bit_forward(net)
    monkeypatch.setattr(forward, "bit_forward", lambda _net: lambda bits: right(bits[::-1]))
    with pytest.raises(InvariantError, match=r"bits compute other outputs of adder\.txt"):
        forward.measure_forward(net, frozenset({"forward_batch_vs_one"}), NO_TIME)


def hashed(message: bytes) -> list[int]:
    """What the circuit of SHA-256 is shown: a message of one block, and the initial state."""
    block = message + b"\x80" + bytes(47 - len(message)) + (8 * len(message)).to_bytes(16)
    state = "6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19"
    words = (int.from_bytes(block), 512), (int(state, 16), 256)
    return [word >> i & 1 for word, width in words for i in range(width)]


@needs_shared
@pytest.mark.slow
def test_a_net_computes_sha256() -> None:
    net = suite.component(SHARED / "circuits/bristol/sha256.txt")
    messages = [b"SGD executes this" + bytes([i]) for i in range(200)]
    bits = np.array([hashed(message) for message in messages], np.int8)
    due = [sha256(message).digest() for message in messages]
    for engine in ("live", "one in bits"):
        said = forward.FORWARDS[engine](net)(bits[0])
        assert np.packbits(said[::-1]).tobytes() == due[0]
    digests = np.packbits(bit_forward(net)(bits)[:, ::-1], axis=1)
    assert [digest.tobytes() for digest in digests] == due


def test_the_fast_path_is_compared_with_the_plain_one(monkeypatch: pytest.MonkeyPatch) -> None:
    machine, names = builtin_machine("busy-beaver:states=2"), frozenset({layers.NAME})
    (entry,) = layers.measure_layers(machine, names, NO_TIME)
    assert (entry.name, entry.baseline, entry.levels) == (layers.NAME, "plain", 6)
    assert layers.measure_layers(machine, frozenset(), NO_TIME) == []
    monkeypatch.setattr(FastRun, "advance", lambda _self, _count: None)
    with pytest.raises(InvariantError, match="the fast path gives another grid"):
        layers.measure_layers(machine, names, NO_TIME)


REQUIRED = {
    "step_levels_vs_autograd", "step_native_vs_autograd", "step_live_vs_autograd",
    "step_native_vs_stream", "step_native_vs_gather_scatter", "emulation_vs_direct",
    "replica_step_vs_autograd", "step_boolean_vs_autograd", "rcnn_fast_vs_plain",
    "machine_step_live_vs_autograd",
}  # fmt: skip


@pytest.mark.parametrize("scale", Scale)
def test_every_scale_has_all_figures(scale: Scale) -> None:
    named = {name for group in groups(scale, NOWHERE) for name in group.names}
    assert named >= REQUIRED
    shown = {name for columns, _ in TABLES.values() for name, _ in columns}
    assert shown <= named | set(forward.COMPARISONS)
    assert (20_000, 300) in suite.SYNTHETIC[scale]
    if scale != Scale.QUICK:
        assert {(1_000_000, 30), (1_000_000, 300)} <= set(suite.SYNTHETIC[scale])


@needs_shared
def test_circuits_are_measured_where_they_are() -> None:
    for scale in Scale:
        without = {group.label for group in groups(scale, NOWHERE)}
        found = {group.label for group in groups(scale, SHARED / "circuits")}
        assert len(found) == len(without) + len(suite.CIRCUITS[scale])


def test_only_what_is_asked_is_made() -> None:
    def never() -> None:
        raise AssertionError

    group = suite.Group("a group", ["one", "two"], never, lambda _net, _names, _budget: [])
    assert group.run(frozenset({"three"}), NO_TIME) == []
    with pytest.raises(AssertionError):
        group.run(frozenset({"two", "three"}), NO_TIME)


def test_growth_is_measured_and_drawn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(growth, "LEVELS", 5)
    monkeypatch.setattr(growth, "EDGES", 400)
    monkeypatch.setattr(growth, "_AUTOGRAD_MOST", 5 * 400)
    monkeypatch.setitem(growth.SIZES, Scale.QUICK, ((200, 400), (10,)))
    monkeypatch.setitem(growth._BUDGET, Scale.QUICK, NO_TIME)
    done = []
    entries = growth.measure_growth(Scale.QUICK, lambda *now: done.append(now))
    assert done == [(1, 3), (2, 3), (3, 3)]
    sizes = {(entry.edges, entry.levels) for entry in entries}
    assert len(sizes) == 3
    autograd = [entry for entry in entries if entry.name == "growth_autograd"]
    assert {entry.levels for entry in autograd} == {5}
    assert {entry.baseline for entry in entries} == {"stream"}
    assert len(entries) == 3 * len(growth.SERIES) - 1
    growth.draw(entries, tmp_path / "growth.png")
    assert (tmp_path / "growth.png").read_bytes().startswith(b"\x89PNG")


def test_a_table_has_a_row_a_net_and_a_column_an_engine() -> None:
    def entry(name: str, net: str, seconds: float) -> Entry:
        return Entry(name, net, 10, 3, seconds, "autograd", 1.0)

    some = [entry("a", "x", 0.5), entry("b", "x", 0.1), entry("b", "y", 2.0), entry("c", "x", 9)]
    lines = pivot(some, [("a", "A"), ("b", "B"), ("d", "D")], "torch").splitlines()
    assert lines[0] == "| net | edges | levels | torch | A | B |"
    assert lines[2:] == [
        "| x | 10 | 3 | 1.00 s | 500 ms (2.00) | 100 ms (10.0) |",
        "| y | 10 | 3 | 1.00 s | - | 2.00 s (0.500) |",
    ]


@pytest.mark.parametrize("title", [*TABLES, "gates", "machine"])
def test_the_document_has_a_place_for_every_table(title: str) -> None:
    document = (Path(__file__).parent.parent / "docs" / "performance.md").read_text()
    assert len(re.findall(rf"<!-- {title} -->\n.*?<!-- end of {title} -->", document, re.S)) == 1
