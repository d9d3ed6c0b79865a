"""The check of an emulation net: Lemmas 1 to 3 and Theorem 4, step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from circuits.update_on_error import UpdateOnError, predict_bits
from compiler.net import Net
from runtime.controls import batch_size, reference_circuit
from runtime.findings import Findings
from runtime.labels import Labels
from runtime.lemma2 import ExpectedWeights
from runtime.report import Check
from runtime.settings import DEFAULT_STEPS, Settings
from runtime.trainer import Array, Trainer, trainer

AfterStep: TypeAlias = Callable[[Array, int, Findings], None]
"""A further check, called after every step with the weights, the number of samples that were wrong
in this step, and what to record mismatches in."""


def verify_emulation(
    net: Net, settings: Settings, labels: Labels, after_step: AfterStep | None = None
) -> Findings:
    """Train the net and run the reference on the same samples; see `runtime.verify.verify`."""
    circuit = reference_circuit(net, settings.control, settings.seed)
    form = UpdateOnError(circuit, net.random_inputs)
    built = net.exact_weights() if settings.is_exact(net) else net.weights(settings.dtype)
    expected = ExpectedWeights(net, built)
    run = trainer(net, settings)
    checks = _Checks(net, run, built, Findings(net))
    findings, state = checks.findings, np.array(circuit.reset_state, np.uint8)
    bits, said = np.random.default_rng([settings.seed, 0]), list(form.sample_inputs)
    total = DEFAULT_STEPS if settings.steps is None else settings.steps
    while findings.steps < total and findings.first is None:
        samples = bits.integers(0, 2, (batch_size(settings.control), len(net.inputs)))
        predictions, targets = [], []
        for sample in samples.astype(np.uint8):
            prediction, when_wrong = predict_bits(form, state, sample)
            label = labels(findings.steps, sample[said].tolist(), prediction)
            if label != prediction:
                expected.update(state, when_wrong, prediction)
                state = when_wrong
            predictions.append(2 * prediction - 1)
            targets.append(2 * label - 1)

        outputs = run.forward_backward((2 * samples - 1).tolist(), targets)
        checks.output(outputs, predictions)
        checks.pieces()
        checks.gradients()
        run.update()
        checks.weights(expected.weights, state)
        if after_step is not None:
            wrong = sum(map(int.__ne__, predictions, targets))
            after_step(run.weights, wrong, findings)
        findings.end_step(predictions != targets)
        if settings.progress is not None:
            settings.progress(findings.steps, total)
    return findings


class _Checks:
    """The comparisons of one step, each against what the theorem says."""

    def __init__(self, net: Net, run: Trainer, built: Array, findings: Findings) -> None:
        self.findings = findings
        self._run = run
        self._output = np.array([net.outputs[0].vertex])
        self._vertices = np.arange(net.vertices)
        self._frozen = ~net.trainable
        self._memory = np.array([bit.edge for bit in net.memory], np.int64)
        # A bit that starts at 1 was built negated.
        resets = np.array(net.circuit.reset_state, bool)
        self._zero = np.where(resets, -built[self._memory], built[self._memory])

    def output(self, got: Array, predictions: list[int]) -> None:
        """The output is 2 h - 1, exactly."""
        expected = np.array(predictions, object)
        vertices = np.repeat(self._output, len(got))
        self.findings.compare_vertices(Check.OUTPUT, vertices, expected, got, got != expected)

    def pieces(self) -> None:
        """No vertex is in a blend."""
        self.findings.compare_vertices(
            Check.BLEND,
            self._vertices,
            "an input on a piece of the activation",
            self._run.sums,
            self._run.blends,
        )

    def gradients(self) -> None:
        """Only edges of memory units have gradients."""
        got = self._run.gradients
        bad = np.flatnonzero((got != 0) & self._frozen)
        self.findings.compare_edges(Check.GRADIENT, bad, "0", got[bad], np.ones(len(bad), bool))

    def weights(self, expected: Array, state: NDArray[np.uint8]) -> None:
        """Memory edges say what the reference's memory says; all others are as Lemma 2 says."""
        weights = self._run.weights
        said = np.where(state, -self._zero, self._zero)
        held = weights[self._memory]
        self.findings.compare_edges(Check.MEMORY, self._memory, said, held, held != said)
        differ = weights != expected
        differ[self._memory] = False
        bad = np.flatnonzero(differ)
        self.findings.compare_edges(
            Check.WEIGHT, bad, expected[bad], weights[bad], np.ones(len(bad), bool)
        )
