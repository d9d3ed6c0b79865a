"""From a circuit or learner to a net: the passes, in order."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from circuits.circuit import Circuit
from circuits.errors import SourceError
from circuits.learner import Learner
from circuits.learner_to_update_on_error import learner_to_update_on_error
from circuits.update_on_error import UpdateOnError, from_circuit
from compiler.emulation_constants import EmulationConstants, dyadic_constants, printed_constants
from compiler.net import Net
from compiler.passes.circuit_to_component import circuit_to_component
from compiler.passes.control_to_emulation import control_to_emulation
from compiler.passes.lower_to_threshold import lower_to_threshold
from compiler.passes.simplify import simplify
from compiler.passes.update_on_error_to_control import update_on_error_to_control

MAX_UNITS = 2**23
"""Memory units that are written out one by one; float32 sums that many contributions exactly.
Where m' is larger, the fillers are built as one unit that stands for all of them."""

PRESETS = ("dyadic", "printed")
"""dyadic: p = 1 with a dead zone, exact in floats. printed: the paper's, any exponent p."""


def compile_net(
    source: Circuit | Learner | UpdateOnError,
    *,
    preset: str | None = None,
    exponent: Fraction | None = None,
    source_name: str = "",
    one_filler: bool = False,
    observe: Callable[[str, Circuit], None] | None = None,
) -> Net:
    """Compile to the emulation net, or a combinational circuit to Lemma 1's component.

    Args:
        source: a combinational circuit, or anything with memory.
        preset: one of `PRESETS`; by default dyadic, or printed where an exponent above 1 is asked.
        exponent: p of the printed preset; 3 by default.
        source_name: what to call the source in reports; its file or name by default.
        one_filler: build all fillers as one unit with multiplicity; always beyond `MAX_UNITS`.
        observe: called after every circuit-to-circuit pass with its name and result.

    Raises:
        SourceError: an unknown preset, or a source that cannot be compiled.
    """
    see = observe or (lambda _name, _circuit: None)
    preset = preset or ("dyadic" if exponent in (None, 1) else "printed")
    if preset not in PRESETS:
        raise SourceError(f"unknown preset {preset!r}", hint=f"one of: {', '.join(PRESETS)}")
    if isinstance(source, Circuit) and not source.latches:
        circuit = simplify(source)
        see("simplify", circuit)
        circuit = lower_to_threshold(circuit)
        see("lower_to_threshold", circuit)
        return circuit_to_component(circuit, source, preset, source_name or _name(source))

    form = _update_on_error(source)
    see("learner_to_update_on_error", form.circuit)
    control = update_on_error_to_control(form)
    see("update_on_error_to_control", control)
    control = simplify(control)
    see("simplify", control)
    control = lower_to_threshold(control)
    see("lower_to_threshold", control)
    constants = _constants(preset, exponent, len(form.circuit.latches))
    one_filler = one_filler or constants.units > MAX_UNITS
    return control_to_emulation(
        control, form, constants, preset, source_name or _name(form.circuit), one_filler=one_filler
    )


def _update_on_error(source: Circuit | Learner | UpdateOnError) -> UpdateOnError:
    if isinstance(source, UpdateOnError):
        return source
    if isinstance(source, Learner):
        return learner_to_update_on_error(source)
    return from_circuit(source)


def _name(circuit: Circuit) -> str:
    return circuit.source or circuit.name or "circuit"


def _constants(preset: str, exponent: Fraction | None, memory_bits: int) -> EmulationConstants:
    if preset == "printed":
        return printed_constants(Fraction(3) if exponent is None else exponent, memory_bits)
    if exponent not in (None, 1):
        raise SourceError(
            f"the dyadic preset has exponent 1, not {exponent}", hint="use --preset printed"
        )
    return dyadic_constants(memory_bits)
