"""The worst noise found for a whole net: within the guarantee harmless, just above it not."""

import numpy as np
import pytest
from noise_nets import noise_net

from compiler.net import EdgeRole, Role
from runtime.noise.cell_adversary import Adversary, cell_edges
from runtime.noise.lesson import Teacher
from runtime.noise.models import Stream
from runtime.settings import Settings
from runtime.verify import verify


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["wide", "printed"])
def test_the_guarantee_is_tight(preset: str) -> None:
    """It is worked out by intervals, so it may be smaller than need be, but not by much."""
    net = noise_net("parity:bits=3", 6, preset)
    worst = Adversary(net, Settings()).worst
    assert max(w.bound for w in worst.values()) <= {"wide": 1.2, "printed": 1.35}[preset]
    for factor, right in ((1.0, 4), (1.4, 0)):
        noise = factor * net.noise.to_float()
        report = verify(net, Settings(noise=noise, noise_model="adversarial", runs=4))
        assert report.noise is not None
        assert report.noise.successes == right, report
        assert report.noise.summed_noise == noise


@pytest.mark.slow
def test_every_cell_is_kicked_by_the_whole_bound_around_its_own_step() -> None:
    net = noise_net("parity:bits=3", 6)
    adversary = Adversary(net, Settings())
    (lesson,) = Teacher(net, 0, 64).lessons([0])
    model = adversary.noise(lesson, 0.25)
    noise = [model.noise(step, np.zeros(net.edges), Stream(0)) for step in range(6)]
    summed = np.abs(noise).sum(axis=0)
    assert set(summed.tolist()) == {0.0, 0.25}
    assert (np.count_nonzero(noise, axis=0) <= 1).all()
    edges = cell_edges(net)
    for t, sample in enumerate(lesson.samples):
        of_cells = edges[net.cells.set_by(t, sample)]
        pattern = adversary.worst[2 * int(lesson.labels[t]) - 1].pattern
        assert ((summed[of_cells] > 0) == (pattern.signs[:-1] != 0)).all()
        kicked = [step for step in range(6) if noise[step][of_cells].any()]
        assert set(kicked) <= {max(t - 1, 0), t}
    elsewhere = np.setdiff1d(np.arange(net.edges), [*edges.ravel(), *net.cells.output_control])
    assert not summed[elsewhere].any()


def test_the_edges_of_a_cell_are_those_that_can_hurt_it() -> None:
    net = noise_net("parity:bits=3", 6)
    edges = cell_edges(net)
    assert edges.shape == (len(net.cells), 11)
    assert len(np.unique(edges)) == edges.size
    roles = [EdgeRole(role) for role in net.edge_role[edges[0]]]
    assert roles[:7] == [EdgeRole.PATH] * 5 + [EdgeRole.CONTROL] * 2
    assert roles[7:] == [EdgeRole.BIAS, EdgeRole.GATE] * 2
    into = net.role[net.edge_target[edges[:, 7:]]]
    assert (into == [Role.CONTROL] * 2 + [Role.CONTROL_PRIMED] * 2).all()
    assert (net.unit_index[net.edge_target[edges[:, 7:]]] == np.arange(len(edges))[:, None]).all()
