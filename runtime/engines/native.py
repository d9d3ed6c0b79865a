"""The engines `native` and `live`: a net's whole forward and backward pass in one compiled loop.

`native` computes the gradient of every edge. `live` leaves out what is exactly 0: it passes a
gradient on through a vertex only if what arrives there is not 0, and f' is not 0. The bits are the
same (as long as all numbers are finite: 0 times infinity, which is not a number, is left out too).
In a compiled net little is live, as every gate is on a flat piece of f, and nothing in a step whose
output is right. Where much is live, `live` is as fast as `native`: it decides run by run.
"""

from __future__ import annotations

from importlib.util import find_spec
from types import ModuleType

import numpy as np
from torch import Tensor

from circuits.errors import SourceError
from runtime.engines.plan import Plan, Trace


def is_available() -> bool:
    """Whether numba is installed; says so without importing it."""
    return find_spec("numba") is not None


def kernels() -> ModuleType:
    """`runtime.engines.native_kernels`, imported at the first use.

    Raises:
        SourceError: numba is not installed.
    """
    if not is_available():
        raise SourceError("compiled engines need numba", hint="pip install numba, or use levels")
    from runtime.engines import native_kernels

    return native_kernels


class Native:
    """See `runtime.engines.plan.Engine`."""

    live_only = False
    """Whether edges are left out whose gradient is known to be 0."""

    def forward(self, plan: Plan, weights: Tensor, sample: Tensor) -> Trace:
        """One call of `runtime.engines.native_kernels.forward`."""
        trace = Trace(plan.by_vertex.take(), plan.by_vertex.take())
        given = weights.detach().contiguous().numpy(), sample.detach().contiguous().numpy()
        kernels().forward(plan.layout, *given, *(t.numpy() for t in trace))
        return trace

    def backward(
        self, plan: Plan, weights: Tensor, trace: Trace, output_gradient: Tensor
    ) -> tuple[Tensor, Tensor]:
        """One call of `runtime.engines.native_kernels.backward`."""
        by_value, by_weight = plan.by_vertex.take().zero_(), plan.by_edge.take()
        by_value.index_add_(0, plan.outputs, output_gradient)
        if self.live_only:
            by_weight.zero_()
        if not self.live_only or bool(output_gradient.any()):
            tensors = (weights.detach().contiguous(), *trace, by_value, by_weight)
            numbers = tuple(tensor.numpy() for tensor in tensors)
            update = plan.layout.constants.dtype.type(0), False
            if self.live_only:
                kernels().backward_live(plan.layout, numbers, np.empty(0, np.uint64), *update)
            else:
                kernels().backward(plan.layout, numbers, *update)
        return by_weight, by_value[plan.inputs]


class Live(Native):
    """See `runtime.engines.plan.Engine`."""

    live_only = True
