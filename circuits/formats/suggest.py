"""What a misspelt word was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def suggest(word: str, known: Iterable[str]) -> str:
    """A hint that names the closest of the ``known`` words, or lists them all.

    >>> suggest("NADN", ["AND", "NAND", "OR"])
    'did you mean NAND?'
    >>> suggest("?", ["AND", "NAND", "OR"])
    'known are AND, NAND, OR'
    """
    words = sorted(set(known))
    close = get_close_matches(word, words, n=1)
    return f"did you mean {close[0]}?" if close else f"known are {', '.join(words)}"
