"""Components as bits, 64 samples to a word: what the floats of the net say, and the circuit."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from strategies import circuits

from circuits.builder import Builder
from circuits.catalog import builtin_learner
from circuits.circuit import Circuit
from circuits.errors import LimitError
from circuits.evaluate import Evaluator
from compiler.pipeline import compile_net
from runtime.engines.bit_forward import bit_forward
from runtime.module import NetModule

combinational = circuits(max_inputs=4, max_latches=0).filter(lambda c: bool(c.outputs))


@settings(max_examples=40)
@given(circuit=combinational)
def test_bits_are_the_outputs_of_the_circuit_and_of_the_net(circuit: Circuit) -> None:
    net = compile_net(circuit)
    samples = np.random.default_rng(0).integers(0, 2, (70, len(net.inputs))).astype(bool)
    found = bit_forward(net)(samples)
    assert found.shape == (70, len(net.outputs))
    assert found.dtype == np.bool_
    evaluator, module = Evaluator.of(circuit), NetModule(net, engine="native")
    for sample, said in zip(samples, found, strict=True):
        assert evaluator.step(sample.astype(int).tolist()).outputs == tuple(said.astype(int))
    signs = module(torch.from_numpy(2.0 * samples[:3] - 1))
    assert np.array_equal(signs.detach().numpy() > 0, found[:3])


def wide(sign: int) -> Circuit:
    """Sums of many wires against bounds, and all of them, and any."""
    b = Builder()
    wires = [b.input(f"x{i}") for i in range(9)]
    for bound in (1, 4, 7, 9):
        b.output(f"y{bound}", b.threshold([w ^ (sign & i) for i, w in enumerate(wires)], bound))
    return b.build()


@pytest.mark.parametrize("sign", [0, 1])
def test_sums_of_many_bits(sign: int) -> None:
    circuit = wide(sign)
    samples = (np.arange(512)[:, None] >> np.arange(9) & 1).astype(bool)
    forward = bit_forward(compile_net(circuit))
    found = forward(samples)
    few = [forward(samples[i : i + forward.FEW]) for i in range(0, 512, forward.FEW)]
    assert np.array_equal(np.concatenate(few), found)
    evaluator = Evaluator.of(circuit)
    due = [evaluator.step(sample.astype(int).tolist()).outputs for sample in samples]
    assert found.astype(int).tolist() == [list(outputs) for outputs in due]


def test_any_number_of_samples() -> None:
    net = compile_net(wide(0))
    forward = bit_forward(net)
    samples = np.random.default_rng(0).integers(0, 2, (130, 9))
    whole = forward(samples)
    for size in (0, 1, 63, 64, 65, 128, 129):
        assert np.array_equal(forward(samples[:size]), whole[:size])


def test_samples_of_another_width_are_refused() -> None:
    forward = bit_forward(compile_net(wide(0)))
    for shape in ((3, 10), (3, 8), (9,), (3, 9, 1)):
        with pytest.raises(ValueError, match=r"^samples have shape \(batch, 9\), not \("):
            forward(np.zeros(shape))


def test_a_net_with_memory_is_refused() -> None:
    net = compile_net(builtin_learner("parity:bits=3"))
    with pytest.raises(LimitError, match=r"^v1 of memory unit .* is not proved to have two"):
        bit_forward(net)
