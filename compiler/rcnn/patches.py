"""The admissible patches: all that the filter can meet, as products of sets of cells.

A patch is the middle and the four cells beside it; the filter reads no corners. With p padding, T
the samples, 0 a cell not memorised, M memory, 1 the workspace, C a computing cell without and H one
with the head, a grid is always in one of three conditions:

*memorising*  A column of the main grid, downwards, is T .. T M .. M 0 .. 0, and not all T; all
              columns are alike but for the signs of T. The workspace is 1.
*memorised*   The main grid is T, the workspace 1.
*computing*   One H. All others are C, T or 1, and the bottom right cell of the main grid, where
              computing began, is C or H.

`compiler.rcnn.closure` shows that a layer leads from each to itself, and from memorised to
computing. So every patch of every grid is one of these.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import NamedTuple, TypeAlias

from compiler.rcnn.cells import Neighbour, Phase, is_empty, is_sample
from compiler.rcnn.coding import Coding
from compiler.rcnn.places import Place

Numbers: TypeAlias = tuple[int, ...]
"""Cell numbers."""


class Block(NamedTuple):
    """All patches with each cell from a set."""

    name: str
    """In which condition they occur, and where the head is."""
    up: Numbers
    left: Numbers
    middle: Numbers
    right: Numbers
    down: Numbers

    @property
    def sets(self) -> tuple[Numbers, ...]:
        """In the order of `PLACES`."""
        return self[1:]

    @property
    def patches(self) -> int:
        """How many."""
        return prod(len(numbers) for numbers in self.sets)


class Kinds(NamedTuple):
    """Cell numbers by what the cells are; the letters are those of patches above."""

    padding: Numbers
    sample: Numbers
    fresh: Numbers
    memory: Numbers
    empty: Numbers
    computing: Numbers
    head: Numbers


def kinds(coding: Coding) -> Kinds:
    """Sort the cells of a coding."""
    kind = [_kind(cell, coding.blank) for cell in coding.cells]
    return Kinds(*(tuple(n for n, k in enumerate(kind) if k == name) for name in Kinds._fields))


def _kind(cell: Neighbour, blank: int) -> str:
    if cell is None:
        return "padding"
    if cell.phase is Phase.COMPUTING:
        return "computing" if cell.state is None else "head"
    if cell.phase is Phase.MEMORY:
        return "memory"
    if is_empty(cell):
        return "empty"
    return "sample" if is_sample(cell, blank) else "fresh"


def blocks(coding: Coding) -> Iterator[Block]:
    """All admissible patches; a patch may be in two blocks."""
    kind = kinds(coding)
    yield from _memorising(kind)
    yield from _computing(kind)
    beside = kind.padding + kind.sample
    yield Block("memorised", beside, beside, kind.sample, kind.empty, kind.padding)


def words() -> Iterator[str]:
    """Columns of the main grid while it memorises, as letters T, M and 0.

    Three of each are enough: a longer run has no other triples of cells in it.
    """
    for samples, memory, fresh in product(range(4), repeat=3):
        if memory or fresh:
            yield "T" * samples + "M" * memory + "0" * fresh


def _memorising(kind: Kinds) -> Iterator[Block]:
    of_letter = {"p": kind.padding, "T": kind.sample, "M": kind.memory, "0": kind.fresh}
    triples = {f"p{word}p"[i : i + 3] for word in words() for i in range(len(word))}
    for triple in sorted(triples):
        up, middle, down = (of_letter[letter] for letter in triple)
        yield Block("memorising", up, kind.padding + middle, middle, middle + kind.empty, down)
    beside = kind.padding + kind.empty
    left = kind.sample + kind.memory + kind.fresh + kind.empty
    yield Block("memorising, workspace", beside, left, kind.empty, beside, beside)


def _computing(kind: Kinds) -> Iterator[Block]:
    """Without the patch in which computing begins: it began, and the cell there computes."""
    without = kind.padding + kind.sample + kind.empty + kind.computing
    for at in (None, Place.UP, Place.LEFT, Place.RIGHT, Place.DOWN):
        name = "computing, " + ("no head near" if at is None else f"head {at.name.lower()}")
        up, left, right, down = (
            kind.head if at is place else without
            for place in (Place.UP, Place.LEFT, Place.RIGHT, Place.DOWN)
        )
        yield Block(name, up, left, kind.empty + kind.computing, right, down)
        main_on_the_right = tuple(n for n in right if n not in kind.empty)
        cell_below = tuple(n for n in down if n not in kind.padding)
        yield Block(name, up, left, kind.sample, main_on_the_right, down)
        yield Block(name, up, left, kind.sample, kind.empty, cell_below)
    yield Block("computing, head", without, without, kind.head, without, without)
