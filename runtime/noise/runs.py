"""Runs of a noise-tolerant net: samples, noise, questions, and all comparisons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from circuits.circuit import Circuit
from circuits.errors import LimitError
from compiler.net import Net
from runtime.controls import batch_size, frozen_edge, rate_factor, wrong_circuit
from runtime.findings import Findings
from runtime.labels import LabelsOf
from runtime.noise.anatomy import Anatomy
from runtime.noise.cell_adversary import Adversary
from runtime.noise.checks import Comparison
from runtime.noise.controls import Tampering, tampering, with_leaving_edge
from runtime.noise.lesson import Lesson, Teacher
from runtime.noise.models import Adversarial, NoiseModel, Stream, parse_noise_model
from runtime.noise.trainer import NoisyTrainer
from runtime.restarts import Restarts
from runtime.settings import Settings

if TYPE_CHECKING:
    from runtime.trainer import Trainer

_TOGETHER = 50
"""Runs whose answers are evaluated at once."""


@dataclass(frozen=True)
class RunResult:
    """How one run went.

    Attributes:
        run: its number.
        findings: up to its first divergence, which ends it.
        summed_noise: by absolute value, on the edge that had most; see `Comparison.summed_noise`.
    """

    run: int
    findings: Findings
    summed_noise: float


class NoiseRuns:
    """Runs of one net that share all that does not change between them.

    Attributes:
        teacher: who draws the lessons.

    Args:
        net: of target noise-tolerant.
        settings: how to run it, how often, and under which noise.
        labels_of: the labels of a run, by its number; fair coins by default.
    """

    def __init__(self, net: Net, settings: Settings, labels_of: LabelsOf | None = None) -> None:
        control, self._settings = settings.control, settings
        self.teacher = Teacher(net, settings.seed, settings.questions, labels_of)
        if control == "wrong-circuit":
            self.teacher = self._misled(net, labels_of)
        if control == "leaving-gradient":
            net = with_leaving_edge(net)
        self._net, self._anatomy = net, Anatomy(net, settings.arithmetic_of(net))
        self._restarts = Restarts(net, settings, rate_factor(control))
        name = settings.noise_name
        self._model = parse_noise_model(name, settings.noise) if name is not None else None
        adversarial = isinstance(self._model, Adversarial)
        self._adversary = Adversary(net, settings) if adversarial else None

    def results(self) -> Iterator[RunResult]:
        """Run after run."""
        first, end = self._settings.first_run, self._settings.first_run + self._settings.runs
        for start in range(first, end, _TOGETHER):
            numbers = range(start, min(start + _TOGETHER, end))
            for number, lesson in zip(numbers, self.teacher.lessons(numbers), strict=True):
                yield self._result(number, lesson)

    def _misled(self, net: Net, labels_of: LabelsOf | None) -> Teacher:
        """A teacher who expects the answers of a wrong circuit."""
        settings = self._settings

        def teacher(circuit: Circuit) -> Teacher:
            return Teacher(net, settings.seed, settings.questions, labels_of, circuit)

        first = [settings.first_run]
        (right,) = self.teacher.lessons(first)

        def shows(wrong: Circuit) -> bool:
            (misled,) = teacher(wrong).lessons(first)
            return bool((misled.answers != right.answers).any())

        return teacher(wrong_circuit(net.circuit, settings.seed, shows))

    def _result(self, number: int, lesson: Lesson) -> RunResult:
        settings, findings = self._settings, Findings(self._net)
        inner = self._restarts.start()
        tampered = tampering(settings.control, self._anatomy, lesson)
        for edge, weight in tampered.weights.items():  # as if it had been built so
            inner.weights[edge] = weight
        model = tampered.noise or self._model_of(lesson)
        compared = Comparison(self._anatomy, inner, lesson, model is not None, findings)
        if settings.control == "flip-weight":
            inner.weights[frozen_edge(self._net, settings.seed)] *= -1
        run: Trainer = inner
        if model is not None:
            run = NoisyTrainer(inner, model, Stream(settings.seed, number))
            compared.noise = run.summed_absolute  # one array, which grows
        try:
            before = (number - settings.first_run) * len(lesson.samples)
            self._learn(run, lesson, tampered, compared, before)
            if findings.first is None:
                self._ask(run, lesson, compared)
        except LimitError as error:  # weights that have grown beyond bounds
            compared.overflow(error)
        return RunResult(number, findings, compared.summed_noise)

    def _model_of(self, lesson: Lesson) -> NoiseModel | None:
        if self._adversary is not None and isinstance(self._model, Adversarial):
            return self._adversary.noise(lesson, self._model.bound)
        return self._model

    def _learn(
        self,
        run: Trainer,
        lesson: Lesson,
        tampered: Tampering,
        compared: Comparison,
        before: int,
    ) -> None:
        """The steps of SGD, up to the first divergence; so many were made in runs ``before``."""
        settings, findings = self._settings, compared.findings
        several = batch_size(settings.control) - 1
        for step, sample in enumerate(lesson.samples):
            label = 2 * int(lesson.labels[step]) - 1
            samples = [*lesson.questions[:several], sample]
            labels = [-label] * several + [tampered.labels.get(step, label)]
            compared.before_update(run.forward_backward(_signs(samples), labels))
            run.update()
            compared.after_update()
            findings.end_step(wrong=True)  # 1/2 is neither label
            if settings.progress is not None:
                settings.progress(before + findings.steps, settings.runs * len(lesson.samples))
            if findings.first is not None:
                return

    @staticmethod
    def _ask(run: Trainer, lesson: Lesson, compared: Comparison) -> None:
        """The questions, up to the first divergence."""
        for number, question in enumerate(lesson.questions):
            (output,) = run.forward_backward(_signs([question]), [1])  # and no update
            compared.question(number, float(output))
            if compared.findings.first is not None:
                return


def _signs(samples: list[NDArray[np.uint8]]) -> list[list[int]]:
    return [[2 * bit - 1 for bit in sample.tolist()] for sample in samples]
