"""Verilog through Yosys: ports, registers, values, and what is refused."""

from dataclasses import replace
from importlib import util
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest
from oracle import SHARED, abc_equivalent, needs_shared, needs_yosys
from vectors import run_on_words

from circuits.circuit import Circuit
from circuits.errors import LimitError, SourceError
from circuits.evaluate import simulate, truth_table
from circuits.formats.bench import read_bench
from circuits.formats.verilog import read_verilog

pytestmark = needs_yosys

PORTS = rb"""module top(clk, a, b, \c[0] , unused, y, z, q);
  input clk;
  input [3:0] a;
  input [0:2] b;
  input \c[0] ;
  input unused;
  output [8:7] y;
  output z;
  output [1:0] q;
  reg [1:0] q = 2'd2;
  always @(posedge clk) if (a[0]) q <= q + 1;
  assign y = {a[3] & b[0], b[2]};
  assign z = \c[0] ? a[1] : ^a;
endmodule
"""


class Refusal(NamedTuple):
    source: str
    report: str


def module(body: str, ports: str = "input a, output y") -> str:
    return f"module m({ports});\n{body}\nendmodule\n"


CLOCKED = "input c, d, a, output reg y, z"
ONE_CLOCK = "a circuit has one clock and steps at one of its edges"
ONE_DRIVER = "a wire has one driver, 0 or 1 at all times"
YOSYS = "this is what Yosys says; it reads synthesisable Verilog"

REFUSALS = {
    "syntax": Refusal(
        module("assign y = a &;"),
        "x.v:2: syntax error, unexpected ';'\n    assign y = a &;\n  help: " + YOSYS,
    ),
    "unknown module": Refusal(
        module("inverter i(a, y);"),
        "x.v: Module `inverter' referenced in module `m' in cell `i' is not part of the design\n"
        "  help: " + YOSYS,
    ),
    "missing include": Refusal(
        '`include "nowhere.vh"\n' + module("assign y = a;"),
        "x.v: Can't open include file `nowhere.vh'!\n  help: " + YOSYS,
    ),
    "no module": Refusal("// empty\n", "x.v: no module\n  help: is this a Verilog file?"),
    "two tops": Refusal(
        module("assign y = a;") + "module n(input a, output y); assign y = a; endmodule\n",
        "x.v: several modules could be the top: m, n\n  help: say which one is",
    ),
    "undriven wire": Refusal(
        module("wire w;\nassign y = a & w;"),
        f"x.v:3: w is read but not driven\n    assign y = a & w;\n  help: {ONE_DRIVER}",
    ),
    "undriven output": Refusal(
        module("assign y = a;", "input a, output y,\noutput z"),
        f"x.v:2: z is read but not driven\n    output z);\n  help: {ONE_DRIVER}",
    ),
    "tri-state": Refusal(
        module("assign y = a ? 1'b1 : 1'bz;"),
        f"x.v:2: 'z' is read\n    assign y = a ? 1'b1 : 1'bz;\n  help: {ONE_DRIVER}",
    ),
    "two drivers": Refusal(
        module("assign y = a;\nassign y = b;", "input a, b, output y"),
        "x.v: multiple conflicting drivers for m.a: module input b[0] module input a[0]\n"
        "  help: a wire has one driver",
    ),
    "bidirectional port": Refusal(
        module("assign y = a;", "input a, inout y"),
        "x.v:1: port y is bidirectional\n    module m(input a, inout y);\n"
        "  help: split it into an input and an output",
    ),
    "cycle": Refusal(
        module("wire w;\nassign w = a & y;\nassign y = ~w;"),
        "x.v:3: combinational cycle: w <- y <- w\n    assign w = a & y;\n"
        "  help: only a register can close a loop",
    ),
    "two clocks": Refusal(
        module("always @(posedge c) y <= a;\nalways @(posedge d) z <= a;", CLOCKED),
        "x.v:3: this register is clocked by posedge d, the one in line 2 by posedge c\n"
        f"    always @(posedge d) z <= a;\n  help: {ONE_CLOCK}",
    ),
    "two edges": Refusal(
        module("always @(posedge c) y <= a;\nalways @(negedge c) z <= a;", CLOCKED),
        "x.v:3: this register is clocked by negedge c, the one in line 2 by posedge c\n"
        f"    always @(negedge c) z <= a;\n  help: {ONE_CLOCK}",
    ),
    "gated clock": Refusal(
        module("wire g = c & d;\nalways @(posedge g) y <= a;\nalways @* z = a;", CLOCKED),
        "x.v:3: the clock g is not an input\n    always @(posedge g) y <= a;\n"
        "  help: clock registers by an input; gate their data instead",
    ),
    "level-sensitive latch": Refusal(
        module("always @* if (c) y = a;", "input c, a, output reg y"),
        "x.v:2: a level-sensitive latch cannot be a gate or a latch\n    always @* if (c) y = a;\n"
        "  help: does an 'always @*' leave a case open?",
    ),
    "transistors": Refusal(
        module("nmos(y, a, a);"),
        "x.v:2: syntax error, unexpected '(', expecting TOK_ID or '#'\n    nmos(y, a, a);\n"
        "  help: " + YOSYS,
    ),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS.keys())
def test_what_is_no_synchronous_circuit_is_refused(refusal: Refusal) -> None:
    with pytest.raises(SourceError) as caught:
        read_verilog(refusal.source.encode(), "x.v")
    assert str(caught.value) == refusal.report


def test_ports_are_named_by_their_indices_least_significant_first() -> None:
    circuit = read_verilog(PORTS, "ports.v")
    assert circuit.input_names == (
        *("a[0]", "a[1]", "a[2]", "a[3]"),
        *("b[2]", "b[1]", "b[0]"),
        *("c[0]", "unused"),
    )
    assert [o.name for o in circuit.outputs] == ["y[7]", "y[8]", "z", "q[0]", "q[1]"]
    assert [(x.name, x.reset) for x in circuit.latches] == [("q[0]", 0), ("q[1]", 1)]
    assert circuit.name == "top"
    assert circuit.source == "ports.v"


def test_gates_keep_their_kind_their_names_and_their_lines() -> None:
    circuit = read_verilog(PORTS, "ports.v")
    names = {name: literal >> 1 for literal, name in circuit.labels.items()}
    assert circuit.position(names["z"]).line == 13
    assert circuit.position(names["y[8]"]).line == 12
    assert {gate.op.name for gate in circuit.gates()} == {"AND", "XOR", "MUX"}


def test_registers_start_at_their_initial_values_and_step_together() -> None:
    circuit = read_verilog(PORTS)
    enable, others = (1, 0, 1, 1, 1), (0,) * 8
    steps = simulate(circuit, [(bit, *others) for bit in enable])
    assert [step.outputs[3] + 2 * step.outputs[4] for step in steps] == [2, 3, 3, 0, 1]


def test_a_clock_that_is_data_too_stays_an_input() -> None:
    body = "always @(posedge c) y <= a;\nassign z = c & a;"
    circuit = read_verilog(module(body, "input c, a, output reg y, output z").encode())
    assert circuit.input_names == ("c", "a")


def test_registers_without_initial_value_are_uninitialised_and_sorted_by_number() -> None:
    body = "always @(posedge c) q <= {q, a};"
    circuit = read_verilog(module(body, "input c, a, output reg [10:0] q").encode())
    assert [x.name for x in circuit.latches] == [f"q[{i}]" for i in range(11)]
    assert {x.reset for x in circuit.latches} == {None}


def test_of_several_names_of_a_net_the_highest_in_the_hierarchy_counts() -> None:
    source = "module dff(input k, d, output reg Q); always @(posedge k) Q <= d; endmodule\n"
    source += module("dff zz(c, a, state);\nassign y = ~state;", "input c, a, output y")
    assert [x.name for x in read_verilog(source.encode()).latches] == ["state"]


def test_an_asynchronous_reset_acts_within_the_cycle() -> None:
    body = "always @(posedge c or negedge r) if (!r) y <= 1; else y <= a;"
    circuit = read_verilog(module(body, "input c, r, a, output reg y").encode())
    assert [x.name for x in circuit.latches] == ["y"]
    steps = simulate(circuit, [(1, 0), (0, 0), (1, 0), (1, 1), (1, 0)])  # r, a
    assert [step.outputs[0] for step in steps] == [0, 1, 1, 0, 1]


def test_unknown_values_are_zero_and_prints_are_left_out() -> None:
    body = "initial $display(\"hello\");\nassign y = a ? 1'bx : 1'b1;"
    assert truth_table(read_verilog(module(body).encode())) == [0b01]


def test_memories_become_latches() -> None:
    body = "reg [1:0] r [0:3];\nalways @(posedge c) r[w] <= d;\nassign y = r[w];"
    ports = "input c, input [1:0] w, d, output [1:0] y"
    circuit = read_verilog(module(body, ports).encode())
    assert len(circuit.latches) == 8
    steps = simulate(circuit, [(1, 0, 1, 1), (0, 1, 1, 0), (1, 0, 0, 0), (0, 1, 0, 0)])
    assert [step.outputs for step in steps] == [(0, 0), (0, 0), (1, 1), (1, 0)]


def test_behavioural_arithmetic_agrees_with_python() -> None:
    body = "assign s = a * b + (a >> b[2:0]);\nassign l = a < b;"
    circuit = read_verilog(
        module(body, "input [7:0] a, b, output [15:0] s, output l").encode(), "alu.v"
    )
    random = Random(1)
    samples = [{"a": random.getrandbits(8), "b": random.getrandbits(8)} for _ in range(64)]
    for sample, result in zip(samples, run_on_words(circuit, samples), strict=True):
        a, b = sample["a"], sample["b"]
        assert result == {"s": (a * b + (a >> b % 8)) % (1 << 16), "l": int(a < b)}


def test_the_top_may_be_chosen() -> None:
    source = (REFUSALS["two tops"].source + "\n// end\n").encode()
    assert read_verilog(source, top="n").name == "n"
    with pytest.raises(SourceError, match="Module `k' not found"):
        read_verilog(source, "x.v", top="k")
    with pytest.raises(SourceError, match="'m; exec' is not the name of a module"):
        read_verilog(source, "x.v", top="m; exec")


def test_the_top_is_the_module_above_the_others() -> None:
    source = "module leaf(input a, output y); assign y = ~a; endmodule\n" + module("leaf l(a, y);")
    assert read_verilog(source.encode()).name == "m"


def test_system_verilog_is_told_by_the_ending() -> None:
    source = module("logic w;\nalways_comb w = !a;\nassign y = w;").encode()
    assert truth_table(read_verilog(source, "x.sv")) == [0b01]
    with pytest.raises(SourceError, match=r"x\.v:2: syntax error"):
        read_verilog(source, "x.v")


def test_includes_are_found_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "not.vh").write_text("assign y = ~a;\n")
    source = module('`include "not.vh"').encode()
    assert truth_table(read_verilog(source, str(tmp_path / "x.v"))) == [0b01]
    (tmp_path / "not.vh").write_text("\nassign y = ~;\n")
    with pytest.raises(SourceError) as caught:
        read_verilog(source, str(tmp_path / "x.v"))
    report = f"{tmp_path / 'not.vh'}:2: syntax error, unexpected ';'"
    assert str(caught.value).splitlines()[0] == report


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    read_verilog(module("assign y = a;").encode())
    with pytest.raises(SourceError):
        read_verilog(b"module\n")
    assert capfd.readouterr() == ("", "")


def test_without_yosys_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("circuits.formats.yosys.find_spec", lambda name: None)
    assert util.find_spec("pyosys") is not None
    with pytest.raises(LimitError, match=r"needs Yosys: pip install 'sgdcc\[verilog\]'"):
        read_verilog(b"")


def read(path: str) -> Circuit:
    file = SHARED / "circuits" / path
    return (read_verilog if file.suffix == ".v" else read_bench)(file.read_bytes(), str(file))


@needs_shared
@pytest.mark.parametrize("name", ["iscas85/c17", "iscas85/c432", "iscas89/s27"])
def test_benchmarks_equal_their_bench_files(name: str) -> None:
    circuit, bench = read(f"{name}.v"), read(f"{name}.bench")
    assert [x.lstrip("N") for x in circuit.input_names] == list(bench.input_names)
    assert [o.name.lstrip("N") for o in circuit.outputs] == [o.name for o in bench.outputs]
    assert abc_equivalent(circuit, SHARED / "circuits" / f"{name}.bench")
    first = circuit.outputs[0]
    changed = replace(
        circuit, outputs=(replace(first, literal=first.literal ^ 1), *circuit.outputs[1:])
    )
    assert not abc_equivalent(changed, SHARED / "circuits" / f"{name}.bench")
