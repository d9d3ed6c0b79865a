from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from circuits.builder import Builder
from circuits.circuit import FALSE, TRUE, Circuit, Latch, Op, Output
from circuits.errors import InvariantError
from circuits.evaluate import all_inputs, evaluate, truth_table

LEAVES = 4
SAMPLES = 1 << LEAVES


class Naive:
    """The builder's gates over the values 0 and 1, whose complement is ``^ 1`` as well."""

    def and_(self, *operands: int) -> int:
        return int(all(operands))

    def or_(self, *operands: int) -> int:
        return int(any(operands))

    def xor(self, *operands: int) -> int:
        return sum(operands) % 2

    def mux(self, select: int, then: int, otherwise: int) -> int:
        return then if select else otherwise

    def threshold(
        self, operands: Sequence[int], bound: int, weights: Sequence[int] | None = None
    ) -> int:
        weights = weights or [1] * len(operands)
        return int(sum(w for w, x in zip(weights, operands, strict=True) if x) >= bound)


Build = Callable[[Builder | Naive, int, int, int], int]

# What is built, and how many gates it may cost, those that it is built from included.
RULES: dict[str, tuple[Build, int]] = {
    "and of none is true": (lambda b, x, y, z: b.and_(), 0),
    "and of one is itself": (lambda b, x, y, z: b.and_(x), 0),
    "and with false": (lambda b, x, y, z: b.and_(x, 0, y), 0),
    "and with true": (lambda b, x, y, z: b.and_(x, 1), 0),
    "and repeated": (lambda b, x, y, z: b.and_(x, y, x), 1),
    "and with complement": (lambda b, x, y, z: b.and_(x, y, x ^ 1), 0),
    "or of none is false": (lambda b, x, y, z: b.or_(), 0),
    "or with true": (lambda b, x, y, z: b.or_(x, 1), 0),
    "or with complement": (lambda b, x, y, z: b.or_(x, x ^ 1), 0),
    "xor of none is false": (lambda b, x, y, z: b.xor(), 0),
    "xor of one is itself": (lambda b, x, y, z: b.xor(x ^ 1), 0),
    "xor with itself": (lambda b, x, y, z: b.xor(x, y, x), 0),
    "xor with complement": (lambda b, x, y, z: b.xor(x, y, x ^ 1), 0),
    "xor with constants": (lambda b, x, y, z: b.xor(x, 1, 0), 0),
    "x ^ (x & y)": (lambda b, x, y, z: b.xor(x, b.and_(x, y)), 2),
    "x ^ (!x & y)": (lambda b, x, y, z: b.xor(x, b.and_(x ^ 1, y)), 2),
    "x ^ (x | y)": (lambda b, x, y, z: b.xor(x, b.or_(x, y)), 2),
    "x ^ (x ^ y ^ z)": (lambda b, x, y, z: b.xor(x, b.xor(x, y, z)), 2),
    "!x ^ (x ^ y)": (lambda b, x, y, z: b.xor(x ^ 1, b.xor(x, y)), 1),
    "x ^ (s ? x : z)": (lambda b, x, y, z: b.xor(x, b.mux(y, x, z)), 3),
    "x ^ (s ? z : x)": (lambda b, x, y, z: b.xor(x, b.mux(y, z, x)), 3),
    "x ^ (s ? z : !x)": (lambda b, x, y, z: b.xor(x, b.mux(y, z, x ^ 1)), 3),
    "mux by false": (lambda b, x, y, z: b.mux(0, x, y), 0),
    "mux by true": (lambda b, x, y, z: b.mux(1, x, y), 0),
    "mux of equals": (lambda b, x, y, z: b.mux(x, y, y), 0),
    "mux of complements": (lambda b, x, y, z: b.mux(x, y, y ^ 1), 1),
    "mux of its select": (lambda b, x, y, z: b.mux(x, x, y), 1),
    "mux of its select below": (lambda b, x, y, z: b.mux(x, y, x), 1),
    "mux of !select": (lambda b, x, y, z: b.mux(x, x ^ 1, y), 1),
    "mux of !select below": (lambda b, x, y, z: b.mux(x, y, x ^ 1), 1),
    "mux, then true": (lambda b, x, y, z: b.mux(x, 1, y), 1),
    "mux, then false": (lambda b, x, y, z: b.mux(x, 0, y), 1),
    "mux, else true": (lambda b, x, y, z: b.mux(x, y, 1), 1),
    "mux, else false": (lambda b, x, y, z: b.mux(x, y, 0), 1),
    "mux by complement": (lambda b, x, y, z: b.mux(x ^ 1, y, z), 1),
    "threshold of all": (lambda b, x, y, z: b.threshold([x, y], 2), 1),
    "threshold of any": (lambda b, x, y, z: b.threshold([x, y], 1), 1),
    "threshold of nothing": (lambda b, x, y, z: b.threshold([], 1), 0),
    "threshold met by none": (lambda b, x, y, z: b.threshold([x, y], 0), 0),
    "threshold out of reach": (lambda b, x, y, z: b.threshold([x, y], 3), 0),
    "threshold repeated": (lambda b, x, y, z: b.threshold([x, x], 2), 0),
    "threshold of x, !x": (lambda b, x, y, z: b.threshold([x, x ^ 1, y], 2), 0),
    "threshold with true": (lambda b, x, y, z: b.threshold([x, y, 1], 3), 1),
    "threshold with gcd": (lambda b, x, y, z: b.threshold([x, y], 3, [2, 2]), 1),
    "threshold, negative": (lambda b, x, y, z: b.threshold([x, y], 0, [-1, 1]), 1),
    "threshold, weight 0": (lambda b, x, y, z: b.threshold([x, y], 1, [0, 1]), 0),
}


@pytest.mark.parametrize("rule", RULES)
def test_every_simplification_means_what_was_asked_for_and_costs_no_more(rule: str) -> None:
    build, gates = RULES[rule]
    b = Builder()
    b.output("out", build(b, b.input("x"), b.input("y"), b.input("z")))
    circuit = b.build()
    table = sum(build(Naive(), k & 1, k >> 1 & 1, k >> 2) << k for k in range(8))
    assert truth_table(circuit) == [table]
    assert circuit.gate_count <= gates


@pytest.mark.parametrize(
    ("flip", "gate"),
    [
        (lambda b, x, y, z: b.xor(x, b.or_(x, y)), "and !%1 %2"),
        (lambda b, x, y, z: b.xor(x, b.xor(x, b.and_(y, z))), "and %2 %3"),
        (lambda b, x, y, z: b.xor(x, b.mux(y, z ^ 1, x)), "and %2 !%5"),
    ],
)
def test_flips_of_a_latch_become_one_gate(flip: Build, gate: str) -> None:
    b = Builder()
    x, y, z = b.input("x"), b.input("y"), b.input("z")
    literal = flip(b, x, y, z)
    b.output("flip", literal)
    assert f"  %{literal >> 1} = {gate}\n" in str(b.build())


def test_equal_gates_are_one_node_whichever_way_they_are_written() -> None:
    b = Builder()
    x, y, z = b.input("x"), b.input("y"), b.input("z")
    assert b.and_(x, y) == b.and_(y, x, TRUE)
    assert b.or_(x, y) == b.and_(x ^ 1, y ^ 1) ^ 1
    assert b.xor(x, y ^ 1) == b.xor(x ^ 1, y) == b.xor(y, x) ^ 1
    assert b.mux(x, y, z) == b.mux(x ^ 1, z, y) == b.mux(x, y ^ 1, z ^ 1) ^ 1
    assert b.threshold([x, y, z], 2) == b.threshold([z, y, x], 4, [2, 2, 2])
    assert b.threshold([x, y, z], 2) == b.threshold([x ^ 1, y ^ 1, z ^ 1], -1, [-1, -1, -1])
    assert b.threshold([x, y, z], 2, [9, 1, 1]) == b.threshold([x, y, z], 2, [2, 1, 1])
    assert b.build().gate_count == 6


Call = tuple[str, list[int], list[int], int]

calls = st.lists(
    st.tuples(
        st.sampled_from(["and", "or", "xor", "mux", "threshold"]),
        st.lists(st.integers(0, 200), min_size=3, max_size=5),
        st.lists(st.integers(-4, 4), min_size=5, max_size=5),
        st.integers(-6, 10),
    ),
    max_size=25,
)


def make(b: Builder | Naive, call: Call, read: Sequence[int]) -> int:
    kind, _, weights, bound = call
    if kind == "and":
        return b.and_(*read)
    if kind == "or":
        return b.or_(*read)
    if kind == "xor":
        return b.xor(*read)
    if kind == "mux":
        return b.mux(*read[:3])
    return b.threshold(read, bound, weights[: len(read)])


def run(recipe: list[Call]) -> tuple[Circuit, list[list[int]]]:
    """A circuit of the calls, each an output, and the value of each in every sample."""
    b = Builder()
    literals = [FALSE, TRUE, b.input("a"), b.latch("p"), b.input("c"), b.latch("q", 1)]
    leaf_of_input = [0, 2, 1, 3]  # the circuit has inputs first: a, c, p, q
    columns = [[0] * SAMPLES, [1] * SAMPLES]
    columns += [[k >> leaf_of_input[i] & 1 for k in range(SAMPLES)] for i in range(LEAVES)]
    for number, call in enumerate(recipe):
        picked = [(p // 2 % len(literals), p % 2) for p in call[1]]
        made = make(b, call, [literals[i] ^ c for i, c in picked])
        literals.append(made)
        columns.append(
            [make(Naive(), call, [columns[i][k] ^ c for i, c in picked]) for k in range(SAMPLES)]
        )
        b.output(f"out{number}", made)
    return b.build(), columns[6:]


@given(calls)
def test_any_sequence_of_calls_evaluates_as_written(recipe: list[Call]) -> None:
    circuit, expected = run(recipe)
    leaves = all_inputs(LEAVES)
    found = evaluate(circuit, leaves[:2], leaves[2:], width=SAMPLES).outputs
    assert list(found) == [sum(v << k for k, v in enumerate(column)) for column in expected]


@given(calls)
def test_stored_gates_are_in_normal_form_and_all_different(recipe: list[Call]) -> None:
    circuit, _ = run(recipe)
    gates = [gate[1:] for gate in circuit.gates()]
    assert len(set(gates)) == len(gates)
    for op, operands, weights, bound in gates:
        if op is not Op.MUX:
            assert list(operands) == sorted(operands)
            assert len({x >> 1 for x in operands}) == len(operands) >= 2
        if op is Op.XOR:
            assert not any(x & 1 for x in operands)
        if op is Op.MUX:
            select, then, otherwise = operands
            assert select & 1 == then & 1 == 0
            assert len({select >> 1, then >> 1, otherwise >> 1}) == 3
        if op is Op.THRESHOLD:
            assert min(weights) >= 1
            assert min(weights) < bound < sum(weights) - min(weights) + 1
            assert max(weights) <= bound
            assert np.gcd.reduce(weights) == 1
        else:
            assert set(weights) == {1}


@given(calls)
def test_a_copy_gives_the_same_circuit(recipe: list[Call]) -> None:
    circuit, _ = run(recipe)
    b = Builder()
    inputs = [b.input("a"), b.input("c")]
    literal_of = b.copy(circuit, inputs, [b.latch("p"), b.latch("q", 1)])
    for output in circuit.outputs:
        b.output(output.name, literal_of[output.literal >> 1] ^ (output.literal & 1))
    assert b.build() == circuit


def test_build_numbers_inputs_then_latches_then_gates() -> None:
    b = Builder("mixed")
    x = b.input("x")
    q = b.latch("q", 1)
    both = b.and_(x, q ^ 1)
    y = b.input("y")
    b.label(both, "both")
    b.label(both, "ignored: the first name stays")
    b.set_next(q ^ 1, b.xor(both, y))
    b.output("out", both ^ 1)
    assert str(b.build()) == (
        "circuit mixed\n"
        "  %1 = input x\n"
        "  %2 = input y\n"
        "  %3 = latch q reset 1 next !%5\n"
        "  %4 = and %1 !%3  ; both\n"
        "  %5 = xor %2 %4\n"
        "  output out = !%4\n"
    )


def test_a_node_remembers_the_line_it_was_made_on() -> None:
    b = Builder("lines", source="lines.txt")
    x, y = b.input("x"), b.input("y")
    b.line = 7
    gate = b.and_(x, y)
    b.output("out", gate)
    circuit = b.build()
    assert str(circuit.position(3)) == "lines.txt:7"
    other = Builder()
    other.copy(circuit, [other.input("x"), other.input("y")])
    assert other.build().lines.tolist() == [0, 0, 0, 7]


def test_a_latch_without_next_holds_its_value() -> None:
    b = Builder()
    b.latch("q", 1)
    circuit = b.build()
    assert evaluate(circuit, (), circuit.reset_state).next_state == (1,)


def test_only_latches_can_be_given_a_next_value() -> None:
    b = Builder()
    x = b.input("x")
    with pytest.raises(InvariantError, match="literal 2 is not a latch"):
        b.set_next(x, TRUE)


def test_a_copy_needs_a_literal_per_input_and_latch() -> None:
    b = Builder("half")
    b.input("x")
    circuit = b.build()
    with pytest.raises(InvariantError, match="half: 1 inputs and 0 latches, given 0 and 1"):
        Builder().copy(circuit, [], [TRUE])


def test_a_threshold_needs_a_weight_per_operand() -> None:
    b = Builder()
    x, y = b.input("x"), b.input("y")
    with pytest.raises(ValueError, match="shorter"):
        b.threshold([x, y], 1, [1])


def small() -> Circuit:
    b = Builder("small")
    x, y, q = b.input("x"), b.input("y"), b.latch("q")
    b.set_next(q, b.mux(x, y, q))
    b.output("out", b.and_(x, y))
    return b.build()


def with_ops(**changed: Op) -> dict[str, Any]:
    ops = small().ops.copy()
    for node, op in changed.items():
        ops[int(node.removeprefix("node"))] = op
    return {"ops": ops}


def array(values: list[int], kind: type = np.int64) -> Any:
    return np.array(values, kind)


# small() is: constant, x, y, q, mux (x, y, q), and (x, y).
BROKEN: list[tuple[str, dict[str, Any]]] = [
    ("starts do not delimit the operands", {"starts": array([0, 0, 0, 0, 0, 3, 4])}),
    ("starts do not delimit the operands", {"starts": array([0, 0, 0, 0, 0, 6, 5])}),
    ("starts do not delimit the operands", {"starts": array([0, 0, 0, 3, 5])}),
    ("a port has no node", {"input_names": ("x", "y", "z", "u", "v")}),
    ("a port has no node", {"ops": array([])}),
    ("node 0 is not the constant", with_ops(node0=Op.AND)),
    ("inputs do not come first", with_ops(node2=Op.LATCH)),
    ("latches do not follow the inputs", with_ops(node3=Op.INPUT)),
    ("a port stands among the gates", with_ops(node5=Op.LATCH)),
    ("weights and operands differ in number", {"weights": array([1, 1, 1, 1])}),
    ("a bound or line is missing", {"bounds": array([0, 0, 0, 0, 0])}),
    ("a bound or line is missing", {"lines": array([0, 0, 0, 0, 0])}),
    ("a port has operands", {"starts": array([0, 0, 0, 0, 1, 3, 5])}),
    ("a gate lacks operands", {"starts": array([0, 0, 0, 0, 0, 4, 5])}),
    ("a MUX has not three operands", with_ops(node5=Op.MUX)),
    ("an output or latch reads no node", {"outputs": (Output("out", 12),)}),
    ("an output or latch reads no node", {"latches": (Latch("q", -1),)}),
    ("a reset is not 0, 1 or None", {"latches": (Latch("q", 2, 2),)}),
    ("a gate reads a constant or a node", {"operands": array([2, 4, 6, 2, 10], np.int32)}),
    ("a gate reads a constant or a node", {"operands": array([2, 4, 6, 0, 2], np.int32)}),
]


@pytest.mark.parametrize(("problem", "changed"), BROKEN)
def test_arrays_that_are_no_circuit_are_refused(problem: str, changed: dict[str, Any]) -> None:
    with pytest.raises(InvariantError, match=f"^not a circuit: {problem}"):
        replace(small(), **changed)


def test_the_arrays_and_names_of_a_circuit_cannot_be_changed() -> None:
    circuit = small()
    with pytest.raises(ValueError, match="read-only"):
        circuit.operands[0] = 4
    with pytest.raises(TypeError):
        circuit.labels[4] = "name"  # type: ignore[index]


def test_an_xor_with_a_deep_chain_that_holds_its_operand_does_not_recurse() -> None:
    b = Builder("chain")
    bit = b.latch("bit")
    value = bit
    for i in range(5000):
        value = b.mux(b.input(f"s{i}"), value ^ (i & 1), bit)
    b.output("flip", b.xor(bit, value))
    circuit = b.build()
    rng = random.Random(0)
    for _ in range(5):
        selects = [rng.random() < 0.999 for _ in range(5000)]
        expected = state = rng.randrange(2)
        for i, select in enumerate(selects):
            expected = expected ^ (i & 1) if select else state
        assert evaluate(circuit, [int(s) for s in selects], [state]).outputs == (state ^ expected,)
