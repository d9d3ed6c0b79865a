"""The emulation net: what its units read, hold and bring together, and that nothing else is in it.

Each memory bit has a memory unit whose control vertices have the flip literal F, and a dual that
has NOT F: in each step exactly one of the two flips. Fillers always flip. So exactly m' units flip
for every input and memory state, one per bit and the fillers, and with m' C = 1 the output is
f(2h - 1) = 2h - 1. The bits change as Lemma 2 says, so in each step the net runs the circuit.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from runtime.check.circuit import Bits, Circuit
from runtime.check.files import RefusedError
from runtime.check.graph import Graph, Role
from runtime.check.monomial import ONE, Monomial
from runtime.check.trace import Traced, trace_units
from runtime.check.unit import Unit

_MEMORY, _DUAL, _FILLER = 1, 2, 3
_ALWAYS = 1


class Emulation:
    """The checks of one net.

    Attributes:
        margins: the least distance of a sum from the end of its flat piece, by kind of vertex.
        live: m', the number of units that flip in a step whose output is wrong.
    """

    def __init__(self, graph: Graph, unit: Unit, bits: Bits) -> None:
        self.graph, self.net, self.unit, self.bits = graph, graph.net, unit, bits
        self.margins: dict[str, Fraction] = {}
        self.live = 0

    def check(self, stated: dict[str, Any]) -> None:
        """Everything but the 64 cases of a unit; ``stated`` is the certificate's circuit."""
        outputs, ports = self.graph.roles[Role.OUTPUT], self.net.names["outputs"]
        if len(outputs) != 1 or [port["vertex"] for port in ports] != outputs:
            raise RefusedError("function", "the output port is not the one output vertex")
        units = trace_units(self.graph, self.unit)
        held: dict[tuple[int, int], Traced] = {}
        fillers = []
        for unit in units:
            key = self.net.unit[unit.bit], self.net.unit_index[unit.bit]
            if key[0] == _FILLER:
                fillers.append(unit)
            elif key in held:
                raise RefusedError("write", "the second unit of its bit and kind", unit.bit)
            else:
                held[key] = unit
        count = len(stated["bits"])
        if held.keys() != {(kind, i) for kind in (_MEMORY, _DUAL) for i in range(count)}:
            raise RefusedError("write", "not every bit has a memory unit and a dual")
        self._check_sources(units)
        reads = self._check_reads(stated["bits"], [held[_MEMORY, i] for i in range(count)])
        circuit = Circuit.of(stated, reads, self.graph.roles[Role.GATE], self.graph)
        if len(circuit.flips) != count or len(circuit.outputs) != 1:
            raise RefusedError("function", "one prediction and a flip per bit are needed")
        self._least("gate", self.bits.check_gates(circuit))

        flips = [(held[_MEMORY, i], flip) for i, flip in enumerate(circuit.flips)]
        duals = [(held[_DUAL, i], flip ^ 1) for i, flip in enumerate(circuit.flips)]
        always = [(unit, _ALWAYS) for unit in fillers]
        self._check_controls(circuit, flips + duals + always)
        for (memory, _), (dual, _) in zip(flips, duals, strict=True):
            if memory.copies != dual.copies:
                raise RefusedError("write", "the dual has another multiplicity", memory.bit)
        self.live = sum(unit.copies for unit, _ in flips + always)
        if self.unit.contribution * Monomial.of(self.live) != ONE:
            text = f"{self.live} units bring {self.unit.contribution} each, not 1 together"
            raise RefusedError("write", text, outputs[0])

    def _least(self, kind: str, margin: Fraction | None) -> None:
        if margin is not None:
            self.margins[kind] = min(margin, self.margins.get(kind, margin))

    def _check_sources(self, units: list[Traced]) -> None:
        """All stems begin at one v0: the constant vertex, or a vertex that it sets to the top."""
        used = sorted({unit.source for unit in units})
        if len(used) != 1 or self.graph.roles[Role.SOURCE] != [v for v in used if v]:
            raise RefusedError("write", f"stems begin at {used}, not at one v0")
        (v0,) = used
        if v0:
            edges = self.graph.into(v0)
            if [self.net.edge_source[e] for e in edges] != [0] or self.graph.copies.get(v0, 1) > 1:
                raise RefusedError("flatness", "v0 does not hear the constant alone", v0)
            total = self.graph.rational(edges[0])
            if total < self.bits.flat.plateau:
                raise RefusedError("flatness", f"{total} is not on the plateau", v0)
            self._least("source", total - self.bits.flat.plateau)
            self.graph.sums.append([total])
        if self.unit.source != (self.unit.f.top if v0 else ONE):
            raise RefusedError("write", f"v0 does not output {self.unit.source}", v0)

    def _check_reads(self, stated: list[Any], memory: list[Traced]) -> list[int]:
        """The vertex that reads each bit; its initial value, edge and legal weights."""
        ports, top = self.net.names["memory"], self.unit.f.top
        bit_value = self.unit.f.value(self.unit.source * self.unit.weights[0])
        if [port["name"] for port in ports] != [name for name, _ in stated]:
            raise RefusedError("function", "memory bits have other names")
        reader = {}
        for vertex in self.graph.roles[Role.READ]:
            edges = self.graph.into(vertex)
            source = self.net.edge_source[edges[0]] if len(edges) == 1 else 0
            if not source or source in reader or self.graph.entering.get(edges[0], 1) != 1:
                raise RefusedError("function", "does not read one bit alone", vertex)
            reader[source] = vertex
            total = self.graph.weights[self.net.edge_value[edges[0]]] * -bit_value
            size = total.rational()
            if size is None or size < self.bits.flat.plateau:
                raise RefusedError("flatness", f"a bit of 1 brings {total}, not {top}", vertex)
            self._least("read", size - self.bits.flat.plateau)
            self.graph.sums.append([size])
        if reader.keys() != {unit.bit for unit in memory}:
            raise RefusedError("function", "not every bit, or more than the bits, is read")
        for port, unit, (_, initial) in zip(ports, memory, stated, strict=True):
            zero = Monomial.parse(port["zero"])
            if port["edge"] != self.graph.first[unit.bit] or zero != self.unit.weights[0]:
                raise RefusedError("function", "the memory port names another edge", unit.bit)
            if initial != (unit.sign < 0):
                raise RefusedError("function", f"the bit begins as {1 - initial}", unit.bit)
        return [reader[unit.bit] for unit in memory]

    def _check_controls(self, circuit: Circuit, units: list[tuple[Traced, int]]) -> None:
        """Each unit's controls open where its flip literal and the prediction, or NOT it, hold."""
        (high,), done = circuit.outputs, set()
        for unit, flip in units:
            for vertex, side in zip(unit.controls, (high, high ^ 1), strict=True):
                if (vertex, flip, side) not in done:  # fillers share theirs
                    self._least("control", self.bits.check_control(vertex, circuit, flip, side))
                    done.add((vertex, flip, side))
        controls = self.graph.roles[Role.CONTROL] + self.graph.roles[Role.CONTROL_PRIMED]
        if {vertex for vertex, _, _ in done} != {*controls}:
            raise RefusedError("flatness", "a control vertex is no unit's")
