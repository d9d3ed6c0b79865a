"""Whether a machine on a layout always halts in time: on all inputs, or on a sample of them."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from circuits.errors import SourceError
from circuits.evaluate import Evaluator
from circuits.machines.laid_run import laid_done, laid_run, reachable_memory
from circuits.machines.layout import Layout, Role

MOST_BITS = 16
"""Bits of memory and sample up to which all inputs are tried."""

LANES, ROUNDS = 64, 200
"""Beyond that: so many memories, each fed so many random samples with random labels."""

Bits: TypeAlias = NDArray[np.uint8]
"""Zeros and ones, shape (inputs, bits)."""


class Halting(NamedTuple):
    """What was tried; all of it halted on the cells."""

    runs: int
    exhaustive: bool
    """Whether these are all inputs; of a learner, with all memories that it can come to."""


def halts_within(
    layout: Layout, steps: int, predict_steps: int | None = None, seed: int = 0
) -> Halting:
    """Check that every run halts in time, without leaving the cells.

    A learner's memories are those that it can come to from its first one. Each is used to predict
    all samples, and updated with all samples whose label it changes on: while it is not done, or
    with the label that it does not predict if it is mistake-driven. A machine without memory is
    run without a label.

    Args:
        layout: the cells.
        steps: of an update, or of a decision.
        predict_steps: of a prediction; as many by default.
        seed: of the samples, where memory and sample have more than `MOST_BITS` bits.

    Raises:
        SourceError: a run does not halt; names an input with which.
    """
    runs = _Runs(layout, steps, steps if predict_steps is None else predict_steps)
    bits = len(runs.memory.names) + runs.samples
    return _try_all(runs) if bits <= MOST_BITS else _try_some(runs, seed)


def _try_all(runs: _Runs) -> Halting:
    """All memories, breadth first, with all samples."""
    every = _binary(np.arange(1 << runs.samples), runs.samples)
    frontier = np.array([runs.memory.reset], np.uint8)
    known = {runs.memory.reset}
    while len(frontier):
        memories = np.repeat(frontier, len(every), axis=0)
        samples = np.tile(every, (len(frontier), 1))
        answers = runs.predict(memories, samples)
        if not runs.learns:
            break
        if runs.done is None:
            labels = 1 - answers
        else:
            alive = np.repeat(~runs.is_done(memories), 2)
            memories, samples = (np.repeat(x, 2, axis=0)[alive] for x in (memories, samples))
            labels = (np.arange(len(alive), dtype=np.uint8) % 2)[alive]
        updated = {tuple(row) for row in runs.update(memories, samples, labels).tolist()} - known
        known |= updated
        frontier = np.array(sorted(updated), np.uint8).reshape(len(updated), len(runs.memory.names))
    return Halting(runs.tried, exhaustive=True)


def _try_some(runs: _Runs, seed: int) -> Halting:
    """Random walks from the first memory."""
    rng = np.random.default_rng(seed)
    if not runs.learns:
        samples = rng.integers(2, size=(LANES * ROUNDS, runs.samples), dtype=np.uint8)
        runs.predict(np.zeros((len(samples), 0), np.uint8), samples)
        return Halting(runs.tried, exhaustive=False)
    memories = np.tile(np.array(runs.memory.reset, np.uint8), (LANES, 1))
    for _ in range(ROUNDS):
        samples = rng.integers(2, size=(LANES, runs.samples), dtype=np.uint8)
        labels = rng.integers(2, size=LANES, dtype=np.uint8)
        answers = runs.predict(memories, samples)
        learn = labels != answers if runs.done is None else ~runs.is_done(memories)
        memories[learn] = runs.update(memories[learn], samples[learn], labels[learn])
    return Halting(runs.tried, exhaustive=False)


class _Runs:
    """The circuits of a layout on many inputs at once, counted and checked."""

    def __init__(self, layout: Layout, steps: int, predict_steps: int) -> None:
        self.layout = layout
        self.memory = reachable_memory(layout, steps)
        self.samples = len(layout.of_role(Role.SAMPLE))
        self.learns = bool(self.memory.cells)
        done = laid_done(layout, self.memory) if layout.of_role(Role.DONE) else None
        self.done = Evaluator.of(done) if done is not None else None
        self.tried = 0
        self._steps = predict_steps if self.learns else steps, steps
        self._evaluators = [
            Evaluator.of(laid_run(layout, self.memory, count, labelled=labelled))
            for labelled, count in zip((False, True), self._steps, strict=True)
        ]

    def predict(self, memories: Bits, samples: Bits) -> NDArray[np.uint8]:
        """The answers, shape (inputs,)."""
        outputs = self._run(False, np.hstack([memories, samples]))
        return outputs[:, len(self.memory.names)]

    def update(self, memories: Bits, samples: Bits, labels: NDArray[np.uint8]) -> Bits:
        """The next memories."""
        outputs = self._run(True, np.hstack([memories, samples, labels[:, None]]))
        return outputs[:, : len(self.memory.names)]

    def is_done(self, memories: Bits) -> NDArray[np.bool_]:
        """Which memories have learned enough."""
        assert self.done is not None
        return _evaluate(self.done, memories)[:, 0].astype(np.bool_)

    def _run(self, labelled: bool, inputs: Bits) -> Bits:
        outputs = _evaluate(self._evaluators[labelled], inputs)
        halted, left = outputs[:, -2], outputs[:, -1]
        self.tried += len(inputs)
        if not halted.all():
            first = int(np.argmin(halted))
            raise self._refusal(inputs[first].tolist(), labelled, bool(left[first]))
        return outputs

    def _refusal(self, bits: list[int], labelled: bool, left: bool) -> SourceError:
        """The error about an input."""
        machine, encoding = self.layout.machine, self.layout.encoding
        count = len(self.memory.names)
        codes = [
            sum(bit << i for i, bit in enumerate(cell))
            for cell in self.memory.literals(bits[:count]).values()
        ]
        symbols = [machine.symbols[encoding.symbol_codes.index(code)] for code in codes]
        sample = "".join(map(str, bits[count : count + self.samples]))
        told = [f"memory {' '.join(symbols)}"] if symbols else []
        told += [f"sample {sample}"] if sample else []
        told += [f"label {bits[-1]}"] if labelled else ["no label"] if self.learns else []
        steps, given = self._steps[labelled], ", ".join(told) or "no input"
        if left:
            message, hint = f"leaves the cells within {steps} steps", "lay out more cells"
        else:
            message, hint = f"does not halt within {steps} steps", "give more steps"
        return SourceError(f"machine {machine.name or '-'} {message} on {given}", hint=hint)


def _evaluate(evaluator: Evaluator, inputs: Bits) -> Bits:
    """Outputs, shape (inputs, outputs)."""
    width = len(inputs)
    given = [int.from_bytes(column, "little") for column in _packed(inputs)]
    outputs = evaluator.step(given, width=width).outputs
    size = -(-width // 8)
    read = [np.frombuffer(value.to_bytes(size, "little"), np.uint8) for value in outputs]
    return np.stack([np.unpackbits(x, count=width, bitorder="little") for x in read], axis=1)


def _packed(bits: Bits) -> list[bytes]:
    """The columns, eight bits a byte."""
    return [np.packbits(column, bitorder="little").tobytes() for column in bits.T]


def _binary(numbers: NDArray[np.int64], width: int) -> Bits:
    """Shape (numbers, width), the lowest bit first."""
    return (numbers[:, None] >> np.arange(width) & 1).astype(np.uint8)
