"""Whether a noise-tolerant net learns under noise, in 300 decimal digits: judges what is accepted.

It shares nothing with the checker: it trains the net of a file by SGD on every sequence of samples
and labels, with noise that sums to epsilon on every edge, and compares the answers with h.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from itertools import product

from certified import Stated

from circuits.batch import Batch, Example, answer
from compiler.exact import Exact
from runtime.check.files import NetFile

DIGITS = Context(prec=300, Emax=10**9, Emin=-(10**9))
ZERO, ONE = Decimal(0), Decimal(1)
PATTERNS = 4
"""Ways to spend the noise; the first is none of it."""


def number(text: str) -> Decimal:
    """An exact text in 300 digits."""
    exact = Exact.parse(text)
    found = Decimal(exact.sign)
    for base, e in exact.powers:
        found *= Decimal(base) ** (Decimal(e.numerator) / e.denominator)
    return found


class NoiseJudge:
    """A net file and its certificate against the batch that it was made of."""

    def __init__(self, stated: Stated, net: NetFile, batch: Batch) -> None:
        with localcontext(DIGITS):
            self.stated, self.net, self.batch = stated, net, batch
            values = [number(text) for text in net.header["values"]]
            self.built = [values[i] for i in net.edge_value]
            self.rate = number(net.header["learning_rate"])
            self.noise = number(stated["noise"])
            f = {name: number(text) for name, text in net.header["activation"].items()}
            self.p, self.dead, self.start = f["exponent"], f["dead_zone"], f["power_from"]
            self.end, self.plateau, self.top = f["power_to"], f["plateau_from"], f["plateau"]
        self.inputs = [port["vertex"] for port in net.names["inputs"]]
        (self.output,) = [port["vertex"] for port in net.names["outputs"]]
        self.edges = list(zip(net.edge_source, net.edge_target, strict=True))

    def wrong(self) -> str:
        """What goes wrong on some run; empty if all goes as it should."""
        bits, samples = self.batch.inputs, self.batch.samples
        xs = list(product((0, 1), repeat=bits))
        with localcontext(DIGITS):
            for taught in product(product(xs, (0, 1)), repeat=samples):
                examples: list[Example] = [(x, y, ()) for x, y in taught]
                for pattern in range(PATTERNS):
                    weights, text = self._train(examples, pattern)
                    for x in xs:
                        text = text or self._ask(weights, x, answer(self.batch, examples, x))
                        text = text or self._stated(examples, x)
                    if text:
                        return f"{text} ({examples=}, {pattern=})"
        return ""

    def _train(self, examples: Sequence[Example], pattern: int) -> tuple[list[Decimal], str]:
        """All samples; every edge's noise comes at once, in a step of its own."""
        rng, weights = random.Random(pattern), list(self.built)
        sign = [rng.choice((-1, 1)) if pattern else 0 for _ in weights]
        when = [rng.randrange(len(examples) + 1) if pattern > 1 else 0 for _ in weights]
        for t in range(len(examples) + 1):
            weights = [
                w + (self.noise * s if at == t else 0)
                for w, s, at in zip(weights, sign, when, strict=True)
            ]
            if t < len(examples):
                x, y, _ = examples[t]
                sums, outputs = self._forward(weights, x)
                if any(self._piece(total) == "blend" for total in sums.values()):
                    return weights, f"a blend in step {t}"
                weights = self._updated(weights, sums, outputs, 2 * y - 1)
        return weights, ""

    def _ask(self, weights: list[Decimal], x: Sequence[int], h: int) -> str:
        sums, outputs = self._forward(weights, x)
        if any(self._piece(total) == "blend" for total in sums.values()):
            return "a blend in the last step"
        return "" if 2 * abs(outputs[self.output] - (2 * h - 1)) < 1 else f"the answer to {x}"

    def _stated(self, examples: Sequence[Example], x: Sequence[int]) -> str:
        """The certificate's circuit has the same answer."""
        circuit, node = self.stated["circuit"], [0, *x]
        node += [int(bit == z) for sample, _, _ in examples for bit in sample for z in (0, 1)]
        node += [int(sample[0] != z or y) for sample, y, _ in examples for z in (0, 1)]
        for kind, *read in circuit["gates"]:
            weights, bound = circuit["types"][kind]
            node.append(int(sum(w * node[i] for w, i in zip(weights, read, strict=True)) >= bound))
        ((_, *parts),) = circuit["outputs"]
        said = {node[literal >> 1] ^ (literal & 1) for literal in parts}
        return "" if said == {answer(self.batch, examples, x)} else "the stated answer"

    def _forward(
        self, weights: list[Decimal], x: Sequence[int]
    ) -> tuple[dict[int, Decimal], dict[int, Decimal]]:
        outputs = {0: ONE} | dict(zip(self.inputs, [Decimal(2 * b - 1) for b in x], strict=True))
        sums = {v: ZERO for v in range(len(self.net.role)) if v not in outputs}
        edge = 0
        for vertex in range(len(self.net.role)):
            while edge < len(self.edges) and self.edges[edge][1] == vertex:
                sums[vertex] += weights[edge] * outputs[self.edges[edge][0]]
                edge += 1
            if vertex in sums:
                outputs[vertex] = self._value(sums[vertex])
        return sums, outputs

    def _updated(
        self,
        weights: list[Decimal],
        sums: dict[int, Decimal],
        outputs: dict[int, Decimal],
        label: int,
    ) -> list[Decimal]:
        arrived = dict.fromkeys(outputs, ZERO)
        arrived[self.output] = 2 * (outputs[self.output] - label)
        updated = list(weights)
        for edge in reversed(range(len(weights))):
            source, target = self.edges[edge]
            delta = arrived[target] * self._slope(sums[target])
            if delta:
                arrived[source] += delta * weights[edge]
                updated[edge] -= self.rate * delta * outputs[source]
        return updated

    def _piece(self, x: Decimal) -> str:
        size = abs(x)
        if size <= self.dead:
            return "dead"
        if size >= self.plateau:
            return "plateau"
        return "power" if self.start <= size <= self.end else "blend"

    def _value(self, x: Decimal) -> Decimal:
        piece = self._piece(x)
        size = {"plateau": self.top, "power": abs(x) ** self.p}.get(piece, ZERO)
        return size.copy_sign(x)

    def _slope(self, x: Decimal) -> Decimal:
        return self.p * abs(x) ** (self.p - 1) if self._piece(x) == "power" else ZERO


def times(text: str, factor: Fraction) -> str:
    """An exact text multiplied."""
    return str(Exact.parse(text) * factor)
