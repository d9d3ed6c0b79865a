"""The certificate of a filter: on every admissible patch it has the value and the Jacobian it must.

With `compiler.rcnn.closure` this makes every run right, by induction over layers: a grid whose
patches are admissible becomes, cell by cell, what `compiler.rcnn.specification` says, and that is
such a grid again. All is exact. How far the inputs of ReLUs stay from 0 is part of the result; if
a margin were 0, the Jacobian would not exist.

`compiler.rcnn.tables` gives what each cell adds to each gate. Cells of one place that add the same
and look the same (`Seen`) are in one *class*: neither the filter nor the specification can tell
them apart there. One patch for each combination of classes is checked, and stands for all others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from circuits.errors import InvariantError
from compiler.rcnn.cells import described
from compiler.rcnn.closure import check_closure
from compiler.rcnn.filter import Filter
from compiler.rcnn.head import check_head
from compiler.rcnn.patches import Block, blocks
from compiler.rcnn.places import BESIDE, PLACES, Place
from compiler.rcnn.rationals import Rationals
from compiler.rcnn.specification import Around, Seen, next_cell, seen
from compiler.rcnn.tables import Tables, tables

_AT_ONCE = 2**16


@dataclass(frozen=True)
class Certificate:
    """What was checked about a filter.

    Attributes:
        patches: how many patches of five cells are admissible, with repetitions.
        classes: how many of them stood for all.
        closure: how many cases the proof took that a layer leads to admissible patches only.
        value_margin: the least distance of a cell's value from a kink of the first ReLUs.
        gate_margin: the least distance of a gate's input from 0.
        failure: what is wrong, "" if nothing is.
    """

    patches: int = 0
    classes: int = 0
    closure: int = 0
    value_margin: Fraction = Fraction(0)
    gate_margin: Fraction = Fraction(0)
    failure: str = ""

    @property
    def holds(self) -> bool:
        """Whether all is proved."""
        return not self.failure


def certify(net: Filter) -> Certificate:
    """Prove the closure of the admissible patches, and check the filter on all of them."""
    closure = check_closure(net.machine, net.coding)
    failure = closure.failure or check_head(net.head, net.learning_rate, net.machine, net.coding)
    if failure:
        return Certificate(closure=closure.cases, failure=failure)
    try:
        parts = tables(net.patch, net.coding)
    except InvariantError as error:
        return Certificate(closure=closure.cases, failure=str(error))
    look = {p: [seen(net.machine, c, m) for c in net.coding.cells] for p, m in BESIDE.items()}
    patches = classes = 0
    margins = []
    failure = "" if parts.margin else "the value of a cell is on a kink"
    for block in blocks(net.coding):
        numbers = _representatives(block, parts, look)
        patches, classes = patches + block.patches, classes + len(numbers)
        for start in range(0, len(numbers), _AT_ONCE):
            checked = _check(net, parts, look, numbers[start : start + _AT_ONCE])
            margins.append(checked.margin)
            if checked.failure and not failure:
                failure = f"{block.name}: {checked.failure}"
    return Certificate(patches, classes, closure.cases, parts.margin, min(margins), failure)


class _Checked(NamedTuple):
    margin: Fraction
    failure: str


def _representatives(
    block: Block, parts: Tables, look: dict[Place, list[Seen]]
) -> NDArray[np.int64]:
    """One patch for each combination of classes; shape (patches, 5)."""
    chosen: list[Sequence[int]] = []
    for at, (place, numbers) in enumerate(zip(PLACES, block.sets, strict=True)):
        if place is Place.MIDDLE:
            chosen.append(numbers)
            continue
        of_class: dict[object, int] = {}
        for number in numbers:
            added = parts.added.numerators[at, number].tolist()
            slopes = parts.slopes.numerators[at, number].tolist()
            of_class.setdefault((look[place][number], *added, *slopes), number)
        chosen.append(tuple(of_class.values()))
    return np.array(list(product(*chosen)), np.int64).reshape(-1, len(PLACES))


def _check(
    net: Filter, parts: Tables, look: dict[Place, list[Seen]], patches: NDArray[np.int64]
) -> _Checked:
    """The least distance of a gate's input from 0, and the first patch that is wrong."""
    inputs = parts.bias.numerators + sum(
        parts.added.numerators[at, patches[:, at]] for at in range(len(PLACES))
    )
    margin = Fraction(int(abs(inputs).min()), parts.added.denominator)
    on = inputs > 0
    values = parts.last(Rationals(inputs * on, parts.added.denominator))
    due, slopes = _due(net, look, patches)
    scaled = [value * values.denominator for value in net.coding.values]
    wrong = values.numerators[:, 0] != np.array(scaled, dtype=object)[due]
    wrong |= (inputs == 0).any(axis=1)
    for at, place in enumerate(PLACES):
        through = parts.slopes.numerators[at, patches[:, at]] * on
        slope = parts.last(Rationals(through, parts.slopes.denominator), biased=False)
        due_slope = slopes.astype(object) * slope.denominator if place is Place.MIDDLE else 0
        wrong |= slope.numerators[:, 0] != due_slope
    if not wrong.any():
        return _Checked(margin, "")
    at = int(wrong.argmax())
    got = Fraction(int(values.numerators[at, 0]), values.denominator)
    return _Checked(margin, _report(net, patches[at].tolist(), int(due[at]), got))


def _due(
    net: Filter, look: dict[Place, list[Seen]], patches: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The cell number and the slope that the specification says, for each patch."""
    numbers, slopes = [], []
    for up, left, middle, right, down in patches.tolist():
        cell = net.coding.cells[middle]
        assert cell is not None
        around = Around(
            look[Place.UP][up],
            look[Place.DOWN][down],
            look[Place.LEFT][left],
            look[Place.RIGHT][right],
        )
        after, slope = next_cell(net.machine, cell, around)
        numbers.append(net.coding.number[after])
        slopes.append(slope)
    return np.array(numbers, np.int64), np.array(slopes, np.int64)


def _report(net: Filter, patch: list[int], due: int, got: Fraction) -> str:
    cells = {place.name.lower(): n for place, n in zip(PLACES, patch, strict=True)}
    names = {where: described(net.machine, net.coding.cells[n]) for where, n in cells.items()}
    shown = ", ".join(f"{where} {name}" for where, name in names.items())
    expected = net.coding.values[due]
    if got == expected:
        return f"{shown}: the value is right, the Jacobian is not"
    name = described(net.machine, net.coding.cells[due])
    return f"{shown}: expected {expected}, {name}; got {got}"
