"""Machines that learn and decide, with the cells that they work on."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple, TypeAlias

from circuits.circuit import Circuit
from circuits.errors import SourceError
from circuits.learner import Learner
from circuits.machines.explore import HALT, Entry, explore
from circuits.machines.layout import Layout
from circuits.machines.machine import Machine, Move
from circuits.machines.machine_to_learner import decider, machine_to_learner

LEFT, RIGHT, STAY = Move.LEFT, Move.RIGHT, Move.STAY
BLANK, END = "_", "#"


class Kept(Enum):
    """Which of the literals x and NOT x of a variable are still in the conjunction."""

    BOTH = "*"
    POSITIVE = "+"
    NEGATIVE = "-"
    NONE = "."

    def met(self, bit: str) -> bool:
        """Whether the literals that are in are true of this value of the variable."""
        return self in {"1": (Kept.NONE, Kept.POSITIVE), "0": (Kept.NONE, Kept.NEGATIVE)}[bit]

    def only(self, bit: str) -> Kept:
        """Without the literal that is false of this value."""
        if self.met(bit):
            return self
        if self is not Kept.BOTH:
            return Kept.NONE
        return Kept.POSITIVE if bit == "1" else Kept.NEGATIVE


class Walk(Enum):
    """States of the conjunction learner on a memory cell, or on the label after the last."""

    HOLDS = "to the right, all literals so far are true"
    FAILS = "to the right, one was false"
    BACK = "to the left, on a bit of the sample; or at the left end"


class Compare(NamedTuple):
    """On a bit of the sample, to see whether it meets these literals. BOTH are never met."""

    kept: Kept


class Drop(NamedTuple):
    """On the memory cell of a variable with this value, to drop what is false."""

    bit: str


ConjunctionState: TypeAlias = Walk | Compare | Drop


def conjunction_machine() -> Machine:
    """Learns a conjunction of literals, by dropping those that a positive sample contradicts.

    The cells are ``#``, then for each variable a memory cell, which begins as ``*``, and its bit
    of the sample, then the label. The machine walks to the label and sees whether all literals
    left are true; that is its prediction, which it writes if the label is blank. If it is wrong
    about a 1 it walks back and drops the literals that are false. (About a 0 it cannot be wrong
    if there is a conjunction to learn.)
    """
    # The codes of the four that memory can hold differ in two bits only: they are 4 to 7.
    symbols = (BLANK, "0", "1", END, *(kept.value for kept in Kept))
    return explore(
        _conjunction, start=Walk.HOLDS, symbols=symbols, blank=BLANK, name="conjunction machine"
    )


def _conjunction(state: ConjunctionState, symbol: str) -> Entry:
    match state, symbol:
        case Compare(kept), "0" | "1":
            return symbol, RIGHT, Walk.HOLDS if kept.met(symbol) else Walk.FAILS
        case Walk.BACK, "0" | "1":
            return symbol, LEFT, Drop(symbol)
        case Drop(bit), "*" | "+" | "-" | ".":
            return Kept(symbol).only(bit).value, LEFT, Walk.BACK
        case Walk.HOLDS, "*" | "+" | "-" | ".":
            return symbol, RIGHT, Compare(Kept(symbol))
        case Walk.FAILS, "*" | "+" | "-" | ".":
            return symbol, RIGHT, Compare(Kept.BOTH)
        case Walk.HOLDS, "_":
            return "1", STAY, HALT
        case Walk.FAILS, "_":
            return "0", STAY, HALT
        case Walk.FAILS, "1":
            return symbol, LEFT, Walk.BACK
    return None


def conjunction(bits: int) -> Learner:
    """The learner of `conjunction_machine` for ``bits`` variables; two bits of memory for each.

    Mistake-driven. The walk to the label and back takes 4 steps a variable, and one to turn; a
    prediction takes 2 and one to write it.

    Raises:
        SourceError: ``bits`` is below 1.
    """
    _check_bits("conjunction machine", bits)
    return machine_to_learner(conjunction_layout(bits), 4 * bits + 1, 2 * bits + 1)


def conjunction_layout(bits: int) -> Layout:
    """The cells of `conjunction_machine` for so many variables."""
    text = f"'{END}'" + "mx" * bits + "y"
    return Layout.parse(conjunction_machine(), text, memory=Kept.BOTH.value, head=(1, 0))


class Ends(Enum):
    """States of the palindrome machine; it compares and wipes out the two ends."""

    FIRST = "on the first cell that is left"
    RETURN = "to the left, to find the first cell"
    ACCEPT = "a palindrome"
    REJECT = "none"


class Carry(NamedTuple):
    """To the right, to find the last cell; the first was this bit."""

    bit: str


class Last(NamedTuple):
    """On the last cell that is left, if any; the first was this bit."""

    bit: str


def palindrome_machine() -> Machine:
    """Accepts the words over 0 and 1 that read the same backwards; blanks are around the word."""
    return explore(
        _palindrome,
        start=Ends.FIRST,
        symbols=(BLANK, "0", "1"),
        blank=BLANK,
        name="palindrome machine",
    )


def _palindrome(state: Ends | Carry | Last, symbol: str) -> Entry:
    match state, symbol:
        case Ends.FIRST, "_":
            return BLANK, STAY, Ends.ACCEPT
        case Ends.FIRST, bit:
            return BLANK, RIGHT, Carry(bit)
        case Carry(bit), "_":
            return BLANK, LEFT, Last(bit)
        case Carry(), _:
            return symbol, RIGHT, state
        case Last(), "_":
            return BLANK, STAY, Ends.ACCEPT
        case Last(bit), _:
            return BLANK, LEFT, Ends.RETURN if bit == symbol else Ends.REJECT
        case Ends.RETURN, "_":
            return BLANK, RIGHT, Ends.FIRST
        case Ends.RETURN, _:
            return symbol, LEFT, state
    return None


def palindrome(bits: int) -> Circuit:
    """Whether a sample is a palindrome, as the circuit of all steps that its machine needs.

    Raises:
        SourceError: ``bits`` is below 1.
    """
    _check_bits("palindrome machine", bits)
    return decider(palindrome_layout(bits), palindrome_steps(bits), accept=["accept"])


def palindrome_layout(bits: int) -> Layout:
    """The cells of `palindrome_machine` for words of this length."""
    return Layout.parse(palindrome_machine(), "_" + "x" * bits + "_", head=(1, 0))


def palindrome_steps(bits: int) -> int:
    """What the machine needs for a word of this length: two ends of k bits cost 2 k + 1 steps."""
    return (bits + 1) * (bits + 2) // 2


def _check_bits(name: str, bits: int) -> None:
    if bits < 1:
        raise SourceError(f"{name}: bits must be at least 1, not {bits}")
