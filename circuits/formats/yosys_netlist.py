"""The JSON netlist of Yosys: its shape, and what a circuit wants to know of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, NotRequired, TypeAlias, TypedDict

from circuits.builder import Builder

Bit: TypeAlias = int | str
"""A net, or one of the constants ``"0"``, ``"1"``, ``"x"`` and ``"z"``."""


class Signal(TypedDict):
    """Bits under one name, least significant first; ``offset`` is the smallest index."""

    bits: list[Bit]
    offset: NotRequired[int]
    upto: NotRequired[int]


class Port(Signal):
    """A port; ``direction`` is input, output or inout."""

    direction: str


class Net(Signal):
    """A name for nets; ``hide_name`` is 1 where Yosys made it up."""

    hide_name: int
    attributes: dict[str, str]


class Cell(TypedDict):
    """A gate or flip-flop: its type, and by pin what is connected to it."""

    type: str
    attributes: dict[str, str]
    connections: dict[str, list[Bit]]


class Module(TypedDict):
    """The flattened top module; ports in the order of its header."""

    ports: dict[str, Port]
    cells: dict[str, Cell]
    netnames: dict[str, Net]


SOURCE = "input.v"
"""What Yosys calls the file in its ``src`` attributes."""

GATES: Mapping[str, tuple[str, Callable[..., int]]] = {
    "$_BUF_": ("A", lambda b, x: x),
    "$_NOT_": ("A", lambda b, x: x ^ 1),
    "$_AND_": ("AB", Builder.and_),
    "$_NAND_": ("AB", lambda b, x, y: b.and_(x, y) ^ 1),
    "$_ANDNOT_": ("AB", lambda b, x, y: b.and_(x, y ^ 1)),
    "$_OR_": ("AB", Builder.or_),
    "$_NOR_": ("AB", lambda b, x, y: b.or_(x, y) ^ 1),
    "$_ORNOT_": ("AB", lambda b, x, y: b.or_(x, y ^ 1)),
    "$_XOR_": ("AB", Builder.xor),
    "$_XNOR_": ("AB", lambda b, x, y: b.xor(x, y) ^ 1),
    "$_MUX_": ("SBA", Builder.mux),
    "$_NMUX_": ("SBA", lambda b, s, t, e: b.mux(s, t, e) ^ 1),
}
"""The input pins of each gate, and what it makes of a builder and their literals."""

FLIP_FLOPS = {"$_DFF_P_": "posedge", "$_DFF_N_": "negedge"}
"""The clock edge of each register."""


class SourceNet(NamedTuple):
    """A net's name, and the line that declares it."""

    name: str
    line: int


def source_nets(module: Module) -> dict[Bit, SourceNet]:
    """What the source calls each net: of several names the one highest in the hierarchy."""
    found: dict[Bit, SourceNet] = {}
    nets = [(name, net) for name, net in module["netnames"].items() if not net["hide_name"]]
    for net_name, net in sorted(nets, key=lambda item: item[0].count(".")):
        for name, bit in named_bits(net_name, net):
            found.setdefault(bit, SourceNet(name, line_of(net)))
    return found


def named_bits(name: str, signal: Signal) -> Iterator[tuple[str, Bit]]:
    """The bits of a signal, least significant first, with the index that the source gives each."""
    bits, offset = signal["bits"], signal.get("offset", 0)
    if len(bits) == 1 and not offset:
        yield name, bits[0]
        return
    for place, bit in enumerate(bits):
        yield f"{name}[{offset + (len(bits) - 1 - place if signal.get('upto') else place)}]", bit


def operands_of(cell: Cell) -> list[Bit]:
    """What a gate reads, in the order of its function's operands."""
    return [cell["connections"][pin][0] for pin in GATES[cell["type"]][0]]


def output_of(cell: Cell) -> Bit:
    """What a gate or register drives."""
    return cell["connections"]["Q" if cell["type"] in FLIP_FLOPS else "Y"][0]


def line_of(item: Cell | Net) -> int:
    """The line of the source that something comes from; 0 where Yosys does not say."""
    found = re.search(rf"(?:^|\|){re.escape(SOURCE)}:(\d+)", item["attributes"].get("src", ""))
    return int(found[1]) if found else 0


def natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts ``q[9]`` before ``q[10]``."""
    return [(int(part) if part.isdecimal() else 0, part) for part in re.split(r"(\d+)", name)]
