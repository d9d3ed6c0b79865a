"""Verify that SGD on a compiled net is the source, by running both and comparing every step.

The net is trained by stock `torch.optim.SGD` with stock ``loss.backward()``; the reference is the
interpreter of the source in `circuits`. Nothing is sampled away: each step compares the output,
every memory bit, every other weight, every gradient that must be 0, and the piece of the
activation that every vertex is on. The run ends at the first step that diverges.
"""

from __future__ import annotations

import time

from circuits.errors import SourceError
from compiler.net import Net, Target
from compiler.passes.merge_symmetric import class_count, merge_symmetric
from runtime.engines.threads import one_thread
from runtime.findings import Findings
from runtime.labels import random_labels
from runtime.noise.report import NoiseReport
from runtime.noise.verify import verify_noise_tolerant
from runtime.report import Report
from runtime.settings import CONTROLS, LEMMA4_CONTROLS, Settings
from runtime.verify_component import verify_component
from runtime.verify_emulation import AfterStep, verify_emulation


def verify(
    net: Net, settings: Settings | None = None, after_step: AfterStep | None = None
) -> Report:
    """Run SGD and the reference interpreter side by side.

    Args:
        net: what to verify, against ``net.circuit``.
        settings: how; 200 steps with random labels in float64 by default.
        after_step: a further check of an emulation net.

    Returns:
        A report; ``report.emulates`` says whether everything was as it must be.

    Raises:
        SourceError: noise, or a control of Lemma 4, for a net that is not noise-tolerant.
        LimitError: the net's constants do not fit the dtype.
    """
    settings = settings or Settings()
    started = time.perf_counter()
    if net.target is not Target.NOISE_TOLERANT:
        _refuse_noise(net, settings)
    if settings.is_exact(net):
        net = merge_symmetric(net)
    labels, noise = settings.labels or random_labels(settings.seed), None
    with one_thread():
        if net.target is Target.NOISE_TOLERANT:
            findings, noise = verify_noise_tolerant(net, settings, settings.labels)
        elif net.target is Target.EMULATION:
            findings = verify_emulation(net, settings, labels, after_step)
        else:
            findings = verify_component(net, settings, labels)
    return _report(net, settings, findings, noise, time.perf_counter() - started)


def _refuse_noise(net: Net, settings: Settings) -> None:
    if settings.noise_name is not None or settings.runs > 1:
        raise SourceError(
            f"runs under noise are for noise-tolerant nets; this is an {net.target} net",
            hint="compile it with --target noise-tolerant",
        )
    if settings.control in LEMMA4_CONTROLS:
        raise SourceError(
            f"the control {settings.control} is for noise-tolerant nets",
            hint=f"one of: {', '.join(CONTROLS)}",
        )


def _report(
    net: Net, settings: Settings, findings: Findings, noise: NoiseReport | None, seconds: float
) -> Report:
    arithmetic, emulation = settings.arithmetic_of(net), net.target is Target.EMULATION
    return Report(
        emulates=findings.first is None,
        source=net.source,
        target=net.target.value,
        preset=net.preset,
        dtype=arithmetic,
        arithmetic=arithmetic,
        engine=settings.engine,
        labels=settings.labels_name,
        control=settings.control,
        seed=settings.seed,
        steps=findings.steps,
        wrong_steps=findings.wrong_steps,
        last_wrong_step=findings.last_wrong_step,
        exhaustive=findings.exhaustive,
        vertices=net.vertices,
        edges=net.edges,
        memory_bits=len(net.memory),
        levels=net.levels,
        exponent=str(net.activation.exponent),
        m_prime=str(net.units_per_step) if emulation else None,
        units_built=net.units_built,
        classes=class_count(net),
        flips_before_divergence=findings.flips_before_divergence if noise is None else None,
        machine=None,
        noise=noise,
        first_divergence=findings.first,
        seconds=seconds,
        **{check.value: count for check, count in findings.counts.items()},
    )
