"""A machine in a file: names and numbers as a JSON object, its table and its cells as arrays.

What comes from a file is checked before it is used: no size is believed that the arrays do not
have, and no number that does not fit the others. What is wrong raises, mostly a `ValueError`, and
the readers of net and filter files turn that into their refusals.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from circuits.errors import SourceError
from circuits.machines.bounded import BoundedMachine
from circuits.machines.configuration import Configuration, Field
from circuits.machines.machine import Machine
from compiler.net import Net, Target

Arrays = Mapping[str, NDArray[Any]]

TABLES = {"write": np.int16, "move": np.int8, "following": np.int16, "lines": np.int32}
"""The tables of a machine, shape (states, symbols), by their names there."""

BOUNDED = {
    "write": np.int16,
    "move": np.int16,  # arrays of 8 bits are unsigned in net files
    "following": np.int16,
    "lines": np.int32,
    "cells": np.int16,
}
"""Likewise of a machine on cells, row by row, with the symbols to start on."""


def machine_facts(machine: Machine) -> dict[str, Any]:
    """All of a machine but its tables, for JSON."""
    return {
        "name": machine.name,
        "source": machine.source,
        "states": list(machine.states),
        "symbols": list(machine.symbols),
        "start": machine.start,
        "blank": machine.blank,
        "halting": sorted(machine.halting),
        "planar": machine.planar,
        "input": list(machine.input),
    }


def machine_of(facts: Mapping[str, Any], tables: Arrays) -> Machine:
    """The machine of these facts and tables, which `machine_facts` and `TABLES` describe.

    Raises:
        ValueError: something is of a wrong type.
        KeyError: something is missing.
        SourceError: the parts do not fit together.
    """
    for name, what in (("name", str), ("source", str), ("planar", bool)):
        if type(facts[name]) is not what:
            raise ValueError(f"the {name} of a machine is no {what.__name__}")
    _names("name and source", [facts["name"], facts["source"]])
    start, blank = _numbers("start and blank", [facts["start"], facts["blank"]])
    return Machine(
        states=_names("states", facts["states"]),
        symbols=_names("symbols", facts["symbols"]),
        start=start,
        blank=blank,
        halting=frozenset(_numbers("halting", facts["halting"])),
        planar=facts["planar"],
        input=_numbers("input", facts["input"]),
        name=facts["name"],
        source=facts["source"],
        **{name: tables[name] for name in TABLES},
    )


def bounded_facts(bounded: BoundedMachine) -> dict[str, Any]:
    """All of a machine on its cells but what `bounded_arrays` has, for JSON."""
    field = bounded.field
    return {
        **machine_facts(bounded.machine),
        "width": field.width,
        "height": field.height,
        "margin": field.margin,
        "head": [int(place) for place in bounded.configuration.head],
        "state": int(bounded.configuration.state),
        "origin": [int(place) for place in bounded.origin],
        "needed": None if bounded.needed is None else [int(size) for size in bounded.needed],
    }


def bounded_arrays(bounded: BoundedMachine) -> dict[str, NDArray[Any]]:
    """The arrays that `BOUNDED` describes.

    Raises:
        SourceError: there is a symbol outside the cells.
    """
    field, configuration = bounded.field, bounded.configuration
    found = {name: getattr(bounded.machine, name) for name in TABLES}
    found["cells"] = configuration.cells
    if (configuration.origin, found["cells"].shape) != ((0, 0), (field.height, field.width)):
        bits = bounded.encoding.encode(configuration)
        found["cells"] = bounded.encoding.decode(bits).configuration.cells
    return {name: found[name].astype(kind).reshape(-1) for name, kind in BOUNDED.items()}


def bounded_of(facts: Mapping[str, Any], arrays: Arrays) -> BoundedMachine:
    """The machine of what `bounded_facts` and `bounded_arrays` gave.

    Args:
        facts: from a file.
        arrays: of the types that `BOUNDED` says, with one dimension.

    Raises:
        ValueError: it is none.
        KeyError: something is missing.
    """
    shape = len(facts["states"]), len(facts["symbols"])
    tables = {}
    for name, kind in TABLES.items():
        tables[name] = _shaped(name, arrays[name], shape).astype(kind)
        if (tables[name] != arrays[name].reshape(shape)).any():
            raise ValueError(f"a {name} that is none")
    try:
        machine = machine_of(facts, tables)
    except SourceError as error:  # without a place in the machine's own file
        raise ValueError(error.message) from None
    width, height = _pair("width and height", [facts["width"], facts["height"]])
    if type(facts["margin"]) is not bool or min(width, height) < 1:
        raise ValueError(f"{width} x {height} cells, or a margin that is neither true nor false")
    if height > 1 and not machine.planar:
        raise ValueError(f"{width} x {height} cells on a tape")
    cells = _shaped("cells", arrays["cells"], (height, width))
    if not 0 <= cells.min() <= cells.max() < len(machine.symbols):
        raise ValueError(f"a cell holds none of the {len(machine.symbols)} symbols")
    field, head = Field(width, height, facts["margin"]), _pair("head", facts["head"])
    (state,) = _numbers("state", [facts["state"]])
    if not field.admits(*head) or not (machine.planar or head[1] == 0):
        raise ValueError(f"the head is at {head}, outside the cells")
    if not 0 <= state < len(machine.states):
        raise ValueError(f"state {state} of {len(machine.states)}")
    needed = None if facts["needed"] is None else _pair("needed", facts["needed"])
    if needed is not None and min(needed) < 1:
        raise ValueError(f"{needed[0]} x {needed[1]} cells are needed")
    configuration = Configuration(cells, head, state)
    return BoundedMachine(machine, field, configuration, _pair("origin", facts["origin"]), needed)


def check_machine(net: Net) -> None:
    """Refuse a machine that is not the one of its net, as far as memory bits tell.

    Whether the net does what the table says is for a verification to find.

    Raises:
        ValueError: the net's memory bits are not those of the machine's configurations, or do not
            begin with the one that it starts in.
    """
    if net.machine is None:
        return
    circuit, encoding = net.circuit, net.machine.encoding
    if net.target is not Target.EMULATION or circuit.input_names or net.inputs:
        raise ValueError("a machine, but not the net of one step of it")
    for bits in (net.memory, circuit.latches):
        if tuple(bit.name for bit in bits) != encoding.names:
            raise ValueError("memory bits of another machine, or of other cells")
    if circuit.reset_state != encoding.encode(net.machine.configuration):
        raise ValueError("memory bits that do not begin as the machine does")


def _names(what: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ValueError(f"the {what} of a machine are no list of names")
    for name in value:
        name.encode()  # refuses halves of characters, which JSON can say
    return tuple(value)


def _numbers(what: str, value: object) -> tuple[int, ...]:
    if not isinstance(value, list) or not all(type(number) is int for number in value):
        raise ValueError(f"the {what} of a machine: no list of numbers")
    return tuple(value)


def _pair(what: str, value: object) -> tuple[int, int]:
    """Two numbers that any program can hold."""
    found = _numbers(what, value)
    if len(found) != 2 or not all(abs(number) < 2**31 for number in found):
        raise ValueError(f"the {what} of a machine: no two numbers")
    return found[0], found[1]


def _shaped(what: str, array: NDArray[Any], shape: tuple[int, int]) -> NDArray[Any]:
    if array.size != shape[0] * shape[1] or not array.size:
        raise ValueError(f"{array.size} {what} for {shape[0]} x {shape[1]}")
    return array.reshape(shape)
