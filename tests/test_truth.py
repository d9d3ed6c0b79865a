"""Truth tables as text: what is read, what is refused, and circuits there and back."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import Refusal
from strategies import circuits

from circuits.builder import Builder
from circuits.circuit import Circuit, Op
from circuits.errors import LimitError
from circuits.evaluate import truth_table
from circuits.formats.bench import read_bench
from circuits.formats.covers import build_table
from circuits.formats.truth import read_truth, write_truth


def read(text: str) -> Circuit:
    return read_truth(text.encode(), "a.truth")


def tables(text: str) -> dict[str, int]:
    circuit = read(text)
    names = [output.name for output in circuit.outputs]
    return dict(zip(names, truth_table(circuit), strict=True))


def test_reads_the_example_of_the_documentation() -> None:
    circuit = read("inputs x y\nboth = 1000\neither = 0xe\n")
    assert str(circuit) == (
        "circuit -\n"
        "  %1 = input x\n"
        "  %2 = input y\n"
        "  %3 = and %1 %2\n"
        "  %4 = and !%1 !%2\n"
        "  output both = %3\n"
        "  output either = !%4\n"
    )


@pytest.mark.parametrize(
    ("text", "inputs", "table"),
    [
        ("1", 0, 1),
        ("10", 1, 0b10),
        ("1000", 2, 0b1000),
        ("0x8", 2, 0b1000),
        ("0XcA", 3, 0xCA),
        ("0xcafe", 4, 0xCAFE),
        ("inputs a\n0x2", 1, 0b10),
        ("inputs\n0x1", 0, 1),
        ("inputs a b c\n0xe8", 3, 0xE8),
    ],
)
def test_the_last_row_comes_first(text: str, inputs: int, table: int) -> None:
    circuit = read(text)
    assert len(circuit.input_names) == inputs
    assert truth_table(circuit) == [table]


def test_the_first_input_is_the_least_bit_of_a_row() -> None:
    assert truth_table(read("inputs a b\n1010\n1100\n")) == [0b1010, 0b1100]
    assert [output.literal for output in read("inputs a b\n1010\n1100\n").outputs] == [2, 4]


def test_names_comments_and_blanks() -> None:
    text = "# two\ninputs a b # in\n\n  sum=0110\n1000 # carry\r\ninputs = 1111\n"
    assert tables(text) == {"sum": 0b0110, "y1": 0b1000, "inputs": 0b1111}
    assert tables("inputs = 10\n") == {"inputs": 0b10}
    assert read("1000").input_names == ("x0", "x1")


def test_equal_parts_of_tables_are_one_gate() -> None:
    circuit = read("inputs a b c\nodd = 10010110\neven = 01101001\nmux = 11001010\n")
    assert [gate.op for gate in circuit.gates()] == [Op.XOR, Op.XOR, Op.MUX]


def test_gates_know_the_line_of_their_table() -> None:
    circuit = read("inputs a b\n1000\n0110\n")
    assert [circuit.lines[gate.node] for gate in circuit.gates()] == [2, 3]


REFUSALS = {
    "empty file": Refusal(
        "",
        "a.truth:1: there is no truth table in this file",
        "",
    ),
    "only comments": Refusal(
        "# x\n\n",
        "a.truth:1: there is no truth table in this file",
        "",
    ),
    "letter in a table": Refusal(
        "10x0\n",
        "a.truth:1:1: '10x0' is not a truth table",
        "a table consists of 0 and 1, or of 0x and hexadecimal digits",
    ),
    "not hexadecimal": Refusal(
        "0xg\n",
        "a.truth:1:1: '0xg' is not a truth table",
        "a table consists of 0 and 1, or of 0x and hexadecimal digits",
    ),
    "0x alone": Refusal(
        "inputs a b\n0x\n",
        "a.truth:2:1: '0x' is not a truth table",
        "a table consists of 0 and 1, or of 0x and hexadecimal digits",
    ),
    "two words": Refusal(
        "10 01\n",
        "a.truth:1:1: not a truth table",
        "a line is a table, 'name = table', or first of all 'inputs' and their names",
    ),
    "name without a table": Refusal(
        "y =\n",
        "a.truth:1:1: not a truth table",
        "a line is a table, 'name = table', or first of all 'inputs' and their names",
    ),
    "table without a name": Refusal(
        "= 1000\n",
        "a.truth:1:1: not a truth table",
        "a line is a table, 'name = table', or first of all 'inputs' and their names",
    ),
    "two equal signs": Refusal(
        "y == 1000\n",
        "a.truth:1:1: not a truth table",
        "a line is a table, 'name = table', or first of all 'inputs' and their names",
    ),
    "three rows": Refusal(
        "101\n",
        "a.truth:1:1: a table of 3 rows",
        "their number is a power of two",
    ),
    "six digits": Refusal(
        "0x123456\n",
        "a.truth:1:1: a table of 24 rows",
        "their number is a power of two",
    ),
    "second table longer": Refusal(
        "1000\n10000000\n",
        "a.truth:2:1: a table of 8 digits, not 4",
        "the number of inputs is 2, of rows 4",
    ),
    "more inputs than rows": Refusal(
        "inputs a b c\n1000\n",
        "a.truth:2:1: a table of 4 digits, not 8",
        "the number of inputs is 3, of rows 8",
    ),
    "fewer inputs than rows": Refusal(
        "inputs a\n1000\n",
        "a.truth:2:1: a table of 4 digits, not 2",
        "the number of inputs is 1, of rows 2",
    ),
    "digit of too many rows": Refusal(
        "inputs a\n0x8\n",
        "a.truth:2:1: 0x8 has more than 2 rows",
        "",
    ),
    "hexadecimal too long": Refusal(
        "inputs a b\n0x08\n",
        "a.truth:2:1: a table of 2 digits, not 1",
        "the number of inputs is 2, of rows 4",
    ),
    "input twice": Refusal(
        "inputs a b a\n10000000\n",
        "a.truth:1:12: input 'a' is named twice",
        "",
    ),
    "inputs in the second line": Refusal(
        "1000\ninputs a b\n",
        "a.truth:2:1: not a truth table",
        "a line is a table, 'name = table', or first of all 'inputs' and their names",
    ),
}


@pytest.mark.parametrize("case", REFUSALS.values(), ids=REFUSALS.keys())
def test_refuses_with_a_place_and_a_way_out(case: Refusal) -> None:
    case.check(read)


def test_more_than_twenty_inputs_are_a_limit() -> None:
    names = " ".join(f"x{i}" for i in range(21))
    with pytest.raises(LimitError, match=r"^a truth table of 21 inputs; 20 is the most$"):
        read(f"inputs {names}\n1\n")


def test_a_circuit_with_latches_is_not_written() -> None:
    with pytest.raises(LimitError, match="a truth table has no memory, and"):
        write_truth(read_bench(b"OUTPUT(q)\nq = DFF(q)\n"))


def test_short_tables_are_written_in_binary_and_long_ones_in_hexadecimal() -> None:
    short = read("inputs a b c d\ny = 0xcafe\n")
    assert write_truth(short) == b"inputs a b c d\ny = 1100101011111110\n"
    long = read("inputs a b c d e\ny = 0x8000cafe\n")
    assert write_truth(long) == b"inputs a b c d e\ny = 0x8000cafe\n"
    assert write_truth(read("inputs\n1\n")) == b"inputs\ny0 = 1\n"


def test_names_are_made_legal_and_unique() -> None:
    builder = Builder()
    a, b = builder.input("a="), builder.input("a=")
    builder.output("y #", a)
    builder.output("y #", b)
    again = read_truth(write_truth(builder.build()))
    assert again.input_names == ("a%3D", "a%3D_2")
    assert [output.name for output in again.outputs] == ["y%20%23", "y%20%23_2"]


@given(circuits(max_latches=0))
def test_any_combinational_circuit_comes_back(circuit: Circuit) -> None:
    again = read_truth(write_truth(circuit))
    assert truth_table(again) == truth_table(circuit)
    assert len(again.input_names) == len(circuit.input_names)


@given(st.integers(0, 6), st.data())
def test_a_table_builds_its_function(variables: int, data: st.DataObject) -> None:
    table = data.draw(st.integers(0, (1 << (1 << variables)) - 1))
    builder = Builder()
    operands = [builder.input(f"x{i}") for i in range(variables)]
    builder.output("y", build_table(builder, operands, table))
    assert truth_table(builder.build()) == [table]


def test_sixteen_inputs_come_back() -> None:
    generator = random.Random(0)
    table = generator.getrandbits(1 << 16)
    circuit = read(f"inputs {' '.join(f'x{i}' for i in range(16))}\ny = 0x{table:016384x}\n")
    assert read_truth(write_truth(circuit)) == circuit
