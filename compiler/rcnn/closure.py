"""A layer leads from admissible grids to admissible grids, and is the machine's: case by case.

The conditions of a grid are in `compiler.rcnn.patches`. What a layer does to a cell depends on the
cells beside it only, so a finite number of cases proves what it does to grids of every size.

1. *Memorising.* Columns are words T .. T M .. M 0 .. 0. A layer makes memory of every cell above or
   below memory, and of the first 0 if there is no memory yet: checked on all words of up to three
   letters each, between padding and the workspace. Longer runs have no other triples of letters.
2. *Memorised.* Nothing changes but the bottom right cell of the main grid, which gets the head in
   the start state: checked on its patches. For all others this is a case of 3 with none computing.
3. *Computing.* For every cell without the head, and all that can be around it: if a cell beside it
   computes it computes next, its symbol stays, and it has the head next if and only if one beside
   it sends the head there. And for the head in every state, on every symbol, at every kind of
   border: on a field that ends there, a layer is `compiler.rcnn.layers.machine_layer`, which is
   by the definition of a step; so there is one head again. Computing cells compute on, and so does
   the bottom right cell of the main grid.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np

from circuits.machines.configuration import Configuration, Field
from circuits.machines.machine import Machine
from compiler.rcnn.cells import Cell, Neighbour, Phase, described, is_empty, is_sample
from compiler.rcnn.coding import Coding
from compiler.rcnn.layers import machine_layer, symbols_on
from compiler.rcnn.patches import words
from compiler.rcnn.specification import BACK, PADDING, Around, around, next_cell, seen


class Closure(NamedTuple):
    """How many cases were checked, and the first that fails; "" if none does."""

    cases: int
    failure: str


def check_closure(machine: Machine, coding: Coding) -> Closure:
    """Check all cases for a machine."""
    cases = 0
    for check in (_memorising, _memorised, _beside_heads, _heads):
        for failure in check(machine, coding):
            cases += 1
            if failure:
                return Closure(cases, failure)
    return Closure(cases, "")


def next_grid(machine: Machine, cells: list[list[Cell]]) -> list[list[Cell]]:
    """The specification on every cell of a grid."""
    at: dict[tuple[int, int], Neighbour] = {
        (x, y): cell for y, row in enumerate(cells) for x, cell in enumerate(row)
    }

    def after(x: int, y: int, cell: Cell) -> Cell:
        beside = {move: at.get((x + move.dx, y + move.dy)) for move in BACK}
        return next_cell(machine, cell, around(machine, beside)).cell

    return [[after(x, y, cell) for x, cell in enumerate(row)] for y, row in enumerate(cells)]


def next_word(word: str) -> str:
    """What a layer makes of a column of the main grid (Lemma 3).

    >>> next_word("TT00"), next_word("TTM0"), next_word("TMM0")
    ('TTM0', 'TMMM', 'MMMM')
    """
    samples, memory, fresh = (word.count(letter) for letter in "TM0")
    if not memory:
        return "T" * samples + "M" + "0" * (fresh - 1)
    up, down = min(samples, 1), min(fresh, 1)
    return "T" * (samples - up) + "M" * (up + memory + down) + "0" * (fresh - down)


def _memorising(machine: Machine, coding: Coding) -> Iterator[str]:
    for word in words():
        signs = coding.samples if "T" in word else (coding.blank,)
        for left, right in product(signs, repeat=2):
            grid, due = (
                [
                    list(row)
                    for row in zip(
                        _column(coding, column, left),
                        _column(coding, column, right),
                        _column(coding, "1" * len(column), left),
                        strict=True,
                    )
                ]
                for column in (word, next_word(word))
            )
            right_word = next_grid(machine, grid) == due
            yield "" if right_word else f"memorising: {word} does not become {next_word(word)}"


def _column(coding: Coding, word: str, sample: int) -> list[Cell]:
    of_letter = {
        "T": Cell(sample, Phase.UNKNOWN),
        "M": Cell(coding.blank, Phase.MEMORY),
        "0": Cell(coding.blank, Phase.UNKNOWN),
        "1": Cell(coding.blank, Phase.UNKNOWN, workspace=True),
    }
    return [of_letter[letter] for letter in word]


def _memorised(machine: Machine, coding: Coding) -> Iterator[str]:
    samples = [Cell(symbol, Phase.UNKNOWN) for symbol in coding.samples]
    empty = Cell(coding.blank, Phase.UNKNOWN, workspace=True)
    for middle, up, left in product(samples, [None, *samples], [None, *samples]):
        sees = around(machine, dict(zip(BACK, (up, None, left, empty), strict=True)))
        due = middle._replace(phase=Phase.COMPUTING, state=machine.start)
        after = next_cell(machine, middle, sees).cell
        name = described(machine, middle)
        yield "" if after == due else f"memorised: the head is not placed on {name}"


def _beside_heads(machine: Machine, coding: Coding) -> Iterator[str]:
    """Cells without the head, by all that they can see around them: at most one head coming."""

    def occurs(cell: Neighbour) -> bool:
        plain = cell is None or cell.phase is Phase.COMPUTING
        return plain or is_empty(cell) or is_sample(cell, coding.blank)

    cells = [cell for cell in coding.cells if occurs(cell)]
    middles = [cell for cell in cells if cell is not None and cell.state is None]
    calm, coming = {}, {}
    for move in BACK:
        sights = dict.fromkeys(seen(machine, cell, move) for cell in cells)
        calm[move] = [sight for sight in sights if sight.arriving is None]
        coming[move] = [sight for sight in sights if sight.arriving is not None]
    for head in (None, *BACK):
        sets = [coming[move] if move is head else calm[move] for move in BACK]
        for sees in map(Around._make, product(*sets)):
            begins = sees.right.empty and sees.down == PADDING
            for middle in middles:
                if not (begins and is_sample(middle, coding.blank)):
                    yield _beside(machine, middle, sees)


def _beside(machine: Machine, middle: Cell, sees: Around) -> str:
    told = any(cell.phase is Phase.COMPUTING for cell in sees)
    states = [cell.arriving for cell in sees if cell.arriving is not None]
    due = middle._replace(
        phase=Phase.COMPUTING if told else middle.phase, state=states[0] if states else None
    )
    after = next_cell(machine, middle, sees).cell
    if after == due:
        return ""
    names = [described(machine, cell) for cell in (middle, after, due)]
    return "computing: {0} among {3} becomes {1}, not {2}".format(*names, sees)


def _heads(machine: Machine, coding: Coding) -> Iterator[str]:
    """The head in every state, on every symbol, with each side in the field or not."""
    blank = Cell(coding.blank, Phase.COMPUTING)
    heads = [cell for cell in coding.cells if cell is not None and cell.state is not None]
    for up, down, left, right in product((0, 1), repeat=4):
        field = Field(left + 1 + right, up + 1 + down)
        for head in heads:
            grid = [[blank] * field.width for _ in range(field.height)]
            grid[up][left] = head
            after = next_grid(machine, grid)
            if _shown(after) == _stepped(machine, grid, (left, up), field):
                yield ""
            else:
                yield f"computing: {described(machine, head)} on {field} does not step right"


def _stepped(
    machine: Machine, grid: list[list[Cell]], head: tuple[int, int], field: Field
) -> list[list[tuple[int, int | None]]]:
    """Symbols and states after a layer, from the definition of a step."""
    state = grid[head[1]][head[0]].state
    assert state is not None
    symbols = np.array([[cell.symbol for cell in row] for row in grid], np.int16)
    after = machine_layer(machine, Configuration(symbols, head, state), field).configuration
    return [
        [(s, after.state if (x, y) == after.head else None) for x, s in enumerate(row)]
        for y, row in enumerate(symbols_on(after, field, machine.blank).tolist())
    ]


def _shown(grid: list[list[Cell]]) -> list[list[tuple[int, int | None]]]:
    return [[(cell.symbol, cell.state) for cell in row] for row in grid]
