"""What a page knows of a net and of a run: arrays for `runtime.explorer.pack`, and plain values."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from circuits.errors import LimitError
from compiler.gadgets import Kind
from compiler.hierarchy import Hierarchy
from compiler.net import EdgeRole, Net, Role, Unit
from runtime.explorer.layout import place_components
from runtime.explorer.pack import Array, bits
from runtime.inspect.source_line import is_named_like_a_source

if TYPE_CHECKING:
    from circuits.machines.bounded import BoundedMachine
    from runtime.recording import Recording

_LARGEST_SOURCE = 4_000_000
"""Bytes; the lines of a larger source file are not shown."""

_LONGEST_LINE = 240


def net_arrays(net: Net, boxes: Hierarchy) -> dict[str, Array]:
    """The net as flat arrays; sources as differences from the vertex before, which are alike."""
    fan_in = np.bincount(net.edge_target, minlength=net.vertices)
    found: dict[str, Array] = {
        "role": net.role,
        "unit": net.unit,
        "unit_index": net.unit_index,
        "path_index": net.path_index,
        "label": net.label,
        "line": net.line,
        "level": net.level,
        "gadget": boxes.gadget_of_vertex,
        "component_of_gadget": boxes.component_of_gadget,
        "fan_in": fan_in,
        "source": _coded_sources(net, fan_in),
        "value": net.edge_value,
        "edge_role": net.edge_role,
        "pair_source": boxes.edge_source,
        "pair_target": boxes.edge_target,
        "pair_count": boxes.edge_count,
        "labels": _text(net.labels),
        "component_names": _text(boxes.component_names),
        "input_vertices": np.array([p.vertex for p in net.inputs], np.int64),
        "input_names": _text(p.name for p in net.inputs),
        "output_vertices": np.array([p.vertex for p in net.outputs], np.int64),
        "output_names": _text(p.name for p in net.outputs),
        "memory_edges": np.array([bit.edge for bit in net.memory], np.int64),
        "memory_names": _text(bit.name for bit in net.memory),
    }
    return found


def net_values(net: Net, boxes: Hierarchy, computed: str | None) -> dict[str, Any]:
    """Everything else about a net. ``computed`` says why no values are computed, if none are."""
    placed = place_components(net, boxes)
    return {
        "source": net.source,
        "file": net.circuit.source,
        "target": net.target.value,
        "preset": net.preset,
        "vertices": net.vertices,
        "edges": net.edges,
        "levels": net.levels,
        "learning_rate": [str(net.learning_rate), _float(net.learning_rate)],
        "activation": {name: [net.show(x), _float(x)] for name, x in net.activation.items()},
        "values": [[net.show(x), _float(x)] for x in net.values],
        "random_inputs": list(net.random_inputs),
        "samples": net.samples,
        "copies": [[v, str(n)] for v, n in sorted(net.copies.items())],
        "fan_in_copies": [[e, str(n)] for e, n in sorted(net.fan_in_copies.items())],
        "roles": [role.name.lower().replace("_", " ") for role in Role],
        "units": [unit.name.lower() for unit in Unit],
        "edge_roles": [role.name.lower().replace("_", " ") for role in EdgeRole],
        "kinds": [kind.name.lower() for kind in Kind],
        "component_kind": boxes.component_kind.tolist(),
        "column": placed.column.tolist(),
        "row": placed.row.tolist(),
        "lines": source_lines(net),
        "not_computed": computed,
    }


def run_arrays(run: Recording) -> dict[str, Array]:
    """A run as flat arrays; what each weight is in each step follows from them.

    Its memory replaces the net's, which has none where cells are what is recorded.
    """
    return {
        "run_samples": bits(run.samples),
        "run_labels": bits(run.labels),
        "run_outputs": np.ascontiguousarray(run.outputs, np.float64),
        "run_initial": bits(run.initial),
        "flip_steps": run.flip_steps,
        "flip_bits": run.flip_bits,
        "change_steps": run.change_steps,
        "change_edges": run.change_edges,
        "change_values": np.ascontiguousarray(run.change_values, np.float64),
        "memory_edges": run.memory_edges,
        "memory_names": _text(run.memory_names),
    }


def run_values(run: Recording) -> dict[str, Any]:
    """Everything else about a run."""
    return {
        "steps": run.steps,
        "seed": run.seed,
        "dtype": run.dtype,
    }


def machine_values(machine: BoundedMachine) -> dict[str, Any]:
    """What it takes to read a configuration from memory bits (`circuits.machines.encoding`)."""
    encoding, table = machine.encoding, machine.machine
    return {
        "name": table.name,
        "symbols": list(table.symbols),
        "blank": table.blank,
        "states": list(table.states),
        "symbol_codes": list(encoding.symbol_codes),
        "state_codes": list(encoding.state_codes),
        "symbol_bits": encoding.symbol_bits,
        "state_bits": encoding.state_bits,
        "cells": [list(place) for place in encoding.cells],
        "heads": [list(place) for place in encoding.heads],
        "width": machine.field.width,
        "height": machine.field.height,
    }


def not_computed(net: Net, run: Recording | None) -> str | None:
    """Why a page cannot compute what the vertices of a net say, None if it can."""
    if run is not None and run.dtype not in ("float64", "float32"):
        return f"the run was made in {run.dtype} arithmetic; a page has float64 only"
    if net.preset == "printed":
        return "the constants of the preset printed need other arithmetic than float64"
    try:
        net.weights()
        for _, value in net.activation.items():
            value.to_float()
    except LimitError as error:
        return str(error).splitlines()[0]
    return None


def source_lines(net: Net) -> dict[int, str]:
    """The text of every line of the source file that a vertex came from, where it can be read."""
    wanted = {int(line) for line in np.unique(net.line) if line}
    path = Path(net.circuit.source)
    try:
        if not wanted or not is_named_like_a_source(path) or not path.is_file():
            return {}
        if path.stat().st_size > _LARGEST_SOURCE:
            return {}
        with path.open(encoding="utf-8", errors="strict") as file:
            numbered = enumerate(islice(file, max(wanted)), start=1)
            return {n: text.strip()[:_LONGEST_LINE] for n, text in numbered if n in wanted}
    except (OSError, ValueError):  # not text, or no such name of a file
        return {}


def _coded_sources(net: Net, fan_in: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each source less that of the same edge of the vertex before, if that has as many edges.

    The others are told by how far below their target they are.
    """
    source, target = net.edge_source.astype(np.int64), net.edge_target.astype(np.int64)
    alike = np.zeros(net.vertices, bool)
    alike[1:] = fan_in[1:] == fan_in[:-1]
    before = np.maximum(np.arange(net.edges) - fan_in[target], 0)
    return np.where(alike[target], source - source[before], target - source)


def _text(names: Iterable[str]) -> NDArray[np.uint8]:
    """Names as bytes, separated by the one that is in no name."""
    return np.frombuffer("\0".join(x.replace("\0", " ") for x in names).encode(), np.uint8)


def _float(value: Any) -> float | None:
    """An exact value as a number, None if it does not fit."""
    try:
        return float(value.to_float())
    except LimitError:
        return None
