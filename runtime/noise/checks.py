"""The comparisons of one run of a noise-tolerant net, step by step, along Lemmas 4 to 6.

Before the update of a step: control vertices are exactly 0 or 2; vr and the readers of v2 exactly
2 or -2; v2 is below y0 where unset and above y1 where set; v4 is exactly 0 but where its cell is
being set; the output is near 1/2; nothing is in a blend; and every gradient is exactly 0 but those
of the cells that are being set and of voc[t]. After it: every weight is where it should be, up to
the noise that it has had, by absolute value. For the five weights of a cell that is

- unset, that is where they were built;
- set, where SGD moves them by the sign of the label, within what the noise of all edges so far can
  do to the gradient (`compiler.noise_bounds`).

The edge from voc[t] has been moved likewise in step t, and is of no use after that. All other
edges are to be as built.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from circuits.errors import LimitError
from runtime.double_double.numbers import DoubleDouble
from runtime.double_double.trainer import DoubleDoubleTrainer
from runtime.findings import Findings
from runtime.noise.anatomy import Anatomy, Expected, Floats
from runtime.noise.lesson import Lesson
from runtime.report import Check

if TYPE_CHECKING:
    from runtime.restarts import Observed

_ALMOST = 1 + 2.0**-20
"""Of the noise that an edge has had, for what was rounded when it was summed."""

_STATES = {0: "unset", 1: "set by label +1", -1: "set by label -1"}


class Comparison:
    """One run, compared with what its lesson says.

    Args:
        anatomy: of the net.
        run: what is looked at, before any noise.
        lesson: what it is taught.
        noisy: whether there will be noise.
        findings: what to record mismatches in; counts the steps.
    """

    def __init__(
        self, anatomy: Anatomy, run: Observed, lesson: Lesson, noisy: bool, findings: Findings
    ) -> None:
        self.findings, self._run, self._lesson, self._a = findings, run, lesson, anatomy
        net, cells = anatomy.net, anatomy.cells
        self._end = len(lesson.samples)
        self._set_in = np.full(len(cells), self._end + 1, np.int64)  # which is never
        for t, sample in enumerate(lesson.samples):
            self._set_in[cells.set_by(t, sample)] = t
        signs = 2 * lesson.labels.astype(np.int64) - 1
        self._label = np.append(signs, [0, 0])[self._set_in]
        built = run.weight_pairs if isinstance(run, DoubleDoubleTrainer) else (run.weights, 0.0)
        self._middle = [np.array(half + np.zeros(net.edges), np.float64) for half in built]
        rounded_by = (len(lesson.samples) + 1) * anatomy.unit if noisy else 0.0
        self._spread: Floats = rounded_by * np.abs(self._middle[0])
        self._learning = np.zeros(net.edges, bool)  # edges that the step may change
        self._expected: Expected = anatomy.expected(0)
        self.noise: Floats = np.zeros(net.edges)
        """What noise on each edge has summed to, by absolute value."""

    @property
    def summed_noise(self) -> float:
        """The greatest of ``noise``; an edge from voc[t] does not count after step t."""
        used = self._a.cells.output_control[: min(self.findings.steps, self._end)]
        before = self.noise[used]
        self.noise[used] = 0
        most = float(self.noise.max())
        self.noise[used] = before
        return most

    def before_update(self, outputs: NDArray[np.floating]) -> None:
        """Compare what the step's sample made of the net, and the gradients.

        Args:
            outputs: of the sample, or of several.
        """
        step = self.findings.steps
        expected = self._expected = self._a.expected(self.summed_noise)
        setting = self._set_in == step
        controls = np.zeros(len(self._a.output_controls))
        controls[step] = 2
        self._controls(controls, step)
        self._states(step)
        least, greatest = np.zeros(len(setting)), np.zeros(len(setting))
        least[setting], greatest[setting] = expected.v4
        self._inside(Check.CELL, self._a.v4, least, greatest)
        output = np.full(len(outputs), self._a.output)
        low, high = expected.output
        bad = ~((low <= outputs) & (outputs <= high))
        text = _range(low, high)
        self.findings.compare_vertices(Check.OUTPUT_RANGE, output, text, outputs, bad)
        self._pieces()
        self._learning[:] = False
        self._learning[self._a.cells.path[setting]] = True
        self._learning[self._a.cells.output_control[step]] = True
        gradients = self._run.gradients
        bad = (gradients != 0) & ~self._learning
        edges = np.arange(len(bad))
        self.findings.compare_edges(Check.GRADIENT, edges, "0", gradients, bad, self._a.shown_at)

    def after_update(self) -> None:
        """Compare the weights."""
        step, a = self.findings.steps, self._a
        label = 2 * int(self._lesson.labels[step]) - 1
        middles, spread = self._expected.set_weights[label], self._expected.spread[label]
        path = a.cells.path[self._set_in == step]
        for half, new in zip(self._middle, middles, strict=True):
            half[path], half[a.cells.output_control[step]] = new[:5], new[5]
        self._spread[path], self._spread[a.cells.output_control[step]] = spread[:5], spread[5]
        allowed = self._spread + self.noise * _ALMOST
        with np.errstate(all="ignore"):  # weights that are not finite are found below
            off = np.abs(self._deviations())
        bad = ~(off <= allowed)
        if not bad.any():
            return
        edges = np.arange(len(bad))
        state = np.where(self._set_in <= step, self._label, 0)
        for check, here in ((Check.CELL, a.owner >= 0), (Check.WEIGHT, a.owner < 0)):
            wrong = bad & here
            first = int(np.argmax(wrong))
            text = f"{float(self._middle[0][first])!r} +- {allowed[first]:.3g}"
            if check is Check.CELL:
                text += f" ({_STATES[int(state[a.owner[first]])]})"
            weights = self._run.weights
            self.findings.compare_edges(check, edges, text, weights, wrong, a.shown_at)

    def question(self, number: int, output: float) -> None:
        """Compare an answer and the whole net with it; no update follows."""
        answer = 2 * int(self._lesson.answers[number]) - 1
        vertex, text = np.array([self._a.output]), f"{answer} +- 0.5"
        got = np.array([output])
        bad = ~(np.abs(got - answer) < 0.5)
        self.findings.compare_vertices(Check.OUTPUT, vertex, text, got, bad)
        controls = np.zeros(len(self._a.output_controls))
        controls[-1] = 2 * answer
        self._controls(controls, self._end)
        self._states(self._end)
        none = np.zeros(len(self._a.v4))
        self._inside(Check.CELL, self._a.v4, none, none)
        self._pieces()

    def overflow(self, error: LimitError) -> None:
        """Record that the run could not go on."""
        output, bad = np.array([self._a.output]), np.ones(1, bool)
        self.findings.compare_vertices(Check.OUTPUT_RANGE, output, "a number", str(error), bad)

    def _deviations(self) -> Floats:
        """How far the weights are from where they should be."""
        if isinstance(self._run, DoubleDoubleTrainer):
            return self._run.deviations(DoubleDouble(*self._middle))
        found: Floats = self._run.weights - self._middle[0]
        return found

    def _controls(self, output_controls: Floats, step: int) -> None:
        """vc, vc' and voc."""
        a, unset, held = self._a, self._set_in > step, self._set_in < step
        vertices = np.concatenate([a.vc, a.vc_primed, a.output_controls])
        expected = np.concatenate([2.0 * unset, 2.0 * held, output_controls])
        self._exactly(Check.CONTROL, vertices, expected)

    def _states(self, step: int) -> None:
        """v2, its readers, and vr."""
        a, is_set = self._a, self._set_in < step
        low = np.where(is_set, a.set_above, -np.inf)
        self._inside(Check.CELL, a.v2, low, np.where(is_set, np.inf, a.unset_below))
        self._exactly(Check.CELL, a.cells.state_vertex, np.where(is_set, 2.0, -2.0))
        negative = (is_set & (self._label < 0))[a.label_readers]
        vertices = a.cells.label_vertex[a.label_readers]
        self._exactly(Check.CELL, vertices, np.where(negative, -2.0, 2.0))

    def _exactly(self, check: Check, vertices: NDArray[np.int64], expected: Floats) -> None:
        got = self._run.values[vertices]
        self.findings.compare_vertices(check, vertices, expected, got, got != expected)

    def _inside(self, check: Check, vertices: NDArray[np.int64], low: Floats, high: Floats) -> None:
        got = self._run.values[vertices]
        bad = ~((low <= got) & (got <= high))
        first = int(np.argmax(bad))
        text = _range(float(low[first]), float(high[first]))
        self.findings.compare_vertices(check, vertices, text, got, bad)

    def _pieces(self) -> None:
        bad, sums = self._run.blends, self._run.sums
        text = "an input on a piece of the activation"
        self.findings.compare_vertices(Check.BLEND, np.arange(len(bad)), text, sums, bad)


def _range(low: float, high: float) -> str:
    return f"{low!r}" if low == high else f"{low!r} to {high!r}"
