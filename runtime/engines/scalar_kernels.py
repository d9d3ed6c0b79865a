"""What kernels have in common: how they are compiled, f and f' of one number, and instructions.

Importing this imports numba. It keeps what is compiled on disk until a function's own file changes;
that these also change when others do is seen to by their last line (tests/test_kernel_stamps.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar, cast

import numpy as np
from numba.extending import intrinsic
from numpy.typing import NDArray

from circuits.jit import compiled as by_numba

Floats: TypeAlias = NDArray[Any]
Indices: TypeAlias = NDArray[Any]
Real: TypeAlias = Any
"""A float of the net's dtype."""

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function, inline: bool = False) -> Function:
    """See `circuits.jit.compiled`; numbers are divided as by numpy, and never reordered."""
    return by_numba(function, error_model="numpy", forceinline=inline)


@compiled
def value(f: Floats, size: Real) -> Real:
    """The value where f is not flat, as by `runtime.activation.FloatActivation.value`."""
    if f[2] <= size <= f[3]:
        return _power(size, f[0])
    c = f[6:14] if size < f[2] else f[14:22]
    t = (size - c[0]) / c[1]
    return c[2] + t * (c[3] + t * (c[4] + t * c[5]))


@compiled
def slope(f: Floats, size: Real) -> Real:
    """The slope where f is not flat, as by `runtime.activation.FloatActivation.derivative`."""
    if f[2] <= size <= f[3]:
        return f.dtype.type(1) if f[0] == 1 else f[0] * _power(size, f[0] - f.dtype.type(1))
    c = f[6:14] if size < f[2] else f[14:22]
    t = (size - c[0]) / c[1]
    return (c[3] + t * (c[6] + c[7] * t)) / c[1]


@compiled
def slopes(f: Floats, sums: Floats, by_value: Floats, begin: Real, end: Real) -> None:
    """Multiply gradients by values by the slope of f there."""
    zero, one, linear, curved = f.dtype.type(0), f.dtype.type(1), f[0] == 1, False
    dead, power_from, power_to, plateau_from = f[1], f[2], f[3], f[4]
    for v in range(begin, end):
        size = abs(sums[v])
        flat = (size <= dead) | (size >= plateau_from)
        by_value[v] *= zero if flat else one
        curved |= not (flat | (linear & (size >= power_from) & (size <= power_to)))
    if curved:
        for v in range(begin, end):
            size = abs(sums[v])
            if not (size <= dead or size >= plateau_from):
                by_value[v] *= slope(f, size)


@compiled
def _power(size: Real, exponent: Real) -> Real:
    if exponent == 1:
        return size
    if exponent == 2:
        return size * size
    if exponent == 3:
        return size * size * size
    return type(size)(math.pow(np.float64(size), np.float64(exponent)))


def _fma(typing_context: Any, a: Any, b: Any, c: Any) -> Any:
    """The product of a and b, plus c, rounded once."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fma(*arguments)

    return a(a, a, a), generate


def _trailing_zeros(typing_context: Any, word: Any) -> Any:
    """How many zeros there are below the lowest bit that is set, of at least one."""
    from numba.core import types

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], context.get_constant(types.boolean, True))

    return word(word), generate


def _prefetch(typing_context: Any, array: Any, index: Any) -> Any:
    """Ask for an element of an array of one dimension before it is needed."""
    from llvmlite import ir  # type: ignore[import-untyped]
    from numba.core import types

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        given = context.make_array(signature.args[0])(context, builder, arguments[0])
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        place = builder.bitcast(builder.gep(given.data, [arguments[1]]), byte)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        function = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        builder.call(function, [place, *(number(n) for n in (0, 3, 1))])
        return context.get_dummy_value()

    return types.none(array, index), generate


fma = cast("Callable[[Real, Real, Real], Real]", intrinsic(_fma))
trailing_zeros = cast("Callable[[Real], Real]", intrinsic(_trailing_zeros))
prefetch = cast("Callable[[Floats, Real], None]", intrinsic(_prefetch))


# For numba's cache, a digest of what is imported: e91b3ff9be08d76e
