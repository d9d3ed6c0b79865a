"""The three ways to fail: the input is wrong, a limit is reached, or we are wrong."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a source file; lines and columns count from 1, 0 means unknown."""

    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """``file:line:column``, leaving out what is not known."""
        parts = [self.file or "<input>"]
        if self.line:
            parts.append(str(self.line))
            if self.column:
                parts.append(str(self.column))
        return ":".join(parts)


class SgdccError(Exception):
    """Base of the errors that a user can mend; ``exit_code`` is the command line's."""

    exit_code = 2


class SourceError(SgdccError):
    """Bad input: what is wrong, where, and what to do about it.

    Args:
        message: what is wrong, without the place.
        position: where, or None when the input has no lines.
        hint: how to mend it; one sentence.
        text: the offending source line, shown under the message with a caret.
    """

    exit_code = 2

    def __init__(
        self, message: str, position: Position | None = None, *, hint: str = "", text: str = ""
    ) -> None:
        self.message = message
        self.position = position
        self.hint = hint
        self.text = text
        super().__init__(self.render())

    def render(self) -> str:
        """The whole report: place, message, source line with caret, hint."""
        place = f"{self.position}: " if self.position is not None else ""
        lines = [place + self.message]
        if self.text:
            shown = self.text.replace("\t", " ").rstrip()[:160]
            lines.append(f"    {shown}")
            if self.position is not None and 0 < self.position.column <= len(shown) + 1:
                lines.append("    " + " " * (self.position.column - 1) + "^")
        if self.hint:
            lines.append(f"  help: {self.hint}")
        return "\n".join(lines)


class LimitError(SgdccError):
    """The request is well formed but cannot be met exactly, or is beyond a limit."""

    exit_code = 3


class SourceWarning(UserWarning):
    """Input that is read, but perhaps not as its author meant: what is odd, and where."""


class InvariantError(Exception):
    """A broken promise of our own code: always a bug in sgdcc."""

    exit_code = 70
