"""Runs of SGD, each compared with its reference.

Compared are the output of every step, every memory bit after every step, all weights after the last
step with what Lemma 2 says, and the answers to fresh samples, which the trained net is asked
without changing it. The first difference ends a run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runtime.replicas.beside import Beside
from runtime.replicas.lessons import lesson
from runtime.replicas.reference import courses
from runtime.replicas.row import Row
from runtime.replicas.subject import Subject
from runtime.replicas.training import Copies, copies_of, together

_WATCHED = 1 << 18
"""Memory weights that are looked at in one go: they stay in the cache."""

_WATCHED_TOGETHER = 1 << 22
"""Likewise of several runs at once, of which a part that is begun costs more."""


def rows(subject: Subject, first: int, count: int) -> Iterator[Row]:
    """Run after run, from number ``first`` on."""
    runs = beside_references(subject, range(first, first + count))
    size = together(subject)
    for start in range(0, count, size):
        some = runs[start : start + size]
        make(subject, some)
        yield from (run.row() for run in some)


def beside_references(subject: Subject, numbers: range) -> list[Beside]:
    """Runs that are still to be made."""
    inputs, form = len(subject.net.inputs), subject.form
    lessons = [lesson(subject.settings, run, inputs, form.sample_inputs) for run in numbers]
    shown = zip(numbers, lessons, courses(subject.circuit, form, lessons), strict=True)
    return [Beside(subject, number, lesson_, course) for number, lesson_, course in shown]


def make(subject: Subject, runs: Sequence[Beside]) -> Copies:
    """Make all steps of some runs, and then ask; gives the nets, as they are then."""
    copies, total = copies_of(subject, len(runs)), subject.settings.steps
    memory = subject.memory.tolist()
    watched = _WATCHED if len(runs) == 1 else _WATCHED_TOGETHER // len(runs)
    part = max(1, watched // max(1, len(memory)))
    for start in range(0, total, part):
        these = slice(start, min(start + part, total))
        samples = [run.shown.samples[these] for run in runs]
        labels = [run.course.labels[these] for run in runs]
        found = copies.train(samples, labels, subject.rate, memory)
        for run, outputs, weights in zip(runs, *found, strict=True):
            run.learned(start, outputs.numpy(), weights.numpy())
        if all(run.mismatch for run in runs):
            return copies
    for number, run in enumerate(runs):
        run.ended(copies.weights(number).numpy())
    if len(runs[0].shown.questions):  # with a learning rate of 0 nothing changes
        questions = [run.shown.questions for run in runs]
        answers = [run.course.answers for run in runs]
        found = copies.train(questions, answers, 0.0, ())
        for run, outputs in zip(runs, found.outputs, strict=True):
            run.asked(outputs.numpy())
    return copies
