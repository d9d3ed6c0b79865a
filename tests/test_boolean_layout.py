"""How the floats of the engine `boolean` are laid out: long runs, gradients in the net's order."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch
from engine_nets import dead_zone_at, net_of
from flat_nets import gate_net
from test_boolean import labelled
from torch import Tensor

from circuits.catalog import builtin_learner
from circuits.machines.ant import langton
from circuits.machines.configuration import Field, initial
from circuits.machines.machine_to_circuit import machine_to_circuit
from compiler.net import EdgeRole, Net, Role
from compiler.net_builder import NetBuilder
from compiler.pipeline import compile_net
from runtime.engines import boolean, boolean_proof
from runtime.engines.boolean_layout import Packed
from runtime.engines.boolean_proof import Certificate
from runtime.engines.native_run import run_sgd
from runtime.engines.plan import Plan


def packed(net: Net) -> Packed:
    return Certificate.of(Plan.of(net, torch.float64), net.weights()).packed


def out_of_order(net: Net, layout: Packed) -> int:
    """How often a gradient by a value is added to before one that the plan adds to it first."""
    seen: dict[int, tuple[int, int]] = {}
    asked = set(layout.floats.tolist()) | {port.vertex for port in net.inputs}
    wrong = 0
    for begin, end, fan_in, first in layout.layout.runs_backward.tolist():
        edges = layout.hot[first : first + (end - begin) * fan_in]
        for edge in edges.tolist():
            source, target = int(net.edge_source[edge]), int(net.edge_target[edge])
            now = (-int(net.level[target]), target)
            wrong += source in asked and seen.get(source, now) > now
            seen[source] = now
    return wrong


def mixed(seed: int) -> Net:
    """Floats of both phases and of one to three edges in turn, which read the same ones."""
    rng, builder = np.random.default_rng(seed), NetBuilder()
    x = builder.vertex(Role.SAMPLE, "x")
    one, eighth = builder.value(1), builder.value(Fraction(1, 8))

    def vertex(role: Role, sources: list[int]) -> int:
        edges = [(source, eighth if source else one, EdgeRole.GATE) for source in sorted(sources)]
        return builder.vertex(role, "v", edges)

    below = [vertex(Role.GATE, [0]) for _ in range(4)]
    for _ in range(3):
        sizes = rng.integers(1, 4, 9).tolist()
        here = [
            set(rng.choice(below, size).tolist()) | {x}.intersection([x] * rng.integers(2))
            for size in sizes
        ]
        below = [vertex(Role.GATE, list(sources)) for sources in here]
    output = vertex(Role.OUTPUT, below)
    return net_of(builder, dead_zone_at("1"), [output])


NETS = [mixed(seed) for seed in range(30)] + [gate_net(seed) for seed in range(20)]


def test_gradients_by_values_are_added_up_in_the_order_of_the_net() -> None:
    assert [out_of_order(net, packed(net)) for net in NETS] == [0] * len(NETS)


def test_runs_in_another_order_are_noticed() -> None:
    wrong = 0
    for net in NETS:
        right = packed(net)
        reverse = np.ascontiguousarray(right.layout.runs_backward[::-1])
        wrong += out_of_order(
            net, right._replace(layout=right.layout._replace(runs_backward=reverse))
        )
    assert wrong > 100


def clocked() -> Net:
    field = Field(5, 5)
    return compile_net(machine_to_circuit(langton(), field, initial(langton(), field=field)))


def test_levels_that_mix_phases_have_long_runs() -> None:
    layout = packed(clocked())
    assert len(layout.floats) > 900
    assert len(layout.layout.runs) < 30
    assert len(layout.layout.runs_backward) < 30


@pytest.fixture
def in_bits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many steps each run of bits was asked for."""
    found: list[int] = []
    run = boolean._bits

    def listening(some: Packed, weights: object, steps: boolean.Steps) -> int:
        found.append(len(steps.samples))
        return run(some, weights, steps)  # type: ignore[arg-type]

    monkeypatch.setattr(boolean, "_bits", listening)
    return found


def trained(net: Net, weights: Tensor) -> None:
    plan = Plan.of(net, torch.float64)
    for _ in range(2):
        run_sgd(plan, weights, *labelled(net, 5, 0, reals=False), 0.0, engine="boolean")


def test_where_few_edges_are_proved_not_to_move_another_engine_runs(in_bits: list[int]) -> None:
    net = compile_net(builtin_learner("parity:bits=3"))
    trained(net, torch.from_numpy(net.weights()))
    assert in_bits == [5, 5]
    noise = torch.randn(net.edges, generator=torch.Generator().manual_seed(0)).double() / 3
    trained(net, torch.from_numpy(net.weights()) * (1 + noise / 64))  # sums are rounded
    assert in_bits == [5, 5]


def test_what_is_worth_it_is_a_share_of_the_edges() -> None:
    net = gate_net(2)
    proof = Certificate.of(Plan.of(net, torch.float64), net.weights())
    assert proof.worth_it
    few = np.array([[0, net.edges // boolean_proof.WORTH - 1]], np.uint64)
    assert not replace(proof, ranges=few).worth_it
    assert replace(proof, ranges=few + np.array([0, 2], np.uint64)).worth_it
    assert not replace(proof, ranges=few[:0]).worth_it
