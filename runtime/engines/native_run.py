"""Many steps of SGD at once: what the textbook loop does, bit for bit, without leaving the loop.

`torch.optim.SGD` computes ``weight + (-rate) * gradient``. On a processor with AVX2 or AVX-512,
torch does that by a fused multiply-add, which rounds once, for every element, also in remainders
that do not fill a vector; where it uses neither (``ATEN_CPU_CAPABILITY=default``), it rounds the
product as well. About a third of the updates of random numbers differ. So `torch_fuses` asks torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from circuits.errors import InvariantError, SourceError
from runtime.engines.boolean import Steps, run_boolean
from runtime.engines.native import kernels
from runtime.engines.plan import Plan

_FEW, _SMALL = 16, 1 << 15
"""Up to one live vertex in so many, beyond so many vertices, it is faster to note which may be live
than to look at all."""

_ENGINES = ("live", "native", "boolean", "gpu")


class SgdRun(NamedTuple):
    """What the steps of a run said.

    Attributes:
        outputs: shape (steps, outputs), each before its step's update.
        watched: shape (steps, edges watched), each after its step's update.
    """

    outputs: Tensor
    watched: Tensor


def run_sgd(
    plan: Plan,
    weights: Tensor,
    samples: Tensor,
    labels: Tensor,
    learning_rate: float,
    *,
    engine: str = "live",
    watch: Sequence[int] = (),
) -> SgdRun:
    """Train on the samples in order, one a step, by the loss ``((output - label) ** 2).sum()``.

    Args:
        plan: the net.
        weights: shape (edges,), in the plan's dtype; changed in place.
        samples: shape (steps, inputs).
        labels: shape (steps, outputs), or (steps,) for a net with one output.
        learning_rate: as for `torch.optim.SGD`.
        engine: "live", "native", "boolean", or "gpu".
        watch: edges whose weights are wanted after every step.

    Raises:
        SourceError: another engine, no numba, or no GPU.
        ValueError: another shape, dtype, or an edge that there is not.
    """
    if engine not in _ENGINES:
        raise SourceError(f"no run of the engine {engine!r}", hint=f"one of: {', '.join(_ENGINES)}")
    steps, outputs = len(samples), len(plan.outputs)
    for what, tensor, shape in (
        ("weights", weights, (plan.edges,)),
        ("samples", samples, (steps, len(plan.inputs))),
        ("labels", labels, (steps,) if labels.dim() == 1 and outputs == 1 else (steps, outputs)),
    ):
        if tensor.shape != shape:
            raise ValueError(f"{what} have shape {shape}, not {tuple(tensor.shape)}")
    if weights.dtype != plan.dtype or not weights.is_contiguous():
        raise ValueError(f"weights are contiguous and {plan.dtype}, not {weights.dtype}")
    if any(not 0 <= edge < plan.edges for edge in watch):
        raise ValueError(f"edges to watch are numbers below {plan.edges}")
    if engine == "gpu":
        from runtime.engines.gpu import run_lanes

        lane = samples[None], labels.reshape(1, steps, outputs)
        run = run_lanes(plan, weights.detach()[None], *lane, learning_rate, watch=watch)
        return SgdRun(run.outputs[0], run.watched[0])
    kernels()
    run = SgdRun(
        torch.empty(steps, outputs, dtype=plan.dtype),
        torch.empty(steps, len(watch), dtype=plan.dtype),
    )
    given = Steps(
        samples.to(plan.dtype).contiguous().numpy(),
        labels.to(plan.dtype).reshape(steps, outputs).contiguous().numpy(),
        np.dtype(plan.layout.constants.dtype).type(learning_rate),
        torch_fuses(plan.dtype),
        np.array(watch, np.uint64),
        run.outputs.numpy(),
        run.watched.numpy(),
    )
    changed, train = weights.detach().numpy(), _Train(plan)
    if engine == "boolean":
        run_boolean(plan, changed, given, lambda some: train(changed, some, live_only=True))
    else:
        train(changed, given, live_only=engine == "live")
    return run


class _Train:
    """`native_kernels.train`, with memory for all its calls, taken at the first."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._scratch: Any = None

    def __call__(self, weights: NDArray[np.floating], steps: Steps, *, live_only: bool) -> None:
        from runtime.engines.native_kernels import Scratch, train

        plan = self._plan
        if self._scratch is None:
            sums, values, by_value = (plan.by_vertex.take().numpy() for _ in range(3))
            touched = np.empty(plan.vertices // 64 + 1, np.uint64)
            self._scratch = Scratch(sums, values, by_value, touched)
        first, last, few = steps[:4], steps[4:], np.uint64(max(plan.vertices - _SMALL, 0) // _FEW)
        train(plan.layout, weights, *first, live_only, *last, self._scratch, few)


@cache
def torch_fuses(dtype: torch.dtype) -> bool:
    """Whether `torch.optim.SGD` rounds an update once, found out by an update.

    Raises:
        InvariantError: some elements are rounded once and others twice.
    """
    x = 1 + 64 * torch.finfo(dtype).eps
    weight = torch.nn.Parameter(torch.full((37,), x * x, dtype=dtype))
    weight.grad = torch.full((37,), x, dtype=dtype)
    torch.optim.SGD([weight], lr=x).step()
    # x * x is not a number of the dtype, so w - x * x is 0 only if the product is rounded too.
    fused = weight.detach() != 0
    if fused.any() != fused.all():
        raise InvariantError("torch.optim.SGD rounds some updates once and others twice")
    return bool(fused.all())
