"""A net made ready to be trained again and again, in one process."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from circuits.circuit import Circuit
from circuits.errors import SourceError
from circuits.update_on_error import UpdateOnError
from compiler.net import Net, Target
from runtime.controls import frozen_edge, rate_factor, reference_circuit
from runtime.engines.plan import Plan
from runtime.lemma2 import Sections
from runtime.replicas.lessons import Bits
from runtime.replicas.settings import ALWAYS_WRONG, SweepSettings

Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Subject:
    """What all runs share.

    Attributes:
        net: what is trained.
        settings: how.
        plan: its layout.
        form: the source, as Lemma 3 reads it.
        circuit: what the net is compared with.
        start: shape (edges,), the weights that a run starts with.
        built: likewise, those that it should start with.
        reset: shape (memory bits,), with which a run starts.
        memory: likewise, the edges that hold them.
        zero: likewise, the weight that means 0.
        sections: which edges flip together.
        rate: of learning.
    """

    net: Net
    settings: SweepSettings
    plan: Plan
    form: UpdateOnError
    circuit: Circuit
    start: Floats
    built: Floats
    reset: Bits
    memory: NDArray[np.int64]
    zero: Floats
    sections: Sections
    rate: float

    @classmethod
    def of(cls, net: Net, settings: SweepSettings) -> Subject:
        """Lay an emulation net out; `check_net` says which."""
        check_net(net, settings)
        built: Floats = net.weights(settings.dtype)
        start = built.copy()
        if settings.control == "flip-weight":
            start[frozen_edge(net, settings.seed)] *= -1
        memory = np.array([bit.edge for bit in net.memory], np.int64)
        reset = np.array(net.circuit.reset_state, np.int8)
        factor = float(rate_factor(settings.control))
        return cls(
            net=net,
            settings=settings,
            plan=Plan.of(net, getattr(torch, settings.dtype)),
            form=UpdateOnError(net.circuit, net.random_inputs),
            circuit=reference_circuit(net, settings.control, settings.seed),
            start=start,
            built=built,
            reset=reset,
            memory=memory,
            zero=np.where(reset > 0, -built[memory], built[memory]),
            sections=Sections.of(net),
            rate=net.learning_rate.to_float(settings.dtype) * factor,
        )


def check_net(net: Net, settings: SweepSettings) -> None:
    """Whether a net can be trained in a sweep like this.

    Raises:
        SourceError: it is a component, or what the settings say is not for such a net.
    """
    memorising = net.target is Target.NOISE_TOLERANT
    noisy = settings.noise is not None or settings.noise_model is not None
    for bad, what, hint in (
        (net.target is Target.COMPONENT, "a component learns nothing", "name a learner"),
        (
            noisy and not memorising,
            f"noise is for noise-tolerant nets; this is an {net.target} net",
            "compile with --target noise-tolerant",
        ),
        (
            net.preset == "printed" and not memorising,
            "a sweep runs in floats, which lose the printed constants",
            "compile with --preset dyadic",
        ),
        (
            memorising and settings.steps != net.samples,
            f"the net memorises {net.samples} samples, not {settings.steps}",
            f"make {net.samples} steps",
        ),
        (
            memorising and settings.labels == ALWAYS_WRONG,
            "no label is wrong for a net that says 1/2 while it memorises",
            "use other labels than always-wrong",
        ),
    ):
        if bad:
            raise SourceError(f"{net.source}: {what}", hint=hint)
