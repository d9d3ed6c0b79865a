"""An SGD run, recorded: what was shown, what came out, and which weights moved.

The run is `runtime.engines.native_run.run_sgd` on the net, no reference beside it. Of an emulation
net the memory edges are watched; what all other weights are follows from them and the outputs
(Lemma 2 of Abbe and Sandon), and is compared with the weights at the end of the run. Of a
noise-tolerant net every edge that trains is watched (Lemma 4: each changes in one step at most).

>>> from runtime.compiled import compile_source
>>> from runtime.settings import Settings
>>> recording = record(compile_source("builtin:parity:bits=2").net, Settings(steps=20, seed=1))
>>> recording.flip_steps.tolist(), recording.memory_names[recording.flip_bits[0]]
([3, 3, 7, 7], 'occupied[1]')
>>> [int(recording.memory(step).sum()) for step in (3, 4, 20)]
[0, 2, 4]
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from circuits.errors import SgdccError, SourceError
from circuits.machines.encoding import Decoded
from compiler.net import Net, Target
from runtime.labels import always_wrong
from runtime.lemma2 import Sections
from runtime.settings import DEFAULT_STEPS, Settings

if TYPE_CHECKING:
    from circuits.machines.bounded import BoundedMachine


class DivergenceError(SgdccError):
    """A run did what the theorem rules out: which step, which edge, expected and got."""

    exit_code = 1


@dataclass(frozen=True, eq=False, slots=True)
class Recording:
    """An SGD run, step by step.

    A memory bit is a latch of the source, its index that in ``net.memory``. Of a noise-tolerant
    net it says whether a cell has been set, and its index is that in ``net.cells``.

    Attributes:
        net: what was trained.
        samples: shape (steps, inputs), -1 or +1, random inputs included.
        labels: shape (steps,), -1 or +1.
        outputs: shape (steps,), each before the update of its step.
        initial: shape (memory bits,), the memory before step 0.
        flip_steps, flip_bits: shape (flips,), by step, then bit: that bit changed in that step.
        seed: of everything random.
        dtype: of the run: float64, float32, exact or double-double.
        change_steps, change_edges, change_values: shape (changes,), by step: that edge got that
            weight in that step. Of a noise-tolerant net; else empty, since signs say it all.
    """

    net: Net
    samples: NDArray[np.int8]
    labels: NDArray[np.int8]
    outputs: NDArray[np.float64]
    initial: NDArray[np.bool_]
    flip_steps: NDArray[np.int32]
    flip_bits: NDArray[np.int32]
    seed: int
    dtype: str
    change_steps: NDArray[np.int32]
    change_edges: NDArray[np.int32]
    change_values: NDArray[np.float64]

    @property
    def steps(self) -> int:
        """Number of steps."""
        return len(self.labels)

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """Shape (steps,): whether the output was not the label, so that SGD changed weights."""
        wrong: NDArray[np.bool_] = self.outputs != self.labels
        return wrong

    @property
    def memory_edges(self) -> NDArray[np.int64]:
        """Shape (memory bits,): the edge whose weight holds the bit, v0 -> v1 of its unit."""
        return memory_edges(self.net)

    @property
    def memory_names(self) -> tuple[str, ...]:
        """The latches' names, or the cells'."""
        at = self.net.label[self.net.edge_target[self.memory_edges]]
        return tuple(self.net.labels[label] for label in at.tolist())

    def memory(self, step: int) -> NDArray[np.bool_]:
        """Shape (memory bits,): before that step; ``step == steps`` is the end."""
        flipped = self.flip_bits[: self._first(self.flip_steps, step)]
        odd = np.bincount(flipped, minlength=len(self.initial)) % 2 == 1
        memory: NDArray[np.bool_] = self.initial ^ odd
        return memory

    def cell_labels(self, step: int) -> NDArray[np.int8]:
        """Shape (cells,): the label that set a cell before that step, 0 where none did."""
        flips = self._first(self.flip_steps, step)
        said = np.zeros(len(self.initial), np.int8)
        said[self.flip_bits[:flips]] = self.labels[self.flip_steps[:flips]]
        return said

    def negated(self, step: int) -> NDArray[np.bool_]:
        """Shape (edges,): whose weight before that step has not the sign that it was built with.

        For emulation nets; all other nets' edges change otherwise.
        """
        self._first(self.flip_steps, step)
        return _negated(self, Sections.of(self.net), step)

    def weights(self, step: int) -> NDArray[np.float64]:
        """Shape (edges,): all weights before that step, rounded to float64 where they are finer.

        Raises:
            LimitError: the run was exact, and a weight does not fit a float.
        """
        dtype = self.dtype if self.dtype.startswith("float") else "float64"
        weights = self.net.weights(dtype).astype(np.float64)
        if self.net.target is Target.EMULATION:
            return np.where(self.negated(step), -weights, weights)
        changes = self._first(self.change_steps, step)
        weights[self.change_edges[:changes]] = self.change_values[:changes]  # the last one stays
        return weights

    def configuration(self, machine: BoundedMachine, step: int) -> Decoded | None:
        """The configuration of a machine that the memory before that step says; None if none."""
        try:
            return machine.encoding.decode(self.memory(step).astype(int).tolist())
        except SourceError:
            return None

    def _first(self, events: NDArray[np.int32], step: int) -> int:
        """How many of the events, by step, were before that step."""
        if not 0 <= step <= self.steps:
            raise SourceError(f"no step {step}", hint=f"the run has steps 0 to {self.steps}")
        return int(np.searchsorted(events, step))


def memory_edges(net: Net) -> NDArray[np.int64]:
    """Shape (memory bits,): the edges that say whether a bit is 1, or whether a cell is set."""
    if net.target is Target.NOISE_TOLERANT:
        return net.cells.path[:, 0]
    return np.array([bit.edge for bit in net.memory], np.int64)


def record(net: Net, settings: Settings, machine: BoundedMachine | None = None) -> Recording:
    """Train a net and record it; samples, random bits and labels are those of `sgdcc verify`.

    Args:
        net: an emulation net or a noise-tolerant one, which makes at most T steps.
        settings: steps, seed, labels, dtype, arithmetic, progress and the number of the run; a
            control that tampers with the net must make the recording fail.
        machine: what the net was compiled from; labels are then always wrong, if none are given,
            and the steps those to its halt and one more.

    Raises:
        SourceError: nothing in the net trains, or something that is not recorded is asked for.
        DivergenceError: a weight or an output was not what the theorem says.
        LimitError: the net's constants do not fit the dtype.
    """
    from runtime.record_run import record_emulation, record_noise_tolerant

    if net.target is Target.COMPONENT:
        raise SourceError("a component has no weights that train", hint="record a net with memory")
    if settings.noise is not None or settings.noise_model is not None:
        raise SourceError(
            "a run under noise is not recorded, as every weight changes in every step",
            hint="leave the noise away",
        )
    if settings.control not in (None, "flip-weight", "learning-rate"):
        raise SourceError(f"no recording under the control {settings.control}")
    if machine is not None:
        from runtime.machines.verify import steps_to_stop

        if settings.labels is None:
            settings = replace(settings, labels=always_wrong, labels_name="always-wrong")
        if settings.labels is always_wrong and settings.steps is None:
            settings = replace(settings, steps=steps_to_stop(machine) + 1)
    if net.target is Target.NOISE_TOLERANT:
        return record_noise_tolerant(net, settings)
    steps = DEFAULT_STEPS if settings.steps is None else settings.steps
    return record_emulation(net, replace(settings, steps=steps))


def _negated(recording: Recording, sections: Sections, step: int) -> NDArray[np.bool_]:
    """See `Recording.negated`: how often each unit let its signal through, by the output."""
    wrong, positive = recording.wrong[:step], recording.outputs[:step] > 0
    flips = int(np.searchsorted(recording.flip_steps, step))
    bit, said = recording.flip_bits[:flips], recording.outputs[recording.flip_steps[:flips]] > 0
    active = np.empty((sections.units, 2), np.int64)
    for column, output in enumerate((True, False)):
        active[:, column] = (wrong & (positive == output)).sum()
        flipped = np.bincount(bit[said == output], minlength=sections.bits)
        active[sections.bits : 2 * sections.bits, column] -= flipped  # the duals of kept bits
        active[: sections.bits, column] = flipped
    negated = np.zeros(recording.net.edges, bool)
    negated[sections.path] = sections.negated(active)
    return negated
