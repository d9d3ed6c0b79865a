r"""BLIF, the Berkeley Logic Interchange Format, in SIS's, ABC's and Yosys's dialects.

    .model toggle
    .inputs enable
    .outputs q
    .names enable q next    # rows of ones: where next is 1
    01 1
    10 1
    .latch next q 0
    .end

Every statement may be left out, definitions come in any order, and what is not listed as a port
is inferred: inputs are what is read and not driven, outputs what is driven and not read.

Two shapes of a cover are read as one gate, parities and choices between two signals; any other
is an OR of ANDs. ``.exdc`` is left aside: the circuit is one of those that it permits.

Latches all load at the end of a step. Their type and control are read only to refuse a circuit
with several clocks or edges, which that would not model. An initial value of 2, 3 or none leaves
the latch uninitialised.

ABC (in Yosys 0.70) differs in four points: it takes ``.latch d q re clk``, without a value, to
start at 0, ignores clocks and edges, skips statements that it does not know, Yosys's among them,
and crashes on a file without ``.model``.

Sources: "Berkeley Logic Interchange Format (BLIF)", University of California, Berkeley, 1992; for
the dialect, Yosys's ``backends/blif/blif.cc``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from circuits.builder import Builder
from circuits.circuit import Circuit
from circuits.formats.blif_hierarchy import CONSTANTS, flatten
from circuits.formats.blif_model import Register
from circuits.formats.blif_parser import parse
from circuits.formats.blif_writer import write_blif
from circuits.formats.covers import build_cover
from circuits.formats.netlist import Definition, Memory, Netlist, build_netlist, undriven
from circuits.formats.text import SourceText, Word

__all__ = ["read_blif", "write_blif"]


def read_blif(data: bytes, file: str = "") -> Circuit:
    """The first model of a BLIF file, its instances flattened.

    Raises:
        SourceError: with the place of what is wrong.
        LimitError: the instances amount to more than memory holds.
    """
    source = SourceText.decode(data, file)
    models = parse(source)
    flat = flatten(source, models)
    _check_one_clock(source, flat.registers)

    def resolve(word: Word) -> int:
        if word.text in CONSTANTS:
            return CONSTANTS[word.text]
        hint = "define it by .names or .latch, or list it in .inputs"
        raise undriven(source, word, hint)

    netlist = Netlist(
        models[0].name.text,
        flat.inputs,
        [Memory(register.signal, register.data, register.reset) for register in flat.registers],
        [
            Definition(table.signal, table.reads, partial(_make, table.cubes, table.value))
            for table in flat.tables
        ],
        flat.outputs,
    )
    return build_netlist(source, netlist, resolve)


def _make(cubes: tuple[str, ...], value: bool, builder: Builder, operands: Sequence[int]) -> int:
    """The gates of a table; without rows it is 0."""
    return build_cover(builder, operands, cubes) ^ (not value)


def _check_one_clock(source: SourceText, registers: Sequence[Register]) -> None:
    """Refuse latches that do not load together."""
    for kind, words in (
        ("type", [register.edge for register in registers]),
        ("control", [register.clock for register in registers]),
    ):
        given = [word for word in words if word is not None]
        other = next((word for word in given if word.text != given[0].text), None)
        if other is not None:
            first = given[0]
            raise source.error(
                f"latch {kind} '{other.text}', but '{first.text}' in line {first.line}",
                other.line,
                other.column,
                hint="latches load together here; make the circuit use one clock and one edge",
            )
