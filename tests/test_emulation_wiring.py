"""How an emulation net is wired up, named and numbered; and what cannot be compiled to one."""

import re
from fractions import Fraction

import numpy as np
import pytest
from small_circuits import toggle

from circuits.builder import Builder
from circuits.catalog import builtin_learner
from circuits.circuit import FALSE, TRUE, Circuit
from circuits.errors import InvariantError, SourceError
from circuits.learner import Learner
from circuits.update_on_error import UpdateOnError
from compiler.emulation_constants import emulation_constants
from compiler.net import Role, Unit
from compiler.passes.control_to_emulation import control_to_emulation
from compiler.passes.lower_to_threshold import lower_to_threshold
from compiler.passes.update_on_error_to_control import update_on_error_to_control
from compiler.pipeline import compile_net


@pytest.mark.parametrize(
    ("prediction", "following", "heard"),
    [
        ("x", "bit", "vc: 3 -1*x; vc': 3 1*x"),  # never flips
        ("x", "!bit", "vc: 1 -1*x; vc': 1 1*x"),  # flips in every step that is wrong
        ("x", "x", "vc: 2 -1*x -1/2*bit/flip; vc': 2 1*x -1/2*bit/flip"),
        ("1", "bit", "vc: 2; vc': 4"),
        ("0", "!bit", "vc: 2; vc': "),  # nothing to hear: 0
        ("bit", "0", "vc: 2 -1*bit; vc': 2"),  # flips where it predicts
        ("!bit", "0", "vc: 2; vc': 2 -1*bit"),
        ("!x", "1", "vc: 2 1*x 1/2*bit; vc': 2 -1*x 1/2*bit"),
    ],
)
def test_predictions_and_next_values_may_be_constants_inputs_and_the_bit_itself(
    prediction: str, following: str, heard: str
) -> None:
    b = Builder()
    literals = {"0": FALSE, "x": b.input("x"), "bit": b.latch("bit")}
    literals |= {"1": TRUE, "!x": literals["x"] ^ 1, "!bit": literals["bit"] ^ 1}
    b.set_next(literals["bit"], literals[following])
    b.output("out", literals[prediction])
    net = compile_net(b.build())
    found = []
    for role, name in ((Role.CONTROL, "vc"), (Role.CONTROL_PRIMED, "vc'")):
        (vertex,) = np.flatnonzero((net.role == role) & (net.unit == Unit.MEMORY))
        edges = np.flatnonzero(net.edge_target == vertex)
        terms = [
            f"{net.values[net.edge_value[e]]}*{net.labels[net.label[net.edge_source[e]]]}"
            for e in edges
        ]
        found.append(f"{name}: {' '.join(term.removesuffix('*') for term in terms)}")
    assert "; ".join(found) == heard


def test_vertices_are_named_after_what_they_come_from() -> None:
    net = compile_net(toggle())
    names = {net.provenance(v) for v in range(net.vertices)}
    unit = [f"v{t}" for t in range(1, 6)] + [f"v{t}'" for t in range(3, 6)] + ["vc", "vc'"]
    expected = {"the constant vertex", "v0", "sample x", "read bit0", "output out"}
    expected |= {f"{v} of {kind} unit bit0" for v in unit for kind in ("memory", "dual")}
    expected |= {f"{v} of filler unit {i}" for v in unit[:8] for i in range(31)}
    expected |= {f"{v} of filler unit (all)" for v in unit[8:]}
    assert names == expected | {"gate said (toggle.txt:7)"}


@pytest.mark.parametrize(
    "source",
    [toggle(1), builtin_learner("parity:bits=3"), builtin_learner("winnow:bits=2"), "component"],
)
def test_the_same_source_gives_the_same_arrays(source: Circuit | Learner | str) -> None:
    if isinstance(source, str):
        b = Builder()
        b.output("out", b.xor(*map(b.input, "abcdefg")))
        source = b.build()
    first, second = vars(compile_net(source)), vars(compile_net(source))
    assert first.keys() == second.keys()
    for name, value in first.items():
        if isinstance(value, np.ndarray):
            assert value.dtype == second[name].dtype
            assert np.array_equal(value, second[name])
        else:
            assert value == second[name]


def test_random_inputs_of_a_learner_are_marked() -> None:
    net = compile_net(builtin_learner("parity:bits=2"))
    roles = {port.name: Role(net.role[port.vertex]).name for port in net.inputs}
    assert roles == {"x[0]": "SAMPLE", "x[1]": "SAMPLE", "guess": "RANDOM"}
    assert net.random_inputs == (2,)


def test_more_memory_than_units_is_refused() -> None:
    form = UpdateOnError(toggle(memory_bits=33))
    control = lower_to_threshold(update_on_error_to_control(form))
    with pytest.raises(InvariantError, match="33 memory bits need m' >= 33 units"):
        control_to_emulation(control, form, emulation_constants(Fraction(1), 32), "dyadic", "")


@pytest.mark.parametrize(
    ("preset", "exponent", "text"),
    [
        ("exact", None, "unknown preset 'exact'\n  help: one of: dyadic, printed"),
        (
            "dyadic",
            Fraction(3),
            "the dyadic preset has exponent 1, not 3\n  help: use --preset printed",
        ),
    ],
)
def test_presets_that_do_not_exist_are_refused(
    preset: str, exponent: Fraction | None, text: str
) -> None:
    with pytest.raises(SourceError, match=f"^{re.escape(text)}$"):
        compile_net(toggle(), preset=preset, exponent=exponent)
