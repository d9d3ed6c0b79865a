"""A compiled net as a `torch.nn.Module` whose parameters are all its edge weights.

The textbook loop trains it::

    module = NetModule(net)
    optimizer = torch.optim.SGD(module.parameters(), lr=net.learning_rate.to_float())
    for x, y in samples:                        # x of +-1, y of +-1
        loss = (module(x) - y) ** 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""

from __future__ import annotations

from math import prod

import torch
from torch import Tensor, nn

from circuits.errors import InvariantError, SourceError
from compiler.net import Net
from runtime.engines import native
from runtime.engines.boolean import Boolean
from runtime.engines.gpu import Gpu, require_gpu
from runtime.engines.levels import Levels
from runtime.engines.plan import Engine, Plan, Trace
from runtime.engines.reference import Reference

ENGINES: dict[str, Engine] = {
    "boolean": Boolean(),
    "live": native.Live(),
    "native": native.Native(),
    "levels": Levels(),
    "reference": Reference(),
}
"""Engines by name, the fastest first; see `runtime.engines.plan` for what they agree on. Where
there is a GPU, "gpu" is one of them."""

if torch.cuda.is_available():
    ENGINES["gpu"] = Gpu()

CHECKED = 2
"""In so many backward passes of a module, the first that are not 0, the engines that leave out what
is 0 are compared with `native`."""


class NetModule(nn.Module):
    """A net ready to be trained by any optimizer that torch has.

    Attributes:
        weight: the only parameter, shape (edges,), in the order of the net's edges.
        net: what was compiled.
        trace: sums and values of all vertices in the last sample run; None before the first.
        engine: what runs it, by default `live`, or `levels` if numba is not installed.
        unchecked: in how many passes `live` or `boolean` is still to be compared with `native`.

    Raises:
        SourceError: there is no such engine.
    """

    def __init__(
        self, net: Net, dtype: torch.dtype = torch.float64, engine: str | None = None
    ) -> None:
        super().__init__()
        name = str(dtype).removeprefix("torch.")
        self.net = net
        self.plan = Plan.of(net, dtype)
        self.weight = nn.Parameter(torch.from_numpy(net.weights(name)))
        self.trace: Trace | None = None
        self.engine = engine or ("live" if native.is_available() else "levels")
        if self.engine == "gpu":
            require_gpu()
        if self.engine not in ENGINES:
            raise SourceError(f"no engine {engine!r}", hint=f"one of: {', '.join(ENGINES)}")
        self.unchecked = CHECKED if self.engine in ("boolean", "live") else 0

    def forward(self, sample: Tensor) -> Tensor:
        """Outputs for samples of shape (..., inputs).

        Returns:
            Shape (...,) for an emulation net, (..., outputs) for a component.
        """
        sample = sample.to(self.plan.dtype)
        if sample.shape[-1:] != self.plan.inputs.shape:
            raise ValueError(
                f"a sample has shape (..., {len(self.plan.inputs)}), not {tuple(sample.shape)}"
            )
        if self.weight.dtype != self.plan.dtype:
            raise ValueError(
                f"weights became {self.weight.dtype}; the module was made for {self.plan.dtype}"
            )
        if sample.dim() == 1:
            outputs = self._run(sample)
        else:
            rows = sample.reshape(prod(sample.shape[:-1]), len(self.plan.inputs))
            none = rows.new_zeros(0, len(self.plan.outputs))
            outputs = torch.stack([self._run(row) for row in rows]) if len(rows) else none
        if self.net.target.single_output:
            return outputs.reshape(sample.shape[:-1])
        return outputs.reshape(*sample.shape[:-1], len(self.plan.outputs))

    def _run(self, sample: Tensor) -> Tensor:
        outputs: Tensor = _Run.apply(self.weight, sample, self)  # type: ignore[no-untyped-call]
        return outputs

    def check(
        self, weight: Tensor, trace: Trace, gradient: Tensor, found: tuple[Tensor, Tensor]
    ) -> None:
        """Compare gradients by weight and sample with those of `native`, bit for bit.

        Raises:
            InvariantError: they differ, and not because a number overflowed.
        """
        expected = ENGINES["native"].backward(self.plan, weight, trace, gradient)
        bits = torch.int64 if self.plan.dtype == torch.float64 else torch.int32
        for what, got, wanted in zip(("edge", "input"), found, expected, strict=True):
            differ = (got.view(bits) != wanted.view(bits)).nonzero()
            if len(differ) and bool(wanted.isfinite().all()):
                i = int(differ[0])
                raise InvariantError(
                    f"the {self.engine} engine's gradient by {what} {i} is {float(got[i])!r}, "
                    f"the native engine's {float(wanted[i])!r}"
                )

    def extra_repr(self) -> str:
        """Sizes, for print(module)."""
        return f"{self.net.source}: {self.net.vertices} vertices, {self.net.edges} edges"


class _Run(torch.autograd.Function):
    """One sample through an engine, as one differentiable operation."""

    @staticmethod
    def forward(ctx, weight: Tensor, sample: Tensor, module: NetModule) -> Tensor:  # type: ignore[no-untyped-def]
        trace = ENGINES[module.engine].forward(module.plan, weight, sample)
        module.trace = trace
        ctx.module, ctx.trace = module, trace
        kept = trace if isinstance(trace, Trace) else ()
        if kept:  # torch frees what it keeps as soon as it is used
            ctx.trace = None
        ctx.save_for_backward(weight, *kept)
        return trace.at_outputs(module.plan)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, Tensor, None]:  # type: ignore[no-untyped-def]
        weight, *saved = ctx.saved_tensors
        module, trace = ctx.module, ctx.trace or Trace(*saved)
        found = ENGINES[module.engine].backward(module.plan, weight, trace, gradient)
        if module.unchecked and bool(gradient.any()):
            module.unchecked -= 1
            module.check(weight, trace, gradient, found)
        return *found, None
