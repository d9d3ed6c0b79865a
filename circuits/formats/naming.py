"""Names on the way out: made legal for a format, made unique, and shared out among signals."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from circuits.circuit import Circuit


def escape(name: str, forbidden: str = "") -> str:
    """``name`` without blanks, unprintable and ``forbidden`` characters, each as ``%XX``.

    >>> escape("carry out#2", "#")
    'carry%20out%232'
    >>> escape("")
    '_'
    """
    return (
        "".join(
            "".join(f"%{byte:02X}" for byte in c.encode("utf-8", "surrogatepass"))
            if c == " " or not c.isprintable() or c in forbidden
            else c
            for c in name
        )
        or "_"
    )


class UniqueNames:
    """Gives each name once: a name that is taken gets ``_2``, ``_3``, ... behind it.

    >>> names = UniqueNames()
    >>> [names.claim(wanted) for wanted in ["a", "a", "a_2", "a"]]
    ['a', 'a_2', 'a_2_2', 'a_3']
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._last: dict[str, int] = {}

    def claim(self, wanted: str) -> str:
        """``wanted`` or the next free name like it, which is taken from now on."""
        name, number = wanted, self._last.get(wanted, 1)
        while name in self._taken:
            number += 1
            name = f"{wanted}_{number}"
        self._taken.add(name)
        self._last[wanted] = number
        return name


def unique_names(names: Iterable[str], legal: Callable[[str], str]) -> list[str]:
    """The names made legal and unique, in order."""
    unique = UniqueNames()
    return [unique.claim(legal(name)) for name in names]


@dataclass(frozen=True, slots=True)
class Signals:
    """What a netlist calls the nodes and outputs of a circuit.

    Attributes:
        names: of the signal of each node, by node; the constant's is empty.
        inverted: whether that signal is the complement of the node, by node.
        outputs: of the signal of each output. One that is not the signal of a node with the
            output's polarity is still to be defined, as a buffer, an inverter or a constant.
    """

    names: tuple[str, ...]
    inverted: tuple[bool, ...]
    outputs: tuple[str, ...]

    def literal(self, node: int) -> int:
        """The literal that the signal of ``node`` carries."""
        return 2 * node + self.inverted[node]


def name_signals(circuit: Circuit, legal: Callable[[str], str]) -> Signals:
    """Share out names, unique and ``legal``, so that as few extra signals as possible arise.

    Ports keep their names before gates do. A gate without a name, or of the same name, is called
    like the first output that reads it, and so is written with that output's polarity.
    """
    unique = UniqueNames()
    names = [""] * len(circuit)
    inverted = [False] * len(circuit)
    for node in range(1, circuit.first_gate):
        names[node] = unique.claim(legal(circuit.node_name(node)))
    outputs: list[str] = []
    literal_of: dict[str, int] = {name: 2 * node for node, name in enumerate(names) if name}
    for output in circuit.outputs:
        wanted, literal = legal(output.name), output.literal
        if literal_of.get(wanted) == literal:  # a port that reads a port, or an output repeated
            outputs.append(wanted)
            continue
        name = unique.claim(wanted)
        outputs.append(name)
        literal_of[name] = literal
        node = literal >> 1
        labelled, label = circuit.label(node)
        fits = labelled not in circuit.labels or legal(label) == wanted
        if fits and node >= circuit.first_gate and not names[node]:
            names[node], inverted[node] = name, bool(literal & 1)
    for node in range(circuit.first_gate, len(circuit)):
        if not names[node]:
            literal, label = circuit.label(node)
            names[node], inverted[node] = unique.claim(legal(label)), bool(literal & 1)
    return Signals(tuple(names), tuple(inverted), tuple(outputs))
