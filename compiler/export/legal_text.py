"""What text files of graphs can hold: XML's characters, which is less than Unicode's."""

from __future__ import annotations

import re

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def legal(text: str) -> str:
    r"""The text with U+FFFD for every character that XML 1.0 forbids.

    >>> legal("bell \x07")
    'bell \ufffd'
    """
    return text if text.isprintable() else _ILLEGAL.sub("\ufffd", text)
