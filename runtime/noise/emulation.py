"""Runs of an emulation net under noise, to compare a noise-tolerant net with.

Nothing in an emulation net restores a weight: what noise adds stays, and as soon as the output is
not exactly the label, every step of SGD changes every memory unit a little, by what the noise has
left of the gradient. So the comparisons of `runtime.verify_emulation` would fail at once. Here a
run succeeds if it ends well: the signs of the memory edges are what the reference's memory holds,
and the outputs for the questions are within 1/2 of the reference's.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from circuits.update_on_error import UpdateOnError, predict
from compiler.net import Net
from runtime.labels import LabelsOf
from runtime.noise.models import NoiseModel, Stream
from runtime.noise.trainer import NoisyTrainer
from runtime.restarts import Restarts
from runtime.settings import Settings


class EmulationRuns:
    """Runs of one net from its built weights.

    Args:
        net: of target emulation, in floats.
        settings: the arithmetic, the engine, and which runs; so many questions follow each.
        labels_of: the labels of a run, by its number.
        model: the noise.
        steps: SGD steps of a run.
    """

    def __init__(
        self, net: Net, settings: Settings, labels_of: LabelsOf, model: NoiseModel, steps: int
    ) -> None:
        self._settings, self._labels_of = settings, labels_of
        self._model, self._steps = model, steps
        self._net, self._form = net, UpdateOnError(net.circuit, net.random_inputs)
        self._restarts = Restarts(net, settings)
        self._memory = np.array([bit.edge for bit in net.memory], np.int64)
        resets = np.array(net.circuit.reset_state, bool)
        self._zero = np.sign(net.weights()[self._memory]) * np.where(resets, -1, 1)

    def successes(self) -> Iterator[tuple[bool, float]]:
        """Of each run, whether it ended well, and the most that noise on an edge summed to."""
        first = self._settings.first_run
        for number in range(first, first + self._settings.runs):
            yield self._run(number)

    def _run(self, number: int) -> tuple[bool, float]:
        seed, form, state = self._settings.seed, self._form, self._net.circuit.reset_state
        bits = np.random.default_rng([seed, 0, number])
        label_of = self._labels_of(number)
        run = NoisyTrainer(self._restarts.start(), self._model, Stream(seed, number))
        for step in range(self._steps):
            sample = bits.integers(0, 2, len(self._net.inputs))
            prediction, when_wrong = predict(form, state, sample.tolist())
            label = label_of(step, [int(sample[i]) for i in form.sample_inputs], prediction)
            if label != prediction:
                state = when_wrong
            run.forward_backward([(2 * sample - 1).tolist()], [2 * label - 1])
            run.update()
        held = run.weights[self._memory] * self._zero < 0
        well = bool((held == np.array(state, bool)).all())
        for question in bits.integers(0, 2, (self._settings.questions, len(self._net.inputs))):
            prediction, _ = predict(form, state, question.tolist())
            (output,) = run.forward_backward([(2 * question - 1).tolist()], [1])
            well &= bool(abs(output - (2 * prediction - 1)) < 0.5)
        return well, float(run.summed_absolute.max())
