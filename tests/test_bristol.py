"""Bristol circuits of both dialects, and what AES-128, SHA-256 and the arithmetic ones compute."""

import hashlib
import random
import struct
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import assume, given
from oracle import SHARED, abc_equivalent, needs_shared, needs_yosys
from sampling import agree, mutated, nameless
from strategies import circuits
from vectors import run_on_words

from circuits.builder import Builder
from circuits.circuit import Circuit, Op
from circuits.errors import LimitError, SourceError
from circuits.evaluate import truth_table
from circuits.expand import expand
from circuits.formats import bristol
from circuits.formats.bench import read_bench
from circuits.formats.blif import read_blif
from circuits.formats.bristol import read_bristol, write_bristol, write_bristol_old

KEPT = frozenset({Op.AND, Op.XOR})

HALF_ADDER = """\
3 7
2 2 2
1 1

2 1 0 2 4 XOR
2 1 1 3 5 XOR
2 1 4 5 6 AND
"""


def read(text: str) -> Circuit:
    return read_bristol(text.encode(), "a.txt")


def test_reads_the_example_of_the_documentation() -> None:
    assert str(read(HALF_ADDER)) == (
        "circuit -\n"
        "  %1 = input in0[0]\n"
        "  %2 = input in0[1]\n"
        "  %3 = input in1[0]\n"
        "  %4 = input in1[1]\n"
        "  %5 = xor %1 %3\n"
        "  %6 = xor %2 %4\n"
        "  %7 = and %5 %6\n"
        "  output out0[0] = %7\n"
    )


def test_the_old_dialect_is_told_by_its_third_line() -> None:
    old = HALF_ADDER.replace("2 2 2\n1 1\n", "2 2 1\n")
    assert read(old) == read(HALF_ADDER)
    assert read(old.replace("\n\n", "\n")) == read(HALF_ADDER)


def test_an_old_header_of_one_input() -> None:
    circuit = read("1 3\n2 0 1\n\n2 1 0 1 2 OR\n")
    assert circuit.input_names == ("in0[0]", "in0[1]")
    assert truth_table(circuit) == [0b1110]


def test_an_old_circuit_without_gates() -> None:
    circuit = read("0 2\n1 1 2\n")
    assert [output.literal for output in circuit.outputs] == [2, 4]


def test_words_may_be_any_number() -> None:
    circuit = read("1 5\n3 1 2 1\n2 1 1\n\n1 1 0 4 EQW\n")
    assert circuit.input_names == ("in0[0]", "in1[0]", "in1[1]", "in2[0]")
    assert [(o.name, o.literal) for o in circuit.outputs] == [("out0[0]", 8), ("out1[0]", 2)]


def test_blank_lines_and_trailing_blanks_may_stand_anywhere() -> None:
    spaced = "\n" + HALF_ADDER.replace("\n", " \n\n \n\t")
    assert read(spaced) == read(HALF_ADDER)
    assert read(HALF_ADDER.replace("\n", "\r\n")) == read(HALF_ADDER)


@pytest.mark.parametrize(
    ("gate", "table"),
    [
        ("2 1 0 1 2 XOR", 0b0110),
        ("2 1 0 1 2 AND", 0b1000),
        ("2 1 0 1 2 OR", 0b1110),
        ("1 1 1 2 INV", 0b0011),
        ("1 1 1 2 NOT", 0b0011),
        ("1 1 1 2 EQW", 0b1100),
        ("1 1 0 2 EQ", 0b0000),
        ("1 1 1 2 EQ", 0b1111),
        ("2 1 0 1 2 MAND", 0b1000),
    ],
)
def test_gates(gate: str, table: int) -> None:
    assert truth_table(read(f"1 3\n2 1 1\n1 1\n\n{gate}\n")) == [table]


def test_a_multiple_and_pairs_its_two_halves() -> None:
    circuit = read("1 6\n1 4\n1 2\n\n4 2 0 1 2 3 4 5 MAND\n")
    pairs = [gate.operands for gate in circuit.gates()]
    assert pairs == [(2, 6), (4, 8)]  # inputs 0 and 2, 1 and 3


def test_gates_keep_their_lines() -> None:
    circuit = read(HALF_ADDER)
    assert circuit.lines.tolist() == [0, 0, 0, 0, 0, 5, 6, 7]


def test_too_many_wires_are_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bristol, "MAX_WIRES", 6)
    with pytest.raises(LimitError, match=r"^a\.txt:1: 7 wires; 6 is the most$"):
        read(HALF_ADDER)


class Refusal(NamedTuple):
    text: str
    message: str
    hint: str


REFUSALS = {
    "empty file": Refusal(
        "",
        "a.txt:1: the file ends in its header",
        "",
    ),
    "gate counts alone": Refusal(
        "1 3\n",
        "a.txt:1: the file ends in its header",
        "",
    ),
    "one number": Refusal(
        "3\n2 1 1\n1 1\n",
        "a.txt:1: 1 numbers; this line is 'gates wires', 2 numbers",
        "",
    ),
    "word for a number": Refusal(
        "1 x\n2 1 1\n1 1\n",
        "a.txt:1:3: 'x' is not a number",
        "",
    ),
    "negative number": Refusal(
        "-1 3\n2 1 1\n1 1\n",
        "a.txt:1:1: '-1' is not a number",
        "",
    ),
    "fewer inputs than announced": Refusal(
        "1 3\n3 1 1\n1 1\n2 1 0 1 2 AND\n",
        "a.txt:2: 3 numbers; this line is the number of inputs and their sizes, 4 numbers",
        "",
    ),
    "fewer outputs than announced": Refusal(
        "1 3\n2 1 1\n2 1\n2 1 0 1 2 AND\n",
        "a.txt:3: 2 numbers; this line is the number of outputs and their sizes, 3 numbers",
        "",
    ),
    "old header of four numbers": Refusal(
        "1 3\n1 1 1 1\n2 1 0 1 2 AND\n",
        "a.txt:2: 4 numbers; this line is 'bits bits bits' of two inputs and the output, 3 numbers",
        "",
    ),
    "more ports than wires": Refusal(
        "1 3\n2 2 2\n1 1\n2 1 0 1 2 AND\n",
        "a.txt:1: 4 input and 1 output bits, but 3 wires",
        "",
    ),
    "unknown gate": Refusal(
        "1 3\n2 1 1\n1 1\n\n2 1 0 1 2 NAND\n",
        "a.txt:5:11: unknown gate 'NAND'",
        "did you mean AND?",
    ),
    "gate in lower case": Refusal(
        "1 3\n2 1 1\n1 1\n\n2 1 0 1 2 and\n",
        "a.txt:5:11: unknown gate 'and'",
        "known are AND, EQ, EQW, INV, MAND, NOT, OR, XOR",
    ),
    "operation missing": Refusal(
        "1 3\n2 1 1\n1 1\n\n2 1 0 1 2\n",
        "a.txt:5:9: unknown gate '2'",
        "known are AND, EQ, EQW, INV, MAND, NOT, OR, XOR",
    ),
    "letter for a wire": Refusal(
        "1 3\n2 1 1\n1 1\n\n2 1 0 b 2 AND\n",
        "a.txt:5:7: 'b' is not a number",
        "",
    ),
    "one number in a gate": Refusal(
        "1 3\n2 1 1\n1 1\n\n2 AND\n",
        "a.txt:5:1: AND with 1 numbers",
        "a gate says how many operands and results it has, then their wires, then its kind",
    ),
    "wire missing": Refusal(
        "1 3\n2 1 1\n1 1\n\n2 1 0 1 AND\n",
        "a.txt:5:1: AND with 4 numbers",
        "a gate says how many operands and results it has, then their wires, then its kind",
    ),
    "wire too many": Refusal(
        "1 3\n2 1 1\n1 1\n\n2 1 0 1 2 2 AND\n",
        "a.txt:5:1: AND with 6 numbers",
        "a gate says how many operands and results it has, then their wires, then its kind",
    ),
    "inverter of two": Refusal(
        "1 3\n2 1 1\n1 1\n\n2 1 0 1 2 INV\n",
        "a.txt:5:1: INV of 2 operands and 1 results",
        "it has 1 and 1",
    ),
    "conjunction of one": Refusal(
        "1 3\n2 1 1\n1 1\n\n1 1 0 2 AND\n",
        "a.txt:5:1: AND of 1 operands and 1 results",
        "it has 2 and 1",
    ),
    "conjunction of three": Refusal(
        "1 3\n2 1 1\n1 1\n\n3 1 0 1 1 2 AND\n",
        "a.txt:5:1: AND of 3 operands and 1 results",
        "it has 2 and 1",
    ),
    "two results": Refusal(
        "1 4\n2 1 1\n1 1\n\n2 2 0 1 2 3 XOR\n",
        "a.txt:5:1: XOR of 2 operands and 2 results",
        "it has 2 and 1",
    ),
    "odd MAND": Refusal(
        "1 4\n2 1 1\n1 1\n\n3 2 0 1 1 2 3 MAND\n",
        "a.txt:5:1: MAND of 3 operands and 2 results",
        "it has twice as many operands as results",
    ),
    "MAND of nothing": Refusal(
        "1 4\n2 1 1\n1 1\n\n0 0 MAND\n",
        "a.txt:5:1: MAND of 0 operands and 0 results",
        "it has twice as many operands as results",
    ),
    "wire that does not exist": Refusal(
        "1 3\n2 1 1\n1 1\n\n2 1 0 9 2 AND\n",
        "a.txt:5:7: wire 9 is read, and nothing before drives it",
        "gates come in topological order",
    ),
    "result that does not exist": Refusal(
        "1 3\n2 1 1\n1 1\n\n2 1 0 1 3 AND\n",
        "a.txt:5:9: wire 3 of 3",
        "they count from 0",
    ),
    "use before definition": Refusal(
        "2 4\n2 1 1\n1 1\n\n1 1 2 3 INV\n2 1 0 1 2 AND\n",
        "a.txt:5:5: wire 2 is read, and nothing before drives it",
        "gates come in topological order",
    ),
    "wire driven twice": Refusal(
        "2 3\n2 1 1\n1 1\n\n2 1 0 1 2 AND\n2 1 0 1 2 XOR\n",
        "a.txt:6:9: wire 2 is driven twice",
        "",
    ),
    "input driven": Refusal(
        "1 3\n2 1 1\n1 1\n\n1 1 0 1 INV\n",
        "a.txt:5:7: wire 1 is driven twice",
        "",
    ),
    "constant 2": Refusal(
        "1 3\n2 1 1\n1 1\n\n1 1 2 2 EQ\n",
        "a.txt:5:5: constant 2",
        "EQ copies 0 or 1",
    ),
    "output without gate": Refusal(
        "1 4\n2 1 1\n1 1\n\n2 1 0 1 2 AND\n",
        "a.txt:3: no gate drives wire 3, an output",
        "",
    ),
    "gate missing": Refusal(
        "2 4\n2 1 1\n1 2\n\n2 1 0 1 2 AND\n",
        "a.txt:1:1: 2 gates announced, 1 found",
        "is the file cut off?",
    ),
    "gate too many": Refusal(
        "1 4\n2 1 1\n1 2\n\n2 1 0 1 2 AND\n2 1 0 1 3 AND\n",
        "a.txt:1:1: 1 gates announced, 2 found",
        "is the file cut off?",
    ),
}
