"""Expansion into fewer kinds of gates keeps everything but the gates."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import abc_equivalent
from strategies import circuits

from circuits.builder import Builder
from circuits.circuit import GATES, Circuit, Op, OutputKind
from circuits.errors import InvariantError
from circuits.evaluate import Evaluator, all_inputs, truth_table
from circuits.expand import expand

KEPT = [frozenset(kept) for size in range(5) for kept in combinations(GATES, size)]


def wide_gate(op: Op, width: int) -> Circuit:
    b = Builder(op.name.lower(), "wide.bench")
    operands = [b.input(f"x{i}") for i in range(width)]
    b.line = 7
    b.output("y", b.and_(*operands) if op is Op.AND else b.xor(*operands))
    return b.build()


@given(circuit=circuits(), keep=st.sampled_from(KEPT), fan_in=st.sampled_from([None, 2, 3, 4]))
def test_expansion_keeps_the_functions_and_the_promise(
    circuit: Circuit, keep: frozenset[Op], fan_in: int | None
) -> None:
    expanded = expand(circuit, keep, fan_in)
    inputs, latches = len(circuit.input_names), len(circuit.latches)
    values = all_inputs(inputs + latches)
    before, after = (
        Evaluator.of(c).step(values[:inputs], values[inputs:], 1 << (inputs + latches))
        for c in (circuit, expanded)
    )
    assert after == before
    for gate in expanded.gates():
        assert gate.op in keep | {Op.AND}
        if fan_in is not None and gate.op in (Op.AND, Op.XOR):
            assert len(gate.operands) <= fan_in
    assert expanded.input_names == circuit.input_names
    assert [(x.name, x.reset) for x in expanded.latches] == [
        (x.name, x.reset) for x in circuit.latches
    ]
    assert [(o.name, o.kind, o.group) for o in expanded.outputs] == [
        (o.name, o.kind, o.group) for o in circuit.outputs
    ]
    assert set(expanded.lines.tolist()) <= set(circuit.lines.tolist())
    assert set(expanded.labels.values()) <= set(circuit.labels.values())


@given(circuit=circuits())
def test_a_circuit_of_kept_gates_stays_as_it_is(circuit: Circuit) -> None:
    assert str(expand(circuit, frozenset(GATES))) == str(circuit)
    aig = expand(circuit, frozenset({Op.AND}), 2)
    assert str(expand(aig, frozenset({Op.AND}), 2)) == str(aig)


@pytest.mark.parametrize(("fan_in", "gates", "depth"), [(2, 15, 4), (3, 8, 3), (4, 5, 2)])
def test_wide_gates_become_balanced_trees(fan_in: int, gates: int, depth: int) -> None:
    for op in (Op.AND, Op.XOR):
        tree = expand(wide_gate(op, 16), frozenset({op}), fan_in)
        assert tree.gate_count == gates
        levels = [0] * len(tree)
        for gate in tree.gates():
            levels[gate.node] = 1 + max(levels[x >> 1] for x in gate.operands)
        assert max(levels) == depth


def test_names_labels_lines_latches_and_kinds_stay() -> None:
    b = Builder("counter", "counter.v")
    x = b.input("x")
    b.line = 3
    q = b.latch("q", None)
    b.line = 4
    toggled = b.xor(x, q)
    b.label(toggled, "toggled")
    b.set_next(q, toggled)
    b.output("never", toggled ^ 1, OutputKind.BAD)
    b.output("fair", x, OutputKind.JUSTICE, 2)
    circuit = expand(b.build(), frozenset(), 2)
    assert str(circuit) == (
        "circuit counter\n"
        "  %1 = input x\n"
        "  %2 = latch q reset x next %5\n"
        "  %3 = and %1 %2\n"
        "  %4 = and !%1 !%2\n"
        "  %5 = and !%3 !%4  ; toggled\n"
        "  bad never = !%5\n"
        "  justice fair = %1\n"
    )
    assert circuit.source == "counter.v"
    assert circuit.lines.tolist() == [0, 0, 3, 4, 4, 4]
    assert circuit.outputs[1].group == 2


def test_gates_that_nothing_reads_stay() -> None:
    b = Builder()
    b.and_(b.input("x"), b.input("y"))
    assert expand(b.build(), frozenset(), 2).gate_count == 1


@pytest.mark.parametrize("keep", [frozenset[Op](), frozenset({Op.XOR}), frozenset(GATES[:3])])
def test_thresholds_become_adders(keep: frozenset[Op]) -> None:
    b = Builder()
    operands = [b.input(f"x{i}") for i in range(9)]
    weights = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    for bound in range(1, 46):
        b.output(f"at least {bound}", b.threshold(operands, bound, weights))
    circuit = b.build()
    assert truth_table(expand(circuit, keep, 2)) == truth_table(circuit)


def test_a_majority_of_many_costs_a_full_adder_an_operand() -> None:
    b = Builder()
    b.output("majority", b.threshold([b.input(f"x{i}") for i in range(101)], 51))
    adders = expand(b.build(), frozenset({Op.XOR}), 2)
    assert adders.gate_count < 5 * 101


def test_a_multiplexer_that_turns_out_to_be_a_parity_obeys_the_promise() -> None:
    b = Builder()
    x, y, z = b.input("x"), b.input("y"), b.input("z")
    either = b.or_(b.and_(x, y), b.and_(x ^ 1, y ^ 1))  # expands like the XOR of x and y
    b.output("z", b.mux(z, b.xor(x, y), either))
    circuit = expand(b.build(), frozenset({Op.MUX}))
    assert {gate.op for gate in circuit.gates()} == {Op.AND}
    assert truth_table(circuit) == truth_table(b.build())


def test_the_oracle_agrees_and_finds_a_changed_gate() -> None:
    circuit = wide_gate(Op.XOR, 40)
    assert abc_equivalent(circuit, expand(circuit, frozenset({Op.XOR}), 3))
    b = Builder()
    operands = [b.input(f"x{i}") for i in range(40)]
    b.output("y", b.xor(*operands[:-2], b.or_(*operands[-2:])))
    assert not abc_equivalent(circuit, b.build())


def test_gates_of_one_operand_are_no_option() -> None:
    with pytest.raises(InvariantError, match="gates of at most 1 operands; 2 is the least"):
        expand(wide_gate(Op.AND, 3), frozenset(), 1)
