"""What a BLIF file says, statement by statement, before its models are put together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from circuits.formats.text import Word


class Table(NamedTuple):
    """``.names``: the signal is the OR of the cubes over what it reads, or NOT of that OR."""

    reads: tuple[Word, ...]
    signal: Word
    cubes: tuple[str, ...]
    value: bool = True
    """Whether the rows are the on-set; otherwise they are the off-set."""


class Register(NamedTuple):
    """``.latch``: edge and clock are None where not given, the clock for ``NIL`` too."""

    data: Word
    signal: Word
    edge: Word | None
    clock: Word | None
    reset: int | None


class Instance(NamedTuple):
    """``.subckt``: a model and, by port name, what its ports are connected to."""

    model: Word
    connections: tuple[tuple[Word, Word], ...]
    name: str


class Model(NamedTuple):
    """One ``.model``; inputs and outputs are None where the file leaves them to be inferred."""

    name: Word
    inputs: tuple[Word, ...] | None
    outputs: tuple[Word, ...] | None
    tables: tuple[Table, ...]
    registers: tuple[Register, ...]
    instances: tuple[Instance, ...]
    is_black_box: bool

    def reads(self) -> Iterator[Word]:
        """What tables and latches read."""
        for table in self.tables:
            yield from table.reads
        for register in self.registers:
            yield register.data

    def drives(self) -> Iterator[Word]:
        """What tables and latches drive."""
        for table in self.tables:
            yield table.signal
        for register in self.registers:
            yield register.signal
