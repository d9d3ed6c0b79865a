"""Lemma 6: what a noise-tolerant net consists of, and that plain SGD trains it under noise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from test_netfile import assert_equal

from circuits.batch import Batch, Example, answer
from circuits.builder import Builder
from circuits.circuit import Circuit
from circuits.errors import SourceError
from circuits.learner import Learner
from circuits.learner_to_batch import learner_to_batch
from circuits.learners.conjunction import conjunction
from circuits.learners.nearest import nearest
from circuits.learners.parity import parity
from circuits.learners.random_subset import random_subset
from circuits.update_on_error import from_circuit
from compiler.exact import Exact
from compiler.net import EdgeRole, Net, Role, Target, Unit
from compiler.netfile import dump_net, load_net
from compiler.noise_constants import printed_noise_constants
from compiler.noise_margin import guaranteed_noise
from compiler.pipeline import compile_net
from compiler.wide_constants import wide_noise_constants
from runtime.module import NetModule

Bits = NDArray[np.int64]
Noise = Callable[[int], NDArray[np.float64]]
"""By step, what is added to each weight after its update; step -1 is before the first."""


def noise_tolerant(source: Learner | Batch, **options: Any) -> Net:
    return compile_net(source, target="noise-tolerant", **options)


def same_label(samples: int = 1, bits: int = 1) -> Batch:
    """The label of the last sample, XOR its first bit, XOR that of the one asked about."""
    b = Builder("last")
    names = tuple(f"x{i}" for i in range(bits))
    for t in range(samples):
        x = [b.input(f"{name}@{t}") for name in names]
        y = b.input(f"label@{t}")
    asked = [b.input(name) for name in names]
    b.output("answer", b.xor(x[0], y, asked[0]))
    return Batch(b.build(), samples, names)


def shown_edges(net: Net, chosen: NDArray[np.bool_]) -> str:
    lines = []
    for edge in np.flatnonzero(chosen).tolist():
        ends = [net.vertex_name(int(v[edge])) for v in (net.edge_source, net.edge_target)]
        lines.append(f"{' -> '.join(ends)}: {net.values[net.edge_value[edge]]}")
    return "\n".join(lines)


def edges_at(net: Net, unit_index: int) -> NDArray[np.bool_]:
    inside = (net.unit == Unit.CELL) & (net.unit_index == unit_index)
    found: NDArray[np.bool_] = inside[net.edge_source] | inside[net.edge_target]
    return found


def test_a_printed_cell_is_that_of_definition_7() -> None:
    net = noise_tolerant(same_label(), preset="printed")
    text = shown_edges(net, edges_at(net, 1) & (net.edge_role != EdgeRole.GATE))
    assert text.replace(" of cell sample 0: x0=1", "") == dedent("""\
        the constant vertex -> v1: 1/4
        v1 -> v2: 2^-2*3^(-1/2)
        v1 -> vr: 128
        the constant vertex -> the reader of v2: -130/63
        v2 -> the reader of v2: 2^23*3^(-1/2)*7^-1
        v2 -> v3: 1/12
        the constant vertex -> vc': 1
        the constant vertex -> vc: 1
        v3 -> v4: 2^-2*3^(-3/2)
        vc' -> v4: -2^-41*3^-9
        vc -> v4: -2^-81*3^-9
        v4 -> output answer: 1/36""")


def test_output_control_vertices_are_those_of_lemma_6() -> None:
    net = noise_tolerant(same_label(2), preset="printed")
    text = shown_edges(net, net.edge_role == EdgeRole.OUTPUT_CONTROL)
    assert text == dedent("""\
        output_control sample 0 -> output answer: 2^(-4/3)
        output_control sample 1 -> output answer: 2^(-4/3)
        output_control answer -> output answer: 49/100""")
    into = np.isin(net.edge_target, np.flatnonzero(net.role == Role.OUTPUT_CONTROL))
    assert shown_edges(net, into) == dedent("""\
        the constant vertex -> output_control sample 0: 1
        gate sample 0: used -> output_control sample 0: -1/2
        the constant vertex -> output_control sample 1: 1
        gate sample 1: current -> output_control sample 1: 1/2
        gate all seen, and the answer -> output_control answer: 1/2
        gate not yet, or the answer -> output_control answer: 1/2""")


NETS = [
    noise_tolerant(same_label(2, 2)),
    noise_tolerant(random_subset(2, 1), samples=3),
    noise_tolerant(nearest(2, 2), samples=2, preset="printed", exponent=Fraction(1)),
    noise_tolerant(parity(1), samples=2, preset="printed"),
]


@pytest.mark.parametrize("net", NETS, ids=lambda net: net.source)
def test_the_parts_of_a_net_add_up(net: Net) -> None:
    samples, inputs = net.samples, len(net.inputs)
    count = 2 * inputs * samples
    assert net.target is Target.NOISE_TOLERANT
    assert net.target.single_output
    assert len(net.outputs) == 1
    roles = Counter(Role(r) for r in net.role.tolist())
    assert roles[Role.STEM] == 4 * count
    assert roles[Role.STATE] == roles[Role.CONTROL] == roles[Role.CONTROL_PRIMED] == count
    assert roles[Role.READ] == 2 * samples
    assert roles[Role.OUTPUT_CONTROL] == samples + 1
    assert roles[Role.SAMPLE] + roles[Role.RANDOM] == inputs
    assert roles[Role.RANDOM] == len(net.random_inputs)
    assert roles[Role.CONSTANT] == roles[Role.OUTPUT] == 1
    assert roles[Role.SOURCE] == roles[Role.BRANCH] == 0
    kinds = Counter(EdgeRole(r) for r in net.edge_role.tolist())
    assert kinds[EdgeRole.PATH] == 5 * count
    assert kinds[EdgeRole.CONTROL] == 2 * count
    assert kinds[EdgeRole.READ] == count + 2 * samples
    assert kinds[EdgeRole.OUTPUT_CONTROL] == samples + 1
    assert net.trainable.sum() == 5 * count + samples + 1
    assert net.units_built == count


@pytest.mark.parametrize("net", NETS, ids=lambda net: net.source)
def test_cells_are_found_with_all_their_edges(net: Net) -> None:
    cells, inputs = net.cells, len(net.inputs)
    assert len(cells) == 2 * inputs * net.samples
    names = [net.labels[k] for k in net.label[cells.state_vertex]]
    number = 0
    for t in range(net.samples):
        for i, port in enumerate(net.inputs):
            for z in (0, 1):
                assert cells.number(t, i, z) == number
                assert names[number] == f"sample {t}: {port.name}={z}"
                path = cells.path[number]
                assert net.edge_source[path[0]] == 0
                assert (net.edge_target[path[:4]] == net.edge_source[path[1:]]).all()
                assert net.edge_target[path[4]] == net.outputs[0].vertex
                v1, v2, _, v4 = net.edge_target[path[:4]]
                for edge, role in (
                    (cells.control[number], Role.CONTROL),
                    (cells.control_primed[number], Role.CONTROL_PRIMED),
                ):
                    assert net.edge_target[edge] == v4
                    assert net.role[net.edge_source[edge]] == role
                    assert net.unit_index[net.edge_source[edge]] == number
                heard = net.edge_source[net.edge_target == cells.state_vertex[number]]
                assert set(heard.tolist()) == {0, v2}
                if i == 0:
                    assert net.edge_source[cells.read[number]] == v1
                    assert net.edge_target[cells.read[number]] == cells.label_vertex[number]
                else:
                    assert cells.read[number] == cells.label_vertex[number] == -1
                number += 1
    assert cells.set_by(1, np.ones(inputs, int)).tolist() == [
        cells.number(1, i, 1) for i in range(inputs)
    ]
    ends = net.edge_target[cells.output_control]
    assert (ends == net.outputs[0].vertex).all()
    voc = cells.output_control_vertex
    assert net.unit_index[voc].tolist() == list(range(net.samples + 1))
    assert (net.role[voc] == Role.OUTPUT_CONTROL).all()


def test_a_net_of_another_target_has_no_cells() -> None:
    for net in (compile_net(parity(1)), compile_net(same_label().circuit)):
        assert (len(net.cells), net.samples, net.noise) == (0, 0, Exact.of(0))
        assert not len(net.cells.output_control)


@pytest.mark.parametrize("net", NETS, ids=lambda net: net.source)
def test_what_gates_and_controls_hear_survives_the_noise(net: Net) -> None:
    noise, f = net.noise.rational(), net.activation
    assert noise is not None
    most = {Role.SAMPLE: 1, Role.RANDOM: 1, Role.CONSTANT: 1}
    for vertex in np.flatnonzero(np.isin(net.role, (Role.GATE, Role.CONTROL))).tolist():
        edges = np.flatnonzero(net.edge_target == vertex)
        sizes = [most.get(Role(net.role[s]), 2) for s in net.edge_source[edges]]
        weights = [net.values[k].rational() for k in net.edge_value[edges]]
        load = noise * sum(sizes)
        if net.role[vertex] == Role.CONTROL:
            assert load <= f.dead_zone
            assert Fraction(2) - load >= f.plateau_from
        else:  # integer weights on +-2 with an odd bias, scaled by a power of two
            scale = np.gcd.reduce([int(w or 0) for w in weights])
            assert 2 * scale - load >= f.plateau_from


def test_a_wide_gate_is_scaled_and_a_printed_one_is_not() -> None:
    b = Builder("all equal")
    x = [b.input(f"x{i}@0") for i in range(40)]
    y = b.input("label@0")
    asked = [b.input(f"x{i}") for i in range(40)]
    b.output("answer", b.and_(y, *x, *asked))
    batch = Batch(b.build(), 1, tuple(f"x{i}" for i in range(40)))
    for preset, scale in (("wide", 2), ("printed", 1)):
        net = noise_tolerant(batch, preset=preset)
        into = Counter(net.edge_target[net.edge_role == EdgeRole.GATE].tolist())
        widest = max(into, key=lambda v: into[v] if net.role[v] == Role.GATE else 0)
        edges = (net.edge_target == widest) & (net.role[net.edge_source] == Role.STATE)
        assert {net.values[k] for k in net.edge_value[edges]} == {Exact.of(scale)}


@pytest.mark.parametrize("net", NETS, ids=lambda net: net.source)
def test_a_net_comes_back_from_its_file(net: Net) -> None:
    loaded = load_net(dump_net(net))
    assert_equal(loaded, net)
    assert loaded.samples > 0
    assert loaded.noise == net.noise
    assert (loaded.cells.path == net.cells.path).all()


def test_a_net_file_whose_cells_are_not_whole_is_refused() -> None:
    net = NETS[0]
    moved = net.unit_index.copy()
    moved[net.role == Role.STEM] = 0
    numbered = net.unit_index.copy()
    numbered[net.role == Role.OUTPUT_CONTROL] = 1
    for broken in (replace(net, unit_index=moved), replace(net, unit_index=numbered)):
        with pytest.raises(SourceError, match=r"a cell or an output control is not whole"):
            load_net(dump_net(broken))
    for samples in (0, 1, 3):
        with pytest.raises(SourceError, match=r"not a valid net"):
            load_net(dump_net(replace(net, samples=samples)))


def test_the_noise_a_net_is_said_to_bear_is_the_guaranteed_one() -> None:
    for net, constants in (
        (NETS[0], wide_noise_constants(2)),
        (NETS[2], printed_noise_constants(Fraction(1), 2)),
        (NETS[3], printed_noise_constants()),
    ):
        assert net.noise == guaranteed_noise(constants, len(net.inputs))
        assert net.learning_rate == constants.learning_rate


def test_wide_weights_are_exact_in_short_formats() -> None:
    net = noise_tolerant(parity(4))
    assert (net.weights("float32") == net.weights("float64")).all()
    cells = net.cells
    of_cells = np.concatenate([cells.path.ravel(), cells.control, cells.control_primed,
                               cells.output_control, cells.read[cells.read >= 0]])  # fmt: skip
    weights = torch.from_numpy(net.weights()[of_cells])
    assert (weights.to(torch.bfloat16).double() == weights).all()


def test_how_many_samples_are_memorised() -> None:
    assert noise_tolerant(parity(2)).samples == 2 + 8
    assert noise_tolerant(random_subset(2, 1)).samples == 2 + 2 + 8
    assert noise_tolerant(parity(2), samples=3).samples == 3
    assert noise_tolerant(same_label(2)).samples == 2
    assert noise_tolerant(same_label(2), samples=2).samples == 2


SOURCE = same_label().circuit
REFUSED = [
    (SOURCE, {"target": "noise-tolerant"}, "a noise-tolerant net is made of a learner or a batch"),
    (from_circuit(SOURCE), {"target": "noise-tolerant"}, "a noise-tolerant net is made of a"),
    (same_label(), {}, "only a noise-tolerant net memorises a given number of samples"),
    (parity(2), {"samples": 3}, "only a noise-tolerant net memorises a given number of samples"),
    (same_label(), {"target": "noise-tolerant", "samples": 2}, "a batch of 1 samples cannot"),
    (parity(2), {"target": "noise-tolerant", "samples": 0}, "learner parity of 2 bits: 0 samples"),
    (parity(2), {"target": "noise-tolerant", "preset": "dyadic"}, "unknown preset 'dyadic'"),
    (parity(2), {"preset": "wide"}, "unknown preset 'wide'"),
    (
        parity(2),
        {"target": "noise-tolerant", "preset": "wide", "exponent": Fraction(3)},
        "the wide preset has exponent 1, not 3",
    ),
    (parity(2), {"target": "component"}, "no target of this source is 'component'"),
    (SOURCE, {"target": "rcnn"}, "no target of this source is 'rcnn'"),
]


@pytest.mark.parametrize(("source", "options", "message"), REFUSED)
def test_what_makes_no_noise_tolerant_net_is_refused(
    source: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(SourceError) as caught:
        compile_net(source, **options)
    assert str(caught.value).startswith(message)
    assert "\n  help: " in str(caught.value)


def test_an_exponent_above_1_means_printed_and_a_target_may_be_named() -> None:
    assert noise_tolerant(parity(1), samples=1, exponent=Fraction(3)).preset == "printed"
    assert noise_tolerant(parity(1), samples=1).preset == "wide"
    assert compile_net(parity(1), target="emulation").target is Target.EMULATION
    assert compile_net(SOURCE, target="component").target is Target.COMPONENT
    assert compile_net(SOURCE, target="emulation").target is Target.COMPONENT


def test_passes_can_be_observed() -> None:
    seen: list[tuple[str, Circuit]] = []
    noise_tolerant(parity(1), samples=1, observe=lambda name, circuit: seen.append((name, circuit)))
    assert [name for name, _ in seen] == [
        "learner_to_batch", "batch_to_memorising", "simplify", "lower_to_threshold",
    ]  # fmt: skip


# Training, by hand: what is verified elsewhere in full.


@dataclass
class Lesson:
    """What happened: where it went wrong first, and how far outputs were from a half."""

    net: Net
    problem: str = ""
    deviation: float = 0.0
    examples: list[Example] = field(default_factory=list)


def trained(
    net: Net, batch: Batch, seed: int, noise: Noise, dtype: torch.dtype = torch.float64
) -> Lesson:
    """Stock SGD on random samples of a hidden parity; then ten samples are asked about."""
    rng, lesson = np.random.default_rng(seed), Lesson(net)
    module, n = NetModule(net, dtype), len(batch.sample_names)
    optimizer = torch.optim.SGD(module.parameters(), lr=net.learning_rate.to_float())
    rule = rng.integers(0, 2, n)
    expected = np.full(len(net.cells), -2.0), np.full(len(net.cells), 2.0)

    def add(step: int) -> None:
        with torch.no_grad():
            module.weight.add_(torch.from_numpy(noise(step)).to(dtype))

    add(-1)
    for step in range(net.samples + 10):
        bits = rng.integers(0, 2, len(net.inputs))
        output = module(torch.from_numpy(2.0 * bits - 1).to(dtype)).reshape(())
        lesson.problem = _problem(net, module, expected)
        if lesson.problem:
            lesson.problem += f" in step {step}"
            return lesson
        if step >= net.samples:
            h = answer(batch, lesson.examples, bits[:n].tolist())
            if not abs(output.item() - (2 * h - 1)) < 0.5:
                lesson.problem = f"answer {output.item()} for {h}"
            continue
        y = int(bits[:n] @ rule) % 2
        lesson.deviation = max(lesson.deviation, abs(output.item() - 0.5))
        loss = (output - (2 * y - 1)) ** 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        add(step)
        chosen = net.cells.set_by(step, bits)
        expected[0][chosen], expected[1][chosen] = 2, 4 * y - 2
        lesson.examples.append((bits[:n].tolist(), y, bits[n:].tolist()))
    return lesson


def _problem(net: Net, module: NetModule, expected: tuple[Bits, Bits]) -> str:
    """What is not as it must be in the sample that the module has just run."""
    assert module.trace is not None
    values, cells = module.trace.values.numpy(), net.cells
    labelled = cells.label_vertex >= 0
    for name, wrong in (
        ("a blend", module.plan.activation.in_blend(module.trace.inputs_sum).numpy()),
        ("a state", values[cells.state_vertex] != expected[0]),
        ("a label", values[cells.label_vertex[labelled]] != expected[1][labelled]),
    ):
        if wrong.any():
            return name
    return ""


def quiet(net: Net) -> Noise:
    return lambda _step: np.zeros(net.edges)


def uniform(net: Net, total: float, seed: int) -> Noise:
    """Uniform in each step, so that it cannot sum to more than ``total`` in absolute values."""
    rng = np.random.default_rng([seed, 1])
    return lambda _step: rng.uniform(-1, 1, net.edges) * total / (net.samples + 1)


def kicks(net: Net, total: float, seed: int) -> Noise:
    """All that is allowed to an edge at once, at a random time, in a random direction."""
    rng = np.random.default_rng([seed, 2])
    when, sign = rng.integers(-1, net.samples, net.edges), rng.choice([-1.0, 1.0], net.edges)
    return lambda step: np.where(when == step, total * sign, 0.0)


LEARNERS = {
    "parity of 3": (parity(3), 11),
    "parity of 4": (parity(4), 12),
    "conjunction": (conjunction(5, 8), 8),
    "nearest": (nearest(4, 5), 6),
    "random subset": (random_subset(2, 1), 6),
}


def lessons(name: str) -> tuple[Net, Batch]:
    learner, samples = LEARNERS[name]
    return noise_tolerant(learner, samples=samples), learner_to_batch(learner, samples)


@pytest.mark.parametrize("name", LEARNERS)
def test_sgd_memorises_and_then_answers_without_noise_and_within_the_guarantee(name: str) -> None:
    net, batch = lessons(name)
    total = net.noise.to_float()
    for seed, noise in enumerate((quiet(net), uniform(net, total, 1), kicks(net, total, 2))):
        lesson = trained(net, batch, seed, noise)
        assert lesson.problem == ""
        assert lesson.deviation < (0.06 if seed else 0.003)


def test_sgd_does_so_for_a_whole_corner_of_noise_signs() -> None:
    net, batch = lessons("parity of 3")
    total, edges = net.noise.to_float(), net.edges
    rate = net.edge_role == EdgeRole.PATH
    for signs in _corners(net):
        for late in (np.zeros(edges, bool), rate, ~rate):
            noise = _corner(total * signs, late)
            assert trained(net, batch, 0, noise).problem == ""


def _corners(net: Net) -> Iterator[NDArray[np.float64]]:
    """Every edge the same way, or edges of the path by their place."""
    place = np.zeros(net.edges, np.int64)
    for i in range(5):
        place[net.cells.path[:, i]] = i + 1
    for pattern in ("++++++", "------", "+-----", "-+++++", "+---+-", "++++-+"):
        yield np.where(np.array([c == "+" for c in pattern])[place], 1.0, -1.0)


def _corner(kick: NDArray[np.float64], late: NDArray[np.bool_]) -> Noise:
    """Before the first step, or, where ``late``, after the fourth."""
    return lambda step: kick * ((step == -1) & ~late | (step == 3) & late)


def test_twice_the_guaranteed_noise_is_too_much_for_some() -> None:
    net, batch = lessons("parity of 3")
    total = 2 * net.noise.to_float()
    found = {trained(net, batch, seed, kicks(net, total, seed)).problem for seed in range(4)}
    assert any(problem.startswith("a blend") for problem in found)


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        (lambda net: net.cells.path[net.cells.number(2, 0, 0), 3], "a state"),
        (lambda net: net.cells.control_primed[net.cells.number(1, 1, 0)], "a state"),
        (lambda net: net.cells.output_control[4], "a state"),
        (lambda net: net.cells.read[net.cells.number(3, 0, 1)], "a label"),
        (lambda net: net.cells.output_control[net.samples], "answer"),
    ],
)
def test_a_weight_that_is_wrong_is_noticed(broken: Callable[[Net], int], problem: str) -> None:
    net, batch = lessons("parity of 3")
    change = np.zeros(net.edges)
    change[broken(net)] = -2 * net.weights()[broken(net)]
    lesson = trained(net, batch, 5, lambda step: change * (step == -1))
    assert lesson.problem.startswith(problem)


def test_float32_rounds_less_than_the_noise_that_is_borne() -> None:
    net, batch = lessons("parity of 4")
    for seed in range(2):
        noise = uniform(net, net.noise.to_float() / 2, seed)
        assert trained(net, batch, seed, noise, torch.float32).problem == ""


def test_the_printed_constants_at_p_1_learn_as_well() -> None:
    learner, samples = parity(3), 9
    net = noise_tolerant(learner, samples=samples, preset="printed", exponent=Fraction(1))
    batch = learner_to_batch(learner, samples)
    for seed, noise in enumerate((quiet(net), kicks(net, net.noise.to_float(), 1))):
        assert trained(net, batch, seed, noise).problem == ""
    too_much = kicks(net, 1000 * net.noise.to_float(), 1)
    assert trained(net, batch, 0, too_much).problem


@pytest.mark.parametrize("bits", [8, pytest.param(16, marks=pytest.mark.slow)])
def test_larger_parities_are_learned_under_noise(bits: int) -> None:
    learner = parity(bits)
    net = noise_tolerant(learner)
    batch = learner_to_batch(learner, bits + 8)
    noise = uniform(net, net.noise.to_float(), 1)
    assert trained(net, batch, 3, noise).problem == ""


def test_a_sample_of_no_bits_leaves_no_trace() -> None:
    constant = Builder("constant")
    constant.output("y", constant.input("label@0"))
    with pytest.raises(SourceError, match=r"^batch constant: samples of no bits leave no trace"):
        Batch(constant.build(), 1, ())
