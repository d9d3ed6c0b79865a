"""Chains of 30,000 gates: no pass recurses."""

from collections.abc import Callable

import pytest

from circuits.builder import Builder
from circuits.circuit import Circuit
from circuits.evaluate import evaluate
from compiler.passes.lower_to_threshold import lower_to_threshold
from compiler.passes.simplify import simplify

INPUTS = 64
SAMPLES = 16

Link = Callable[[Builder, int, int, int, int], int]
"""The next literal of a chain from the last, two inputs and the number of the link."""

CHAINS: dict[str, Link] = {
    "ands, which become one": lambda b, last, x, y, i: b.and_(last, x ^ 1),
    "ands and ors": lambda b, last, x, y, i: b.and_(last, x) if i % 2 else b.or_(last, x),
    "xors, which become one": lambda b, last, x, y, i: b.xor(last, b.and_(x, y ^ (i & 1))),
    "multiplexers": lambda b, last, x, y, i: b.mux(x, y, last),
    "multiplexers spelt with ands": lambda b, last, x, y, i: b.or_(
        b.and_(x, y), b.and_(x ^ 1, last)
    ),
    "thresholds": lambda b, last, x, y, i: b.threshold([last, x, y], 2),
}


def chain(link: Link, length: int) -> Circuit:
    b = Builder("chain")
    inputs = [b.input(f"x{i}") for i in range(INPUTS)]
    last = b.input("first")
    for i in range(length):
        last = link(b, last, inputs[i % INPUTS], inputs[(7 * i + 1 + i // INPUTS) % INPUTS], i)
    b.output("last", last)
    return b.build()


def lowered(circuit: Circuit) -> Circuit:
    return lower_to_threshold(simplify(circuit))


@pytest.mark.parametrize("link", CHAINS.values(), ids=CHAINS)
@pytest.mark.parametrize("length", [5_000, pytest.param(30_000, marks=pytest.mark.slow)])
def test_long_chains_go_through_the_passes(link: Link, length: int) -> None:
    circuit = chain(link, length)
    ones = (1 << SAMPLES) - 1
    samples = [0x9E3779B97F4A7C15 * (i + 1) >> 16 & ones for i in range(INPUTS + 1)]
    found = evaluate(lowered(circuit), samples, width=SAMPLES)
    assert found == evaluate(circuit, samples, width=SAMPLES)
