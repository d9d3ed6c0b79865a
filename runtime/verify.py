"""Verify that SGD on a compiled net is the source, by running both and comparing every step.

The net is trained by stock `torch.optim.SGD` with stock ``loss.backward()``; the reference is the
interpreter of the source in `circuits`. Nothing is sampled away: each step compares the output,
every memory bit, every other weight, every gradient that must be 0, and the piece of the
activation that every vertex is on. The run ends at the first step that diverges.
"""

from __future__ import annotations

import time

from compiler.net import Net, Target
from compiler.passes.merge_symmetric import class_count, merge_symmetric
from runtime.findings import Findings
from runtime.labels import random_labels
from runtime.report import Report
from runtime.settings import Settings
from runtime.threads import one_thread
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
        LimitError: the net's constants do not fit the dtype.
    """
    settings = settings or Settings()
    started = time.perf_counter()
    if settings.is_exact(net):
        net = merge_symmetric(net)
    labels = settings.labels or random_labels(settings.seed)
    with one_thread():
        if net.target is Target.EMULATION:
            findings = verify_emulation(net, settings, labels, after_step)
        else:
            findings = verify_component(net, settings, labels)
    return _report(net, settings, findings, time.perf_counter() - started)


def _report(net: Net, settings: Settings, findings: Findings, seconds: float) -> Report:
    exact, emulation = settings.is_exact(net), net.target is Target.EMULATION
    return Report(
        emulates=findings.first is None,
        source=net.source,
        target=net.target.value,
        preset=net.preset,
        dtype="exact" if exact else settings.dtype,
        arithmetic="exact" if exact else settings.dtype,
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
        flips_before_divergence=findings.flips_before_divergence,
        machine=None,
        first_divergence=findings.first,
        seconds=seconds,
        **{check.value: count for check, count in findings.counts.items()},
    )
