"""The forward pass of a net as an ONNX model, bit for bit what the engines compute.

ONNX has sums over an axis, but says nothing of their order. So edges are added one after the
other, by ascending source as in `runtime.engines.plan`: vertices of one level that have equally
many incoming edges are one tensor, and their first edges make one vector, their second edges
another, and so on. A vertex with many edges gets a running sum, whose order its name says. A sum
of zeros may have the wrong sign; f gives both zeros the value 0.

Values stand in a store, see `compiler.export.onnx_store`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from circuits.errors import LimitError, SourceError
from compiler.exact import Exact
from compiler.export.legal_text import legal
from compiler.export.onnx_nodes import ActivationNodes, Nodes
from compiler.export.onnx_store import Store
from compiler.net import Net

FORMAT = "sgdcc-onnx"
VERSION = 1

OPSET = 18
_IR = 8
_SUMMED_ONE_BY_ONE = 8
"""Up to so many edges are added by nodes of their own."""

_LARGEST = 2**31 - 2**16
"""Bytes of a protocol buffer, less some for what is not an array."""


def onnx_model(
    net: Net,
    weights: NDArray[np.floating] | None = None,
    *,
    dtype: str = "float64",
    step: int | None = None,
) -> bytes:
    """The model as a file.

    Its input ``input`` has shape (batch, inputs), its output ``output`` (batch, outputs). The rows
    of the tensor ``level.L.hook_post``, shape (units, batch), are the values of level L, and
    those of ``level.L.hook_pre`` what f was applied to.

    Args:
        net: of any target; copies of a quotient are counted.
        weights: shape (edges,); as built by default.
        dtype: ``float64`` or ``float32``, of all numbers.
        step: of the run whose weights these are, for the metadata only.

    Raises:
        SourceError: onnx is not installed.
        LimitError: the activation's power is none of 1, 2 and 3; a number does not fit the dtype;
            or the file would be larger than ONNX allows.
    """
    try:
        import onnx
    except ImportError:
        raise SourceError("the format needs onnx", hint="pip install 'sgdcc[onnx]'") from None
    from onnx import TensorProto, helper

    if weights is None:
        weights = net.weights(dtype)
    weights = np.ascontiguousarray(weights, dtype)
    if weights.shape != (net.edges,):
        raise ValueError(f"weights have shape {weights.shape}, not ({net.edges},)")
    if 12 * net.edges > _LARGEST:
        raise LimitError(f"{net.edges} edges are more than the 2 GiB of an ONNX file hold")
    nodes = Nodes(dtype)
    _write(net, weights, nodes)
    element = TensorProto.DOUBLE if dtype == "float64" else TensorProto.FLOAT
    graph = helper.make_graph(
        nodes.nodes,
        "sgdcc",
        [helper.make_tensor_value_info("input", element, ["batch", len(net.inputs)])],
        [helper.make_tensor_value_info("output", element, ["batch", len(net.outputs)])],
        list(nodes.constants.values()),
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version, model.producer_name = _IR, "sgdcc"
    about = {"format": FORMAT, "version": str(VERSION), "dtype": dtype}
    about |= {"step": "as built" if step is None else str(step)} | _metadata(net, weights)
    for key, value in about.items():
        model.metadata_props.append(onnx.StringStringEntryProto(key=f"sgdcc.{key}", value=value))
    if model.ByteSize() > _LARGEST:
        raise LimitError("the model is more than the 2 GiB of an ONNX file")
    data: bytes = model.SerializeToString(deterministic=True)
    return data


def onnx_pieces(
    net: Net,
    weights: NDArray[np.floating] | None = None,
    *,
    dtype: str = "float64",
    step: int | None = None,
) -> Iterator[bytes]:
    """`onnx_model` as the other formats are written."""
    yield onnx_model(net, weights, dtype=dtype, step=step)


def _write(net: Net, weights: NDArray[np.floating], nodes: Nodes) -> None:
    activation = ActivationNodes(net.activation, nodes)
    entering = None
    if net.is_quotient:
        dtype = weights.dtype.name
        entering = np.ones(net.edges, dtype)
        for edge, count in net.fan_in_copies.items():
            entering[edge] = Exact.of(count).to_float(dtype)
    first_edge = np.searchsorted(net.edge_target, np.arange(net.vertices + 1))
    first_vertex = np.searchsorted(net.level, np.arange(net.levels + 2))
    store = Store(net, nodes)
    store.put(0, _given(net, nodes, int(first_vertex[1])), 0, int(first_vertex[1]))
    for level in range(1, net.levels + 1):
        begin, end = int(first_vertex[level]), int(first_vertex[level + 1])
        if begin == end:
            continue
        name = f"level.{level}"
        parts, members = [], []
        fan_in = np.diff(first_edge[begin : end + 1])
        for count in np.unique(fan_in).tolist():
            chosen = np.flatnonzero(fan_in == count)
            edges = first_edge[begin + chosen] + np.arange(count)[:, None]
            group = f"{name}.fan_in.{count}"
            sources, here = net.edge_source[edges], weights[edges]
            if not count:  # 0 times the constant: these vertices have the sum 0
                sources = np.zeros((1, len(chosen)), np.int32)
                here = np.zeros((1, len(chosen)), weights.dtype)
            copies = None if entering is None or not count else entering[edges]
            parts.append(_sum(nodes, group, store, (sources, here, copies)))
            members.append(chosen)
        total = _in_order(nodes, f"{name}.hook_pre", parts, np.concatenate(members))
        store.put(level, activation.apply(total, f"{name}.hook_post"), begin, end)
    store.outputs([port.vertex for port in net.outputs])


def _given(net: Net, nodes: Nodes, count: int) -> str:
    """The values of level 0: the constant and the inputs, a row each."""
    one = nodes.number("one", 1)
    pads = nodes.constant("pads", np.array([0, 1, 0, 0], np.int64))
    rows = nodes.add("Pad", "input", pads, one, to="level.0.padded")
    column = np.full(count, -1, np.int64)
    column[0] = 0
    for i, port in enumerate(net.inputs):
        column[port.vertex] = i + 1
    if (column < 0).any():
        vertex = int(np.flatnonzero(column < 0)[0])
        raise LimitError(f"{net.provenance(vertex)} has no sources and is no input")
    in_order = np.array_equal(column, np.arange(len(net.inputs) + 1))
    if in_order:
        return nodes.add("Transpose", rows, to="level.0.hook_post", perm=[1, 0])
    rows = nodes.add("Transpose", rows, to="level.0.in_order_of_inputs", perm=[1, 0])
    order = nodes.constant("level.0.order", column)
    return nodes.add("Gather", rows, order, to="level.0.hook_post", axis=0)


def _sum(
    nodes: Nodes,
    name: str,
    store: Store,
    edges: tuple[NDArray[np.int32], NDArray[np.floating], NDArray[np.floating] | None],
) -> str:
    """The sums of vertices with equally many edges; arrays have shape (edges of each, vertices)."""
    sources, weights, copies = edges
    count = len(sources)
    one_by_one = count <= _SUMMED_ONE_BY_ONE

    def flat(array: NDArray[Any]) -> NDArray[Any]:
        return array.reshape(-1) if one_by_one else array

    rows = nodes.constant(f"{name}.row", flat(store.row[sources]))
    arriving = nodes.add("Gather", store.name, rows, to=f"{name}.source", axis=0)
    for what, factor in (("weight", weights), ("copies", copies)):
        if factor is not None and (what == "weight" or (factor != 1).any()):
            factors = nodes.constant(f"{name}.{what}", flat(factor)[..., None])
            arriving = nodes.add("Mul", arriving, factors, to=f"{name}.times_{what}")
    if count == 1:
        return arriving
    if one_by_one:
        first, *others = nodes.split(arriving, count)
        for number, other in enumerate(others, start=2):
            first = nodes.add("Add", first, other, to=f"{name}.sum.{number}")
        return first
    running = nodes.add("CumSum", arriving, nodes.index(0), to=f"{name}.running")
    return nodes.add("Gather", running, nodes.index(count - 1), to=f"{name}.sum", axis=0)


def _in_order(nodes: Nodes, name: str, parts: list[str], members: NDArray[np.intp]) -> str:
    """One tensor of what stands in some, with rows in the order of vertices."""
    sorted_already = bool((np.diff(members) > 0).all())
    joined = name if sorted_already else f"{name}.by_fan_in"
    op, more = ("Identity", {}) if len(parts) == 1 else ("Concat", {"axis": 0})
    joined = nodes.add(op, *parts, to=joined, **more)
    if not sorted_already:
        order = nodes.constant(f"{name}.order", np.argsort(members).astype(np.int32))
        joined = nodes.add("Gather", joined, order, to=name, axis=0)
    return joined


def _metadata(net: Net, weights: NDArray[np.floating]) -> dict[str, str]:
    """What a person or a program wants to know of the numbers."""
    exact: dict[float, list[str]] = {}
    for value in net.values:
        for sign in (value, -value):
            number = float(weights.dtype.type(sign.to_float(weights.dtype.name)))
            exact.setdefault(number, []).append(str(sign))
    used = np.unique(weights).tolist()
    about = {
        "source": legal(net.source),
        "target": net.target.value,
        "preset": net.preset,
        "activation": {name: str(value) for name, value in net.activation.items()},
        "learning_rate": str(net.learning_rate),
        "inputs": [port.name for port in net.inputs],
        "outputs": [port.name for port in net.outputs],
        "weights": {repr(x): sorted(set(exact.get(x, [x.hex()]))) for x in used},
    }
    return {k: v if isinstance(v, str) else json.dumps(v) for k, v in about.items()}
