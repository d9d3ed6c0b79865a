"""What all figures share: colours and marks that anyone can tell apart, and files that are equal.

Colours are those of Okabe and Ito. Whatever a colour says, a shape, a line or a text says too.
Equal input makes equal files: they hold no date. matplotlib is loaded by the first call.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from circuits.errors import SourceError
from circuits.files import write_whole
from circuits.machines.picture import ENDINGS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BLACK, GREY, PALE = "#000000", "#767676", "#d9d9d9"
BLUE, VERMILION, GREEN, PURPLE = "#0072b2", "#d55e00", "#009e73", "#cc79a7"
ORANGE, SKY, YELLOW = "#e69f00", "#56b4e9", "#f0e442"

SERIES = (BLUE, GREEN, VERMILION, PURPLE, ORANGE, SKY, BLACK, GREY)
"""Colours of classes, in the order in which they are given out."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
"""Their marks."""

HATCHES = ("", "//", "..", "\\\\", "xx", "--", "++", "oo")
"""And their hatches, of bars."""

POSITIVE, NEGATIVE, MEMORY = BLUE, VERMILION, ORANGE
"""Colours of weights above and below 0, and of the edge that holds a bit."""

DPI = 120

_SETTINGS: Any = {
    "svg.hashsalt": "sgdcc",
    "svg.fonttype": "none",  # text stays text, which can be searched
    "font.size": 9.0,
    "axes.titlesize": 9.5,
    "figure.titlesize": 10.5,
    "legend.fontsize": 8.5,
    "hatch.linewidth": 0.6,
}


@contextmanager
def drawing() -> Iterator[None]:
    """The settings under which figures are made and written.

    Raises:
        SourceError: matplotlib is not installed.
    """
    try:
        from matplotlib import rc_context, rcdefaults, rcParams
    except ImportError:
        raise SourceError("a picture needs matplotlib", hint="pip install 'sgdcc[plot]'") from None
    with rc_context():
        rcdefaults()  # a user's own settings would make other files
        rcParams.update(_SETTINGS)
        yield


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of so many inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def check_ending(path: Path) -> None:
    """Refuse a file that cannot be drawn, by its name.

    Raises:
        SourceError: it ends in none of `ENDINGS`.
    """
    if path.suffix not in ENDINGS:
        raise SourceError(f"cannot draw {path}", hint=f"name a file {', '.join(ENDINGS)}")


def write_figure(figure: Figure, path: Path, dpi: int = DPI) -> None:
    """Write a figure, whole or not at all.

    Raises:
        SourceError: the ending is none of `ENDINGS`, or the file cannot be written.
    """
    check_ending(path)
    data = BytesIO()
    with drawing():
        figure.savefig(data, format=path.suffix[1:], dpi=dpi, metadata=ENDINGS[path.suffix])
    write_whole(path, data.getvalue())


def shortened(text: str, most: int = 32) -> str:
    """A text of at most so many characters; the middle is left out.

    >>> shortened("row[12][31].occupied", 12)
    'row[1…cupied'
    """
    if len(text) <= most:
        return text
    left = (most - 1) // 2
    return f"{text[:left]}…{text[len(text) - (most - 1 - left) :]}"
