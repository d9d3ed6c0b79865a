"""The checker's intervals contain what they must; equal symbols are equal functions."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product

import pytest
from certified import certified
from hypothesis import given, settings
from hypothesis import strategies as st
from monomials import Monomial as Both
from monomials import monomials

from circuits.batch import Batch, answer
from circuits.builder import Builder
from circuits.catalog import builtin_learner
from circuits.learner_to_batch import learner_to_batch
from compiler.exact import Exact
from runtime.check.interval import Interval
from runtime.check.memorising import Symbols
from runtime.check.monomial import Monomial


def _contains(interval: Interval, exact: Exact) -> bool:
    return Exact.of(interval.low) <= exact <= Exact.of(interval.high)


@settings(max_examples=30)
@given(monomials)
def test_an_interval_encloses_its_constant_tightly(both: Both) -> None:
    exact = both.exact
    found = Interval.of(Monomial.parse(str(exact)))
    assert _contains(found, exact)
    assert found.high - found.low <= abs(found.high) / 2**1000
    assert (found.low == found.high) == (exact.rational() is not None)


@settings(max_examples=30)
@given(
    st.fractions(Fraction(1, 50), 50),
    st.fractions(0, 5),
    st.fractions(0, 6, max_denominator=9),
)
def test_powers_contain_the_powers_of_the_ends(low: Fraction, more: Fraction, p: Fraction) -> None:
    found = Interval(low, low + more).power(p)
    assert _contains(found, Exact.of(low) ** p)
    assert _contains(found, Exact.of(low + more) ** p)
    assert found.high / found.low <= ((low + more) / low) ** 6 * (1 + Fraction(1, 2**1000))


@settings(max_examples=50)
@given(*[st.fractions(-3, 3)] * 4)
def test_sums_and_products_contain_those_of_the_ends(
    a: Fraction, b: Fraction, c: Fraction, d: Fraction
) -> None:
    x, y = Interval(min(a, b), max(a, b)), Interval(min(c, d), max(c, d))
    assert all((x * y).low <= u * v <= (x * y).high for u in (a, b) for v in (c, d))
    assert all((x + y).low <= u + v <= (x + y).high for u in (a, b) for v in (c, d))
    assert -(x * -2) == x * 2


def test_long_numbers_are_rounded_outwards() -> None:
    third = Fraction(1, 3)
    x = Interval(third, third)
    for _ in range(14):
        x = x * x
    exact = third ** (2**14)
    assert x.low < exact < x.high
    assert x.high / x.low - 1 < Fraction(1, 2**4000)
    assert max(end.denominator.bit_length() for end in x) < 2**15


@pytest.mark.parametrize("text", ["2^(1/1025)", "2^(999999999/7)", "3^(1000000/7)*2^(1/999)"])
def test_roots_of_too_high_a_degree_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"root|too long"):
        Interval.of(Monomial.parse(text))


GATES = st.lists(
    st.tuples(
        st.lists(st.tuples(st.integers(0, 30), st.integers(-3, 3).filter(bool)), max_size=9),
        st.integers(-4, 5),
    ),
    min_size=1,
    max_size=12,
)


@given(GATES)
def test_nodes_of_equal_values_are_equal_for_all_bits(
    gates: list[tuple[list[tuple[int, int]], int]],
) -> None:
    """Over four symbols; a node's value is a constant only if the node is one, too."""
    symbols, values = Symbols(4), [0, 2, 4, 6, 8]
    tables = [(0,) * 16, *(tuple(x[i] for x in product((0, 1), repeat=4)) for i in range(4))]
    for chosen, bound in gates:
        reads = [(x % len(values), weight) for x, weight in chosen]
        values.append(
            symbols.threshold([values[i] for i, _ in reads], [w for _, w in reads], bound)
        )
        tables.append(
            tuple(int(sum(w * tables[i][k] for i, w in reads) >= bound) for k in range(16))
        )
    table_of: dict[int, tuple[int, ...]] = {}
    for value, table in zip(values, tables, strict=True):
        plain = tuple(bit ^ (value & 1) for bit in table)
        assert table_of.setdefault(value >> 1, plain) == plain


def test_equal_functions_have_equal_values() -> None:
    s = Symbols(3)
    a, b, c = 2, 4, 6
    both = s.threshold([a, b], [1, 1], 2)
    assert s.threshold([b, a, c, c ^ 1], [2, 2, 1, 1], 5) == both
    assert s.threshold([a ^ 1, b ^ 1], [1, 1], 1) == both ^ 1
    assert s.threshold([a, a ^ 1], [1, 1], 1) == 1
    assert s.threshold([a, b, c], [3, 1, 1], 3) == a


@settings(max_examples=20)
@given(st.integers(1, 3), st.integers(1, 2), GATES)
def test_every_batch_has_a_certificate(
    samples: int, bits: int, gates: list[tuple[list[tuple[int, int]], int]]
) -> None:
    """Whatever h is, the circuit that memorises is found to do so, however it was simplified."""
    b = Builder("any")
    literals = [b.input(f"{i}@{t}") for t in range(samples) for i in range(bits + 1)]
    literals += [b.input(str(i)) for i in range(bits)]
    for chosen, bound in gates:
        reads = [(literals[i % len(literals)] ^ (i & 1), weight) for i, weight in chosen]
        literals.append(b.threshold([x for x, _ in reads], bound, [w for _, w in reads]))
    b.output("answer", literals[-1])
    batch = Batch(b.build(), samples, tuple(str(i) for i in range(bits)))
    certified(batch, target="noise-tolerant").check()


@pytest.mark.parametrize(
    ("learner", "samples"),
    [("parity:bits=3", 5), ("conjunction:bits=3,samples=4", 4), ("perceptron:bits=3,width=4", 4),
     ("random_subset:bits=3,confirmations=2", 4)],
)  # fmt: skip
def test_the_certified_answer_is_that_of_the_source(learner: str, samples: int) -> None:
    batch = learner_to_batch(builtin_learner(learner), samples)
    circuit = certified(batch, target="noise-tolerant").stated["circuit"]
    rng, n = random.Random(1), len(batch.sample_names)
    for _ in range(200):
        taught = [[rng.randrange(2) for _ in range(batch.inputs + 1)] for _ in range(samples)]
        x = [rng.randrange(2) for _ in range(batch.inputs)]
        node = [0, *x, *(int(b == z) for *bits, _ in taught for b in bits for z in (0, 1))]
        node += [int(bits[0] != z or y) for *bits, y in taught for z in (0, 1)]
        for kind, *read in circuit["gates"]:
            weights, bound = circuit["types"][kind]
            node.append(int(sum(w * node[i] for w, i in zip(weights, read, strict=True)) >= bound))
        ((_, *parts),) = circuit["outputs"]
        examples = [(bits[:n], y, bits[n:]) for *bits, y in taught]
        said = {node[literal >> 1] ^ (literal & 1) for literal in parts}
        assert said == {answer(batch, examples, x[:n])}
