"""Integers as products of powers: what gives `compiler.exact.Exact` its one normal form.

>>> factored(360)
[(2, Fraction(3, 1)), (3, Fraction(2, 1)), (5, Fraction(1, 1))]
>>> normal_form({7: Fraction(1, 2), 2: Fraction(-3), 5: Fraction(0)})
((2, Fraction(-3, 1)), (7, Fraction(1, 2)))
>>> compare_with_one(((2, Fraction(-3)), (7, Fraction(1))))  # 7/8
-1
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from math import gcd

_SMALL_PRIMES = tuple(n for n in range(2, 1000) if all(n % d for d in range(2, int(n**0.5) + 1)))


def factored(number: int) -> list[tuple[int, Fraction]]:
    """Small primes, then what is left, as the root of the largest perfect power that it is."""
    powers = []
    for prime in _SMALL_PRIMES:
        if prime * prime > number:
            break
        count = 0
        while number % prime == 0:
            number, count = number // prime, count + 1
        if count:
            powers.append((prime, Fraction(count)))
    if number > 1:
        powers.append(_root(number))
    return powers


def _root(number: int) -> tuple[int, Fraction]:
    """(r, k) with r ** k = number and k as large as possible."""
    for k in range(number.bit_length() // 9, 1, -1):  # what is left has no factor below 2^9
        low, high = 1, 1 << (number.bit_length() // k + 1)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if middle**k <= number else (low, middle - 1)
        if low**k == number:
            return low, Fraction(k)
    return number, Fraction(1)


def normal_form(powers: dict[int, Fraction]) -> tuple[tuple[int, Fraction], ...]:
    """Coprime bases in increasing order, without exponents 0."""
    bases = sorted(base for base, exponent in powers.items() if exponent)
    large = [base for base in bases if base > _SMALL_PRIMES[-1]]
    for i, a in enumerate(large):
        for b in large[i + 1 :]:
            common = gcd(a, b)
            if common > 1:  # split both and start again; each split makes the numbers smaller
                split = dict(powers)
                for base in (a, b):
                    exponent = split.pop(base)
                    for part in (common, base // common):
                        if part > 1:
                            root, k = _root(part)
                            split[root] = split.get(root, Fraction(0)) + exponent * k
                return normal_form(split)
    return tuple((base, powers[base]) for base in bases)


def compare_with_one(powers: tuple[tuple[int, Fraction], ...]) -> int:
    """-1, 0 or 1 as a product in normal form is below, equal to or above 1; exact.

    Only 1 has the logarithm 0, and has no powers, so the sign shows once the digits are enough.
    """
    digits = 16
    while powers:
        with localcontext() as context:
            context.prec = digits
            terms = [Decimal(base).ln() * e.numerator / e.denominator for base, e in powers]
            size = sum(terms, Decimal(0))
            error = sum(map(abs, terms)) * len(terms) * Decimal(10) ** (2 - digits)
        if abs(size) > error:
            return 1 if size > 0 else -1
        digits *= 2
    return 0
