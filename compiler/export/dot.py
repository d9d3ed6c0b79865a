"""DOT, the language of Graphviz: for `dot -Tsvg` on a small net, and readers such as pydot.

Attributes are those of the GraphML file, but for two that mean something else to Graphviz and
pydot: an edge's ``weight`` is ``weight_float`` here, and a vertex's ``name`` is ``full_name``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compiler.export.columns import Column, edge_columns, texts, vertex_columns
from compiler.export.legal_text import legal
from compiler.export.node_link import graph_attributes
from compiler.net import Net

VERSION = 1

LABELLED_EDGES = 2000
"""A net with more edges than so many is no picture, and its edges get no labels."""

_SHAPES = {"constant": "box", "sample": "invhouse", "random": "invhouse", "output": "house"}


def dot(net: Net, weights: NDArray[np.floating] | None = None) -> Iterator[bytes]:
    """The file in pieces; arguments and errors as for `compiler.export.graphml.graphml`."""
    vertices, edges, about = vertex_columns(net), edge_columns(net, weights), graph_attributes(net)
    vertices = [
        _labels(vertices[0]),
        vertices[0]._replace(key="full_name"),
        *vertices[1:],
        _shape(next(c for c in vertices if c.key == "role")),
    ]
    edges[0] = edges[0]._replace(key="weight_float")
    if net.edges <= LABELLED_EDGES:
        edges.append(_labels(edges[1]))
    facts = {"source", "target", "preset", "learning_rate_exact"}
    yield b"digraph net {\n"
    yield f"graph [rankdir=LR, format_version={quoted(str(VERSION))}".encode()
    yield "".join(_pair(k, v) for k, v in about.items() if k in facts).encode() + b"]\n"
    yield b"node [shape=ellipse]\n"
    nodes = map("%d [".__mod__, range(net.vertices))
    yield from texts(vertices, _pair, nodes, "]\n")
    ends = zip(net.edge_source.tolist(), net.edge_target.tolist(), strict=True)
    yield from texts(edges, _pair, map("%d -> %d [".__mod__, ends), "]\n")
    yield b"}\n"


def quoted(text: str) -> str:
    r"""A string of DOT. Backslash, quote and new line are escaped, as in C.

    Graphviz shows such a text as it was where it is a label.

    >>> print(quoted('a "b" \\'))
    "a \"b\" \\"
    """
    text = legal(text).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + text.replace("\n", "\\n").replace("\r", "\ufffd") + '"'


def unquoted(text: str) -> str:
    """The text that `quoted` was given, but for the characters that a file cannot hold."""
    parts = text[1:-1].split("\\\\")
    return "\\".join(part.replace('\\"', '"').replace("\\n", "\n") for part in parts)


def _pair(key: str, value: Any) -> str:
    if isinstance(value, bool):
        value = str(value).lower()
    return f" {key}={quoted(value if isinstance(value, str) else repr(value))}"


def _labels(column: Column) -> Column:
    """What is drawn. Graphviz would show ``&lt;`` as ``<``."""
    return Column("label", [v.replace("&", "&amp;") for v in column.values], column.codes)


def _shape(role: Column) -> Column:
    return Column("shape", [_SHAPES.get(value) for value in role.values], role.codes)
