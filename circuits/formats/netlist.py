"""Signals defined by name, in any order, as BLIF and .bench have them: order, check and build.

A definition may stand before or after what it reads. The gates are built in the order of the file
except that what a gate reads comes before it, so a file that is in order already keeps its order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from circuits.builder import Builder
from circuits.circuit import Circuit
from circuits.errors import SourceError
from circuits.formats.order import CycleError, dependency_order
from circuits.formats.text import SourceText, Word

_UNNAMED = re.compile(r"%\d+")  # how `Circuit.node_name` shows a gate that has no name


class Definition(NamedTuple):
    """A signal, the signals that it is computed from, and how."""

    signal: Word
    reads: tuple[Word, ...]
    make: Callable[[Builder, Sequence[int]], int]
    """Given a builder and the literals of `reads`, the literal of the signal."""


class Memory(NamedTuple):
    """A latch: the signal that it drives, the signal that it loads, its initial value."""

    signal: Word
    data: Word
    reset: int | None


class Netlist(NamedTuple):
    """A circuit whose parts know each other by name; outputs may repeat, drivers not."""

    name: str
    inputs: Sequence[Word]
    memories: Sequence[Memory]
    definitions: Sequence[Definition]
    outputs: Sequence[Word]


def undriven(source: SourceText, word: Word, hint: str) -> SourceError:
    """The error for a signal that is read and not driven."""
    return source.error_at(word, f"signal '{word.text}' is never driven", hint)


def build_netlist(source: SourceText, netlist: Netlist, resolve: Callable[[Word], int]) -> Circuit:
    """The circuit: every definition is built, whether or not an output needs it.

    A definition names the gate that it makes; a buffer or an inverter makes none.

    Args:
        source: where the netlist stands.
        netlist: its signals.
        resolve: gives the literal of a signal that is read and not driven, or raises.

    Raises:
        SourceError: a signal is driven twice, or a loop is not broken by a latch.
    """
    _check_driven_once(source, netlist)
    builder = Builder(netlist.name, source.file)
    literal_of: dict[str, int] = {}
    for word in netlist.inputs:
        builder.line = word.line
        literal_of[word.text] = builder.input(word.text)
    for memory in netlist.memories:
        word = memory.signal
        builder.line = word.line
        literal_of[word.text] = builder.latch(word.text, memory.reset)
    for definition, literals in _in_order(source, netlist, literal_of, resolve):
        word = definition.signal
        builder.line = word.line
        literal_of[word.text] = made = definition.make(builder, literals)
        if len(literals) > 1 and not _UNNAMED.fullmatch(word.text):
            builder.label(made, word.text)

    def literal(word: Word) -> int:
        return literal_of[word.text] if word.text in literal_of else resolve(word)

    for memory in netlist.memories:
        builder.set_next(literal_of[memory.signal.text], literal(memory.data))
    for word in netlist.outputs:
        builder.output(word.text, literal(word))
    return builder.build()


def _in_order(
    source: SourceText,
    netlist: Netlist,
    literal_of: dict[str, int],
    resolve: Callable[[Word], int],
) -> Iterator[tuple[Definition, list[int]]]:
    """The definitions, each with the literals that it reads, as the caller enters them."""
    definition_of = {definition.signal.text: definition for definition in netlist.definitions}

    def reads(name: str) -> Iterator[str]:
        for word in definition_of[name].reads:
            if word.text in definition_of:
                yield word.text
            elif word.text not in literal_of:
                literal_of[word.text] = resolve(word)

    try:
        for name in dependency_order(definition_of, reads):
            definition = definition_of[name]
            yield definition, [literal_of[word.text] for word in definition.reads]
    except CycleError as error:
        word = definition_of[error.path[0]].signal
        message = f"combinational cycle: {error}"
        raise source.error_at(word, message, "only a latch can close a loop") from None


def _check_driven_once(source: SourceText, netlist: Netlist) -> None:
    """Refuse a signal that two inputs, latches or definitions drive."""
    drivers = chain(
        netlist.inputs,
        (memory.signal for memory in netlist.memories),
        (definition.signal for definition in netlist.definitions),
    )
    first: dict[str, Word] = {}
    for word in sorted(drivers, key=lambda word: (word.line, word.column)):
        before = first.setdefault(word.text, word)
        if before is not word:
            message = f"signal '{word.text}' is driven twice, first in line {before.line}"
            raise source.error_at(word, message, "a signal has one driver; rename one of the two")
