"""Circuits to AIGER files.

A circuit of 2-input ANDs has AIGER's own numbering: inputs, latches, then gates with their
operands before them, in increasing order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from circuits.circuit import Circuit, Op, Output, OutputKind
from circuits.errors import LimitError
from circuits.expand import expand
from circuits.formats.aiger.header import KIND_LETTERS

_UNFIT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def write_aiger_ascii(circuit: Circuit) -> bytes:
    """The circuit as an ASCII file (``.aag``), gates other than AND expanded.

    Outputs are sorted by kind, as the format demands. Names that `read_aiger` would give anyway
    are left out; gate labels and the circuit's name have no place in the format.

    Raises:
        LimitError: a name has unprintable characters, or the literals of one justice property have
            different names.
    """
    aig = _and_inverter_graph(circuit)
    inputs = [str(2 * node) for node in aig.input_nodes]
    latches = [
        f"{2 * node} {line}" for node, line in zip(aig.latch_nodes, _latch_lines(aig), strict=True)
    ]
    ands = [f"{2 * gate.node} {gate.operands[1]} {gate.operands[0]}" for gate in aig.gates()]
    lines = [_header("aag", aig), *inputs, *latches, *_output_lines(aig), *ands, *_symbols(aig)]
    return "".join(f"{line}\n" for line in lines).encode()


def write_aiger_binary(circuit: Circuit) -> bytes:
    """The circuit as a binary file (``.aig``); otherwise as `write_aiger_ascii`."""
    aig = _and_inverter_graph(circuit)
    before = [_header("aig", aig), *_latch_lines(aig), *_output_lines(aig)]
    deltas = bytearray()
    for gate in aig.gates():
        low, high = gate.operands
        for delta in (2 * gate.node - high, high - low):
            while delta > 0x7F:
                deltas.append(delta & 0x7F | 0x80)
                delta >>= 7
            deltas.append(delta)
    texts = ("".join(f"{line}\n" for line in lines).encode() for lines in (before, _symbols(aig)))
    return bytes(deltas).join(texts)


def _and_inverter_graph(circuit: Circuit) -> Circuit:
    return expand(circuit, frozenset({Op.AND}), 2)


def _header(magic: str, aig: Circuit) -> str:
    """Trailing zeros beyond the first five numbers are dropped."""
    counts = {kind: len(_groups(aig, kind)) for kind in OutputKind}
    numbers = [len(aig) - 1, len(aig.input_names), len(aig.latches)]
    numbers += [counts.pop(OutputKind.OUTPUT), aig.gate_count]
    numbers += [counts[kind] for kind in KIND_LETTERS if kind in counts]
    while len(numbers) > 5 and numbers[-1] == 0:
        numbers.pop()
    return " ".join([magic, *map(str, numbers)])


def _groups(aig: Circuit, kind: OutputKind) -> list[list[Output]]:
    """The outputs of a kind in order, those of one justice property together."""
    groups: dict[int, list[Output]] = {}
    for position, output in enumerate(aig.outputs):
        if output.kind is kind:
            key = output.group if kind is OutputKind.JUSTICE else position
            groups.setdefault(key, []).append(output)
    return [groups[key] for key in sorted(groups)]


def _latch_lines(aig: Circuit) -> Iterator[str]:
    for node, latch in zip(aig.latch_nodes, aig.latches, strict=True):
        reset = 2 * node if latch.reset is None else latch.reset
        yield f"{latch.next} {reset}" if reset else str(latch.next)


def _output_lines(aig: Circuit) -> Iterator[str]:
    for kind in KIND_LETTERS:
        groups = _groups(aig, kind)
        if kind is OutputKind.JUSTICE:
            yield from (str(len(group)) for group in groups)
        yield from (str(output.literal) for group in groups for output in group)


def _symbols(aig: Circuit) -> list[str]:
    """The lines of the symbol table."""
    named = {"i": list(aig.input_names), "l": [latch.name for latch in aig.latches]}
    for kind, letter in KIND_LETTERS.items():
        named[letter] = [_shared_name(group) for group in _groups(aig, kind)]
    lines = []
    for letter, names in named.items():
        for position, name in enumerate(names):
            if _UNFIT.search(name):
                raise LimitError(
                    f"AIGER cannot hold the name {name!r}: it has unprintable characters"
                )
            if name not in ("", f"{letter}{position}"):
                lines.append(f"{letter}{position} {name}")
    return lines


def _shared_name(group: list[Output]) -> str:
    names = list(dict.fromkeys(output.name for output in group))
    if len(names) > 1:
        raise LimitError(f"AIGER holds one name for a justice property, not {names}")
    return names[0]
