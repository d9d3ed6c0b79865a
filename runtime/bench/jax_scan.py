"""A step of SGD by JAX: `lax.scan` over the levels, compiled whole; the strongest stock peer.

Levels are padded to the widest; the last one, which the output reads, is done on its own. JAX is
no dependency: what needs it is left out where it is not installed.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from itertools import cycle
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from compiler.net import Net
from runtime.engines.plan import Plan

_MOST_PADDED = 2**25
"""Edges with padding; of a net whose levels differ more, nothing is measured."""


class _Padded(NamedTuple):
    """Levels but the last as arrays of one width; places past the end hold a dummy."""

    edges: NDArray[np.int32]
    sources: NDArray[np.int32]
    targets: NDArray[np.int32]
    first: NDArray[np.int32]
    width: int


def is_available(net: Net) -> bool:
    """Whether JAX is installed, and the net's levels are alike enough to be padded."""
    plan = Plan.of(net, torch.float64)
    widest = max((len(level.sources) for level in plan.levels[:-1]), default=0)
    return find_spec("jax") is not None and 0 < widest * len(plan.levels) <= _MOST_PADDED


def jax_step(
    net: Net, samples: Tensor, labels: Tensor, rate: float
) -> tuple[Callable[[], None], Callable[[], NDArray[np.float64]]]:
    """A step of SGD on float64 weights, and what tells them.

    Args:
        net: with float64 weights.
        samples: shape (steps, inputs); a step takes the next.
        labels: shape (steps, outputs).
        rate: of learning.
    """
    jax, jnp = import_module("jax"), import_module("jax.numpy")
    jax.config.update("jax_enable_x64", True)
    plan = Plan.of(net, torch.float64)
    padded, last = _pad(plan), plan.levels[-1]
    f = _activation(jax, jnp, plan)

    def outputs(weights: Any, sample: Any) -> Any:
        values = jnp.zeros(plan.vertices + padded.width).at[0].set(1.0)
        values = values.at[plan.inputs.numpy()].set(sample)

        def level(values: Any, of: Any) -> tuple[Any, None]:
            weight, sources, targets, first = of
            sums = jnp.zeros(padded.width + 1).at[targets].add(values[sources] * weight)
            return jax.lax.dynamic_update_slice(values, f(sums[:-1]), (first,)), None

        rows = jnp.append(weights, 0.0)[padded.edges]
        values, _ = jax.lax.scan(
            level, values, (rows, padded.sources, padded.targets, padded.first)
        )
        arriving = values[last.sources.numpy()] * weights[last.edges]
        sums = jnp.zeros(last.size).at[last.targets.numpy()].add(arriving)
        return values.at[last.vertices].set(f(sums))[plan.outputs.numpy()]

    def loss(weights: Any, sample: Any, labels: Any) -> Any:
        return ((outputs(weights, sample) - labels) ** 2).sum()

    def update(weights: Any, sample: Any, labels: Any) -> Any:
        return weights - rate * jax.grad(loss)(weights, sample, labels)

    compiled = jax.jit(update, donate_argnums=0)
    shown = cycle(
        [
            tuple(map(jnp.asarray, pair))
            for pair in zip(samples.numpy(), labels.numpy(), strict=True)
        ]
    )
    held = [jnp.asarray(net.weights())]

    def step() -> None:
        held[0] = compiled(held[0], *next(shown))
        held[0].block_until_ready()

    return step, lambda: np.asarray(held[0])


def _pad(plan: Plan) -> _Padded:
    levels = plan.levels[:-1]
    count, width = max(len(v.sources) for v in levels), max(v.size for v in levels)
    edges = np.full((len(levels), count), plan.edges, np.int32)
    sources, targets = np.zeros_like(edges), np.full_like(edges, width)
    for row, level in enumerate(levels):
        here = slice(0, len(level.sources))
        edges[row, here] = np.arange(level.edges.start, level.edges.stop)
        sources[row, here], targets[row, here] = level.sources, level.targets
    first = np.array([level.vertices.start for level in levels], np.int32)
    return _Padded(edges, sources, targets, first, width)


def _activation(jax: Any, jnp: Any, plan: Plan) -> Callable[[Any], Any]:
    """The activation, of exponent 1, with its own slope: that at a kink is not JAX's to choose."""
    dead, plateau_from, plateau = (
        plan.activation.dead_zone,
        plan.activation.plateau_from,
        plan.activation.plateau,
    )

    def value(x: Any) -> Any:
        size = jnp.abs(x)
        y = jnp.where(size <= dead, 0.0, jnp.where(size >= plateau_from, plateau, size))
        return jnp.copysign(y, x)

    def slope(x: Any, above: Any) -> tuple[Any]:
        size = jnp.abs(x)
        return (jnp.where((size > dead) & (size < plateau_from), above, 0.0),)

    f: Any = jax.custom_vjp(value)
    f.defvjp(lambda x: (value(x), x), slope)
    made: Callable[[Any], Any] = f
    return made
