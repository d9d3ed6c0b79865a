"""Replicas: a run is the one that `verify` makes with its seed, compared in every step."""

from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
import torch
from engine_nets import bits
from hypothesis import given, settings
from hypothesis import strategies as st
from small_circuits import full_adder, toggle
from strategies import circuits

from circuits.builder import Builder
from circuits.circuit import Circuit
from circuits.errors import SourceError
from circuits.learner import Learner
from circuits.targets import TARGETS, target
from circuits.update_on_error import UpdateOnError, reference_step
from compiler.net import EdgeRole, Net
from compiler.pipeline import compile_net
from runtime.engines.native_run import run_sgd
from runtime.engines.plan import Plan
from runtime.labels import Labels, always_wrong, random_labels
from runtime.replicas import runs as replica_runs
from runtime.replicas.beside import Beside
from runtime.replicas.lessons import lesson
from runtime.replicas.noisy import noisy_rows
from runtime.replicas.reference import courses
from runtime.replicas.row import Mismatch, Row
from runtime.replicas.runs import rows
from runtime.replicas.settings import SweepSettings
from runtime.replicas.subject import Subject, check_net
from runtime.settings import Settings
from runtime.sources import source_of
from runtime.verify import verify

LISTED = tuple(int(c) for c in "0110100110010110100101100110100110010110")


def net_of(source: str | Circuit | Learner) -> Net:
    return compile_net(source_of(source) if isinstance(source, str) else source)


@pytest.fixture(scope="module")
def parity() -> Net:
    return net_of("builtin:parity:bits=3")


def all_rows(net: Net, how: SweepSettings, count: int, first: int = 0) -> list[Row]:
    return list(rows(Subject.of(net, how), first, count))


def labels_of(name: str, seed: int, sample_bits: int) -> Labels:
    """As `sgdcc verify` labels."""
    if name == "random":
        return random_labels(seed)
    if name == "listed":
        return lambda step, _sample, _prediction: LISTED[step]
    if name == "always-wrong":
        return always_wrong
    rule = target(name, sample_bits, seed)
    return lambda _step, sample, _prediction: rule(sample)


@pytest.mark.parametrize("labels", ["random", "always-wrong", "listed", *TARGETS])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_run_is_the_one_that_verify_makes_with_its_seed(
    parity: Net, labels: str, dtype: str
) -> None:
    for row in all_rows(parity, SweepSettings(40, 7, labels, LISTED, dtype), 3):
        told = labels_of(labels, row.seed, 3)
        report = verify(parity, Settings(40, row.seed, told, dtype=dtype, engine="live"))
        assert report.emulates
        assert row.mismatch is None
        assert (row.steps, row.wrong_steps, row.last_wrong_step) == (
            report.steps,
            report.wrong_steps,
            report.last_wrong_step,
        )


def test_runs_have_seeds_of_their_own_and_hidden_functions() -> None:
    found = all_rows(net_of("builtin:parity:bits=8"), SweepSettings(48, 5, "parity"), 20)
    assert [row.seed for row in found] == list(range(5, 25))
    assert [row.target for row in found] == [str(target("parity", 8, row.seed)) for row in found]
    assert len({row.target for row in found}) > 15
    assert len({row.memory for row in found}) > 15
    assert {row.right for row in found} == {64}


@pytest.mark.parametrize(
    "source", ["builtin:parity:bits=3", "builtin:conjunction:bits=3,samples=8"]
)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("engine", ["boolean", "live", "native"])
def test_weights_are_those_of_one_call_of_run_sgd_bit_for_bit(
    source: str, dtype: torch.dtype, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replica_runs, "_WATCHED", 50)  # a run is made of many parts
    monkeypatch.setattr(replica_runs, "_WATCHED_TOGETHER", 50)
    net = net_of(source)
    kind = source.split(":")[1]
    subject = Subject.of(net, SweepSettings(40, 3, kind, dtype=str(dtype)[6:], engine=engine))
    (run,) = replica_runs.beside_references(subject, range(1))
    ended = replica_runs.make(subject, [run]).weights(0)
    row, shown, course = run.row(), run.shown, run.course
    assert row.mismatch is None
    plan = Plan.of(net, dtype)
    weights = torch.from_numpy(net.weights(str(dtype)[6:]))
    samples, labels = (2.0 * torch.from_numpy(x) - 1 for x in (shown.samples, course.labels))
    whole = run_sgd(plan, weights, samples, labels, subject.rate)
    assert torch.equal(bits(ended), bits(weights))
    assert row.wrong_steps == int((whole.outputs[:, 0] != labels).sum())
    negated = [bool(weights[bit.edge] != bit.zero.to_float()) for bit in net.memory]
    assert row.memory == sha256(np.packbits(negated).tobytes()).hexdigest()[:16]


def made(run: Beside, subject: Subject, **changed: object) -> Row:
    """The row of a run beside a changed reference."""
    course = run.course._replace(**changed)  # type: ignore[arg-type]
    other = Beside(subject, 0, run.shown, course)
    replica_runs.make(subject, [other])
    return other.row()


# The reference ------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(
    circuit=circuits(), count=st.integers(1, 70), labels=st.sampled_from(["random", "always-wrong"])
)
def test_the_reference_of_many_runs_is_that_of_each(
    circuit: Circuit, count: int, labels: str
) -> None:
    if not circuit.primary_outputs:
        return
    form, how = UpdateOnError(circuit), SweepSettings(9, 2, labels)
    inputs = len(circuit.input_names)
    shown = [lesson(how, run, inputs, form.sample_inputs) for run in range(count)]
    questions = [one._replace(questions=one.samples[::-1]) for one in shown]
    for one, course in zip(questions, courses(circuit, form, questions), strict=True):
        state: tuple[int, ...] = circuit.reset_state
        memory = course.memory(np.array(state, np.int8), 0, how.steps)
        for step, sample in enumerate(one.samples.tolist()):
            label = int(course.labels[step])
            if one.labels is not None:
                assert label == one.labels[step]
            prediction, state = reference_step(form, state, sample, label)
            assert prediction == course.predictions[step]
            assert prediction != label or labels == "random"
            assert memory[step].tolist() == list(state)
        later = course.memory(memory[3], 4, how.steps)
        assert later.tolist() == memory[4:].tolist()
        answers = [reference_step(form, state, q, 0)[0] for q in one.questions.tolist()]
        assert course.answers.tolist() == answers


def test_runs_do_not_depend_on_which_are_made_together(parity: Net) -> None:
    how = SweepSettings(24, 1, "parity")
    together = all_rows(parity, how, 11)
    assert together == [row for at in range(11) for row in all_rows(parity, how, 1, at)]
    assert together == all_rows(parity, how, 4) + all_rows(parity, how, 7, 4)
    for engine in ("native", "live"):
        assert together == all_rows(parity, replace(how, engine=engine), 11)


# Broken nets --------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["boolean", "live"])
def test_a_wrong_learning_rate_is_found_where_verify_finds_it(parity: Net, engine: str) -> None:
    how = SweepSettings(40, 0, "parity", control="learning-rate", engine=engine)
    for row in all_rows(parity, how, 4):
        told = labels_of("parity", row.seed, 3)
        report = verify(parity, Settings(40, row.seed, told, control="learning-rate"))
        assert report.first_divergence is not None
        assert row.mismatch is not None
        assert row.mismatch.step == report.first_divergence.step
        assert (row.steps, row.wrong_steps) == (report.steps, report.wrong_steps)
        assert row.mismatch.what.startswith("memory bit ")
        assert row.right is None


def test_a_wrong_reference_is_found(parity: Net) -> None:
    found = all_rows(parity, SweepSettings(40, 0, "parity", control="wrong-circuit"), 8)
    assert any(row.mismatch is not None for row in found)


@pytest.mark.parametrize("engine", ["boolean", "live"])
def test_a_flipped_weight_is_found_wherever_it_is(parity: Net, engine: str) -> None:
    how, places = SweepSettings(60, 0, "parity", engine=engine), set[str]()
    subject = Subject.of(parity, how)
    for edge in range(0, parity.edges, 13):
        start = subject.start.copy()
        start[edge] *= -1
        (row,) = rows(replace(subject, start=start), 0, 1)
        assert row.mismatch is not None, edge
        assert row.steps == row.mismatch.step + 1
        places.add(row.mismatch.what.split()[0])
        if row.mismatch.what.startswith("at the end"):
            assert row.mismatch.what.startswith(f"at the end, weight of edge {edge}: expected ")
            assert row.mismatch.step == 59
    assert places == {"output:", "memory", "at"}


def test_a_memory_bit_that_is_wrong_is_named() -> None:
    net = net_of(toggle(memory_bits=3))
    subject = Subject.of(net, SweepSettings(9))
    start, edge = subject.start.copy(), net.memory[2].edge
    start[edge] *= -1
    (row,) = rows(replace(subject, start=start), 0, 1)
    assert row.mismatch == Mismatch(0, f"memory bit 2 bit2 (edge {edge}): expected 0.5, got -0.5")


def test_a_memory_weight_of_another_size_is_a_mismatch() -> None:
    net = net_of(toggle())
    subject = Subject.of(net, SweepSettings(9))
    start = subject.start.copy()
    start[net.memory[0].edge] *= 1 + 2.0**-50
    (row,) = rows(replace(subject, start=start), 0, 1)
    assert row.mismatch is not None
    assert row.mismatch.step == 0


def test_each_comparison_is_made(parity: Net) -> None:
    subject = Subject.of(parity, SweepSettings(30, 0, "parity", questions=8))
    (run,) = replica_runs.beside_references(subject, range(1))
    assert made(run, subject).mismatch is None
    course, at = run.course, len(run.course.flip_bits) - 1
    step, bit = int(course.flip_steps[at]), int(course.flip_bits[at])
    predictions, answers = course.predictions.copy(), course.answers.copy()
    predictions[17] ^= 1
    answers[5] ^= 1
    unflipped = {"flip_steps": course.flip_steps[:at], "flip_bits": course.flip_bits[:at]}
    for changed, where, what in (
        ({"predictions": predictions}, 17, "output: expected "),
        (unflipped, step, f"memory bit {bit} "),
        ({"answers": answers}, 35, "output: expected "),
    ):
        found = made(run, subject, **changed).mismatch
        assert found is not None
        assert found.step == where
        assert found.what.startswith(what)


def test_of_two_mismatches_the_earlier_counts(parity: Net) -> None:
    subject = Subject.of(parity, SweepSettings(30, 0, "parity"))
    (run,) = replica_runs.beside_references(subject, range(1))
    course, at = run.course, len(run.course.flip_bits) - 1
    flip = int(course.flip_steps[at])
    for step in (flip - 1, flip, flip + 1):
        predictions = course.predictions.copy()
        predictions[step] ^= 1
        unflipped = {"flip_steps": course.flip_steps[:at], "flip_bits": course.flip_bits[:at]}
        found = made(run, subject, predictions=predictions, **unflipped).mismatch
        assert found is not None
        assert found.step == min(step, flip)
        assert found.what.startswith("output" if step <= flip else "memory bit")


# Noise --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def memorising() -> Net:
    return compile_net(source_of("builtin:parity:bits=2"), target="noise-tolerant", samples=3)


@pytest.mark.parametrize("labels", ["random", "parity", "listed"])
@pytest.mark.parametrize("noise", [None, 2e-3, 0.1])
def test_a_run_under_noise_is_the_one_that_verify_makes(
    memorising: Net, labels: str, noise: float | None
) -> None:
    how = SweepSettings(3, 7, labels, LISTED, questions=4, noise=noise)
    for row in noisy_rows(memorising, how, 1, 2):
        told = None if labels == "random" else labels_of(labels, row.seed, 2)
        report = verify(memorising, Settings(seed=row.seed, labels=told, questions=4, noise=noise))
        first, found = report.first_divergence, row.mismatch
        assert report.noise is not None
        assert (row.steps, row.summed_noise) == (report.steps, report.noise.summed_noise)
        assert (noise == 0.1) == (first is not None) == (found is not None)
        assert found is None or str(found) == str(first)
        assert row.target == (str(target("parity", 2, row.seed)) if labels == "parity" else "")
        assert Row.parse(row.line()) == row


# What is refused, and edges -----------------------------------------------------------------------


def test_a_run_may_be_empty(parity: Net) -> None:
    (row,) = all_rows(parity, SweepSettings(0, 0, "parity", questions=0), 1)
    assert (row.steps, row.wrong_steps, row.last_wrong_step, row.right) == (0, 0, None, None)


def test_a_net_without_inputs_or_without_memory_can_be_run() -> None:
    machine = net_of("builtin:busy-beaver:states=2")
    assert not machine.inputs
    (row, other) = all_rows(machine, SweepSettings(5, 0, "always-wrong"), 2)
    assert (row.mismatch, row.wrong_steps, row.memory) == (None, 5, other.memory)
    b = Builder("and")
    b.output("z", b.and_(b.input("x"), b.input("y")))
    (row,) = all_rows(compile_net(UpdateOnError(b.build())), SweepSettings(9), 1)
    assert row.mismatch is None


def test_settings_that_mean_nothing_are_refused() -> None:
    for given_, message in (
        ({"labels": "party"}, "no labels 'party'"),
        ({"engine": "levels"}, "no engine 'levels'"),
        ({"dtype": "float16"}, "no dtype 'float16'"),
        ({"control": "batch-size"}, "no control 'batch-size'"),
        ({"steps": -1}, "steps: -1 is below 0"),
        ({"labels": "listed", "listed": (1, 0)}, "2 labels for 5 steps"),
    ):
        with pytest.raises(SourceError, match=message):
            SweepSettings(**{"steps": 5} | given_)


def test_what_is_not_for_a_net_is_refused(parity: Net, memorising: Net) -> None:
    printed = compile_net(source_of("builtin:parity:bits=2"), preset="printed")
    for net, how, message in (
        (compile_net(full_adder()), SweepSettings(3), "a component learns nothing"),
        (printed, SweepSettings(3), "lose the printed constants"),
        (parity, SweepSettings(3, noise=0.1), "noise is for noise-tolerant nets"),
        (parity, SweepSettings(3, noise_model="bias"), "noise is for noise-tolerant nets"),
        (memorising, SweepSettings(4), "memorises 3 samples, not 4"),
        (memorising, SweepSettings(3, labels="always-wrong"), "no label is wrong"),
    ):
        with pytest.raises(SourceError, match=message):
            check_net(net, how)


def test_flip_weight_flips_a_frozen_weight(parity: Net) -> None:
    subject = Subject.of(parity, SweepSettings(9, control="flip-weight"))
    (edge,) = np.flatnonzero(subject.start != subject.built)
    assert parity.edge_role[edge] == EdgeRole.GATE
