"""Recordings of SGD runs, against the textbook loop of torch and against the machine's table."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from command_line import sgdcc
from numpy.typing import NDArray

from circuits.errors import SourceError
from circuits.machines.configuration import step as machine_step
from compiler.net import Net
from runtime.compiled import Compiled, compile_source
from runtime.engines.native_run import run_sgd
from runtime.labels import always_wrong
from runtime.module import NetModule
from runtime.record_run import record_emulation
from runtime.recording import DivergenceError, Recording, record
from runtime.settings import Settings

STEPS = 40


@cache
def parity() -> Net:
    return compile_source("builtin:parity:bits=3").net


@cache
def noise_tolerant() -> Net:
    return compile_source("builtin:parity:bits=2", target="noise-tolerant", samples=4).net


@cache
def beaver() -> Compiled:
    return compile_source("builtin:busy-beaver:states=2")


def textbook(recording: Recording, dtype: torch.dtype) -> list[NDArray[np.float64]]:
    """The weights before every step, and at the end, by the loop that everybody writes."""
    module = NetModule(recording.net, dtype, "reference")
    rate = recording.net.learning_rate.to_float(str(dtype).removeprefix("torch."))
    optimizer = torch.optim.SGD(module.parameters(), lr=rate)
    weights = [module.weight.detach().double().numpy().copy()]
    for sample, label in zip(recording.samples, recording.labels, strict=True):
        loss = (module(torch.from_numpy(sample).to(dtype)) - int(label)) ** 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        weights.append(module.weight.detach().double().numpy().copy())
    return weights


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("net", [parity, noise_tolerant], ids=["emulation", "noise-tolerant"])
def test_the_weights_before_every_step_are_those_of_the_textbook_loop(
    net: Callable[[], Net], dtype: str
) -> None:
    steps = None if net is noise_tolerant else STEPS
    recording = record(net(), Settings(steps=steps, seed=3, dtype=dtype))
    expected = textbook(recording, getattr(torch, dtype))
    assert len(expected) == recording.steps + 1
    assert len(recording.flip_steps) > 4
    for step, weights in enumerate(expected):
        np.testing.assert_array_equal(recording.weights(step), weights)


def test_the_memory_is_in_the_signs_of_the_weights() -> None:
    recording = record(parity(), Settings(steps=STEPS))
    for step in range(STEPS + 1):
        held = recording.weights(step)[recording.memory_edges] < 0
        np.testing.assert_array_equal(recording.memory(step), held)
    assert recording.memory_names == tuple(bit.name for bit in parity().memory)
    assert (recording.wrong == (recording.outputs * recording.labels < 0)).all()
    assert set(recording.flip_steps.tolist()) <= set(np.flatnonzero(recording.wrong).tolist())


def test_samples_and_labels_are_those_of_verify_and_simulate() -> None:
    recording = record(parity(), Settings(steps=5, seed=7))
    said = sgdcc("simulate", "builtin:parity:bits=3", "--steps", "5", "--seed", "7").out
    rows = [line.split("  ") for line in said.splitlines()[1:]]
    for step, (_, inputs, label, prediction, memory) in enumerate(rows):
        signs = [2 * int(bit) - 1 for bit in inputs.split()[1]]
        assert recording.samples[step].tolist() == signs
        assert recording.labels[step] == 2 * int(label.split()[1]) - 1
        assert recording.outputs[step] == 2 * int(prediction.split()[1]) - 1
        bits = "".join(map(str, recording.memory(step + 1).astype(int)))
        assert bits == memory.split()[1]


def test_a_machine_is_clocked_to_its_halt_and_decoded_at_every_step() -> None:
    compiled = beaver()
    assert compiled.machine is not None
    recording = record(compiled.net, Settings(), compiled.machine)
    assert recording.steps == 7  # this one makes 6, and one in which it has halted
    assert (recording.labels == -recording.outputs).all()
    configuration = compiled.machine.configuration
    for step in range(recording.steps + 1):
        held = recording.configuration(compiled.machine, step)
        assert held is not None
        assert not held.left
        assert held.configuration.same(configuration, compiled.machine.machine.blank)
        field = compiled.machine.field
        configuration, _ = machine_step(compiled.machine.machine, configuration, field)


def test_memory_that_is_no_configuration_is_none() -> None:
    compiled = beaver()
    assert compiled.machine is not None
    recording = record(compiled.net, Settings(steps=1), compiled.machine)
    odd = replace(recording, initial=~recording.initial)
    assert odd.configuration(compiled.machine, 0) is None


def test_exact_runs_are_recorded_too() -> None:
    net = compile_source("builtin:parity:bits=2", preset="printed").net
    recording = record(net, Settings(steps=12, seed=1))
    other = record(compile_source("builtin:parity:bits=2").net, Settings(steps=12, seed=1))
    assert (recording.dtype, other.dtype) == ("exact", "float64")
    assert len(recording.flip_steps)
    np.testing.assert_array_equal(recording.flip_bits, other.flip_bits)
    np.testing.assert_array_equal(recording.outputs, other.outputs)
    signs = np.sign(net.weights()) * (1 - 2 * recording.negated(12))
    np.testing.assert_array_equal(np.sign(recording.weights(12)), signs)


def test_each_cell_is_set_by_its_sample_and_keeps_the_label() -> None:
    net = noise_tolerant()
    recording = record(net, Settings(seed=2))
    assert recording.steps == net.samples
    assert not recording.memory(0).any()
    assert recording.memory_names[0] == "sample 0: x[0]=0"
    for step in range(net.samples):
        bits = (recording.samples[step] + 1) // 2
        cells = net.cells.set_by(step, bits)
        fresh = recording.memory(step + 1) & ~recording.memory(step)
        np.testing.assert_array_equal(np.flatnonzero(fresh), np.sort(cells))
        assert (recording.cell_labels(net.samples)[cells] == recording.labels[step]).all()


@pytest.mark.parametrize(
    ("control", "found"),
    [("learning-rate", "step 0: the weight of edge"), ("flip-weight", "step 0: the output is")],
)
def test_a_net_or_rate_that_is_tampered_with_is_refused(control: str, found: str) -> None:
    with pytest.raises(DivergenceError, match=found):
        record(parity(), Settings(steps=STEPS, control=control, labels=always_wrong))


def test_a_weight_that_is_not_watched_and_moves_is_refused_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def and_one_moves(plan: Any, weights: torch.Tensor, *given: Any, **named: Any) -> Any:
        run = run_sgd(plan, weights, *given, **named)
        weights[300] *= 1 + 2**-50
        return run

    monkeypatch.setattr("runtime.recorded_steps.run_sgd", and_one_moves)
    for net in (parity(), noise_tolerant()):
        assert 300 not in [bit.edge for bit in net.memory]
        assert not net.trainable[300]
        with pytest.raises(DivergenceError, match="step 4: the weight of edge 300 is"):
            record(net, Settings(steps=4))


def test_a_cell_that_is_set_twice_is_refused() -> None:
    net = noise_tolerant()
    slow = replace(net, learning_rate=net.learning_rate / 1024)  # nobody sees that it is set
    with pytest.raises(DivergenceError, match=r"step 1: edge .* changes, which step 0 has changed"):
        record(slow, Settings())


def test_a_run_that_floats_lose_says_where() -> None:
    net = compile_source("builtin:parity:bits=2", preset="printed").net
    with pytest.raises(DivergenceError, match=r"step 0: the output is 0\.99.*output prediction"):
        record(net, Settings(steps=5, arithmetic="float"))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (Settings(noise=1e-3), "a run under noise"),
        (Settings(control="batch-size"), "under the control batch-size"),
        (Settings(steps=5), "5 steps of a net that memorises 4 samples"),
        (Settings(labels=always_wrong), "no label is wrong"),
    ],
)
def test_what_is_not_recorded_is_refused(settings: Settings, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        record(noise_tolerant(), settings)


def test_a_component_and_a_step_that_there_is_not_are_refused(tmp_path: Path) -> None:
    (tmp_path / "and.bench").write_text("INPUT(a)\nINPUT(b)\nOUTPUT(z)\nz = AND(a, b)\n")
    with pytest.raises(SourceError, match="no weights that train"):
        record(compile_source(tmp_path / "and.bench").net, Settings())
    recording = record_emulation(parity(), Settings(steps=3))
    for step in (-1, 4):
        with pytest.raises(SourceError, match="the run has steps 0 to 3"):
            recording.memory(step)
