"""The check of a component: Lemma 1 under a read-out that is trained on top of it.

A linear read-out of the outputs is trained by the same SGD on random labels, so that gradients do
arrive at the component; none may get in. Beside it the same read-out is trained on the reference
circuit's outputs, and the two must stay equal bit for bit.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from circuits.circuit import Circuit
from circuits.evaluate import evaluate
from compiler.net import Net
from runtime.activation import Piece
from runtime.controls import batch_size, frozen_edge, rate_factor, reference_circuit
from runtime.findings import Findings
from runtime.labels import Labels
from runtime.module import NetModule
from runtime.report import Check
from runtime.settings import DEFAULT_STEPS, EXHAUSTIVE_INPUTS, Settings


class ReadOut(nn.Module):
    """A trainable linear function of a component's outputs."""

    def __init__(self, outputs: int, dtype: torch.dtype, seed: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        start = torch.randn(outputs, dtype=torch.float64, generator=generator) / outputs
        self.weight = nn.Parameter(start.to(dtype))

    def forward(self, outputs: Tensor) -> Tensor:
        """Shape (..., outputs) to (...,)."""
        return (outputs * self.weight).sum(-1)


def verify_component(net: Net, settings: Settings, labels: Labels) -> Findings:
    """Train a read-out on the net and one on the circuit; see `runtime.verify.verify`."""
    control, seed, dtype = settings.control, settings.seed, getattr(torch, settings.dtype)
    module = NetModule(net, dtype, settings.engine)
    weights = module.weight.detach().numpy()
    built = weights.copy()
    if control == "flip-weight":
        weights[frozen_edge(net, seed)] *= -1
    trained, reference = (ReadOut(len(net.outputs), dtype, seed) for _ in range(2))
    rate = net.learning_rate.to_float(settings.dtype)
    parameters = [*module.parameters(), *trained.parameters()]
    optimizer = torch.optim.SGD(parameters, lr=rate * float(rate_factor(control)))
    reference_optimizer = torch.optim.SGD(reference.parameters(), lr=rate)
    batch = batch_size(control)

    findings = Findings(net)
    samples = _samples(net, settings, findings)
    bits = _reference_outputs(reference_circuit(net, control, seed), samples)
    for begin in range(0, len(samples), batch):
        rows = samples[begin : begin + batch]
        expected = torch.from_numpy(4 * bits[begin : begin + batch] - 2).to(dtype)
        label = [labels(findings.steps, row, 0) for row in rows.tolist()]
        targets = 2 * torch.tensor(label, dtype=dtype) - 1

        got = module(torch.from_numpy(2 * rows - 1))
        loss = ((trained(got) - targets) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        _compare(findings, module, weights, built, got.detach().numpy(), expected.numpy())
        optimizer.step()
        _compare_weights(findings, weights, built)

        for value, target in zip(expected, targets, strict=True):  # one sample a step
            reference_loss = (reference(value) - target) ** 2
            reference_optimizer.zero_grad()
            reference_loss.backward()
            reference_optimizer.step()
        _compare_read_outs(findings, trained, reference)
        findings.end_step(wrong=loss.item() != 0)
        if settings.progress is not None:
            settings.progress(findings.steps, -(-len(samples) // batch))
        if findings.first is not None:
            break
    return findings


def _reference_outputs(circuit: Circuit, samples: NDArray[np.int64]) -> NDArray[np.int64]:
    """The circuit's outputs on all samples at once, shape (samples, outputs)."""
    count = len(samples)
    if not count:
        return np.zeros((0, len(circuit.outputs)), np.int64)
    packed = np.packbits(samples.astype(np.uint8).T, axis=1, bitorder="little")
    inputs = [int.from_bytes(row.tobytes(), "little") for row in packed]
    step = evaluate(circuit, inputs, width=count)
    size = -(-count // 8)
    rows = [np.frombuffer(x.to_bytes(size, "little"), np.uint8) for x in step.outputs]
    unpacked = np.unpackbits(np.array(rows), axis=1, count=count, bitorder="little")
    return unpacked.T.astype(np.int64)


def _samples(net: Net, settings: Settings, findings: Findings) -> NDArray[np.int64]:
    """All inputs in random order where there are few, else random ones; shape (steps, inputs)."""
    rng, inputs, steps = np.random.default_rng([settings.seed, 0]), len(net.inputs), settings.steps
    if inputs <= EXHAUSTIVE_INPUTS and (steps is None or steps >= 2**inputs):
        findings.exhaustive = True
        numbers = rng.permutation(2**inputs)
        return numbers[:, None] >> np.arange(inputs) & 1
    return rng.integers(0, 2, (DEFAULT_STEPS if steps is None else steps, inputs))


def _compare(
    findings: Findings,
    module: NetModule,
    weights: NDArray[np.floating],
    built: NDArray[np.floating],
    got: NDArray[np.floating],
    expected: NDArray[np.floating],
) -> None:
    """Outputs, pieces and gradients of a step: everything is on the plateau and nothing moves."""
    net, trace, gradient = module.net, module.trace, module.weight.grad
    assert trace is not None
    assert gradient is not None
    vertices = np.tile([p.vertex for p in net.outputs], len(got))
    findings.compare_vertices(
        Check.OUTPUT, vertices, expected.ravel(), got.ravel(), (got != expected).ravel()
    )
    computed = np.flatnonzero(net.level > 0)
    sums = trace.inputs_sum.numpy()[computed]
    piece = module.plan.activation.piece(trace.inputs_sum).numpy()[computed]
    findings.compare_vertices(
        Check.BLEND, computed, "an input on the plateau", sums, piece != Piece.PLATEAU
    )
    gradients = gradient.numpy()
    edges = np.arange(net.edges)
    findings.compare_edges(Check.GRADIENT, edges, "0", gradients, gradients != 0)


def _compare_weights(
    findings: Findings, weights: NDArray[np.floating], built: NDArray[np.floating]
) -> None:
    edges = np.arange(len(built))
    findings.compare_edges(Check.WEIGHT, edges, built, weights, weights != built)


def _compare_read_outs(findings: Findings, trained: ReadOut, reference: ReadOut) -> None:
    got, expected = trained.weight.detach().numpy(), reference.weight.detach().numpy()
    vertices = np.array([p.vertex for p in findings.net.outputs])
    findings.compare_vertices(Check.READ_OUT, vertices, expected, got, got != expected)
