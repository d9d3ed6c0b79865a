"""How facts are shown to a person: short, and within 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compiler.exact import Exact

_WIDTH = 80
_NAMES = 18
"""Columns of the names on the left."""

_PLAIN = 24
"""An exact number with more characters is shown rounded."""

_FEW = 16
"""So many distinct weights are listed one by one."""


def brief(value: Exact) -> str:
    """An exact number as it is, or rounded where its exact form is long.

    >>> from fractions import Fraction
    >>> from compiler.exact import Exact
    >>> w = Exact.of(3)
    >>> brief(w / 8), brief(w ** -1000)
    ('3/8', '3^-1000')
    >>> odd = (w / 1009) ** Fraction(1, 16) * 1013
    >>> brief(odd), brief(odd**161)
    ('~704.184', '~2^1523.03')
    """
    exact = str(value)
    if len(exact) <= _PLAIN:
        return exact
    sign, size = "-" if value.sign < 0 else "", value.log2()
    return f"~{sign}{2**size:.6g}" if abs(size) < 1000 else f"~{sign}2^{size:.6g}"


def weight_list(values: tuple[Exact, ...]) -> str:
    """How many distinct weights there are, and which, or from where to where."""
    ordered = [brief(value) for value in sorted(values)]
    if len(ordered) <= _FEW:
        return f"{len(ordered)}: {', '.join(ordered)}"
    return f"{len(ordered)}, from {ordered[0]} to {ordered[-1]} (--json lists them)"


def table(facts: Mapping[str, Any]) -> Iterator[str]:
    """Lines of a table of names and values; mappings are spelt out, long values wrapped."""
    for name, value in facts.items():
        text = _spelt(value) if isinstance(value, Mapping) else _word(value)
        lines = wrap(text, _WIDTH - _NAMES, break_long_words=False, break_on_hyphens=False) or ["-"]
        yield f"{name.replace('_', ' '):<{_NAMES}}{lines[0]}"
        yield from (" " * _NAMES + line for line in lines[1:])


def _word(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _spelt(value: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')} {f'({_spelt(x)})' if isinstance(x, Mapping) else x}"
        for name, x in value.items()
    )
