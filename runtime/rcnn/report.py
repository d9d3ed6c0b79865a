"""What the verification of a recurrent convolutional net found."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields

from compiler.rcnn.filter import Sizes


@dataclass(frozen=True, slots=True)
class RcnnDivergence:
    """The first thing that was not as it must be.

    Attributes:
        when: the step of SGD, the query or the run.
        check: what was compared.
        step: of SGD, counted from 0; None after training.
        layer: counted from 1; 0 is the grid before all layers; None if it is not about one.
        cell: (column, row) from the top left cell, of the grid or of W; None likewise.
        expected, got: in words, or numbers.
    """

    when: str
    check: str
    step: int | None
    layer: int | None
    cell: tuple[int, int] | None
    expected: str
    got: str

    def __str__(self) -> str:
        """One line for a person."""
        layer = "" if self.layer is None else f", layer {self.layer}"
        cell = "" if self.cell is None else f", cell {self.cell}"
        return f"{self.when}{layer}{cell}: {self.check}: expected {self.expected}, got {self.got}"


@dataclass(frozen=True, slots=True)
class RcnnFacts:
    """What the JSON of ``verify`` says of these nets only; null for other targets.

    Attributes:
        states: s, with halting states.
        width: the most channels of a layer.
        parameters: weights and biases of the filter and the head.
        distinct_weights: how many values they have.
        layers: L.
        memorised: whether W was exact after every step of SGD, and the output 0; None without SGD.
        cells_compared: cells times layers, each with what the machine says.
        fresh: queries.
        fresh_wrong: of these, answered other than they must be.
        bits, samples: d and m; None without SGD.
        scale: of the values of cells.
        path: "plain" or "fast".
        grid: (width, height) in cells.
        machine_layers: of the machine that ran; the most, of several queries.
    """

    states: int
    width: int
    parameters: int
    distinct_weights: int
    layers: int
    memorised: bool | None
    cells_compared: int
    fresh: int | None
    fresh_wrong: int | None
    bits: int | None
    samples: int | None
    scale: str
    path: str
    grid: tuple[int, int]
    machine_layers: int


@dataclass(frozen=True, slots=True)
class RcnnReport:
    """The result; `to_json` is what ``verify --target rcnn --json`` prints.

    Attributes:
        emulates: nothing diverged.
        source: the machine's name or file.
        dtype: of weights and values.
        control: what was broken on purpose.
        seed: of all that is random.
        steps: of SGD.
        sizes: of the filter.
        cell_mismatches: cells that were wrong in the first layer that was.
        output_mismatches: outputs that were not 0 in training, or wrong after it.
        memory_mismatches: entries of W that were wrong after the first step after which some were.
        facts: what other targets do not have.
        first_divergence: None when ``emulates``.
        seconds: in all.
    """

    emulates: bool
    source: str
    dtype: str
    control: str | None
    seed: int
    steps: int
    sizes: Sizes
    cell_mismatches: int
    output_mismatches: int
    memory_mismatches: int
    facts: RcnnFacts
    first_divergence: RcnnDivergence | None
    seconds: float

    def to_json(self) -> str:
        """One JSON object; what is only known of other targets is null."""
        from runtime.report import Report

        own = asdict(self)
        own.pop("sizes")
        own |= own.pop("facts") | {
            "target": "rcnn",
            "arithmetic": self.dtype,
            "seconds": round(self.seconds, 3),
        }
        others = dict.fromkeys(Report.json_keys())
        return json.dumps(others | own, indent=2)

    def __str__(self) -> str:
        """A short text for a person."""
        facts, sizes = self.facts, self.sizes
        verdict = "emulates" if self.emulates else "DIVERGES"
        width, height = facts.grid
        lines = [
            f"{self.source}: {verdict} ({self.steps} SGD steps, {facts.layers} layers, "
            f"{self.dtype}, {facts.scale} scale, {facts.path} path, seed {self.seed}, "
            f"{self.seconds:.1f} s)",
            f"  {sizes.states} states, width {sizes.width}, {sizes.parameters} parameters with "
            f"{sizes.distinct_weights} values, a grid of {width}x{height} cells",
        ]
        if facts.memorised is not None:
            right = "exact" if facts.memorised else "WRONG"
            asked = "no" if facts.fresh is None else str(facts.fresh)
            lines.append(
                f"  {facts.samples} samples of {facts.bits} bits memorised: {right}; "
                f"{asked} fresh samples, {facts.fresh_wrong or 0} wrong"
            )
        lines.append(
            f"  {facts.cells_compared} cells compared in {facts.machine_layers} machine layers, "
            f"{self.cell_mismatches} cell mismatches"
        )
        if self.first_divergence is not None:
            lines.append(f"  first divergence: {self.first_divergence}")
        return "\n".join(lines)


def rcnn_keys() -> list[str]:
    """The keys of JSON that only these nets have."""
    return [field.name for field in fields(RcnnFacts)]
