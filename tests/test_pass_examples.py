"""Small circuits before and after the passes, in full."""

from collections.abc import Callable
from textwrap import dedent

import pytest

from circuits.builder import Builder
from circuits.circuit import Circuit
from circuits.evaluate import truth_table
from circuits.update_on_error import UpdateOnError
from compiler.passes.lower_to_threshold import lower_to_threshold
from compiler.passes.simplify import simplify
from compiler.passes.update_on_error_to_control import update_on_error_to_control

Build = Callable[..., int]


def circuit_of(build: Build) -> Circuit:
    """One output ``out`` over inputs a, b, c, ... , as many as ``build`` takes."""
    builder = Builder("small")
    names = "abcdefghi"[: build.__code__.co_argcount - 1]
    builder.output("out", build(builder, *map(builder.input, names)))
    return builder.build()


def gates_of(circuit: Circuit) -> str:
    """The text without its head and inputs."""
    lines = str(circuit).splitlines()[1:]
    return "\n".join(line.strip() for line in lines if " = input " not in line)


EXAMPLES: dict[str, tuple[Build, str, str]] = {
    "an XOR spelt with three ANDs is one gate, and then two": (
        lambda b, x, y: b.and_(b.and_(x, y) ^ 1, b.and_(x ^ 1, y ^ 1) ^ 1),
        """
        %3 = xor %1 %2  ; %5
        output out = %3
        """,
        """
        %3 = and %1 %2  ; %5/hidden
        %4 = threshold %1 %2 2*!%3 >= 3  ; %5
        output out = %4
        """,
    ),
    "so is its complement": (
        lambda b, x, y: b.or_(b.and_(x, y), b.and_(x ^ 1, y ^ 1)),
        """
        %3 = xor %1 %2  ; %5
        output out = !%3
        """,
        """
        %3 = and %1 %2  ; %5/hidden
        %4 = threshold %1 %2 2*!%3 >= 3  ; %5
        output out = !%4
        """,
    ),
    "a multiplexer spelt with three ANDs": (
        lambda b, s, t, e: b.or_(b.and_(s, t), b.and_(s ^ 1, e)),
        """
        %4 = mux %1 %2 %3  ; !%6
        output out = %4
        """,
        """
        %4 = and %1 %2  ; %6/hidden
        %5 = threshold !%1 %3 2*%4 >= 2  ; !%6
        output out = %5
        """,
    ),
    "a multiplexer of conjunctions keeps them": (
        lambda b, s, u, v, e: b.or_(b.and_(s, b.and_(u, v)), b.and_(s ^ 1, e)),
        """
        %5 = and %2 %3  ; %5
        %6 = mux %1 %5 %4  ; !%8
        output out = %6
        """,
        """
        %5 = and %2 %3  ; %5
        %6 = and %1 %5  ; %8/hidden
        %7 = threshold !%1 %4 2*%6 >= 2  ; !%8
        output out = %7
        """,
    ),
    "a tree of ANDs is one AND": (
        lambda b, w, x, y, z: b.and_(b.and_(w, x), b.and_(y ^ 1, z)),
        """
        %5 = and %1 %2 !%3 %4  ; %7
        output out = %5
        """,
        """
        %5 = and %1 %2 !%3 %4  ; %7
        output out = %5
        """,
    ),
    "a complement inside ends the tree": (
        lambda b, w, x, y: b.and_(b.and_(w, x) ^ 1, y),
        """
        %4 = and %1 %2  ; %4
        %5 = and %3 !%4  ; %5
        output out = %5
        """,
        """
        %4 = and %1 %2  ; %4
        %5 = and %3 !%4  ; %5
        output out = %5
        """,
    ),
    "XOR takes the conjunction that only it reads into its two gates": (
        lambda b, x, y, z: b.xor(x, b.and_(y, z ^ 1)),
        """
        %4 = and %2 !%3  ; %4
        %5 = xor %1 %4  ; %5
        output out = %5
        """,
        """
        %4 = and %1 %2 !%3  ; %5/hidden
        %5 = threshold 2*%1 %2 !%3 3*!%4 >= 5  ; %5
        output out = %5
        """,
    ),
    "XOR of three is a full adder": (
        lambda b, x, y, z: b.xor(b.xor(x, y), z),
        """
        %4 = xor %1 %2 %3  ; %5
        output out = %4
        """,
        """
        %4 = threshold %1 %2 %3 >= 2  ; %5/hidden
        %5 = threshold %1 %2 %3 2*!%4 >= 3  ; %5
        output out = %5
        """,
    ),
    "XOR of six is two full adders and a half adder": (
        lambda b, u, v, w, x, y, z: b.xor(u, v, w, x, y, z),
        """
        %7 = xor %1 %2 %3 %4 %5 %6  ; %7
        output out = %7
        """,
        """
        %7 = threshold %1 %2 %3 >= 2  ; %7/hidden
        %8 = threshold %1 %2 %3 2*!%7 >= 3  ; %7/hidden
        %9 = threshold %4 %5 %6 >= 2  ; %7/hidden
        %10 = threshold %4 %5 %6 2*!%9 >= 3  ; %7/hidden
        %11 = and %8 %10  ; %7/hidden
        %12 = threshold %8 %10 2*!%11 >= 3  ; %7
        output out = %12
        """,
    ),
    "a threshold gate is left as it is": (
        lambda b, x, y, z: b.threshold([x, y, z ^ 1], 2),
        """
        %4 = threshold %1 %2 !%3 >= 2  ; %4
        output out = %4
        """,
        """
        %4 = threshold %1 %2 !%3 >= 2  ; %4
        output out = %4
        """,
    ),
    "a tree that contradicts itself is false": (
        lambda b, x, y, z: b.and_(b.and_(x, y), b.and_(x ^ 1, z)),
        "output out = 0",
        "output out = 0",
    ),
    "XORs that cancel": (
        lambda b, x, y, z: b.xor(b.xor(x, y), b.xor(y, z)),
        """
        %4 = xor %1 %3  ; %6
        output out = %4
        """,
        """
        %4 = and %1 %3  ; %6/hidden
        %5 = threshold %1 %3 2*!%4 >= 3  ; %6
        output out = %5
        """,
    ),
}


@pytest.mark.parametrize("example", EXAMPLES)
def test_simplify_and_lower_to_threshold(example: str) -> None:
    build, simple, lowered = EXAMPLES[example]
    circuit = circuit_of(build)
    after = simplify(circuit)
    assert gates_of(after) == dedent(simple).strip()
    assert gates_of(lower_to_threshold(after)) == dedent(lowered).strip()
    assert truth_table(lower_to_threshold(after)) == truth_table(circuit)


def test_gates_that_others_read_stay_out_of_a_tree() -> None:
    b = Builder("shared")
    w, x, y, z = map(b.input, "wxyz")
    both = b.and_(y, z)
    b.output("all", b.and_(b.and_(w, x), both))
    b.output("both", both)
    assert gates_of(simplify(b.build())) == dedent("""\
        %5 = and %3 %4  ; %5
        %6 = and %1 %2 %5  ; %7
        output all = %6
        output both = %5""")


def dead_reader(join: str) -> Circuit:
    """``shared`` is read by a gate that matters and by one that nothing depends on."""
    b = Builder("dead reader")
    u, v, x, y = map(b.input, "uvxy")
    shared = b.and_(u, v)
    getattr(b, join)(shared, x)
    b.output("out", b.mux(y, shared, x))
    return b.build()


@pytest.mark.parametrize("join", ["and_", "xor"])
@pytest.mark.parametrize("rewrite", [simplify, lower_to_threshold])
def test_a_gate_that_nothing_depends_on_absorbs_no_other(
    join: str, rewrite: Callable[[Circuit], Circuit]
) -> None:
    circuit = dead_reader(join)
    assert truth_table(rewrite(circuit)) == truth_table(circuit)


def test_helper_gates_have_the_line_of_the_gate_they_serve() -> None:
    b = Builder("lines", source="lines.txt")
    x, y, z = map(b.input, "xyz")
    b.line = 3
    chosen = b.mux(x, y, z)
    b.label(chosen, "chosen")
    b.line = 4
    b.output("out", b.xor(chosen, x, y))
    after = lower_to_threshold(b.build())
    places = [f"{after.node_name(g.node)} {after.position(g.node)}" for g in after.gates()]
    assert places == [
        "chosen/hidden lines.txt:3",
        "chosen lines.txt:3",
        "%5/hidden lines.txt:4",
        "%5 lines.txt:4",
    ]


def test_a_control_circuit_in_full() -> None:
    b = Builder("toggle")
    x, bit = b.input("x"), b.latch("bit", 1)
    b.latch("held")
    b.output("said", x)
    b.set_next(bit, b.xor(bit, x))
    form = UpdateOnError(b.build())
    assert str(update_on_error_to_control(form)) == dedent("""\
        circuit toggle
          %1 = input x
          %2 = input bit
          %3 = input held
          %4 = xor %1 %2
          output prediction = %1
          output bit/flip = %1
          output held/flip = 0
        """)
