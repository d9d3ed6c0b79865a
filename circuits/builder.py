"""Write circuits gate by gate: hash-consed, with the obvious simplifications done on the way.

Equal gates become one node, constants and repeated operands fold, complements move to the one
place where each kind of gate keeps them (see `circuits.circuit.Op`). What needs a look at the
whole circuit (dead logic, flattening) is left to the compiler's simplify pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from circuits.absorb import Absorber
from circuits.circuit import FALSE, TRUE, Circuit, Gate, Latch, Op, Output, OutputKind
from circuits.errors import InvariantError
from circuits.threshold import normal_threshold


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
        self._weights: list[tuple[int, ...]] = [()]
        self._bounds: list[int] = [0]
        self._lines: list[int] = [0]
        self._node_of: dict[tuple[Op, tuple[int, ...], tuple[int, ...], int], int] = {}
        self._inputs: list[int] = []
        self._latches: list[int] = []
        self._next: dict[int, int] = {}
        self._reset: dict[int, int | None] = {}
        self._names: dict[int, str] = {}
        self._labels: dict[int, tuple[int, str]] = {}
        self._absorber = Absorber(self)
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
        kept: set[int] = set()
        for x in operands:
            if x == FALSE or x ^ 1 in kept:
                return FALSE
            if x != TRUE:
                kept.add(x)
        if len(kept) < 2:
            return kept.pop() if kept else TRUE
        return self._gate(Op.AND, tuple(sorted(kept)))

    def or_(self, *operands: int) -> int:
        """Disjunction of any number of literals; false of none."""
        return self.and_(*(x ^ 1 for x in operands)) ^ 1

    def xor(self, *operands: int) -> int:
        """Parity of any number of literals; false of none."""
        complement = 0
        odd: set[int] = set()
        for x in operands:
            complement ^= x & 1
            odd ^= {x & ~1}
        odd.discard(FALSE)
        if len(odd) < 2:
            return (odd.pop() if odd else FALSE) ^ complement
        first, *rest = sorted(odd)
        if len(rest) == 1:
            read = rest[0] >> 1
            absorbed = self._absorber.xor(first, self._ops[read], self._operands[read])
            if absorbed is not None:
                return absorbed ^ complement
        return self._gate(Op.XOR, (first, *rest)) ^ complement

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
        return self._gate(Op.MUX, operands) ^ complement

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
        if sum(terms.values()) < bound:
            return FALSE
        if sum(terms.values()) - min(terms.values()) < bound:
            return self.and_(*terms)
        if min(terms.values()) >= bound:
            return self.or_(*terms)
        ordered = tuple(sorted(terms))
        return self._gate(Op.THRESHOLD, ordered, tuple(terms[x] for x in ordered), bound)

    def like(self, gate: Gate, operands: Sequence[int]) -> int:
        """The same gate over other operands."""
        if gate.op is Op.AND:
            return self.and_(*operands)
        if gate.op is Op.XOR:
            return self.xor(*operands)
        if gate.op is Op.MUX:
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
        lines = circuit.lines.tolist()
        for gate in circuit.gates():
            node = gate.node
            self.line = lines[node]
            made = self.like(gate, [literal_of[x >> 1] ^ (x & 1) for x in gate.operands])
            literal_of[node] = made
            literal, name = circuit.label(node)
            if literal in circuit.labels:
                self.label(made ^ (literal & 1), name)
        self.line = 0
        return literal_of

    def build(self) -> Circuit:
        """The circuit as it stands: constant, inputs, latches, then gates in the order made."""
        is_gate = [op not in (Op.CONSTANT, Op.INPUT, Op.LATCH) for op in self._ops]
        order = [0, *self._inputs, *self._latches]
        order += [node for node, gate in enumerate(is_gate) if gate]
        renumbered = np.empty(len(order), np.int64)
        renumbered[order] = np.arange(len(order))
        number: list[int] = renumbered.tolist()

        def renew(literal: int) -> int:
            return 2 * number[literal >> 1] | literal & 1

        gates = [self._renewed(node, renew) for node in order]
        starts = np.cumsum([0, *(len(operands) for operands, _ in gates)])
        return Circuit(
            ops=np.array([self._ops[n] for n in order], np.uint8),
            starts=starts.astype(np.int64),
            operands=np.array([x for operands, _ in gates for x in operands], np.int32),
            weights=np.array([w for _, weights in gates for w in weights], np.int64),
            bounds=np.array([self._bounds[n] for n in order], np.int64),
            input_names=tuple(self._names[n] for n in self._inputs),
            latches=tuple(
                Latch(self._names[n], renew(self._next[n]), self._reset[n]) for n in self._latches
            ),
            outputs=tuple(Output(o.name, renew(o.literal), o.kind, o.group) for o in self._outputs),
            name=self.name,
            source=self.source,
            labels={renew(x): name for n, (x, name) in self._labels.items() if is_gate[n]},
            lines=np.array([self._lines[n] for n in order], np.int32),
        )

    def _new(self, op: Op) -> int:
        self._ops.append(op)
        self._operands.append(())
        self._weights.append(())
        self._bounds.append(0)
        self._lines.append(self.line)
        return len(self._ops) - 1

    def _gate(
        self, op: Op, operands: tuple[int, ...], weights: tuple[int, ...] = (), bound: int = 0
    ) -> int:
        """The node that computes this gate: an existing one where there is one."""
        key = (op, operands, weights, bound)
        node = self._node_of.get(key)
        if node is None:
            node = self._new(op)
            self._operands[node] = operands
            self._weights[node] = weights or (1,) * len(operands)
            self._bounds[node] = bound
            self._node_of[key] = node
        return 2 * node

    def _renewed(
        self, node: int, renew: Callable[[int], int]
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Operands and weights of a node with new numbers, sorted again where order is free."""
        operands = tuple(map(renew, self._operands[node]))
        if self._ops[node] is Op.MUX or not operands:
            return operands, self._weights[node]
        pairs = sorted(zip(operands, self._weights[node], strict=True))
        return tuple(x for x, _ in pairs), tuple(w for _, w in pairs)
