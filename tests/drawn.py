"""What a figure shows: the texts in an SVG file, and the marks in matplotlib's own figure."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from runtime.figures import Picture
from runtime.figures.style import drawing, write_figure


def texts_in(path: Path) -> Counter[str]:
    """All texts of an SVG file, line by line."""
    tree = ElementTree.parse(path)
    found = ("".join(node.itertext()) for node in tree.iter("{http://www.w3.org/2000/svg}text"))
    return Counter(" ".join(text.split()) for text in found)


def svg_texts(picture: Picture, folder: Path) -> Counter[str]:
    """All texts of a picture, from the SVG file that is made of it."""
    path = folder / "picture.svg"
    with drawing():
        write_figure(picture.figure, path)
    return texts_in(path)


def arrows(figure: Figure) -> list[Any]:
    """The edges that are drawn in a graph."""
    return [patch for patch in figure.axes[0].patches if isinstance(patch, FancyArrowPatch)]
