"""Lemma 6: in each step the circuit writes the right cells, holds the others, and then answers.

Before step t exactly the cells of samples 0 .. t - 1 have been written, one of the two of each bit.
So the circuit is gone through once for every t = 0 .. T, with symbols for what may be anything: the
bits and labels of the samples before t, and the bits of the sample at hand. The value of a node is
false, true, or a symbol or its complement. A gate whose sources are known in this way is a
threshold function of symbols; it is a constant where its bound is out of reach, one of at most
`_TABULATED` symbols is reduced by its truth table to those that it depends on, and is a symbol
itself where one is left. Any other becomes a new symbol, the same for equal functions. So two nodes
of equal values are equal for all bits; this is all that is concluded.
"""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import TypeAlias

from runtime.check.circuit import Circuit
from runtime.check.files import RefusedError

Value: TypeAlias = int
"""2 x symbol + complement; symbol 0 is false."""

FALSE, TRUE = 0, 1
_TABULATED = 6


class Symbols:
    """Threshold functions of symbols, numbered; equal ones have equal numbers."""

    def __init__(self, given: int) -> None:
        self.count = 1 + given
        self._known: dict[object, int] = {}

    def threshold(self, values: list[Value], weights: list[int], bound: int) -> Value:
        """The value of a gate: true where the weights of true values add up to the bound."""
        weight_of: dict[int, int] = {}
        for x, weight in zip(values, weights, strict=True):
            if x & 1:  # weight (1 - symbol)
                bound, weight = bound - weight, -weight
            if x > TRUE:
                weight_of[x >> 1] = weight_of.get(x >> 1, 0) + weight
        terms = sorted((symbol, weight) for symbol, weight in weight_of.items() if weight)
        if sum(min(weight, 0) for _, weight in terms) >= bound:
            return TRUE
        if sum(max(weight, 0) for _, weight in terms) < bound:
            return FALSE
        if len(terms) > _TABULATED:
            return self._symbol((tuple(terms), bound))
        needed, table = _table(tuple(weight for _, weight in terms), bound)
        symbols = tuple(terms[i][0] for i in needed)
        complement = int(table[0])  # so that a function and its complement are one symbol
        if len(symbols) == 1:
            return 2 * symbols[0] + complement
        return self._symbol((symbols, tuple(x ^ complement for x in table))) + complement

    def _symbol(self, function: object) -> Value:
        number = self._known.setdefault(function, self.count)
        self.count += number == self.count
        return 2 * number


@cache
def _table(weights: tuple[int, ...], bound: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The inputs that a threshold function depends on, and its table over those."""
    value = {
        bits: int(sum(w for w, bit in zip(weights, bits, strict=True) if bit) >= bound)
        for bits in product((0, 1), repeat=len(weights))
    }
    needed = [
        i
        for i in range(len(weights))
        if any(value[bits] != value[(*bits[:i], 1 - bits[i], *bits[i + 1 :])] for bits in value)
    ]
    table = [
        x for bits, x in value.items() if not any(b for i, b in enumerate(bits) if i not in needed)
    ]
    return tuple(needed), tuple(table)


def check_memorising(circuit: Circuit, inputs: int, samples: int) -> None:
    """Refuse a circuit that does anything else than to memorise, and then to answer.

    Args:
        circuit: nodes are the input bits, then "is set" of each cell, then "label" of the two
            cells of bit 0 of each sample, then gates; ``outputs`` are the two parts of the answer
            and ``flips`` hold and held of each cell and current of each sample.
        inputs: n'.
        samples: T.
    """
    for t in range(samples + 1):
        _Step(circuit, inputs, samples, t).check()


class _Step:
    def __init__(self, circuit: Circuit, inputs: int, samples: int, t: int) -> None:
        self.circuit, self.inputs, self.samples, self.t = circuit, inputs, samples, t
        self.x = [2 * (1 + i) for i in range(inputs)]
        remembered = [2 * (1 + inputs + k) for k in range(t * inputs)]
        self.is_set = [bit ^ 1 ^ z for bit in remembered for z in (0, 1)]
        self.is_set += [FALSE] * (2 * inputs * samples - len(self.is_set))
        labels = [2 * (1 + inputs + t * inputs + k) for k in range(2 * t)]
        labels += [TRUE] * (2 * (samples - t))  # of unset cells
        symbols = Symbols(inputs + t * inputs + 2 * t)
        value = [FALSE, *self.x, *self.is_set, *labels]
        for kind, *read in circuit.gates:
            weights, bound = circuit.types[kind]
            value.append(symbols.threshold([value[x] for x in read], weights, bound))
        self.said = [value[x >> 1] ^ (x & 1) for x in circuit.outputs + circuit.flips]

    def check(self) -> None:
        """hold, held, current and the answer are what they must be in step t."""
        t, cells = self.t, len(self.is_set)
        answers, hold, held, current = (
            self.said[:2],
            self.said[2 : 2 + cells],
            self.said[2 + cells : 2 + 2 * cells],
            self.said[2 + 2 * cells :],
        )
        for cell, is_set in enumerate(self.is_set):
            sample, bit, z = cell // (2 * self.inputs), cell // 2 % self.inputs, cell % 2
            due = self.x[bit] ^ z if sample == t else is_set ^ 1
            self._equal("hold", cell, hold[cell], due)
            self._equal("held", cell, held[cell], is_set)
        for sample in range(self.samples):
            self._equal("current", sample, current[sample], int(sample == t))
        if t < self.samples:
            self._equal("the answer's and", 0, answers[0], FALSE)
            self._equal("the answer's or", 1, answers[1], TRUE)
        else:
            self._equal("the answer's parts", "", answers[0], answers[1])

    def _equal(self, what: str, which: object, found: Value, wanted: Value) -> None:
        if found != wanted:
            text = f"in step {self.t}, {what} {which} is not what it must be"
            raise RefusedError("memorise", text)
