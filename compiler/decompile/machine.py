"""One pass over the vertices in topological order: gates, controls on paths, memory, outputs."""

from __future__ import annotations

from dataclasses import dataclass

from circuits.circuit import FALSE, TRUE, Circuit
from circuits.errors import SourceError
from compiler.decompile.gates import GateReader, Levels, Signal
from compiler.decompile.graph import HINT, Graph
from compiler.decompile.hidden_gates import absorb_hidden_gates
from compiler.decompile.liveness import Conditions
from compiler.decompile.paths import EVEN, Paths, find_paths
from compiler.decompile.pieces import Piece, exact_sum, piece_of
from compiler.decompile.writes import read_writes
from compiler.exact import ONE, ZERO, Exact
from compiler.net import MemoryBit


@dataclass(frozen=True, slots=True)
class Held:
    """A memory bit as the net holds it: its value as built, and the segment that is negated."""

    reset: int
    segment: int


def read_machine(graph: Graph) -> Circuit:
    """The circuit that a net computes; see `compiler.decompile`.

    Raises:
        SourceError: a vertex does not behave digitally, or the memory is no memory.
    """
    paths, builder = find_paths(graph), Conditions()
    held = [_held(graph, paths, bit) for bit in graph.memory]
    sample = Levels(-ONE, ONE)
    signals = {p.vertex: Signal(builder.input(p.name), sample) for p in graph.inputs}
    latches = [
        builder.latch(bit.name, state.reset) for bit, state in zip(graph.memory, held, strict=True)
    ]
    latch_of = {
        state.segment: latch ^ state.reset for latch, state in zip(latches, held, strict=True)
    }
    reader = _Reader(graph, paths, builder, signals, latch_of)
    reader.read_all()
    flips: dict[int, int] = {}
    if paths.collector is not None:
        writes = read_writes(graph, paths, reader.live, set(latch_of), builder)
        builder.output(graph.outputs[0].name, writes.prediction)
        flips = writes.flip
    else:
        for port in graph.outputs:
            builder.output(port.name, reader.sign(port.vertex))
    for latch, state in zip(latches, held, strict=True):
        builder.set_next(latch, builder.xor(latch, flips.get(state.segment, FALSE)))
    return absorb_hidden_gates(builder.build())


def _held(graph: Graph, paths: Paths, bit: MemoryBit) -> Held:
    """Where a memory bit is, and what it is as built."""
    weight = graph.built(bit.edge)
    if bit.edge not in paths.segment:
        raise SourceError(f"memory bit {bit.name}: SGD never changes its edge", hint=HINT)
    if bit.edge in graph.entering or abs(weight) != abs(bit.zero):
        raise SourceError(
            f"memory bit {bit.name}: its edge has weight {weight}, not {bit.zero} or its negative",
            hint=HINT,
        )
    return Held(int(weight != bit.zero), paths.segment[bit.edge])


class _Reader:
    """What every vertex outputs, as literals of a builder.

    Attributes:
        live: path vertex -> the literal under which it does not output 0.
    """

    def __init__(
        self,
        graph: Graph,
        paths: Paths,
        builder: Conditions,
        signals: dict[int, Signal],
        negated: dict[int, int],
    ) -> None:
        self._graph, self._paths = graph, paths
        self._gates = GateReader(graph, builder)
        self._signals = signals
        self._negated = negated
        """Segment that holds a memory bit -> the literal of its being negated since built."""
        self.live: dict[int, int] = {}
        self._passing: dict[tuple[int, int, Levels], tuple[bool, ...]] = {}

    def read_all(self) -> None:
        """Read all vertices but the one where paths end."""
        graph, paths = self._graph, self._paths
        for vertex, value in paths.constants.items():
            self._signals[vertex] = Signal(FALSE, Levels(value, value))
        for vertex in range(1, graph.vertices):
            if vertex in paths.edge:
                self.live[vertex] = self._live(vertex)
            elif vertex not in self._signals and vertex != paths.collector:
                sources = [(e, self._heard(vertex, e)) for e in graph.edges_into(vertex)]
                self._signals[vertex] = self._gates.read(vertex, sources)

    def sign(self, vertex: int) -> int:
        """The literal of an output vertex's being positive rather than negative."""
        signal = self._signals[vertex]
        off, on = signal.levels.off.sign, signal.levels.on.sign
        if off * on == 0:
            raise self._graph.refusal(vertex, "is an output that may be 0")
        if off == on:
            return TRUE if on > 0 else FALSE
        return signal.literal ^ int(off > 0)

    def _live(self, vertex: int) -> int:
        """When a path vertex does not output 0: a control on the way may silence it (Lemma 2)."""
        graph, paths = self._graph, self._paths
        edge = paths.edge[vertex]
        before = self.live.get(graph.source[edge], TRUE)
        others = [e for e in graph.edges_into(vertex) if e != edge]
        if not others:
            return before
        if len(others) > 1 or before != TRUE or others[0] in graph.entering:
            raise graph.refusal(vertex, "is on a path and hears more than one control")
        if paths.odd[vertex] != EVEN:
            raise graph.refusal(
                vertex, "is on a path whose signal to be cancelled changes its sign"
            )
        control = self._heard(vertex, others[0])
        key = (id(paths.shape[vertex]), graph.value[others[0]], control.levels)
        if key not in self._passing:
            self._passing[key] = tuple(
                self._passes(vertex, others[0], level)
                for level in (control.levels.off, control.levels.on)
            )
        off, on = self._passing[key]
        return control.literal ^ int(off) if off != on else (TRUE if on else FALSE)

    def _passes(self, vertex: int, edge: int, level: Exact) -> bool:
        """Whether a path vertex that hears this from a control outputs its value rather than 0.

        Only 0 lets a signal pass: at any other level the control's own edge would have a gradient.
        """
        graph = self._graph
        if level == ZERO:
            return True
        total = exact_sum(self._paths.shape[vertex].term, graph.weight(edge) * level)
        if total is None or piece_of(graph.activation, total) is not Piece.ZERO:
            raise graph.refusal(vertex, f"is on a path that a control of {level} does not silence")
        return False

    def _heard(self, vertex: int, edge: int) -> Signal:
        """What a vertex hears through an edge: a gate, or a path at a place where it is digital."""
        graph, paths, source = self._graph, self._paths, self._graph.source[edge]
        if source == paths.collector:
            raise graph.refusal(vertex, "hears the output that is trained")
        if source in paths.edge and source not in self._signals:
            value, odd = paths.shape[source].value, paths.odd[source]
            if odd == EVEN:
                self._signals[source] = Signal(self.live[source], Levels(ZERO, value))
            elif self.live[source] == TRUE and len(odd) == 1 and odd <= self._negated.keys():
                (segment,) = odd
                self._signals[source] = Signal(self._negated[segment], Levels(value, -value))
            else:
                raise graph.refusal(vertex, "hears a path whose sign is not that of a memory bit")
        return self._signals[source]
