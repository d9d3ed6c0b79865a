"""Whether this machine computes the error-free transforms as written.

Everything in `runtime.double_double.numbers` rests on the exact order of a few float operations.
Compilers told to be fast reorder them, to an error term of 0; others contract a product and a sum;
and a library linked with fast math may switch the processor to flushing subnormals to zero. All of
that is silent, so it is looked for before the first use.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import isfinite, ldexp

from circuits.errors import InvariantError
from runtime.double_double.numbers import Arithmetic

CASES = 40
"""Of each kind. Under fast math about 1 in 17 sums is right by chance, and no product."""


def check_transforms(arithmetic: Arithmetic) -> None:
    """Try every error-free transform on fixed hard cases; some milliseconds.

    Raises:
        InvariantError: one of them has lost its error term; names it, and shows the case.
    """
    for name, cases in (
        ("two_sum", _sums()),
        ("quick_two_sum", _ordered(_sums())),
        ("two_prod", _products()),
    ):
        transform = getattr(arithmetic, name)
        for a, b in cases:
            hi, lo = transform(a, b)
            exact = Fraction(a) * Fraction(b) if name == "two_prod" else Fraction(a) + Fraction(b)
            right = isfinite(hi) and isfinite(lo) and float(exact) == hi
            if not right or Fraction(float(hi)) + Fraction(float(lo)) != exact:
                raise InvariantError(
                    f"{name}({a!r}, {b!r}) gives {hi!r} + {lo!r}, which is not exact: on this "
                    "machine a compiler reorders or contracts float operations (fast math), or "
                    "subnormal numbers are flushed to zero"
                )


def _sums() -> Iterator[tuple[float, float]]:
    """Summands whose sum does not fit 53 bits, of equal and of opposite signs, and subnormals."""
    for i, (a, b) in enumerate(_significands()):
        yield a, ldexp(b if i % 2 else -b, i % 55 - 52)
    for i, (a, b) in enumerate(_significands()):
        yield ldexp(a, -1074 + i % 3), ldexp(-b, -1074 - i)


def _ordered(cases: Iterator[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    for a, b in cases:
        yield (a, b) if abs(a) >= abs(b) else (b, a)


def _products() -> Iterator[tuple[float, float]]:
    """Factors of 53 bits, of every size for which the product's error is a float."""
    for i, (a, b) in enumerate(_significands()):
        yield ldexp(a, 10 * i - 400 - 52), ldexp(b if i % 2 else -b, -12 * i + 100)


def _significands() -> Iterator[tuple[float, float]]:
    """Pairs of odd 53-bit integers, as floats."""
    state = 1
    for _ in range(CASES):
        pair = []
        for _ in range(2):
            state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
            pair.append(float(state >> 12 | 2**52 | 1))
        yield pair[0], pair[1]
