"""The weights of a filter as arrays of floats, if they compute it without rounding.

This is about IEEE float32 and float64; the formats that some devices put in their place (TF32,
bfloat16) have fewer bits.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from circuits.errors import LimitError
from compiler.exact import FLOAT_FORMATS
from compiler.rcnn.affine import AffineMap
from compiler.rcnn.filter import Filter
from compiler.rcnn.relu_net import ReluNet
from compiler.rcnn.significance import bits


class LayerArrays(NamedTuple):
    """An affine map for a tensor library."""

    weight: NDArray[np.floating[Any]]
    """Shape (outputs, inputs); of V1 the inputs are the 3 x 3 patch, row by row."""
    bias: NDArray[np.floating[Any]]
    """Shape (outputs,)."""
    relu: bool
    """Whether ReLUs follow."""


class FilterArrays(NamedTuple):
    """A filter for a tensor library."""

    patch: tuple[LayerArrays, ...]
    """V1 .. V5."""
    head: tuple[LayerArrays, ...]
    """U1 and U2."""
    padding: float


def to_arrays(net: Filter, dtype: str) -> FilterArrays:
    """The weights of a filter as floats that compute it without rounding, in any order of sums.

    Args:
        net: made by `machine_to_rcnn`; for this format, if its scale is ``base3``.
        dtype: ``float32`` or ``float64``.

    Raises:
        LimitError: a weight, or a sum that can occur, is not exact in this format.
    """
    significant = FLOAT_FORMATS[dtype][0]
    for value in net.patch.distinct() | net.head.distinct():
        if not _is_exact(value, significant):
            raise LimitError(
                f"the weight {value} is not exact in {dtype}: "
                f"make the filter for {dtype}, or with scale integer"
            )
    need = max(bits(net))
    if need > significant:
        raise LimitError(
            f"sums in a filter for {len(net.machine.states)} states take up to {need} bits, "
            f"and {dtype} has {significant}; those of scale integer take fewer"
        )
    return FilterArrays(
        _layers(net.patch, dtype), _layers(net.head, dtype), float(net.coding.padding)
    )


def _is_exact(value: Fraction, significant: int) -> bool:
    """Whether a number that is not 0 has so few significant bits."""
    numerator, denominator = abs(value.numerator), value.denominator
    odd = numerator // (numerator & -numerator)
    return denominator & (denominator - 1) == 0 and odd.bit_length() <= significant


def _layers(net: ReluNet, dtype: str) -> tuple[LayerArrays, ...]:
    return tuple(_layer(layer, at in net.relus, dtype) for at, layer in enumerate(net.maps))


def _layer(layer: AffineMap, relu: bool, dtype: str) -> LayerArrays:
    weight = np.zeros((layer.outputs, layer.inputs), dtype)
    weight[layer.row, layer.column] = layer.weight / layer.weight_denominator
    return LayerArrays(weight, (layer.bias / layer.bias_denominator).astype(dtype), relu)
