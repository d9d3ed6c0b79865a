"""SGD on double-double weights: some 106 bits, for constants that float64 cannot keep apart.

The printed noise-tolerant memory cell M' (Definition 7 of the paper) cancels a signal of 2^-54 to
within a dead zone of 2^-135; 96 bits carry that, float64's 53 do not. Weights, values, gradients
and updates are all pairs of `runtime.double_double.numbers`, so each sum and product of a step is
right to some 2^-104 of its size.

Underflow is not refused: below 2^-960 a product is wrong by a few 2^-1074, which the learning rates
in use, 2^277 and less, do not bring near the last bit of a weight. Overflow is refused.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from circuits.errors import LimitError
from compiler.exact import Exact
from compiler.net import Net
from runtime.double_double.activation import Pieces
from runtime.double_double.exact import to_double_double, to_double_doubles
from runtime.double_double.numbers import ARRAYS, DoubleDouble, in_range
from runtime.double_double.passes import Passes, Trace, Wiring, compiled_passes

Floats = NDArray[np.float64]


class DoubleDoubleTrainer:
    """A net, or quotient, trained by SGD on (output - label)^2; see `runtime.trainer.Trainer`.

    ``weights``, ``gradients`` and ``sums`` are the nearest float64; ``weight_pairs`` and so on are
    the numbers themselves. They are views: copy what is to outlive the next call.

    Attributes:
        net: what is trained.
        weight_pairs, gradient_pairs: shape (edges,).
        sum_pairs: the inputs of f in the last sample, shape (vertices,).
        value_pairs: the outputs of vertices in the last sample, shape (vertices,).
        blends: shape (vertices,): whether f's input was in a blend.

    Args:
        net: what to train.
        learning_rate: of SGD.
        passes: what runs the net; compiled ones by default, which costs seconds once a process.

    Raises:
        LimitError: a constant of the net that is out of the range of pairs.
        InvariantError: float operations are not what they must be on this machine.
    """

    def __init__(self, net: Net, learning_rate: Exact, passes: Passes | None = None) -> None:
        self.net = net
        self._passes = passes or compiled_passes()
        self._rate = to_double_double(learning_rate)
        self._pieces = Pieces.of(net.activation)
        table = to_double_doubles(net.values)
        self.weight_pairs = DoubleDouble(*(half[net.edge_value] for half in table))
        self.gradient_pairs = _zeros(net.edges)
        self._wiring = Wiring(
            int(np.searchsorted(net.level, 1)),
            np.searchsorted(net.edge_target, np.arange(net.vertices + 1)).astype(np.int64),
            net.edge_source.astype(np.int64),
            _counts([net.fan_in_copies.get(e, 1) for e in range(net.edges)]),
            _counts([net.fan_out_copies(e) if net.copies else 1 for e in range(net.edges)]),
        )
        self.value_pairs, slopes, self.sum_pairs = (_zeros(net.vertices) for _ in range(3))
        self.blends = np.zeros(net.vertices, bool)
        self._trace = Trace(self.value_pairs, slopes, self.sum_pairs, self.blends)
        self._inputs = np.array([port.vertex for port in net.inputs], np.int64)
        self._output = net.outputs[0].vertex

    @property
    def weights(self) -> Floats:
        """The weights now, rounded, shape (edges,)."""
        return _rounded(self.weight_pairs)

    @property
    def gradients(self) -> Floats:
        """Of the last `forward_backward`, rounded, shape (edges,)."""
        return _rounded(self.gradient_pairs)

    @property
    def sums(self) -> Floats:
        """The inputs of f in the last sample, rounded, shape (vertices,)."""
        return _rounded(self.sum_pairs)

    @property
    def values(self) -> Floats:
        """What the vertices output in the last sample, rounded, shape (vertices,)."""
        return _rounded(self.value_pairs)

    def negate(self, edge: int) -> None:
        """Negate one weight (the flip-weight control)."""
        for half in self.weight_pairs:
            half[edge] *= -1

    def perturb(self, noise: Floats | DoubleDouble) -> None:
        """Add noise to the weights, floats or pairs of shape (edges,).

        Raises:
            LimitError: a weight overflows; none is changed.
        """
        pairs = noise if isinstance(noise, DoubleDouble) else DoubleDouble(noise, np.zeros(()))
        self._add(slice(None), pairs)

    def deviations(self, expected: DoubleDouble) -> Floats:
        """How far every weight is from an expected one, pairs of shape (edges,); rounded."""
        return _rounded(ARRAYS.sub(self.weight_pairs, expected))

    def forward(self, sample: Sequence[float]) -> DoubleDouble:
        """The output for one sample of any numbers, two floats; no gradients.

        Raises:
            LimitError: a number overflows.
        """
        values = self.value_pairs
        values.hi[0] = 1.0
        values.hi[self._inputs] = sample
        with np.errstate(all="ignore"):
            stopped = self._passes.forward(
                self._wiring, self._pieces, self.weight_pairs, self._trace
            )
        self._refuse(stopped, "the input of f")
        return DoubleDouble(float(values.hi[self._output]), float(values.lo[self._output]))

    def forward_backward(self, samples: Sequence[Sequence[float]], labels: Sequence[int]) -> Floats:
        """Outputs for samples, rounded, shape (samples,); gradients of the mean loss are kept.

        Raises:
            LimitError: a number overflows.
        """
        outputs, total = [], _zeros(self.net.edges)
        for sample, label in zip(samples, labels, strict=True):
            output = self.forward(sample)
            outputs.append(output.hi)
            error = ARRAYS.sub(output, DoubleDouble(float(label), 0.0))
            gradients = self._backward(ARRAYS.add(error, error))
            total = gradients if len(samples) == 1 else ARRAYS.add(total, gradients)
        if len(samples) > 1:
            total = ARRAYS.div(total, DoubleDouble(float(len(samples)), 0.0))
        self.gradient_pairs = total
        return np.array(outputs)

    def update(self) -> None:
        """One step of SGD.

        Raises:
            LimitError: a weight overflows; none is changed.
        """
        moved = np.flatnonzero(self.gradient_pairs.hi)
        gradients = DoubleDouble(*(half[moved] for half in self.gradient_pairs))
        with np.errstate(all="ignore"):
            step = ARRAYS.mul(self._rate, gradients)
        self._add(moved, DoubleDouble(-step.hi, -step.lo))

    def _backward(self, by_output: DoubleDouble) -> DoubleDouble:
        """The gradient of every edge, given that of the output."""
        by_value, gradients = _zeros(self.net.vertices), _zeros(self.net.edges)
        by_value.hi[self._output], by_value.lo[self._output] = by_output
        with np.errstate(all="ignore"):
            stopped = self._passes.backward(
                self._wiring, self.weight_pairs, self._trace, by_value, gradients
            )
        self._refuse(stopped, "the gradient")
        return gradients

    def _add(self, edges: NDArray[np.int64] | slice, change: DoubleDouble) -> None:
        weights = DoubleDouble(*(half[edges] for half in self.weight_pairs))
        with np.errstate(all="ignore"):
            new = ARRAYS.add(weights, change)
        fits = in_range(new)
        if not fits.all():
            edge = np.arange(self.net.edges)[edges][int(np.argmin(fits))]
            self._refuse(int(self.net.edge_target[edge]), f"the weight of edge {edge}")
        self.weight_pairs.hi[edges], self.weight_pairs.lo[edges] = new

    def _refuse(self, vertex: int, what: str) -> None:
        if vertex >= 0:
            raise LimitError(
                f"{what} at {self.net.provenance(vertex)} overflows double-double numbers"
            )


def _zeros(count: int) -> DoubleDouble:
    return DoubleDouble(np.zeros(count), np.zeros(count))


def _counts(counts: list[int]) -> DoubleDouble:
    """Whole numbers as pairs; each distinct one is converted once."""
    pairs = {count: to_double_double(Exact.of(count)) for count in set(counts)}
    hi, lo = (np.array([pairs[count][i] for count in counts], np.float64) for i in (0, 1))
    return DoubleDouble(hi, lo)


def _rounded(pairs: DoubleDouble) -> Floats:
    hi: Floats = pairs.hi
    return hi
