"""What is not digital, or does not train as Lemma 2 says, is refused by name and never guessed."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from decompiled import possible_sources, proved_equal, seen_different, with_source, with_weight

from circuits.builder import Builder
from circuits.catalog import builtin_learner
from circuits.circuit import Circuit
from circuits.errors import SourceError
from compiler.decompile import decompile
from compiler.emulation_constants import dyadic_constants, emulation_constants
from compiler.exact import ONE, Exact
from compiler.net import EdgeRole, MemoryBit, Net, Port, Role, Target, Unit
from compiler.net_builder import NetBuilder
from compiler.pipeline import compile_net
from runtime.labels import always_wrong
from runtime.settings import Settings
from runtime.verify import verify

LEARNERS = ("parity:bits=2", "winnow:bits=2")
HALF = Fraction(1, 2)
ROOT = Exact.of(2) ** HALF
HELP = "\n  help: only what `sgdcc compile` builds can be read back; was the net changed?"


def toggle() -> Circuit:
    b = Builder("toggle")
    on, q = b.input("on"), b.latch("q")
    b.set_next(q, b.xor(on, q))
    b.output("z", b.and_(on, q))
    return b.build()


def refusal(net: Net) -> str:
    with pytest.raises(SourceError) as refused:
        decompile(net)
    assert str(refused.value).endswith(HELP)
    return str(refused.value).removesuffix(HELP)


# by hand: a few vertices --------------------------------------------------------------------------


class ByHand:
    """A net of a few vertices, of which ``two`` is v0; the power piece is from 1/16 to 1."""

    def __init__(self) -> None:
        self._builder = NetBuilder()
        self.x, self.y = (self._builder.vertex(Role.SAMPLE, name) for name in "xy")
        self.two = self.vertex("two", {0: 2})

    def vertex(self, name: str, edges: dict[int, Any], role: Role = Role.GATE) -> int:
        """A vertex with its sources and weights."""
        listed = [(v, self._builder.value(w), EdgeRole.GATE) for v, w in edges.items()]
        return self._builder.vertex(role, name, listed)

    def path(self, edges: int) -> int:
        """The end of a path of edges of weight 1/2."""
        end = self.two
        for number in range(edges):
            end = self.vertex(f"path {number}", {end: HALF})
        return end

    def net(self, output: int) -> Net:
        """The net with this output."""
        fields, vertex_of, _ = self._builder.arrays()
        constants = dyadic_constants(1)
        return Net(
            target=Target.EMULATION,
            preset="dyadic",
            activation=constants.activation,
            learning_rate=constants.learning_rate,
            inputs=(Port(int(vertex_of[self.x]), "x"), Port(int(vertex_of[self.y]), "y")),
            outputs=(Port(int(vertex_of[output]), "out"),),
            memory=(),
            circuit=Builder().build(),
            source="by hand",
            **fields,
        )


def last(edges: Callable[[ByHand], dict[int, Any]]) -> Callable[[ByHand], int]:
    """A vertex called z with such edges."""
    return lambda n: n.vertex("z", edges(n))


def beyond(n: ByHand) -> int:
    """An output of a path, which a gate reads."""
    out = n.vertex("out", {n.path(5): HALF})
    n.vertex("z", {out: 2})
    return out


def reader(n: ByHand) -> int:
    """A gate that reads a path that is no memory bit."""
    start = n.path(1)
    n.vertex("z", {start: 2})
    return n.vertex("out", {start: HALF})


def twice_controlled(n: ByHand) -> int:
    """A path with two controls."""
    z = n.vertex("z", {n.path(1): HALF, n.x: HALF, n.y: HALF})
    return n.vertex("out", {z: HALF})


BY_HAND: dict[str, tuple[Callable[[ByHand], int], str]] = {
    "unlike constants": (
        last(lambda n: {0: ROOT, n.two: Exact.of(3) ** HALF}),
        "adds up constants that are unlike irrationals",
    ),
    "a constant on a blend": (
        last(lambda n: {0: Fraction(5, 4)}),
        "has the constant input 5/4 on a blend",
    ),
    "constants on the power piece": (
        last(lambda n: {0: HALF, n.two: Fraction(1, 4)}),
        "has the constant input 1 on the power piece",
    ),
    "an output that only hears a constant": (
        last(lambda n: {0: 1}),
        "is an output with a constant input on the power piece",
    ),
    "an output of a path and an input": (
        last(lambda n: {n.path(5): HALF, n.x: 2}),
        "is an output of paths, but hears others too or is not the only output",
    ),
    "an irrational sum": (last(lambda n: {n.x: ROOT, n.y: 2}), "adds up irrational numbers"),
    "a sum on the slope": (
        last(lambda n: {n.x: 2, n.y: Fraction(9, 4)}),
        "has the sum -1/4 on the power piece for some values of its sources",
    ),
    "a sum on a blend": (
        last(lambda n: {n.x: Fraction(5, 4), 0: Fraction(-5, 2), n.two: Fraction(5, 4)}),
        "has the sum -5/4 on a blend for some values of its sources",
    ),
    "three values": (last(lambda n: {n.x: 2, n.y: 2}), "has three values"),
    "an output of 0 and 2": (last(lambda n: {0: 1, n.x: 1}), "is an output that may be 0"),
    "a gate that reads a path": (
        reader,
        "hears a path whose sign is not that of a memory bit",
    ),
    "a path with two controls": (
        twice_controlled,
        "is on a path and hears more than one control",
    ),
    "a gate that reads the output": (beyond, "hears the output that is trained"),
}  # fmt: skip


@pytest.mark.parametrize("case", BY_HAND)
def test_a_vertex_that_is_not_digital_is_refused(case: str) -> None:
    make, why = BY_HAND[case]
    n = ByHand()
    net = n.net(make(n))
    found = refusal(net)
    assert found.startswith("vertex ")
    assert found.partition(", ")[2] == f"gate z, {why}"


def test_a_vertex_of_too_many_sums_is_refused() -> None:
    b = Builder()
    x = [b.input(f"x{i}") for i in range(20)]
    b.output("z", b.and_(*x))
    net = compile_net(b.build())
    for edge in np.flatnonzero(net.edge_source).tolist():
        net = with_weight(net, edge, Exact.of(Fraction(2, 2**edge)))
    assert refusal(net) == "vertex 21, gate %21, has more than 65536 different sums"


def test_what_is_true_of_a_path_by_hand_is_read() -> None:
    """The cases above are one step away from this."""
    n = ByHand()
    found = decompile(n.net(n.vertex("z", {n.x: 2, n.y: 2, 0: 2})))
    assert str(found).endswith("  %3 = and !%1 !%2\n  output out = !%3\n")


# changes of a compiled net ------------------------------------------------------------------------


def edges_into(net: Net, name: str, role: EdgeRole | None = None) -> list[int]:
    """The edges into the vertices of this name."""
    found = [e for e in range(net.edges) if net.vertex_name(int(net.edge_target[e])) == name]
    return [e for e in found if role is None or net.edge_role[e] == role]


def vertex(net: Net, name: str) -> int:
    (found,) = (v for v in range(net.vertices) if net.vertex_name(v) == name)
    return found


def negated(net: Net, edge: int) -> Net:
    return with_weight(net, edge, -net.values[net.edge_value[edge]])


def from_vertex(edge_into: str, role: EdgeRole, source: str) -> Callable[[Net], Net]:
    def change(net: Net) -> Net:
        return with_source(net, edges_into(net, edge_into, role)[0], vertex(net, source))

    return change


def another_path(net: Net) -> Net:
    """v4 of a unit hears v3' where its control should be, as loud as v3."""
    changed = one_path_beside_another(net)
    (edge,) = edges_into(changed, "v4 of memory unit q", EdgeRole.CONTROL)
    return with_weight(changed, edge, Exact.of(HALF))


one_path_beside_another = from_vertex(
    "v4 of memory unit q", EdgeRole.CONTROL, "v3' of memory unit q"
)


def memory_elsewhere(net: Net) -> Net:
    (edge,) = edges_into(net, "read q")
    return replace(net, memory=(MemoryBit("q", edge, net.memory[0].zero),))


def memory_of_another_weight(net: Net) -> Net:
    return replace(net, memory=(replace(net.memory[0], zero=ONE),))


def reversed_unit(net: Net) -> Net:
    """A unit and its dual push the wrong way, which two more fillers make up for."""
    into = edges_into(net, "output z")
    turned = [e for e in into if net.unit[net.edge_source[e]] != Unit.FILLER]
    assert len(turned) == 4
    for edge in turned:
        net = negated(net, edge)
    copies, entering = dict(net.copies), dict(net.fan_in_copies)
    assert set(copies.values()) == set(entering.values()) == {31}
    return replace(net, copies=dict.fromkeys(copies, 33), fan_in_copies=dict.fromkeys(entering, 33))


def one_unit_less(net: Net) -> Net:
    return replace(
        net,
        copies=dict.fromkeys(net.copies, 30),
        fan_in_copies=dict.fromkeys(net.fan_in_copies, 30),
    )


def joined_copies(net: Net) -> Net:
    (edge,) = edges_into(net, "v2 of filler unit 0")
    return replace(net, fan_in_copies={**net.fan_in_copies, edge: 2})


def irrational_activation(net: Net) -> Net:
    return replace(net, activation=replace(net.activation, exponent=ROOT))


CHANGES: dict[str, tuple[Callable[[Net], Net], str]] = {
    "an irrational exponent": (irrational_activation, "the activation is irrational: Activation("),
    "another learning rate": (
        lambda net: replace(net, learning_rate=net.learning_rate * 2),
        "v5 of memory unit q, is on a path whose weights SGD does not negate",
    ),
    "a memory edge that is frozen": (
        memory_elsewhere,
        "memory bit q: SGD never changes its edge",
    ),
    "a memory edge of another weight": (
        memory_of_another_weight,
        "memory bit q: its edge has weight 1/2, not 1 or its negative",
    ),
    "two paths that join": (
        another_path,
        "v4 of memory unit q, joins two paths, and is not the output",
    ),
    "two paths that meet": (
        one_path_beside_another,
        "v4 of memory unit q, is on one path and hears another",
    ),
    "a path that is always silenced": (
        from_vertex("v4 of memory unit q", EdgeRole.CONTROL, "v0"),
        "output z, does not have an input of 1 or -1 in all states",
    ),
    "a control that is no control": (
        from_vertex("v4 of memory unit q", EdgeRole.CONTROL, "read q"),
        "v4 of memory unit q, is on a path that a control of -2 does not silence",
    ),
    "copies that join": (
        joined_copies,
        "v2 of filler unit 0, joins paths of several copies, and is not the output",
    ),
    "a control of the wrong sign": (
        lambda net: negated(net, edges_into(net, "v4 of memory unit q", EdgeRole.CONTROL)[0]),
        "v4 of memory unit q, is on a path that a control of 2 does not silence",
    ),
    "a control too early": (
        from_vertex("v4 of memory unit q", EdgeRole.PATH, "v1 of memory unit q"),
        "v4 of memory unit q, is on a path whose signal to be cancelled changes its sign",
    ),
    "a path that is too short": (
        from_vertex("output z", EdgeRole.PATH, "v4' of memory unit q"),
        "v4' of memory unit q, is on a path whose contribution may have either sign",
    ),
    "two paths of one sign": (
        lambda net: negated(net, edges_into(net, "output z")[0]),
        "shares an edge with another path of the same sign",
    ),
    "a unit that pushes the wrong way": (
        reversed_unit,
        "lets its signal through when the output has another sign",
    ),
    "one unit less": (one_unit_less, "output z, does not have an input of 1 or -1 in all states"),
    "a gate that reads another unit's memory": (
        from_vertex("read q", EdgeRole.READ, "v1 of dual unit q"),
        "read q, hears a path whose sign is not that of a memory bit",
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_a_net_is_refused(change: str) -> None:
    net = compile_net(toggle(), one_filler=True)
    decompile(net)
    changed, why = CHANGES[change]
    assert why in refusal(changed(net))


def constants_of(monkeypatch: pytest.MonkeyPatch, units: Any, length: int = 6) -> Net:
    """The toggle's net with constants for another m', passed off as those for 32."""
    constants = replace(emulation_constants(Fraction(1), units, length), units=32)
    monkeypatch.setattr("compiler.pipeline._constants", lambda *_: constants)
    return compile_net(toggle())


def test_a_contribution_that_is_irrational_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    net = constants_of(monkeypatch, Exact.of(2) ** Fraction(11, 2))
    assert "v5 of memory unit q, is on a path with an irrational contribution" in refusal(net)


def test_an_output_off_the_power_piece_is_refused() -> None:
    b = Builder()
    latches = [b.latch(f"q{i}") for i in range(33)]
    for latch in latches:
        b.set_next(latch, latch ^ 1)
    b.output("z", b.and_(*latches))
    net = compile_net(b.build())
    decompile(net)
    shorter = replace(net.activation, power_to=Exact.of(Fraction(3, 4)))
    assert refusal(replace(net, activation=shorter)).endswith(
        "output z, does not have its input on the power piece"
    )


def test_swapped_memory_bits_are_another_circuit() -> None:
    net = compile_net(builtin_learner("parity:bits=2"))
    first, second, *rest = net.memory
    swapped = replace(second, name=first.name), replace(first, name=second.name)
    assert not proved_equal(replace(net, memory=(*swapped, *rest)))


def test_a_gate_of_another_sign_is_another_circuit() -> None:
    net = compile_net(toggle())
    gates = net.role[net.edge_target] == Role.GATE
    (edge,) = np.flatnonzero(gates & (net.edge_source == net.inputs[0].vertex)).tolist()
    assert not proved_equal(negated(net, edge))
    b = Builder()
    on, q = b.input("on"), b.latch("q")
    b.set_next(q, b.xor(on, q))
    b.output("z", b.and_(on ^ 1, q))
    assert proved_equal(replace(net, circuit=b.build()), decompile(negated(net, edge)))


# mutants ------------------------------------------------------------------------------------------


def mutant(net: Net, rng: random.Random) -> Net:
    """The net with one weight, end of an edge or memory bit changed; paths or gates."""
    trained = rng.random() < HALF
    edge = rng.choice(np.flatnonzero(net.trainable == trained).tolist())
    weight = net.values[net.edge_value[edge]]
    match rng.randrange(4):
        case 0:
            return with_weight(net, edge, -weight)
        case 1:
            return with_weight(net, edge, rng.choice([x for x in net.values if x != weight]))
        case 2:
            return with_source(net, edge, rng.choice(possible_sources(net, edge)))
    bits = list(net.memory)
    i = rng.randrange(len(bits))
    others = [bit.edge for bit in bits if bit is not bits[i]]
    bits[i] = replace(bits[i], edge=rng.choice([edge, *others]))
    return replace(net, memory=tuple(bits))


def judged(net: Net, rng: random.Random) -> str:
    """refused, different or equal, where the latter is what ABC proves and SGD does."""
    try:
        found = decompile(net)
    except SourceError:
        return "refused"
    if seen_different(net, found) or not proved_equal(net, found):
        return "different"
    run = Settings(steps=100, seed=rng.randrange(99), labels=always_wrong, labels_name="wrong")
    assert verify(net, run).emulates
    return "equal"


def judge(count: int, seed: int) -> Counter[str]:
    rng = random.Random(seed)
    nets = [compile_net(toggle()), *(compile_net(builtin_learner(spec)) for spec in LEARNERS)]
    return Counter(judged(mutant(rng.choice(nets), rng), rng) for _ in range(count))


def test_no_mutant_is_taken_for_its_source_unless_sgd_runs_it_alike() -> None:
    verdicts = judge(300, 1)
    assert verdicts["refused"] > 200
    assert verdicts["different"] > 5
    assert verdicts["equal"] < 10


@pytest.mark.long
def test_no_mutant_of_ten_thousand_is_taken_for_its_source() -> None:
    verdicts = judge(10_000, 2)
    assert 0 < verdicts["equal"] < 100 < verdicts["different"]


def test_a_noise_tolerant_net_is_refused_as_what_it_is() -> None:
    net = compile_net(builtin_learner("parity:bits=2"), target=Target.NOISE_TOLERANT, samples=3)
    with pytest.raises(SourceError, match=r"cells hold samples[^$]*--certificate"):
        decompile(net)
