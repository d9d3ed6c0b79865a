"""From a name in the source to vertices of the net."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import NamedTuple

import numpy as np

from circuits.errors import SourceError
from compiler.net import Net, Role, Unit

_MOST_COMPARED = 20_000
"""Names that are compared letter by letter with one that there is not."""


_MOST_READERS = 3


class Found(NamedTuple):
    """What a name means in a net.

    Attributes:
        meaning: in words, such as ``memory bit 3``.
        vertices: all that come from it, ascending.
    """

    meaning: str
    vertices: tuple[int, ...]


def find_vertices(net: Net, name: str) -> Found:
    """The vertices of a number, of a name in the source, or of a name as reports give it.

    A gate's helpers are among its vertices; of a latch or a cell it is its whole unit, the dual
    unit too. ``v3 of memory unit q`` is one vertex. Where the source has names that are numbers,
    these are meant; ``#12`` is always vertex 12.

    Raises:
        SourceError: there is none; says which names are close, or that the gate was simplified
            away.
    """
    vertices = tuple(v for v in _of_label(net, name) if net.unit[v] != Unit.FILLER)
    if vertices:  # what fillers are called is no name in the source
        return Found(_meaning(net, name, vertices), vertices)
    digits = name.removeprefix("#")
    if digits.isdecimal():
        if int(digits) >= net.vertices:
            raise SourceError(
                f"no vertex {digits}", hint=f"they are numbered 0 to {net.vertices - 1}"
            )
        return Found(f"vertex {int(digits)}", (int(digits),))
    one = _of_full_name(net, name)
    if one is not None:
        return Found(f"vertex {one}", (one,))
    raise _unknown(net, name)


def _of_label(net: Net, name: str) -> tuple[int, ...]:
    ports = [port.vertex for port in (*net.inputs, *net.outputs) if port.name == name]
    labels = [i for i, label in enumerate(net.labels) if label in (name, f"{name}/hidden")]
    if not name:  # the constant and v0 have none
        return ()
    return tuple(sorted({*ports, *np.flatnonzero(np.isin(net.label, labels)).tolist()}))


def _meaning(net: Net, name: str, vertices: tuple[int, ...]) -> str:
    bits = [i for i, bit in enumerate(net.memory) if bit.name == name]
    inputs = [i for i, port in enumerate(net.inputs) if port.name == name]
    outputs = [i for i, port in enumerate(net.outputs) if port.name == name]
    cells = {int(net.unit_index[v]) for v in vertices if net.unit[v] == Unit.CELL}
    found = [f"memory bit {i}" for i in bits]
    found += [f"{'random input' if i in net.random_inputs else 'input'} {i}" for i in inputs]
    found += [f"output {i}" for i in outputs]
    found += [f"cell {i}" for i in sorted(cells)]
    if any(net.role[v] == Role.GATE for v in vertices):
        found.append("gate")
    return " and ".join(found) or Role(net.role[vertices[0]]).name.lower().replace("_", " ")


def _of_full_name(net: Net, name: str) -> int | None:
    """The vertex that `Net.vertex_name` calls so."""
    if name in ("the constant vertex", "constant"):
        return 0
    if name == "v0":
        found = np.flatnonzero(net.role == Role.SOURCE)
        return int(found[0]) if len(found) else 0
    within = re.fullmatch(r".* of (?:memory unit|dual unit|filler unit|cell) (.*)", name)
    of = within[1] if within else name.partition(" ")[2]
    return next((v for v in _of_label(net, of) if net.vertex_name(v) == name), None)


def _unknown(net: Net, name: str) -> SourceError:
    literals = [literal for literal, label in net.circuit.labels.items() if label == name]
    if literals:
        readers = ", ".join(_readers(net, literals[0] >> 1)[:_MOST_READERS])
        return SourceError(
            f"no vertex comes from {name!r}, which was simplified away",
            hint=f"look at what it was simplified into: {readers}" if readers else "",
        )
    names = [label for label in net.labels if label][:_MOST_COMPARED]
    close = get_close_matches(name, names, 3, 0.6)
    if not close:
        close = [label for label in names if name.lower() in label.lower()][:3]
    hint = f"did you mean {' or '.join(map(repr, close))}?"
    return SourceError(
        f"no vertex comes from {name!r}",
        hint=hint if close else "give a vertex's number, or the name of a gate, latch or port",
    )


def _readers(net: Net, node: int) -> list[str]:
    """The gates, latches and outputs of the source that read a node and have vertices."""
    circuit, labels = net.circuit, set(net.labels)
    found = [
        circuit.labels.get(2 * gate.node, circuit.labels.get(2 * gate.node + 1, ""))
        for gate in circuit.gates()
        if any(literal >> 1 == node for literal in gate.operands)
    ]
    found += [latch.name for latch in circuit.latches if latch.next >> 1 == node]
    found += [output.name for output in circuit.outputs if output.literal >> 1 == node]
    return [name for name in dict.fromkeys(found) if name in labels]
