"""Negative controls of noise-tolerant nets: break one hypothesis, and verification must fail.

Besides those of `runtime.controls`, one for each of the seven hypotheses of Lemma 4. They are about
one cell, set by a sample in the middle of the run:

label
    (1) The label of that sample is 0, not 1 or -1.
output
    (2) The output is 1/8 or so away from 1/2 when that sample is memorised.
control-before
    (3) vc is 0 before the cell is set, and so nothing keeps the cell silent.
control-at-write
    (4) vc is 2 when the cell is to be set.
control-after
    (5) vc' is 0 after the cell was set.
noise-sum
    (6) The noise on one edge, from the constant to vc, sums to 256 times the guaranteed bound.
leaving-gradient
    (7) An edge leads from v2 straight to the output vertex, so the loss has a gradient by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from circuits.errors import SourceError
from compiler.exact import ZERO
from compiler.net import EdgeRole, Net
from runtime.noise.anatomy import Anatomy
from runtime.noise.lesson import Lesson
from runtime.noise.models import Adversarial, NoiseModel, Pattern
from runtime.settings import LEMMA4_CONTROLS

_OFF = 1 / 16
"""Of the weight of voc[t], which outputs 2."""

_TOO_MUCH = 256


@dataclass(frozen=True)
class Tampering:
    """What to do to a run.

    Attributes:
        weights: edge -> its weight instead of the built one.
        labels: step -> a label instead of 1 or -1.
        noise: instead of any other.
    """

    weights: Mapping[int, float] = field(default_factory=dict)
    labels: Mapping[int, int] = field(default_factory=dict)
    noise: NoiseModel | None = None


def tampering(control: str | None, anatomy: Anatomy, lesson: Lesson) -> Tampering:
    """What a control does to a run; nothing unless it is one of the first six of Lemma 4.

    Raises:
        SourceError: the net memorises too few samples to have a step before another.
    """
    if control not in LEMMA4_CONTROLS:
        return Tampering()
    cells, step = anatomy.cells, len(lesson.samples) // 2
    if not step:
        raise SourceError(f"no control {control} with one sample", hint="give --samples 2 or more")
    cell = int(cells.set_by(step, lesson.samples[step])[0])
    bias, gate = _entering(anatomy.net, int(anatomy.vc[cell]))
    bias_primed, gate_primed = _entering(anatomy.net, int(anatomy.vc_primed[cell]))
    output = int(cells.output_control[step])
    weight = anatomy.net.values[anatomy.net.edge_value[output]].to_float()
    here = np.arange(anatomy.net.edges) == bias
    kick = Pattern(here.astype(np.int8), np.zeros(len(here), np.int64))
    return {
        "label": Tampering(labels={step: 0}),
        "output": Tampering(weights={output: weight + _OFF}),
        # vc hears its bias and, by its gate, 1 where it is to be 2 and -1 where it is to be 0.
        "control-before": Tampering(weights={bias: -1.0}),
        "control-at-write": Tampering(weights={bias: 2.0, gate: 0.0}),
        "control-after": Tampering(weights={bias_primed: 0.0, gate_primed: 0.0}),
        "noise-sum": Tampering(noise=Adversarial(_TOO_MUCH * float(anatomy.guaranteed), kick)),
    }.get(control, Tampering())


def _entering(net: Net, vertex: int) -> tuple[int, int]:
    """The edges into a control vertex, from the constant and from its gate."""
    entering = np.flatnonzero(net.edge_target == vertex)
    roles = net.edge_role[entering]
    (bias,), (gate,) = entering[roles == EdgeRole.BIAS], entering[roles == EdgeRole.GATE]
    return int(bias), int(gate)


def with_leaving_edge(net: Net) -> Net:
    """The net with an edge of weight 0 from v2 of its first cell to the output vertex."""
    source, target = int(net.edge_target[net.cells.path[0, 1]]), net.outputs[0].vertex
    values = net.values if ZERO in net.values else (*net.values, ZERO)
    into_later = net.edge_target > target
    at = int(np.argmax(into_later | ((net.edge_target == target) & (net.edge_source > source))))
    return replace(
        net,
        values=values,
        edge_source=np.insert(net.edge_source, at, source),
        edge_target=np.insert(net.edge_target, at, target),
        edge_value=np.insert(net.edge_value, at, values.index(ZERO)),
        edge_role=np.insert(net.edge_role, at, EdgeRole.GATE),
    )
