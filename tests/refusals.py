"""Bad input and what its reader must say: the first line with the place, and the way out."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from circuits.errors import SourceError


class Refusal(NamedTuple):
    """A text that a reader refuses, the first line of its report, and its hint."""

    text: str
    message: str
    hint: str

    def check(self, read: Callable[[str], object]) -> None:
        """Read the text and compare what is said."""
        with pytest.raises(SourceError) as caught:
            read(self.text)
        assert str(caught.value).splitlines()[0] == self.message
        assert caught.value.hint == self.hint
