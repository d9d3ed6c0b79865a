"""What rounding to a short storage format does to weights; ties to even.

Numbers are rounded once. A conversion that goes through float32, as torch's from float64 does, can
differ in the last place where that first rounding makes a tie.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from circuits.errors import LimitError
from runtime.double_double.numbers import ARRAYS, DoubleDouble


class Format(NamedTuple):
    """Significand bits; least and greatest exponent of a normal number (subnormals below)."""

    bits: int
    least: int
    greatest: int


FORMATS = {"bfloat16": Format(8, -126, 127), "float16": Format(11, -14, 15)}


def rounding(weights: NDArray[Any] | DoubleDouble, name: str) -> NDArray[np.float64] | DoubleDouble:
    """What to add to weights to round them; floats to floats, pairs to pairs, exactly.

    Args:
        weights: float64 or float32, or pairs, shape (edges,).
        name: one of `FORMATS`.

    Raises:
        LimitError: a weight overflows the format, or is not a number.
    """
    if isinstance(weights, DoubleDouble):
        change = _rounded(weights.hi, weights.lo, name) - weights.hi
        return ARRAYS.two_sum(change, -weights.lo)
    wide = np.asarray(weights, np.float64)
    return _rounded(wide, np.zeros(()), name) - wide  # exact: the two are close or one is 0


def _rounded(hi: NDArray[np.float64], lo: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    form = FORMATS[name]
    _, exponent = np.frexp(hi)  # |hi| is in [2^(exponent - 1), 2^exponent)
    last = np.maximum(exponent - 1, form.least) - (form.bits - 1)
    scaled = np.ldexp(hi, -last)
    whole = np.rint(scaled)
    with np.errstate(invalid="ignore"):  # infinite weights are refused below
        tie = np.abs(scaled - whole) == 0.5
    if tie.any():  # what lies beyond hi breaks it
        whole = np.where(tie & (lo != 0), scaled + np.copysign(0.5, lo), whole)
    rounded: NDArray[np.float64] = np.ldexp(whole, last)
    fits = np.abs(rounded) < 2.0 ** (form.greatest + 1)
    if not fits.all():
        edge = int(np.argmin(fits))
        raise LimitError(f"the weight {float(hi[edge])!r} of edge {edge} overflows {name}")
    return rounded
