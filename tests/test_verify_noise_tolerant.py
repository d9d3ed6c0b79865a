"""Verification of noise-tolerant nets: right ones are right, and every comparison can fail."""

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from noise_nets import noise_net

from circuits.batch import Batch, answer
from circuits.builder import Builder
from circuits.catalog import builtin_learner
from circuits.errors import LimitError, SourceError
from circuits.learner import learn, predict
from circuits.targets import target
from compiler.net import Role, Unit
from compiler.pipeline import compile_net
from runtime.findings import Findings
from runtime.labels import always_wrong, read_labels
from runtime.noise.anatomy import Anatomy
from runtime.noise.checks import Comparison
from runtime.noise.lesson import Teacher
from runtime.noise.runs import NoiseRuns
from runtime.report import Check
from runtime.restarts import Restarts
from runtime.settings import DTYPES, ENGINES, Settings
from runtime.verify import verify

LEARNERS = [
    ("parity:bits=3", 8),
    ("conjunction:bits=3,samples=6", 6),
    ("nearest:bits=3,samples=4", 6),
    ("perceptron:bits=2,width=3", 4),
    ("winnow:bits=2", 4),
    ("random_subset:bits=3,confirmations=2", 5),
    ("parity:bits=1", 1),
]


@pytest.mark.parametrize(("learner", "samples"), LEARNERS)
def test_every_learner_is_emulated_without_noise(learner: str, samples: int) -> None:
    report = verify(noise_net(learner, samples), Settings(runs=3))
    assert report.emulates, report
    assert report.steps == report.wrong_steps == 3 * samples
    assert (report.exhaustive, report.cell_mismatches) == (True, 0)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_noise_as_large_as_is_guaranteed_does_no_harm(dtype: str, engine: str) -> None:
    net = noise_net("parity:bits=3", 6)
    noise = net.noise.to_float() / net.samples
    how = Settings(dtype=dtype, engine=engine, noise=noise, noise_model="uniform", runs=4)
    report = verify(net, how)
    assert report.emulates, report
    assert report.noise is not None
    assert report.noise.guaranteed_noise / 2 < report.noise.summed_noise
    assert report.noise.summed_noise < report.noise.guaranteed_noise


@pytest.mark.parametrize("model", ["bias", "gaussian"])
def test_other_noise_within_the_guaranteed_sum_does_no_harm(model: str) -> None:
    net = noise_net("parity:bits=3", 6)
    share = {"bias": 1.0, "gaussian": 0.2}[model]  # normal numbers are seldom above 5
    noise = share * net.noise.to_float() / net.samples
    report = verify(net, Settings(noise=noise, noise_model=model, runs=10))
    assert report.emulates, report
    assert report.noise is not None
    assert report.noise.summed_noise <= report.noise.guaranteed_noise * 1.0001


def test_random_bits_are_memorised_like_inputs() -> None:
    net = noise_net("random_subset:bits=3,confirmations=2", 5)
    (lesson,) = Teacher(net, 3, 64).lessons([0])
    assert lesson.samples.shape == (5, 3 + len(net.random_inputs))
    assert len(net.random_inputs) > 0
    names = tuple(port.name for port in net.inputs)
    batch = Batch(net.circuit, 5, names[:3], names[3:])
    examples = [
        (x[:3].tolist(), int(y), x[3:].tolist())
        for x, y in zip(lesson.samples, lesson.labels, strict=True)
    ]
    for question, said in zip(lesson.questions, lesson.answers, strict=True):
        assert answer(batch, examples, question[:3].tolist()) == said


def test_the_answers_are_those_of_the_learner_step_by_step() -> None:
    learner, net = builtin_learner("parity:bits=3"), noise_net("parity:bits=3", 6)
    for lesson in Teacher(net, 1, 64).lessons(range(20)):
        state = learner.reset
        for x, y in zip(lesson.samples.tolist(), lesson.labels.tolist(), strict=True):
            state = learn(learner, state, x, y)
        said = [predict(learner, state, x) for x in lesson.questions.tolist()]
        assert said == lesson.answers.tolist()


def test_a_parity_is_learned() -> None:
    net, rule = noise_net("parity:bits=3", 8), target("parity", 3, seed=5)
    report = verify(net, Settings(labels=lambda _t, x, _p: rule(x), labels_name="parity", runs=5))
    assert report.emulates, report
    labels_of = lambda _run: lambda _t, x, _p: rule(x)  # noqa: E731
    for lesson in Teacher(net, 0, 64, labels_of).lessons(range(5)):
        assert [rule(x) for x in lesson.questions.tolist()] == lesson.answers.tolist()


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    """Any function of two samples and a third one, of a gate or two."""
    bits = draw(st.integers(1, 2))
    builder = Builder("any")
    literals = [builder.input(f"{i}") for i in range(2 * (bits + 1) + bits)]
    for _ in range(draw(st.integers(1, 4))):
        operands = [x ^ draw(st.integers(0, 1)) for x in draw(st.permutations(literals))[:3]]
        made = [builder.and_(*operands), builder.xor(*operands), builder.mux(*operands)]
        literals.append(made[draw(st.integers(0, 2))])
    builder.output("h", literals[-1])
    return Batch(builder.build(), 2, tuple(f"x{i}" for i in range(bits)))


@settings(max_examples=25, deadline=None)
@given(batch=batches(), seed=st.integers(0, 1000))
def test_any_function_of_all_samples_is_answered(batch: Batch, seed: int) -> None:
    net = compile_net(batch, target="noise-tolerant")
    report = verify(net, Settings(seed=seed, runs=2, noise=net.noise.to_float() / 10))
    assert report.emulates, report


# The printed constants ----------------------------------------------------------------------------


@pytest.mark.parametrize("labels", [0, 1])
def test_the_printed_net_is_right_in_double_double(labels: int) -> None:
    net = noise_net("parity:bits=3", 6, "printed")
    report = verify(net, Settings(labels=lambda _t, _x, _p: labels))
    assert report.emulates, report
    assert report.arithmetic == "double-double"


@pytest.mark.parametrize("model", ["uniform", "adversarial"])
def test_the_printed_net_bears_the_noise_of_the_lemma(model: str) -> None:
    net = noise_net("parity:bits=3", 6, "printed")
    for epsilon in (2.0**-134 * 3.0**-11, 0.99 * net.noise.to_float()):
        noise = epsilon / (net.samples if model == "uniform" else 1)
        report = verify(net, Settings(noise=noise, noise_model=model, runs=3))
        assert report.emulates, report


def test_float64_loses_the_printed_net_as_soon_as_a_cell_is_set() -> None:
    net = noise_net("parity:bits=3", 6, "printed")
    report = verify(net, Settings(arithmetic="float"))
    assert not report.emulates
    assert report.first_divergence is not None
    assert report.first_divergence.step == 1
    assert report.first_divergence.check is Check.CELL
    assert report.first_divergence.provenance.startswith("v4 of cell sample 0: x[0]=")


def test_float64_holds_the_printed_net_of_exponent_one() -> None:
    net = compile_net(
        builtin_learner("parity:bits=2"),
        target="noise-tolerant", samples=4, preset="printed", exponent=Fraction(1),
    )  # fmt: skip
    for arithmetic in ("float", "double-double"):
        report = verify(net, Settings(arithmetic=arithmetic, runs=3))
        assert report.emulates, report


# Short formats ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["bfloat16", "float16"])
def test_a_wide_net_learns_with_weights_of_sixteen_bits(name: str) -> None:
    report = verify(noise_net("parity:bits=3", 8), Settings(noise_model=name, runs=10))
    assert report.emulates, report


def test_a_printed_net_does_not() -> None:
    net = noise_net("parity:bits=2", 3, "printed")
    report = verify(net, Settings(noise_model="bfloat16"))
    assert not report.emulates
    assert report.first_divergence is not None
    assert report.first_divergence.step == 0
    with pytest.raises(LimitError, match="overflows float16"):
        verify(net, Settings(noise_model="float16"))


# What a report says -------------------------------------------------------------------------------


def test_the_report_has_what_there_is_to_say_of_noise() -> None:
    net = noise_net("parity:bits=3", 6)
    report = verify(net, Settings(noise=0.005, runs=12, seed=4))
    assert report.noise is not None
    assert 0 < report.noise.successes < 12
    found = json.loads(report.to_json())
    wanted = {
        "emulates": False, "target": "noise-tolerant", "noise": 0.005, "noise_model": "gaussian",
        "runs": 12, "successes": report.noise.successes, "samples": 6, "questions": 8,
        "guaranteed_noise": net.noise.to_float(), "m_prime": None, "machine_steps": None,
    }  # fmt: skip
    assert found | wanted == found
    failed = report.noise.failed_run
    assert failed is not None
    alone = verify(net, Settings(noise=0.005, seed=4, first_run=failed))
    assert alone.first_divergence == report.first_divergence
    assert alone.noise is not None
    assert (alone.noise.successes, alone.noise.failed_run) == (0, failed)
    if failed:
        assert verify(net, Settings(noise=0.005, seed=4, runs=failed)).emulates


def test_a_report_is_a_few_lines_for_a_person() -> None:
    net = noise_net("parity:bits=2", 3)
    report = replace(verify(net, Settings(noise=1e-4, runs=2)), seconds=0.5)
    assert str(report).splitlines() == [
        "parity:bits=2: emulates (6 SGD steps, 6 of them wrong, float64, seed 0, 0.5 s)",
        f"  {net.vertices} vertices, {net.edges} edges, {net.levels} levels, 12 cells; "
        "noise-tolerant net, wide preset",
        "  0 output mismatches, 0 blend inputs, 0 protected gradients nonzero, "
        "0 memory mismatches, 0 frozen weight changes, 0 read out mismatches, 0 cell mismatches, "
        "0 control mismatches, 0 output out of range",
        "  2 of 2 runs right, each of 3 samples and 4 questions; gaussian noise of 0.0001",
        "  noise on an edge summed to 0.000"
        f"{round(report.noise.summed_noise * 1e6) if report.noise else 0} at most; 0.00966 is "
        "guaranteed to do no harm",
        "  all inputs were tried",
    ]


def test_runs_differ_and_are_those_of_the_seed() -> None:
    net = noise_net("parity:bits=3", 6)
    lessons = Teacher(net, 7, 64).lessons(range(4))
    for a, b in pairwise(lessons):
        assert (a.samples != b.samples).any()
    (again,) = Teacher(net, 7, 64).lessons([2])
    for name in ("samples", "labels", "questions", "answers"):
        assert (getattr(again, name) == getattr(lessons[2], name)).all()
    (other,) = Teacher(net, 8, 64).lessons([2])
    assert (other.samples != again.samples).any()


def test_so_many_questions_are_asked_and_all_if_there_are_no_more() -> None:
    net = noise_net("parity:bits=3", 6)
    few, everything = Teacher(net, 0, 7), Teacher(net, 0, 8)
    assert (few.exhaustive, few.questions) == (False, 7)
    assert (everything.exhaustive, everything.questions) == (True, 8)
    (lesson,) = everything.lessons([0])
    assert len({tuple(question) for question in lesson.questions.tolist()}) == 8


def test_labels_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "labels").write_text("1\n0\n1\n")
    net = noise_net("parity:bits=2", 3)
    report = verify(net, Settings(labels=read_labels(tmp_path / "labels"), runs=2))
    assert report.emulates, report
    (tmp_path / "labels").write_text("1\n0\n")
    with pytest.raises(SourceError, match="has 2 labels, step 2 needs one more"):
        verify(net, Settings(labels=read_labels(tmp_path / "labels")))


def test_progress_is_told_after_every_step_of_every_run() -> None:
    told: list[tuple[int, int]] = []
    how = Settings(runs=2, progress=lambda done, total: told.append((done, total)))
    verify(noise_net("parity:bits=2", 3), how)
    assert told == [(k, 6) for k in range(1, 7)]


# What is refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "text"),
    [
        (Settings(labels=always_wrong), "no label is wrong for a net that says 1/2"),
        (Settings(arithmetic="exact"), "no exact arithmetic for noise-tolerant nets"),
        (Settings(noise=-1.0), "gaussian noise of -1.0"),
        (Settings(noise_model="uniform"), "uniform noise of None"),
        (Settings(noise_model="bfloat16", noise=1.0), "bfloat16 with an amount"),
        (Settings(noise_model="brown", noise=1.0), "unknown noise 'brown'"),
    ],
)
def test_settings_that_make_no_sense_are_refused(how: Settings, text: str) -> None:
    with pytest.raises(SourceError, match=text):
        verify(noise_net("parity:bits=2", 3), how)


@pytest.mark.parametrize(
    ("how", "text"),
    [
        (Settings(noise=0.1), "runs under noise are for noise-tolerant nets"),
        (Settings(runs=2), "runs under noise are for noise-tolerant nets"),
        (Settings(control="label"), "the control label is for noise-tolerant nets"),
        (Settings(arithmetic="double-double"), "no double-double arithmetic for emulation nets"),
    ],
)
def test_an_emulation_net_has_no_runs_under_noise(how: Settings, text: str) -> None:
    with pytest.raises(SourceError, match=text):
        verify(compile_net(builtin_learner("parity:bits=2")), how)


def test_there_is_at_least_one_run() -> None:
    with pytest.raises(SourceError, match="0 runs"):
        Settings(runs=0)


# Every comparison can fail ------------------------------------------------------------------------


NET = noise_net("parity:bits=2", 3)
RESTARTS, ANATOMY = Restarts(NET, Settings()), Anatomy(NET, "float64")
(LESSON,) = Teacher(NET, 0, 64).lessons([0])


class Broken:
    """A run right up to a step, and then changed by hand just before it is compared."""

    def __init__(self, noise: float = 0.0) -> None:
        self.run, self.lesson = RESTARTS.start(), LESSON
        self.findings = Findings(NET)
        self.compared = Comparison(ANATOMY, self.run, LESSON, noise > 0, self.findings)
        self.compared.noise[:] = noise

    def step(
        self,
        before: Callable[[], None] = lambda: None,
        after: Callable[[], None] = lambda: None,
    ) -> None:
        step = self.findings.steps
        signs = (2 * self.lesson.samples[step].astype(int) - 1).tolist()
        outputs = self.run.forward_backward([signs], [2 * int(self.lesson.labels[step]) - 1])
        before()
        self.compared.before_update(outputs)
        self.run.update()
        after()
        self.compared.after_update()
        self.findings.end_step(wrong=True)

    def found(self) -> Check | None:
        return None if self.findings.first is None else self.findings.first.check


def vertices(role: Role, path_index: int = -1) -> list[int]:
    chosen = (NET.role == role) & (NET.path_index == path_index)
    return np.flatnonzero(chosen).tolist()


@pytest.mark.parametrize(
    ("role", "path_index", "value", "check"),
    [
        (Role.STATE, -1, 1.99, Check.CELL),
        (Role.READ, -1, -1.99, Check.CELL),
        (Role.STEM, 2, 1.3, Check.CELL),
        (Role.STEM, 4, 0.1, Check.CELL),
        (Role.CONTROL, -1, 1.0, Check.CONTROL),
        (Role.CONTROL_PRIMED, -1, 1e-9, Check.CONTROL),
        (Role.OUTPUT_CONTROL, -1, 1e-9, Check.CONTROL),
    ],
)
def test_what_a_vertex_should_not_say_is_found(
    role: Role, path_index: int, value: float, check: Check
) -> None:
    for vertex in vertices(role, path_index):
        broken = Broken()
        broken.step()
        assert broken.found() is None

        def say(vertex: int = vertex, broken: Broken = broken) -> None:
            broken.run.values[vertex] = value

        broken.step(before=say)
        assert broken.found() is check, NET.vertex_name(vertex)
        assert broken.findings.first is not None
        assert broken.findings.first.vertex == vertex
        assert broken.findings.first.step == 1
        assert broken.findings.counts[check] == 1


@pytest.mark.parametrize("noise", [0.0, 1e-4])
def test_a_weight_that_is_off_by_more_than_noise_is_found(noise: float) -> None:
    cells = NET.cells
    on_path = np.isin(np.arange(NET.edges), cells.path)
    for edge in range(NET.edges):
        broken = Broken(noise)
        broken.step(after=lambda: None)

        def move(edge: int = edge, broken: Broken = broken) -> None:
            broken.run.weights[edge] += 3 * noise + 1e-4

        broken.step(after=move)
        tolerated = edge in _loose(noise)
        assert broken.found() is (
            None if tolerated else Check.CELL if on_path[edge] else Check.WEIGHT
        )
        if broken.findings.first is not None:
            assert broken.findings.first.edge == edge


def _loose(noise: float) -> set[int]:
    """Edges that have just been changed by a gradient which noise may have changed by more."""
    if not noise:
        return set()
    edges = [*NET.cells.output_control[:2].tolist()]
    for step in (0, 1):
        edges += NET.cells.path[NET.cells.set_by(step, LESSON.samples[step])].ravel().tolist()
    return set(edges)


def test_noise_that_is_counted_is_allowed_for() -> None:
    broken = Broken(noise=1e-3)
    signs = np.where(np.arange(NET.edges) % 2, 1.0, -1.0)
    broken.step(after=lambda: broken.run.perturb(0.999e-3 * signs))
    assert broken.found() is None
    other = Broken(noise=1e-3)
    other.step(after=lambda: other.run.perturb(1.3e-3 * signs))
    assert other.found() in (Check.CELL, Check.WEIGHT)


def test_a_gradient_where_there_should_be_none_is_found() -> None:
    for edge in range(NET.edges):
        broken = Broken()
        learning = set(NET.cells.output_control[[0]].tolist())
        learning |= set(
            NET.cells.path[NET.cells.set_by(0, broken.lesson.samples[0])].ravel().tolist()
        )

        def pull(edge: int = edge, broken: Broken = broken) -> None:
            broken.run.gradients[edge] += 1e-300

        broken.step(before=pull)
        assert broken.found() is (None if edge in learning else Check.GRADIENT)


def test_an_output_that_is_off_is_found() -> None:
    for off in (1e-6, -1e-6, np.nan):
        broken = Broken()
        signs = (2 * broken.lesson.samples[0].astype(int) - 1).tolist()
        outputs = broken.run.forward_backward([signs], [1])
        broken.compared.before_update(outputs + off)
        assert broken.found() is Check.OUTPUT_RANGE


def test_an_input_in_a_blend_is_found() -> None:
    low, high = (getattr(NET.activation, name).to_float() for name in ("dead_zone", "power_from"))
    broken = Broken()
    vertex = vertices(Role.GATE)[0]

    def blend() -> None:
        broken.run.sums[vertex] = (low + high) / 2

    broken.step(before=blend)
    assert broken.found() is Check.BLEND
    assert broken.findings.first is not None
    assert broken.findings.first.vertex == vertex


def ask(broken: Broken) -> float:
    for _ in range(NET.samples):
        broken.step()
    signs = (2 * broken.lesson.questions[0].astype(int) - 1).tolist()
    return float(broken.run.forward_backward([signs], [1])[0])


def test_a_wrong_answer_is_found() -> None:
    for make in (lambda x: -x, lambda x: x * 0.49, lambda _x: np.nan, lambda x: x * 1.51):
        broken = Broken()
        output = ask(broken)
        broken.compared.question(0, make(output))
        assert broken.found() is Check.OUTPUT
        assert broken.findings.first is not None
        assert broken.findings.first.step == NET.samples
    right = Broken()
    right.compared.question(0, ask(right) * 0.75)
    assert right.found() is None


def test_the_whole_net_is_compared_with_a_question_too() -> None:
    for role, index, check in (
        (Role.CONTROL, -1, Check.CONTROL),
        (Role.OUTPUT_CONTROL, -1, Check.CONTROL),
        (Role.STATE, -1, Check.CELL),
        (Role.STEM, 4, Check.CELL),
    ):
        broken = Broken()
        output = ask(broken)
        broken.run.values[vertices(role, index)[-1]] = 0.5
        broken.compared.question(0, output)
        assert broken.found() is check


def test_a_cell_is_named_by_its_sample_and_its_input() -> None:
    broken = Broken()
    edge = int(NET.cells.path[NET.cells.number(2, 1, 0), 4])

    def move() -> None:
        broken.run.weights[edge] += 1

    broken.step(after=move)
    assert broken.findings.first is not None
    assert broken.findings.first.provenance == "v4 of cell sample 2: x[1]=0"
    assert broken.findings.first.expected.endswith("+- 0 (unset)")
    set_by = {1: "set by label +1", 0: "set by label -1"}[int(broken.lesson.labels[0])]
    other = Broken()
    edge = int(NET.cells.path[NET.cells.set_by(0, other.lesson.samples[0])[0], 1])

    def move_other() -> None:
        other.run.weights[edge] += 1

    other.step(after=move_other)
    assert other.findings.first is not None
    assert other.findings.first.expected.endswith(f"({set_by})")
    assert NET.unit[NET.edge_target[edge]] == Unit.CELL


def test_weights_that_overflow_are_a_failed_run() -> None:
    net = noise_net("parity:bits=2", 3)
    report = verify(net, Settings(noise=1e300, noise_model="bias"))
    assert not report.emulates
    printed = noise_net("parity:bits=2", 3, "printed")
    (result,) = NoiseRuns(printed, Settings(noise=1e290, noise_model="bias")).results()
    assert result.findings.first is not None
    overflow = Broken()
    overflow.compared.overflow(LimitError("too large"))
    assert overflow.found() is Check.OUTPUT_RANGE
    assert overflow.findings.first is not None
    assert overflow.findings.first.got == "too large"


# A thousand runs ----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("learner", "samples", "runs"),
    [
        pytest.param("parity:bits=4", 12, 1000, marks=pytest.mark.long),
        ("parity:bits=4", 12, 200),
        ("parity:bits=8", 16, 300),
        ("parity:bits=16", 24, 60),
        ("conjunction:bits=8,samples=16", 16, 300),
        ("nearest:bits=8,samples=16", 16, 300),
    ],
)
def test_the_guarantee_holds_in_many_runs(learner: str, samples: int, runs: int) -> None:
    """Noise that is uniform within the guaranteed sum; and normal noise that sums to more."""
    net = noise_net(learner, samples)
    for model, noise in (("uniform", 1 / samples), ("gaussian", 0.1)):
        how = Settings(
            engine="native",
            noise=noise * net.noise.to_float(),
            noise_model=model,
            runs=runs // 2,
            questions=16,
        )
        report = verify(net, how)
        assert report.emulates, report
