"""From a circuit or learner to a net: the passes, in order."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction

from circuits.batch import Batch
from circuits.batch_to_memorising import batch_to_memorising
from circuits.circuit import Circuit
from circuits.errors import SourceError
from circuits.learner import Learner
from circuits.learner_to_batch import learner_to_batch
from circuits.learner_to_update_on_error import learner_to_update_on_error
from circuits.update_on_error import UpdateOnError, from_circuit
from compiler.emulation_constants import EmulationConstants, dyadic_constants, printed_constants
from compiler.net import Net, Target
from compiler.noise_constants import NoiseConstants, printed_noise_constants
from compiler.noise_margin import guaranteed_noise
from compiler.passes.circuit_to_component import circuit_to_component
from compiler.passes.control_to_emulation import control_to_emulation
from compiler.passes.lower_to_threshold import lower_to_threshold
from compiler.passes.memorising_to_noise_tolerant import memorising_to_noise_tolerant
from compiler.passes.simplify import simplify
from compiler.passes.update_on_error_to_control import update_on_error_to_control
from compiler.wide_constants import wide_noise_constants

MAX_UNITS = 2**23
"""Memory units that are written out one by one; float32 sums that many contributions exactly.
Where m' is larger, the fillers are built as one unit that stands for all of them."""

PRESETS = ("dyadic", "printed")
"""dyadic: p = 1 with a dead zone, exact in floats. printed: the paper's, any exponent p."""

NOISE_PRESETS = ("wide", "printed")
"""Of noise-tolerant nets. wide: p = 1, chosen to bear the most noise. printed: as above."""

SPARE_SAMPLES = 8
"""A noise-tolerant net memorises so many samples more than a sample has bits, unless told."""


def compile_net(
    source: Circuit | Learner | UpdateOnError | Batch,
    *,
    target: str | None = None,
    samples: int | None = None,
    preset: str | None = None,
    exponent: Fraction | None = None,
    source_name: str = "",
    one_filler: bool = False,
    observe: Callable[[str, Circuit], None] | None = None,
) -> Net:
    """Compile to the emulation net, or a combinational circuit to Lemma 1's component.

    Args:
        source: a combinational circuit, or anything with memory; for the target noise-tolerant a
            learner or a batch.
        target: noise-tolerant for such a net; otherwise the source alone says what it becomes.
        samples: T, how many samples a noise-tolerant net made of a learner memorises; by default
            `SPARE_SAMPLES` more than a sample has bits.
        preset: one of `PRESETS`, or of `NOISE_PRESETS`; by default the first of them, or printed
            where an exponent above 1 is asked.
        exponent: p of the printed preset; 3 by default.
        source_name: what to call the source in reports; its file or name by default.
        one_filler: build all fillers as one unit with multiplicity; always beyond `MAX_UNITS`.
        observe: called after every circuit-to-circuit pass with its name and result.

    Raises:
        SourceError: an unknown preset or target, or a source that cannot be compiled.
        LimitError: there are no constants for a sample of so many bits.
    """
    with _nothing_collected():
        return _compiled(
            source, target, samples, preset, exponent, source_name, one_filler, observe
        )


def _compiled(
    source: Circuit | Learner | UpdateOnError | Batch,
    target: str | None,
    samples: int | None,
    preset: str | None,
    exponent: Fraction | None,
    source_name: str,
    one_filler: bool,
    observe: Callable[[str, Circuit], None] | None,
) -> Net:
    see = observe or (lambda _name, _circuit: None)
    noise_tolerant = target == Target.NOISE_TOLERANT
    presets = NOISE_PRESETS if noise_tolerant else PRESETS
    preset = preset or (presets[0] if exponent in (None, 1) else "printed")
    if preset not in presets:
        raise SourceError(f"unknown preset {preset!r}", hint=f"one of: {', '.join(presets)}")
    if noise_tolerant:
        batch = _batch(source, samples)
        return _noise_tolerant(batch, preset, exponent, source_name or _name(batch.circuit), see)
    if samples is not None or isinstance(source, Batch):
        raise SourceError(
            "only a noise-tolerant net memorises a given number of samples",
            hint=f"ask for the target {Target.NOISE_TOLERANT}",
        )
    combinational = isinstance(source, Circuit) and not source.latches
    known = (Target.EMULATION, Target.COMPONENT) if combinational else (Target.EMULATION,)
    if target is not None and target not in known:
        raise SourceError(f"no target of this source is {target!r}", hint=f"ask for {known[-1]}")
    if isinstance(source, Circuit) and not source.latches:
        circuit = _lowered(source, see)
        return circuit_to_component(circuit, source, preset, source_name or _name(source))

    form = _update_on_error(source)
    see("learner_to_update_on_error", form.circuit)
    control = update_on_error_to_control(form)
    see("update_on_error_to_control", control)
    control = _lowered(control, see)
    constants = _constants(preset, exponent, len(form.circuit.latches))
    one_filler = one_filler or constants.units > MAX_UNITS
    return control_to_emulation(
        control, form, constants, preset, source_name or _name(form.circuit), one_filler=one_filler
    )


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """No search for cyclic garbage: there is none, and looking through all gates takes long."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _noise_tolerant(
    batch: Batch,
    preset: str,
    exponent: Fraction | None,
    source_name: str,
    see: Callable[[str, Circuit], None],
) -> Net:
    constants = _noise_constants(preset, exponent, batch.inputs)
    noise = guaranteed_noise(constants, batch.inputs)
    see("learner_to_batch", batch.circuit)
    component = batch_to_memorising(batch)
    see("batch_to_memorising", component)
    component = _lowered(component, see)
    return memorising_to_noise_tolerant(component, batch, constants, noise, preset, source_name)


def _lowered(circuit: Circuit, see: Callable[[str, Circuit], None]) -> Circuit:
    circuit = simplify(circuit)
    see("simplify", circuit)
    circuit = lower_to_threshold(circuit)
    see("lower_to_threshold", circuit)
    return circuit


def _batch(source: Circuit | Learner | UpdateOnError | Batch, samples: int | None) -> Batch:
    if isinstance(source, Batch):
        if samples not in (None, source.samples):
            raise SourceError(
                f"a batch of {source.samples} samples cannot memorise {samples}",
                hint="leave the number of samples away",
            )
        return source
    if isinstance(source, Learner):
        bits = len(source.sample_names) + len(source.random_names)
        return learner_to_batch(source, bits + SPARE_SAMPLES if samples is None else samples)
    raise SourceError(
        "a noise-tolerant net is made of a learner or a batch, not of a circuit",
        hint="a circuit over all samples can be wrapped in circuits.batch.Batch",
    )


def _noise_constants(preset: str, exponent: Fraction | None, inputs: int) -> NoiseConstants:
    p = _printed_exponent(preset, exponent)
    return wide_noise_constants(inputs) if p is None else printed_noise_constants(p, inputs)


def _update_on_error(source: Circuit | Learner | UpdateOnError) -> UpdateOnError:
    if isinstance(source, UpdateOnError):
        return source
    if isinstance(source, Learner):
        return learner_to_update_on_error(source)
    return from_circuit(source)


def _name(circuit: Circuit) -> str:
    return circuit.source or circuit.name or "circuit"


def _constants(preset: str, exponent: Fraction | None, memory_bits: int) -> EmulationConstants:
    p = _printed_exponent(preset, exponent)
    return dyadic_constants(memory_bits) if p is None else printed_constants(p, memory_bits)


def _printed_exponent(preset: str, exponent: Fraction | None) -> Fraction | None:
    """P of the printed preset; None of another, which has exponent 1."""
    if preset == "printed":
        return Fraction(3) if exponent is None else exponent
    if exponent not in (None, 1):
        raise SourceError(
            f"the {preset} preset has exponent 1, not {exponent}", hint="use --preset printed"
        )
    return None
