"""f_Conv2D as the paper means it (section B.2): the next value of a cell, and its Jacobian.

The filter maps a 3 x 3 patch to the next value of its middle. It depends on the middle and the four
cells beside it. Three phases, as `Phase` says: a cell that knows nothing passes messages (`f_msg`),
a computing cell carries out the machine (`f_tm`), a memory cell stays as it is. The derivative by
the middle is 1 in a memory cell and where memorising begins, and all others are 0: so a gradient
reaches exactly the row of W that is to be written.

Where the paper is corrected: (i) is a misprint, (ii) a gap that is closed, (iii) a choice.

f_Conv2D and f_msg
  (i)   B.2, third case of f_msg, and figure 3: the cell where the head starts is the bottom *right*
        one of the main grid, not "bottom-left"; B.3 has it right.
  (i)   B.1.1: the sum that defines V_s leaves out digit 0, so 1 and 1 + 3^-2, the workspace, are
        not in it; nor is the padding, which B.2 has in X. B.4 counts 16 s values, which are those
        of digits 0 and 1 only; digits -1, 0, 1 make 81 s^(log2 3).
  (i)   B.1.1 and B.1.2 disagree about the digits of states: {0, 1}, or {-1, 1} "with 0 being the
        start state". Here: -1, 0 and 1, and all 0 for the start state.
  (iii) B.1.2 wants a machine that does not move in its first step, so that the head never meets a
        cell that does not compute. Here such a cell takes the head along with the phase (fourth
        case of f_msg), and any machine will do.
f_TM
  (i)   Fourth case, head on the right: the new state is gamma(x_(0,1))[0], not gamma(x_(-1,0))[0].
  (ii)  Halting is not said: here a head without an entry stays as it is.
  (ii)  Padding is no cell, so that a head that leaves is lost, and a machine cannot sense the top
        and left border. Here a head that steps onto the padding reads blank, must write blank, and
        must step straight back; the two steps are one layer. If it would do anything else there
        (halt, stay, go on, write), nothing happens: the cell stays as it is.
The rest of the construction
  (i)   Definition 5: for the shapes given, f_head is U_2 sigma(U_1 z), not U_1 sigma(U_2 z); the
        sum is over columns 1 to d_in, not column d_in; l is both the columns of workspace and the
        layers, here two numbers. ReLUs follow V_2 V_1 and V_4 V_3, while the five maps of Lemma 6
        have them after one and after three.
  (i)   Lemma 1: W^(i) has the rows a < i, as in Lemma 2, not a <= i; part 2 needs W^(m+2).
  (i)   Lemma 3's proof: the band has -3^-2, as the lemma says, not 3^-2 (three times).
  (i)   Lemma 4: W^(tau+1) has the rows a <= tau, not a < tau; and W^(1) is 0, not ones.
  (i)   B.3: the dummy sample leaves 3^-1 times ones in the last row, not ones; the layers that a
        prediction takes are t + m + 1 + d, not l + m + 1 + d.
  (i)   B.1.2, XOR input: row i is y_i [x o x_i, 1], not y_i [x o x_i, y_i].
  (ii)  f_head has a kink at 3^-2, where every blank cell ends, and lets the digits of a head on a
        blank cell through; see `compiler.rcnn.head`.
  (i)   Lemma 5: Delta is over *different* coordinates; g(x, i, j) has i an output, but in the proof
        an input; Psi composes its maps in the wrong order; the last sum runs over x_0. In Lemma 6
        the bound on W_2' leaves out the value 0.
  (i)   Corollary 2 restarts s^(c s) times, but Theorem 1 succeeds with probability s^(-c s^2).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from circuits.errors import InvariantError
from circuits.machines.machine import Machine, Move, Rule
from compiler.rcnn.cells import Cell, Neighbour, Phase
from compiler.rcnn.coding import Coding

BACK = {Move.UP: Move.DOWN, Move.DOWN: Move.UP, Move.LEFT: Move.RIGHT, Move.RIGHT: Move.LEFT}
"""Move -> the move that undoes it."""


class Seen(NamedTuple):
    """All that a cell needs to know of a cell beside it."""

    phase: Phase | None
    """None for padding."""
    arriving: int | None = None
    """The state of the head that comes from there; None where none does."""
    written: bool = False
    """Whether its symbol is not blank; only the cell above is asked."""
    empty: bool = False
    """Whether it is 1, the workspace before it computes; only the cell on the right is asked."""


class Around(NamedTuple):
    """The four cells that the next value depends on, beside the middle."""

    up: Seen
    down: Seen
    left: Seen
    right: Seen


class Next(NamedTuple):
    """What becomes of a cell."""

    cell: Cell
    slope: int = 0
    """The derivative by its old value; those by other cells are 0."""


class Response(NamedTuple):
    """What the filter is to give for a patch."""

    value: Fraction
    jacobian: tuple[tuple[int, int, int], ...]


PADDING = Seen(None)


def f_conv2d(
    machine: Machine, coding: Coding, patch: Sequence[Sequence[Fraction | int]]
) -> Response:
    """The value and the Jacobian that the filter must have on a patch of 3 x 3 values.

    Raises:
        KeyError: a value that no cell has; in the corners any will do.
    """
    cell_of = dict(zip(coding.values, coding.cells, strict=True))
    middle = cell_of[Fraction(patch[1][1])]
    if middle is None:
        raise InvariantError("padding in the middle of a patch")
    beside = {move: cell_of[Fraction(patch[1 + move.dy][1 + move.dx])] for move in BACK}
    after, slope = next_cell(machine, middle, around(machine, beside))
    return Response(coding.value(after), ((0, 0, 0), (0, slope, 0), (0, 0, 0)))


def around(machine: Machine, beside: dict[Move, Neighbour]) -> Around:
    """What the middle sees, from the cells that these moves lead to."""
    up, down, left, right = (
        seen(machine, beside[move], move) for move in (Move.UP, Move.DOWN, Move.LEFT, Move.RIGHT)
    )
    return Around(up, down, left, right)


def seen(machine: Machine, cell: Neighbour, move: Move) -> Seen:
    """What the middle sees of the cell that this move leads to."""
    if cell is None:
        return PADDING
    rule = None if cell.state is None else machine.rule(cell.state, cell.symbol)
    comes = rule is not None and rule.move is BACK[move]
    return Seen(
        phase=cell.phase,
        arriving=rule.following if rule is not None and comes else None,
        written=move is Move.UP and cell.symbol != machine.blank,
        empty=move is Move.RIGHT and cell.workspace and cell.phase is Phase.UNKNOWN,
    )


def next_cell(machine: Machine, middle: Cell, around: Around) -> Next:
    """`f_conv2d` on cells in place of values."""
    if middle.phase is Phase.UNKNOWN:
        return f_msg(machine, middle, around)
    if middle.phase is Phase.COMPUTING:
        return Next(f_tm(machine, middle, around))
    return Next(middle, slope=1)


def f_msg(machine: Machine, middle: Cell, around: Around) -> Next:
    """A cell that knows nothing: memorise, or find that all is memorised, and tell it on."""
    blank, memory = machine.blank, Cell(machine.blank, Phase.MEMORY)
    not_memorised = middle.symbol == blank and not middle.workspace
    if not_memorised and (around.up == PADDING or around.up.written):
        return Next(memory, slope=1)
    if Phase.MEMORY in (around.up.phase, around.down.phase):
        return Next(memory)
    if middle.symbol != blank and around.right.empty and around.down == PADDING:
        return Next(middle._replace(phase=Phase.COMPUTING, state=machine.start))
    if any(cell.phase is Phase.COMPUTING for cell in around):
        return Next(middle._replace(phase=Phase.COMPUTING, state=arriving(around)))
    return Next(middle)


def f_tm(machine: Machine, middle: Cell, around: Around) -> Cell:
    """A computing cell: carry out an entry of the table, where the head is or comes to."""
    if middle.state is None:
        return middle._replace(state=arriving(around))
    rule = machine.rule(middle.state, middle.symbol)
    if rule is None:
        return middle
    written = Cell(rule.write, Phase.COMPUTING)
    if rule.move is Move.STAY:
        return written._replace(state=rule.following)
    beside = {
        Move.UP: around.up, Move.DOWN: around.down, Move.LEFT: around.left, Move.RIGHT: around.right
    }  # fmt: skip
    if beside[rule.move] != PADDING:
        return written
    back = step_back(machine, rule)
    return middle if back is None else written._replace(state=back)


def arriving(around: Around) -> int | None:
    """The state of the head that comes here; None where none does."""
    return next((cell.arriving for cell in around if cell.arriving is not None), None)


def step_back(machine: Machine, rule: Rule) -> int | None:
    """The state in which a head comes straight back from padding; None if it does not."""
    there = machine.rule(rule.following, machine.blank)
    if there is None or there.move is not BACK[rule.move] or there.write != machine.blank:
        return None
    return there.following
