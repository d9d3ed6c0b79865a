"""PLA: each trap of the format, each refusal word by word, and circuits there and back."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import SHARED, abc_equivalent, needs_shared, needs_yosys
from refusals import Refusal
from sampling import mutated
from strategies import circuits

from circuits.builder import Builder
from circuits.circuit import Circuit
from circuits.errors import LimitError, SourceError
from circuits.evaluate import all_inputs, truth_table
from circuits.formats.bench import read_bench
from circuits.formats.blif import read_blif
from circuits.formats.covers import irredundant_cover
from circuits.formats.pla import read_pla, write_pla


def read(text: str) -> Circuit:
    return read_pla(text.encode(), "a.pla")


def tables(text: str) -> dict[str, int]:
    circuit = read(text)
    names = [output.name for output in circuit.outputs]
    return dict(zip(names, truth_table(circuit), strict=True))


EXAMPLE = """\
.i 2
.o 2
.ilb x y
.ob both either
11 11
1- 01
-1 01
.e
"""


def test_reads_the_example_of_the_documentation() -> None:
    assert read(EXAMPLE).input_names == ("x", "y")
    assert tables(EXAMPLE) == {"both": 0b1000, "either": 0b1110}


def test_ports_without_names_are_numbered() -> None:
    circuit = read(".i 2\n.o 2\n10 11\n")
    assert circuit.input_names == ("x0", "x1")
    assert [output.name for output in circuit.outputs] == ["y0", "y1"]


def test_names_are_any_run_of_characters() -> None:
    text = ".i 2\n.o 1\n.ilb di<11> di<10>\n.ob do<0>\n11 1\n.e\n"
    assert read(text).input_names == ("di<11>", "di<10>")


@pytest.mark.parametrize(
    "cubes",
    [
        "111 10\n0-1 01\n",
        "111 | 10\n0-1 | 01",
        "1 1 1 1 0 0-\n101",
        "11110|0-\t101",
        "1\n1\n1\n1\n0\n0\n-\n101",
    ],
)
def test_blanks_bars_and_line_ends_in_a_cube_mean_nothing(cubes: str) -> None:
    expected = {"y0": 0b10000000, "y1": 0b01010000}
    assert tables(f".i 3\n.o 2\n{cubes}\n.e\n") == expected


def test_comments_and_the_number_of_cubes_are_skipped() -> None:
    text = "# espresso\n.i 1 # one\n.o 1\n.p 99\n1 1 # cube\n.end\nanything at all\n"
    assert tables(text) == {"y0": 0b10}


def test_the_end_may_be_missing() -> None:
    assert tables(".i 1\n.o 1\n1 1") == {"y0": 0b10}


@pytest.mark.parametrize("either", "-2~")
def test_inputs_that_do_not_matter(either: str) -> None:
    assert tables(f".i 2\n.o 1\n1{either} 1\n") == {"y0": 0b1010}


@pytest.mark.parametrize("kind", ["", "f", "fd", "fr", "fdr"])
def test_only_ones_and_fours_are_of_the_on_set(kind: str) -> None:
    directive = f".type {kind}\n" if kind else ""
    text = f".i 3\n.o 6\n{directive}111 14-2~3\n001 000000\n"
    assert list(tables(text).values()) == [0b10000000, 0b10000000, 0, 0, 0, 0]


@pytest.mark.parametrize("kind", ["", ".type f\n", ".type fd\n"])
def test_a_zero_means_nothing_where_the_off_set_is_not_listed(kind: str) -> None:
    assert tables(f".i 2\n.o 1\n{kind}1- 1\n11 0\n") == {"y0": 0b1010}


def test_on_set_and_off_set_may_not_meet_where_both_are_listed() -> None:
    disjoint = ".i 2\n.o 2\n.type fr\n1- 10\n0- 01\n"
    assert tables(disjoint) == {"y0": 0b1010, "y1": 0b0101}
    with pytest.raises(SourceError, match="output y0 is both 0 and 1, by the cube of line 4"):
        read(".i 2\n.o 2\n.type fdr\n1- 10\n-1 01\n")


def test_the_type_may_come_after_the_cubes() -> None:
    with pytest.raises(SourceError, match=r"^a\.pla:4:1: output y0 is both 0 and 1"):
        read(".i 2\n.o 1\n1- 1\n11 0\n.type fr\n")


def test_an_output_without_cubes_is_0_and_a_cube_of_anything_is_1() -> None:
    assert tables(".i 1\n.o 2\n- 01\n") == {"y0": 0, "y1": 0b11}


def test_there_may_be_no_inputs() -> None:
    assert tables(".i 0\n.o 2\n01\n.e\n") == {"y0": 0, "y1": 1}


def test_equal_cubes_are_one_gate_with_the_line_of_the_first() -> None:
    circuit = read(".i 2\n.o 2\n11 10\n11 01\n")
    assert [circuit.lines[gate.node] for gate in circuit.gates()] == [3]


REFUSALS = {
    "empty file": Refusal(
        "",
        "a.pla:1: there is no .i or no .o",
        "they give the two sizes",
    ),
    "no size of outputs": Refusal(
        ".i 2\n.e\n",
        "a.pla:1: there is no .i or no .o",
        "they give the two sizes",
    ),
    "cube before its size": Refusal(
        ".i 2\n11 1\n",
        "a.pla:2:1: a cube before its size",
        "give .i and .o first, not both 0",
    ),
    "no columns": Refusal(
        ".i 0\n.o 0\n11\n",
        "a.pla:3:1: a cube before its size",
        "give .i and .o first, not both 0",
    ),
    "size without a number": Refusal(
        ".i\n.o 1\n",
        "a.pla:1:1: .i takes one number below 1,000,000",
        "",
    ),
    "size that is no number": Refusal(
        ".i two\n.o 1\n",
        "a.pla:1:4: .i takes one number below 1,000,000",
        "",
    ),
    "size of seven digits": Refusal(
        ".i 1000000\n.o 1\n",
        "a.pla:1:4: .i takes one number below 1,000,000",
        "",
    ),
    "size given twice": Refusal(
        ".i 2\n.i 3\n",
        "a.pla:2:1: .i is given twice",
        "",
    ),
    "letter in a cube": Refusal(
        ".i 2\n.o 1\n1x 1\n",
        "a.pla:3:2: 'x' for an input of a cube",
        "known are -, 0, 1, 2, ~",
    ),
    "letter for an output": Refusal(
        ".i 2\n.o 1\n11 x\n",
        "a.pla:3:4: 'x' for an output of a cube",
        "known are -, 0, 1, 2, 3, 4, ~",
    ),
    "five for an input": Refusal(
        ".i 2\n.o 1\n15 1\n",
        "a.pla:3:2: '5' for an input of a cube",
        "known are -, 0, 1, 2, ~",
    ),
    "cube cut off by the end": Refusal(
        ".i 2\n.o 1\n11 1\n1\n",
        "a.pla:4:1: a cube of 1 of 3 characters",
        "it has 2 for inputs and 1 for outputs",
    ),
    "cube cut off by a directive": Refusal(
        ".i 2\n.o 1\n11\n.e\n",
        "a.pla:3:1: a cube of 2 of 3 characters",
        "it has 2 for inputs and 1 for outputs",
    ),
    "misspelt directive": Refusal(
        ".i 2\n.o 1\n.typ fr\n",
        "a.pla:3:1: unknown directive .typ",
        "did you mean .type?",
    ),
    "unknown type": Refusal(
        ".i 2\n.o 1\n.type fdx\n",
        "a.pla:3:7: the type is one of f, fd, fr, fdr",
        "",
    ),
    "type without a word": Refusal(
        ".i 2\n.o 1\n.type\n",
        "a.pla:3:1: the type is one of f, fd, fr, fdr",
        "",
    ),
    "too few names": Refusal(
        ".i 2\n.o 1\n.ilb a\n11 1\n",
        "a.pla:3:1: .ilb gives 1 of 2 names",
        "",
    ),
    "too many names": Refusal(
        ".i 2\n.o 1\n.ob y z\n11 1\n",
        "a.pla:3:1: .ob gives 2 of 1 names",
        "",
    ),
    "a name twice": Refusal(
        ".i 2\n.o 1\n.ilb a a\n11 1\n",
        "a.pla:3:8: name 'a' is given twice",
        "",
    ),
    "on-set and off-set meet": Refusal(
        ".i 2\n.o 2\n.ob y z\n.type fr\n11 10\n1- ~1\n-1 -0\n",
        "a.pla:6:1: output z is both 0 and 1, by the cube of line 5",
        "with .type fr or fdr a 0 means 0; elsewhere it means nothing",
    ),
    "phase": Refusal(
        ".i 2\n.o 1\n.phase 1\n",
        "a.pla:3:1: .phase is not supported",
        "write every output in its positive phase",
    ),
    "pair": Refusal(
        ".i 2\n.o 1\n.pair 1\n",
        "a.pla:3:1: .pair is not supported",
        "write every input as a column of its own",
    ),
    "multi-valued": Refusal(
        ".mv 4 2 3 2\n",
        "a.pla:1:1: .mv is not supported",
        "write a two-valued PLA",
    ),
    "symbolic": Refusal(
        ".i 2\n.o 1\n.symbolic a b ; x y\n",
        "a.pla:3:1: .symbolic is not supported",
        "write a two-valued PLA",
    ),
    "symbolic output": Refusal(
        ".i 2\n.o 1\n.symbolic-output a b ; x y\n",
        "a.pla:3:1: .symbolic-output is not supported",
        "write a two-valued PLA",
    ),
    "state machine": Refusal(
        ".i 2\n.o 1\n.kiss\n",
        "a.pla:3:1: .kiss is not supported",
        "this is a state machine; assign states and write a PLA of its logic",
    ),
}


@pytest.mark.parametrize("case", REFUSALS.values(), ids=REFUSALS.keys())
def test_refuses_with_a_place_and_a_way_out(case: Refusal) -> None:
    case.check(read)


def test_writes_equal_cubes_of_several_outputs_in_one_row() -> None:
    assert write_pla(read(EXAMPLE)).decode() == (
        ".i 2\n.o 2\n.ilb x y\n.ob both either\n.p 3\n.type f\n11 10\n-1 01\n1- 01\n.e\n"
    )


def test_names_are_made_legal_and_unique() -> None:
    builder = Builder()
    a, b = builder.input("a b"), builder.input("a b")
    builder.output("#", a)
    builder.output("#", b ^ 1)
    circuit = read_pla(write_pla(builder.build()))
    assert circuit.input_names == ("a%20b", "a%20b_2")
    assert [output.name for output in circuit.outputs] == ["%23", "%23_2"]


def test_a_circuit_with_latches_is_not_written() -> None:
    with pytest.raises(LimitError, match="a PLA has no memory, and the circuit has latches"):
        write_pla(read_bench(b"OUTPUT(q)\nq = DFF(q)\n"))


def test_sixteen_inputs_are_written_and_seventeen_are_not() -> None:
    def conjunction(width: int) -> Circuit:
        builder = Builder()
        builder.output("y", builder.and_(*(builder.input(f"x{i}") for i in range(width))))
        return builder.build()

    assert b"\n1111111111111111 1\n" in write_pla(conjunction(16))
    with pytest.raises(LimitError, match=r"^17 inputs; a PLA is written for 16 at most$"):
        write_pla(conjunction(17))


@given(circuits(max_latches=0))
def test_any_combinational_circuit_comes_back(circuit: Circuit) -> None:
    again = read_pla(write_pla(circuit))
    assert truth_table(again) == truth_table(circuit)


@given(st.integers(0, 5), st.data())
def test_covers_are_the_function_and_irredundant(variables: int, data: st.DataObject) -> None:
    table = data.draw(st.integers(0, (1 << (1 << variables)) - 1))
    cubes = [_table(cube) for cube in irredundant_cover(table, variables)]

    def union(parts: list[int]) -> int:
        result = 0
        for part in parts:
            result |= part
        return result

    assert union(cubes) == table
    for i in range(len(cubes)):
        assert union(cubes[:i] + cubes[i + 1 :]) != table


def _table(cube: str) -> int:
    rows = (1 << (1 << len(cube))) - 1
    for value, column in zip(cube, all_inputs(len(cube)), strict=True):
        if value != "-":
            rows &= column if value == "1" else ~column
    return rows


@needs_yosys
def test_abc_reads_what_is_written(tmp_path: Path) -> None:
    generator = random.Random(0)
    rows = "\n".join(f"{i:05b} {generator.getrandbits(3):03b}" for i in range(32))
    circuit = read(f".i 5\n.o 3\n{rows}\n")
    written = tmp_path / "written.pla"
    written.write_bytes(write_pla(circuit))
    assert abc_equivalent(circuit, written)
    assert not abc_equivalent(mutated(circuit), written)


@needs_shared
@needs_yosys
@pytest.mark.parametrize("name", ["epfl/ctrl.blif", "epfl/int2float.blif", "iscas85/c17.bench"])
def test_abc_finds_real_circuits_equal_after_a_passage_through_pla(
    name: str, tmp_path: Path
) -> None:
    source = SHARED / "circuits" / name
    reader = read_blif if name.endswith("blif") else read_bench
    written = tmp_path / "written.pla"
    written.write_bytes(write_pla(reader(source.read_bytes())))
    assert abc_equivalent(source, written)
    assert abc_equivalent(source, read_pla(written.read_bytes()))
