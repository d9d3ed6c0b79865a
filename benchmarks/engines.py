"""What a step of SGD costs on each engine, beside plain torch: prints a table.

Steps of all variants alternate, some of each in a row, so that they meet the same other load; the
first of a row, which finds cold caches, does not count. Each step goes wrong, so that there is
something to update.

    python benchmarks/engines.py 20000/300 parity:bits=16

Arguments are edges/depth of synthetic nets, or names of learners.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import torch
from synthetic import synthetic_net
from torch import Tensor, nn

from circuits.catalog import builtin_learner
from compiler.net import Net
from compiler.pipeline import compile_net
from runtime.activation import FloatActivation
from runtime.engines.native_run import run_sgd
from runtime.engines.plan import Plan
from runtime.module import NetModule

NETS = ["20000/30", "20000/300", "1000000/30", "1000000/300", "parity:bits=16", "parity:bits=64"]
ROUNDS = 6
IN_A_ROW = 4
RATE = 1e-12
"""Too small to change what a net computes."""


class Naive(nn.Module):
    """A net as one writes it in torch: level by level, with autograd."""

    def __init__(self, net: Net) -> None:
        super().__init__()
        self.plan = Plan.of(net, torch.float64)
        self.weight = nn.Parameter(torch.from_numpy(net.weights()))

    def forward(self, sample: Tensor) -> Tensor:
        """The output."""
        plan = self.plan
        values = torch.zeros(plan.given, dtype=plan.dtype)
        values[0] = 1
        values[plan.inputs] = sample
        for level in plan.levels:
            arriving = values[level.sources] * self.weight[level.edges]
            sums = torch.zeros(level.size, dtype=plan.dtype).index_add(0, level.targets, arriving)
            y: Tensor = _Activate.apply(sums, plan.activation)  # type: ignore[no-untyped-call]
            values = torch.cat([values, y])
        return values[plan.outputs[0]]


class _Activate(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor, f: FloatActivation) -> Tensor:  # type: ignore[no-untyped-def]
        ctx.save_for_backward(x)
        ctx.f = f
        return f.value_on_pieces(x)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:  # type: ignore[no-untyped-def]
        size = ctx.saved_tensors[0].abs()
        return gradient * ((size > ctx.f.dead_zone) & (size < ctx.f.plateau_from)), None


def variants(net: Net) -> dict[str, Callable[[], object]]:
    """A step of each: the textbook loop, and one of `native_run` (per 10 of them)."""
    generator = torch.Generator().manual_seed(0)
    sample = 2 * torch.randint(2, (len(net.inputs),), generator=generator).double() - 1
    label = -NetModule(net)(sample).detach().sign()

    def textbook(module: nn.Module) -> Callable[[], object]:
        optimizer = torch.optim.SGD(module.parameters(), lr=RATE)

        def step() -> None:
            optimizer.zero_grad()
            ((module(sample) - label) ** 2).backward()
            optimizer.step()

        return step

    def many(engine: str) -> Callable[[], object]:
        plan, weights = Plan.of(net, torch.float64), torch.from_numpy(net.weights())
        samples, labels = sample.repeat(10, 1), label.repeat(10)
        return lambda: run_sgd(plan, weights, samples, labels, RATE, engine=engine)

    found = {"torch": textbook(Naive(net))}
    found |= {e: textbook(NetModule(net, engine=e)) for e in ("levels", "native", "live")}
    return found | {f"{engine} x 10": many(engine) for engine in ("native", "live")}


def row(name: str) -> str:
    """A line of the table: milliseconds a step, and how many times faster than plain torch."""
    edges, slash, depth = name.partition("/")
    net = synthetic_net(int(edges), int(depth)) if slash else compile_net(builtin_learner(name))
    steps = variants(net)
    times: dict[str, list[float]] = {variant: [] for variant in steps}
    for _ in range(ROUNDS):
        for variant, step in steps.items():
            for _ in range(IN_A_ROW):
                begin = time.perf_counter()
                step()
                times[variant].append(time.perf_counter() - begin)
            del times[variant][-IN_A_ROW]
    middle = {v: statistics.median(t) / (10 if "x" in v else 1) for v, t in times.items()}
    cells = [f"{t * 1e3:.3f} ({middle['torch'] / t:.0f})" for t in middle.values()]
    return f"| {name} | {net.edges:,} | {net.levels} | {' | '.join(cells)} |\n"


if __name__ == "__main__":
    torch.set_num_threads(1)
    heads = [
        "net",
        "edges",
        "levels",
        "torch",
        "levels",
        "native",
        "live",
        "native run",
        "live run",
    ]
    sys.stdout.write(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}\n")
    for asked in sys.argv[1:] or NETS:
        sys.stdout.write(row(asked))
        sys.stdout.flush()
