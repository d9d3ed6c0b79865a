"""Each hypothesis of Lemma 4 broken on purpose: every break is reported, where it shows."""

import numpy as np
import pytest
from noise_nets import noise_net

from circuits.errors import SourceError
from compiler.net import EdgeRole
from runtime.labels import random_labels
from runtime.noise.anatomy import Anatomy
from runtime.noise.controls import tampering, with_leaving_edge
from runtime.noise.lesson import Teacher
from runtime.report import Check
from runtime.settings import CONTROLS, LEMMA4_CONTROLS, Settings
from runtime.verify import verify

SAMPLES = 5
MIDDLE = SAMPLES // 2

FIRST = {
    "flip-weight": (Check.WEIGHT, 0, "gate"),
    "learning-rate": (Check.CELL, 0, "v1 of cell sample 0: "),
    "batch-size": (Check.GRADIENT, 0, "v1 of cell sample 0: "),
    "wrong-circuit": (Check.OUTPUT, SAMPLES, "output prediction"),
    "label": (Check.CELL, MIDDLE, f"v1 of cell sample {MIDDLE}: x[0]="),
    "output": (Check.OUTPUT_RANGE, MIDDLE, "output prediction"),
    "control-before": (Check.CONTROL, 0, f"vc of cell sample {MIDDLE}: x[0]="),
    "control-at-write": (Check.CONTROL, MIDDLE, f"vc of cell sample {MIDDLE}: x[0]="),
    "control-after": (Check.CONTROL, MIDDLE + 1, f"vc' of cell sample {MIDDLE}: x[0]="),
    "noise-sum": (Check.CONTROL, MIDDLE, f"vc of cell sample {MIDDLE}: x[0]="),
    "leaving-gradient": (Check.GRADIENT, 0, "output prediction"),
}
"""What fails first, in which step, and where."""


def test_every_control_is_tried() -> None:
    assert tuple(FIRST) == CONTROLS + LEMMA4_CONTROLS
    assert len(LEMMA4_CONTROLS) == 7


@pytest.mark.parametrize("preset", ["wide", "printed"])
@pytest.mark.parametrize("control", FIRST)
def test_every_broken_hypothesis_is_reported(control: str, preset: str) -> None:
    net = noise_net("parity:bits=3", SAMPLES, preset)
    check, step, place = FIRST[control]
    for seed in range(3):
        report = verify(net, Settings(control=control, seed=seed, runs=2))
        assert not report.emulates
        assert report.noise is not None
        assert report.noise.successes == 0
        first = report.first_divergence
        assert first is not None
        assert (first.check, first.step) == (check, step), first
        assert first.provenance.startswith(place)
        assert getattr(report, check) > 0
    assert verify(net, Settings(runs=2)).emulates


@pytest.mark.parametrize("control", FIRST)
def test_controls_are_found_under_noise_too(control: str) -> None:
    net = noise_net("parity:bits=3", SAMPLES)
    noise = net.noise.to_float() / SAMPLES / 4
    report = verify(net, Settings(control=control, noise=noise, noise_model="uniform"))
    assert not report.emulates
    assert verify(net, Settings(noise=noise, noise_model="uniform")).emulates


@pytest.mark.parametrize("control", [c for c in LEMMA4_CONTROLS if c != "leaving-gradient"])
def test_a_net_of_one_sample_has_no_step_before_another(control: str) -> None:
    with pytest.raises(SourceError, match=f"no control {control} with one sample"):
        verify(noise_net("parity:bits=1", 1), Settings(control=control))


def test_a_control_breaks_nothing_but_its_hypothesis() -> None:
    net = noise_net("parity:bits=3", SAMPLES)
    (lesson,) = Teacher(net, 0, 64, lambda run: random_labels(0, run)).lessons([0])
    anatomy = Anatomy(net, "float64")
    made = {control: tampering(control, anatomy, lesson) for control in LEMMA4_CONTROLS}
    changes = {
        control: (len(t.weights), len(t.labels), t.noise is not None) for control, t in made.items()
    }
    assert changes == {
        "label": (0, 1, False),
        "output": (1, 0, False),
        "control-before": (1, 0, False),
        "control-at-write": (2, 0, False),
        "control-after": (2, 0, False),
        "noise-sum": (0, 0, True),
        "leaving-gradient": (0, 0, False),
    }
    roles = {
        control: {EdgeRole(net.edge_role[edge]) for edge in t.weights}
        for control, t in made.items()
    }
    assert roles["output"] == {EdgeRole.OUTPUT_CONTROL}
    assert roles["control-at-write"] == {EdgeRole.BIAS, EdgeRole.GATE}
    for other in (*CONTROLS, None):
        assert tampering(other, anatomy, lesson) == tampering(None, anatomy, lesson)


def test_the_leaving_edge_is_the_only_difference() -> None:
    net = noise_net("parity:bits=3", SAMPLES)
    other = with_leaving_edge(net)
    assert other.edges == net.edges + 1
    pairs = [
        set(zip(n.edge_source.tolist(), n.edge_target.tolist(), strict=True)) for n in (net, other)
    ]
    ((source, target),) = pairs[1] - pairs[0]
    assert (net.vertex_name(source), target) == (
        "v2 of cell sample 0: x[0]=0",
        net.outputs[0].vertex,
    )
    kept = np.ones(other.edges, bool)
    kept[(other.edge_source == source) & (other.edge_target == target)] = False
    for name in ("edge_source", "edge_target", "edge_value", "edge_role"):
        assert (getattr(other, name)[kept] == getattr(net, name)).all()
    assert other.weights()[~kept] == [0]
