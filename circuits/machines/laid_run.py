"""A run of a machine on the cells of a layout, as a circuit of memory, sample and label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from circuits.builder import Builder
from circuits.circuit import FALSE, TRUE, Circuit
from circuits.learner import LABEL
from circuits.machines.encoding import Place
from circuits.machines.gates import TableGates
from circuits.machines.layout import LaidCell, Layout, Role
from circuits.machines.unrolled_steps import Final, run_steps
from circuits.ports import bit_names

Symbols: TypeAlias = Mapping[Place, frozenset[int]]
"""By memory cell, the symbols that it may hold."""


@dataclass(frozen=True, eq=False)
class Memory:
    """The memory cells of a layout as bits.

    A cell has the bits of its symbol's code, less those that the others tell: that are always 0 or
    1 in the symbols which it can come to hold, or always like another bit or its complement.

    Attributes:
        cells: with their first symbols.
        symbols: that each can come to hold.
        kept: by cell, which bits of its code it has.
        told: by cell, each bit of its code as a literal: constant, or 2 + 2 k for its bit k.
        names: of all bits.
        reset: their first values.
    """

    cells: tuple[LaidCell, ...]
    symbols: Symbols
    kept: Mapping[Place, tuple[int, ...]]
    told: Mapping[Place, tuple[int, ...]]
    names: tuple[str, ...]
    reset: tuple[int, ...]

    @classmethod
    def of(cls, layout: Layout, symbols: Symbols) -> Memory:
        """The bits for memory cells that may hold these symbols."""
        encoding, cells = layout.encoding, layout.of_role(Role.MEMORY, Role.DONE)
        kept, told, names, reset = {}, {}, list[str](), list[int]()
        for place, _, symbol in cells:
            codes = [encoding.symbol_codes[held] for held in sorted(symbols[place])]
            kept[place], told[place] = _independent(codes, encoding.symbol_bits)
            named = encoding.bits_of_cell(*place)
            names += [named[i] for i in kept[place]]
            reset += [encoding.symbol_codes[symbol] >> i & 1 for i in kept[place]]
        return cls(cells, symbols, kept, told, tuple(names), tuple(reset))

    def literals(self, bits: Sequence[int]) -> dict[Place, list[int]]:
        """By cell, the bits of its symbol's code where the memory's bits are these literals."""
        given, found = iter(bits), {}
        for place, _, _ in self.cells:
            own = [FALSE, *(next(given) for _ in self.kept[place])]
            found[place] = [own[x >> 1] ^ (x & 1) for x in self.told[place]]
        return found


def _independent(codes: Sequence[int], width: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Bits of which each is not told by one before it, and all bits as literals of these.

    >>> _independent([1, 2], 3)  # 001 and 010
    ((0,), (2, 3, 0))
    """
    kept: list[int] = []
    told: list[int] = []
    literal_of = {tuple(0 for _ in codes): FALSE, tuple(1 for _ in codes): TRUE}
    for i in range(width):
        column = tuple(code >> i & 1 for code in codes)
        if column not in literal_of:
            kept.append(i)
            literal_of[column] = 2 * len(kept)
            literal_of[tuple(1 - bit for bit in column)] = 2 * len(kept) + 1
        told.append(literal_of[column])
    return tuple(kept), tuple(told)


def reachable_memory(layout: Layout, steps: int) -> Memory:
    """The memory with the symbols that runs of so many steps can leave in it, whatever they read.

    It starts with the first symbols and adds what a run may write, until nothing is new.
    """
    cells = layout.of_role(Role.MEMORY, Role.DONE)
    symbols = {place: frozenset([symbol]) for place, _, symbol in cells}
    while True:
        memory = Memory.of(layout, symbols)
        final = _run(Builder(), layout, memory, steps, labelled=True)
        grown = {place: old | final.symbols[place] for place, old in symbols.items()}
        if grown == symbols:
            return memory
        symbols = grown


def laid_run(layout: Layout, memory: Memory, steps: int, *, labelled: bool) -> Circuit:
    """A run of ``steps`` steps.

    Inputs are the bits of the memory, the sample ``x[0]``, ``x[1]``, ..., and, if ``labelled``,
    ``label``; otherwise the label's cell is blank. Outputs are the bits of the memory, then
    ``answer``, whether the label's cell holds the symbol for 1; ``state q`` for each state q of
    the machine; ``halted``; and ``left``.
    """
    builder = Builder(layout.machine.name, layout.machine.source)
    final = _run(builder, layout, memory, steps, labelled=labelled)
    bits = [final.cells[place][i] for place, _, _ in memory.cells for i in memory.kept[place]]
    for name, literal in zip(memory.names, bits, strict=True):
        builder.output(name, literal)
    table = TableGates(layout.encoding)
    answers = [
        table.holds(builder, final.cells[place], layout.one)
        for place, _, _ in layout.of_role(Role.LABEL)
    ]
    builder.output("answer", builder.or_(*answers))
    for state, literal in zip(layout.machine.states, final.states, strict=True):
        builder.output(f"state {state}", literal)
    builder.output("halted", final.halted)
    builder.output("left", final.left)
    return builder.build()


def laid_done(layout: Layout, memory: Memory) -> Circuit:
    """Whether the cell ``d`` holds the symbol for 1, as a circuit of the memory."""
    builder = Builder(f"{layout.machine.name}: done")
    bits = memory.literals([builder.input(name) for name in memory.names])
    (cell,) = layout.of_role(Role.DONE)
    holds = TableGates(layout.encoding).holds(builder, bits[cell.place], layout.one)
    builder.output("done", holds)
    return builder.build()


def _run(builder: Builder, layout: Layout, memory: Memory, steps: int, *, labelled: bool) -> Final:
    """Inputs, and the gates of the run."""
    encoding, codes = layout.encoding, layout.encoding.symbol_codes
    width, pair = range(encoding.symbol_bits), (codes[layout.zero], codes[layout.one])
    held = memory.literals([builder.input(name) for name in memory.names])
    samples = layout.of_role(Role.SAMPLE)
    read = {
        cell.place: builder.input(name)
        for cell, name in zip(samples, bit_names("x", len(samples)), strict=True)
    }
    if labelled:
        read |= {cell.place: builder.input(LABEL) for cell in layout.of_role(Role.LABEL)}
    cells: dict[Place, list[int]] = {}
    symbols: dict[Place, frozenset[int]] = {}
    for place, _, symbol in layout.cells:
        if place in held:
            cells[place], symbols[place] = held[place], memory.symbols[place]
        elif place in read:
            cells[place] = [_choice(read[place], *(code >> i & 1 for code in pair)) for i in width]
            symbols[place] = frozenset([layout.zero, layout.one])
        else:
            cells[place] = [codes[symbol] >> i & 1 for i in width]
            symbols[place] = frozenset([symbol])
    return run_steps(builder, encoding, cells, steps, layout.head, symbols=symbols)


def _choice(bit: int, if_zero: int, if_one: int) -> int:
    """The literal that has these values; no gate."""
    return if_zero if if_zero == if_one else bit ^ if_zero
