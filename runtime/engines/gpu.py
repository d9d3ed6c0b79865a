"""The engine `gpu`: kernels per level, recorded once as a CUDA graph, for many lanes at once.

A lane is a run with weights of its own; tensors have shape (vertices, lanes) or (edges, lanes). A
level takes some twenty kernels whatever its width, so the depth of a net costs most, and many lanes
cost little more than one. All edges are computed, and the bits are those of `native`: see
`runtime.engines.ordered_sums` for the order of sums.

The update is the other thing that rounding depends on. On a GPU stock `torch.optim.SGD` computes
``weight + (-rate) * gradient`` in one kernel (``_foreach_add_``, or ``add_`` with an alpha), which
nvcc compiles to a fused multiply-add, rounded once. `run_lanes` does what stock SGD does on this
machine's processor, so that a run has the same bits on both: as a rule the same kernel, and where
torch's processor code rounds twice, two kernels.

Everything here also runs on the device "cpu", without a graph, which is how it is tested where
there is no GPU; it has no other use there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from circuits.errors import InvariantError, SourceError
from runtime.engines.device_net import DeviceNet
from runtime.engines.native_run import SgdRun, torch_fuses
from runtime.engines.plan import Plan, Trace

_WARM_UPS = 3
"""Runs of the kernels before they are recorded, as torch asks for."""


def require_gpu() -> None:
    """Whether there is a GPU that torch can use.

    Raises:
        SourceError: there is none.
    """
    if not torch.cuda.is_available():
        raise SourceError(
            "the gpu engine needs a CUDA device, and torch finds none here",
            hint="use the engine live",
        )


class Gpu:
    """See `runtime.engines.plan.Engine`: one lane, with weights that come from the processor.

    They travel in every pass, so this is for checks; `run_lanes` keeps them where they are.

    Args:
        device: "cuda", or "cpu" for tests.
    """

    def __init__(self, device: str = "cuda") -> None:
        self.device = device
        self._nets: WeakKeyDictionary[Plan, DeviceNet] = WeakKeyDictionary()

    def forward(self, plan: Plan, weights: Tensor, sample: Tensor) -> Trace:
        """Level by level."""
        net = self._net(plan)
        values, sums = net.forward(*(net.lane(t.detach()) for t in (weights, sample)))
        return Trace(sums[:, 0].cpu(), values[:, 0].cpu())

    def backward(
        self, plan: Plan, weights: Tensor, trace: Trace, output_gradient: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Level by level, from the last; every vertex collects what its readers say."""
        net = self._net(plan)
        by_weight, by_value = net.backward(
            net.lane(weights.detach()),
            net.lane(trace.values),
            net.lane(trace.inputs_sum),
            net.lane(output_gradient),
            to_inputs=True,
        )
        return by_weight[:, 0].cpu(), by_value[:, 0].cpu()[plan.inputs]

    def _net(self, plan: Plan) -> DeviceNet:
        if plan not in self._nets:
            if self.device == "cuda":
                require_gpu()
            self._nets[plan] = DeviceNet.of(plan, self.device)
        return self._nets[plan]


def run_lanes(
    plan: Plan,
    weights: Tensor,
    samples: Tensor,
    labels: Tensor,
    learning_rate: float,
    *,
    watch: Sequence[int] = (),
    device: str = "cuda",
) -> SgdRun:
    """Train many lanes, each on its samples in order, as `runtime.engines.native_run.run_sgd`.

    Args:
        plan: the net.
        weights: shape (lanes, edges), in the plan's dtype; changed in place.
        samples: shape (lanes, steps, inputs).
        labels: shape (lanes, steps, outputs).
        learning_rate: as for `torch.optim.SGD`.
        watch: edges whose weights are wanted after every step.
        device: "cuda", or "cpu" for tests.

    Returns:
        Outputs of shape (lanes, steps, outputs), and watched weights (lanes, steps, edges watched).

    Raises:
        SourceError: there is no GPU.
        ValueError: another shape or dtype.
    """
    lanes, steps = samples.shape[:2]
    for what, tensor, shape in (
        ("weights", weights, (lanes, plan.edges)),
        ("samples", samples, (lanes, steps, len(plan.inputs))),
        ("labels", labels, (lanes, steps, len(plan.outputs))),
    ):
        if tensor.shape != shape:
            raise ValueError(f"{what} have shape {shape}, not {tuple(tensor.shape)}")
    if weights.dtype != plan.dtype:
        raise ValueError(f"weights are {plan.dtype}, not {weights.dtype}")
    if device == "cuda":
        require_gpu()
    net = DeviceNet.of(plan, device)
    run = _Run(net, weights, samples, labels, -learning_rate, watch)
    if steps:
        _repeat(run.step, run.restart, steps, device)
    weights.copy_(run.weights.T)
    outputs, watched = (x.permute(2, 0, 1).contiguous().cpu() for x in (run.outputs, run.watched))
    return SgdRun(outputs, watched)


class _Run:
    """Tensors on the device that a step reads and writes, always in the same places."""

    def __init__(
        self,
        net: DeviceNet,
        weights: Tensor,
        samples: Tensor,
        labels: Tensor,
        factor: float,
        watch: Sequence[int],
    ) -> None:
        self._net, self._factor = net, factor
        self._fused = _fuses_as_stock(net.like)
        self._start = weights.T.to(net.like).contiguous()
        self._samples, self._labels = (
            shown.permute(1, 2, 0).to(net.like).contiguous() for shown in (samples, labels)
        )
        steps, lanes = len(self._samples), weights.shape[0]
        self._watch = torch.tensor(watch, dtype=torch.int64, device=net.like.device)
        self._step = torch.zeros(1, dtype=torch.int64, device=net.like.device)
        self.weights = self._start.clone()
        self.outputs = net.like.new_empty(steps, len(net.outputs), lanes)
        self.watched = net.like.new_empty(steps, len(watch), lanes)

    def restart(self) -> None:
        """Before step 0."""
        self.weights.copy_(self._start)
        self._step.zero_()

    def step(self) -> None:
        """One step of SGD in every lane; the number of the step is on the device, too."""
        net, at = self._net, self._step
        sample = torch.index_select(self._samples, 0, at)[0]
        values, sums = net.forward(self.weights, sample)
        outputs = torch.index_select(values, 0, net.outputs)
        self.outputs.index_copy_(0, at, outputs[None])
        errors = outputs - torch.index_select(self._labels, 0, at)[0]
        by_weight, _ = net.backward(self.weights, values, sums, 2 * errors)
        if self._fused:
            self.weights.add_(by_weight, alpha=self._factor)
        else:
            self.weights += by_weight * self._factor
        watched = torch.index_select(self.weights, 0, self._watch)
        self.watched.index_copy_(0, at, watched[None])
        at += 1


def _repeat(step: Callable[[], None], restart: Callable[[], None], count: int, device: str) -> None:
    """A step so many times; on a GPU recorded, and then played back."""
    if device != "cuda":
        for _ in range(count):
            step()
        return
    side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(_WARM_UPS):
            restart()
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    restart()
    for _ in range(count):
        graph.replay()
    torch.cuda.synchronize()


def _fuses_as_stock(like: Tensor) -> bool:
    """Whether to update by one kernel, as stock SGD on the processor rounds once.

    Raises:
        InvariantError: the device's kernel rounds otherwise than it should.
    """
    fused = torch_fuses(like.dtype)
    x = 1 + 64 * torch.finfo(like.dtype).eps
    weight, gradient = (torch.full_like(like.new_empty(37), number) for number in (x * x, x))
    # x * x is not a number of the dtype, so w - x * x is 0 only if the product is rounded too.
    rounds_once = weight.add_(gradient, alpha=-x) != 0
    if fused and not bool(rounds_once.all()):
        raise InvariantError("this device's add_ rounds twice, that of the processor once")
    return fused
