"""The formats a net can be written in, and which one the name of a file asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from circuits.errors import SourceError
from circuits.files import write_pieces
from circuits.formats.suggest import suggest
from compiler.net import Net


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format.

    Attributes:
        endings: of its files' names; the first is the usual one.
        writer: ``(net, weights) -> pieces``, as ``module:function``; weights are float64 of shape
            (edges,), or None for those as built.
        holds: what is in such a file, in a few words.
        of_any_step: whether a file can hold the weights of a step of a run.
        floats: whether the dtype of the numbers can be chosen.
    """

    endings: tuple[str, ...]
    writer: str
    holds: str
    of_any_step: bool = True
    floats: bool = False


FORMATS: Mapping[str, ExportFormat] = {
    "json": ExportFormat(
        (".json",),
        "compiler.export.node_link:node_link_json",
        "networkx node-link, with everything that training needs",
    ),
    "graphml": ExportFormat(
        (".graphml",), "compiler.export.graphml:graphml", "the graph with all attributes, as XML"
    ),
    "dot": ExportFormat((".dot", ".gv"), "compiler.export.dot:dot", "the graph, for Graphviz"),
    "onnx": ExportFormat(
        (".onnx",),
        "compiler.export.onnx_model:onnx_pieces",
        "the forward pass, bit for bit that of SGD",
        floats=True,
    ),
    "ground-truth": ExportFormat(
        (".jsonl",),
        "compiler.export.ground_truth:ground_truth_lines",
        "which vertices and edges are which gate",
    ),
    "aiger": ExportFormat(
        (".aig", ".aag"),
        "compiler.export.aiger:aiger",
        "the circuit that is read back from the weights",
        of_any_step=False,
    ),
    "safetensors": ExportFormat(
        (".net", ".safetensors"),
        "compiler.export.safetensors:safetensors",
        "the net file, from which everything else can be made",
        of_any_step=False,
    ),
}


def format_of(path: Path, name: str | None) -> str:
    """The name of the format that a file is to have.

    Raises:
        SourceError: no format has this name or, where none is given, this ending.

    >>> format_of(Path("net.gv"), None), format_of(Path("net"), "onnx")
    ('dot', 'onnx')
    """
    if name is not None:
        if name not in FORMATS:
            raise SourceError(f"no export format '{name}'", hint=suggest(name, FORMATS))
        return name
    for known, found in FORMATS.items():
        if path.suffix.lower() in found.endings:
            return known
    known = ", ".join(f"{name} ({' '.join(f.endings)})" for name, f in FORMATS.items())
    raise SourceError(
        f"the ending of {path} names no export format", hint=f"name one; known are {known}"
    )


def write_export(
    net: Net,
    path: Path,
    name: str | None = None,
    weights: NDArray[np.floating] | None = None,
    *,
    dtype: str = "float64",
    step: int | None = None,
) -> str:
    """Write a net; the file appears whole or not at all.

    Args:
        net: of any target.
        path: the file.
        name: in `FORMATS`; by the ending of the file by default.
        weights: float64 of shape (edges,); as built by default.
        dtype: of the numbers, in a format that has a choice: ``float64`` or ``float32``.
        step: of the run whose weights these are, where a format says so.

    Returns:
        the format.

    Raises:
        SourceError: an unknown format, one that cannot hold the weights of a step, a package that
            is not installed, or a file that cannot be written.
        LimitError: the format cannot hold the net.
    """
    name = format_of(path, name)
    found = FORMATS[name]
    if weights is not None and not found.of_any_step:
        some = ", ".join(known for known, f in FORMATS.items() if f.of_any_step)
        raise SourceError(f"{name} holds a net as it was built", hint=f"of a step write {some}")
    module, _, function = found.writer.partition(":")
    writer: Callable[..., Iterable[bytes]] = getattr(import_module(module), function)
    if found.floats:
        pieces = writer(net, weights, dtype=dtype, step=step)
    elif name == "aiger":
        pieces = writer(net, text=path.suffix.lower() == ".aag")
    else:
        pieces = writer(net, weights)
    write_pieces(path, pieces)
    return name
