"""onnxruntime computes an exported net bit for bit as the engines do, and sees a changed weight."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from command_line import sgdcc
from engine_nets import (
    ACTIVATIONS,
    DTYPES,
    bits,
    dead_zone_at,
    random_net,
    random_numbers,
    without_dead_zone,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from small_circuits import toggle
from torch import Tensor

from circuits.errors import LimitError, SourceError
from compiler.activation import Activation
from compiler.exact import Exact
from compiler.export import onnx_model as module
from compiler.export.onnx_model import onnx_model
from compiler.net import Net
from runtime.bench.synthetic import synthetic_net
from runtime.compiled import compile_source
from runtime.engines.plan import Plan
from runtime.module import ENGINES
from runtime.recording import record
from runtime.settings import Settings

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

PRODUCTS = [a for a in ACTIVATIONS if a.exponent in (Exact.of(1), Exact.of(2), Exact.of(3))]


def values_by_onnxruntime(net: Net, model: bytes, samples: Tensor) -> Tensor:
    """Shape (batch, vertices), with the optimisations that onnxruntime makes by default."""
    asked = onnx.load_from_string(model)
    names = [f"level.{level}.hook_post" for level in range(net.levels + 1)]
    asked.graph.output.extend([onnx.ValueInfoProto(name=name) for name in names])
    session = onnxruntime.InferenceSession(
        asked.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    output, *levels = session.run(None, {"input": samples.numpy()})
    values = torch.from_numpy(np.concatenate(levels).T.copy())
    assert torch.equal(
        bits(torch.from_numpy(output)), bits(values[:, [p.vertex for p in net.outputs]])
    )
    return values


def values_by_engine(net: Net, weights: Tensor, samples: Tensor) -> Tensor:
    plan = Plan.of(net, weights.dtype)
    traces = [ENGINES["native"].forward(plan, weights, sample) for sample in samples]
    return torch.stack([trace.values for trace in traces])


def same_bits(net: Net, weights: Tensor, samples: Tensor) -> bool:
    dtype = str(weights.dtype).removeprefix("torch.")
    model = onnx_model(net, weights.numpy(), dtype=dtype)
    found = values_by_onnxruntime(net, model, samples)
    return torch.equal(bits(found), bits(values_by_engine(net, weights, samples)))


def samples_for(net: Net, dtype: torch.dtype, count: int = 16) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return 2 * torch.randint(2, (count, len(net.inputs)), generator=generator).to(dtype) - 1


@cache
def parity(**how: Any) -> Net:
    return compile_source("builtin:parity:bits=2", **how).net


@given(st.integers(0, 10**6), st.sampled_from(PRODUCTS), st.sampled_from(DTYPES))
@settings(max_examples=12)
def test_every_vertex_of_a_random_net_has_the_same_bits(
    seed: int, activation: Activation, dtype: torch.dtype
) -> None:
    net = random_net(seed, activation)
    weights, sample, _ = random_numbers(net, seed, dtype)
    assert same_bits(net, weights, torch.stack([sample, -sample, sample / 8]))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "how", [{}, {"preset": "printed"}, {"target": "noise-tolerant", "samples": 3}], ids=str
)
def test_compiled_nets_have_the_same_bits_as_built_and_with_any_weights(
    how: dict[str, Any], dtype: torch.dtype
) -> None:
    net = parity(**how)
    if how.get("preset"):  # 10^79 copies in each sum are beyond float32
        if dtype is torch.float32:
            with pytest.raises(LimitError, match="overflows float32"):
                onnx_model(net, dtype="float32")
            return
        assert net.is_quotient
    built = torch.from_numpy(net.weights(str(dtype).removeprefix("torch.")))
    assert same_bits(net, built, samples_for(net, dtype))
    generator = torch.Generator().manual_seed(1)
    random = torch.randn(net.edges, generator=generator, dtype=dtype)
    assert same_bits(net, random, samples_for(net, dtype))


def test_the_order_of_summation_is_seen_by_these_comparisons(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    net, right = parity(), module._sum
    generator = torch.Generator().manual_seed(1)
    weights = torch.randn(net.edges, generator=generator, dtype=torch.float64)

    def reversed_sum(nodes: Any, name: str, store: Any, edges: Any) -> str:
        return right(nodes, name, store, (edges[0][::-1], edges[1][::-1], edges[2]))

    monkeypatch.setattr(module, "_sum", reversed_sum)
    assert not same_bits(net, weights, samples_for(net, torch.float64))


def test_a_changed_weight_is_noticed() -> None:
    net = parity()
    weights, samples = torch.from_numpy(net.weights()), samples_for(net, torch.float64)
    right = values_by_engine(net, weights, samples)
    into_output = np.flatnonzero(net.edge_target == net.outputs[0].vertex)
    live = into_output[(right[0, net.edge_source[into_output]] != 0).numpy()][0]
    bit = net.memory[0].edge
    for where, changed in (
        (live, -weights[live]),
        (bit, -weights[bit]),
        (bit, weights[bit] + 2.0**-40),
    ):
        wrong = weights.clone()
        wrong[where] = changed
        found = values_by_onnxruntime(net, onnx_model(net, wrong.numpy()), samples)
        assert not torch.equal(bits(found), bits(right))
        assert torch.equal(bits(found), bits(values_by_engine(net, wrong, samples)))


def test_a_large_net_whose_store_is_rewritten_has_the_same_bits() -> None:
    net = synthetic_net(20_000, 40)
    generator = torch.Generator().manual_seed(0)
    weights = torch.randn(net.edges, generator=generator, dtype=torch.float64) / 2
    assert b".rewritten" in onnx_model(net)
    assert same_bits(net, weights, samples_for(net, torch.float64, 2))


@pytest.mark.slow
def test_a_net_of_300_levels_loads_and_has_the_same_bits() -> None:
    net = synthetic_net(1500, 300)
    assert net.levels == 300
    assert same_bits(net, torch.from_numpy(net.weights()), samples_for(net, torch.float64, 2))


def test_the_weights_of_a_step_answer_as_the_run_did(tmp_path: Path) -> None:
    net = parity()
    recording = record(net, Settings(steps=40, seed=3))
    step = int(recording.flip_steps[-1]) + 1
    assert step < 40
    weights = recording.weights(step)
    assert (weights != net.weights()).any()
    file = tmp_path / "net.onnx"
    done = sgdcc(
        "export", "builtin:parity:bits=2", "-o", str(file),
        "--step", str(step), "--steps", "40", "--seed", "3",
    )  # fmt: skip
    assert done.out == f"{file}: {net.vertices} nodes, {net.edges} edges, before step {step}\n"
    session = onnxruntime.InferenceSession(file.read_bytes(), providers=["CPUExecutionProvider"])
    (output,) = session.run(None, {"input": recording.samples[step:].astype(np.float64)})
    assert np.array_equal(output[:, 0], recording.outputs[step:])
    assert metadata(file.read_bytes())["step"] == str(step)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_net_that_rounds_answers_as_its_run_did_at_every_step(dtype: str) -> None:
    net = parity(target="noise-tolerant", samples=3)
    recording = record(net, Settings(dtype=dtype))
    assert (recording.outputs != 0.5).any()
    for step in range(recording.steps):
        model = onnx_model(net, recording.weights(step), dtype=dtype, step=step)
        session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        (output,) = session.run(None, {"input": recording.samples[step : step + 1].astype(dtype)})
        assert output[0, 0] == recording.outputs[step]


@pytest.mark.parametrize("net", [lambda: parity(), lambda: compile_source(toggle()).net])
def test_the_checker_accepts_the_model_and_equal_nets_give_equal_bytes(
    net: Callable[[], Net],
) -> None:
    model = onnx_model(net())
    onnx.checker.check_model(onnx.load_from_string(model), full_check=True)
    assert model == onnx_model(net())


def metadata(model: bytes) -> dict[str, Any]:
    """What a model says of itself, without the prefix of our names."""
    props = onnx.load_from_string(model).metadata_props
    return {prop.key.removeprefix("sgdcc."): prop.value for prop in props}


def test_the_metadata_has_the_exact_text_of_every_weight() -> None:
    net = parity(preset="printed")
    weights = np.where(np.arange(net.edges) % 3 == 0, -net.weights(), net.weights())
    model = onnx_model(net, weights)
    about = metadata(model)
    exact = json.loads(about["weights"])
    assert {float(x) for x in exact} == set(weights.tolist())
    for number, texts in exact.items():
        assert {Exact.parse(text).to_float() for text in texts} == {float(number)}
    in_file = {
        x
        for tensor in onnx.load_from_string(model).graph.initializer
        if tensor.name.endswith(".weight")
        for x in onnx.numpy_helper.to_array(tensor).ravel().tolist()
    }
    assert in_file == set(weights.tolist())
    assert json.loads(about["inputs"]) == [port.name for port in net.inputs]
    assert (about["format"], about["version"], about["step"]) == ("sgdcc-onnx", "1", "as built")


def test_a_weight_that_no_exact_value_rounds_to_is_written_as_the_float_that_it_is() -> None:
    net = parity()
    weights = net.weights()
    weights[0] = 0.1
    exact = json.loads(metadata(onnx_model(net, weights))["weights"])
    assert exact["0.1"] == ["0x1.999999999999ap-4"]
    assert exact["-0.5"] == ["-1/2"]


@pytest.mark.parametrize("activation", [dead_zone_at("11/9"), without_dead_zone("3/2")])
def test_a_power_that_needs_the_c_library_is_refused(activation: Activation) -> None:
    net = replace(parity(), activation=activation)
    with pytest.raises(LimitError, match="only the powers 1, 2 and 3 are products"):
        onnx_model(net)


def test_without_onnx_the_format_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(SourceError, match="pip install 'sgdcc\\[onnx\\]'"):
        onnx_model(parity())


def test_weights_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="weights have shape"):
        onnx_model(parity(), np.zeros(3))
