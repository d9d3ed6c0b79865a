""".bench: each trap of the format, each refusal word by word, and real files there and back."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given
from oracle import SHARED, abc_equivalent, needs_shared, needs_yosys
from refusals import Refusal
from sampling import agree, mutated, nameless
from strategies import circuits

from circuits.builder import Builder
from circuits.circuit import Circuit, Op
from circuits.errors import LimitError
from circuits.evaluate import simulate, truth_table
from circuits.expand import expand
from circuits.formats.bench import read_bench, write_bench
from circuits.formats.blif import read_blif

KEPT = frozenset({Op.AND, Op.XOR})


def read(text: str, tie_undriven: bool = False) -> Circuit:
    return read_bench(text.encode(), "a.bench", tie_undriven)


def tables(text: str) -> dict[str, int]:
    circuit = read(text)
    names = [output.name for output in circuit.outputs]
    return dict(zip(names, truth_table(circuit), strict=True))


def test_reads_the_example_of_the_documentation() -> None:
    text = """
        INPUT(x)
        OUTPUT(sum)
        q = DFF(sum)        # use before definition is usual
        sum = XOR(x, q)
    """
    assert str(read(text)) == (
        "circuit -\n"
        "  %1 = input x\n"
        "  %2 = latch q reset 0 next %3\n"
        "  %3 = xor %1 %2  ; sum\n"
        "  output sum = %3\n"
    )


@pytest.mark.parametrize(
    ("gate", "table"),
    [
        ("AND(a, b, c)", 0b10000000),
        ("NAND(a, b, c)", 0b01111111),
        ("OR(a, b, c)", 0b11111110),
        ("NOR(a, b, c)", 0b00000001),
        ("XOR(a, b, c)", 0b10010110),
        ("XNOR(a, b, c)", 0b01101001),
        ("NXOR(a, b)", 0b10011001),
        ("AND(a)", 0b10101010),
        ("NAND(a)", 0b01010101),
        ("NOT(b)", 0b00110011),
        ("INV(b)", 0b00110011),
        ("BUF(b)", 0b11001100),
        ("BUFF(b)", 0b11001100),
        ("MUX(a, b, c)", 0b11011000),
        ("LUT 0x8 (a, b)", 0b10001000),
        ("LUT 0x2 (a, b)", 0b00100010),
        ("LUT 0xd8 (a, b, c)", 0b11011000),
        ("LUT 0xD8(a,b,c)", 0b11011000),
        ("LUT 0x2 (c)", 0b11110000),
        ("LUT 0x1 ()", 0b11111111),
        ("gnd", 0),
        ("vdd", 0b11111111),
        ("VDD()", 0b11111111),
        ("AND(a, vdd)", 0b10101010),
        ("or(b,gnd)", 0b11001100),
        ("Nand ( a ,b )  # comment", 0b01110111),
    ],
)
def test_gates(gate: str, table: int) -> None:
    assert tables(f"INPUT(a)\nINPUT(b)\nINPUT(c)\nOUTPUT(y)\ny = {gate}\n") == {"y": table}


@needs_yosys
@pytest.mark.parametrize(
    "gate", ["NAND(a, b, c)", "MUX(a, b, c)", "LUT 0x2 (a, b)", "LUT 0xd8 (a, b, c)", "vdd"]
)
def test_abc_reads_these_gates_alike(gate: str, tmp_path: Path) -> None:
    text = f"INPUT(a)\nINPUT(b)\nINPUT(c)\nOUTPUT(y)\ny = {gate}\n"
    (tmp_path / "a.bench").write_text(text)
    assert abc_equivalent(tmp_path / "a.bench", read(text))


def test_keywords_and_blanks_are_free() -> None:
    text = "input ( a )\r\n\tInput(b)\r\nOUTPUT( y )# y\r\n\r\ny=and( a,b )\r\n"
    assert tables(text) == {"y": 0b1000}


def test_names_are_any_characters_but_the_reserved() -> None:
    text = "INPUT(1)\nINPUT(G[2].x)\nOUTPUT(INPUT)\nINPUT = AND(1, G[2].x)\n"
    assert tables(text) == {"INPUT": 0b1000}


def test_signals_named_like_the_constants_are_theirs() -> None:
    assert tables("INPUT(vdd)\nOUTPUT(y)\ny = NOT(vdd)\n") == {"y": 0b01}


@pytest.mark.parametrize(("kind", "reset"), [("DFF", 0), ("DFF0", 0), ("DFF1", 1), ("dff", 0)])
def test_a_flip_flop_starts_at_0_unless_its_kind_says_1(kind: str, reset: int) -> None:
    [latch] = read(f"OUTPUT(q)\nq = {kind}(n)\nn = NOT(q)\n").latches
    assert (latch.name, latch.reset) == ("q", reset)


def test_outputs_may_be_inputs_repeat_and_precede_their_driver() -> None:
    circuit = read("OUTPUT(y)\nOUTPUT(a)\nOUTPUT(y)\ny = NOT(a)\nINPUT(a)\n")
    assert [(o.name, o.literal) for o in circuit.outputs] == [("y", 3), ("a", 2), ("y", 3)]


def test_use_before_definition_keeps_the_order_of_the_file_otherwise() -> None:
    circuit = read("INPUT(a)\nINPUT(b)\nz = AND(x, y)\nOUTPUT(z)\ny = OR(a, b)\nx = XOR(a, b)\n")
    assert [circuit.node_name(gate.node) for gate in circuit.gates()] == ["x", "y", "z"]
    assert [circuit.lines[gate.node] for gate in circuit.gates()] == [6, 5, 3]


def test_undriven_signals_are_0_on_request() -> None:
    text = "INPUT(a)\nOUTPUT(y)\nOUTPUT(u)\ny = OR(a, dead)\nq = DFF(gone)\n"
    circuit = read(text, tie_undriven=True)
    assert [output.literal for output in circuit.outputs] == [2, 0]
    assert circuit.latches[0].next == 0


def test_a_large_table_is_a_limit() -> None:
    operands = ", ".join(["a"] * 17)
    with pytest.raises(LimitError) as caught:
        read(f"INPUT(a)\nOUTPUT(y)\ny = LUT 0x8 ({operands})\n")
    assert str(caught.value) == "a.bench:3:5: a LUT of 17 inputs; 16 is the most"


REFUSALS = {
    "empty file": Refusal(
        "",
        "a.bench:1: there is no circuit in this file",
        "a port is INPUT(x)",
    ),
    "a web page": Refusal(
        "<html>\n<body>404: not found</body>\n",
        "a.bench:1:1: not a statement",
        "a line is INPUT(x), OUTPUT(y) or z = GATE(a, b)",
    ),
    "gates without ports": Refusal(
        "y = AND(a, b)\n",
        "a.bench:1: there is no circuit in this file",
        "a port is INPUT(x)",
    ),
    "misspelt port": Refusal(
        "IMPUT(a)\n",
        "a.bench:1:1: not a statement",
        "a line is INPUT(x), OUTPUT(y) or z = GATE(a, b)",
    ),
    "port of nothing": Refusal(
        "INPUT()\n",
        "a.bench:1:1: INPUT takes 1 signal, not 0",
        "",
    ),
    "port of two": Refusal(
        "INPUT(a, b)\n",
        "a.bench:1:1: INPUT takes 1 signal, not 2",
        "",
    ),
    "port without parentheses": Refusal(
        "INPUT a\n",
        "a.bench:1:7: 'a' where '(' belongs",
        "a line is INPUT(x), OUTPUT(y) or z = GATE(a, b)",
    ),
    "port not closed": Refusal(
        "INPUT(a\n",
        "a.bench:1:8: the line ends where ',' or ')' belongs",
        "a line is INPUT(x), OUTPUT(y) or z = GATE(a, b)",
    ),
    "port without anything": Refusal(
        "INPUT\n",
        "a.bench:1:6: the line ends where '(' belongs",
        "a line is INPUT(x), OUTPUT(y) or z = GATE(a, b)",
    ),
    "something after a port": Refusal(
        "INPUT(a) INPUT(b)\n",
        "a.bench:1:10: 'INPUT' where the end of the line belongs",
        "a line is INPUT(x), OUTPUT(y) or z = GATE(a, b)",
    ),
    "gate without parentheses": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\ny = AND a, b\n",
        "a.bench:4:9: 'a' where '(' belongs",
        "a line is INPUT(x), OUTPUT(y) or z = GATE(a, b)",
    ),
    "gate not closed": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\ny = AND(a, b\n",
        "a.bench:4:13: the line ends where ',' or ')' belongs",
        "a line is INPUT(x), OUTPUT(y) or z = GATE(a, b)",
    ),
    "comma at the end": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\ny = AND(a, b,)\n",
        "a.bench:4:14: ')' where a signal belongs",
        "a line is INPUT(x), OUTPUT(y) or z = GATE(a, b)",
    ),
    "comma at the start": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\ny = AND(, b)\n",
        "a.bench:4:9: ',' where a signal or ')' belongs",
        "a line is INPUT(x), OUTPUT(y) or z = GATE(a, b)",
    ),
    "two commas": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\ny = AND(a,, b)\n",
        "a.bench:4:11: ',' where a signal belongs",
        "a line is INPUT(x), OUTPUT(y) or z = GATE(a, b)",
    ),
    "no comma": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\ny = AND(a b)\n",
        "a.bench:4:11: 'b' where ',' or ')' belongs",
        "a line is INPUT(x), OUTPUT(y) or z = GATE(a, b)",
    ),
    "gate in a gate": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\ny = AND(a, OR(a, b))\n",
        "a.bench:4:14: '(' where ',' or ')' belongs",
        "a line is INPUT(x), OUTPUT(y) or z = GATE(a, b)",
    ),
    "something after a gate": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\ny = AND(a, b);\n",
        "a.bench:4:14: ';' where the end of the line belongs",
        "a line is INPUT(x), OUTPUT(y) or z = GATE(a, b)",
    ),
    "no gate": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\ny =\n",
        "a.bench:4:1: not a statement",
        "a line is INPUT(x), OUTPUT(y) or z = GATE(a, b)",
    ),
    "gate left out": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\ny = (a, b)\n",
        "a.bench:4:5: '(' where a gate belongs",
        "a line is INPUT(x), OUTPUT(y) or z = GATE(a, b)",
    ),
    "no signal": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\n= AND(a, b)\n",
        "a.bench:4:1: not a statement",
        "a line is INPUT(x), OUTPUT(y) or z = GATE(a, b)",
    ),
    "two equal signs": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\ny == AND(a, b)\n",
        "a.bench:4:4: '=' where a gate belongs",
        "a line is INPUT(x), OUTPUT(y) or z = GATE(a, b)",
    ),
    "misspelt gate": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\ny = NADN(a, b)\n",
        "a.bench:4:5: unknown gate 'NADN'",
        "did you mean NAND?",
    ),
    "gate of nothing": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\ny = AND()\n",
        "a.bench:4:5: AND takes at least 1 operand, not 0",
        "",
    ),
    "inverter of two": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\ny = NOT(a, b)\n",
        "a.bench:4:5: NOT takes 1 operand, not 2",
        "",
    ),
    "buffer of nothing": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\ny = BUFF()\n",
        "a.bench:4:5: BUFF takes 1 operand, not 0",
        "",
    ),
    "multiplexer of two": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\ny = MUX(a, b)\n",
        "a.bench:4:5: MUX takes 3 operands, not 2",
        "",
    ),
    "constant of one": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\ny = gnd(a)\n",
        "a.bench:4:5: gnd takes 0 operands, not 1",
        "",
    ),
    "flip-flop of two": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\ny = DFF(a, b)\n",
        "a.bench:4:5: DFF takes 1 operand, not 2",
        "",
    ),
    "flip-flop with set and reset": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\ny = DFFRSE(a, a, b, b, b)\n",
        "a.bench:4:5: DFFRSE is not supported",
        "a DFF has one operand here, what it loads",
    ),
    "table missing": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\ny = LUT(a, b)\n",
        "a.bench:4:8: LUT without a truth table",
        "write it as in LUT 0x8 (a, b)",
    ),
    "table not hexadecimal": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\ny = LUT 8 (a, b)\n",
        "a.bench:4:9: LUT without a truth table",
        "write it as in LUT 0x8 (a, b)",
    ),
    "table without operands": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\ny = LUT 0x8\n",
        "a.bench:4:12: the line ends where '(' belongs",
        "a line is INPUT(x), OUTPUT(y) or z = GATE(a, b)",
    ),
    "table too long": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\ny = LUT 0x10 (a, b)\n",
        "a.bench:4:9: a truth table of more than 4 bits for 2 operands",
        "",
    ),
    "table at the end": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\ny = LUT\n",
        "a.bench:4:5: LUT without a truth table",
        "write it as in LUT 0x8 (a, b)",
    ),
    "undriven signal": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\ny = AND(a, c)\n",
        "a.bench:4:12: signal 'c' is never driven",
        "define it or declare it INPUT; if nothing depends on it, tie undriven signals to 0",
    ),
    "undriven output": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\nz = AND(a, b)\n",
        "a.bench:3:8: signal 'y' is never driven",
        "define it or declare it INPUT; if nothing depends on it, tie undriven signals to 0",
    ),
    "undriven next state": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\ny = DFF(d)\n",
        "a.bench:4:9: signal 'd' is never driven",
        "define it or declare it INPUT; if nothing depends on it, tie undriven signals to 0",
    ),
    "signal driven twice": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\ny = AND(a, b)\ny = OR(a, b)\n",
        "a.bench:5:1: signal 'y' is driven twice, first in line 4",
        "a signal has one driver; rename one of the two",
    ),
    "input driven": Refusal(
        "y = AND(a, b)\nINPUT(a)\nINPUT(b)\nINPUT(y)\nOUTPUT(y)\n",
        "a.bench:4:7: signal 'y' is driven twice, first in line 1",
        "a signal has one driver; rename one of the two",
    ),
    "input twice": Refusal(
        "INPUT(a)\nINPUT(a)\nOUTPUT(a)\n",
        "a.bench:2:7: signal 'a' is driven twice, first in line 1",
        "a signal has one driver; rename one of the two",
    ),
    "gate reads itself": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\ny = NOT(y)\n",
        "a.bench:4:1: combinational cycle: y <- y",
        "only a latch can close a loop",
    ),
    "loop of gates": Refusal(
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\ny = AND(a, z)\nz = OR(x, b)\nx = NOT(y)\n",
        "a.bench:4:1: combinational cycle: y <- z <- x <- y",
        "only a latch can close a loop",
    ),
}


@pytest.mark.parametrize("case", REFUSALS.values(), ids=REFUSALS.keys())
def test_refuses_with_a_place_and_a_way_out(case: Refusal) -> None:
    case.check(read)


def test_writes_the_gates_that_every_tool_knows() -> None:
    text = "INPUT(a)\nINPUT(b)\nOUTPUT(y)\nOUTPUT(z)\nOUTPUT(k)\nOUTPUT(one)\nOUTPUT(a)\n"
    text += "q = DFF1(y)\nr = DFF(n)\ny = NAND(a, b, q)\nn = OR(a, y)\nz = XNOR(n, r)\n"
    text += "k = XOR(a, a)\none = vdd\n"
    assert write_bench(read(text)).decode() == (
        "INPUT(a)\nINPUT(b)\nOUTPUT(y)\nOUTPUT(z)\nOUTPUT(k)\nOUTPUT(one)\nOUTPUT(a)\n"
        "q_not = DFF(y_not)\nr = DFF(n)\nq = NOT(q_not)\n"
        "y = NAND(a, b, q)\nn = OR(a, y)\nz = XNOR(r, n)\ny_not = NOT(y)\n"
        "k = gnd\none = vdd\n"
    )


def test_a_latch_that_starts_at_1_is_written_as_an_inverted_one_that_starts_at_0() -> None:
    circuit = read("INPUT(a)\nOUTPUT(q)\nq = DFF1(n)\nn = XOR(a, q)\n")
    again = read_bench(write_bench(circuit))
    assert [(latch.name, latch.reset) for latch in again.latches] == [("q_not", 0)]
    assert agree(circuit, again, cycles=5)
    assert read_bench(write_bench(again)) == again


def test_an_uninitialised_latch_is_written_as_one_that_starts_at_0() -> None:
    circuit = read_blif(b".inputs d\n.outputs q\n.latch d q\n")
    assert circuit.latches[0].reset is None
    assert read_bench(write_bench(circuit)).latches[0].reset == 0


def test_parities_are_written_two_by_two_because_abc_aborts_at_more() -> None:
    circuit = read("INPUT(a)\nINPUT(b)\nINPUT(c)\nOUTPUT(y)\ny = XOR(a, b, c)\n")
    assert max(len(gate.operands) for gate in circuit.gates()) == 3
    again = read_bench(write_bench(circuit))
    assert [len(gate.operands) for gate in again.gates()] == [2, 2]
    assert truth_table(again) == truth_table(circuit)


def test_names_are_made_legal_and_unique() -> None:
    builder = Builder("two of a name")
    a, b = builder.input("a, b"), builder.input("a, b")
    x, y = builder.and_(a, b), builder.xor(a, b)
    for gate in (x, y):
        builder.label(gate, "g(1)")
    for gate in (x, y, x):
        builder.output("y=", gate)
    again = read_bench(write_bench(builder.build()))
    assert again.input_names == ("a%2C%20b", "a%2C%20b_2")
    assert [(o.name, o.literal) for o in again.outputs] == [
        ("y%3D", 6),
        ("y%3D_2", 8),
        ("y%3D", 6),
    ]
    assert list(again.labels.values()) == ["g%281%29", "g%281%29_2"]


def test_a_circuit_without_ports_is_not_written() -> None:
    with pytest.raises(LimitError, match=r"^a circuit without inputs and outputs has no \.bench$"):
        write_bench(Builder().build())


@given(circuits())
def test_any_circuit_comes_back(circuit: Circuit) -> None:
    assume(circuit.input_names or circuit.outputs)
    again = read_bench(write_bench(circuit))
    assert agree(circuit, again, cycles=4)
    assert len(set(again.input_names)) == len(again.input_names)
    assert max((len(g.operands) for g in again.gates() if g.op is Op.XOR), default=2) == 2


@given(circuits(max_latches=0))
def test_combinational_circuits_come_back_gate_for_gate(circuit: Circuit) -> None:
    assume(circuit.input_names or circuit.outputs)
    narrow = expand(circuit, KEPT, 2)
    assert nameless(read_bench(write_bench(narrow))) == nameless(narrow)


BENCH_85 = ["c17", "c432", "c499", "c880", "c1355", "c6288"]
BENCH_89 = ["s27", "s298", "s344", "s386", "s510", "s820", "s1196", "s1488"]
BLIF = ["adder", "ctrl", "int2float", "max", "priority"]


def shared(name: str) -> Path:
    folder = "iscas85" if name in BENCH_85 else "iscas89"
    return SHARED / "circuits" / folder / f"{name}.bench"


@needs_shared
@pytest.mark.parametrize("name", [*BENCH_85, *BENCH_89])
def test_real_files_come_back_gate_for_gate(name: str) -> None:
    circuit = read_bench(shared(name).read_bytes())
    written = write_bench(circuit)
    assert read_bench(written) == circuit
    assert write_bench(read_bench(written)) == written


@needs_shared
@needs_yosys
@pytest.mark.parametrize("name", [*BENCH_85, *BENCH_89])
def test_abc_finds_real_files_equal_to_what_is_read_and_written(name: str, tmp_path: Path) -> None:
    circuit = read_bench(shared(name).read_bytes())
    written = tmp_path / "written.bench"
    written.write_bytes(write_bench(circuit))
    assert abc_equivalent(shared(name), circuit)
    assert abc_equivalent(shared(name), written)


@needs_shared
@pytest.mark.parametrize("name", [*BENCH_85, *BENCH_89])
def test_every_named_gate_knows_its_line(name: str) -> None:
    lines = shared(name).read_text().splitlines()
    circuit = read_bench(shared(name).read_bytes())
    assert len(circuit.labels) > 0.8 * circuit.gate_count
    for literal, label in circuit.labels.items():
        assert lines[circuit.lines[literal >> 1] - 1].replace(" ", "").startswith(f"{label}=")


@needs_shared
@needs_yosys
@pytest.mark.parametrize("name", BLIF)
def test_blif_files_written_as_bench_stay_equal(name: str, tmp_path: Path) -> None:
    source = SHARED / "circuits" / "epfl" / f"{name}.blif"
    written = tmp_path / "written.bench"
    written.write_bytes(write_bench(read_blif(source.read_bytes())))
    assert abc_equivalent(source, written)


@needs_shared
@needs_yosys
@pytest.mark.parametrize("name", ["c17", "s27"])
def test_one_changed_gate_is_noticed(name: str) -> None:
    circuit = read_bench(shared(name).read_bytes())
    assert not abc_equivalent(shared(name), mutated(circuit))
    assert not agree(circuit, mutated(circuit), cycles=20)


@needs_shared
@needs_yosys
def test_one_changed_reset_is_noticed() -> None:
    circuit = read_bench(shared("s27").read_bytes())
    first, *rest = circuit.latches
    changed = replace(circuit, latches=(replace(first, reset=1), *rest))
    assert not agree(circuit, changed, cycles=20)


@needs_shared
def test_s27_steps_as_its_equations_say() -> None:
    circuit = read_bench(shared("s27").read_bytes())
    inputs = [[(cycle >> i) & 1 for i in range(4)] for cycle in range(16)]
    g5 = g6 = g7 = False
    for (g0, g1, g2, g3), step in zip(inputs, simulate(circuit, inputs), strict=True):
        g8 = bool(not g0 and g6)
        g12 = not (g1 or g7)
        g9 = not ((g3 or g8) and (g12 or g8))
        g11 = not (g5 or g9)
        assert step.outputs == (int(not g11),)
        g5, g6, g7 = not (not g0 or g11), g11, not (g2 or g12)
