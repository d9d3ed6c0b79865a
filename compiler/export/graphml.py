"""GraphML: one XML file with every vertex and edge and all that is known of them.

networkx, yEd, Gephi, Cytoscape, igraph and graph-tool read it. It is written row by row.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compiler.export.columns import Column, edge_columns, texts, vertex_columns
from compiler.export.legal_text import legal
from compiler.export.node_link import graph_attributes
from compiler.net import Net

VERSION = 1

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns'
    ' http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">\n'
)
_TYPES = {bool: "boolean", int: "int", float: "double", str: "string"}


def graphml(net: Net, weights: NDArray[np.floating] | None = None) -> Iterator[bytes]:
    """The file in pieces.

    Args:
        net: of any target, also a quotient.
        weights: float64 of shape (edges,); as built by default.

    Raises:
        LimitError: a number does not fit float64.
    """
    # All of it first: a file that cannot be written is refused before it is begun.
    vertices, edges, graph = vertex_columns(net), edge_columns(net, weights), _graph_data(net)
    keys = [
        (kind, c.key, _type(c)) for kind, cs in (("node", vertices), ("edge", edges)) for c in cs
    ]
    keys += [("graph", key, "string") for key in graph]
    yield _HEAD.encode()
    for kind, key, type_ in keys:
        yield (
            f'<key id="{kind[0]}.{key}" for="{kind}" attr.name="{key}" attr.type="{type_}"/>\n'
        ).encode()
    yield b'<graph id="net" edgedefault="directed">\n'
    for key, value in graph.items():
        yield (_pair("g", key, value) + "\n").encode()
    nodes = map('<node id="%d">'.__mod__, range(net.vertices))
    yield from texts(vertices, lambda k, v: _pair("n", k, v), nodes, "</node>\n")
    ends = zip(range(net.edges), net.edge_source.tolist(), net.edge_target.tolist(), strict=True)
    heads = map('<edge id="e%d" source="%d" target="%d">'.__mod__, ends)
    yield from texts(edges, lambda k, v: _pair("e", k, v), heads, "</edge>\n")
    yield b"</graph>\n</graphml>\n"


def escaped(text: str) -> str:
    r"""Text between tags. What XML cannot hold becomes U+FFFD.

    >>> escaped("a<b & c\r\x00")
    'a&lt;b &amp; c&#13;\ufffd'
    """
    text = legal(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("\r", "&#13;")  # a bare one would be read as a new line


def _pair(kind: str, key: str, value: Any) -> str:
    if isinstance(value, bool):
        value = str(value).lower()
    text = escaped(value) if isinstance(value, str) else repr(value)
    return f'<data key="{kind}.{key}">{text}</data>'


def _type(column: Column) -> str:
    found = {type(value) for value in column.values if value is not None} or {str}
    return _TYPES[found.pop()]


def _graph_data(net: Net) -> dict[str, str]:
    """What is true of the whole net; lists and numbers as JSON."""
    found = {**graph_attributes(net), "graphml_version": VERSION}
    return {k: v if isinstance(v, str) else json.dumps(v) for k, v in found.items()}
