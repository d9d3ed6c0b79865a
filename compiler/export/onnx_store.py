"""Where an ONNX model keeps the values that later levels read.

The store is a tensor with a row per vertex. When it is more than half full of rows that nobody
reads any more it is rewritten without them, so a deep net costs neither memory nor time.
"""

from __future__ import annotations

import numpy as np

from compiler.export.onnx_nodes import Nodes
from compiler.net import Net

_SLACK = 1024
"""Rows that are not worth rewriting a store for."""


class Store:
    """The tensor of values that later levels read, and which row is which vertex."""

    def __init__(self, net: Net, nodes: Nodes) -> None:
        self.name = ""
        self.row = np.full(net.vertices, -1, np.int32)
        self._nodes = nodes
        self._held = np.empty(0, np.int64)
        self._live = 0
        # Edges are sorted by target, so the last one that reads a vertex leads highest.
        self._read_at = np.zeros(net.vertices, np.int32)
        self._read_at[net.edge_source] = net.level[net.edge_target]
        self._read_at[[port.vertex for port in net.outputs]] = net.levels + 1

    def put(self, level: int, tensor: str, begin: int, end: int) -> None:
        """Add the values of a level, vertices ``begin`` to ``end``."""
        if self.name:
            tensor = self._nodes.add("Concat", self.name, tensor, to=f"store.{level}", axis=0)
        self.name = tensor
        self._held = np.concatenate([self._held, np.arange(begin, end)])
        if len(self._held) > 2 * self._live + _SLACK:
            keep = np.flatnonzero(self._read_at[self._held] > level)
            self._live = len(keep)
            if len(self._held) > 2 * len(keep) + _SLACK:
                kept = self._nodes.constant(f"store.{level}.kept", keep.astype(np.int32))
                to = f"store.{level}.rewritten"
                self.name = self._nodes.add("Gather", self.name, kept, to=to, axis=0)
                self._held = self._held[keep]
        self.row[self._held] = np.arange(len(self._held))

    def outputs(self, vertices: list[int]) -> None:
        """End with the rows of these vertices as the model's output."""
        rows = self._nodes.constant("output.row", self.row[vertices])
        last = self._nodes.add("Gather", self.name, rows, to="output.rows", axis=0)
        self._nodes.add("Transpose", last, to="output", perm=[1, 0])
