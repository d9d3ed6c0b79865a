"""What a noise-tolerant net is taught in a run, and what it is to answer then.

All of it is drawn by the seed and the number of the run: T samples with their random bits, their
labels, and the questions that follow. The answers are those of the source, the circuit h of
Lemma 6, evaluated in `circuits`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from circuits.circuit import Circuit
from circuits.evaluate import Evaluator
from compiler.net import Net
from runtime.labels import LabelsOf, random_labels

Bits: TypeAlias = NDArray[np.uint8]
"""Of 0 and 1."""


@dataclass(frozen=True, eq=False)
class Lesson:
    """One run's samples and questions.

    Attributes:
        samples: shape (T, n'), the sample's bits and then the random ones.
        labels: shape (T,).
        questions: shape (questions, n'), likewise.
        answers: shape (questions,), what h says.
    """

    samples: Bits
    labels: Bits
    questions: Bits
    answers: Bits


class Teacher:
    """Draws the lessons of a net's runs.

    Attributes:
        questions: in a run.
        exhaustive: whether these are all inputs.

    Args:
        net: of target noise-tolerant.
        seed: of everything.
        questions: how many inputs to ask about; all of them where there are no more.
        labels_of: the labels of a run, by its number; fair coins by default.
        reference: h; by default the net's own source.
    """

    def __init__(
        self,
        net: Net,
        seed: int,
        questions: int,
        labels_of: LabelsOf | None = None,
        reference: Circuit | None = None,
    ) -> None:
        self._evaluator = Evaluator.of(reference or net.circuit)
        self._net, self._seed = net, seed
        self._labels_of = labels_of or (lambda run: random_labels(seed, run))
        self._sample_bits = len(net.inputs) - len(net.random_inputs)
        everything = self._sample_bits < 20 and 2**self._sample_bits <= questions
        self.exhaustive = everything
        self.questions = 2**self._sample_bits if everything else questions

    def lessons(self, runs: Sequence[int]) -> list[Lesson]:
        """Those of these runs, by number."""
        drawn = [self._drawn(run) for run in runs]
        answers = self._answers(drawn)
        return [Lesson(*parts, said) for parts, said in zip(drawn, answers, strict=True)]

    def _drawn(self, run: int) -> tuple[Bits, Bits, Bits]:
        net, n = self._net, self._sample_bits
        bits = np.random.default_rng([self._seed, 0, run])
        samples = bits.integers(0, 2, (net.samples, len(net.inputs)), np.uint8)
        questions = bits.integers(0, 2, (self.questions, len(net.inputs)), np.uint8)
        if self.exhaustive:
            questions[:, :n] = np.arange(self.questions)[:, None] >> np.arange(n) & 1
        label = self._labels_of(run)
        labels = [label(t, x[:n].tolist(), 0) for t, x in enumerate(samples)]
        return samples, np.array(labels, np.uint8), questions

    def _answers(self, drawn: list[tuple[Bits, Bits, Bits]]) -> list[Bits]:
        """All questions of all runs at once, one a bit of long integers."""
        n, columns = self._sample_bits, []
        for samples, labels, questions in drawn:
            given = np.hstack([samples[:, :n], labels[:, None], samples[:, n:]]).reshape(-1)
            repeated = np.repeat(given[:, None], len(questions), axis=1)
            columns.append(np.vstack([repeated, questions[:, :n].T]))
        table = np.hstack(columns)
        packed = np.packbits(table, axis=1, bitorder="little")
        words = [int.from_bytes(row.tobytes(), "little") for row in packed]
        (said,) = self._evaluator.step(words, width=table.shape[1]).outputs
        data = said.to_bytes(packed.shape[1], "little")
        answers = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
        return list(answers[: table.shape[1]].reshape(len(drawn), -1))
