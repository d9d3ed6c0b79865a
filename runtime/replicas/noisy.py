"""Runs of a noise-tolerant net: other samples, labels, noise and questions in each."""

from __future__ import annotations

from collections.abc import Iterator

from circuits.targets import TARGETS, Rule, target
from compiler.net import Net
from runtime.labels import Labels
from runtime.noise.runs import NoiseRuns
from runtime.replicas.row import Mismatch, Row
from runtime.replicas.settings import LISTED, SweepSettings
from runtime.settings import Settings


def noisy_rows(net: Net, settings: SweepSettings, first: int, count: int) -> Iterator[Row]:
    """Run after run, from number ``first`` on; each is compared by `runtime.noise.checks`."""
    for run in range(first, first + count):
        yield _row(net, settings, run)


def _row(net: Net, settings: SweepSettings, run: int) -> Row:
    seed, shown, labels = settings.seed + run, "", None
    if settings.labels in TARGETS:
        rule = target(settings.labels, len(net.inputs) - len(net.random_inputs), seed)
        shown, labels = str(rule), _of_sample(rule)
    elif settings.labels == LISTED:
        labels = _listed(settings.listed)
    how = Settings(
        seed=seed,
        labels=labels,
        dtype=settings.dtype,
        engine="native" if settings.engine == "boolean" else settings.engine,  # noise moves all
        control=settings.control,
        noise=settings.noise,
        noise_model=settings.noise_model,
        questions=settings.questions,
    )
    (result,) = NoiseRuns(net, how, None if labels is None else lambda _run: labels).results()
    found = result.findings
    return Row(
        run=run,
        seed=seed,
        target=shown,
        steps=found.steps,
        wrong_steps=found.wrong_steps,
        last_wrong_step=found.last_wrong_step,
        right=None,
        memory="",
        mismatch=None if found.first is None else Mismatch.of_divergence(found.first),
        summed_noise=float(result.summed_noise),
    )


def _of_sample(rule: Rule) -> Labels:
    return lambda _step, sample, _prediction: rule(sample)


def _listed(labels: tuple[int, ...]) -> Labels:
    return lambda step, _sample, _prediction: labels[step]
