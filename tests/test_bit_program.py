"""Bits as operations: every function of three bits, in few operations, at any number of samples."""

from functools import reduce
from itertools import product

import numpy as np
import pytest
from flat_nets import gate_net
from numpy.typing import NDArray
from test_bit_forward import wide

from circuits.builder import Builder
from circuits.circuit import Circuit
from circuits.nodes import FALSE
from compiler.flat_vertices import Kind, flat_vertices
from compiler.net import Net
from compiler.pipeline import compile_net
from runtime.engines.bit_forward import BitForward, bit_forward
from runtime.engines.bit_functions import FORMS, PATTERNS, A, B, C, Operation
from runtime.engines.bit_program import BitProgram, bit_program, phases


def functions() -> Circuit:
    """All 256 functions of three bits, each as the sum of products that it is modulo 2."""
    b = Builder()
    x = [b.input(name) for name in "abc"]
    products = {
        key: b.and_(*(w for w, used in zip(x, key, strict=True) if used))
        for key in product((0, 1), repeat=3)
    }
    columns = {key: _product(key) for key in products}
    for table in range(256):
        left, terms = table, []
        for key in sorted(products, key=sum):
            row = sum(bit << i for i, bit in enumerate(key))
            if left >> row & 1:
                left ^= columns[key]
                terms.append(products[key])
        assert left == 0
        b.output(f"f{table}", reduce(b.xor, terms, FALSE))
    return b.build()


def _product(key: tuple[int, ...]) -> int:
    found = 0xFF
    for column, used in zip((A, B, C), key, strict=True):
        found &= column if used else 0xFF
    return found


def test_every_table_is_the_operation_that_it_is_said_to_be() -> None:
    assert wrong(PATTERNS.flipped) == 0
    assert wrong(PATTERNS.flipped ^ [1, 0, 0]) > 100


def wrong(flipped: NDArray[np.int64]) -> int:
    """How many tables are not what their operation computes of the operands."""
    count, none = 0, 0
    for table in range(256):
        operation = int(PATTERNS.operation[table])
        if operation == Operation.TABLE:
            continue
        if operation < 0:
            none += 1
            continue
        form = FORMS[Operation(operation)][1]
        columns = [
            (A, B, C)[PATTERNS.place[table, i]] ^ (0xFF * int(flipped[table, i])) for i in range(3)
        ]
        count += form(*columns) ^ (0xFF * int(PATTERNS.inverted[table])) != table
    assert none == 8  # two constants, and three operands or their complements
    return count


@pytest.fixture(scope="module")
def every_function() -> BitForward:
    return bit_forward(compile_net(functions()))


ROWS = np.arange(8)[:, None] >> np.arange(3) & 1
TABLES = (np.arange(256) >> np.arange(8)[:, None] & 1).astype(bool)


@pytest.mark.parametrize("count", [8, BitForward.FEW + 1, 2100])
def test_every_function_of_three_bits(every_function: BitForward, count: int) -> None:
    order = np.random.default_rng(0).integers(0, 8, count)
    assert np.array_equal(every_function(ROWS[order]), TABLES[order])


def exactly_one() -> Net:
    """Which no operation but a table computes of three bits."""
    b = Builder()
    x = [b.input(name) for name in "abc"]
    b.output("one", b.and_(b.xor(*x), b.and_(*x) ^ 1))
    return compile_net(b.build())


def test_exactly_one_of_three_is_a_table() -> None:
    net = exactly_one()
    program = program_of(net)
    assert program.runs[:, [0, 1, 2]].tolist() == [[Operation.TABLE, 0, 1]]
    for count in (8, 2100):
        samples = np.resize(ROWS, (count, 3))
        assert np.array_equal(bit_forward(net)(samples)[:, 0], samples.sum(axis=1) == 1)


def program_of(net: Net, wanted: NDArray[np.int64] | None = None) -> BitProgram:
    flat, outputs = flat_vertices(net), np.array([port.vertex for port in net.outputs])
    return bit_program(net, flat, phases(net, flat), outputs if wanted is None else wanted)


def test_every_operation_is_used_by_the_nets_of_these_tests() -> None:
    nets = [exactly_one(), compile_net(functions()), compile_net(wide(0))]
    programs = [program_of(net) for net in nets]
    programs += [
        program_of(net, np.flatnonzero(flat_vertices(net).kind == Kind.BIT))
        for net in (gate_net(seed) for seed in range(8))
    ]
    assert set(np.concatenate([program.runs[:, 0] for program in programs])) == set(Operation)


def adder(bits: int) -> Net:
    b = Builder()
    pairs = [(b.input(f"x{i}"), b.input(f"y{i}")) for i in range(bits)]
    carry = FALSE
    for i, (x, y) in enumerate(pairs):
        half = b.xor(x, y)
        b.output(f"s{i}", b.xor(half, carry))
        carry = b.xor(b.and_(x, y), b.and_(half, carry))
    b.output("carry", carry)
    return compile_net(b.build())


def test_a_full_adder_is_two_operations() -> None:
    program = program_of(adder(20))
    runs = [(operation, end - begin) for operation, begin, end in program.runs[:, :3].tolist()]
    assert sum(count for operation, count in runs if operation == Operation.XOR3) == 19
    assert sum(count for operation, count in runs if operation == Operation.MAJORITY) == 19
    assert len(program.targets) == 40


def test_slots_are_used_again() -> None:
    """A chain of gates needs no more slots than inputs, and one or two."""
    b = Builder()
    x = [b.input(f"x{i}") for i in range(4)]
    last = x[0]
    for i in range(200):
        last = b.xor(b.and_(last, x[i % 3 + 1]), x[(i + 1) % 3 + 1])
    b.output("y", last)
    program = program_of(compile_net(b.build()))
    assert len(program.targets) > 50
    assert program.slots < 10


def test_what_nobody_asks_for_is_not_computed() -> None:
    net = compile_net(functions())
    one = np.array([net.outputs[0b10010110].vertex])
    assert len(program_of(net, one).targets) == 1
    assert len(program_of(net, one[:0]).targets) == 0
    assert (program_of(net, one).literal >= 0).sum() == 1
