"""AIGER files: what is read, and that writing and reading again changes nothing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from oracle import SHARED, abc_equivalent, needs_shared, yosys_aig
from strategies import circuits

from circuits.builder import Builder
from circuits.circuit import Circuit, Latch, Op, OutputKind
from circuits.errors import LimitError, SourceError
from circuits.evaluate import Evaluator, all_inputs, simulate, truth_table
from circuits.formats.aiger import read_aiger, write_aiger_ascii, write_aiger_binary

WRITERS = pytest.mark.parametrize("write", [write_aiger_ascii, write_aiger_binary])
Write = Callable[[Circuit], bytes]

HALF_ADDER = b"""\
aag 7 2 0 2 3
2
4
6
12
6 13 15
12 2 4
14 3 5
i0 x
i1 y
o0 s
o1 c
c
half adder
"""

EVERYTHING = b"""\
aag 9 2 3 2 2 1 1 2 1
2
4
6 14
8 9 1
10 6 10
14
1
16
3
1
2
6
8
11
4
14 2 5
16 14 9
i0 clock enable
i1 clock enable
l1 l1
o1 i0
b0 never
c0 always
j1 often
f0 fair
"""


def shared(pattern: str) -> list[Path]:
    return sorted((SHARED / "circuits").glob(pattern))


def by_path(path: Path) -> str:
    return path.name


def test_gates_in_any_order_are_sorted_and_know_their_lines() -> None:
    circuit = read_aiger(HALF_ADDER, "half.aag")
    assert str(circuit) == (
        "circuit -\n"
        "  %1 = input x\n"
        "  %2 = input y\n"
        "  %3 = and %1 %2\n"
        "  %4 = and !%1 !%2\n"
        "  %5 = and !%3 !%4\n"
        "  output s = %5\n"
        "  output c = %3\n"
    )
    assert circuit.lines.tolist() == [0, 2, 3, 7, 8, 6]
    assert str(circuit.position(5)) == "half.aag:6"
    assert truth_table(circuit) == [0b0110, 0b1000]


def test_all_sections_are_read() -> None:
    circuit = read_aiger(EVERYTHING)
    assert circuit.input_names == ("clock enable", "clock enable")
    assert circuit.latches == (Latch("l0", 12, 0), Latch("l1", 9, 1), Latch("l2", 6, None))
    assert [(o.kind.value, o.name, o.literal, o.group) for o in circuit.outputs] == [
        ("output", "o0", 12, 0),
        ("output", "i0", 1, 0),
        ("bad", "never", 14, 0),
        ("constraint", "always", 3, 0),
        ("justice", "j0", 6, 0),
        ("justice", "often", 8, 1),
        ("justice", "often", 11, 1),
        ("fairness", "fair", 4, 0),
    ]


def test_names_may_have_any_printable_characters() -> None:
    (name,) = read_aiger("aag 1 1 0 0 0\n2\ni0  c0 é [1]\\ \n".encode()).input_names
    assert name == " c0 é [1]\\ "


@pytest.mark.parametrize("comment", [b"", b"c\n", b"c\n\xff\x00i0 x\n", b"c\n\nc\n"])
def test_a_comment_may_be_anything(comment: bytes) -> None:
    circuit = read_aiger(b"aag 1 1 0 1 0\n2\n3\n" + comment)
    assert circuit.input_names == ("i0",)


def test_a_comment_of_abc_may_start_with_binary_data() -> None:
    data = b"aig 1 1 0 1 0\n3\ni0 x\ncn\x00\x00\x00\x04name\nproduced by the GIA package\n"
    assert read_aiger(data).input_names == ("x",)
    with pytest.raises(SourceError, match="neither a symbol nor a comment"):
        read_aiger(data.replace(b"aig 1 1 0 1 0\n", b"aag 1 1 0 1 0\n2\n"))


def test_constraint_symbols_are_no_comments() -> None:
    circuit = read_aiger(b"aag 1 1 0 0 0 0 1\n2\n2\nc0 valid\nc\nc0 is not read here\n")
    assert [o.name for o in circuit.outputs] == ["valid"]


def test_the_symbols_of_a_binary_file_follow_the_last_gate_at_once() -> None:
    circuit = read_aiger(b"aig 3 2 0 1 1\n6\n\x02\x02i0 x\no0 z\n")
    assert circuit.input_names == ("x", "i1")
    assert circuit.outputs[0].name == "z"


def test_newlines_among_the_differences_count_as_lines() -> None:
    # 5 inputs, gate 12 = 2 & 2: differences 10 ("\n") and 0
    data = b"aig 6 5 0 0 1\n\x0a\x00"
    assert read_aiger(data).gate_count == 0
    with pytest.raises(SourceError) as caught:
        read_aiger(data + b"?\n")
    assert str(caught.value.position) == "<input>:3:2"


def test_differences_take_up_to_five_bytes() -> None:
    # gate 1000 = 2 & 2: differences 998 = 7 * 128 + 102 and 0, the latter padded
    data = b"aig 500 499 0 1 1\n1000\n\xe6\x07\x80\x80\x80\x80\x00"
    assert read_aiger(data).outputs[0].literal == 2


def test_a_variable_above_all_gates_and_unused_variables_are_legal() -> None:
    circuit = read_aiger(b"aag 99 2 0 1 1\n190\n20\n100\n100 20 191\n")
    assert [str(gate.operands) for gate in circuit.gates()] == ["(3, 4)"]


def test_deep_circuits_are_read_from_the_far_end() -> None:
    depth = 30_000
    gates = [f"{2 * v} {2 * v - 2} 3\n" for v in range(depth, 2, -1)]
    data = f"aag {depth} 2 0 1 {depth - 2}\n2\n4\n{2 * depth}\n{''.join(gates)}"
    circuit = read_aiger(data.encode())
    assert circuit.gate_count == depth - 2
    assert circuit.lines[-1] == 5
    assert truth_table(circuit) == [0b0100]  # i1 & !i0 & !i0 & ...


@WRITERS
def test_everything_survives_a_round_trip(write: Write) -> None:
    circuit = read_aiger(EVERYTHING)
    again = read_aiger(write(circuit))
    assert again == circuit
    assert str(again) == str(circuit)


def test_the_ascii_text_is_canonical() -> None:
    assert write_aiger_ascii(read_aiger(EVERYTHING)) == (
        b"aag 7 2 3 2 2 1 1 2 1\n"
        b"2\n4\n"
        b"6 12\n8 9 1\n10 6 10\n"
        b"12\n1\n14\n3\n1\n2\n6\n8\n11\n4\n"
        b"12 5 2\n14 12 9\n"
        b"i0 clock enable\ni1 clock enable\no1 i0\nb0 never\nc0 always\nj1 often\nf0 fair\n"
    )


def test_the_binary_form_has_the_smaller_operand_last() -> None:
    assert write_aiger_binary(read_aiger(HALF_ADDER)) == (
        b"aig 5 2 0 2 3\n10\n6\n\x02\x02\x03\x02\x01\x02i0 x\ni1 y\no0 s\no1 c\n"
    )


@WRITERS
def test_outputs_are_sorted_by_kind_and_justice_groups_by_number(write: Write) -> None:
    b = Builder()
    x, y = b.input("x"), b.input("y")
    b.output("late", x, OutputKind.JUSTICE, 7)
    b.output("fair", y, OutputKind.FAIRNESS)
    b.output("early", y, OutputKind.JUSTICE, 3)
    b.output("late", y, OutputKind.JUSTICE, 7)
    b.output("z", x)
    outputs = read_aiger(write(b.build())).outputs
    assert [(o.name, o.literal, o.group) for o in outputs] == [
        ("z", 2, 0),
        ("early", 4, 0),
        ("late", 2, 1),
        ("late", 4, 1),
        ("fair", 4, 0),
    ]


@WRITERS
def test_names_that_the_format_cannot_hold_are_refused(write: Write) -> None:
    b = Builder()
    x = b.input("two\nlines")
    with pytest.raises(LimitError, match=r"AIGER cannot hold the name 'two\\nlines'"):
        write(b.build())
    b = Builder()
    x = b.input("x")
    b.output("p", x, OutputKind.JUSTICE)
    b.output("q", x, OutputKind.JUSTICE)
    with pytest.raises(LimitError, match=r"one name for a justice property, not \['p', 'q'\]"):
        write(b.build())


@WRITERS
@given(circuit=circuits())
def test_random_circuits_keep_their_behaviour(write: Write, circuit: Circuit) -> None:
    again = read_aiger(write(circuit))
    assert {gate.op for gate in again.gates()} <= {Op.AND}
    assert again.input_names == circuit.input_names
    kinds = list(OutputKind)
    order = sorted(range(len(circuit.outputs)), key=lambda i: kinds.index(circuit.outputs[i].kind))
    outputs, loaded = behaviour(circuit)
    assert behaviour(again) == ([outputs[i] for i in order], loaded)
    assert [(o.name, o.kind) for o in again.outputs] == [
        (circuit.outputs[i].name, circuit.outputs[i].kind) for i in order
    ]
    assert [(x.name, x.reset) for x in again.latches] == [
        (x.name, x.reset) for x in circuit.latches
    ]
    assert write(again) == write(circuit)


def behaviour(circuit: Circuit) -> tuple[list[int], list[int]]:
    """Outputs and next state as truth tables over inputs and state."""
    inputs, latches = len(circuit.input_names), len(circuit.latches)
    values = all_inputs(inputs + latches)
    step = Evaluator.of(circuit).step(values[:inputs], values[inputs:], 1 << (inputs + latches))
    return list(step.outputs), list(step.next_state)


@needs_shared
@pytest.mark.parametrize("path", shared("aiger/*.a?g") + shared("epfl/*.aig"), ids=by_path)
def test_real_files_survive_round_trips(path: Path) -> None:
    if path.name == "invalid_py_aiger_test2.aig":
        with pytest.raises(SourceError, match="1:5: M is 2, but I"):
            read_aiger(path.read_bytes())
        return
    circuit = read_aiger(path.read_bytes())
    for write in (write_aiger_ascii, write_aiger_binary):
        again = read_aiger(write(circuit))
        assert str(again) == str(circuit)
        assert again == circuit
    if path.suffix == ".aig" and len(circuit) > 1:  # ABC fails on a circuit without any port
        assert abc_equivalent(path, circuit)


@needs_shared
@pytest.mark.parametrize(
    "path", [p for p in shared("aiger/*.aag") if p.with_suffix(".aig").exists()], ids=by_path
)
def test_ascii_files_equal_their_binary_twins(path: Path) -> None:
    circuit = read_aiger(path.read_bytes())
    if len(circuit) > 1:
        assert abc_equivalent(circuit, path.with_suffix(".aig"))


@needs_shared
def test_ascii_files_are_read_as_yosys_reads_them(tmp_path: Path) -> None:
    paths = [p for p in shared("aiger/*.aag") if not p.with_suffix(".aig").exists()]
    assert len(paths) > 40
    for path, binary in zip(paths, yosys_aig(paths, tmp_path), strict=True):
        assert abc_equivalent(binary, read_aiger(path.read_bytes())), path.name


@needs_shared
def test_toggle_with_enable_and_reset_counts() -> None:
    circuit = read_aiger((SHARED / "circuits/aiger/toggle-re.aag").read_bytes())
    assert [o.name for o in circuit.outputs] == ["Q", "!Q"]
    steps = [(1, 1), (1, 1), (0, 1), (1, 1), (1, 0), (1, 1), (0, 0)]  # enable, reset (low: clear)
    found = [step.outputs[0] for step in simulate(circuit, steps)]
    assert found == [0, 1, 0, 0, 1, 0, 1]


@needs_shared
def test_a_changed_gate_is_found_by_the_oracle() -> None:
    path = SHARED / "circuits/epfl/ctrl.aig"
    circuit = read_aiger(path.read_bytes())
    operands = circuit.operands.copy()
    operands[0] ^= 1
    assert abc_equivalent(path, circuit)
    assert not abc_equivalent(path, replace(circuit, operands=operands))


@needs_shared
def test_a_changed_reset_is_found_by_the_oracle() -> None:
    for name, inputs in {"toggle.aig": 0, "toggle-re.aig": 2}.items():
        path = SHARED / "circuits/aiger" / name
        circuit = read_aiger(path.read_bytes())
        assert len(circuit.input_names) == inputs
        (latch,) = circuit.latches
        assert abc_equivalent(path, circuit)
        assert not abc_equivalent(path, replace(circuit, latches=(replace(latch, reset=1),)))
