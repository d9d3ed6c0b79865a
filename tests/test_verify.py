"""Verification says yes to right nets and no under every negative control."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_circuits import full_adder, toggle
from strategies import circuits

from circuits.builder import Builder
from circuits.catalog import builtin_learner
from circuits.circuit import Circuit, OutputKind
from circuits.update_on_error import UpdateOnError
from compiler.pipeline import compile_net
from runtime.labels import always_wrong
from runtime.report import Check
from runtime.settings import CONTROLS, DTYPES, ENGINES, Settings
from runtime.verify import verify

every_dtype = pytest.mark.parametrize("dtype", DTYPES)
every_control = pytest.mark.parametrize("control", CONTROLS)

predicting = circuits(max_inputs=3, max_latches=3).filter(lambda c: bool(c.primary_outputs))
combinational = circuits(max_latches=0).filter(lambda c: bool(c.outputs))


@every_dtype
@pytest.mark.parametrize("engine", ENGINES)
def test_parity_of_four_bits_is_emulated(dtype: str, engine: str) -> None:
    report = verify(
        compile_net(builtin_learner("parity:bits=4")), Settings(dtype=dtype, engine=engine)
    )
    assert report.emulates, report
    assert report.steps == 200
    assert report.memory_bits == 14
    assert 70 < report.wrong_steps < 130


@every_dtype
@settings(max_examples=20)
@given(circuit=predicting, seed=st.integers(0, 1000))
def test_random_circuits_are_emulated_with_random_labels(
    dtype: str, circuit: Circuit, seed: int
) -> None:
    net = compile_net(UpdateOnError(circuit))
    report = verify(net, Settings(steps=12, seed=seed, dtype=dtype))
    assert report.emulates, report


@every_dtype
@settings(max_examples=20)
@given(circuit=predicting, seed=st.integers(0, 1000))
def test_random_circuits_are_emulated_with_labels_that_are_always_wrong(
    dtype: str, circuit: Circuit, seed: int
) -> None:
    net = compile_net(UpdateOnError(circuit))
    report = verify(net, Settings(steps=12, seed=seed, dtype=dtype, labels=always_wrong))
    assert report.emulates, report
    assert report.wrong_steps == 12
    assert report.last_wrong_step == 11


@every_dtype
@settings(max_examples=20)
@given(circuit=combinational)
def test_random_components_are_right_on_all_inputs(dtype: str, circuit: Circuit) -> None:
    report = verify(compile_net(circuit), Settings(dtype=dtype))
    assert report.emulates, report
    assert report.exhaustive
    assert report.steps == 2 ** len(circuit.input_names)


def test_a_component_of_many_inputs_is_tried_on_random_ones() -> None:
    b = Builder()
    b.output("all", b.and_(*(b.input(f"x{i}") for i in range(17))))
    report = verify(compile_net(b.build()))
    assert report.emulates, report
    assert (report.exhaustive, report.steps) == (False, 200)


@pytest.mark.parametrize("circuit", [toggle(), full_adder()], ids=lambda c: c.name)
def test_no_steps_are_no_failure(circuit: Circuit) -> None:
    report = verify(compile_net(circuit), Settings(steps=0))
    assert (report.emulates, report.steps, report.last_wrong_step) == (True, 0, None)


# What fails first. With a flipped weight it depends on the weight: an output, or the weight itself.
EXPECTED = {
    "emulation": {
        "flip-weight": {Check.OUTPUT, Check.WEIGHT},
        "learning-rate": {Check.MEMORY},
        "batch-size": {Check.MEMORY},
        "wrong-circuit": {Check.OUTPUT, Check.MEMORY},
    },
    "component": {
        "flip-weight": {Check.OUTPUT, Check.WEIGHT},
        "learning-rate": {Check.READ_OUT},
        "batch-size": {Check.READ_OUT},
        "wrong-circuit": {Check.OUTPUT},
    },
}


@every_control
@every_dtype
@pytest.mark.parametrize("target", EXPECTED)
def test_every_negative_control_fails(control: str, dtype: str, target: str) -> None:
    net = compile_net(builtin_learner("parity:bits=4") if target == "emulation" else full_adder())
    for seed in range(5):
        report = verify(net, Settings(control=control, dtype=dtype, seed=seed))
        assert not report.emulates
        assert report.first_divergence is not None
        assert report.first_divergence.check in EXPECTED[target][control]
        assert getattr(report, report.first_divergence.check) > 0
        assert report.first_divergence.step == report.steps - 1


@pytest.mark.parametrize("control", ["flip-weight", "learning-rate", "batch-size"])
@settings(max_examples=20)
@given(circuit=predicting, seed=st.integers(0, 1000))
def test_controls_fail_on_random_circuits_too(control: str, circuit: Circuit, seed: int) -> None:
    net = compile_net(UpdateOnError(circuit))
    report = verify(net, Settings(steps=3, seed=seed, labels=always_wrong, control=control))
    assert not report.emulates


@settings(max_examples=20)
@given(circuit=combinational, seed=st.integers(0, 1000))
def test_the_wrong_circuit_is_noticed_on_random_components(circuit: Circuit, seed: int) -> None:
    assert not verify(compile_net(circuit), Settings(seed=seed, control="wrong-circuit")).emulates


def test_the_wrong_circuit_predicts_wrongly_where_other_outputs_come_first() -> None:
    b = Builder()
    x, bit = b.input("x"), b.latch("bit")
    b.output("constraint", b.and_(x, bit), OutputKind.CONSTRAINT)
    b.output("prediction", b.or_(x, bit))
    net = compile_net(b.build())
    for seed in range(5):
        report = verify(net, Settings(seed=seed, control="wrong-circuit"))
        assert report.output_mismatches


def test_labels_and_samples_are_those_of_the_seed() -> None:
    net = compile_net(builtin_learner("parity:bits=3"))
    reports = [
        replace(verify(net, Settings(seed=seed, steps=30)), seconds=0.0) for seed in (1, 1, 2)
    ]
    assert reports[0] == reports[1] != reports[2]


def test_labels_are_asked_for_with_the_sample_and_the_prediction() -> None:
    asked: list[tuple[int, int, int]] = []

    def label(step: int, sample: Sequence[int], prediction: int) -> int:
        asked.append((step, len(sample), prediction))
        return prediction

    told: list[tuple[int, int]] = []
    settings = Settings(steps=3, labels=label, progress=lambda *done: told.append(done))
    report = verify(compile_net(builtin_learner("parity:bits=3")), settings)
    assert [(step, bits) for step, bits, _ in asked] == [(0, 3), (1, 3), (2, 3)]  # no guess
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert report.wrong_steps == 0
