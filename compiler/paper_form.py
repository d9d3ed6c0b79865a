"""Print a constant with m' as a symbol, as the paper does.

>>> from compiler.emulation_constants import printed_constants
>>> c = printed_constants(Fraction(3), memory_bits=1)
>>> in_paper_form(c.learning_rate, c.units)
"2^(-425/182)*3^(-2005/364)*m'^(181/182)"
>>> in_paper_form(ONE / c.units, c.units)
"m'^-1"
"""

from __future__ import annotations

from fractions import Fraction

from compiler.exact import ONE, Exact

_SMALL = 10**6
"""An m' without a prime factor above this is shown by its factors."""


def in_paper_form(value: Exact, units: int) -> str:
    """The constant as a product of powers of small primes and of m' = ``units``."""
    whole = Exact.of(units)
    largest, times = whole.powers[-1] if whole.powers else (1, Fraction(1))
    found = dict(value.powers).get(largest)
    if largest < _SMALL or found is None:
        return str(value)
    exponent = found / times
    rest = value / whole**exponent
    power = "m'" if exponent == 1 else f"m'^{exponent}"
    if exponent.denominator != 1:
        power = f"m'^({exponent})"
    if abs(rest) == ONE:
        return power if rest == ONE else f"-{power}"
    return f"{rest}*{power}"
