"""One HTML file with the layers of a recurrent convolutional net, from `runtime.rcnn.recording`.

Every value that a cell has in the run is in a table, as an exact fraction and with what it stands
for; the grids before the first layer and the changes after it are numbers of that table. So a page
of thousands of layers is as large as what they change.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from circuits.files import write_whole
from compiler.rcnn.cells import Cell, Neighbour, Phase, described, is_empty, is_sample
from compiler.rcnn.codes import balanced
from compiler.rcnn.coding import Coding
from compiler.rcnn.filter import Filter
from compiler.rcnn.head import written
from runtime.explorer.pack import Array
from runtime.explorer.page import assembled
from runtime.rcnn.recording import LayerRecording, Pass

_SCRIPTS = ("layer_run.js", "layer_grid.js", "layer_panel.js", "layer_strip.js", "layer_app.js")


def layers_page(recording: LayerRecording) -> str:
    """The page as text; of a learner, or of a machine on its cells."""
    source = recording.net.machine.name or "machine"
    begins = np.stack([one.begin.ravel() for one in recording.passes])
    changed = np.concatenate([one.changes.value for one in recording.passes])
    weights = recording.memory
    memory = begins[:0] if weights is None else weights.reshape(len(weights), -1)
    known = np.unique(np.concatenate([begins.ravel(), changed, memory.ravel()]))
    step, cell = np.nonzero(memory[1:] != memory[:-1])
    arrays: dict[str, Array] = {
        "begins": np.searchsorted(known, begins).ravel(),
        "change_layers": np.concatenate([one.changes.layer for one in recording.passes]),
        "change_cells": np.concatenate([one.changes.cell for one in recording.passes]),
        "change_values": np.searchsorted(known, changed),
        "memory_initial": np.searchsorted(known, memory[:1]).ravel(),
        "memory_steps": step,
        "memory_cells": cell,
        "memory_values": np.searchsorted(known, memory[1:][step, cell]),
    }
    height, width = recording.passes[0].begin.shape
    values: dict[str, Any] = {
        "width": width,
        "height": height,
        "main": width if weights is None else weights.shape[2],
        "layers": recording.layers,
        "steps": recording.steps,
        "seed": recording.seed,
        "dtype": recording.dtype,
        "path": recording.path,
        "passes": [_pass(one) for one in recording.passes],
        "values": [_value(recording.net, float(value)) for value in known],
        "coding": _coding(recording.net),
    }
    return assembled("layers", _SCRIPTS, source, values, arrays)


def write_layers(path: Path, recording: LayerRecording) -> int:
    """Write the page, whole or not at all.

    Returns:
        its size in bytes.
    """
    data = layers_page(recording).encode()
    write_whole(path, data)
    return len(data)


def _pass(one: Pass) -> dict[str, Any]:
    return {
        "changes": len(one.changes.layer),
        "last": one.last,
        "sample": None if one.sample is None else one.sample.tolist(),
        "label": one.label,
        "output": None if one.output is None else exact_text(one.output),
        "machine_answer": one.machine_answer,
        "learner_answer": one.learner_answer,
    }


def _coding(net: Filter) -> dict[str, Any]:
    """What the values of cells are made of."""
    coding = net.coding
    symbol = [f"symbol, digit {i + 1}" for i in range(coding.symbol_digits)]
    state = len(coding.weights) - coding.symbol_digits - 3
    names = ["workspace", *symbol, "phase", "head"]
    return {
        "scale": str(coding.scale),
        "symbols": list(net.machine.symbols),
        "blank": coding.blank,
        "samples": list(coding.samples),
        "states": list(net.machine.states),
        "digits": [*names, *(f"state, digit {i + 1}" for i in range(state))],
        "weights": [exact_text(weight) for weight in coding.weights],
        "padding": exact_text(coding.padding),
        "margin": exact_text(coding.margin),
        "written": exact_text(written(coding)),
        "learning_rate": exact_text(net.learning_rate),
    }


def exact_text(value: Fraction | float) -> str:
    """An exact value; a large power of two below the stroke as such.

    >>> exact_text(Fraction(1, 3)), exact_text(-0.5), exact_text(2.0**-40)
    ('1/3', '-1/2', '1/2^40')
    """
    exact = Fraction(value)
    power = exact.denominator.bit_length() - 1
    if power > 12 and exact.denominator == 2**power:
        return f"{exact.numerator}/2^{power}"
    return str(exact)


def _value(net: Filter, value: float) -> dict[str, Any]:
    """A value exactly, and what it stands for."""
    coding = net.coding
    number = int(coding.numbers(np.array([value]))[0])
    said: dict[str, Any] = {"exact": exact_text(value)}
    if number < 0:
        return said | {"kind": "none", "words": "the value of no cell"}
    cell = coding.cells[number]
    said |= {"kind": _kind(cell, coding.blank), "words": described(net.machine, cell)}
    if coding.values[number] != Fraction(value):
        said["stands_for"] = exact_text(coding.values[number])
    if cell is None:
        return said
    return said | {
        "symbol": cell.symbol,
        "state": cell.state,
        "phase": int(cell.phase),
        "digits": digits_of(coding, cell),
    }


def _kind(cell: Neighbour, blank: int) -> str:
    """How a cell is drawn; padding is in no grid."""
    if cell is None:
        return "none"
    if cell.phase is not Phase.UNKNOWN:
        return "memory" if cell.phase is Phase.MEMORY else "computing"
    return "sample" if is_sample(cell, blank) else "workspace" if is_empty(cell) else "fresh"


def digits_of(coding: Coding, cell: Cell) -> list[int]:
    """The digits -1, 0, 1 of a cell: times the weights, they add up to its value."""
    symbol = balanced(coding.symbols[cell.symbol], coding.symbol_digits)
    left = len(coding.weights) - coding.symbol_digits - 3
    state = (0,) * left if cell.state is None else balanced(coding.states[cell.state], left)
    head = int(cell.state is not None)
    return [int(cell.workspace), *symbol, int(cell.phase), head, *state]
