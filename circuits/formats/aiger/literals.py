"""What the literals of an AIGER file have to obey: in range, defined, and defined once."""

from __future__ import annotations

from circuits.errors import SourceError
from circuits.formats.aiger.cursor import Cursor


class Literals:
    """Checks the literals of the line that the cursor has just taken.

    Args:
        cursor: for the place of an error.
        maximum: M, the largest variable.
    """

    def __init__(self, cursor: Cursor, maximum: int) -> None:
        self._cursor = cursor
        self._largest = 2 * maximum + 1
        self._line_of = {0: 0}
        """Where each variable is defined."""

    def define(self, literal: int) -> int:
        """The variable that the first number of the line, this literal, defines."""
        variable = self.in_range(literal, 0) >> 1
        if literal < 2 or literal & 1:
            raise self._error(
                0,
                f"literal {literal} cannot be defined",
                "inputs, latches and AND gates are even literals from 2",
            )
        if variable in self._line_of:
            raise self._error(
                0,
                f"literal {literal} is defined again; first in line {self._line_of[variable]}",
                "give one of the two another variable",
            )
        self._line_of[variable] = self._cursor.line
        return variable

    def in_range(self, literal: int, field: int) -> int:
        """The literal, which stands in this field of the line (from 0)."""
        if literal > self._largest:
            raise self._error(
                field,
                f"literal {literal} is above 2M + 1 = {self._largest}",
                "M in the header is the largest variable",
            )
        return literal

    def reset(self, latch: int, literal: int, field: int) -> int | None:
        """The reset value of a latch: 0, 1, or None for its own literal, uninitialised."""
        if literal in (0, 1):
            return literal
        if literal == latch:
            return None
        raise self._error(
            field,
            f"latch {latch} has the reset function {literal}; reset functions are not supported",
            f"reset it to 0, to 1, or to {latch} for uninitialised",
        )

    def check_defined(self, literal: int, line: int, field: int) -> None:
        """Refuse a literal of an earlier line whose variable nothing has defined since."""
        if literal >> 1 not in self._line_of:
            raise self._cursor.error(
                line,
                field,
                f"literal {literal} is used but variable {literal >> 1} is not defined",
                "define it as an input, a latch or an AND gate",
            )

    def _error(self, field: int, message: str, hint: str) -> SourceError:
        return self._cursor.error(self._cursor.line, field, message, hint)
