"""Nets with their certificates, and an exact interpreter that judges what a certificate says.

The interpreter shares nothing with the checker: it runs SGD on a net file's arrays with exact
numbers, from every state of the weights that can be reached, on every input and label.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any, TypeAlias

from circuits.batch import Batch
from circuits.builder import Builder
from circuits.circuit import Circuit
from circuits.learner import Learner
from circuits.update_on_error import UpdateOnError
from compiler.certificate import certificate_of, dump_certificate
from compiler.exact import Exact
from compiler.net import Net
from compiler.netfile import dump_net
from compiler.pipeline import compile_net
from runtime.check import Proof, check
from runtime.check.files import NetFile, parse_net

Stated: TypeAlias = dict[str, Any]
Number: TypeAlias = Any
"""A Fraction, or an Exact where it is irrational."""


@dataclass(frozen=True)
class Certified:
    """A net, its file, and its certificate."""

    net: Net
    data: bytes
    text: bytes

    @property
    def stated(self) -> Stated:
        """The certificate, to be changed at will."""
        found: Stated = json.loads(self.text)
        return found

    @property
    def file(self) -> NetFile:
        """The net as the checker reads it, to be changed at will."""
        return parse_net(self.data)

    def check(self) -> Proof:
        """The checker's verdict."""
        return check(self.stated, self.file)


def certified(source: Circuit | Learner | UpdateOnError | Batch, **settings: Any) -> Certified:
    """Compile and certify, as `sgdcc compile --certificate` does."""
    passes: dict[str, Circuit] = {}
    net = compile_net(source, observe=passes.__setitem__, **settings)
    data = dump_net(net)
    stated = certificate_of(net, passes["lower_to_threshold"], data, "a.net")
    return Certified(net, data, dump_certificate(stated))


def toggle(reset: int = 0) -> Circuit:
    """One input, one bit that it toggles when the prediction, the bit, is wrong."""
    b = Builder("toggle")
    on, bit = b.input("on"), b.latch("bit", reset)
    b.output("prediction", bit)
    b.set_next(bit, b.xor(bit, on))
    return b.build()


def weighted() -> Circuit:
    """One bit, two inputs, and a threshold gate of three weights."""
    b = Builder("weighted")
    x, y, bit = b.input("x"), b.input("y"), b.latch("bit")
    gate = b.threshold([x, y, bit], 2, [2, 1, 1])
    b.output("prediction", gate)
    b.set_next(bit, b.and_(gate, y))
    return b.build()


def adder() -> Circuit:
    """A full adder, its carry also complemented, and a copied input: a component."""
    b = Builder("adder")
    x, y, z = b.input("x"), b.input("y"), b.input("z")
    carry = b.threshold([x, y, z], 2)
    b.output("sum", b.xor(x, y, z))
    b.output("carry", carry)
    b.output("not carry", carry ^ 1)
    b.output("x", x)
    return b.build()


class Interpreter:
    """SGD on a net file, exactly; says whether a certificate's circuit is what it runs."""

    MOST_STATES = 600

    def __init__(self, stated: Stated, net: NetFile) -> None:
        self.stated, self.net = stated, net
        self.emulation = stated["target"] == "emulation"
        self.values = [_number(text) for text in net.header["values"]]
        self.f = {name: _number(text) for name, text in net.header["activation"].items()}
        self.rate = _number(net.header["learning_rate"])
        copies = {v: int(n) for v, n in net.names["copies"]}
        entering = {e: int(n) for e, n in net.names["fan_in_copies"]}
        self.edges = []
        for e, (u, v) in enumerate(zip(net.edge_source, net.edge_target, strict=True)):
            into = entering.get(e, 1)
            self.edges.append((e, u, v, into, Fraction(into * copies.get(v, 1), copies.get(u, 1))))
        self.inputs = [port["vertex"] for port in net.names["inputs"]]
        self.outputs = [port["vertex"] for port in net.names["outputs"]]

    def key(self) -> str:
        """All that `wrong` depends on; what it leaves out, SGD does not see."""
        edges = zip(self.edges, self.net.edge_value, self.net.edge_role, strict=True)
        ports = [self.inputs, self.outputs, self.net.names["memory"]]
        return repr([
            self.stated["target"], self.stated["circuit"], ports, len(self.net.role), self.rate,
            self.f, [(edge, self.values[value], role == 4) for edge, value, role in edges],
        ])  # fmt: skip

    def wrong(self) -> str:
        """What the net does other than the certificate says; empty if it does as it says."""
        start = tuple(self.values[value] for value in self.net.edge_value)
        state = tuple(initial for _, initial in self.stated["circuit"]["bits"])
        seen, todo = {start: state}, [start]
        while todo and len(seen) <= self.MOST_STATES:
            weights = todo.pop(0)
            for bits in product((0, 1), repeat=len(self.inputs)):
                for label in (1, -1) if self.emulation else (0,):
                    text, after, held = self._step(weights, seen[weights], bits, label)
                    if text:
                        return f"{text} ({bits=}, {label=})"
                    if after not in seen:
                        seen[after] = held
                        todo.append(after)
                    elif seen[after] != held:
                        return "the same weights hold different bits"
        return ""

    def _step(
        self, weights: tuple[Number, ...], state: tuple[int, ...], bits: tuple[int, ...], label: int
    ) -> tuple[str, tuple[Number, ...], tuple[int, ...]]:
        sums, values = self._forward(weights, bits)
        outputs, after = self._reference(bits, state)
        if any(self._piece(total) == "blend" for total in sums.values()):
            return "a blend", weights, state
        size = 1 if self.emulation else 2
        if [values[v] for v in self.outputs] != [size * (2 * x - 1) for x in outputs]:
            return "an output", weights, state
        if not self.emulation:
            flat = all(self._piece(total) == "plateau" for total in sums.values())
            return "" if flat else "a slope", weights, state
        for port, bit in zip(self.net.names["memory"], state, strict=True):
            zero = _number(port["zero"])
            if weights[port["edge"]] != (-zero if bit else zero):
                return "a memory bit", weights, state
        error = 2 * (values[self.outputs[0]] - label)
        updated = self._backward(weights, sums, values, error)
        for e, (old, new) in enumerate(zip(weights, updated, strict=True)):
            if old != new and (old + new != 0 or self.net.edge_role[e] != 4):
                return f"the weight of edge {e}", weights, state
        return "", updated, state if error == 0 else after

    def _forward(
        self, weights: tuple[Number, ...], bits: tuple[int, ...]
    ) -> tuple[dict[int, Number], dict[int, Number]]:
        values: dict[int, Number] = {0: Fraction(1)}
        values |= {v: Fraction(2 * bit - 1) for v, bit in zip(self.inputs, bits, strict=True)}
        into: dict[int, list[Number]] = {
            v: [] for v in range(len(self.net.role)) if v not in values
        }
        sums: dict[int, Number] = {}
        edges = iter([*self.edges, None])
        edge = next(edges)
        for vertex in range(len(self.net.role)):
            while edge is not None and edge[2] == vertex:
                into[vertex].append(weights[edge[0]] * values[edge[1]] * edge[3])
                edge = next(edges)
            if vertex in into:
                sums[vertex] = _total(into[vertex])
                values[vertex] = self._value(sums[vertex])
        return sums, values

    def _backward(
        self,
        weights: tuple[Number, ...],
        sums: dict[int, Number],
        values: dict[int, Number],
        error: Number,
    ) -> tuple[Number, ...]:
        arrived: dict[int, list[Number]] = {v: [] for v in values}
        arrived[self.outputs[0]].append(error)
        updated = list(weights)
        delta: dict[int, Number] = {}
        for e, u, v, _, leaving in reversed(self.edges):
            if v not in delta:
                delta[v] = _total(arrived[v]) * self._slope(sums[v])
            if delta[v] != 0:
                arrived[u].append(delta[v] * weights[e] * leaving)
                updated[e] = weights[e] - self.rate * delta[v] * values[u]
        return tuple(updated)

    def _piece(self, x: Number) -> str:
        size, f = abs(x), self.f
        if size <= f["dead_zone"]:
            return "dead"
        if size >= f["plateau_from"]:
            return "plateau"
        return "power" if f["power_from"] <= size <= f["power_to"] else "blend"

    def _value(self, x: Number) -> Number:
        piece = self._piece(x)
        if piece in ("dead", "blend"):
            return Fraction(0)
        size = self.f["plateau"] if piece == "plateau" else _power(abs(x), self.f["exponent"])
        return size if x > 0 else -size

    def _slope(self, x: Number) -> Number:
        if self._piece(x) != "power":
            return Fraction(0)
        p = self.f["exponent"]
        return p * _power(abs(x), p - 1)

    def _reference(
        self, bits: tuple[int, ...], state: tuple[int, ...]
    ) -> tuple[list[int], tuple[int, ...]]:
        """Outputs and the next state if the prediction is wrong, by the certificate."""
        circuit = self.stated["circuit"]
        node = [0, *bits, *state]
        for kind, *read in circuit["gates"]:
            weights, bound = circuit["types"][kind]
            total = sum(w * node[x] for w, x in zip(weights, read, strict=True))
            node.append(int(total >= bound))
        outputs = [node[x >> 1] ^ (x & 1) for _, x in circuit["outputs"]]
        flips = [node[x >> 1] ^ (x & 1) for x in circuit["flips"]]
        return outputs, tuple(b ^ flip for b, flip in zip(state, flips, strict=True))


def _number(text: str) -> Number:
    exact = Exact.parse(text)
    rational = exact.rational()
    return exact if rational is None else rational


def _power(base: Number, exponent: Fraction) -> Number:
    if exponent == 1:
        return base
    found = Exact.of(base) ** exponent
    rational = found.rational()
    return found if rational is None else rational


def _total(terms: list[Number]) -> Number:
    total: Number = Fraction(0)
    for term in terms:
        if term != 0:
            total = term if total == 0 else total + term
    return total


def fresh(certificate: Certified) -> Iterator[tuple[Stated, NetFile]]:
    """Copies to be changed, again and again."""
    stated, file = certificate.stated, certificate.file
    while True:
        yield copy.deepcopy(stated), copy.deepcopy(file)
