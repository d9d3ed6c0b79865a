"""BLIF: each trap of the format, each refusal word by word, and real files there and back."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from oracle import SHARED, abc_equivalent, needs_shared, needs_yosys
from refusals import Refusal
from sampling import agree, mutated, nameless
from strategies import circuits

from circuits.circuit import Circuit, Op
from circuits.errors import LimitError, SourceError
from circuits.evaluate import simulate, truth_table
from circuits.expand import expand
from circuits.formats import blif_hierarchy
from circuits.formats.aiger import read_aiger
from circuits.formats.bench import read_bench
from circuits.formats.blif import read_blif, write_blif

KEPT = frozenset({Op.AND, Op.XOR, Op.MUX})


def read(text: str) -> Circuit:
    return read_blif(text.encode(), "a.blif")


def tables(text: str) -> dict[str, int]:
    circuit = read(text)
    names = [output.name for output in circuit.outputs]
    return dict(zip(names, truth_table(circuit), strict=True))


def test_reads_the_example_of_the_documentation() -> None:
    text = """
        .model toggle
        .inputs enable
        .outputs q
        .names enable q next    # rows of ones: where next is 1
        01 1
        10 1
        .latch next q 0
        .end
    """
    assert str(read(text)) == (
        "circuit toggle\n"
        "  %1 = input enable\n"
        "  %2 = latch q reset 0 next %3\n"
        "  %3 = xor %1 %2  ; next\n"
        "  output q = %2\n"
    )


def test_a_comment_ends_with_its_line_wherever_it_starts() -> None:
    text = "# top\n.inputs a b # c\n.outputs y\n.names a b y# AND\n11 1 # row\n# 00 1\n.end"
    assert tables(text) == {"y": 0b1000}


@pytest.mark.parametrize("end", [" \\\n", "\\\n", " \\  \n", "\\ # more to come\n", " \\\r\n"])
def test_a_backslash_at_the_end_continues_the_line(end: str) -> None:
    text = f".inputs a{end}b\n.outputs y\n.names a b{end}y\n11 1\n"
    assert read(text).input_names == ("a", "b")
    assert tables(text) == {"y": 0b1000}


def test_a_continuation_may_be_the_last_thing_in_the_file() -> None:
    assert tables(".inputs a\n.outputs y\n.names a y\n1 1 \\") == {"y": 0b10}


def test_positions_are_those_of_the_physical_line() -> None:
    with pytest.raises(SourceError, match=r"^a\.blif:4:2: signal 'b' is never driven"):
        read(".inputs a\n.outputs y\n.names a \\\n b y\n11 1\n")


def test_carriage_returns_are_blanks() -> None:
    assert tables(".inputs a b\r\n.outputs y\r\n.names a b y\r\n11 1\r\n.end\r\n") == {"y": 0b1000}


def test_ports_may_come_in_several_statements() -> None:
    text = ".inputs a\n.outputs y\n.inputs b\n.outputs z\n.names a y\n1 1\n.names b z\n0 1\n"
    circuit = read(text)
    assert circuit.input_names == ("a", "b")
    assert [output.name for output in circuit.outputs] == ["y", "z"]


def test_model_and_end_are_optional() -> None:
    assert tables(".inputs a\n.outputs y\n.names a y\n1 1\n") == {"y": 0b10}
    assert read(".model\n.inputs a\n.outputs a\n").name == ""


def test_missing_inputs_are_what_is_read_and_not_driven() -> None:
    circuit = read(".model m\n.outputs z\n.names y c z\n11 1\n.names b a y\n11 1\n.end")
    assert circuit.input_names == ("c", "b", "a")


def test_missing_outputs_are_what_is_driven_and_not_read() -> None:
    circuit = read(".model m\n.inputs a\n.names a x\n1 1\n.names x z\n1 1\n.latch x q 0\n.end")
    assert [output.name for output in circuit.outputs] == ["z", "q"]


def test_an_empty_list_of_inputs_is_not_a_missing_one() -> None:
    with pytest.raises(SourceError, match="signal 'a' is never driven"):
        read(".inputs\n.outputs y\n.names a y\n1 1\n")


def test_definitions_come_in_any_order() -> None:
    text = (
        ".inputs a b\n.outputs z\n.names y b z\n11 1\n.names x y\n0 1\n.names a b x\n1- 1\n-1 1\n"
    )
    assert tables(text) == {"z": 0}


def test_gates_keep_their_lines_and_names() -> None:
    circuit = read(".inputs a b\n.outputs z\n.names y b z\n01 1\n.names a b y\n11 1\n")
    assert {circuit.node_name(gate.node): circuit.lines[gate.node] for gate in circuit.gates()} == {
        "y": 5,
        "z": 3,
    }


def test_a_deep_circuit_in_reverse_order_needs_no_recursion() -> None:
    depth = 5_000
    gates = [f".names x{i} b x{i + 1}\n{i % 2}1 1" for i in range(depth)]
    text = f".inputs x0 b\n.outputs x{depth}\n" + "\n".join(reversed(gates))
    circuit = read(text)
    assert circuit.gate_count == depth
    assert circuit.outputs[0].literal == 2 * (len(circuit) - 1)


@pytest.mark.parametrize(
    ("names", "rows", "table"),
    [
        ("a b c", ["1-0 1", "-11 1"], 0b11001010),
        ("a b c", ["1-0 0", "-11 0"], 0b00110101),
        ("a b c", [], 0),
        ("a b c", ["--- 1"], 0b11111111),
        ("a b c", ["--- 0"], 0),
        ("", ["1"], 0b11111111),
        ("", ["0"], 0),
        ("", [], 0),
        ("", ["1", "1"], 0b11111111),
        ("b", ["0 1"], 0b00110011),
        ("b", ["1 0"], 0b00110011),
        ("b", ["1 1", "0 1"], 0b11111111),
        ("a a", ["01 1"], 0),
    ],
)
def test_a_cover_is_its_on_set_or_its_off_set(names: str, rows: list[str], table: int) -> None:
    text = "\n".join([".inputs a b c", ".outputs y", f".names {names} y", *rows])
    assert tables(text) == {"y": table}


def test_parities_and_choices_become_one_gate() -> None:
    text = """
        .inputs a b c
        .outputs xor xnor odd mux swapped
        .names a b xor
        01 1
        10 1
        .names a b xnor
        01 0
        10 0
        .names a b c odd
        111 1
        100 1
        010 1
        001 1
        .names a b c mux
        11- 1
        0-1 1
        .names a b c swapped
        -01 0
        1-0 0
    """
    assert [gate.op for gate in read(text).gates()] == [Op.XOR, Op.XOR, Op.MUX, Op.MUX]
    assert tables(text) == {
        "xor": 0b01100110,
        "xnor": 0b10011001,
        "odd": 0b10010110,
        "mux": 0b11011000,
        "swapped": 0b11000101,
    }


def test_covers_that_only_resemble_those_are_ors_of_ands() -> None:
    text = """
        .inputs a b c
        .outputs y z
        .names a b y
        01 1
        11 1
        .names a b c z
        11- 1
        1-1 1
    """
    assert tables(text) == {"y": 0b11001100, "z": 0b10101000}


def test_a_cover_may_be_wide() -> None:
    names = " ".join(f"x{i}" for i in range(40))
    circuit = read(f".inputs {names}\n.outputs y\n.names {names} y\n{'1' * 40} 0\n")
    [gate] = circuit.gates()
    assert (gate.op, len(gate.operands)) == (Op.AND, 40)
    assert circuit.outputs[0].literal & 1


LATCHES = """
.inputs d clk
.outputs q
.latch d q{}
"""


@pytest.mark.parametrize(
    ("words", "reset"),
    [
        ("", None),
        (" 0", 0),
        (" 1", 1),
        (" 2", None),
        (" 3", None),
        (" re clk", None),
        (" fe NIL", None),
        (" ah clk 0", 0),
        (" al clk 1", 1),
        (" as NIL 2", None),
        (" re clk 3", None),
    ],
)
def test_a_latch_has_an_edge_and_a_clock_or_not_and_a_value_or_not(
    words: str, reset: int | None
) -> None:
    [latch] = read(LATCHES.format(words)).latches
    assert (latch.name, latch.reset) == ("q", reset)


@needs_yosys
@pytest.mark.parametrize("words", ["", " 0", " 1", " 2", " 3", " re clk 1", " NIL clk 0"])
def test_abc_reads_latches_alike(words: str, tmp_path: Path) -> None:
    text = ".model m" + LATCHES.format(words.replace("NIL", "fe")) + ".end\n"
    (tmp_path / "a.blif").write_text(text)
    assert abc_equivalent(read(text), tmp_path / "a.blif")


def test_latches_of_one_clock_and_edge_load_together() -> None:
    text = ".inputs d clk\n.outputs q r\n.latch d q re clk 0\n.latch q r re NIL 1\n.latch r s 0\n"
    assert [latch.reset for latch in read(text).latches] == [0, 1, 0]


def test_a_loop_through_a_latch_is_legal() -> None:
    circuit = read(".outputs q\n.latch n q 0\n.names q n\n0 1\n")
    assert [step.outputs for step in simulate(circuit, [()] * 3)] == [(0,), (1,), (0,)]


def test_external_dont_cares_stay_out_of_the_model() -> None:
    text = """
        .model m
        .inputs a b
        .outputs y
        .names a b y
        11 1
        .exdc
        .inputs a b
        .outputs y
        .names a b y
        00 1
        .nonsense
        .end
        .model other
        .end
    """
    assert tables(text) == {"y": 0b1000}


def test_a_state_table_is_skipped_for_the_logic_that_implements_it() -> None:
    text = """
        .inputs a
        .outputs y
        .start_kiss
        .i 1
        .o 1
        0 st0 st1 1
        .end_kiss
        .latch_order q
        .code st0 0
        .latch n q 0
        .names a q y
        11 1
        .names a n
        1 1
    """
    assert [step.outputs for step in simulate(read(text), [(1,), (1,)])] == [(0,), (1,)]


def test_what_is_said_of_timing_and_area_is_skipped() -> None:
    text = """
        .inputs a
        .clock clk
        .area 3
        .delay a 1 2 3 4 5 6 7 8
        .wire_load_slope 0.1
        .wire 1 2
        .input_arrival a 0 0
        .default_input_arrival 0 0
        .input_drive a 1 1
        .default_input_drive 1 1
        .max_input_load a 1
        .default_max_input_load 1
        .output_required y 3 3
        .default_output_required 3 3
        .output_load y 1
        .default_output_load 1
        .clock_event 50.0 (r'clk 50.0 50.0)
        .search other.blif
        .outputs y
        .names a y
        .area 4
        .names a y2
        1 1
    """
    assert tables(text) == {"y": 0}


def test_the_dialect_of_yosys() -> None:
    text = """
        .model top
        .inputs a b
        .outputs y z k u
        .names $false
        .names $true
        1
        .conn a c
        .barbuf b d
        .subckt and A=c B=d Y=e
        .attr src "a.v:1"
        .param WIDTH 00000001
        .cname gate
        .names e y
        1 1
        .cname $abc$1
        .short e z
        .conn $true k
        .conn $undef u
        .end
        .model and
        .inputs A B
        .outputs Y
        .names A B $true n
        111 1
        .names n A Y
        11 1
        .end
        .model box
        .inputs A
        .outputs Y
        .blackbox
        .end
    """
    assert tables(text) == {"y": 0b1000, "z": 0b1000, "k": 0b1111, "u": 0}
    assert set(read(text).labels.values()) == {"gate/n", "e"}


def test_other_models_are_flattened_wherever_they_stand() -> None:
    text = """
        .model adder
        .inputs a b c d
        .outputs s0 s1 carry
        .subckt half b=c a=a sum=s0 carry=c0
        .subckt full a=b b=d cin=c0 sum=s1 cout=carry
        .end
        .model full
        .inputs a b cin
        .outputs sum cout
        .subckt half a=a b=b sum=s carry=c1
        .subckt half a=s b=cin sum=sum carry=c2
        .names c1 c2 cout
        1- 1
        -1 1
        .end
        .model half
        .inputs a b
        .outputs sum carry
        .names a b sum
        10 1
        01 1
        .names a b carry
        11 1
    """
    circuit = read(text)
    values = [
        sum(bit << place for place, bit in enumerate(simulate(circuit, [bits])[0].outputs))
        for bits in [(1, 0, 1, 0), (1, 1, 1, 1), (0, 1, 0, 1), (1, 1, 1, 0)]
    ]
    assert values == [0b10, 0b110, 0b100, 0b100]
    assert sorted(circuit.labels.values()) == [
        "c0",
        "carry",
        "full_1/c1",
        "full_1/c2",
        "full_1/s",
        "s0",
        "s1",
    ]


def test_instances_have_their_own_latches() -> None:
    text = """
        .inputs d
        .outputs q
        .subckt delay in=d out=m
        .subckt delay in=m out=q open=
        .end
        .model delay
        .outputs out open
        .latch in r re clk 1
        .names r out
        1 1
        .names r open
        0 1
        .end
    """
    circuit = read(text)
    assert [latch.name for latch in circuit.latches] == ["delay_1/r", "delay_2/r"]
    steps = simulate(circuit, [(0,)] * 3)
    assert [step.outputs for step in steps] == [(1,), (1,), (0,)]


def test_clocks_of_instances_are_followed_through_their_ports() -> None:
    flipflop = ".model ff\n.inputs d {0}\n.outputs q\n.latch d q re {1} 0\n.end\n"
    top = ".inputs d c e\n.outputs q r\n.subckt ff d=d clk=c q=q\n.subckt ff d=d clk={} q=r\n.end\n"
    assert len(read(top.format("c") + flipflop.format("clk", "clk")).latches) == 2
    assert len(read(top.format("e") + flipflop.format("clk", "global")).latches) == 2
    with pytest.raises(SourceError, match=r"^a\.blif:9:15: latch control 'e', but 'c' in line 9"):
        read(top.format("e") + flipflop.format("clk", "clk"))
    gated = flipflop.format("clk", "gate").replace(".end", ".names d clk gate\n11 1\n.end")
    with pytest.raises(SourceError, match=r"latch control 'ff_2/gate', but 'ff_1/gate' in line 9"):
        read(top.format("c") + gated)


def test_an_output_may_be_an_input_a_constant_or_listed_twice() -> None:
    circuit = read(".inputs a\n.outputs a k a\n.names k\n1\n")
    assert [(o.name, o.literal) for o in circuit.outputs] == [("a", 2), ("k", 1), ("a", 2)]


def test_names_are_any_run_of_characters() -> None:
    text = ".inputs 1GAT(0) a[0]\n.outputs $abc$110$n_12\n.names 1GAT(0) a[0] $abc$110$n_12\n11 1\n"
    assert tables(text) == {"$abc$110$n_12": 0b1000}


REFUSALS = {
    "empty file": Refusal(
        "",
        "a.blif:1: there is no circuit in this file",
        "",
    ),
    "only comments": Refusal(
        "# nothing\n\n",
        "a.blif:1: there is no circuit in this file",
        "",
    ),
    "row before any table": Refusal(
        ".inputs a b\n.outputs y\n11 1\n",
        "a.blif:3:1: '11' is not a directive",
        "",
    ),
    "word instead of directive": Refusal(
        ".inputs a b\n.outputs y\nnames a b y\n",
        "a.blif:3:1: 'names' is not a directive",
        "",
    ),
    "misspelt directive": Refusal(
        ".inputs a b\n.outputs y\n.name a b y\n",
        "a.blif:3:1: unknown directive .name",
        "did you mean .names?",
    ),
    "mapped gate": Refusal(
        ".inputs a b\n.outputs y\n.gate nand2 A=a B=b O=y\n",
        "a.blif:3:1: .gate is not supported",
        "make .names of it in ABC: read_genlib, read_blif, strash, write_blif",
    ),
    "mapped latch": Refusal(
        ".inputs a b\n.outputs y\n.mlatch dff D=a Q=y clk 0\n",
        "a.blif:3:1: .mlatch is not supported",
        "make .latch of it in ABC: read_genlib, read_blif, write_blif",
    ),
    "multi-valued": Refusal(
        ".inputs a b\n.outputs y\n.mv y 3\n",
        "a.blif:3:1: .mv is not supported",
        "this is BLIF-MV; write two-valued BLIF",
    ),
    "names without signal": Refusal(
        ".inputs a b\n.outputs y\n.names\n",
        "a.blif:3:1: .names without a signal",
        "the last one is defined",
    ),
    "cube too short": Refusal(
        ".inputs a b\n.outputs y\n.names a b y\n1 1\n",
        "a.blif:4:1: cube '1' for 2 inputs",
        "the inputs are those of .names in line 3",
    ),
    "cube too long": Refusal(
        ".inputs a b\n.outputs y\n.names a b y\n111 1\n",
        "a.blif:4:1: cube '111' for 2 inputs",
        "the inputs are those of .names in line 3",
    ),
    "row without value": Refusal(
        ".inputs a b\n.outputs y\n.names a b y\n11\n",
        "a.blif:4:1: not a row of a table with 2 inputs",
        "a row is a character per input, a blank and the value; of a constant the value",
    ),
    "row in three parts": Refusal(
        ".inputs a b\n.outputs y\n.names a b y\n1 1 1\n",
        "a.blif:4:1: not a row of a table with 2 inputs",
        "a row is a character per input, a blank and the value; of a constant the value",
    ),
    "row of a constant with a cube": Refusal(
        ".inputs a b\n.outputs y\n.names y\n1 1\n",
        "a.blif:4:1: not a row of a table with 0 inputs",
        "a row is a character per input, a blank and the value; of a constant the value",
    ),
    "letter in a cube": Refusal(
        ".inputs a b\n.outputs y\n.names a b y\n1x 1\n",
        "a.blif:4:2: 'x' in a cube",
        "a cube consists of 0, 1 and -",
    ),
    "don't care as value": Refusal(
        ".inputs a b\n.outputs y\n.names a b y\n11 -\n",
        "a.blif:4:4: value '-' of a row",
        "a value is 0 or 1",
    ),
    "value 2 of a constant": Refusal(
        ".inputs a b\n.outputs y\n.names y\n2\n",
        "a.blif:4:1: value '2' of a row",
        "a value is 0 or 1",
    ),
    "on-set and off-set mixed": Refusal(
        ".inputs a b\n.outputs y\n.names a b y\n11 1\n00 0\n",
        "a.blif:5:4: a row of value 0 after rows of value 1",
        "the rows are all of the on-set (1) or all of the off-set (0)",
    ),
    "undriven signal": Refusal(
        ".inputs a b\n.outputs y\n.names a c y\n11 1\n",
        "a.blif:3:10: signal 'c' is never driven",
        "define it by .names or .latch, or list it in .inputs",
    ),
    "undriven output": Refusal(
        ".inputs a b\n.outputs y\n.names a b z\n11 1\n",
        "a.blif:2:10: signal 'y' is never driven",
        "an output needs a .names or .latch that defines it",
    ),
    "undriven next state": Refusal(
        ".inputs a b\n.outputs y\n.latch d y\n",
        "a.blif:3:8: signal 'd' is never driven",
        "define it by .names or .latch, or list it in .inputs",
    ),
    "signal driven twice": Refusal(
        ".inputs a b\n.outputs y\n.names a y\n1 1\n.names b y\n1 1\n",
        "a.blif:5:10: signal 'y' is driven twice, first in line 3",
        "a signal has one driver; rename one of the two",
    ),
    "input driven": Refusal(
        ".inputs a b\n.outputs y\n.names a b\n1 1\n.names b y\n1 1\n",
        "a.blif:3:10: signal 'b' is driven twice, first in line 1",
        "a signal has one driver; rename one of the two",
    ),
    "input listed twice": Refusal(
        ".inputs a b\n.inputs a\n.outputs a\n",
        "a.blif:2:9: signal 'a' is driven twice, first in line 1",
        "a signal has one driver; rename one of the two",
    ),
    "latch and gate of one name": Refusal(
        ".inputs a b\n.outputs y\n.latch a y 0\n.names a b y\n11 1\n",
        "a.blif:4:12: signal 'y' is driven twice, first in line 3",
        "a signal has one driver; rename one of the two",
    ),
    "gate reads itself": Refusal(
        ".inputs a b\n.outputs y\n.names a y y\n11 1\n",
        "a.blif:3:12: combinational cycle: y <- y",
        "only a latch can close a loop",
    ),
    "loop of gates": Refusal(
        (".inputs a b\n.outputs y\n.names a z y\n11 1\n.names x b z\n11 1\n.names y x\n1 1\n"),
        "a.blif:3:12: combinational cycle: y <- z <- x <- y",
        "only a latch can close a loop",
    ),
    "latch without output": Refusal(
        ".inputs a b\n.outputs y\n.latch a\n",
        "a.blif:3:1: .latch takes 2 to 5 words, not 1",
        ".latch input output [type control] [initial value]",
    ),
    "latch of too many words": Refusal(
        ".inputs a b\n.outputs y\n.latch a y re b 0 0\n",
        "a.blif:3:1: .latch takes 2 to 5 words, not 6",
        ".latch input output [type control] [initial value]",
    ),
    "latch of unknown type": Refusal(
        ".inputs a b\n.outputs y\n.latch a y xx b 0\n",
        "a.blif:3:12: latch type 'xx'",
        "known are ah, al, as, fe, re",
    ),
    "latch of type without control": Refusal(
        ".inputs a b\n.outputs y\n.latch a y re\n",
        "a.blif:3:12: initial value 're'",
        "it is 0, 1, 2 (don't care) or 3 (unknown); after a type comes its control",
    ),
    "latch with initial value 4": Refusal(
        ".inputs a b\n.outputs y\n.latch a y 4\n",
        "a.blif:3:12: initial value '4'",
        "it is 0, 1, 2 (don't care) or 3 (unknown); after a type comes its control",
    ),
    "two edges": Refusal(
        ".inputs a b c\n.outputs y z\n.latch a y re c 0\n.latch b z fe c 0\n",
        "a.blif:4:12: latch type 'fe', but 're' in line 3",
        "latches load together here; make the circuit use one clock and one edge",
    ),
    "two clocks": Refusal(
        ".inputs a b c d\n.outputs y z\n.latch a y re c 0\n.latch b z re d 0\n",
        "a.blif:4:15: latch control 'd', but 'c' in line 3",
        "latches load together here; make the circuit use one clock and one edge",
    ),
    "two names of a model": Refusal(
        ".model a b\n",
        "a.blif:1:10: a model has one name",
        "",
    ),
    "model defined twice": Refusal(
        ".model m\n.end\n.model n\n.end\n.model n\n.end\n",
        "a.blif:5:8: model 'n' is defined twice",
        "",
    ),
    "statement between models": Refusal(
        ".model m\n.end\n.inputs a\n",
        "a.blif:3:1: .inputs outside a model",
        "start it by .model",
    ),
    "unknown model": Refusal(
        ".inputs a b\n.outputs y\n.subckt addr x=a\n.end\n.model adder\n.end\n",
        "a.blif:3:9: model 'addr' is not in this file",
        "did you mean adder?",
    ),
    "no model named": Refusal(
        ".inputs a b\n.outputs y\n.subckt\n",
        "a.blif:3:1: .subckt without a model",
        "",
    ),
    "not a connection": Refusal(
        ".inputs a b\n.outputs y\n.subckt m a\n.end\n.model m\n.end\n",
        "a.blif:3:11: 'a' connects nothing",
        "write port=signal",
    ),
    "unknown port": Refusal(
        (
            ".inputs a b\n"
            ".outputs y\n"
            ".subckt m b=a y=y\n"
            ".end\n"
            ".model m\n"
            ".inputs a\n"
            ".outputs y\n"
            ".names a y\n"
            "1 1\n"
            ".end\n"
        ),
        "a.blif:3:11: model 'm' has no port 'b'",
        "known are a, y",
    ),
    "port connected twice": Refusal(
        (
            ".inputs a b\n"
            ".outputs y\n"
            ".subckt m a=a a=b y=y\n"
            ".end\n"
            ".model m\n"
            ".inputs a\n"
            ".outputs y\n"
            ".names a y\n"
            "1 1\n"
            ".end\n"
        ),
        "a.blif:3:15: port 'a' is connected twice",
        "",
    ),
    "input of instance open": Refusal(
        (
            ".inputs a b\n"
            ".outputs y\n"
            ".subckt m y=y\n"
            ".end\n"
            ".model m\n"
            ".inputs a\n"
            ".outputs y\n"
            ".names a y\n"
            "1 1\n"
            ".end\n"
        ),
        "a.blif:3:9: input 'a' of model 'm' is not connected",
        "write a=signal",
    ),
    "undriven output of inner model": Refusal(
        (
            ".inputs a b\n"
            ".outputs y\n"
            ".subckt m a=a y=y\n"
            ".end\n"
            ".model m\n"
            ".inputs a\n"
            ".outputs y\n"
            ".end\n"
        ),
        "a.blif:7:10: signal 'y' is never driven",
        "an output needs a .names or .latch that defines it",
    ),
    "undriven signal of inner model": Refusal(
        (
            ".inputs a b\n"
            ".outputs y\n"
            ".subckt m a=a y=y\n"
            ".end\n"
            ".model m\n"
            ".inputs a\n"
            ".outputs y\n"
            ".names a c y\n"
            "11 1\n"
            ".end\n"
        ),
        "a.blif:8:10: signal 'm_1/c' is never driven",
        "define it by .names or .latch, or list it in .inputs",
    ),
    "black box": Refusal(
        (
            ".inputs a b\n"
            ".outputs y\n"
            ".subckt m a=a y=y\n"
            ".end\n"
            ".model m\n"
            ".inputs a\n"
            ".outputs y\n"
            ".blackbox\n"
            ".end\n"
        ),
        "a.blif:3:9: model 'm' is a black box",
        "the file does not say what it does; give its .names",
    ),
    "model that contains itself": Refusal(
        (".model m\n.outputs y\n.subckt n y=y\n.end\n.model n\n.outputs y\n.subckt m y=y\n.end\n"),
        "a.blif:1:8: a model contains itself: m <- n <- m",
        "",
    ),
    "loop through instances": Refusal(
        (
            ".outputs y\n"
            ".subckt not a=y y=y\n"
            ".end\n"
            ".model not\n"
            ".inputs a\n"
            ".outputs y\n"
            ".names a y\n"
            "0 1\n"
            ".end\n"
        ),
        "a.blif:7:10: combinational cycle: y <- y",
        "only a latch can close a loop",
    ),
    "buffer of three": Refusal(
        ".inputs a b\n.outputs y\n.conn a b y\n",
        "a.blif:3:1: .conn takes 2 signals, not 3",
        "write .conn from to",
    ),
}


@pytest.mark.parametrize("case", REFUSALS.values(), ids=REFUSALS.keys())
def test_refuses_with_a_place_and_a_way_out(case: Refusal) -> None:
    case.check(read)


def test_an_error_shows_the_line_and_the_place_in_it() -> None:
    with pytest.raises(SourceError) as caught:
        read(".inputs a\n.outputs y\n.names a b y # AND\n11 1\n")
    assert str(caught.value) == (
        "a.blif:3:10: signal 'b' is never driven\n"
        "    .names a b y # AND\n"
        "             ^\n"
        "  help: define it by .names or .latch, or list it in .inputs"
    )


def test_a_long_cycle_is_shown_from_both_ends() -> None:
    ring = "".join(f".names x{(i + 1) % 20} x{i}\n1 1\n" for i in range(20))
    with pytest.raises(SourceError) as caught:
        read(f".outputs x7\n{ring}")
    shown = "x0 <- x1 <- x2 <- x3 <- (14 more) <- x18 <- x19 <- x0"
    assert str(caught.value).startswith(f"a.blif:2:11: combinational cycle: {shown}\n")


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(SourceError, match=r"^a\.blif:2:2: byte 0xff is not text"):
        read_blif(b".inputs a\n.\xff", "a.blif")


def test_a_hierarchy_that_explodes_is_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blif_hierarchy, "MAX_STATEMENTS", 1000)
    levels = 60
    text = ".model m0\n.outputs y\n.names y\n" + "".join(f".subckt m1 y=y{i}\n" for i in range(2))
    for level in range(1, levels):
        below = "".join(f".subckt m{level + 1} y=y{i}\n" for i in range(2))
        text += f".model m{level}\n.outputs y\n.names y\n" + (below if level + 1 < levels else "")
    with pytest.raises(LimitError, match=r"^flattened, the models have more than 1,000 statements"):
        read(text)


def test_writes_a_model_that_reads_well() -> None:
    text = ".model m\n.inputs a b c\n.outputs y z k a\n.latch n q 1\n.names a q n\n0- 1\n-0 1\n"
    text += ".names a b c y\n11- 1\n0-1 1\n.names b c z\n00 0\n11 0\n.names k\n1\n.end\n"
    assert write_blif(read(text)).decode() == (
        ".model m\n.inputs a b c\n.outputs y z k a\n.latch n q 1\n.names a q n\n11 0\n"
        ".names a b c y\n11- 1\n0-1 1\n.names b c z\n01 1\n10 1\n.names k\n1\n"
        ".end\n"
    )


@given(circuits())
def test_any_circuit_comes_back_gate_for_gate(circuit: Circuit) -> None:
    again = read_blif(write_blif(circuit))
    assert nameless(again) == nameless(expand(circuit, KEPT, 8))
    assert agree(circuit, again, cycles=4)
    assert len(set(again.input_names)) == len(again.input_names)


def test_long_lists_are_continued() -> None:
    names = " ".join(f"signal{i}" for i in range(30))
    written = write_blif(read(f".inputs {names}\n.outputs signal1\n"))
    assert max(map(len, written.splitlines())) <= 100
    assert written.count(b"\\\n") == 2
    assert read(written.decode()).input_names == tuple(names.split())


def test_names_are_made_legal_and_unique() -> None:
    circuit = read(".inputs a b c\n.outputs x y\n.names a b x\n11 1\n.names a b c y\n111 1\n")
    outputs = (circuit.outputs[0], replace(circuit.outputs[1], name="x"))
    circuit = replace(circuit, input_names=("a b", "a b", "c#\\"), outputs=outputs)
    again = read_blif(write_blif(circuit))
    assert again.input_names == ("a%20b", "a%20b_2", "c%23%5C")
    assert [output.name for output in again.outputs] == ["x", "x_2"]
    assert again.labels == {8: "x", 10: "y"}


def test_wide_gates_are_written_as_narrow_ones_that_yosys_reads() -> None:
    names = " ".join(f"x{i}" for i in range(20))
    circuit = read(f".inputs {names}\n.outputs y\n.names {names} y\n{'1' * 20} 1\n")
    again = read_blif(write_blif(circuit))
    assert max(len(gate.operands) for gate in again.gates()) == 8
    assert abc_equivalent(circuit, again)


BLIF = ["adder", "ctrl", "int2float", "max", "priority"]
BENCH_85 = ["c17", "c432", "c499", "c880", "c1355", "c6288"]
BENCH_89 = ["s27", "s298", "s344", "s386", "s510", "s820", "s1196", "s1488"]


def shared(name: str, ending: str = ".blif") -> Path:
    folder = "epfl" if name in BLIF else "iscas85" if name in BENCH_85 else "iscas89"
    return SHARED / "circuits" / folder / f"{name}{ending}"


@needs_shared
@pytest.mark.parametrize("name", BLIF)
def test_real_files_come_back_gate_for_gate(name: str) -> None:
    circuit = read_blif(shared(name).read_bytes())
    again = read_blif(write_blif(circuit))
    assert again == expand(circuit, KEPT, 8)
    assert write_blif(again) == write_blif(circuit)


@needs_shared
@needs_yosys
@pytest.mark.parametrize("name", BLIF)
def test_abc_finds_real_files_equal_to_what_is_read_and_written(name: str, tmp_path: Path) -> None:
    circuit = read_blif(shared(name).read_bytes())
    written = tmp_path / "written.blif"
    written.write_bytes(write_blif(circuit))
    assert abc_equivalent(shared(name), circuit)
    assert abc_equivalent(circuit, written)


@needs_shared
@needs_yosys
@pytest.mark.parametrize("name", BLIF)
def test_blif_and_aiger_of_a_circuit_are_equal(name: str) -> None:
    blif = read_blif(shared(name).read_bytes())
    aiger = read_aiger(shared(name, ".aig").read_bytes())
    assert abc_equivalent(blif, aiger)
    assert agree(blif, aiger)


@needs_shared
@needs_yosys
@pytest.mark.parametrize("name", [*BENCH_85, *BENCH_89])
def test_bench_files_written_as_blif_stay_equal(name: str, tmp_path: Path) -> None:
    circuit = read_bench(shared(name, ".bench").read_bytes())
    written = tmp_path / "written.blif"
    written.write_bytes(write_blif(circuit))
    assert read_blif(written.read_bytes()) == expand(circuit, KEPT, 8)
    assert abc_equivalent(shared(name, ".bench"), written)


@needs_shared
@needs_yosys
def test_one_changed_gate_is_noticed() -> None:
    circuit = read_blif(shared("ctrl").read_bytes())
    assert not abc_equivalent(shared("ctrl"), mutated(circuit))
    assert not agree(circuit, mutated(circuit))
