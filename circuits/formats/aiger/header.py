"""The first line of an AIGER file: which form, and how many of everything."""

from __future__ import annotations

from dataclasses import dataclass

from circuits.circuit import OutputKind
from circuits.formats.aiger.cursor import Cursor

KIND_LETTERS = {
    OutputKind.OUTPUT: "o",
    OutputKind.BAD: "b",
    OutputKind.CONSTRAINT: "c",
    OutputKind.JUSTICE: "j",
    OutputKind.FAIRNESS: "f",
}
"""Section order of the outputs and properties, and their letters in the symbol table."""

MAX_VARIABLE = (1 << 25) - 1
"""The largest M that is read, some ten times the largest benchmark; a guard against memory."""

_FORM = "M I L O A [B [C [J [F]]]]"


@dataclass(frozen=True, slots=True)
class Header:
    """The counts in the header, under the names that the AIGER report gives them in words."""

    binary: bool
    maximum: int
    inputs: int
    latches: int
    outputs: int
    ands: int
    bad: int = 0
    constraints: int = 0
    justice: int = 0
    fairness: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """How many objects each letter of the symbol table numbers."""
        properties = (self.outputs, self.bad, self.constraints, self.justice, self.fairness)
        return {
            "i": self.inputs,
            "l": self.latches,
            **dict(zip(KIND_LETTERS.values(), properties, strict=True)),
        }


def read_header(cursor: Cursor) -> Header:
    """Read and check the header.

    Raises:
        SourceError: it is not that of an AIGER file, or M cannot be right.
    """
    magic = cursor.data[:4]
    if magic not in (b"aag ", b"aig "):
        raise cursor.error_at(
            0, "not an AIGER file", f"an AIGER file starts with 'aag {_FORM}' or 'aig {_FORM}'"
        )
    cursor.offset = len(magic)
    numbers = cursor.take_numbers("the header", _FORM, 5, 9)
    header = Header(magic == b"aig ", *numbers)
    defined = header.inputs + header.latches + header.ands
    if header.maximum > MAX_VARIABLE:
        raise cursor.error(
            1, 1, f"M is {header.maximum}, above {MAX_VARIABLE}", "split the circuit"
        )
    if header.maximum < defined or (header.binary and header.maximum > defined):
        raise cursor.error(
            1,
            1,
            f"M is {header.maximum}, but I + L + A = {defined}",
            "a binary file has M = I + L + A" if header.binary else "M is the largest variable",
        )
    return header
