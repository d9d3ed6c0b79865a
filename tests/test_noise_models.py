"""Noise models: their distributions, seeds and storage formats, and runs that have them."""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from noise_cell import linear_cell
from small_circuits import toggle

from circuits.errors import InvariantError, LimitError, SourceError
from compiler.pipeline import compile_net
from runtime.double_double.exact import to_fractions
from runtime.double_double.numbers import DoubleDouble
from runtime.double_double.trainer import DoubleDoubleTrainer
from runtime.noise.models import (
    NOISE_MODELS,
    Adversarial,
    Bias,
    Gaussian,
    NoiseModel,
    Pattern,
    Stored,
    Stream,
    Uniform,
    parse_noise_model,
)
from runtime.noise.storage import FORMATS, rounding
from runtime.noise.trainer import NoisyTrainer
from runtime.settings import Settings
from runtime.trainer import TorchTrainer, Trainer

EDGES = 40_000
RANDOM = [Gaussian(0.25), Uniform(0.25), Bias(0.25)]

every_random_model = pytest.mark.parametrize("model", RANDOM, ids=lambda m: type(m).__name__)
every_format = pytest.mark.parametrize("name", FORMATS)


def draw(model: NoiseModel, step: int = 0, seed: int = 1, run: int = 0) -> np.ndarray[Any, Any]:
    noise = model.noise(step, np.zeros(EDGES), Stream(seed, run))
    assert isinstance(noise, np.ndarray)
    assert noise.shape == (EDGES,)
    assert noise.dtype == np.float64
    return noise


def test_gaussian_noise_has_its_moments() -> None:
    noise = draw(Gaussian(0.25)) / 0.25
    assert abs(noise.mean()) < 4 / math.sqrt(EDGES)
    assert abs(noise.std() - 1) < 4 / math.sqrt(2 * EDGES)
    assert abs((noise**4).mean() - 3) < 4 * math.sqrt(96 / EDGES)


def test_uniform_noise_has_its_moments_and_its_bound() -> None:
    noise = draw(Uniform(0.25)) / 0.25
    assert 0.999 < np.abs(noise).max() <= 1
    assert abs(noise.mean()) < 4 / math.sqrt(3 * EDGES)
    assert abs((noise**2).mean() - 1 / 3) < 4 * math.sqrt(4 / 45 / EDGES)


def test_a_bias_is_the_same_in_every_step_with_fair_signs() -> None:
    model = Bias(0.25)
    assert (draw(model, 0) == draw(model, 7)).all()
    assert set(draw(model).tolist()) == {0.25, -0.25}
    assert abs(draw(model).mean()) < 4 * 0.25 / math.sqrt(EDGES)
    signs = np.where(np.arange(EDGES) % 3, 1, -1).astype(np.int8)
    assert (draw(Bias(0.5, signs)) == signs / 2).all()


@every_random_model
def test_noise_is_a_function_of_seed_run_and_step(model: NoiseModel) -> None:
    first = draw(model, 3, 1, 2)
    assert (first == draw(model, 3, 1, 2)).all()
    others = [draw(model, 3, 2, 2), draw(model, 3, 1, 3), draw(model, 3, 2, 1)]
    if not isinstance(model, Bias):
        others += [draw(model, 4, 1, 2), draw(model, 2, 1, 3)]
    for other in others:
        assert abs(np.corrcoef(first, other)[0, 1]) < 5 / math.sqrt(EDGES)


def test_streams_of_different_runs_and_steps_never_meet() -> None:
    seen = {
        tuple(generator.integers(0, 2**63, 2).tolist())
        for seed in range(4)
        for run in range(6)
        for generator in (
            *(Stream(seed, run).at(step) for step in range(-1, 0)),
            *(Stream(seed, run).at(step) for step in range(6)),
        )
    }
    assert len(seen) == 4 * 6 * 7
    assert tuple(np.random.default_rng([0, 0]).integers(0, 2**63, 2).tolist()) not in seen


@pytest.mark.parametrize(("seed", "run"), [(-1, 0), (0, -1)])
def test_a_negative_seed_or_run_is_refused(seed: int, run: int) -> None:
    with pytest.raises(SourceError, match="neither can be negative"):
        Stream(seed, run)


def test_models_have_names() -> None:
    amounts: dict[str, float | None] = dict.fromkeys(NOISE_MODELS, 0.5) | dict.fromkeys(FORMATS)
    models = [parse_noise_model(name, amount) for name, amount in amounts.items()]
    kinds = [Gaussian, Uniform, Bias, Adversarial, Stored, Stored]
    assert [type(model) for model in models] == kinds
    assert models[0] == Gaussian(0.5)
    assert models[-1] == Stored("float16")
    assert [model.of_built for model in models] == [False] * 4 + [True] * 2


@pytest.mark.parametrize(
    ("name", "amount", "message"),
    [
        ("brown", 1.0, "unknown noise 'brown'"),
        ("gaussian", None, "gaussian noise of None"),
        ("uniform", -1.0, "uniform noise of -1.0"),
        ("bias", math.nan, "bias noise of nan"),
        ("adversarial", math.inf, "adversarial noise of inf"),
        ("bfloat16", 1.0, "bfloat16 with an amount"),
    ],
)
def test_a_model_that_makes_no_sense_is_refused(
    name: str, amount: float | None, message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        parse_noise_model(name, amount)


def stored(weights: np.ndarray[Any, Any], name: str) -> np.ndarray[Any, Any]:
    change = rounding(weights, name)
    assert isinstance(change, np.ndarray)
    result: np.ndarray[Any, Any] = weights + change
    return result


def by_torch(weights: np.ndarray[Any, Any], name: str) -> np.ndarray[Any, Any]:
    result: np.ndarray[Any, Any] = (
        torch.from_numpy(weights).to(getattr(torch, name)).to(torch.float64).numpy()
    )
    return result


@every_format
def test_every_number_of_a_format_and_every_midpoint_is_rounded_as_torch_does(name: str) -> None:
    codes = np.arange(2**16, dtype=np.uint16).view(np.int16)
    numbers = torch.from_numpy(codes).view(getattr(torch, name)).to(torch.float64).numpy()
    numbers = np.sort(numbers[np.isfinite(numbers)])
    middles = (numbers[1:] + numbers[:-1]) / 2
    beside = [np.nextafter(middles.astype(np.float32), np.float32(to)) for to in (-9e30, 9e30)]
    assert (stored(numbers, name) == numbers).all()
    for cases in (middles, *beside):
        wide = cases.astype(np.float64)
        assert (stored(wide, name) == by_torch(wide, name)).all()


@every_format
@given(values=st.lists(st.floats(-60000, 60000, width=32), min_size=1, max_size=20))
def test_float32_weights_are_rounded_as_torch_does(name: str, values: list[float]) -> None:
    weights = np.array(values, np.float32)
    assert (stored(weights, name) == by_torch(weights, name)).all()


@every_format
def test_random_float64_weights_are_rounded_as_torch_does(name: str) -> None:
    rng = np.random.default_rng(0)
    weights = rng.standard_normal(10_000) * 2.0 ** rng.integers(-24, 10, 10_000)
    assert (stored(weights, name) == by_torch(weights, name)).all()


@every_format
def test_numbers_are_rounded_once_where_torch_rounds_twice(name: str) -> None:
    half_step = 2.0 ** -FORMATS[name].bits
    above = np.array([1 + half_step + 2.0**-40])  # float32 makes it a tie, which goes to even
    assert stored(above, name) == 1 + 2 * half_step
    assert by_torch(above, name) == 1


@every_format
def test_pairs_are_rounded_as_the_numbers_they_are(name: str) -> None:
    half_step = 2.0 ** -FORMATS[name].bits
    hi = np.array([1 + half_step] * 3 + [1 + 3 * half_step] * 3 + [1.0, -1 - half_step, 0.0])
    lo = np.array([0, 2.0**-60, -(2.0**-60)] * 2 + [-(2.0**-60), -(2.0**-60), 0])
    weights = DoubleDouble(hi, lo)
    expected = 1 + half_step * np.array([0, 2, 0, 4, 4, 2, 0])
    change = rounding(weights, name)
    assert isinstance(change, DoubleDouble)
    rounded = (to_fractions(weights) + to_fractions(change)).tolist()
    assert rounded == [*expected.tolist(), -1 - 2 * half_step, 0]


@pytest.mark.parametrize(("name", "fits"), [("float16", 65519.0), ("bfloat16", 3.389e38)])
def test_a_weight_beyond_a_format_is_refused(name: str, fits: float) -> None:
    stored(np.array([fits, -fits]), name)
    for bad in (fits * 1.01, -fits * 1.01, math.nan, math.inf):
        with pytest.raises(LimitError, match=f"of edge 1 overflows {name}"):
            rounding(np.array([1.0, bad]), name)


def kicks() -> Pattern:
    return Pattern(np.array([1, -1, 0], np.int8), np.array([0, 2, 1]))


def test_adversarial_noise_is_one_kick_of_the_bound_on_every_edge() -> None:
    model = Adversarial(0.5, kicks())
    steps = [model.noise(step, np.zeros(3), Stream(0)).tolist() for step in range(4)]
    assert steps == [[0.5, 0, 0], [0, 0, 0], [0, -0.5, 0], [0, 0, 0]]
    with pytest.raises(InvariantError, match="without a pattern"):
        Adversarial(0.5).noise(0, np.zeros(3), Stream(0))


def test_a_pattern_of_one_cell_is_spread_over_all_at_the_time_of_each_write() -> None:
    cell = Pattern(np.array([1, -1], np.int8), np.array([-1, 1]))
    whole = cell.spread(np.array([[0, 4], [3, 2]]), np.array([0, 5]), edges=6)
    assert whole.signs.tolist() == [1, 0, -1, 1, -1, 0]
    assert whole.steps.tolist() == [0, 0, 6, 4, 1, 0]


def torch_run(dtype: str = "float64") -> TorchTrainer:
    return TorchTrainer(compile_net(toggle()), Settings(dtype=dtype))


def pair_run() -> DoubleDoubleTrainer:
    net = compile_net(toggle())
    return DoubleDoubleTrainer(net, net.learning_rate)


@pytest.mark.parametrize("start", [torch_run, pair_run])
def test_a_noisy_run_adds_noise_after_every_update_and_sums_it(
    start: Callable[[], Any],
) -> None:
    quiet: Trainer = start()
    inner = start()
    built = np.array(inner.weights)
    model, stream = Uniform(2.0**-30), Stream(3, 4)
    run = NoisyTrainer(inner, model, stream)
    noises = [model.noise(step, built, stream) for step in range(3)]
    for step in range(3):
        outputs = [one.forward_backward([[1]], [1]) for one in (quiet, run)]
        np.testing.assert_allclose(outputs[0], outputs[1], atol=1e-6)
        for one in (quiet, run):
            one.update()
        np.testing.assert_allclose(run.weights - quiet.weights, sum(noises[: step + 1]), atol=1e-6)
        assert run.step == step + 1
        np.testing.assert_allclose(run.summed_absolute, sum(map(np.abs, noises[: step + 1])))
    assert (run.weights != built).all()
    assert run.gradients.shape == run.weights.shape
    assert run.sums.shape == run.blends.shape


def test_noise_reaches_float32_weights_rounded() -> None:
    run = torch_run("float32")
    built = run.weights.copy()
    run.perturb(np.full(len(built), 0.125))
    assert (run.weights == built + np.float32(0.125)).all()
    assert run.weights.dtype == np.float32


@every_format
def test_stored_weights_are_rounded_as_built_and_after_every_update(name: str) -> None:
    thirds = [Fraction(w, 30) for w in (18, 29, 29, 24, 13)]
    cell = linear_cell(thirds, Fraction(3, 7), Fraction(10, 23))
    inner = DoubleDoubleTrainer(cell.net, cell.net.learning_rate)
    built = inner.weights.copy()
    run, weights = NoisyTrainer(inner, Stored(name), Stream(0)), inner.weight_pairs
    np.testing.assert_allclose(run.summed_absolute, np.abs(weights.hi - built), atol=1e-16)
    noise = []
    for sample in cell.samples:
        assert not weights.lo.any()
        assert (weights.hi == by_torch(weights.hi, name)).all()
        noise.append(run.summed_absolute[list(cell.path)].sum())
        run.forward_backward([sample], [1])
        run.update()
    assert noise[0] == noise[1] < noise[2]  # only the write of step 1 leaves the format again


def test_storing_weights_that_a_format_holds_is_no_noise() -> None:
    run = NoisyTrainer(torch_run(), Stored("bfloat16"), Stream(0))
    for _ in range(3):
        run.forward_backward([[1]], [1])
        run.update()
    assert not run.summed_absolute.any()
