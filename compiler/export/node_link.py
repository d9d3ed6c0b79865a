"""networkx node-link JSON: the whole net as one plain document that needs no program of ours.

``networkx.node_link_graph(json.load(file), edges="edges")`` reads it. Everything that training
needs is in it: `tests/test_node_link.py` retrains such a file with a short numpy program.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from circuits.errors import LimitError
from compiler.net import EdgeRole, Net, Role

if TYPE_CHECKING:
    import networkx as nx

VERSION = 1

_CHUNK = 10_000


def node_link_json(net: Net) -> Iterator[str]:
    """The document in pieces, so that a large net never stands in memory as text."""
    head = {"directed": True, "multigraph": False, "graph": graph_attributes(net)}
    yield json.dumps(head)[:-1] + ', "nodes": ['
    yield from _joined(_nodes(net))
    yield '], "edges": ['
    yield from _joined(_edges(net))
    yield "]}\n"


def to_networkx(net: Net) -> nx.DiGraph[int]:
    """The net as a networkx graph with the same attributes as the JSON document."""
    import networkx as nx

    graph: nx.DiGraph[int] = nx.DiGraph(**graph_attributes(net))
    graph.add_nodes_from((node.pop("id"), node) for node in _nodes(net))
    graph.add_edges_from((e.pop("source"), e.pop("target"), e) for e in _edges(net))
    return graph


def graph_attributes(net: Net) -> dict[str, Any]:
    """What is true of the whole net; the ``graph`` object of the document.

    Raises:
        LimitError: a quotient, whose copies a graph has not; or a number beyond float64.
    """
    if net.is_quotient:
        raise LimitError(f"{net.source}: vertices stand for several; a graph cannot say so")
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


def _nodes(net: Net) -> Iterator[dict[str, Any]]:
    for vertex in range(net.vertices):
        yield {
            "id": vertex,
            "role": Role(net.role[vertex]).name.lower(),
            "level": int(net.level[vertex]),
            "provenance": net.provenance(vertex),
        }


def _edges(net: Net) -> Iterator[dict[str, Any]]:
    floats = net.weights().tolist()
    exact = [str(value) for value in net.values]
    roles = [role.name.lower() for role in EdgeRole]
    rows = zip(
        net.edge_source.tolist(),
        net.edge_target.tolist(),
        floats,
        net.edge_value.tolist(),
        net.edge_role.tolist(),
        strict=True,
    )
    for source, target, weight, value, role in rows:
        yield {
            "source": source,
            "target": target,
            "weight": weight,
            "weight_exact": exact[value],
            "role": roles[role],
        }


def _joined(items: Iterator[dict[str, Any]]) -> Iterator[str]:
    """JSON objects separated by commas, thousands at a time."""
    pending: list[str] = []
    first = True
    for item in items:
        pending.append(json.dumps(item))
        if len(pending) == _CHUNK:
            yield ("" if first else ", ") + ", ".join(pending)
            pending, first = [], False
    if pending:
        yield ("" if first else ", ") + ", ".join(pending)
