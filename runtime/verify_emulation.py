"""The check of an emulation net: Lemmas 1 to 3 and Theorem 4, step by step."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from circuits.update_on_error import UpdateOnError, predict
from compiler.net import Net
from runtime.controls import batch_size, rate_factor, reference_circuit, tamper
from runtime.findings import Findings
from runtime.labels import Labels
from runtime.lemma2 import ExpectedWeights
from runtime.module import NetModule
from runtime.report import Check
from runtime.settings import DEFAULT_STEPS, Settings


def verify_emulation(net: Net, settings: Settings, labels: Labels) -> Findings:
    """Train the net and run the reference on the same samples; see `runtime.verify.verify`."""
    control, seed = settings.control, settings.seed
    circuit = reference_circuit(net, control, seed)
    form = UpdateOnError(circuit, net.random_inputs)
    module = NetModule(net, getattr(torch, settings.dtype), settings.engine)
    weights = module.weight.detach().numpy()
    expected = ExpectedWeights(net, weights)
    tamper(net, weights, control, seed)
    rate = net.learning_rate.to_float(settings.dtype) * rate_factor(control)
    optimizer = torch.optim.SGD(module.parameters(), lr=rate)
    batch = batch_size(control)

    checks = _Checks(net, module, Findings(net))
    findings, state = checks.findings, circuit.reset_state
    bits = np.random.default_rng([seed, 0])
    total = DEFAULT_STEPS if settings.steps is None else settings.steps
    while findings.steps < total and findings.first is None:
        samples = bits.integers(0, 2, (batch, len(net.inputs)))
        predictions, targets, after = [], [], state
        for sample in samples.tolist():
            prediction, when_wrong = predict(form, after, sample)
            label = labels(findings.steps, [sample[i] for i in form.sample_inputs], prediction)
            if label != prediction:
                expected.update(after, when_wrong, prediction)
                after = when_wrong
            predictions.append(prediction)
            targets.append(label)

        signs = torch.from_numpy(2 * samples - 1)
        output = module(signs if batch > 1 else signs[0])
        label_signs = torch.tensor(targets, dtype=output.dtype).reshape(output.shape) * 2 - 1
        loss = ((output - label_signs) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        checks.output(output.detach().reshape(-1).numpy(), predictions)
        checks.pieces()
        checks.gradients()
        optimizer.step()
        checks.weights(weights, expected.weights, after)
        state = after
        findings.end_step(predictions != targets)
        if settings.progress is not None:
            settings.progress(findings.steps, total)
    return findings


class _Checks:
    """The comparisons of one step, each against what the theorem says."""

    def __init__(self, net: Net, module: NetModule, findings: Findings) -> None:
        self.findings = findings
        self._module = module
        self._output = np.array([net.outputs[0].vertex])
        self._vertices = np.arange(net.vertices)
        self._frozen = np.flatnonzero(~net.trainable)
        self._memory = np.array([bit.edge for bit in net.memory], np.int64)
        self._others = np.setdiff1d(np.arange(net.edges), self._memory)
        zero = [bit.zero.to_float() for bit in net.memory]
        self._zero = np.array(zero, module.weight.detach().numpy().dtype)

    def output(self, got: NDArray[np.floating], predictions: list[int]) -> None:
        """The output is 2 h - 1, exactly."""
        expected = 2.0 * np.array(predictions) - 1
        vertices = np.repeat(self._output, len(got))
        self.findings.compare_vertices(Check.OUTPUT, vertices, expected, got, got != expected)

    def pieces(self) -> None:
        """No vertex is in a blend."""
        assert self._module.trace is not None
        sums = self._module.trace.inputs_sum
        bad = self._module.plan.activation.in_blend(sums).numpy()
        self.findings.compare_vertices(
            Check.BLEND, self._vertices, "an input on a piece of the activation", sums.numpy(), bad
        )

    def gradients(self) -> None:
        """Only edges of memory units have gradients."""
        assert self._module.weight.grad is not None
        got = self._module.weight.grad.numpy()[self._frozen]
        self.findings.compare_edges(Check.GRADIENT, self._frozen, "0", got, got != 0)

    def weights(
        self,
        got: NDArray[np.floating],
        expected: NDArray[np.floating],
        state: tuple[int, ...],
    ) -> None:
        """Memory edges say what the reference's memory says; all others are as Lemma 2 says."""
        said = self._zero * (1 - 2 * np.array(state, self._zero.dtype))
        held = got[self._memory]
        self.findings.compare_edges(Check.MEMORY, self._memory, said, held, held != said)
        rest = got[self._others]
        wanted = expected[self._others]
        self.findings.compare_edges(Check.WEIGHT, self._others, wanted, rest, rest != wanted)
