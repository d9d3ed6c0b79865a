"""Every check of a component fails, alone where it can, when what it looks at is wrong."""

from collections.abc import Callable

import pytest
import torch
from small_circuits import full_adder
from torch import Tensor

from compiler.pipeline import compile_net
from runtime import verify_component
from runtime.labels import always_wrong
from runtime.module import NetModule
from runtime.report import Check, Report
from runtime.settings import Settings
from runtime.verify import verify

STEP = 3
"""The step in which the run is tampered with."""


def found_by(report: Report) -> dict[str, int]:
    """The checks that failed."""
    return {check: getattr(report, check) for check in Check if getattr(report, check)}


Tamper = Callable[[NetModule], None]


def run_component(monkeypatch: pytest.MonkeyPatch, tamper: Tamper) -> Report:
    """The full adder, whose module is tampered with after its forward pass in step `STEP`."""

    class TamperedModule(NetModule):
        step = -1

        def forward(self, sample: Tensor) -> Tensor:
            self.step += 1
            output = super().forward(sample)
            if self.step == STEP:
                tamper(self)
            return output

    monkeypatch.setattr(verify_component, "NetModule", TamperedModule)
    return verify(compile_net(full_adder()), Settings(labels=always_wrong))


def into_blend(module: NetModule) -> None:
    """As if an input had been there."""
    assert module.trace is not None
    sums = module.trace.inputs_sum.clone()
    sums[-1] = 1.25
    module.trace = module.trace._replace(inputs_sum=sums)


def gradient_let_in(module: NetModule) -> None:
    """Too small to change the weight."""
    tiny = 1e-30 * (torch.arange(module.net.edges) == 2)
    module.weight.register_hook(lambda gradient: gradient + tiny)  # type: ignore[no-untyped-call]


def weight_nudged(module: NetModule) -> None:
    module.weight.data[2] *= 1 + 1e-15


@pytest.mark.parametrize(
    ("tamper", "check", "count"),
    [
        (lambda module: None, None, 0),
        (into_blend, Check.BLEND, 1),
        (gradient_let_in, Check.GRADIENT, 1),
        (weight_nudged, Check.WEIGHT, 1),
    ],
)
def test_each_check_of_a_component_fails_alone(
    tamper: Tamper, check: Check | None, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = run_component(monkeypatch, tamper)
    assert found_by(report) == ({check: count} if check else {})
    if check is not None:
        assert report.first_divergence is not None
        assert (report.first_divergence.step, report.first_divergence.check) == (STEP, check)
        assert report.first_divergence.provenance.endswith(")")  # with its line


def test_a_wrong_output_of_a_component_spoils_its_read_out_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Wrong(NetModule):
        def forward(self, sample: Tensor) -> Tensor:
            return super().forward(sample) * (1 + 1e-15)

    monkeypatch.setattr(verify_component, "NetModule", Wrong)
    report = verify(compile_net(full_adder()), Settings(labels=always_wrong))
    assert found_by(report).keys() == {Check.OUTPUT, Check.READ_OUT}
    assert report.first_divergence is not None
    assert report.first_divergence.check is Check.OUTPUT
    assert (report.first_divergence.vertex, report.first_divergence.edge) == (5, None)


def test_a_read_out_that_trains_differently_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Biased(verify_component.ReadOut):
        made = 0

        def __init__(self, outputs: int, dtype: torch.dtype, seed: int) -> None:
            super().__init__(outputs, dtype, seed)
            self.weight.data[0] += Biased.made * 1e-15
            Biased.made += 1

    monkeypatch.setattr(verify_component, "ReadOut", Biased)
    report = verify(compile_net(full_adder()), Settings(labels=always_wrong))
    assert found_by(report).keys() == {Check.READ_OUT}
    assert report.first_divergence is not None
    assert report.first_divergence.provenance == "gate %4 (adder.txt:3)"
