"""Write circuits gate by gate: hash-consed, with the obvious simplifications done on the way.

Equal gates become one node, constants and repeated operands fold, complements move to the one
place where each kind of gate keeps them (see `circuits.circuit.Op`). What needs a look at the
whole circuit (dead logic, flattening) is left to the compiler's simplify pass.
"""

from __future__ import annotations

from collections.abc import Sequence

from circuits.absorb import Absorber
from circuits.circuit import FALSE, TRUE, Circuit, Gate, Op, Output, OutputKind
from circuits.errors import InvariantError
from circuits.freeze import GateLists, frozen
from circuits.threshold import normal_threshold

_AND, _XOR, _MUX, _THRESHOLD = Op.AND, Op.XOR, Op.MUX, Op.THRESHOLD  # for every gate


class Builder:
    """Collects inputs, latches, gates and outputs; `build` returns the frozen circuit.

    Literals are ints (``2 * node + complement``); the complement of x is ``x ^ 1``. Nodes are
    renumbered by `build`, so literals of a builder mean nothing outside it.

    >>> b = Builder("half adder")
    >>> x, y = b.input("x"), b.input("y")
    >>> b.output("sum", b.xor(x, y))
    >>> b.output("carry", b.and_(x, y))
    >>> print(b.build(), end="")
    circuit half adder
      %1 = input x
      %2 = input y
      %3 = xor %1 %2
      %4 = and %1 %2
      output sum = %3
      output carry = %4
    """

    def __init__(self, name: str = "", source: str = "") -> None:
        self.name = name
        self.source = source
        self.line = 0
        """Source line given to nodes made from now on."""
        self._ops: list[Op] = [Op.CONSTANT]
        self._operands: list[tuple[int, ...]] = [()]
        self._lines: list[int] = [0]
        self._thresholds: dict[int, tuple[tuple[int, ...], int]] = {}
        """Weights and bound of each THRESHOLD gate, in the order of the nodes."""
        self._node_of: tuple[dict[object, int], ...] = tuple({} for _ in Op)
        """By kind of gate: the node of what makes it."""
        self._inputs: list[int] = []
        self._latches: list[int] = []
        self._next: dict[int, int] = {}
        self._reset: dict[int, int | None] = {}
        self._names: dict[int, str] = {}
        self._labels: dict[int, tuple[int, str]] = {}
        self._absorber = Absorber()
        self._outputs: list[Output] = []

    def __len__(self) -> int:
        """How many nodes there are."""
        return len(self._ops)

    def input(self, name: str) -> int:
        """A new input."""
        node = self._new(Op.INPUT)
        self._inputs.append(node)
        self._names[node] = name
        return 2 * node

    def latch(self, name: str, reset: int | None = 0) -> int:
        """A new latch; it holds its value until `set_next` says otherwise."""
        node = self._new(Op.LATCH)
        self._latches.append(node)
        self._names[node], self._reset[node], self._next[node] = name, reset, 2 * node
        return 2 * node

    def set_next(self, latch: int, literal: int) -> None:
        """Say what ``latch`` loads at the end of each step."""
        if latch >> 1 not in self._next:
            raise InvariantError(f"literal {latch} is not a latch")
        self._next[latch >> 1] = literal ^ (latch & 1)

    def output(
        self, name: str, literal: int, kind: OutputKind = OutputKind.OUTPUT, group: int = 0
    ) -> None:
        """A new output; any literal may be one, several times too."""
        self._outputs.append(Output(name, literal, kind, group))

    def label(self, literal: int, name: str) -> None:
        """Name a gate, or its complement; the first name stays."""
        self._labels.setdefault(literal >> 1, (literal, name))

    def and_(self, *operands: int) -> int:
        """Conjunction of any number of literals; true of none."""
        if len(operands) == 2:
            x, y = operands
            if x > TRUE and y > TRUE and x >> 1 != y >> 1:
                return self._gate(_AND, (x, y) if x < y else (y, x))
        kept: set[int] = set()
        for x in operands:
            if x == FALSE or x ^ 1 in kept:
                return FALSE
            if x != TRUE:
                kept.add(x)
        if len(kept) < 2:
            return kept.pop() if kept else TRUE
        return self._gate(_AND, tuple(sorted(kept)))

    def or_(self, *operands: int) -> int:
        """Disjunction of any number of literals; false of none."""
        return self.and_(*(x ^ 1 for x in operands)) ^ 1

    def xor(self, *operands: int) -> int:
        """Parity of any number of literals; false of none."""
        if len(operands) == 2:
            x, y = operands
            if x > TRUE and y > TRUE and x >> 1 != y >> 1:
                return self._xor_of_two(x & ~1, y & ~1) ^ (x ^ y) & 1
        complement = 0
        odd: set[int] = set()
        for x in operands:
            complement ^= x & 1
            odd ^= {x & ~1}
        odd.discard(FALSE)
        if len(odd) < 2:
            return (odd.pop() if odd else FALSE) ^ complement
        if len(odd) == 2:
            return self._xor_of_two(*odd) ^ complement
        return self._gate(_XOR, tuple(sorted(odd))) ^ complement

    def mux(self, select: int, then: int, otherwise: int) -> int:
        """``then`` where ``select`` is true, else ``otherwise``."""
        if select & 1:
            select, then, otherwise = select ^ 1, otherwise, then
        if select == FALSE:
            return otherwise
        then = {select: TRUE, select ^ 1: FALSE}.get(then, then)
        otherwise = {select: FALSE, select ^ 1: TRUE}.get(otherwise, otherwise)
        if then == otherwise:
            return then
        if then == otherwise ^ 1:
            return self.xor(select, otherwise)
        if then <= TRUE:
            return self.or_(select, otherwise) if then else self.and_(select ^ 1, otherwise)
        if otherwise <= TRUE:
            return self.or_(select ^ 1, then) if otherwise else self.and_(select, then)
        complement = then & 1
        operands = (select, then ^ complement, otherwise ^ complement)
        return self._gate(_MUX, operands) ^ complement

    def threshold(
        self, operands: Sequence[int], bound: int, weights: Sequence[int] | None = None
    ) -> int:
        """True where the weights of the true operands sum to ``bound`` or more.

        Weights are any integers, all 1 by default; the stored gate has positive ones, divided by
        their greatest common divisor, none above the bound.
        """
        terms, bound = normal_threshold(operands, bound, weights or [1] * len(operands))
        if bound <= 0:
            return TRUE
        total, least = sum(terms.values()), min(terms.values(), default=0)
        if total < bound:
            return FALSE
        if total - least < bound:
            return self.and_(*terms)
        if least >= bound:
            return self.or_(*terms)
        ordered = tuple(sorted(terms))
        return self._gate(_THRESHOLD, ordered, tuple(map(terms.__getitem__, ordered)), bound)

    def like(self, gate: Gate, operands: Sequence[int]) -> int:
        """The same gate over other operands."""
        if gate.op is _AND:
            return self.and_(*operands)
        if gate.op is _XOR:
            return self.xor(*operands)
        if gate.op is _MUX:
            return self.mux(*operands)
        return self.threshold(operands, gate.bound, gate.weights)

    def copy(self, circuit: Circuit, inputs: Sequence[int], state: Sequence[int] = ()) -> list[int]:
        """Copy the gates of ``circuit``, reading these literals as its inputs and latches.

        Returns:
            The literal that stands for each of its nodes, indexed by node.
        """
        literal_of = [FALSE, *inputs, *state] + [FALSE] * circuit.gate_count
        if len(inputs) != len(circuit.input_names) or len(state) != len(circuit.latches):
            raise InvariantError(
                f"{circuit.name}: {len(circuit.input_names)} inputs and {len(circuit.latches)} "
                f"latches, given {len(inputs)} and {len(state)}"
            )
        labels = circuit.labels
        lines = circuit.lines[circuit.first_gate :].tolist()
        for line, gate in zip(lines, circuit.gates(), strict=True):
            node, self.line = gate.node, line
            made = self.like(gate, [literal_of[x >> 1] ^ (x & 1) for x in gate.operands])
            literal_of[node] = made
            for literal in (2 * node, 2 * node + 1) if labels else ():
                if literal in labels:
                    self.label(made ^ (literal & 1), labels[literal])
        self.line = 0
        return literal_of

    def build(self) -> Circuit:
        """The circuit as it stands: constant, inputs, latches, then gates in the order made."""
        return frozen(
            GateLists(self._ops, self._operands, self._lines, self._thresholds),
            inputs=self._inputs,
            latches=self._latches,
            names=self._names,
            next_of=self._next,
            reset_of=self._reset,
            outputs=self._outputs,
            labels=self._labels,
            name=self.name,
            source=self.source,
        )

    def _xor_of_two(self, x: int, y: int) -> int:
        """Of plain literals of different nodes."""
        if x > y:
            x, y = y, x
        read = self._operands[y >> 1]
        if read:
            absorbed = self._absorber.xor(self, x, self._ops[y >> 1], read)
            if absorbed is not None:
                return absorbed
        return self._gate(_XOR, (x, y))

    def _new(self, op: Op, operands: tuple[int, ...] = ()) -> int:
        self._ops.append(op)
        self._operands.append(operands)
        self._lines.append(self.line)
        return len(self._ops) - 1

    def _gate(
        self, op: Op, operands: tuple[int, ...], weights: tuple[int, ...] = (), bound: int = 0
    ) -> int:
        """The node that computes this gate: an existing one where there is one."""
        known = self._node_of[op]
        key = (operands, weights, bound) if weights else operands
        node = known.get(key)
        if node is None:
            node = known[key] = self._new(op, operands)
            if weights:
                self._thresholds[node] = weights, bound
        return 2 * node
