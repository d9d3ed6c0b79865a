"""Double-double arithmetic: a number is an unevaluated sum of two floats, 106 bits or more.

A pair (hi, lo) stands for hi + lo, and is *normal* when hi is that sum rounded to the nearest
float64, so |lo| <= 2^-53 |hi|. All is built on three error-free transforms (Knuth 1969, Dekker
1971): for floats, ``two_sum`` and ``two_prod`` give the rounded result and, exactly, its error.

The operations and their bounds are those of Joldes, Muller and Popescu, "Tight and rigorous error
bounds for basic building blocks of double-word arithmetic" (ACM TOMS 44(2), 2017); u = 2^-53:

    add  Algorithm 6   relative error below 3 u^2 + 13 u^3
    mul  Algorithm 10  below 5 u^2 (Muller and Rideau 2022)
    div  Algorithm 17  below 15 u^2 + 56 u^3

Range. Sums are exact from the least subnormal up to overflow. A product's error is a multiple of
2^(a + b - 104) for factors in [2^a, 2^(a+1)) and [2^b, 2^(b+1)), so it is a float where
a + b >= -970; `EXACT_FROM` is a product from which that is so. Below, a product may be wrong by a
few times 2^-1074, which is an absolute error, no longer a relative one. Splitting a factor
overflows from 2^996 on. `LARGEST` keeps clear of that: numbers from there on are refused by those
who compute with pairs, in `in_range`. The sign of a zero is not kept.

There is one definition for numpy arrays, floats, and compiled code. A fused multiply-add would be
faster, but numpy has none, and then a compiled kernel could not be compared bit for bit. What must
never happen is that a compiler reorders these sums or contracts them: `runtime.double_double.check`
looks for it on the machine that runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeAlias, TypeVar

import numpy as np

Real: TypeAlias = Any
"""A float, or a float64 array."""

Function = TypeVar("Function", bound=Callable[..., Any])

EXACT_FROM = 2.0**-960
LARGEST = 2.0**990

_SPLITTER = 2.0**27 + 1


class DoubleDouble(NamedTuple):
    """hi + lo: two floats, or two float64 arrays of one shape."""

    hi: Real
    lo: Real


@dataclass(frozen=True)
class Arithmetic:
    """The operations on floats and pairs; all accept arrays where not compiled.

    Attributes:
        two_sum: a + b as a pair, exactly.
        quick_two_sum: likewise, for |a| >= |b| or a = 0.
        two_prod: a * b as a pair, exactly from `EXACT_FROM` on.
        add, sub, mul, div: of pairs.
        less: whether a < b, of normal pairs.
        power: x^(numerator / denominator) of a pair x > 0; numerator >= 0, denominator >= 1.
            Relative error below 5 n u^2 for an integer power n; with a root, 21 times its
            numerator.
    """

    two_sum: Callable[[Real, Real], DoubleDouble]
    quick_two_sum: Callable[[Real, Real], DoubleDouble]
    two_prod: Callable[[Real, Real], DoubleDouble]
    add: Callable[[DoubleDouble, DoubleDouble], DoubleDouble]
    sub: Callable[[DoubleDouble, DoubleDouble], DoubleDouble]
    mul: Callable[[DoubleDouble, DoubleDouble], DoubleDouble]
    div: Callable[[DoubleDouble, DoubleDouble], DoubleDouble]
    less: Callable[[DoubleDouble, DoubleDouble], Any]
    power: Callable[[DoubleDouble, int, int], DoubleDouble]


class Compiler(Protocol):
    """A decorator such as ``numba.njit``; it must not reorder floating-point operations."""

    def __call__(self, function: Function, /) -> Function:
        """The same function, faster."""


def uncompiled(function: Function) -> Function:
    """The function as it is: no compiler."""
    return function


def arithmetic(compile_: Compiler = uncompiled, frexp: Callable[..., Any] = np.frexp) -> Arithmetic:
    """The operations, each passed through a compiler.

    Args:
        compile_: which.
        frexp: numpy's for arrays; ``math.frexp``, which is the same on floats, for numba.
    """

    @compile_
    def two_sum(a: Real, b: Real) -> DoubleDouble:
        s = a + b
        t = s - a
        return DoubleDouble(s, (a - (s - t)) + (b - t))

    @compile_
    def quick_two_sum(a: Real, b: Real) -> DoubleDouble:
        s = a + b
        return DoubleDouble(s, b - (s - a))

    @compile_
    def two_prod(a: Real, b: Real) -> DoubleDouble:
        p = a * b
        c, d = _SPLITTER * a, _SPLITTER * b
        a_hi, b_hi = c - (c - a), d - (d - b)
        a_lo, b_lo = a - a_hi, b - b_hi
        return DoubleDouble(p, ((a_hi * b_hi - p) + a_hi * b_lo + a_lo * b_hi) + a_lo * b_lo)

    @compile_
    def add(x: DoubleDouble, y: DoubleDouble) -> DoubleDouble:
        s, t = two_sum(x.hi, y.hi), two_sum(x.lo, y.lo)
        v = quick_two_sum(s.hi, s.lo + t.hi)
        return quick_two_sum(v.hi, t.lo + v.lo)

    @compile_
    def sub(x: DoubleDouble, y: DoubleDouble) -> DoubleDouble:
        return add(x, DoubleDouble(-y.hi, -y.lo))

    @compile_
    def mul(x: DoubleDouble, y: DoubleDouble) -> DoubleDouble:
        c = two_prod(x.hi, y.hi)
        return quick_two_sum(c.hi, c.lo + (x.hi * y.lo + x.lo * y.hi))

    @compile_
    def div(x: DoubleDouble, y: DoubleDouble) -> DoubleDouble:
        q = x.hi / y.hi
        c = two_prod(y.hi, q)
        s = quick_two_sum(c.hi, y.lo * q)
        r = quick_two_sum(s.hi, s.lo + c.lo)
        return quick_two_sum(q, ((x.hi - r.hi) + (x.lo - r.lo)) / y.hi)

    @compile_
    def less(x: DoubleDouble, y: DoubleDouble) -> Any:
        return (x.hi < y.hi) | ((x.hi == y.hi) & (x.lo < y.lo))

    @compile_
    def integer_power(x: DoubleDouble, n: int) -> DoubleDouble:
        result = DoubleDouble(x.hi * 0.0 + 1.0, x.hi * 0.0)
        for _ in range(n):
            result = mul(result, x)
        return result

    @compile_
    def root(x: DoubleDouble, n: int) -> DoubleDouble:
        # x = z 2^(n k) with z in [1, 2^n). The chords of log2 and of 2^t start Newton's method
        # above the root, from where it converges; library powers differ between machines.
        fraction, exponent = frexp(x.hi)
        k = (exponent - 1) // n
        z = DoubleDouble(np.ldexp(x.hi, -n * k), np.ldexp(x.lo, -n * k))
        y = 1.0 + (exponent - 1 - n * k + 2 * fraction - 1 + 0.0861) / n
        for _ in range(8 + n // 4):
            power = y
            for _ in range(n - 1):
                power = power * y
            y = y + y * (z.hi / power - 1.0) / n
        result, one = DoubleDouble(y, y * 0.0), DoubleDouble(1.0, 0.0)
        for _ in range(2):
            error = sub(div(z, integer_power(result, n)), one)
            change = div(error, DoubleDouble(float(n), 0.0))
            result = add(result, mul(result, change))
        return DoubleDouble(np.ldexp(result.hi, k), np.ldexp(result.lo, k))

    @compile_
    def power(x: DoubleDouble, numerator: int, denominator: int) -> DoubleDouble:
        if denominator != 1:
            x = root(x, denominator)
        return integer_power(x, numerator)

    return Arithmetic(two_sum, quick_two_sum, two_prod, add, sub, mul, div, less, power)


ARRAYS = arithmetic()
"""The definition, for numpy arrays and floats."""


def in_range(x: DoubleDouble) -> Any:
    """Whether numbers are finite and below `LARGEST` in size; of x's shape."""
    return np.abs(x.hi) < LARGEST
