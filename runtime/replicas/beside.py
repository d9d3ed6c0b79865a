"""One run beside its reference: what is compared, and what is remembered of it."""

from __future__ import annotations

from hashlib import sha256

import numpy as np

from runtime.replicas.lessons import Bits, Lesson
from runtime.replicas.reference import Course
from runtime.replicas.row import Mismatch, Row
from runtime.replicas.subject import Floats, Subject


class Beside:
    """A run that is told what SGD did, part by part.

    Attributes:
        shown: what it is shown.
        course: how its reference goes.
        mismatch: the first so far.
    """

    def __init__(self, subject: Subject, number: int, shown: Lesson, course: Course) -> None:
        self.shown, self.course = shown, course
        self.mismatch: Mismatch | None = None
        self._subject, self._number = subject, number
        self._held = subject.reset
        self._wrong = list[int]()
        self._right: int | None = None

    def learned(self, start: int, outputs: Floats, memory: Floats) -> None:
        """Some steps, if all was as it must be before.

        Args:
            start: the number of the first of them.
            outputs: shape (steps,).
            memory: shape (steps, memory bits), the weights after each step.
        """
        if self.mismatch is not None:
            return
        course, stop = self.course, start + len(outputs)
        expected = course.memory(self._held, start, stop)
        found = (
            _output_mismatch(start, outputs, course.predictions[start:stop]),
            self._memory_mismatch(start, memory, expected),
        )
        # The earliest, and of those in one step the output.
        self.mismatch = min((m for m in found if m), key=lambda m: m.step, default=None)
        seen = len(outputs) if self.mismatch is None else self.mismatch.step + 1 - start
        wrong = outputs[:seen] != _signs(course.labels[start : start + seen])
        self._wrong += (start + np.flatnonzero(wrong)).tolist()
        negated = np.sign(memory[seen - 1]) != np.sign(self._subject.zero)
        self._held = negated.astype(np.int8)

    def ended(self, weights: Floats) -> None:
        """All steps are made; compare all weights, shape (edges,), with those of Lemma 2."""
        if self.mismatch is not None or not len(self.course.labels):
            return
        course, sections = self.course, self._subject.sections
        wrong = course.predictions != course.labels
        by_output = np.array([(wrong & (course.predictions == bit)).sum() for bit in (1, 0)])
        active = np.tile(by_output, (sections.units, 1))
        flips = np.zeros((sections.bits, 2), np.int64)
        np.add.at(flips, (course.flip_bits, 1 - course.predictions[course.flip_steps]), 1)
        active[: sections.bits] = flips
        active[sections.bits : 2 * sections.bits] = by_output - flips
        expected = self._subject.built.copy()
        expected[sections.path] *= np.where(sections.negated(active), -1, 1).astype(weights.dtype)
        bad = np.flatnonzero(expected != weights)
        if len(bad):
            edge, step = int(bad[0]), len(course.labels) - 1
            place = f"at the end, weight of edge {edge}"
            self.mismatch = Mismatch.of(step, place, expected[edge], weights[edge])

    def asked(self, outputs: Floats) -> None:
        """The answers to the questions, shape (questions,)."""
        if self.mismatch is not None or not len(outputs):
            return
        self._right = int((outputs == _signs(self.shown.answers)).sum())
        steps = len(self.course.labels)
        self.mismatch = _output_mismatch(steps, outputs, self.course.answers)

    def row(self) -> Row:
        """How it went."""
        steps = len(self.course.labels)
        return Row(
            run=self._number,
            seed=self.shown.seed,
            target=self.shown.target,
            steps=steps if self.mismatch is None else min(steps, self.mismatch.step + 1),
            wrong_steps=len(self._wrong),
            last_wrong_step=self._wrong[-1] if self._wrong else None,
            right=self._right,
            memory=sha256(np.packbits(self._held).tobytes()).hexdigest()[:16],
            mismatch=self.mismatch,
        )

    def _memory_mismatch(self, start: int, got: Floats, expected: Bits) -> Mismatch | None:
        wanted = np.where(expected > 0, -self._subject.zero, self._subject.zero)
        bad = got != wanted
        if not bad.any():
            return None
        step, bit = divmod(int(bad.argmax()), bad.shape[1])
        memory = self._subject.net.memory[bit]
        place = f"memory bit {bit} {memory.name} (edge {memory.edge})"
        return Mismatch.of(start + step, place, wanted[step, bit], got[step, bit])


def _output_mismatch(start: int, got: Floats, predictions: Bits) -> Mismatch | None:
    bad = np.flatnonzero(got != _signs(predictions))
    if not len(bad):
        return None
    step = int(bad[0])
    return Mismatch.of(start + step, "output", _signs(predictions)[step], got[step])


def _signs(bits: Bits) -> Bits:
    return 2 * bits - 1
