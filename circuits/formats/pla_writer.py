"""Circuits as PLA: an irredundant cover per output, equal cubes of several outputs in one row."""

from __future__ import annotations

from circuits.circuit import Circuit
from circuits.errors import LimitError
from circuits.evaluate import truth_table
from circuits.formats.covers import irredundant_cover
from circuits.formats.naming import escape, unique_names

MAX_INPUTS = 16


def write_pla(circuit: Circuit) -> bytes:
    """A combinational circuit of up to 16 inputs as PLA of type f.

    Raises:
        LimitError: the circuit has latches or more inputs.
    """
    if circuit.latches:
        raise LimitError("a PLA has no memory, and the circuit has latches")
    width = len(circuit.input_names)
    if width > MAX_INPUTS:
        raise LimitError(f"{width} inputs; a PLA is written for {MAX_INPUTS} at most")
    rows: dict[str, list[str]] = {}
    for i, table in enumerate(truth_table(circuit)):
        for cube in irredundant_cover(table, width):
            rows.setdefault(cube, ["0"] * len(circuit.outputs))[i] = "1"
    lines = [
        f".i {width}",
        f".o {len(circuit.outputs)}",
        " ".join([".ilb", *unique_names(circuit.input_names, _legal)]),
        " ".join([".ob", *unique_names([output.name for output in circuit.outputs], _legal)]),
        f".p {len(rows)}",
        ".type f",
        *(f"{cube} {''.join(values)}".strip() for cube, values in rows.items()),
        ".e",
    ]
    return ("\n".join(lines) + "\n").encode()


def _legal(name: str) -> str:
    return escape(name, "#")
