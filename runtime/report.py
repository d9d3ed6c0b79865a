"""What a verification found: counts, and the first divergence with its place in the source."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum

from runtime.machines.report import MachineReport
from runtime.noise.report import NoiseReport
from runtime.rcnn.report import rcnn_keys


class Check(StrEnum):
    """What is compared after every step; the values are the keys of the report."""

    OUTPUT = "output_mismatches"
    """The output is exactly +-1 (+-2 for a component) and the reference's; the answer of a
    noise-tolerant net is within 1/2 of it."""
    BLEND = "blend_inputs"
    """No vertex has its input between two pieces of the activation."""
    GRADIENT = "protected_gradients_nonzero"
    """The gradient of an edge that must never change is exactly 0."""
    MEMORY = "memory_mismatches"
    """The edge of a memory bit has the sign that the reference's bit says."""
    WEIGHT = "frozen_weight_changes"
    """Every other weight is what was built, or its exact negative where Lemma 2 says so."""
    READ_OUT = "read_out_mismatches"
    """The trained read-out of a component is bit for bit the one trained on the circuit."""
    CONFIGURATION = "configuration_mismatches"
    """The memory edges hold the configuration in which the machine is by its table."""
    CELL = "cell_mismatches"
    """Each cell M' is unset, or set by the right label, in its weights and in what it outputs."""
    CONTROL = "control_mismatches"
    """The control vertices of a noise-tolerant net are exactly 0 or 2, each in its steps."""
    OUTPUT_RANGE = "output_out_of_range"
    """The output of a noise-tolerant net is near 1/2 while it memorises."""


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first thing that was not as it must be.

    Attributes:
        step: counted from 0.
        check: which comparison failed.
        vertex: the vertex, or the target of the edge.
        edge: the edge, or None.
        provenance: the vertex in words, with the gate or latch of the source it came from.
        expected, got: values, as exact decimal floats.
    """

    step: int
    check: Check
    vertex: int | None
    edge: int | None
    provenance: str
    expected: str
    got: str

    def __str__(self) -> str:
        """One line for a person."""
        edge = f", edge {self.edge}" if self.edge is not None else ""
        return (
            f"step {self.step}: {self.check.value.replace('_', ' ')}: {self.provenance} "
            f"(vertex {self.vertex}{edge}): expected {self.expected}, got {self.got}"
        )


@dataclass(frozen=True, slots=True)
class Report:
    """The result of `runtime.verify.verify`; `to_json` is what ``verify --json`` prints.

    Attributes:
        emulates: nothing diverged.
        steps: SGD steps run; fewer than asked for after a divergence, which ends the run.
        wrong_steps: steps whose output was not the label: those that may change weights.
        last_wrong_step: the last of these, or None.
        exhaustive: the samples were all there are.
        arithmetic: "exact", or the dtype.
        exponent: p of the activation, as a fraction.
        m_prime: the integer m', in decimal; None for a component, which has no units.
        units_built: memory units that are written out; in a quotient one may stand for many.
        classes: vertices that are left when those that stay alike are merged.
        flips_before_divergence: updates that went right before the first divergence, or None.
        first_divergence: None when ``emulates``.
        configuration_mismatches: None but for a machine, as is ``machine``.
        cell_mismatches, control_mismatches, output_out_of_range: None but for a noise-tolerant net,
            as is ``noise``.
        machine: how its run went; in JSON its attributes are beside all others.
        noise: how the runs of a noise-tolerant net went; likewise.
    """

    emulates: bool
    source: str
    target: str
    preset: str
    dtype: str
    arithmetic: str
    engine: str
    labels: str
    control: str | None
    seed: int
    steps: int
    wrong_steps: int
    last_wrong_step: int | None
    exhaustive: bool
    vertices: int
    edges: int
    memory_bits: int
    levels: int
    exponent: str
    m_prime: str | None
    units_built: int
    classes: int
    flips_before_divergence: int | None
    output_mismatches: int = 0
    memory_mismatches: int = 0
    frozen_weight_changes: int = 0
    protected_gradients_nonzero: int = 0
    blend_inputs: int = 0
    read_out_mismatches: int = 0
    configuration_mismatches: int | None = None
    cell_mismatches: int | None = None
    control_mismatches: int | None = None
    output_out_of_range: int | None = None
    machine: MachineReport | None = None
    noise: NoiseReport | None = None
    first_divergence: Divergence | None = None
    seconds: float = 0.0

    def to_json(self) -> str:
        """One JSON object; what is only known of machines, or under noise, is null for others."""
        facts = asdict(replace(self, seconds=round(self.seconds, 3)))
        for name, kind in (("machine", MachineReport), ("noise", NoiseReport)):
            facts |= facts.pop(name) or dict.fromkeys(field.name for field in fields(kind))
        return json.dumps(
            facts | {name: None for name in rcnn_keys() if name not in facts}, indent=2
        )

    @classmethod
    def json_keys(cls) -> list[str]:
        """The keys of `to_json` but for those of recurrent convolutional nets."""
        parts = {"machine": MachineReport, "noise": NoiseReport}
        own = [field.name for field in fields(cls) if field.name not in parts]
        return own + [field.name for kind in parts.values() for field in fields(kind)]

    def __str__(self) -> str:
        """A short text for a person."""
        verdict = "emulates" if self.emulates else "DIVERGES"
        memory = f"{self.memory_bits} memory bits"
        if self.noise is not None:
            memory = f"{self.units_built} cells"
        lines = [
            f"{self.source}: {verdict} ({self.steps} SGD steps, {self.wrong_steps} of them wrong, "
            f"{self.arithmetic}, seed {self.seed}, {self.seconds:.1f} s)",
            f"  {self.vertices} vertices, {self.edges} edges, {self.levels} levels, {memory}; "
            f"{self.target} net, {self.preset} preset",
        ]
        counts = {c.value.replace("_", " "): getattr(self, c.value) for c in Check}
        made = [f"{count} {name}" for name, count in counts.items() if count is not None]
        lines.append("  " + ", ".join(made))
        for part in (self.machine, self.noise):
            if part is not None:
                lines += [f"  {line}" for line in str(part).splitlines()]
        if self.exhaustive and self.emulates:  # a divergence ends the run
            lines.append("  all inputs were tried")
        if self.first_divergence is not None:
            lines.append(f"  first divergence at {self.first_divergence}")
        return "\n".join(lines)
