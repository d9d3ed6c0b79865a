"""The reference of many runs at once: the learner's circuit, evaluated with a bit for each run.

What a run's memory holds in each step is kept as the bits that flipped, since few do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from circuits.circuit import Circuit
from circuits.evaluate import primary
from circuits.update_on_error import UpdateOnError
from runtime.replicas.lessons import Bits, Lesson


class Course(NamedTuple):
    """How the reference of one run went.

    Attributes:
        predictions: shape (steps,), 0 or 1.
        labels: likewise.
        flip_steps, flip_bits: shape (flips,), sorted by step: memory bit flip_bits[i] changed at
            the end of step flip_steps[i].
        answers: shape (questions,), its predictions for the questions after the last step.
    """

    predictions: Bits
    labels: Bits
    flip_steps: NDArray[np.int32]
    flip_bits: NDArray[np.int32]
    answers: Bits

    def memory(self, before: Bits, start: int, stop: int) -> Bits:
        """The memory after each of some steps.

        Args:
            before: shape (memory bits,), before the first of them.
            start: the first of them.
            stop: one past the last.

        Returns:
            Shape (stop - start, memory bits).
        """
        flips = np.zeros((stop - start, len(before)), np.int8)
        first, end = np.searchsorted(self.flip_steps, (start, stop))
        flips[self.flip_steps[first:end] - start, self.flip_bits[first:end]] = 1
        held: Bits = np.bitwise_xor.accumulate(flips, axis=0) ^ before
        return held


def courses(circuit: Circuit, form: UpdateOnError, lessons: Sequence[Lesson]) -> Iterator[Course]:
    """Run the reference on several lessons of equal length, all at once.

    Args:
        circuit: what to run; ``form.circuit``, or a wrong one.
        form: which inputs are random.
        lessons: one for each run.
    """
    runs, evaluator = len(lessons), UpdateOnError(circuit, form.random_inputs).evaluator
    ones, size = (1 << runs) - 1, (runs + 7) // 8
    state = [ones * bit for bit in circuit.reset_state]
    predictions, wrong_labels, answers = list[int](), list[int](), list[int]()
    steps, bits, flips = list[int](), list[int](), list[int]()
    labels = _words([_column(lesson.labels) for lesson in lessons if lesson.labels is not None])
    for step, inputs in enumerate(_words([lesson.samples for lesson in lessons])):
        found = evaluator.step(inputs, state, runs)
        prediction = primary(circuit, found)[0]
        (label,) = next(labels, (prediction ^ ones,))
        predictions.append(prediction)
        wrong_labels.append(label ^ prediction)
        if label == prediction:
            continue
        for bit, following in enumerate(found.next_state):
            flip = (state[bit] ^ following) & (label ^ prediction)
            if flip:
                state[bit] ^= flip
                steps.append(step)
                bits.append(bit)
                flips.append(flip)
    for inputs in _words([lesson.questions for lesson in lessons]):
        answers.append(primary(circuit, evaluator.step(inputs, state, runs))[0])

    predicted, wrong, flipped, answered = (
        _bytes(words, size) for words in (predictions, wrong_labels, flips, answers)
    )
    flip_steps, flip_bits = np.array(steps, np.int32), np.array(bits, np.int32)
    for run in range(runs):
        said, here = _bit(predicted, run), _bit(flipped, run) > 0
        yield Course(
            said,
            said ^ _bit(wrong, run),
            flip_steps[here],
            flip_bits[here],
            _bit(answered, run),
        )


def _column(bits: Bits) -> Bits:
    return bits[:, None]


def _words(shown: Sequence[Bits]) -> Iterator[list[int]]:
    """Row by row, an integer for each column: bit k is what the k-th array has there."""
    if not shown:
        return
    packed = np.packbits(np.stack(shown), axis=0, bitorder="little")
    size, rows, columns = packed.shape
    data = np.ascontiguousarray(packed.transpose(1, 2, 0)).tobytes()
    for row in range(rows):
        starts = range(row * columns * size, (row + 1) * columns * size, size)
        yield [int.from_bytes(data[at : at + size], "little") for at in starts]


def _bytes(words: Sequence[int], size: int) -> NDArray[np.uint8]:
    """Shape (words, size)."""
    data = b"".join(word.to_bytes(size, "little") for word in words)
    return np.frombuffer(data, np.uint8).reshape(len(words), size)


def _bit(packed: NDArray[np.uint8], run: int) -> Bits:
    return (packed[:, run // 8] >> (run % 8) & 1).astype(np.int8)
