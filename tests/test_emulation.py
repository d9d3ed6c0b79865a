"""Definition 6 and Lemma 3: what an emulation net consists of."""

from collections import Counter
from fractions import Fraction
from itertools import product
from textwrap import dedent

import numpy as np
import pytest
from hypothesis import given, settings
from small_circuits import toggle
from strategies import circuits

from circuits.circuit import Circuit
from circuits.update_on_error import UpdateOnError
from compiler.emulation_constants import dyadic_constants, printed_constants
from compiler.exact import Exact
from compiler.net import EdgeRole, Net, Role, Target, Unit
from compiler.pipeline import compile_net

forms = circuits(max_inputs=3, max_latches=3).filter(lambda c: bool(c.primary_outputs))


def of_unit(net: Net, unit: Unit, index: int) -> np.ndarray:
    """Which vertices are part of a unit."""
    found: np.ndarray = (net.unit == unit) & (net.unit_index == index)
    return found


def shown_edges(net: Net, chosen: np.ndarray) -> str:
    """The edges, one a line."""
    lines = []
    for edge in np.flatnonzero(chosen).tolist():
        ends = [net.vertex_name(int(v[edge])) for v in (net.edge_source, net.edge_target)]
        lines.append(f"{' -> '.join(ends)}: {net.values[net.edge_value[edge]]}")
    return "\n".join(lines)


def edges_of_unit(net: Net, unit: Unit, index: int) -> np.ndarray:
    """The path and control edges of a unit."""
    inside = of_unit(net, unit, index)
    roles = np.isin(net.edge_role, (EdgeRole.PATH, EdgeRole.CONTROL))
    found: np.ndarray = roles & (inside[net.edge_source] | inside[net.edge_target])
    return found


def test_a_memory_unit_is_that_of_definition_6() -> None:
    net = compile_net(toggle(), preset="printed", exponent=Fraction(1))
    text = shown_edges(net, edges_of_unit(net, Unit.MEMORY, 0))
    assert text.replace(" of memory unit bit0", "") == dedent("""\
        v0 -> v1: 1/2
        v1 -> v2: 1/2
        v2 -> v3: 1/2
        v2 -> v3': 1/2
        v3 -> v4: 1/2
        vc -> v4: -1/16
        v3' -> v4': 1/2
        vc' -> v4': -1/16
        v4 -> v5: 1/2
        v4' -> v5': 1/2
        v5 -> output out: 1/2
        v5' -> output out: -1/2""")


@pytest.mark.parametrize("exponent", ["1", "9/8", "11/9", "5/4"])
def test_every_unit_has_the_weights_and_counts_of_definition_6(exponent: str) -> None:
    net = compile_net(toggle(memory_bits=2), preset="printed", exponent=Fraction(exponent))
    constants = printed_constants(Fraction(exponent), 2)
    w, control = constants.weights, constants.control_weight
    expected = Counter([w[0], w[1], *[x for x in w[2:5] for _ in range(2)], w[5], -w[5]])
    assert (net.unit != Unit.NONE).sum() == 2 * 2 * 10 + 8 * (constants.units - 2) + 2
    for unit, count in ((Unit.MEMORY, 2), (Unit.DUAL, 2), (Unit.FILLER, constants.units - 2)):
        for index in {0, 1, count - 1}:
            edges = edges_of_unit(net, unit, index)
            found = Counter(net.values[i] for i in net.edge_value[edges])
            assert found == expected + Counter({control: 2})
            own = of_unit(net, unit, index)
            assert own.sum() == (8 if unit is Unit.FILLER else 10)  # v1-v5, v3'-v5', vc, vc'


@pytest.mark.parametrize(("memory_bits", "length", "source"), [(33, 6, 1), (65, 8, 2)])
def test_longer_stems_and_other_sources_follow_the_constants(
    memory_bits: int, length: int, source: int
) -> None:
    constants = dyadic_constants(memory_bits)
    assert (len(constants.weights), constants.source_output) == (length, source)
    net = compile_net(toggle(memory_bits=memory_bits))
    stem = net.role == Role.STEM
    stems = Counter(zip(net.unit[stem], net.unit_index[stem], strict=True))
    assert set(stems.values()) == {length - 4}
    assert len(stems) == memory_bits + constants.units
    assert (net.role == Role.SOURCE).sum() == source - 1
    first = np.flatnonzero(
        (net.edge_role == EdgeRole.PATH) & (net.path_index[net.edge_target] == 1)
    )
    origin = int(np.flatnonzero(net.role == Role.SOURCE)[0]) if source == 2 else 0
    assert set(net.edge_source[first].tolist()) == {origin}


@settings(max_examples=40)
@given(forms)
def test_the_parts_of_a_net_add_up(circuit: Circuit) -> None:
    form = UpdateOnError(circuit)
    net = compile_net(form)
    bits, constants = len(circuit.latches), dyadic_constants(len(circuit.latches))
    assert net.target is Target.EMULATION
    assert net.units_per_step == constants.units
    assert net.units_built == bits + constants.units
    roles = Counter(Role(r) for r in net.role.tolist())
    stems = constants.stem_edges * (bits + constants.units)
    assert roles[Role.STEM] == stems
    assert roles[Role.BRANCH] == roles[Role.BRANCH_PRIMED] == 3 * (bits + constants.units)
    shared = int(constants.units > bits)
    assert roles[Role.CONTROL] == roles[Role.CONTROL_PRIMED] == 2 * bits + shared
    assert roles[Role.READ] == bits
    assert roles[Role.SAMPLE] == len(circuit.input_names)
    assert roles[Role.CONSTANT] == roles[Role.SOURCE] == roles[Role.OUTPUT] == 1
    assert net.trainable.sum() == (bits + constants.units) * (constants.stem_edges + 8)
    assert [bit.name for bit in net.memory] == [latch.name for latch in circuit.latches]


@settings(max_examples=40)
@given(forms)
def test_what_gates_and_controls_hear_is_on_the_plateau_or_exactly_zero(circuit: Circuit) -> None:
    net = compile_net(UpdateOnError(circuit))
    amplitude = np.where(net.level == 0, 1, 2)
    for vertex in np.flatnonzero(np.isin(net.role, (Role.GATE, Role.CONTROL, Role.CONTROL_PRIMED))):
        bias, sizes = Fraction(0), []
        for edge in np.flatnonzero(net.edge_target == vertex):
            weight = net.values[net.edge_value[edge]].rational()
            assert weight is not None
            source = int(net.edge_source[edge])
            if source == 0:
                bias = weight
            else:
                sizes.append(weight * int(amplitude[source]))
        sums = {
            bias + sum(s * x for s, x in zip(signs, sizes, strict=True))
            for signs in product((-1, 1), repeat=len(sizes))
        }
        if net.role[vertex] == Role.GATE:
            assert min(map(abs, sums)) >= 2
        else:
            assert sums <= {0, 2, 4}


@pytest.mark.parametrize("unit", [Unit.MEMORY, Unit.DUAL])
def test_a_bit_that_starts_at_1_is_a_unit_whose_stem_has_flipped(unit: Unit) -> None:
    zero, one = compile_net(toggle(0)), compile_net(toggle(1))
    edges = edges_of_unit(zero, unit, 0)
    signs = one.weights()[edges] / zero.weights()[edges]
    stem = zero.role[zero.edge_target[edges]] == Role.STEM
    assert signs.tolist() == np.where(stem & (unit is Unit.MEMORY), -1, 1).tolist()
    assert one.memory[0].zero == zero.memory[0].zero == Exact.of(Fraction(1, 2))
    assert one.weights()[one.memory[0].edge] == -0.5
