"""The net of Definition 5 as a torch module: a memory layer, one filter again and again, a head.

    W diag([x, 1]), ones beside it  ->  the filter, L times  ->  f_head of the main grid, summed

The filter is a convolution of 3 x 3 (V1) and four of 1 x 1 (V2 .. V5), with ReLUs after the second
and the fourth. W is the only parameter; all other weights are buffers, the same for every number of
samples and bits. The textbook loop trains it:

>>> from circuits.machines.parity_machine import parity_machine
>>> from compiler.rcnn.machine_to_rcnn import machine_to_rcnn
>>> net = machine_to_rcnn(parity_machine(), dtype="float32")
>>> module = Rcnn(net, samples=2, bits=2, layers=200, dtype="float32", path="fast")
>>> optimizer = torch.optim.SGD(module.parameters(), lr=module.learning_rate)
>>> for *x, y in [(-1, 1, -1), (-1, -1, 1), (1, 1, 1)]:  # x_0 XOR x_1; the last is the dummy
...     loss = (module(torch.tensor(x)) - y) ** 2 / 2
...     optimizer.zero_grad()
...     loss.backward()
...     optimizer.step()
>>> module(torch.tensor([[1, 1], [1, -1], [-1, 1], [-1, -1]])).tolist()
[1.0, -1.0, -1.0, 1.0]
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from circuits.errors import SourceError
from compiler.rcnn.filter import Filter
from compiler.rcnn.floats import LayerArrays, to_arrays

if TYPE_CHECKING:
    from runtime.rcnn.patch_table import PatchTable

_BETWEEN_CHECKPOINTS = 16
"""Layers whose values are kept at once for the gradient; all others are computed a second time."""


class Path(StrEnum):
    """How the layers are computed."""

    PLAIN = "plain"
    """All cells in every layer, by `torch.nn.functional.conv2d`, with autograd."""
    FAST = "fast"
    """Only what changes, see `runtime.rcnn.fast`."""


class Patch(nn.Module):
    """One layer of the filter: values of shape (N, 1, height, width) to the next ones.

    Attributes:
        padding: the value around a grid.
        table: what `runtime.rcnn.fast` knows of this filter already.
    """

    def __init__(self, layers: tuple[LayerArrays, ...], padding: float) -> None:
        super().__init__()
        self.padding = padding
        self.table: PatchTable | None = None
        self._relus = tuple(layer.relu for layer in layers)
        for number, layer in enumerate(layers):
            side = 3 if number == 0 else 1
            weight = torch.tensor(layer.weight).reshape(len(layer.weight), -1, side, side)
            self.register_buffer(f"v{number + 1}", weight)
            self.register_buffer(f"b{number + 1}", torch.tensor(layer.bias))

    def on_patches(self, values: Tensor) -> Tensor:
        """The filter alone, without padding: shape (N, 1, 3, 3) to (N, 1, 1, 1)."""
        for number, relu in enumerate(self._relus, 1):
            weight, bias = self.get_buffer(f"v{number}"), self.get_buffer(f"b{number}")
            values = functional.conv2d(values, weight, bias)
            values = torch.relu(values) if relu else values
        return values

    def forward(self, values: Tensor) -> Tensor:
        """One layer; the padding is part of it."""
        return self.on_patches(functional.pad(values, (1, 1, 1, 1), value=self.padding))


class Head(nn.Module):
    """f_head, on each cell alone; any shape."""

    def __init__(self, layers: tuple[LayerArrays, ...]) -> None:
        super().__init__()
        (first, last) = layers
        for name, array in (("u1", first.weight), ("c1", first.bias), ("u2", last.weight)):
            self.register_buffer(name, torch.tensor(array))
        self.register_buffer("c2", torch.tensor(last.bias))

    def forward(self, values: Tensor) -> Tensor:
        """What each cell adds to the output."""
        weights = [self.get_buffer(name) for name in ("u1", "c1", "u2", "c2")]
        hidden = torch.relu(functional.linear(values[..., None], weights[0], weights[1]))
        return functional.linear(hidden, weights[2], weights[3])[..., 0]


class Rcnn(nn.Module):
    """A recurrent convolutional net with a memory layer.

    Args:
        net: the filter; for this ``dtype``, if its scale is ``base3``.
        samples: m; W has a row for each and one for the dummy.
        bits: d.
        layers: L.
        workspace: columns to the right of the main grid.
        dtype: "float32" or "float64".
        path: one of `Path`. Both give the same bits.

    Raises:
        SourceError: a size below 1.
        LimitError: the filter is not exact in this format.
    """

    def __init__(
        self,
        net: Filter,
        *,
        samples: int,
        bits: int,
        layers: int,
        workspace: int = 1,
        dtype: str = "float64",
        path: str = Path.PLAIN,
    ) -> None:
        super().__init__()
        if min(samples, bits, layers, workspace) < 1 or path not in list(Path):
            raise SourceError(
                f"{samples} samples of {bits} bits, {layers} layers, {workspace} columns, {path!r}",
                hint=f"at least one of each, and a path of {', '.join(Path)}",
            )
        arrays = to_arrays(net, dtype)
        self.layers = layers
        self.workspace = workspace
        self.path = Path(path)
        self.learning_rate = float(net.learning_rate)
        self.empty = float(net.coding.weights[0])  # 1 in the paper
        self.memory = nn.Parameter(torch.zeros(samples + 1, bits + 1, dtype=getattr(torch, dtype)))
        self.filter = Patch(arrays.patch, arrays.padding)
        self.head = Head(arrays.head)

    def forward(self, x: Tensor) -> Tensor:
        """A number for samples x of shape (d,), or several for (N, d); of 1 and -1."""
        grids = self.grids(x if x.dim() == 2 else x[None])
        outputs = self.output(self.recur(grids))
        return outputs if x.dim() == 2 else outputs[0]

    def grids(self, x: Tensor) -> Tensor:
        """W diag([x, 1]) and the workspace, for x of shape (N, d): (N, m + 1, d + 1 + columns)."""
        ones = torch.ones(len(x), 1, dtype=self.memory.dtype, device=self.memory.device)
        z = torch.cat([x.to(ones), ones], dim=1)
        return functional.pad(self.memory * z[:, None], (0, self.workspace), value=self.empty)

    def recur(self, grids: Tensor) -> Tensor:
        """All layers, on grids of shape (N, height, width)."""
        if self.path is Path.FAST:
            from runtime.rcnn.fast import fast_layers

            return fast_layers(self.filter, grids, self.layers)
        values, left = grids[:, None], self.layers
        keep = torch.is_grad_enabled() and values.requires_grad
        while left:
            count = min(left, _BETWEEN_CHECKPOINTS)
            left -= count
            if keep and self.layers > _BETWEEN_CHECKPOINTS:
                made = checkpoint(self._several, values, count, use_reentrant=False)
                assert isinstance(made, Tensor)
                values = made
            else:
                values = self._several(values, count)
        return values[:, 0]

    def _several(self, values: Tensor, count: int) -> Tensor:
        for _ in range(count):
            values = self.filter(values)
        return values

    def output(self, grids: Tensor) -> Tensor:
        """f_head of the main grid, summed; shape (N,)."""
        main = grids[:, :, : self.memory.shape[1]]
        outputs: Tensor = self.head(main).sum(dim=(1, 2))
        return outputs
