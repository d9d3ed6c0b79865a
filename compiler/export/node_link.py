"""networkx node-link JSON: the whole net as one plain document that needs no program of ours.

``networkx.node_link_graph(json.load(file), edges="edges")`` reads it. Everything that training
needs is in it: `tests/test_node_link.py` retrains such a file with a short numpy program.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from compiler.export.columns import Column, edge_columns, texts, vertex_columns
from compiler.net import Net

if TYPE_CHECKING:
    import networkx as nx

VERSION = 2


def node_link_json(net: Net, weights: NDArray[np.floating] | None = None) -> Iterator[bytes]:
    """The document in pieces, so that a large net never stands in memory as text.

    Args:
        net: of any target, also a quotient.
        weights: float64 of shape (edges,); as built by default.

    Raises:
        LimitError: a number does not fit float64.
    """
    vertices, edges = vertex_columns(net), edge_columns(net, weights)
    many = has_parallel_edges(net)
    head = {"directed": True, "multigraph": many, "graph": graph_attributes(net)}
    yield json.dumps(head)[:-1].encode() + b', "nodes": [\n'
    nodes = map('{"id": %d'.__mod__, range(net.vertices))
    yield from _without_last_comma(texts(vertices, _pair, nodes, "},\n"))
    yield b'], "edges": [\n'
    ends = zip(net.edge_source.tolist(), net.edge_target.tolist(), _keys(net), strict=True)
    form = '{"source": %d, "target": %d' + (', "key": %d' if many else "%.0s")
    yield from _without_last_comma(texts(edges, _pair, map(form.__mod__, ends), "},\n"))
    yield b"]}\n"


def to_networkx(net: Net, weights: NDArray[np.floating] | None = None) -> nx.DiGraph[int]:
    """The net as a networkx graph with the same attributes as the JSON document.

    A MultiDiGraph where edges are parallel, which only a quotient has.
    """
    import networkx as nx

    many = has_parallel_edges(net)
    graph: Any = (nx.MultiDiGraph if many else nx.DiGraph)(**graph_attributes(net))
    graph.add_nodes_from(enumerate(_rows(vertex_columns(net), net.vertices)))
    ends = [net.edge_source.tolist(), net.edge_target.tolist()]
    if many:
        ends.append(_keys(net))
    graph.add_edges_from(zip(*ends, _rows(edge_columns(net, weights), net.edges), strict=True))
    found: nx.DiGraph[int] = graph
    return found


def has_parallel_edges(net: Net) -> bool:
    """Whether two edges go from one vertex to the same other, as in some quotients."""
    return any(_keys(net))


def graph_attributes(net: Net) -> dict[str, Any]:
    """What is true of the whole net; the ``graph`` object of the document.

    Raises:
        LimitError: a number does not fit float64.
    """
    activation: dict[str, float | str] = {}
    for name, value in net.activation.items():
        activation[name] = value.to_float()
        activation[f"{name}_exact"] = str(value)
    random = set(net.random_inputs)
    return {
        "format": "sgdcc-net",
        "version": VERSION,
        "source": net.source,
        "target": net.target.value,
        "preset": net.preset,
        "activation": activation,
        "loss": "squared_error",
        "learning_rate": net.learning_rate.to_float(),
        "learning_rate_exact": str(net.learning_rate),
        "constant": 0,
        "inputs": [
            {"vertex": p.vertex, "name": p.name, "kind": "random" if i in random else "sample"}
            for i, p in enumerate(net.inputs)
        ],
        "output": net.outputs[0].vertex if len(net.outputs) == 1 else None,
        "outputs": [{"vertex": p.vertex, "name": p.name} for p in net.outputs],
        "memory": [
            {
                "name": bit.name,
                "source": int(net.edge_source[bit.edge]),
                "target": int(net.edge_target[bit.edge]),
                "zero": bit.zero.to_float(),
                "zero_exact": str(bit.zero),
            }
            for bit in net.memory
        ],
    }


def _keys(net: Net) -> list[int]:
    """By edge: how many before it go between the same two vertices."""
    same = (np.diff(net.edge_source) == 0) & (np.diff(net.edge_target) == 0)
    number = np.arange(net.edges)
    first = np.concatenate([number[:1], np.where(same, 0, number[1:])])
    keys: list[int] = (number - np.maximum.accumulate(first)).tolist()
    return keys


def _rows(columns: list[Column], rows: int) -> Iterator[dict[str, Any]]:
    """The attributes of each row."""
    lists = [np.array(c.values, object)[c.codes].tolist() for c in columns]
    keys = [column.key for column in columns]
    for row in zip(*lists, strict=True) if rows else ():
        yield {key: value for key, value in zip(keys, row, strict=True) if value is not None}


def _pair(key: str, value: Any) -> str:
    return f', "{key}": {json.dumps(value)}'


def _without_last_comma(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces, the last of which loses its comma."""
    last = b""
    for piece in pieces:
        if last:
            yield last
        last = piece
    yield last.removesuffix(b",\n") + b"\n"
