"""Every check of an emulation fails, alone, when just what it looks at is wrong."""

from typing import Any

import numpy as np
import pytest
from small_circuits import toggle

from compiler.net import EdgeRole, Net
from compiler.pipeline import compile_net
from runtime import verify_emulation
from runtime.labels import always_wrong
from runtime.report import Check, Report
from runtime.settings import Settings
from runtime.trainer import Array, TorchTrainer
from runtime.verify import verify

STEP = 3
"""The step in which the run is tampered with."""


class Tampered(TorchTrainer):
    """A run in which something goes wrong in step `STEP`; each subclass says what."""

    step = -1

    def forward_backward(self, samples: Any, labels: Any) -> Array:
        self.step += 1
        return super().forward_backward(samples, labels)


def found_by(report: Report) -> dict[str, int]:
    """The checks that failed."""
    return {check: getattr(report, check) for check in Check if getattr(report, check)}


def run_tampered(
    monkeypatch: pytest.MonkeyPatch, kind: type[Tampered], dtype: str = "float64"
) -> Report:
    monkeypatch.setattr(verify_emulation, "trainer", kind)
    net = compile_net(toggle(memory_bits=2))
    return verify(net, Settings(steps=10, labels=always_wrong, dtype=dtype))


def nudged(value: Any) -> Any:
    """The next float away from zero."""
    return np.nextafter(value, np.copysign(np.inf, value), dtype=value.dtype)


def test_the_run_that_is_tampered_with_is_good_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found_by(run_tampered(monkeypatch, Tampered)) == {}


class WrongOutput(Tampered):
    def forward_backward(self, samples: Any, labels: Any) -> Array:
        outputs = super().forward_backward(samples, labels)
        return nudged(outputs) if self.step == STEP else outputs


class InBlend(Tampered):
    @property
    def blends(self) -> Any:
        blends = super().blends.copy()
        blends[-1] |= self.step == STEP
        return blends


class ProtectedGradient(Tampered):
    """Too small to change the weight."""

    def forward_backward(self, samples: Any, labels: Any) -> Array:
        outputs = super().forward_backward(samples, labels)
        if self.step == STEP:
            self.gradients[into_gate(self.module.net)] += 1e-30
        return outputs


class MemoryNudged(Tampered):
    def update(self) -> None:
        super().update()
        if self.step == STEP:
            edge = self.module.net.memory[1].edge
            self.weights[edge] = nudged(self.weights[edge])


class MemoryNotFlipped(Tampered):
    def update(self) -> None:
        super().update()
        if self.step == STEP:
            self.weights[self.module.net.memory[1].edge] *= -1


class FrozenNudged(Tampered):
    def update(self) -> None:
        super().update()
        if self.step == STEP:
            edge = into_gate(self.module.net)
            self.weights[edge] = nudged(self.weights[edge])


class FillerNotFlipped(Tampered):
    def update(self) -> None:
        super().update()
        if self.step == STEP:
            net = self.module.net
            (edge,) = np.flatnonzero(net.edge_target == vertex_called(net, "v3 of filler unit 7"))
            self.weights[edge] *= -1


def into_gate(net: Net) -> int:
    """An edge from an input into the gate ``said``."""
    edges = (net.edge_target == vertex_called(net, "gate said")) & (net.edge_role == EdgeRole.GATE)
    return int(np.argmax(edges))


def vertex_called(net: Net, name: str) -> int:
    return next(v for v in range(net.vertices) if net.vertex_name(v) == name)


@pytest.mark.parametrize(
    ("kind", "check", "where"),
    [
        (WrongOutput, Check.OUTPUT, "output out"),
        (InBlend, Check.BLEND, "output out"),
        (ProtectedGradient, Check.GRADIENT, "gate said (toggle.txt:7)"),
        (MemoryNudged, Check.MEMORY, "v1 of memory unit bit1"),
        (MemoryNotFlipped, Check.MEMORY, "v1 of memory unit bit1"),
        (FrozenNudged, Check.WEIGHT, "gate said (toggle.txt:7)"),
        (FillerNotFlipped, Check.WEIGHT, "v3 of filler unit 7"),
    ],
)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_each_check_of_an_emulation_fails_alone_and_says_where(
    kind: type[Tampered], check: Check, where: str, dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = run_tampered(monkeypatch, kind, dtype)
    assert found_by(report) == {check: 1}
    assert report.first_divergence is not None
    assert report.first_divergence.check is check
    assert report.first_divergence.step == STEP
    assert report.first_divergence.provenance == where
    assert report.steps == STEP + 1
    assert report.flips_before_divergence == STEP


def test_a_divergence_is_a_line_with_step_vertex_edge_place_and_values(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    net = compile_net(toggle(memory_bits=2))
    edge = into_gate(net)
    report = run_tampered(monkeypatch, FrozenNudged)
    assert str(report.first_divergence) == (
        f"step 3: frozen weight changes: gate said (toggle.txt:7) "
        f"(vertex {net.edge_target[edge]}, edge {edge}): "
        f"expected 2.0, got 2.0000000000000004"
    )


def test_an_input_between_two_pieces_is_seen_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    class Sloped(Tampered):
        """The gate's bias is off by 3/4: its sum of -2 becomes -5/4."""

        def forward_backward(self, samples: Any, labels: Any) -> Array:
            net = self.module.net
            vertex = vertex_called(net, "gate said")
            (edge,) = np.flatnonzero((net.edge_target == vertex) & (net.edge_source == 0))
            self.weights[edge] += 0.75
            outputs = super().forward_backward(samples, labels)
            self.weights[edge] -= 0.75
            return outputs

    report = run_tampered(monkeypatch, Sloped)
    assert report.blend_inputs
    assert report.output_mismatches
