"""Nets read back as circuits are their sources, as ABC proves for all inputs and states."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from command_line import sgdcc
from decompiled import one_step, proved_equal, resets, seen_different
from hypothesis import assume, given, settings
from oracle import SHARED, abc_equivalent, needs_shared, needs_yosys
from strategies import circuits

from circuits.builder import Builder
from circuits.catalog import LEARNERS as LEARNER_NAMES
from circuits.catalog import builtin_learner
from circuits.circuit import Circuit
from circuits.evaluate import evaluate
from circuits.formats import read_circuit
from compiler.decompile import decompile
from compiler.decompile.hidden_gates import absorb_hidden_gates
from compiler.net import EdgeRole, Net, Role, Target, Unit
from compiler.netfile import save_net
from compiler.passes.lower_to_threshold import lower_to_threshold
from compiler.passes.merge_symmetric import merge_symmetric
from compiler.passes.simplify import simplify
from compiler.pipeline import compile_net

FOLDER = SHARED / "circuits"
NOT_CIRCUITS = {"invalid_py_aiger_test2", "empty"}
"""Invalid on purpose; and a file without inputs and outputs."""
MORE_THAN_30_000_GATES = {"aes_128", "sha256"}
SLOW = {"multiplier", "max", "bar"}
"""Named by their stems, so that collecting the tests reads nothing."""
LEARNERS = (
    "parity:bits=2", "parity:bits=3", "parity:bits=16", "conjunction:bits=3,samples=4",
    "conjunction:bits=3,samples=4,monotone=1", "nearest:bits=3,samples=4,k=3", "winnow:bits=4",
    "perceptron:bits=3,width=4", "random_subset:bits=4,confirmations=3", "tape_conjunction:bits=3",
)  # fmt: skip
SHOWN = ("parity:bits=2", "winnow:bits=2", "conjunction:bits=2,samples=3")


def files() -> list[object]:
    found: list[object] = []
    for path in sorted(FOLDER.glob("*/*")):
        if path.stem in NOT_CIRCUITS | MORE_THAN_30_000_GATES:
            continue
        marks = [pytest.mark.slow] if path.stem in SLOW else []
        if path.stem == "mult64":  # ABC thinks about it for a minute
            marks = [pytest.mark.long]
        marks += [needs_yosys] if path.suffix == ".v" else []
        found.append(pytest.param(path, marks=marks, id=f"{path.parent.name}/{path.name}"))
    return found


def toggle(reset: int = 0) -> Circuit:
    b = Builder("toggle")
    on, q = b.input("on"), b.latch("q", reset)
    b.set_next(q, b.xor(on, q))
    b.output("z", b.and_(on, q))
    return b.build()


# equal to the source ------------------------------------------------------------------------------


@needs_shared
@pytest.mark.parametrize("path", files())
def test_abc_proves_a_decompiled_net_equal_to_the_file_it_came_from(path: Path) -> None:
    circuit = read_circuit(path)
    assert circuit.gate_count <= 30_000
    net = compile_net(circuit)
    assert net.target is (Target.EMULATION if circuit.latches else Target.COMPONENT)
    assert proved_equal(net)


@pytest.mark.parametrize("spec", LEARNERS)
def test_abc_proves_a_decompiled_net_equal_to_its_learner(spec: str) -> None:
    assert proved_equal(compile_net(builtin_learner(spec)))


@pytest.mark.slow
@pytest.mark.parametrize("bits", [32, 64])
def test_abc_proves_a_decompiled_net_of_thousands_of_memory_bits_equal(bits: int) -> None:
    assert proved_equal(compile_net(builtin_learner(f"parity:bits={bits}")))


def test_every_built_in_learner_is_decompiled() -> None:
    assert {spec.partition(":")[0] for spec in LEARNERS} == set(LEARNER_NAMES)


@pytest.mark.parametrize("reset", [0, 1])
def test_a_decompiled_net_starts_in_the_state_of_its_source(reset: int) -> None:
    net = compile_net(toggle(reset))
    assert resets(decompile(net)) == [reset]
    assert abc_equivalent(decompile(net), net.circuit) or reset  # ABC starts all latches at 0
    assert proved_equal(net)


@needs_shared
def test_a_decompiled_net_runs_like_its_source_with_one_output() -> None:
    source = read_circuit(FOLDER / "iscas89/s298.bench")
    first = replace(source, outputs=source.outputs[:1])
    assert abc_equivalent(decompile(compile_net(source)), first)
    wrong = replace(first, outputs=source.outputs[1:2])
    assert not abc_equivalent(decompile(compile_net(source)), wrong)


@settings(max_examples=100)
@given(circuits())
def test_any_circuit_comes_back_equal_for_all_inputs_and_states(circuit: Circuit) -> None:
    assume(circuit.primary_outputs if circuit.latches else circuit.outputs)
    found = decompile(compile_net(circuit))
    assert (found.input_names, [x.name for x in found.latches]) == (
        circuit.input_names,
        [x.name for x in circuit.latches],
    )
    assert resets(found) == resets(circuit)
    if circuit.latches:
        assert truth_table(one_step(found)) == truth_table(one_step(circuit))
    else:
        assert [o.name for o in found.outputs] == [o.name for o in circuit.outputs]
        assert truth_table(found) == truth_table(circuit)


def truth_table(circuit: Circuit) -> tuple[int, ...]:
    inputs = len(circuit.input_names)
    columns = [sum(1 << x for x in range(1 << inputs) if x >> i & 1) for i in range(inputs)]
    return evaluate(circuit, columns, (), 1 << inputs).outputs


# the form of what comes back ----------------------------------------------------------------------


def test_ports_keep_their_order_and_names_and_gates_have_none() -> None:
    b = Builder("source")
    y, x = b.input("y"), b.input("x")
    p, q = b.latch("p"), b.latch("q", 1)
    b.set_next(p, y)
    b.set_next(q, b.xor(q, b.and_(p, x ^ 1)))
    gate = b.and_(x, q)
    b.label(gate, "both")
    b.output("first", gate)
    b.output("second", p)
    assert str(decompile(compile_net(b.build()))) == (
        "circuit -\n"
        "  %1 = input y\n"
        "  %2 = input x\n"
        "  %3 = latch p reset 0 next %1\n"
        "  %4 = latch q reset 1 next %7\n"
        "  %5 = and !%2 %3\n"
        "  %6 = and %2 %4\n"
        "  %7 = xor %4 %5\n"
        "  output first = %6\n"
    )


def test_a_threshold_gate_comes_back_as_one_with_the_same_weights() -> None:
    b = Builder()
    x = [b.input(f"x{i}") for i in range(5)]
    b.output("z", b.threshold([x[0], x[1] ^ 1, x[2], x[3], x[4]], 6, [5, 3, 2, 2, 1]))
    assert decompile(compile_net(b.build())) == b.build()


def test_xor_and_mux_come_back_as_one_gate() -> None:
    b = Builder()
    v, w, x, y, z = (b.input(name) for name in "vwxyz")
    b.output("two", b.xor(x, y))
    b.output("three", b.xor(x, y ^ 1, z))
    b.output("mux", b.mux(x, y ^ 1, z))
    b.output("narrow", b.xor(x, b.and_(y, z ^ 1)))
    b.output("wide", b.xor(x, b.or_(v, w, y, z)))
    net = compile_net(b.build())
    assert proved_equal(net)
    assert str(decompile(net)).splitlines()[6:] == [
        "  %6 = xor %3 %4",
        "  %7 = xor %3 %4 %5",
        "  %8 = mux %3 %4 !%5",
        "  %9 = and %4 !%5",
        "  %10 = xor %3 %9",
        "  %11 = and !%1 !%2 !%4 !%5",
        "  %12 = xor %3 %11",
        "  output two = %6",
        "  output three = !%7",
        "  output mux = !%8",
        "  output narrow = %10",
        "  output wide = !%12",
    ]


@settings(max_examples=100)
@given(circuits(max_inputs=5, max_latches=0, max_gates=15))
def test_hidden_gates_are_absorbed_without_a_change_of_function(circuit: Circuit) -> None:
    lowered = lower_to_threshold(simplify(circuit))
    assert truth_table(absorb_hidden_gates(lowered)) == truth_table(circuit)
    assert absorb_hidden_gates(lowered).gate_count <= lowered.gate_count


def test_a_gate_of_a_thousand_inputs_is_read_at_once() -> None:
    b = Builder()
    x = [b.input(f"x{i}") for i in range(1000)]
    b.output("majority", b.threshold(x, 500))
    b.output("heavy", b.threshold(x, 2**40, [2**i % (2**41 - 9) for i in range(1000)]))
    assert decompile(compile_net(b.build())) == b.build()


def test_a_net_that_never_learns_comes_back_with_latches_that_hold() -> None:
    b = Builder()
    b.output("z", b.or_(b.input("x"), b.latch("kept", 1)))
    found = decompile(compile_net(b.build()))
    (latch,) = found.latches
    assert (latch.next, latch.reset) == (2 * found.latch_nodes[0], 1)


@pytest.mark.parametrize("value", [0, 1])
def test_a_net_that_always_says_the_same_comes_back_as_a_constant(value: int) -> None:
    b = Builder()
    q = b.latch("q")
    b.set_next(q, q ^ 1)
    b.output("z", value)
    (output,) = decompile(compile_net(b.build())).outputs
    assert output.literal == value


# every kind of net --------------------------------------------------------------------------------

VARIANTS: dict[str, Callable[[str], Net]] = {
    "one filler": lambda spec: compile_net(builtin_learner(spec), one_filler=True),
    "merged": lambda spec: merge_symmetric(compile_net(builtin_learner(spec))),
    "p = 3, as printed": lambda spec: compile_net(
        builtin_learner(spec), preset="printed", one_filler=True
    ),
    "p = 11/9, one filler": lambda spec: compile_net(
        builtin_learner(spec), preset="printed", exponent=Fraction(11, 9), one_filler=True
    ),
    "p = 11/9": lambda spec: compile_net(
        builtin_learner(spec), preset="printed", exponent=Fraction(11, 9)
    ),
    "p = 9/8, merged": lambda spec: merge_symmetric(
        compile_net(builtin_learner(spec), preset="printed", exponent=Fraction(9, 8))
    ),
}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("spec", SHOWN)
def test_presets_exponents_and_quotients_give_one_circuit(spec: str, variant: str) -> None:
    net = VARIANTS[variant](spec)
    assert net.is_quotient == (variant != "p = 11/9")
    assert decompile(net) == decompile(compile_net(builtin_learner(spec)))


# nothing but the graph ----------------------------------------------------------------------------


def scrambled(net: Net, seed: int) -> Net:
    """The net without its source, and with all that says what its parts are for at random."""
    rng = np.random.default_rng(seed)

    def any_of(kinds: int, size: int, dtype: type = np.uint8) -> np.ndarray:
        return rng.integers(0, kinds, size).astype(dtype)

    role = any_of(len(Role), net.vertices)
    role[0] = Role.CONSTANT
    return replace(
        net,
        target=Target.EMULATION if len(net.outputs) == 1 else Target.COMPONENT,
        preset="printed",
        role=role,
        unit=any_of(len(Unit), net.vertices),
        unit_index=any_of(9, net.vertices, np.int32),
        path_index=any_of(9, net.vertices, np.int16),
        label=any_of(len(net.labels), net.vertices, np.int32),
        line=any_of(99, net.vertices, np.int32),
        edge_role=any_of(len(EdgeRole), net.edges),
        labels=tuple(net.labels[i] for i in rng.permutation(len(net.labels))),
        circuit=Builder().build(),
        source="",
        random_inputs=(),
    )


@pytest.mark.parametrize("spec", [*SHOWN, "parity:bits=8"])
def test_roles_labels_and_the_source_in_the_net_are_not_looked_at(spec: str) -> None:
    net = compile_net(builtin_learner(spec))
    for seed in range(3):
        assert decompile(scrambled(net, seed)) == decompile(net)


def test_a_component_is_read_without_roles_too() -> None:
    b = Builder()
    x, y, z = (b.input(name) for name in "xyz")
    b.output("sum", b.xor(x, y, z))
    b.output("carry", b.threshold([x, y, z], 2))
    net = compile_net(b.build())
    assert decompile(scrambled(net, 1)) == decompile(net)
    assert proved_equal(net)


# the command --------------------------------------------------------------------------------------


@pytest.fixture
def net_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    save_net(compile_net(toggle()), Path("toggle.net"))
    return Path("toggle.net")


@pytest.mark.parametrize("name", ["t.aag", "t.aig", "t.blif", "t.bench", "t.aig.gz"])
def test_the_command_writes_every_format_that_holds_latches(net_file: Path, name: str) -> None:
    result = sgdcc("decompile", str(net_file), "-o", name)
    assert result == (0, f"{name}: 1 inputs, 1 latches, 1 outputs, 2 gates\n", "")
    assert not seen_different(compile_net(toggle()), read_circuit(name))


def test_the_command_takes_a_format(net_file: Path) -> None:
    assert sgdcc("decompile", str(net_file), "-o", "t", "--format", "aag").code == 0
    assert Path("t").read_bytes().startswith(b"aag ")


def test_the_command_writes_a_truth_table_of_a_component(net_file: Path) -> None:
    b = Builder()
    b.output("z", b.and_(b.input("x"), b.input("y")))
    save_net(compile_net(b.build()), Path("and.net"))
    assert sgdcc("decompile", "and.net", "-o", "and.truth").code == 0
    assert not seen_different(compile_net(b.build()), read_circuit("and.truth"))


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["toggle.net", "-o", "t.bristol"], 3, "a Bristol circuit has no memory"),
        (["toggle.net", "-o", "t.v"], 2, "t.v: this format can only be read"),
        (["toggle.net", "-o", "t.xyz"], 2, "t.xyz: the ending names no circuit format"),
        (["toggle.net", "-o", "t.aig", "--format", "aga"], 2, "no circuit format 'aga'"),
        (["toggle.net", "-o", "toggle.net"], 2, "toggle.net is the source itself"),
        (["none.net", "-o", "t.aig"], 2, "none.net: cannot read the file"),
        (["builtin:parity:bits=1", "-o", "t.aig"], 2,
         "builtin:parity:bits=1 is not a net\n"
         "  help: sgdcc compile builtin:parity:bits=1 -o NET makes one"),
    ],
)  # fmt: skip
def test_the_command_refuses(net_file: Path, arguments: list[str], code: int, message: str) -> None:
    result = sgdcc("decompile", *arguments)
    assert (result.code, result.out) == (code, "")
    assert result.err.startswith(f"error: {message}")
    assert list(Path().iterdir()) == [net_file]


def test_the_command_names_a_vertex_that_is_not_digital(net_file: Path) -> None:
    net = compile_net(toggle())
    save_net(replace(net, learning_rate=net.learning_rate * 2), net_file)
    result = sgdcc("decompile", str(net_file), "-o", "t.aig")
    assert (result.code, result.out) == (2, "")
    assert ", v5 of memory unit q, is on a path whose weights SGD does not negate" in result.err
    assert result.err.startswith("error: vertex ")
    assert not Path("t.aig").exists()
