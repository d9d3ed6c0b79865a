"""Merged nets are the nets: the same weights bit for bit, in fewer vertices."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from oracle import SHARED, needs_shared

from circuits.catalog import builtin_learner
from circuits.errors import InvariantError
from circuits.formats import read_circuit
from compiler.net import Net, Role, Unit
from compiler.passes.merge_symmetric import (
    _check_equitable,
    class_count,
    merge_symmetric,
    symmetry_classes,
)
from compiler.pipeline import compile_net
from runtime.module import NetModule

LEARNERS = (
    "parity:bits=1", "parity:bits=2", "parity:bits=3", "parity:bits=5", "parity:bits=9",
    "conjunction:bits=2,samples=3", "conjunction:bits=4,samples=6", "nearest:bits=2,samples=3",
    "nearest:bits=3,samples=4,k=3", "winnow:bits=2", "winnow:bits=5", "perceptron:bits=2,width=3",
    "perceptron:bits=4,width=4", "random_subset:bits=2,confirmations=2",
)  # fmt: skip
ISCAS89 = ("s27", "s298", "s344", "s386", "s510", "s820", "s1196", "s1488")


def weights_of_every_edge(net: Net, quotient: Net, module: NetModule) -> np.ndarray:
    """The quotient's weights, laid out over the edges of the whole net."""
    classes = symmetry_classes(net)
    trained = module.weight.detach().numpy()
    rows = zip(
        quotient.edge_source.tolist(), quotient.edge_target.tolist(),
        quotient.edge_value.tolist(), trained, strict=True,
    )  # fmt: skip
    weight_of = {(s, t, v): w for s, t, v, w in rows}
    keys = zip(
        classes[net.edge_source].tolist(), classes[net.edge_target].tolist(),
        net.edge_value.tolist(), strict=True,
    )  # fmt: skip
    return np.array([weight_of[key] for key in keys], trained.dtype)


def assert_same_trajectory(net: Net, dtype: torch.dtype, steps: int = 25) -> None:
    quotient = merge_symmetric(net)
    modules = [NetModule(n, dtype) for n in (net, quotient)]
    rate = net.learning_rate.to_float()
    optimizers = [torch.optim.SGD(m.parameters(), lr=rate) for m in modules]
    rng = np.random.default_rng(net.edges)
    for _ in range(steps):
        sample = torch.from_numpy(2 * rng.integers(0, 2, len(net.inputs)) - 1)
        label = 2 * int(rng.integers(2)) - 1
        outputs = []
        for module, optimizer in zip(modules, optimizers, strict=True):
            output = module(sample)
            optimizer.zero_grad()
            ((output - label) ** 2).backward()
            optimizer.step()
            outputs.append(output.item())
        assert outputs[0] == outputs[1]
        whole = modules[0].weight.detach().numpy()
        merged = weights_of_every_edge(net, quotient, modules[1])
        assert whole.tobytes() == merged.tobytes()
    assert (whole != net.weights(str(dtype).removeprefix("torch."))).any()


@pytest.mark.parametrize("spec", LEARNERS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_merged_learner_trains_bit_for_bit_like_the_whole_net(
    spec: str, dtype: torch.dtype
) -> None:
    assert_same_trajectory(compile_net(builtin_learner(spec)), dtype)


@needs_shared
@pytest.mark.parametrize("name", ISCAS89)
def test_a_merged_circuit_trains_bit_for_bit_like_the_whole_net(name: str) -> None:
    circuit = read_circuit(SHARED / "circuits" / "iscas89" / f"{name}.bench")
    assert_same_trajectory(compile_net(circuit), torch.float32)


@pytest.mark.parametrize("spec", LEARNERS)
def test_all_fillers_become_one_and_building_them_as_one_gives_the_same_net(spec: str) -> None:
    net = compile_net(builtin_learner(spec))
    merged = merge_symmetric(net)
    fillers = (merged.unit == Unit.FILLER) & (merged.path_index == 1)
    assert fillers.sum() == 1
    assert merged.units_per_step == net.units_per_step
    assert class_count(net) == class_count(merged) == merged.vertices
    built = compile_net(builtin_learner(spec), one_filler=True)
    assert (merged.vertices, merged.edges) <= (built.vertices, built.edges)
    assert merge_symmetric(built) is built


def test_the_32_bit_parity_net_shrinks_by_its_fillers() -> None:
    net = compile_net(builtin_learner("parity:bits=32"))
    merged = merge_symmetric(net)
    assert net.units_built == 560 + 1024
    assert merged.units_built == 2 * 560 + 1
    assert merged.vertices < 0.8 * net.vertices


def test_classes_that_merge_unlike_vertices_are_refused() -> None:
    net = compile_net(builtin_learner("parity:bits=2"))
    classes = symmetry_classes(net)
    first = np.unique(classes, return_index=True)[1]
    _check_equitable(net, classes, first)
    wrong = classes.copy()
    gates = np.flatnonzero(net.role == Role.GATE)
    wrong[gates[-1]] = wrong[gates[0]]
    compact, first, wrong = np.unique(wrong, return_index=True, return_inverse=True)
    assert len(compact) == len(np.unique(classes)) - 1
    message = re.escape("vertices with different edges have been merged")
    with pytest.raises(InvariantError, match=message):
        _check_equitable(net, wrong, first)


def test_one_weight_that_differs_keeps_a_filler_apart() -> None:
    net = compile_net(builtin_learner("parity:bits=2"))
    fillers = np.flatnonzero((net.unit == Unit.FILLER) & (net.path_index == 1))
    edge = int(np.flatnonzero(net.edge_target == fillers[3])[0])
    value = net.edge_value.copy()
    value[edge] = net.edge_value[np.flatnonzero(net.edge_value != value[edge])[0]]
    merged = merge_symmetric(replace(net, edge_value=value))
    kept = (merged.unit == Unit.FILLER) & (merged.path_index == 1)
    assert kept.sum() == 2
