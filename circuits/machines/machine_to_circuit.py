"""One step of a machine as a sequential circuit: its configuration is in the latches.

Labels that are always wrong make the compiled net take one machine step in each step of SGD.

The head is one-hot, so the symbol under it is an OR of ANDs, and each entry of the table is one
AND: the state, the symbol, and that the head would not leave. What an entry changes (a symbol bit,
a state bit, where the head is) is an OR of entries, and where the machine has halted or would
leave no entry is true: then nothing changes, with no logic that freezes anything.

A net stores what *flips*, so next values are written as "old XOR flips": a cell's bit flips under
one AND with its head bit, and the XOR is gone when the compiler has taken the flips out.
"""

from __future__ import annotations

from circuits.builder import Builder
from circuits.circuit import FALSE, Circuit
from circuits.machines.configuration import Configuration, Field
from circuits.machines.encoding import Encoding, Place, distinguishing
from circuits.machines.gates import TableGates, any_or_both, move_name, moved
from circuits.machines.machine import Machine, Move, Rule


def machine_to_circuit(machine: Machine, field: Field, configuration: Configuration) -> Circuit:
    """A circuit without inputs whose every step is a step of the machine.

    Latches are those of `Encoding.names`, reset to ``configuration``. The first output, ``halted``,
    says whether the machine has halted in the present configuration. The latch ``left`` is set by
    a step that would take the head off the field or write on the margin; that step is not carried
    out. What follows from latch values that are no configuration (two heads, say) means nothing.

    For N cells, M places for the head, s bits a symbol and D directions there are at most
    ``s (N + 1)`` gates to read, ``2 s N`` to write, and ``(D + 1) M`` to move the head; and, for
    the table, an AND per entry and some ORs of entries, however large the field. The XORs among
    them (``s N + M``) are gone in the net.

    Args:
        machine: what to run.
        field: the cells it may use.
        configuration: to start in.

    Raises:
        SourceError: the configuration is not one of this field.
    """
    encoding = Encoding.of(machine, field)
    reset = encoding.encode(configuration)
    builder = Builder(machine.name or "machine", machine.source)
    names = encoding.names
    latches = [builder.latch(name, bit) for name, bit in zip(names, reset, strict=True)]
    step = _Step(builder, encoding, latches)
    halted = step.halted()
    builder.output("halted", halted)
    for latch, flip in zip(latches, step.flips(), strict=False):  # all but the last
        builder.set_next(latch, builder.xor(latch, flip))
    leaving = step.leaving(halted)
    # Who once was to leave is to leave for ever, so the OR says nothing; but its flip is one AND.
    builder.set_next(latches[-1], builder.or_(latches[-1], leaving))
    return builder.build()


class _Step:
    """The gates of one step, made in the order in which they depend on each other."""

    def __init__(self, builder: Builder, encoding: Encoding, latches: list[int]) -> None:
        self.builder = builder
        self.encoding = encoding
        self.table = TableGates(encoding)
        literals = dict(zip(encoding.names, latches, strict=True))
        self.cells = {
            place: [literals[name] for name in encoding.bits_of_cell(*place)]
            for place in encoding.cells
        }
        self.heads = {place: literals[f"{self.name(place)}.head"] for place in encoding.heads}
        self.state = [literals[f"state[{i}]"] for i in range(encoding.state_bits)]
        self.symbols = self._symbols()
        self.states = self._states()
        self.edges = {move: self._edge(move) for move in self.table.directions}
        self.on_margin = self._any(
            "head on the margin", *(self.heads[p] for p in encoding.heads if p not in self.cells)
        )
        self.entries = [
            (rule, self._entry(rule)) for rules in self.table.rules.values() for rule in rules
        ]
        self.moves = {
            move: self._any(f"head {move_name(move)}", *self._entries_moving(move)) for move in Move
        }

    def name(self, place: Place) -> str:
        """Of a cell."""
        return self.encoding.cell_name(*place)

    def halted(self) -> int:
        """Whether the state halts, or the table has no entry for what it reads."""
        halting = [self.states[q] for q in self.encoding.machine.halting]
        stuck = [
            self._all("", self.states[q], self._any("", *(self.symbols[s] for s in missing)))
            for q, missing in self.table.missing.items()
        ]
        return self._any("halted", *halting, *stuck)

    def leaving(self, halted: int) -> int:
        """Whether there is an entry, and it is not carried out."""
        return self._all("head would leave", *(x ^ 1 for x in (halted, *self.moves.values())))

    def flips(self) -> list[int]:
        """Of every latch but ``left``, whether it changes."""
        return [*self._flips_of_cells(), *self._flips_of_heads(), *self._flips_of_state()]

    def _flips_of_cells(self) -> list[int]:
        codes, width = self.encoding.symbol_codes, self.encoding.symbol_bits
        written = [
            self._any(
                f"written symbol bit {i} differs",
                *(
                    entry
                    for rule, entry in self.entries
                    if (codes[rule.symbol] ^ codes[rule.write]) >> i & 1
                ),
            )
            for i in range(width)
        ]
        return [
            self._all("", self.heads[place], written[i])
            for place in self.encoding.cells
            for i in range(width)
        ]

    def _flips_of_heads(self) -> list[int]:
        """A head bit flips where the head goes away and where it arrives.

        In all directions but the last, "it goes that way from here" is a gate, and two of them
        flip. In the last direction the cell and the one that it would come from share
        ``(here | there) & moves``, whose OR is a sum, since the head is one-hot.
        """
        if not self.table.directions:
            return [FALSE] * len(self.heads)
        *others, last = self.table.directions
        goes = {
            (place, move): self._all(
                f"{self.name(place)} head goes {move.name.lower()}", head, self.moves[move]
            )
            for place, head in self.heads.items()
            for move in others
            if moved(place, move) in self.heads
        }
        flips = []
        for place in self.heads:
            some = [goes.get((place, move), FALSE) for move in others]
            some += [goes.get((moved(place, move, -1), move), FALSE) for move in others]
            here = self.heads[place] if moved(place, last) in self.heads else FALSE
            there = self.heads.get(moved(place, last, -1), FALSE)
            flips.append(self._either_moves(some, here, there, self.moves[last]))
        return flips

    def _either_moves(self, some: list[int], here: int, there: int, moves: int) -> int:
        """``some[0] | ... | ((here | there) & moves)`` where here and there are not both true."""
        if FALSE in (here, there):
            return any_or_both(self.builder, some, here | there, moves)
        weights = [2] * len(some) + [1, 1, 1]
        return self.builder.threshold([*some, here, there, moves], 2, weights)

    def _flips_of_state(self) -> list[int]:
        codes = self.encoding.state_codes
        return [
            self._any(
                f"next state bit {i} differs",
                *(
                    entry
                    for rule, entry in self.entries
                    if (codes[rule.state] ^ codes[rule.following]) >> i & 1
                ),
            )
            for i in range(self.encoding.state_bits)
        ]

    def _symbols(self) -> list[int]:
        """Of every symbol, whether the head reads it; on the margin it reads 0, blank's code."""
        read = [
            self._any(
                f"read symbol bit {i}",
                *(
                    self._all(f"{self.name(place)} is read, bit {i}", self.heads[place], symbol[i])
                    for place, symbol in self.cells.items()
                ),
            )
            for i in range(self.encoding.symbol_bits)
        ]
        made = []
        for number, name in enumerate(self.encoding.machine.symbols):
            made.append(self.table.holds(self.builder, read, number))
            self.builder.label(made[-1], f"reads {name}")
        return made

    def _states(self) -> list[int]:
        """Of every state, whether the machine is in it."""
        tells = distinguishing(self.encoding.state_codes, self.encoding.state_bits)
        return [
            self._all(f"state {name}", *(self.state[i] ^ 1 ^ value for i, value in bits))
            for name, bits in zip(self.encoding.machine.states, tells, strict=True)
        ]

    def _edge(self, move: Move) -> int:
        """Whether the head is where it must not go this way."""
        on_edge = [x for place, x in self.heads.items() if moved(place, move) not in self.heads]
        return self._any(f"head cannot go {move.name.lower()}", *on_edge)

    def _entry(self, rule: Rule) -> int:
        """Whether this entry of the table is carried out."""
        machine = self.encoding.machine
        self.builder.line = int(machine.lines[rule.state, rule.symbol])
        allowed = [self.edges[rule.move] ^ 1] if rule.move else []
        if rule.symbol == machine.blank != rule.write:
            allowed.append(self.on_margin ^ 1)
        reads = self.states[rule.state], self.symbols[rule.symbol]
        entry = self._all(self.table.rule_name(rule), *reads, *allowed)
        self.builder.line = 0
        return entry

    def _entries_moving(self, move: Move) -> list[int]:
        return [entry for rule, entry in self.entries if rule.move is move]

    def _all(self, label: str, *literals: int) -> int:
        made = self.builder.and_(*literals)
        if label:
            self.builder.label(made, label)
        return made

    def _any(self, label: str, *literals: int) -> int:
        made = self.builder.or_(*literals)
        if label:
            self.builder.label(made, label)
        return made
