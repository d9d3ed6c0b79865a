"""What the filter of a recurrent convolutional net consists of: its layers, weights and bounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from compiler.rcnn.affine import AffineMap
from compiler.rcnn.filter import Filter
from compiler.rcnn.relu_net import ReluNet
from runtime.inspect.text import columns, row

_MOST = 12
"""Distinct weights that are listed in text."""


class Layer(NamedTuple):
    """An affine map of the filter.

    Attributes:
        name: V1 .. V5 of the patch's net, U1 and U2 of the head's (Definition 5 of Goel et al.).
        inputs, outputs: channels.
        relu: whether ReLUs follow it.
        nonzero: weights and biases that are not 0.
        parameters: with zeros.
    """

    name: str
    inputs: int
    outputs: int
    relu: bool
    nonzero: int
    parameters: int


class FilterSummary(NamedTuple):
    """What a filter consists of.

    Attributes:
        source: its file.
        machine: what it carries out.
        layers: the maps in order.
        sizes: as `compiler.rcnn.filter.Sizes` names them, with the paper's bounds.
        within: whether the width and the number of distinct weights are within these bounds.
        weights: (exact, value, how many) of every distinct weight or bias that is not 0.
        learning_rate: exact.
        scale, lattice, padding: of the coding.
        certificate: what the check of all admissible patches says, "" if it was not asked for.
    """

    source: str
    machine: str
    layers: tuple[Layer, ...]
    sizes: dict[str, int]
    within: bool
    weights: tuple[tuple[str, float, int], ...]
    learning_rate: str
    scale: str
    lattice: str
    padding: str
    certificate: str = ""

    def facts(self) -> dict[str, Any]:
        """All of it for JSON."""
        named = [dict(zip(("exact", "value", "count"), w, strict=True)) for w in self.weights]
        layers = [layer._asdict() for layer in self.layers]
        found = self._asdict() | {"layers": layers, "weights": named}
        return {"kind": "filter", "target": "rcnn", **found}

    def __str__(self) -> str:
        return "\n".join(_lines(self))


def filter_summary(net: Filter, source: str) -> FilterSummary:
    """Look at a filter."""
    sizes, coding = net.sizes, net.coding
    weights: Counter[Fraction] = Counter()
    layers = []
    for prefix, part in (("V", net.patch), ("U", net.head)):
        for number, layer in enumerate(part.maps):
            weights.update(_values(layer))
            layers.append(_layer(f"{prefix}{number + 1}", part, number))
    return FilterSummary(
        source=source,
        machine=net.machine.name,
        layers=tuple(layers),
        sizes=sizes._asdict(),
        within=(
            sizes.width <= sizes.width_bound and sizes.distinct_weights <= sizes.distinct_bound
        ),
        weights=tuple((str(x), float(x), n) for x, n in sorted(weights.items())),
        learning_rate=str(net.learning_rate),
        scale=str(coding.scale),
        lattice=str(coding.lattice),
        padding=str(coding.padding),
    )


def _layer(name: str, part: ReluNet, number: int) -> Layer:
    layer = part.maps[number]
    biases = int(np.count_nonzero(layer.bias))
    return Layer(
        name,
        layer.inputs,
        layer.outputs,
        number in part.relus,
        len(layer.weight) + biases,
        layer.outputs * (layer.inputs + 1),
    )


def _values(layer: AffineMap) -> Counter[Fraction]:
    found: Counter[Fraction] = Counter()
    for numbers, over in (
        (layer.weight, layer.weight_denominator),
        (layer.bias[layer.bias != 0], layer.bias_denominator),
    ):
        for value, count in zip(*np.unique(numbers, return_counts=True), strict=True):
            found[Fraction(int(value), over)] += int(count)
    return found


def _lines(s: FilterSummary) -> Iterator[str]:
    sizes = s.sizes
    yield f"{s.source}: the filter of {s.machine}, {s.scale} scale"
    yield from row("machine", f"{sizes['states']} states, {sizes['cell_values']} values of a cell")
    yield from row(
        "size",
        f"{sizes['parameters']} parameters, {sizes['nonzero']} of them not 0, with "
        f"{sizes['distinct_weights']} values, 0 counted",
    )
    yield from row(
        "bound",
        f"{'within' if s.within else 'more than'} width {sizes['width']} of "
        f"{sizes['width_bound']} (100 s, Algorithm 1), {sizes['distinct_weights']} of "
        f"{sizes['distinct_bound']} distinct weights (24 |X| + 5, Corollary 3)",
    )
    yield from row("learning rate", s.learning_rate)
    yield from row("coding", f"lattice {s.lattice}, padding {s.padding}")
    yield from row("certificate", s.certificate or "`sgdcc check` proves all admissible patches")
    yield ""
    rows = [
        (x.name, str(x.inputs), str(x.outputs), "ReLU" if x.relu else "-", str(x.nonzero),
         str(x.parameters))
        for x in s.layers
    ]  # fmt: skip
    head = ("map", "inputs", "outputs", "then", "not 0", "parameters")
    yield from columns([head, *rows], right=(1, 2, 4, 5))
    yield ""
    most = sorted(s.weights, key=lambda weight: -weight[2])[:_MOST]
    table = [(exact, f"{value:.9g}", str(n)) for exact, value, n in s.weights
             if (exact, value, n) in most]  # fmt: skip
    yield from columns([(f"{len(s.weights)} weights", "value", "edges"), *table], right=(2,))
    if len(table) < len(s.weights):
        yield f"and {len(s.weights) - len(table)} that are less frequent (--json lists them)"
