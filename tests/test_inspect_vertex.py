"""What `inspect --vertex` says of vertices, against what they do in runs of SGD."""

import json
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from inspected_nets import adder, many_bits, noise_tolerant, parity, printed
from numpy.typing import NDArray

from circuits.builder import Builder
from circuits.errors import SourceError
from compiler.net import Net, Role, Unit
from compiler.pipeline import compile_net
from runtime.inspect.level_sets import cases_of, distinct_sums, level_set
from runtime.inspect.margins import types
from runtime.inspect.names import find_vertices
from runtime.inspect.path_states import edges_into
from runtime.inspect.quantity import to_float
from runtime.inspect.source_line import line_of
from runtime.inspect.sums import attainable
from runtime.inspect.vertex import VertexView, view_vertex
from runtime.noise.lesson import Teacher
from runtime.settings import Settings
from runtime.sources import source_of
from runtime.trainer import TorchTrainer

Seen = list[tuple[NDArray[np.float64], NDArray[np.float64]]]


def seen_in_a_run(net: Net, steps: int) -> Seen:
    """(sums, values) of all vertices in every step of a run."""
    run, seen = TorchTrainer(net, Settings()), []
    if net.samples:
        (lesson,) = Teacher(net, 0, 4).lessons([0])
        samples, labels = lesson.samples[:steps], lesson.labels
    else:
        rng = np.random.default_rng(0)
        samples = rng.integers(0, 2, (steps, len(net.inputs)), np.uint8)
        labels = rng.integers(0, 2, steps, np.uint8)
    for sample, label in zip(2 * samples.astype(int) - 1, 2 * labels.astype(int) - 1, strict=True):
        run.forward_backward([sample.tolist()], [int(label)])
        seen.append((run.sums.copy(), run.values.copy()))
        run.update()
    return seen


def is_among(x: float, wanted: list[float], slack: float) -> bool:
    return any(abs(x - y) <= slack for y in wanted)


@pytest.mark.parametrize(("net", "slack"), [(parity, 0.0), (noise_tolerant, 1e-6)])
def test_all_that_happens_in_a_run_is_among_the_cases(net: Callable[[], Net], slack: float) -> None:
    seen, heard, known = seen_in_a_run(net(), 30), 0, {}
    for vertex in range(net().vertices):
        place = net().path_index[vertex]
        key = (net().role[vertex], net().unit[vertex], place) if place >= 0 else vertex
        if key not in known:  # all units are alike
            known[key] = level_set(net(), vertex), cases_of(net(), vertex).cases
        levels = [to_float(value) for value in known[key][0]]
        sums = [to_float(case.sum) for case in known[key][1]]
        found_sums = {float(sums_of[vertex]) for sums_of, _ in seen}
        found_values = {float(values[vertex]) for _, values in seen}
        assert all(is_among(x, levels, slack) for x in found_values), net().vertex_name(vertex)
        if net().level[vertex]:
            assert all(is_among(x, sums, slack) for x in found_sums), net().vertex_name(vertex)
            heard += len(found_sums)
    assert heard > 1.5 * net().vertices  # many vertices have been seen in more than one case


def test_a_vertex_with_another_weight_leaves_its_cases() -> None:
    seen = seen_in_a_run(parity(), 10)
    vertex = int(np.flatnonzero(parity().role == Role.GATE)[0])
    sums = [to_float(case.sum) for case in cases_of(parity(), vertex).cases]
    moved = [float(found[vertex]) + 0.25 for found, _ in seen]
    assert not any(is_among(x, sums, 0) for x in moved)


def test_cases_of_a_gate_are_all_combinations_and_on_its_plateaus() -> None:
    net = adder()
    vertex = net.outputs[1].vertex
    view = view_vertex(net, vertex)
    assert len(view.cases) == 8
    for bits, case in zip(product((0, 1), repeat=3), view.cases, strict=True):
        assert [to_float(x) for x in case.sources] == [2 * bit - 1 for bit in bits]
        assert to_float(case.landing.value) == (2 if sum(bits) >= 2 else -2)
        assert case.landing.piece == "plateau"
    assert view.margin is not None
    assert to_float(view.margin) == 0.5


def test_states_of_a_memory_unit_are_told_apart() -> None:
    net = parity()
    (vertex,) = find_vertices(net, f"v4 of memory unit {net.memory[0].name}").vertices
    view = view_vertex(net, vertex)
    assert len(view.cases) == 8
    silenced = [case for case in view.cases if case.when.endswith("vc = 2")]
    assert {(to_float(c.sum), c.landing.piece) for c in silenced} == {(0.0, "dead zone")}
    passing = [case for case in view.cases if case.when.endswith("vc = 0")]
    assert {case.landing.piece for case in passing} == {"power"}
    assert view.unit == "memory"
    assert {wire.role for wire in view.inputs} == {"path", "control"}


def test_of_many_sources_only_distinct_sums_are_listed() -> None:
    b = Builder()
    b.output("most", b.threshold([b.input(f"x{i}") for i in range(9)], 5))
    net = compile_net(b.build())
    cases = cases_of(net, net.outputs[0].vertex)
    assert cases.complete
    assert [to_float(case.sum) for case in cases.cases] == [4.0 * n - 18 for n in range(10)]
    assert all(case.sources == () for case in cases.cases)
    assert {case.landing.piece for case in cases.cases} == {"plateau"}


def test_sums_that_are_too_many_are_bounded_by_their_lattice() -> None:
    terms = [(-Fraction(4**i), Fraction(4**i)) for i in range(14)]
    ends = (Fraction(3, 2), Fraction(1, 32))
    sums = attainable(terms, ends)
    assert not sums.complete
    every = attainable(terms[:11], ends)
    assert every.complete
    assert len(every.listed) == 2**11
    top = sum(term[1] for term in terms)
    assert (sums.listed[0], sums.listed[-1]) == (-top, top)
    assert min(abs(x) for x in sums.listed) == 1  # odd numbers all


@pytest.mark.parametrize("net", [parity, noise_tolerant, printed, many_bits])
def test_types_have_the_sums_of_their_vertices(net: Callable[[], Net]) -> None:
    for vertex, _ in types(net())[:6]:
        if net().role[vertex] == Role.GATE:
            listed = {to_float(case.sum) for case in distinct_sums(net(), vertex).cases}
            assert listed == {to_float(case.sum) for case in cases_of(net(), vertex).cases}


def test_a_view_says_where_the_vertex_comes_from(tmp_path: Path) -> None:
    path = tmp_path / "both.bench"
    path.write_text("INPUT(a)\nINPUT(b)\nOUTPUT(z)\n  z = AND(a, b)\n")
    net = compile_net(source_of(str(path)))
    (vertex,) = find_vertices(net, "z").vertices
    view = view_vertex(net, vertex)
    assert (view.file, view.line, view.source_text) == (str(path), 4, "z = AND(a, b)")
    assert "z = AND(a, b)" in str(view)
    assert [wire.name for wire in view.inputs] == ["the constant vertex", "sample a", "sample b"]
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    path.rename(moved / "both.bench")
    assert view_vertex(net, vertex).source_text == ""
    assert view_vertex(net, vertex, moved).source_text == "z = AND(a, b)"


def test_only_files_that_are_named_like_sources_are_read(tmp_path: Path) -> None:
    for name, expected in (("a.bench", "secret"), ("passwd", ""), ("a.key", "")):
        (tmp_path / name).write_text("secret\n")
        assert line_of(str(tmp_path / name), 1, None) == expected


@pytest.mark.parametrize("net", [parity, noise_tolerant, printed, adder])
def test_every_kind_of_vertex_has_a_page_and_facts(net: Callable[[], Net]) -> None:
    keys = np.stack([net().role, net().unit]).T
    _, examples = np.unique(keys, axis=0, return_index=True)
    for vertex in examples.tolist():
        view: VertexView = view_vertex(net(), vertex)
        facts = json.loads(json.dumps(view.facts()))
        assert len(facts["inputs"]) == len(edges_into(net(), vertex))
        assert facts["reader_count"] == int((net().edge_source == vertex).sum())
        assert str(view).startswith(f"vertex {vertex}: {net().vertex_name(vertex)}")


def test_a_latch_has_its_memory_unit_its_dual_and_its_reader() -> None:
    net = parity()
    found = find_vertices(net, net.memory[2].name)
    assert found.meaning == "memory bit 2"
    vertices = list(found.vertices)
    assert int(net.edge_target[net.memory[2].edge]) in vertices
    kinds = {Unit(u) for u in net.unit[vertices].tolist()}
    assert kinds == {Unit.MEMORY, Unit.DUAL, Unit.NONE}
    roles = {Role(r) for r in net.role[vertices].tolist()}
    assert {Role.READ, Role.CONTROL, Role.CONTROL_PRIMED, Role.BRANCH} <= roles


def test_names_of_ports_cells_and_numbers_are_found() -> None:
    net = parity()
    assert find_vertices(net, "x[1]") == ("input 1", (net.inputs[1].vertex,))
    assert find_vertices(net, "guess").meaning == "random input 3"
    assert find_vertices(net, "#7").vertices == find_vertices(net, "7").vertices == (7,)
    assert find_vertices(net, "the constant vertex").vertices == (0,)
    assert net.outputs[0].vertex in find_vertices(net, "prediction").vertices
    cells = noise_tolerant()
    assert find_vertices(cells, "sample 1: x[0]=1").meaning.startswith("cell 5")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ocupied[1]", r"did you mean 'occupied\[1\]'"),
        ("100000", "numbered 0 to"),
        ("no such thing", "give a vertex's number"),
    ],
)
def test_an_unknown_name_is_refused_with_what_is_close(name: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        find_vertices(parity(), name)


def test_a_gate_that_was_simplified_away_is_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / "toggle.bench"
    path.write_text("INPUT(on)\nOUTPUT(z)\nq = DFF(d)\nd = XOR(on, q)\nz = NOT(q)\n")
    net = compile_net(source_of(str(path)))
    with pytest.raises(SourceError, match=r"'d', which was simplified away\n.*: q$"):
        find_vertices(net, "d")
    assert find_vertices(net, "z").vertices


def test_names_that_are_numbers_come_before_numbers_of_vertices(tmp_path: Path) -> None:
    path = tmp_path / "numbers.bench"
    path.write_text("INPUT(2)\nINPUT(3)\nOUTPUT(1)\n1 = AND(2, 3)\n")
    net = compile_net(source_of(str(path)))
    assert find_vertices(net, "2").vertices == (net.inputs[0].vertex,) != (2,)
    assert find_vertices(net, "1").vertices == (net.outputs[0].vertex,)
    assert find_vertices(net, "#1").vertices == (1,)
    assert find_vertices(net, "0").vertices == (0,)
